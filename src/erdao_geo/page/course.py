"""What a page shows of a target's schedule: its months, its line, and what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from erdao_geo.check import Row
from erdao_geo.page.targets import MOST_NAMED, numbers_of
from erdao_geo.schedule import Point, is_behind, place_line, place_points
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
        "points": [
            _point(row, point, place)
            for point, place in zip(points, place_points(row, points), strict=True)
        ],
        "line": place_line(row, points),
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


def _point(row: Row, point: Point, place: tuple[float, float | None]) -> dict[str, Any]:
    def said(value: Fraction | None) -> str | None:
        return None if value is None else number(value, row.target.unit)

    return {
        "month": point.month,
        "day": point.day.isoformat(),
        "done": said(point.done),
        "expected": said(point.expected),
        "behind": point.behind,
        "x": place[0],
        "y": place[1],
    }
