"""The ledger: a row for each target, and the parts that make up its figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from erdao_geo.definitions import PROVEN, Plan, Target
from erdao_geo.overlap import Overlap
from erdao_geo.units import total
from erdao_geo.words import moment

Verdict = Literal["met", "shown", "short", "not_started", "unmapped"]


@dataclass(frozen=True, slots=True)
class Part:
    """What is counted or measured as one: a feature, or the features of one `count_by` value.

    Sizes are in metres, square metres or things.
    """

    name: str
    """The feature's key, or the value."""
    features: tuple[str, ...]
    gross: float
    net: float
    """What it adds to the total, ground counted once."""
    declared: float | None
    """What its office reports of it."""
    status: str | None
    evidence: str
    done: bool
    begun: bool
    located: bool
    counted: bool
    """False where it draws again, as a whole, what another part draws."""

    @property
    def proven(self) -> float:
        """What of it is done, on surveyed or digitised ground."""
        return self.net if self.done and self.evidence in PROVEN else 0.0

    @property
    def reported(self) -> float:
        """What of it is done by its office's word, where that is known, and by measure elsewhere.

        Never less than what is proven; of ground that counts for another part, nothing.
        """
        if not self.done or not self.counted:
            return 0.0
        if self.declared is None:
            return self.net
        share = self.net / self.gross if self.gross else 1.0
        return max(self.proven, self.declared * share)


@dataclass(frozen=True, slots=True)
class Figures:
    """What some parts of a target add up to; exact, in its unit."""

    net: Fraction
    done: Fraction
    proven: Fraction
    reported: Fraction


def figures_of(parts: Sequence[Part], unit: str) -> Figures:
    """Sum parts; however a target's parts are divided, their figures add up to its own."""
    return Figures(
        net=total((part.net for part in parts), unit),
        done=total((part.net for part in parts if part.done), unit),
        proven=total((part.proven for part in parts), unit),
        reported=total((part.reported for part in parts), unit),
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """A feature whose declared size is not what it measures; metres or square metres."""

    key: str
    declared: float
    measured: float

    @property
    def share(self) -> float:
        """Measured less declared, as a part of declared; 1 where 0 was declared."""
        return (self.measured - self.declared) / (self.declared or self.measured)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A feature that was due before the day of the data, and is not done."""

    key: str
    name: str
    due_on: dt.date
    days: int
    """Days since it was due."""


@dataclass(frozen=True)
class Row:
    """One target's answer; quantities are exact, in the target's unit."""

    target: Target
    as_of: dt.date | None
    """The date of the layer's data, where it is known."""
    gross: Fraction
    """The plain sum over all features the target speaks of, whatever their status."""
    net: Fraction
    done: Fraction
    """The part of net that keeps the promise, on any evidence."""
    proven: Fraction
    """The part of done that is surveyed or digitised."""
    by_status: dict[str, Fraction]
    """Net, split by status; sums to net."""
    by_evidence: dict[str, Fraction]
    """Net, split by evidence; sums to net."""
    done_by_evidence: dict[str, Fraction]
    reported: Fraction
    """What is done by the word of the offices: declared sizes where known, else measured ones."""
    parts: tuple[Part, ...]
    """All that makes up the figures, sorted by name."""
    features: tuple[str, ...]
    done_features: tuple[str, ...]
    unlocated: tuple[str, ...]
    overlaps: tuple[Overlap, ...]
    gaps: tuple[Gap, ...]
    """Declared sizes that differ by more than `GAP` from what was measured, the widest first."""
    overdue: tuple[Overdue, ...]
    """What should be done by now and is not, the latest first."""
    verdict: Verdict

    @property
    def stated(self) -> Fraction:
        """The promise's own figure."""
        return Fraction(self.target.value)

    @property
    def overlap(self) -> Fraction:
        """What the plain sum counts twice."""
        return self.gross - self.net

    @property
    def claimed(self) -> Fraction:
        """What is done by report and not proven: proven <= reported <= proven + claimed."""
        return self.reported - self.proven

    @property
    def remaining(self) -> Fraction:
        """What is left to do; negative where more is done than was promised."""
        return self.stated - self.done

    @property
    def share(self) -> Fraction:
        """Done over stated: 1 is all of it."""
        return self.done / self.stated


@dataclass(frozen=True)
class Asked:
    """The moment of the past that a ledger was asked for."""

    when: int | dt.date
    """What was asked: a revision, a day (its end) or a time."""
    revision: int
    """The last revision by then, of any layer."""
    time: dt.datetime
    """Of that revision."""
    notes: tuple[str, ...]
    """What of the ledger rests on less than a revision."""

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {
            "when": moment(self.when, "en"),
            "revision": self.revision,
            "time": self.time.isoformat(),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Ledger:
    """The answer of `check`."""

    plan: Plan
    rows: tuple[Row, ...]
    asked: Asked | None = None
    """Where it is a ledger of the past."""

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """The dates of the rows, each once, the oldest first."""
        return tuple(sorted({row.as_of for row in self.rows if row.as_of is not None}))

    @property
    def as_of(self) -> dt.date | None:
        """The date that no row is older than."""
        return min(self.dates, default=None)

    @property
    def has_sample(self) -> bool:
        """Whether a figure rests in part on illustrative features."""
        return any("illustrative" in row.by_evidence for row in self.rows)
