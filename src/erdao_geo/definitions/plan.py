"""The plan with its targets, and the maps."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationInfo, field_validator, model_validator
from pydantic import Field as Limits

from erdao_geo.definitions.base import Base
from erdao_geo.definitions.course import Milestone, decimal, require_course, require_order
from erdao_geo.definitions.frozen import Frozen, Scalar, as_tuple
from erdao_geo.definitions.messages import shown
from erdao_geo.units import UNITS

Bound = Literal["at_least", "exactly", "at_most"]
Lang = Literal["zh", "en"]


def _wanted(value: Any) -> Any:
    if value == []:
        raise ValueError("is []; an empty list matches nothing, name at least one value")
    if all(isinstance(item, Scalar) for item in (value if isinstance(value, list) else [value])):
        return as_tuple(value)
    raise ValueError(f"is {shown(value)}; allowed: text, a whole number, true, false, or a list")


MIN_VALUE, MAX_VALUE = Decimal("1e-9"), Decimal("1e15")
"""What a promise can be: beyond it a value is a slip, and would not print."""

Condition = dict[str, Annotated[Scalar | tuple[Scalar, ...], BeforeValidator(_wanted)]]
"""Field to value, or to any of a list of values."""


class Target(Frozen):
    """One promise: a bound, a value, a unit, and the features that it is checked by."""

    id: str
    title: str
    title_en: str = ""
    clause: str
    section: str = ""
    layer: str
    where: Condition = {}
    done: Condition = {"status": "completed"}
    bound: Bound = "at_least"
    value: Annotated[Decimal, BeforeValidator(decimal), Limits(ge=MIN_VALUE, le=MAX_VALUE)]
    unit: str
    count_by: str | None = None
    starts_on: dt.date | None = None
    """The day at whose end nothing needs to be done yet; in a plan, 1 January of its year."""
    due_on: dt.date | None = None
    """The day by whose end all is to be done; in a plan, 31 December of its year."""
    milestones: Annotated[tuple[Milestone, ...], BeforeValidator(as_tuple)] = ()
    """What is to be done in between, where that is no straight line."""
    note: str = ""
    note_en: str = ""

    @field_validator("due_on")
    @classmethod
    def _is_due_after_the_start(
        cls, due_on: dt.date | None, info: ValidationInfo
    ) -> dt.date | None:
        starts_on = info.data.get("starts_on")
        if starts_on is not None and due_on is not None:
            require_order(starts_on, due_on)
        return due_on

    @field_validator("milestones")
    @classmethod
    def _milestones_lead_there(
        cls, milestones: tuple[Milestone, ...], info: ValidationInfo
    ) -> tuple[Milestone, ...]:
        starts_on, due_on, value = (
            info.data.get(name) for name in ("starts_on", "due_on", "value")
        )
        if starts_on is not None and due_on is not None and value is not None:
            require_course(milestones, starts_on, due_on, value)
        return milestones

    @model_validator(mode="after")
    def _unit_fits(self) -> Target:
        if self.unit not in UNITS:
            raise ValueError(f"unit is {self.unit!r}; allowed: {', '.join(UNITS)}")
        if self.count_by and self.unit != "count":
            raise ValueError(f"count_by needs unit 'count', not {self.unit!r}")
        return self


class Plan(Frozen):
    """The plan: the district, the year, the report cited, and the targets in its order."""

    title: str
    title_en: str = ""
    adcode: str
    year: Annotated[int, Limits(ge=dt.MINYEAR, le=dt.MAXYEAR)]
    lang: Lang = "zh"
    boundary: str
    context: str = ""
    """The layer of known rivers and avenues, which a file's place is held against."""
    report: str
    report_en: str = ""
    targets: tuple[Target, ...]

    @model_validator(mode="before")
    @classmethod
    def _give_targets_the_year(cls, data: Any) -> Any:
        """Let a target that names no days run from the first to the last of the plan's year."""
        year = data.get("year") if isinstance(data, dict) else None
        if type(year) is not int or not dt.MINYEAR <= year <= dt.MAXYEAR:
            return data  # refused by its own field
        whole = {"starts_on": dt.date(year, 1, 1), "due_on": dt.date(year, 12, 31)}
        targets = [
            {**whole, **target} if isinstance(target, dict) else target
            for target in data.get("targets", ())
        ]
        return {**data, "targets": tuple(targets)}

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that targets speak of, in the order of the targets."""
        return tuple(dict.fromkeys(target.layer for target in self.targets))

    def groupings(self, stem: str) -> frozenset[str]:
        """Give the fields that targets count a layer's features by."""
        return frozenset(
            target.count_by
            for target in self.targets
            if target.layer == stem and target.count_by is not None
        )


class MapSheet(Frozen):
    """A map: `maps/<stem>.toml`, rendered to `maps/<stem>.html`."""

    stem: str
    title: str
    title_en: str = ""
    layers: Annotated[tuple[str, ...], BeforeValidator(as_tuple), Limits(min_length=1)]
    base: Base = Base()
    one_file_mb: Annotated[int, Limits(ge=0, le=4096)] = 64
    """Up to this size the page is one file; above it, its layers are files beside it."""
    targets: Annotated[tuple[str, ...] | None, BeforeValidator(as_tuple)] = None
    approval: str = ""
    """The map-approval number (审图号) that the printed sheet carries."""

    def speaks_of(self, target: Target) -> bool:
        """Tell whether the map shows a target: one that it names, or one of its layers."""
        if self.targets is not None:
            return target.id in self.targets
        return target.layer in self.layers

    @model_validator(mode="after")
    def _names_each_once(self) -> MapSheet:
        for name in ("layers", "targets"):
            named = getattr(self, name) or ()
            twice = [item for item in dict.fromkeys(named) if named.count(item) > 1]
            if twice:
                raise ValueError(f"{name} has {twice[0]!r} twice; name each once")
        return self
