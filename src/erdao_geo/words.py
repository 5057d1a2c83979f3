"""The words people read, in Chinese and English, for the codes that data and JSON carry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction

from erdao_geo.definitions import Lang, Target
from erdao_geo.units import UNITS

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
        "zh": "长度、面积按 CGCS2000 椭球面量算；整体重复绘制的只计一次，部分重叠尚未扣除；"
        "已证实 = 实测或数字化",
        "en": "Sizes are geodesic, on the CGCS2000 ellipsoid; a feature drawn again counts once, "
        "partial overlaps are not found yet; proven = surveyed or digitised",
    },
    "sample": {
        "zh": "含示例数据：部分项目是为演示而虚构的，不是事实",
        "en": "Sample data: some features are invented to show the tool and are no facts",
    },
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
    "to": {"zh": " ～ ", "en": " to "},
    "counted_twice": {"zh": "重复", "en": "counted twice"},
}


def word(code: str, lang: Lang) -> str:
    """Give the word for a code; a code we have no word for stands for itself.

    Examples
    --------
    >>> word("met", "en"), word("met", "zh"), word("shown", "zh")
    ('met', '达标', '待证实')
    """
    words = WORDS.get(code)
    return words[lang] if words else code


def period(dates: Sequence[dt.date], lang: Lang) -> str:
    """Print dates as the span from the oldest to the newest.

    Examples
    --------
    >>> period([dt.date(2024, 5, 1), dt.date(2022, 12, 31)], "en"), period([], "en")
    ('2022-12-31 to 2024-05-01', '-')
    """
    ends = sorted({min(dates), max(dates)}) if dates else []
    return word("to", lang).join(date.isoformat() for date in ends) or "-"


def number(value: Fraction, unit: str) -> str:
    """Print a quantity, rounded to the unit's decimals, without its unit.

    Examples
    --------
    >>> number(Fraction(188, 10), "km"), number(Fraction(12345), "m2")
    ('18.800', '12,345')
    """
    decimals = UNITS[unit].decimals
    return f"{float(round(value, decimals)):,.{decimals}f}"


def quantity(value: Fraction, unit: str, lang: Lang) -> str:
    """Print a quantity with its unit, rounded to the unit's decimals.

    Examples
    --------
    >>> quantity(Fraction(188, 10), "km", "en"), quantity(Fraction(37), "count", "en")
    ('18.800 km', '37')
    >>> quantity(Fraction(700), "mu", "zh"), quantity(Fraction(37), "count", "zh")
    ('700.00 亩', '37 个')
    """
    return _with_unit(number(value, unit), unit, lang)


def stated(target: Target, lang: Lang) -> str:
    """Print a target's bound and value with its unit, the value as the plan writes it."""
    return f"{word(target.bound, lang)} {_with_unit(f'{target.value:,f}', target.unit, lang)}"


def _with_unit(text: str, unit: str, lang: Lang) -> str:
    symbol = UNITS[unit].symbol_zh if lang == "zh" else UNITS[unit].symbol
    return f"{text} {symbol}".rstrip()


def percent(share: Fraction) -> str:
    """Print a share, rounded down, so that 100 % is never shown before it is reached.

    Examples
    --------
    >>> percent(Fraction(1)), percent(Fraction(9996, 10000)), percent(Fraction(1, 3))
    ('100%', '99%', '33%')
    """
    return f"{int(share * 100)}%"
