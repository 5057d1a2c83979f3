"""The words people read, in Chinese and English, for the codes that data and JSON carry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

from erdao_geo.definitions import Lang, Target
from erdao_geo.units import UNITS
from erdao_geo.words.paper import PAPER_WORDS
from erdao_geo.words.shown import WORDS

__all__ = [
    "PAPER_WORDS",
    "WORDS",
    "change",
    "moment",
    "number",
    "percent",
    "period",
    "quantity",
    "stated",
    "titled",
    "word",
]


def word(code: str, lang: Lang) -> str:
    """Give the word for a code; a code we have no word for stands for itself.

    Examples
    --------
    >>> word("met", "en"), word("met", "zh"), word("shown", "zh")
    ('met', '达标', '待证实')
    """
    words = WORDS.get(code) or PAPER_WORDS.get(code)
    return words[lang] if words else code


class _Titled(Protocol):
    @property
    def title(self) -> str: ...

    @property
    def title_en(self) -> str: ...


def titled(thing: _Titled, lang: Lang) -> str:
    """Give the title of a plan, a target, a layer or a field; the Chinese one where it has one."""
    return (thing.title_en or thing.title) if lang == "en" else thing.title


def period(dates: Sequence[dt.date], lang: Lang) -> str:
    """Print dates as the span from the oldest to the newest.

    Examples
    --------
    >>> period([dt.date(2024, 5, 1), dt.date(2022, 12, 31)], "en"), period([], "en")
    ('2022-12-31 to 2024-05-01', '-')
    """
    ends = sorted({min(dates), max(dates)}) if dates else []
    return word("to", lang).join(date.isoformat() for date in ends) or "-"


def number(value: Fraction, unit: str, decimals: int | None = None) -> str:
    """Print a quantity without its unit, rounded to some decimals, by default the unit's.

    Examples
    --------
    >>> number(Fraction(188, 10), "km"), number(Fraction(12345), "m2")
    ('18.800', '12,345')
    """
    decimals = UNITS[unit].decimals if decimals is None else decimals
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
