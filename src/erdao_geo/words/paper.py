"""The words of what is handed in or printed, and of why a figure changed."""

from __future__ import annotations

from erdao_geo.definitions import Lang

PAPER_WORDS: dict[str, dict[Lang, str]] = {
    # the printed sheet
    "sheet_others": {"zh": "另 {count} 个图层", "en": "{count} more layers"},
    "sheet_larger": {"zh": "局部放大（图中方框）", "en": "Enlarged: the box on the map"},
    "sheet_notes": {"zh": "说明", "en": "Notes"},
    "sheet_unlocated": {"zh": "未定位", "en": "Not located"},
    "sheet_source": {"zh": "资料来源", "en": "Sources"},
    "sheet_evidence": {"zh": "位置依据", "en": "Evidence"},
    "sheet_approval": {"zh": "审图号", "en": "Map approval number"},
    "sheet_boundary": {"zh": "区界", "en": "Boundary"},
    "sheet_page": {"zh": "第 {page} 页  共 {pages} 页", "en": "Page {page} of {pages}"},
    "sheet_projection": {
        "zh": "投影：横轴墨卡托（高斯-克吕格），CGCS2000 椭球，中央经线 {meridian}；"
        "比例尺在图幅中央、按 100 % 打印时为真",
        "en": "Projection: transverse Mercator on the CGCS2000 ellipsoid, central meridian "
        "{meridian}; the scale is true in the middle of the map, printed at 100 %",
    },
    "sheet_splits": {
        "zh": "跨“{field}”的一项在各页都计，各页相加可能多于总数",
        "en": "What lies in several values of “{field}” counts on the page of each: pages may add "
        "up to more than the total",
    },
    "sheet_dimmed": {
        "zh": "淡色为其他项目；表中只计本页所示项目",
        "en": "Pale: other works; the table counts the works of this page alone",
    },
    "stated_part": {"zh": "全域目标值", "en": "Stated for all"},
    "share_part": {"zh": "完成占净计", "en": "Done of net"},
    "no_value": {"zh": "（未填）", "en": "(not stated)"},
    # the past, and why
    "asked": {"zh": "账目时点", "en": "Ledger as of"},
    "revision": {"zh": "修订", "en": "revision"},
    "reported": {"zh": "上报完成", "en": "Reported"},
    "why": {"zh": "变化原因", "en": "Cause"},
    "amount": {"zh": "增减", "en": "Change"},
    "now": {"zh": "现在", "en": "now"},
    "rule_changed": {"zh": "规则改变", "en": "rule changed"},
    "removed": {"zh": "移除", "en": "removed"},
    "added": {"zh": "新增", "en": "added"},
    "redrawn": {"zh": "重绘", "en": "redrawn"},
    "newly_completed": {"zh": "新完成", "en": "newly completed"},
    "status_corrected": {"zh": "状态更正", "en": "status corrected"},
    "redeclared": {"zh": "上报数更改", "en": "declared size changed"},
    "evidence_upgraded": {"zh": "依据提升", "en": "evidence upgraded"},
    "evidence_downgraded": {"zh": "依据降低", "en": "evidence downgraded"},
    "overlap_found": {"zh": "发现重叠", "en": "overlap found"},
    "overlap_resolved": {"zh": "重叠消除", "en": "overlap resolved"},
    "more": {"zh": "另有", "en": "others"},
    # the schedule
    "months": {"zh": "逐月进度", "en": "By month"},
    "months?": {
        "zh": "有计划线的目标，逐月列出完成量与计划线；过去各月按项目现有的开工、完工日期推算，"
        "不是当时的台账。",
        "en": "Of each target with a line, what was done by the end of each month, beside the "
        "line; the past is told by the dates that features carry now, not by the ledger of the "
        "time.",
    },
    "months_cut?": {
        "zh": "图层项目太多，过去各月不逐一推算（见 check --by month）：",
        "en": " Too many features to tell their earlier months here (check --by month does): ",
    },
    "charts": {"zh": "逐月进度图", "en": "Charts by month"},
    "charts?": {
        "zh": "实线：已完成；虚线：计划线。",
        "en": "Full line: done; dashed: the plan's line.",
    },
    "late": {"zh": "逾期项目", "en": "Overdue"},
    "late?": {
        "zh": "过了计划完工日期、到数据截至日仍未完成的项目。",
        "en": "Features that were due before the day of the data, and are not done.",
    },
    "month": {"zh": "月份", "en": "Month"},
    "schedule": {"zh": "进度", "en": "Schedule"},
    "on_schedule": {"zh": "按计划", "en": "on schedule"},
    "no_line": {"zh": "–", "en": "–"},
    "due_on": {"zh": "计划完工日期", "en": "Due on"},
    "days": {"zh": "逾期天数", "en": "Days late"},
    "last_revision": {
        "zh": "至此最后一次修订：{}，{:%Y-%m-%d %H:%M:%S}",
        "en": "last revision by then: {}, {:%Y-%m-%d %H:%M:%S}",
    },
    # tables
    "ledger": {"zh": "台账", "en": "Ledger"},
    "splits": {"zh": "按状态与依据", "en": "By status and evidence"},
    "splits?": {
        "zh": "图上净计按状态、按位置依据各分列一次，两种分列各自相加都等于净计。",
        "en": "Net by status, and net by evidence; either adds up to the net.",
    },
    "overlaps": {"zh": "重叠明细", "en": "Overlaps"},
    "overlaps?": {
        "zh": "同一目标内两处项目覆盖同一地面：计入前者，后者重叠的部分是否扣除见末列。",
        "en": "Ground that two features of one target cover: it counts for the first; the last "
        "column says whether a total is smaller by it.",
    },
    "gaps": {"zh": "上报与量测不符", "en": "Declared against measured"},
    "gaps?": {
        "zh": "上报值与图上量测值相差 5% 以上的项目。",
        "en": "Features whose declared size is over 5 % off what was measured.",
    },
    "unlocated": {"zh": "未定位项目", "en": "Not located"},
    "unlocated?": {
        "zh": "没有图上位置的项目，逐一列名；可计数，不能量算。",
        "en": "Features without a place, by name; they can be counted, not measured.",
    },
    "layer?": {
        "zh": "量测值为单个项目的毛值，未扣除重叠；差异 = 量测 ÷ 上报 - 1。",
        "en": "What is measured is gross, overlaps not taken off; gap = measured / declared - 1.",
    },
    "notes": {"zh": "计数口径", "en": "How each is counted"},
    "sources": {"zh": "数据来源", "en": "Sources"},
    "method_title": {"zh": "方法说明", "en": "Method"},
    "by": {"zh": "按{}分列", "en": "By {}"},
    "by?": {
        "zh": "每一部分按其计入的项目归属，各行相加恰等于台账；"
        "同一计数对象跨多个取值的，单列为“跨多个”，不重复计。",
        "en": "Each part stands under the value of the feature it counts for, so the lines add up "
        "to the ledger exactly; a thing counted as one whose features have several values stands "
        "under 'several'.",
    },
    "not_split?": {"zh": "图层没有此字段，不分列：", "en": " Layers without the field: "},
    # columns
    "clause": {"zh": "报告原文", "en": "Report's words"},
    "bound": {"zh": "要求", "en": "Bound"},
    "unit": {"zh": "单位", "en": "Unit"},
    "overlap": {"zh": "重叠", "en": "Overlap"},
    "unlocated_count": {"zh": "未定位数", "en": "Not located"},
    "layer": {"zh": "图层", "en": "Layer"},
    "parts": {"zh": "项数", "en": "Items"},
    "key": {"zh": "编号", "en": "Key"},
    "name": {"zh": "名称", "en": "Name"},
    "status": {"zh": "状态", "en": "Status"},
    "evidence": {"zh": "位置依据", "en": "Evidence"},
    "targets": {"zh": "计入目标", "en": "Counts for"},
    "measured_km": {"zh": "量测（公里）", "en": "Measured (km)"},
    "measured_mu": {"zh": "量测（亩）", "en": "Measured (mu)"},
    "declared_km": {"zh": "上报（公里）", "en": "Declared (km)"},
    "declared_mu": {"zh": "上报（亩）", "en": "Declared (mu)"},
    "measured": {"zh": "量测", "en": "Measured"},
    "declared": {"zh": "上报", "en": "Declared"},
    "gap": {"zh": "差异", "en": "Gap"},
    "counted": {"zh": "计入者", "en": "Counted"},
    "counted_name": {"zh": "计入者名称", "en": "Counted: name"},
    "other": {"zh": "重叠者", "en": "Other"},
    "other_name": {"zh": "重叠者名称", "en": "Other: name"},
    "size": {"zh": "重叠量", "en": "Size"},
    "reason": {"zh": "原因", "en": "Reason"},
    "changes": {"zh": "影响合计", "en": "Changes a total"},
    "section": {"zh": "报告章节", "en": "Section"},
    "note": {"zh": "说明", "en": "Note"},
    "features": {"zh": "项目数", "en": "Features"},
    "revision_number": {"zh": "修订号", "en": "Revision"},
    "source_by": {"zh": "来源", "en": "By"},
    "crs": {"zh": "来源坐标系", "en": "Source CRS"},
    "tolerance": {"zh": "重叠容差（米）", "en": "Tolerance (m)"},
    "carriageways": {"zh": "双幅路计法", "en": "Carriageways"},
    "item": {"zh": "项目", "en": "Item"},
    "says": {"zh": "说明", "en": "What it means"},
    # cells
    "yes": {"zh": "是", "en": "yes"},
    "no": {"zh": "否", "en": "no"},
    "and": {"zh": "、", "en": "; "},
    "blank": {"zh": "（未填）", "en": "(blank)"},
    "several": {"zh": "（跨多个）", "en": "(several)"},
    "not_split": {"zh": "（不分列）", "en": "(not split)"},
    "no_revision": {"zh": "无记录", "en": "none recorded"},
    "each": {"zh": "各计", "en": "each"},
    "centreline": {"zh": "按中心线计一条", "en": "centreline"},
    "duplicate": {"zh": "重复绘制", "en": "duplicate"},
    "reversed": {"zh": "反向重复", "en": "reversed"},
    "contained": {"zh": "包含其中", "en": "contained"},
    "partial": {"zh": "部分重叠", "en": "partial"},
    "parallel": {"zh": "双幅路", "en": "parallel carriageway"},
    "sliver": {"zh": "（碎屑）", "en": " (sliver)"},
    "nothing": {"zh": "（无）", "en": "(none)"},
    "more_rows": {
        "zh": "……另有 {:,} 行，见 .xlsx 或 .json 报告。",
        "en": "... and {:,} more; a report in .xlsx or .json has them.",
    },
    "cut": {
        "zh": "……（已截断：全文 {:,} 字，见 .json 报告）",
        "en": "... (cut: {:,} characters in all; a report in .json has them)",
    },
    "page_of": {"zh": "第 &P 页，共 &N 页", "en": "Page &P of &N"},
    "progress": {
        "zh": "各目标完成率（已完成 ÷ 目标值，含未证实部分）",
        "en": "Done against stated, by target (proven or not)",
    },
    # the method
    "caution": {"zh": "注意", "en": "Mind"},
    "measuring": {"zh": "量算", "en": "Measuring"},
    "measuring?": {
        "zh": "长度、面积均为 CGCS2000 椭球面上的大地线长度与面积，不经投影；"
        "1 亩 = 10000/15 平方米；全程不舍入，只在显示时取位。",
        "en": "Lengths and areas are geodesic, on the CGCS2000 ellipsoid, never planar; 1 mu = "
        "10,000/15 m2; nothing is rounded before it is printed.",
    },
    "net?": {
        "zh": "同一目标内，同一地面只计一次；两次绘制相差在图层容差之内视为同一处；"
        "不同目标之间不互相扣除。重叠 = 直接相加 - 净计，逐条列出。",
        "en": "Within a target, ground counts once; what was drawn twice within the layer's "
        "tolerance is the same ground; targets do not take from each other. Overlap = the plain "
        "sum - net, and each is listed.",
    },
    "proven?": {
        "zh": "已完成且位置依据为实测或数字化的部分；只有它能使目标“达标”。",
        "en": "What is done and surveyed or digitised; only that makes a target 'met'.",
    },
    "reported?": {
        "zh": "已完成部分按主管单位上报值计（没有上报的按量测值）；已证实 ≤ 上报完成。",
        "en": "What is done by the offices' declared sizes (measured where none is declared); "
        "proven <= reported.",
    },
    "gap?": {
        "zh": "量测值 ÷ 上报值 - 1；超过 5% 的另行列出。",
        "en": "Measured / declared - 1; those over 5 % are listed.",
    },
    "surveyed?": {"zh": "现场实测所得", "en": "measured on the ground"},
    "digitised?": {"zh": "按影像或图纸描绘", "en": "drawn from imagery or plans"},
    "approximate?": {"zh": "位置对，形状不准", "en": "the right place, the wrong shape"},
    "illustrative?": {
        "zh": "为演示工具而虚构，不是事实",
        "en": "invented to show the tool; no fact",
    },
    "none?": {"zh": "没有图上位置，只列名", "en": "named, and not on the map"},
    "tool": {"zh": "制表工具", "en": "Made by"},
}
"""The words of reports, of printed sheets, and of the past: pages do without them."""
