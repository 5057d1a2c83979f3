"""What is found where ground is covered twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

Reason = Literal["duplicate", "reversed", "contained", "partial", "redrawn", "parallel"]
AGAIN: frozenset[Reason] = frozenset({"duplicate", "reversed", "redrawn"})
"""The reasons by which one feature is another, drawn again as a whole."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Ground that is covered twice: `other` covers again what `counted` covers."""

    counted: str
    other: str
    size: float
    """Metres or square metres of `other` that lie on `counted`."""
    reason: Reason
    changes: bool
    """Whether a net length or area is smaller by it; carriageways may count each."""
    sliver: bool = False
    """Whether it is narrower than the tolerance: two borders that do not quite agree."""


@dataclass(frozen=True)
class Net:
    """What each feature adds once ground counts once."""

    sizes: pd.Series[float]
    """Metres or square metres, indexed as the features; they sum to the net total."""
    overlaps: tuple[Overlap, ...]
    again: frozenset[str]
    """The keys of the features that draw again, as a whole, what another one draws."""
