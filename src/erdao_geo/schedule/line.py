"""The line that a target is held against: how much of it is to be done by a day."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from itertools import pairwise

from erdao_geo.check import Row
from erdao_geo.definitions import Target


def expected_on(target: Target, day: dt.date) -> Fraction | None:
    """Say how much is to be done by the end of a day, in the target's unit.

    The line is straight from nothing on `starts_on` to the stated value on `due_on`; where the
    plan has milestones, it goes from one to the next. It is exact.

    Parameters
    ----------
    target
        The promise.
    day
        Any; before the start nothing is expected, from the due date on all of it.

    Returns
    -------
    Fraction or None
        None for a promise of at most so much, which has no line, and for one without dates.
    """
    if target.bound == "at_most" or target.starts_on is None or target.due_on is None:
        return None
    if day >= target.due_on:
        return Fraction(target.value)
    between = [(one.on, Fraction(one.value)) for one in target.milestones]
    line = [(target.starts_on, Fraction(0)), *between, (target.due_on, Fraction(target.value))]
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
