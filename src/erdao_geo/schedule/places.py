"""Where a target's months and its line stand in a drawing: a box of 1 by 1.

x runs along the months, y upwards to the stated value; what is done beyond that is above 1.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from fractions import Fraction

from erdao_geo.check import Row
from erdao_geo.schedule.line import line_of
from erdao_geo.schedule.progress import Point


def place_points(row: Row, points: Sequence[Point]) -> list[tuple[float, float | None]]:
    """Place what was done by the end of each month; y is None where that is not known."""
    return [
        (
            _along(number, point.day, len(points)),
            None if point.done is None else _height(row, point.done),
        )
        for number, point in enumerate(points)
    ]


def place_line(row: Row, points: Sequence[Point]) -> list[tuple[float, float]]:
    """Place the corners of the line, and lead it on level to the last month; empty without one."""
    corners = line_of(row.target)
    if not corners or not points:
        return []
    numbers = {point.month: number for number, point in enumerate(points)}
    line = [
        (_along(numbers[f"{day:%Y-%m}"], day, len(points)), _height(row, value))
        for day, value in corners
        if f"{day:%Y-%m}" in numbers
    ]
    return [*line, (1.0, 1.0)]


def _along(number: int, day: dt.date, count: int) -> float:
    share = day.day / calendar.monthrange(day.year, day.month)[1]
    return round((number + share) / count, 4)


def _height(row: Row, value: Fraction) -> float:
    return round(float(value / row.stated), 4)
