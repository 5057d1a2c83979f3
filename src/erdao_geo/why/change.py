"""The change of a figure, and what caused it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

import geopandas as gpd

from erdao_geo.check import Asked
from erdao_geo.definitions import Layer, Target
from erdao_geo.units import UNITS, from_si
from erdao_geo.words import moment

Figure = Literal["net", "done", "proven", "reported"]
FIGURES: tuple[Figure, ...] = get_args(Figure)
Name = Literal[
    "rule_changed",
    "removed",
    "added",
    "redrawn",
    "newly_completed",
    "status_corrected",
    "redeclared",
    "evidence_upgraded",
    "evidence_downgraded",
    "overlap_found",
    "overlap_resolved",
]
CAUSES: tuple[Name, ...] = get_args(Name)


@dataclass(frozen=True)
class Side:
    """A target at one moment, and what it was checked by."""

    target: Target
    layer: Layer
    features: gpd.GeoDataFrame
    """In EPSG:4326, valid, in any order."""
    date: dt.date
    """Of the features."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a cause did to one part: a feature, or the features of one `count_by` value.

    Where parts share ground, it is one effect on all of them.
    """

    parts: tuple[str, ...]
    """Their names, sorted."""
    size: Fraction
    """Metres, square metres or things; negative where the figure fell."""
    beside: tuple[str, ...] = ()
    """The features that share the ground, where that is the cause."""


@dataclass(frozen=True)
class Cause:
    """One kind of cause, and what it did to each part."""

    name: Name
    effects: tuple[Effect, ...]

    @property
    def size(self) -> Fraction:
        """The sum of the effects, in metres, square metres or things."""
        return sum((effect.size for effect in self.effects), Fraction())


@dataclass(frozen=True)
class Rule:
    """A rule of the plan or of the layer that is another now; its values as text."""

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """Why a figure of a target is another than it was.

    The figures are the exact sums of the parts; a ledger's are these, rounded to a double in SI.
    """

    target: Target
    """As it is; as it was, where the plan has it no more."""
    of: Figure
    old: Fraction
    """In the target's unit."""
    new: Fraction
    causes: tuple[Cause, ...]
    """Those with an effect, in the order of `CAUSES`; their sizes sum to new less old."""
    rules: tuple[Rule, ...]
    titles: dict[str, str]
    """What the features that are named here are called, by key."""
    notes: tuple[str, ...] = ()
    since: Asked | None = None
    until: Asked | None = None

    @property
    def all_notes(self) -> list[str]:
        """Say what there is to know of it, and of its two ends."""
        ends = [end for end in (self.since, self.until) if end]
        return [*self.notes, *(f"{moment(e.when, 'en')}: {note}" for e in ends for note in e.notes)]

    def visible(self, cause: Cause) -> list[Effect]:
        """Give the effects that do not round to nothing in the target's unit, the largest first."""
        decimals = UNITS[self.target.unit].decimals
        seen = [effect for effect in cause.effects if round(self.amount(effect), decimals)]
        return sorted(seen, key=lambda effect: (-abs(effect.size), effect.parts))

    def amount(self, of: Cause | Effect) -> Fraction:
        """Give a size in the target's unit."""
        return from_si(of.size, self.target.unit)
