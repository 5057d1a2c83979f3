"""The words of the ledger, wherever it is shown: in the terminal, on pages and in files."""

from __future__ import annotations

from erdao_geo.definitions import Lang

WORDS: dict[str, dict[Lang, str]] = {
    # status
    "planned": {"zh": "未开工", "en": "planned"},
    "under_construction": {"zh": "在建", "en": "under construction"},
    "completed": {"zh": "已完工", "en": "completed"},
    # evidence
    "surveyed": {"zh": "实测", "en": "surveyed"},
    "digitised": {"zh": "数字化", "en": "digitised"},
    "approximate": {"zh": "大致位置", "en": "approximate"},
    "illustrative": {"zh": "示例（虚构）", "en": "illustrative (invented)"},
    "none": {"zh": "未定位", "en": "not located"},
    # verdict
    "met": {"zh": "达标", "en": "met"},
    "shown": {"zh": "待证实", "en": "shown"},
    "short": {"zh": "未达标", "en": "short"},
    "not_started": {"zh": "未开工", "en": "not started"},
    "unmapped": {"zh": "未上图", "en": "unmapped"},
    # what a verdict says
    "met?": {
        "zh": "实测或数字化的成果已达到目标",
        "en": "reached by surveyed or digitised features",
    },
    "shown?": {
        "zh": "图上已达到，但依据不足（大致、示例或未定位），不能算达标",
        "en": "reached on the map, but on weaker evidence: not proven",
    },
    "short?": {"zh": "已动工，目标条件尚不成立", "en": "begun, and the bound does not hold"},
    "not_started?": {"zh": "所有项目都未开工", "en": "nothing has begun"},
    "unmapped?": {"zh": "没有一处在图上有位置", "en": "nothing of it has a place on the map"},
    # bound
    "at_least": {"zh": "≥", "en": "≥"},
    "exactly": {"zh": "=", "en": "="},
    "at_most": {"zh": "≤", "en": "≤"},
    # the ledger
    "target": {"zh": "目标", "en": "Target"},
    "stated": {"zh": "目标值", "en": "Stated"},
    "net": {"zh": "图上净计", "en": "Net"},
    "done": {"zh": "已完成", "en": "Done"},
    "proven": {"zh": "已证实", "en": "Proven"},
    "share": {"zh": "完成率", "en": "Share"},
    "verdict": {"zh": "结论", "en": "Verdict"},
    "as_of": {"zh": "数据截至", "en": "Data as of"},
    "method": {
        "zh": "长度、面积按 CGCS2000 椭球面量算，重复绘制、相互重叠的只计一次；"
        "已证实 = 实测或数字化",
        "en": "Sizes are geodesic, on the CGCS2000 ellipsoid; ground that is drawn twice counts "
        "once; proven = surveyed or digitised",
    },
    "sample": {
        "zh": "含示例数据：部分项目是为演示而虚构的，不是事实",
        "en": "Sample data: some features are invented to show the tool and are no facts",
    },
    # the schedule
    "line": {"zh": "计划线", "en": "Line"},
    "line?": {
        "zh": "计划线：从开始日到应完工日的直线，有里程碑的经过里程碑；"
        "落后 = 完成量低于当日计划线；逾期 = 过了计划完工日期仍未完成",
        "en": "line: straight from the start to the due date, or by way of the plan's milestones; "
        "behind = less is done than the line asks for by that day; overdue = due and not done",
    },
    "behind": {"zh": "落后", "en": "behind"},
    "overdue": {"zh": "逾期", "en": "overdue"},
    "day": {"zh": "截至", "en": "By the end of"},
    "days_late": {"zh": "逾期 {} 天", "en": "{} days late"},
    "rest": {"zh": "还有", "en": "and more:"},
    "to": {"zh": " ～ ", "en": " to "},
    "counted_twice": {"zh": "重复", "en": "counted twice"},
}
"""The words of the ledger and its schedule, which pages carry as well."""
