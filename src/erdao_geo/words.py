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
    "to": {"zh": " ～ ", "en": " to "},
    "counted_twice": {"zh": "重复", "en": "counted twice"},
    # the past, and why
    "asked": {"zh": "账目时点", "en": "Ledger as of"},
    "revision": {"zh": "修订", "en": "revision"},
    "reported": {"zh": "按上报计", "en": "Reported"},
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


def moment(when: int | dt.date, lang: Lang) -> str:
    """Print a revision, a day or a time of the past.

    Examples
    --------
    >>> moment(7, "en"), moment(7, "zh"), moment(dt.date(2022, 6, 30), "zh")
    ('revision 7', '修订 7', '2022-06-30')
    """
    return f"{word('revision', lang)} {when}" if isinstance(when, int) else when.isoformat()


def change(value: Fraction, unit: str) -> str:
    """Print a difference with its sign, rounded to the unit's decimals, without its unit.

    Examples
    --------
    >>> change(Fraction(9, 10), "km"), change(Fraction(-3), "count"), change(Fraction(0), "m")
    ('+0.900', '-3', '0')
    """
    text = number(value, unit)
    return f"+{text}" if round(value, UNITS[unit].decimals) > 0 else text


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
