"""What a page shows of a target's schedule: its months, its line, and what is overdue."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from erdao_geo.check import Row
from erdao_geo.page.targets import MOST_NAMED, numbers_of
from erdao_geo.schedule import Point, is_behind, line_of
from erdao_geo.words import number


def schedule_payload(row: Row, points: Sequence[Point], keys: Sequence[str]) -> dict[str, Any]:
    """Give what the page shows of a target's schedule.

    Parameters
    ----------
    row
        Today's row.
    points
        The target's months, each once, in order.
    keys
        Those of the layer's features, in the order in which the page has them.

    Returns
    -------
    dict
        Figures as they are printed, and for drawing places in a box of 1 by 1: x along the months,
        y upwards to the stated value; what is done beyond that is above 1.
    """
    late = row.overdue[:MOST_NAMED]
    numbers = numbers_of(keys, {one.key for one in late})
    return {
        "behind": is_behind(row, row.as_of),
        "points": [_point(row, place, point, len(points)) for place, point in enumerate(points)],
        "line": _line(row, points),
        "late": len(row.overdue),
        "overdue": [
            {
                "feature": numbers[one.key],
                "name": one.name,
                "due": one.due_on.isoformat(),
                "days": one.days,
            }
            for one in late
        ],
    }


def _point(row: Row, place: int, point: Point, count: int) -> dict[str, Any]:
    def said(value: Fraction | None) -> str | None:
        return None if value is None else number(value, row.target.unit)

    return {
        "month": point.month,
        "day": point.day.isoformat(),
        "done": said(point.done),
        "expected": said(point.expected),
        "behind": point.behind,
        "x": round((place + _share_of_month(point.day)) / count, 4),
        "y": None if point.done is None else _height(row, point.done),
    }


def _line(row: Row, points: Sequence[Point]) -> list[tuple[float, float]]:
    """Place the corners of the line, and lead it on level to the last month."""
    corners = line_of(row.target)
    if not corners or not points:
        return []
    places = {point.month: place for place, point in enumerate(points)}
    line = [
        (
            round((places[f"{day:%Y-%m}"] + _share_of_month(day)) / len(points), 4),
            _height(row, value),
        )
        for day, value in corners
        if f"{day:%Y-%m}" in places
    ]
    return [*line, (1.0, 1.0)]


def _share_of_month(day: dt.date) -> float:
    return day.day / calendar.monthrange(day.year, day.month)[1]


def _height(row: Row, value: Fraction) -> float:
    return round(float(value / row.stated), 4)
