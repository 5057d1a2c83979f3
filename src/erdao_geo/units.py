"""Units of the reports, and SI.

Every factor is exact: 1 mu (亩) is 10,000/15 m2 by definition, so it is kept as a fraction, and a
quantity is rounded only where it is printed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Measure = Literal["length", "area", "count"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a target: what it measures, its size in SI, and how it is printed."""

    measure: Measure
    si: Fraction
    """Metres, square metres or 1."""
    symbol: str
    symbol_zh: str
    decimals: int
    """Decimals to print: about a metre, a square metre or a whole thing."""


UNITS: dict[str, Unit] = {
    "m": Unit("length", Fraction(1), "m", "米", 0),
    "km": Unit("length", Fraction(1000), "km", "公里", 3),
    "m2": Unit("area", Fraction(1), "m²", "平方米", 0),
    "mu": Unit("area", Fraction(10_000, 15), "mu", "亩", 2),
    "ha": Unit("area", Fraction(10_000), "ha", "公顷", 4),
    "wan_m2": Unit("area", Fraction(10_000), "×10⁴ m²", "万平方米", 4),
    "km2": Unit("area", Fraction(1_000_000), "km²", "平方公里", 4),
    "count": Unit("count", Fraction(1), "", "个", 0),
}


SIZE_UNITS = {"LineString": "km", "Polygon": "mu"}
"""By the geometry of a layer, the unit that its features' sizes are told in; points have none."""
GROUND_UNITS = {"LineString": "m", "Polygon": "m2"}
"""The same for the ground that two features share."""


def from_si(value: float | Fraction, unit: str) -> Fraction:
    """Express an SI quantity in `unit`, exactly.

    Examples
    --------
    >>> from_si(700 * Fraction(10_000, 15), "mu")
    Fraction(700, 1)
    >>> float(from_si(18_800.0, "km"))
    18.8
    """
    return Fraction(value) / UNITS[unit].si


def total(sizes: Iterable[float], unit: str) -> Fraction:
    """Sum SI quantities and express the sum in `unit`, exactly: totals of parts add up to theirs.

    Each pass gives what the passes before it rounded away.

    Examples
    --------
    >>> total([0.1, 0.2], "m") == Fraction(0.1) + Fraction(0.2)
    True
    """
    terms = list(sizes)
    exact = Fraction(0)
    while rest := math.fsum(terms):
        exact += Fraction(rest)
        terms.append(-rest)
    return from_si(exact, unit)
