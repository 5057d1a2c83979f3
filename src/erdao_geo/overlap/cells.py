"""Stretches of lines cut into cells, over which the same lines run alongside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from erdao_geo.overlap.alongside import SNAP, Stretches, joined
from erdao_geo.overlap.segments import Floats, Ints, Segments, spread, sums

EXACT = 0.02
"""Metres within which two drawings are one and the same, their vertices at 7 decimals."""
_AS_MUCH = 0.9


@dataclass(frozen=True)
class Cells:
    """Stretches of the axis, in order, over which the same lines run alongside."""

    start: Floats
    end: Floats
    line: Ints
    """The line they are of."""
    nearest: Stretches
    """The nearest of what runs alongside, and where exactly."""
    counted: Stretches
    """What counts in its place."""

    @property
    def off_start(self) -> Floats:
        """Give the metres to the nearest line at the start."""
        return np.abs(self.nearest.off_start)

    @property
    def off_end(self) -> Floats:
        """Give the metres to the nearest line at the end."""
        return np.abs(self.nearest.off_end)

    @property
    def length(self) -> Floats:
        """Give the metres from start to end."""
        return self.end - self.start


def cells_of(segments: Segments, stretches: Stretches) -> Cells:
    """Cut stretches where one of them starts or ends or crosses, and find the nearest and the best.

    Of the segments alongside, the one of the line that covers most of this line counts; of lines
    that cover about as much, the preferred one.
    """
    stretches = _cut_at_crossings(stretches)
    edges, index = np.unique(np.concatenate([stretches.start, stretches.end]), return_inverse=True)
    group = np.concatenate([[0], np.cumsum(np.diff(edges) > SNAP)])
    edges = edges[np.searchsorted(group, np.arange(group[-1] + 1))]
    index = group[index]
    low, high = np.split(index, 2)
    row, cell = spread(low, high - low)
    pieces = _clipped(stretches[row], edges[cell], edges[cell + 1])
    middle = np.abs(pieces.off_start + pieces.off_end)
    nearest = _first_of_each(cell, middle)
    best = _first_of_each(cell, _preference(segments, stretches)[row])
    return Cells(
        edges[cell[nearest]],
        edges[cell[nearest] + 1],
        segments.line[pieces.b[nearest]],
        pieces[nearest],
        pieces[best],
    )


def _cut_at_crossings(stretches: Stretches) -> Stretches:
    """Cut stretches in two where b crosses a."""
    least = np.minimum(np.abs(stretches.off_start), np.abs(stretches.off_end))
    crossing = (stretches.off_start * stretches.off_end < 0) & (least > EXACT)
    if not crossing.any():
        return stretches
    whole = stretches[crossing]
    share = whole.off_start / (whole.off_start - whole.off_end)
    at = whole.start + share * (whole.end - whole.start)
    halves = _clipped(whole, whole.start, at), _clipped(whole, at, whole.end)
    return joined([stretches[~crossing], *halves])


def _clipped(stretches: Stretches, start: Floats, end: Floats) -> Stretches:
    """Take the part of each between two places of the axis."""
    length = stretches.end - stretches.start
    low, high = (start - stretches.start) / length, (end - stretches.start) / length
    off, on = stretches.off_end - stretches.off_start, stretches.on_end - stretches.on_start
    return Stretches(
        stretches.a,
        stretches.b,
        start,
        end,
        stretches.off_start + low * off,
        stretches.off_start + high * off,
        stretches.on_start + low * on,
        stretches.on_start + high * on,
    )


def _preference(segments: Segments, stretches: Stretches) -> Ints:
    """Rank stretches by what should count in place of `b`."""
    line_a, line_b = segments.line[stretches.a], segments.line[stretches.b]
    pair, inverse = np.unique(line_b * len(segments.owner) + line_a, return_inverse=True)
    total = sums(inverse, stretches.end - stretches.start, len(pair))
    most = np.zeros(len(segments.owner))
    np.maximum.at(most, pair // len(segments.owner), total)
    minor = total[inverse] < _AS_MUCH * most[line_b]
    away = np.maximum(np.abs(stretches.off_start), np.abs(stretches.off_end)) > EXACT
    order = np.lexsort((stretches.a, segments.owner[line_a], away, minor))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _first_of_each(cell: Ints, value: Floats | Ints) -> Ints:
    """Find the row of the least value in each cell, in the order of the cells."""
    order = np.lexsort((value, cell))
    first: Ints = order[np.concatenate([[True], np.diff(cell[order]) > 0])]
    return first
