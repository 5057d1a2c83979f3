"""The pairs of features that share ground: how much of it, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from erdao_geo.overlap.cells import EXACT, Cells
from erdao_geo.overlap.segments import Flags, Floats, Ints, Segments, sums

SHORTEST = 0.5  # m: less of exactly shared ground may be chance
ROUNDING = 1e-5  # m, over all the stretches of a feature
_ALIKE = 0.02  # by so much of its length may a line be longer where it is drawn again

Reasons = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Pairs:
    """Pairs of features that share ground, each once."""

    counted: Ints
    """The row of the feature that counts."""
    other: Ints
    length: Floats
    """Of `other` on `counted`, on the axis of the segments."""
    reason: Reasons

    def __getitem__(self, chosen: Flags) -> Pairs:
        return Pairs(
            self.counted[chosen], self.other[chosen], self.length[chosen], self.reason[chosen]
        )

    @staticmethod
    def none() -> Pairs:
        """Give no pair."""
        empty = np.empty(0, np.int64)
        return Pairs(empty, empty, np.empty(0), np.empty(0, "U10"))


def pairs_of(
    segments: Segments, cells: Cells, start: Floats, end: Floats, tolerance: float
) -> Pairs:
    """Sum up by pairs of features what of each cell is drawn again, from `start` to `end`.

    A feature that lies on itself is first paired line by line.
    """
    kept = np.flatnonzero(end > start)
    if not kept.size:
        return Pairs.none()
    near, length = cells.counted[kept], end[kept] - start[kept]
    unit, sizes, owner = _units(segments, segments.line[near.a], segments.line[near.b])
    pair, inverse = np.unique(unit[1] * len(sizes) + unit[0], return_inverse=True)
    b, a = np.divmod(pair, len(sizes))
    exact = np.maximum(np.abs(near.off_start), np.abs(near.off_end)) <= EXACT
    inverse = _without_scraps(b, inverse, length, exact, tolerance)
    total = sums(inverse, length, len(pair))
    same = sums(inverse, length * exact, len(pair)) >= total - ROUNDING
    ahead = sums(inverse, length * np.sign(near.on_end - near.on_start), len(pair)) > 0
    whole = total >= sizes[b] - ROUNDING
    alike = sizes[a] <= sizes[b] * (1 + _ALIKE) + 2 * tolerance
    alike &= ~same | (sizes[a] <= sizes[b] + ROUNDING + EXACT)
    copy = np.where(same, np.where(ahead, "duplicate", "reversed"), "redrawn")
    reason = np.where(whole, np.where(alike, copy, "contained"), "partial")
    found = (total > np.where(same, ROUNDING, tolerance)) | (whole & (total > 0))
    return merged(owner[a][found], owner[b][found], total[found], reason[found])


def _without_scraps(b: Ints, pair: Ints, length: Floats, exact: Flags, tolerance: float) -> Ints:
    """Count what is shorter than the tolerance, as at a junction, to its `b`'s longest pair."""
    total, shared = sums(pair, length, len(b)), sums(pair, length * exact, len(b))
    order = np.lexsort((total, b))
    last = np.append(np.diff(b[order]) != 0, True)
    longest = order[last][np.cumsum(np.append(True, last[:-1])) - 1]
    scrap = total <= np.where(shared < total - ROUNDING, tolerance, SHORTEST)
    to = np.arange(len(b))
    to[order] = np.where(scrap[order], longest, order)
    return to[pair]


def _units(segments: Segments, line_a: Ints, line_b: Ints) -> tuple[Ints, Floats, Ints]:
    """Give what is compared (two features, or two lines of one) numbers, lengths and features."""
    lengths = segments.end - segments.begin
    features = int(segments.owner.max()) + 1
    unit = segments.owner[np.stack([line_a, line_b])]
    own = unit[0] == unit[1]
    unit = np.where(own, features + np.stack([line_a, line_b]), unit)
    sizes = np.concatenate([np.bincount(segments.owner, lengths), lengths])
    return unit, sizes, np.concatenate([np.arange(features), segments.owner])


def merged(counted: Ints, other: Ints, length: Floats, reason: Reasons) -> Pairs:
    """Take what is of the same two features as one pair, for the reason of the longest."""
    if not len(counted):
        return Pairs.none()
    order = np.lexsort((-length, counted, other))
    counted, other = counted[order], other[order]
    first = np.flatnonzero(np.append(True, (np.diff(counted) != 0) | (np.diff(other) != 0)))
    total = np.add.reduceat(length[order], first)
    return Pairs(counted[first], other[first], total, reason[order][first])
