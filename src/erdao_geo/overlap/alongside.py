"""Where lines run alongside each other: near, abeam, and in one direction or against it.

A stretch of segment b runs alongside segment a where it is within some metres of the straight line
through a, abeam of a (caps are flat: roads that continue each other share nothing), and at no
more than an angle to it. Of the two, a is the preferred one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from erdao_geo.overlap.segments import Flags, Floats, Ints, Segments, spread

SNAP = 1e-6  # m: rounding
_PIECE = 16  # segments; a box around more of a line holds too much that is not near it
_CHUNK = 2_048  # pieces compared at a time: what is at hand stays in a core's cache
_APART = 1000.0  # degrees between groups of lines that are not compared
_AMPLY = 1.001  # as a degree is not as long at the other end of a piece
_LEVEL = 1e-30  # a slope that is as good as none
_STRAIGHT = 0.5  # cos(45 deg)^2: steps this near to one direction never run beside each other


@dataclass(frozen=True)
class Stretches:
    """Stretches of segments `b` that run alongside segments `a`."""

    a: Ints
    b: Ints
    start: Floats
    """On the axis of the segments."""
    end: Floats
    off_start: Floats
    """Metres from `a` at the start of the stretch; more than 0 to the left of `a`."""
    off_end: Floats
    on_start: Floats
    """The place on `a` abeam of the start, on the axis."""
    on_end: Floats

    def __len__(self) -> int:
        return len(self.a)

    def __getitem__(self, chosen: Ints | Flags) -> Stretches:
        return Stretches(*(column[chosen] for column in self.columns))

    @property
    def columns(self) -> list[Any]:
        """All that is known of them."""
        return [getattr(self, field.name) for field in fields(self)]


def stretches_alongside(
    segments: Segments, reach: float, steepest: float, *, group: Ints | None = None
) -> Stretches:
    """Find where lines run alongside each other, or a line alongside itself.

    Parameters
    ----------
    segments
        The lines; at least one.
    reach
        The most metres between the two.
    steepest
        The tangent of the widest angle between their directions, modulo 180 degrees.
    group
        By line; only lines of one group are compared, and none below 0. By default all are of one.

    Returns
    -------
    Stretches
        In no order; `a` is of an earlier feature than `b`, or comes before it in the same one.
    """
    metres = segments.step * segments.scale
    first, extent, box = _pieces(segments)
    margin = np.tile(reach * _AMPLY / segments.scale[first[:-1]], 2)
    straight = _are_straight(metres, first)
    groups = np.zeros(len(box), np.int64) if group is None else group[segments.line[first[:-1]]]
    pieces = np.flatnonzero(groups >= 0)
    boxes = _diagonals(box - margin / 2, groups)[pieces]
    tree = shapely.STRtree(boxes)
    near = first, extent, margin - box[:, [2, 3, 0, 1]]

    def compare(begin: int) -> Stretches:
        p, q = tree.query(boxes[begin : begin + _CHUNK])
        p, q = pieces[p + begin], pieces[q]
        once = (p < q) | ((p == q) & ~straight[p])
        a, b = _near_pairs(*near, p[once], q[once])
        return _alongside(segments, metres, *_preferred_first(segments, a, b), reach, steepest)

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return joined(list(pool.map(compare, range(0, len(boxes), _CHUNK))))


def joined(some: Sequence[Stretches]) -> Stretches:
    """Put stretches together."""
    return Stretches(*map(np.concatenate, zip(*(each.columns for each in some), strict=True)))


def _pieces(segments: Segments) -> tuple[Ints, Floats, Floats]:
    """Cut lines into pieces: the first segment of each, the extents of segments and of pieces.

    An extent is west, south, east and north, the latter two with the sign changed: least values.
    """
    counts = np.diff(segments.first)
    pieces = -(-counts // _PIECE)
    line, nth = spread(np.zeros_like(pieces), pieces)
    first = segments.first[:-1][line] + nth * counts[line] // pieces[line]
    end = segments.start + segments.step
    extent = np.hstack([np.minimum(segments.start, end), -np.maximum(segments.start, end)])
    return np.append(first, len(segments.line)), extent, np.minimum.reduceat(extent, first)


def _diagonals(extent: Floats, groups: Ints) -> npt.NDArray[Any]:
    """Draw boxes as their diagonals; those of different groups are a world apart."""
    corners = extent.reshape(-1, 2, 2) * [[[1], [-1]]]
    corners[:, :, 0] += _APART * groups[:, None]
    return np.asarray(shapely.linestrings(corners))


def _are_straight(metres: Floats, first: Ints) -> Flags:
    """Tell which pieces go on in about one direction, so that none of it is beside the rest."""
    chord = np.repeat(np.add.reduceat(metres, first[:-1]), np.diff(first), axis=0)
    ahead = (metres * chord).sum(axis=1)
    within = ahead**2 >= _STRAIGHT * (metres**2).sum(axis=1) * (chord**2).sum(axis=1)
    return np.logical_and.reduceat((ahead > 0) & within, first[:-1])


def _near_pairs(first: Ints, extent: Floats, limit: Floats, p: Ints, q: Ints) -> tuple[Ints, Ints]:
    """Pair the segments of pieces p with those of q, as far as they are near the other piece."""
    pair, mine = _inside(first, extent, p, limit[q])
    other_pair, theirs = _inside(first, extent, q, limit[p])
    count = np.bincount(other_pair, minlength=len(p))
    row, other = spread((np.cumsum(count) - count)[pair], count[pair])
    a, b = mine[row], theirs[other]
    once = (p < q)[pair[row]] | (a < b)
    return a[once], b[once]


def _inside(first: Ints, extent: Floats, piece: Ints, limit: Floats) -> tuple[Ints, Ints]:
    """List the segments of each piece that are within limits, each with the number of the pair."""
    pair, segment = spread(first[piece], first[piece + 1] - first[piece])
    west, south, east, north = (extent[segment] <= limit[pair]).T
    inside = west & south & east & north
    return pair[inside], segment[inside]


def _preferred_first(segments: Segments, a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Swap pairs so that `a` is of the earlier feature, or comes first in the same one."""
    of_a, of_b = segments.owner[segments.line[a]], segments.owner[segments.line[b]]
    swapped = (of_a > of_b) | ((of_a == of_b) & (a > b))
    return np.where(swapped, b, a), np.where(swapped, a, b)


def _alongside(
    segments: Segments, metres: Floats, a: Ints, b: Ints, reach: float, steepest: float
) -> Stretches:
    """Find what of each `b` runs alongside its `a`, by the linear course of b in a's frame."""
    (ax, ay), (bx, by) = metres[a].T, metres[b].T
    along, across = ax * bx + ay * by, ax * by - ay * bx
    kept = np.abs(across) <= steepest * np.abs(along)
    a, b, along, across = a[kept], b[kept], along[kept], across[kept]
    (ax, ay), (x, y) = metres[a].T, ((segments.start[b] - segments.start[a]) * segments.scale[a]).T
    length = np.hypot(ax, ay)
    u, v = (ax * x + ay * y) / length, (ax * y - ay * x) / length
    along /= length
    across /= length
    begin, stop = _within(along, u, 0.0, length)
    near, far = _within(across, v, -reach, reach)
    begin = np.maximum(np.maximum(begin, near), 0.0)
    stop = np.minimum(np.minimum(stop, far), 1.0)
    kept = (stop - begin) * np.abs(along) > SNAP
    a, b, begin, stop, u, v = a[kept], b[kept], begin[kept], stop[kept], u[kept], v[kept]
    along, across = along[kept], across[kept]
    return Stretches(
        a,
        b,
        _place(segments, b, begin * (segments.at[b + 1] - segments.at[b])),
        _place(segments, b, stop * (segments.at[b + 1] - segments.at[b])),
        v + begin * across,
        v + stop * across,
        _place(segments, a, u + begin * along),
        _place(segments, a, u + stop * along),
    )


def _within(
    slope: Floats, value: Floats, low: float, high: float | Floats
) -> tuple[Floats, Floats]:
    """Tell from where to where a line, by its slope and its value at 0, is from low to high."""
    slope = np.where(slope == 0, _LEVEL, slope)
    one, other = (low - value) / slope, (high - value) / slope
    return np.minimum(one, other), np.maximum(one, other)


def _place(segments: Segments, segment: Ints, metres: Floats) -> Floats:
    """Give the place on the axis so far along a segment; next to its end, the end itself."""
    low, high = segments.at[segment], segments.at[segment + 1]
    place = low + metres
    place = np.where(place < low + SNAP, low, place)
    return np.where(place > high - SNAP, high, place)
