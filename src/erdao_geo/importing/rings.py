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

_MOST_WORK = 100_000_000
"""Comparisons after which a polygon is given up: some seconds."""


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
    areas = np.array([signed_area(ring) for ring in rings])
    parents, depths = _nest(rings, np.abs(areas))
    holes: dict[int, list[int]] = {at: [] for at in range(len(rings)) if depths[at] % 2 == 0}
    for at in range(len(rings)):
        if depths[at] % 2:
            holes[parents[at]].append(at)
    shell_side = areas > 0  # anticlockwise: no shell
    turned = sum(bool(shell_side[at]) == (depths[at] % 2 == 0) for at in range(len(rings)))
    return Grouped(tuple((shell, *inner) for shell, inner in holes.items()), turned)


def signed_area(ring: Points) -> float:
    """Give the plane area of a ring, positive if it runs anticlockwise."""
    x, y = (ring - ring[0]).T
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2


def _nest(rings: Sequence[Points], areas: npt.NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Give the smallest ring around each, or -1, and how many are around it."""
    low = np.array([ring.min(axis=0) for ring in rings])
    high = np.array([ring.max(axis=0) for ring in rings])
    order = np.argsort(-areas, kind="stable")
    low, high = low[order], high[order]
    parents, depths = [-1] * len(rings), [0] * len(rings)
    work = 0
    for place in range(1, len(rings)):
        around = (low[:place] <= low[place]) & (high[:place] >= high[place])
        candidates = np.flatnonzero(around.all(axis=1))[::-1]
        work += place
        ring = int(order[place])
        for outer in map(int, order[candidates]):
            work += len(rings[outer])
            if work > _MOST_WORK:
                raise TooComplexError
            if _is_within(rings[ring], rings[outer]):
                parents[ring], depths[ring] = outer, depths[outer] + 1
                break
    return parents, depths


def _is_within(inner: Points, outer: Points) -> bool:
    """Tell whether a ring is within another: by its first point off the other's boundary."""
    middles = (inner[:-1] + inner[1:]) / 2
    for point in (*inner[:_TRIES], *middles[:_TRIES]):
        side = _side(point, outer)
        if side is not None:
            return side
    return False  # the same ring twice


_TRIES = 50
"""Points of a ring that are tried; rings that touch do so at a few."""


def _side(point: Points, ring: Points) -> bool | None:
    """Tell whether a point is within a ring; None if it is on it."""
    x, y = ring[:, 0] - point[0], ring[:, 1] - point[1]
    x0, y0, x1, y1 = x[:-1], y[:-1], x[1:], y[1:]
    cross = x0 * y1 - x1 * y0
    near = (np.minimum(x0, x1) <= 0) & (np.maximum(x0, x1) >= 0)
    near &= (np.minimum(y0, y1) <= 0) & (np.maximum(y0, y1) >= 0)
    if (near & (cross == 0)).any():
        return None
    upward = (y0 <= 0) & (y1 > 0)
    downward = (y1 <= 0) & (y0 > 0)
    crossings = (upward & (cross > 0)).sum() + (downward & (cross < 0)).sum()
    return bool(crossings % 2)
