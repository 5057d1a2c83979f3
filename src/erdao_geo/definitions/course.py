"""When a promise is to be kept: between two days, by way of milestones where there are some."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic import Field as Limits

from erdao_geo.definitions.frozen import Frozen
from erdao_geo.definitions.messages import shown


def decimal(value: Any) -> Decimal:
    """Take one of TOML's numbers as it is written."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    raise ValueError(f"is {shown(value)}; write a number, without quotes")


class Milestone(Frozen):
    """How much is to be done by the end of a day, in the target's unit."""

    on: dt.date
    value: Annotated[Decimal, BeforeValidator(decimal), Limits(ge=0)]


def require_order(starts_on: dt.date, due_on: dt.date) -> None:
    """Refuse a due date before the start."""
    if due_on < starts_on:
        raise ValueError(f"is {due_on}, before starts_on {starts_on}; set it on that day or later")


def require_course(
    milestones: Sequence[Milestone], starts_on: dt.date, due_on: dt.date, value: Decimal
) -> None:
    """Refuse milestones that do not lead from nothing at the start to the value when it is due."""
    for one in milestones:
        if not starts_on < one.on <= due_on:
            raise ValueError(
                f"has one on {one.on}; each must be after starts_on {starts_on} and no later than "
                f"due_on {due_on}"
            )
        if one.value > value or (one.on == due_on and one.value != value):
            limit = "on due_on it is" if one.on == due_on else "the most is"
            raise ValueError(f"has the value {one.value} on {one.on}; {limit} the target's {value}")
    for before, after in pairwise(milestones):
        if after.on <= before.on:
            raise ValueError(f"has {after.on} behind {before.on}; sort them by date, a day once")
        if after.value < before.value:
            raise ValueError(
                f"falls from {before.value} to {after.value} on {after.on}; what is to be done "
                "never grows less"
            )
