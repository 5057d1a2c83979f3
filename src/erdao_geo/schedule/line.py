"""The line that a target is held against: how much of it is to be done by a day."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from itertools import pairwise

from erdao_geo.check import Row
from erdao_geo.definitions import Target


def line_of(target: Target) -> list[tuple[dt.date, Fraction]]:
    """Give the corners of a target's line: how much is to be done by the end of which day.

    Straight from nothing on `starts_on` to the stated value on `due_on`, or by way of the plan's
    milestones. Empty for a promise of at most so much, and for one without dates.
    """
    if target.bound == "at_most" or target.starts_on is None or target.due_on is None:
        return []
    between = [(one.on, Fraction(one.value)) for one in target.milestones]
    return [(target.starts_on, Fraction(0)), *between, (target.due_on, Fraction(target.value))]


def expected_on(target: Target, day: dt.date) -> Fraction | None:
    """Say how much is to be done by the end of a day, in the target's unit.

    Parameters
    ----------
    target
        The promise.
    day
        Any; before the start nothing is expected, from the due date on all of it.

    Returns
    -------
    Fraction or None
        Exact. None where there is no line.
    """
    line = line_of(target)
    if not line:
        return None
    if day >= line[-1][0]:
        return line[-1][1]
    for (start, low), (end, high) in pairwise(line):
        if start <= day < end:
            return low + (high - low) * Fraction((day - start).days, (end - start).days)
    return Fraction(0)


def is_behind(row: Row, day: dt.date | None) -> bool | None:
    """Tell whether less is done, by a row that holds on a day, than the line asks for by then.

    A target that holds is not behind, be it by its rounding. None where there is no line or day.
    """
    expected = None if day is None else expected_on(row.target, day)
    if expected is None:
        return None
    return row.done < expected and row.verdict not in ("met", "shown")
