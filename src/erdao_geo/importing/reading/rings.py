"""Which rings of a polygon are shells, and which are holes of which.

A shapefile says it by direction (shells clockwise), and many writers get it wrong. So containment
decides: a ring within none or within a hole is a shell, one within a shell a hole of it. Where the
direction says otherwise, that is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

_AT_ONCE = 1_000_000
"""Points times edges that are looked at in one step, for the memory it takes."""
_MOST_RINGS = 50_000
_MOST_WORK = 1_000_000_000
"""Edges that are looked at before a polygon is given up: some seconds."""
_BOXES_PER_WORK, _PAIR_WORK = 4, 2_000
"""What other steps take, as edges."""
_TRIES = 16
"""Points of a ring, about, that are held against another ring."""


class TooComplexError(Exception):
    """A polygon has so many rings that sorting them would take too long."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """Polygons, each a shell and its holes, as indices of rings in the order of the file."""

    polygons: tuple[tuple[int, ...], ...]
    turned: int
    """Rings whose direction says otherwise."""


def group_rings(rings: Sequence[Points]) -> Grouped:
    """Group the rings of a polygon to shells and holes.

    Raises
    ------
    TooComplexError
        If there are too many to tell in seconds.
    """
    if len(rings) == 1:
        return Grouped(((0,),), 0)
    if len(rings) > _MOST_RINGS:
        raise TooComplexError
    areas = np.array([signed_area(ring) for ring in rings])
    parents, depths = _nest(rings, np.abs(areas))
    holes: dict[int, list[int]] = {at: [] for at in range(len(rings)) if depths[at] % 2 == 0}
    for at in range(len(rings)):
        if depths[at] % 2:
            holes[parents[at]].append(at)
    anticlockwise = areas > 0
    turned = sum(bool(anticlockwise[at]) == (depths[at] % 2 == 0) for at in range(len(rings)))
    return Grouped(tuple((shell, *inner) for shell, inner in holes.items()), turned)


def signed_area(ring: Points) -> float:
    """Give the plane area of a ring, positive if it runs anticlockwise."""
    x, y = (ring - ring[0]).T
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2


def _nest(rings: Sequence[Points], areas: npt.NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Give the smallest ring around each, or -1, and how many are around it."""
    order = np.argsort(-areas, kind="stable")
    left, bottom = np.array([rings[at].min(axis=0) for at in order]).T.copy()
    right, top = np.array([rings[at].max(axis=0) for at in order]).T.copy()
    parents, depths = [-1] * len(rings), [0] * len(rings)
    edges = [_edges(ring) for ring in rings]
    work = 0
    for place in range(1, len(rings)):
        around = (left[:place] <= left[place]) & (right[:place] >= right[place])
        around &= (bottom[:place] <= bottom[place]) & (top[:place] >= top[place])
        ring = int(order[place])
        work += place // _BOXES_PER_WORK
        for outer in map(int, order[np.flatnonzero(around)[::-1]]):
            work += len(rings[outer]) + _PAIR_WORK
            if work > _MOST_WORK:
                raise TooComplexError
            if _is_within(rings[ring], edges[outer]):
                parents[ring], depths[ring] = outer, depths[outer] + 1
                break
    return parents, depths


def _edges(ring: Points) -> Points:
    """Give each edge: the x and the y of its ends, and its lower and its upper y."""
    x, y = ring.T
    low, high = np.minimum(y[:-1], y[1:]), np.maximum(y[:-1], y[1:])
    return np.array([x[:-1], y[:-1], x[1:], y[1:], low, high])


def _is_within(ring: Points, edges: Points) -> bool:
    """Tell whether a ring is within another: its points that are off the other's boundary are.

    Rings that overlap in part are not within each other, nor is a ring within itself drawn twice.
    """
    lowest, highest = ring[:, 1].min(), ring[:, 1].max()
    near = edges[:, (edges[4] <= highest) & (edges[5] >= lowest)]
    step = max(len(ring) // _TRIES, 1)
    inside, outside = _sides(ring[:-1:step], near)
    if not inside and not outside:
        inside, outside = _sides(((ring[:-1] + ring[1:]) / 2)[::step], near)
    return inside and not outside


def _sides(points: Points, edges: Points) -> tuple[bool, bool]:
    """Tell whether any of some points is within the ring of these edges, and any outside."""
    inside = outside = False
    most = max(_AT_ONCE // max(edges.shape[1], 1), 1)
    for at in range(0, len(points), most):
        x, y = points[at : at + most].T[:, :, None]
        x0, y0, x1, y1 = edges[0] - x, edges[1] - y, edges[2] - x, edges[3] - y
        cross = x0 * y1 - x1 * y0
        on = (cross == 0) & (np.minimum(x0, x1) <= 0) & (np.maximum(x0, x1) >= 0)
        on &= (np.minimum(y0, y1) <= 0) & (np.maximum(y0, y1) >= 0)
        off = ~on.any(axis=1)
        crossed = (y0 <= 0) & (y1 > 0) & (cross > 0) | (y1 <= 0) & (y0 > 0) & (cross < 0)
        odd = crossed.sum(axis=1) % 2 == 1
        inside |= bool((off & odd).any())
        outside |= bool((off & ~odd).any())
    return inside, outside
