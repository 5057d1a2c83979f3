"""What was done by the end of each month, beside the target's line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import geopandas as gpd

from erdao_geo.check import Row
from erdao_geo.definitions import Layer
from erdao_geo.schedule.line import expected_on, is_behind
from erdao_geo.schedule.months import earlier_rows, is_small, last_day, months_between


@dataclass(frozen=True, slots=True)
class Point:
    """A target at the end of a month, or on the day of the data within it; in its unit."""

    month: str
    """As `2022-05`."""
    day: dt.date
    done: Fraction | None
    """None after the day of the data, and where the features do not tell their past."""
    expected: Fraction | None
    """None where there is no line."""
    behind: bool | None
    """None where either is not known."""


@dataclass(frozen=True)
class Schedule:
    """A target's row, and how it got there: its months from the start to the due date."""

    row: Row
    points: tuple[Point, ...]
    is_cut: bool = False
    """Whether what was done by earlier months is left out, the layer being too large."""

    @property
    def behind(self) -> bool | None:
        """Whether the target is behind its line on the day of the data; None without a line."""
        return is_behind(self.row, self.row.as_of)


def schedule_of(
    row: Row, layer: Layer, features: gpd.GeoDataFrame, *, cut: bool = False
) -> Schedule:
    """Tell how a target came along, month by month.

    Parameters
    ----------
    row
        The target's row of today.
    layer, features
        What it is checked by, in EPSG:4326.
    cut
        Leave out what was done by earlier months where telling it would take long.

    Returns
    -------
    Schedule
        Its months run from the target's start (or the data's day, if that is earlier) to its due
        date (or the data's day, if that is later); the last `MOST_MONTHS` of them. None for a
        target without dates.
    """
    months = plan_months(row)
    is_cut = cut and not is_small(features, months)
    earlier = [] if is_cut else earlier_rows(row, layer, features, months)
    return Schedule(row, points_of(row, earlier, months), is_cut)


def plan_months(row: Row) -> list[str]:
    """List the months of a target, its start, its due date and the data's day among them."""
    target = row.target
    days = [day for day in (target.starts_on, target.due_on, row.as_of) if day is not None]
    if target.starts_on is None or target.due_on is None:
        return []
    return months_between(min(days), max(days))


def points_of(
    row: Row, earlier: Sequence[tuple[int, Row]], months: Sequence[str]
) -> tuple[Point, ...]:
    """Give a target's months, from its earlier rows.

    Parameters
    ----------
    row
        The target's row of today.
    earlier, months
        As `earlier_rows` gives them, and the months that it was asked for: those of the target at
        least.
    """
    tells = "status" in row.target.done  # what else is done, the features' dates do not tell
    known = {months[number]: then for number, then in earlier} if tells else {}
    points, then = [], None
    for month in months:
        then = known.get(month, then)
        points.append(_point(month, row, then))
    wanted = set(plan_months(row))
    return tuple(point for point in points if point.month in wanted)


def _point(month: str, row: Row, then: Row | None) -> Point:
    """Tell of one month; `then` is the row that holds at its end, where that is known."""
    day, today = last_day(month), row.as_of
    if today is not None and f"{today:%Y-%m}" == month:
        day, then = today, row
    if today is None or day > today:
        then = None
    return Point(
        month=month,
        day=day,
        done=then.done if then else None,
        expected=expected_on(row.target, day),
        behind=is_behind(then, day) if then else None,
    )
