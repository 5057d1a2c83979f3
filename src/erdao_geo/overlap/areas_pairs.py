"""Find the pairs of polygons that cover the same ground, and cut out what they share.

Neighbours in space are made neighbours in memory (along a Hilbert curve), so that a tree of boxes
answers fast; of the pairs whose boxes meet, those that do not touch are dropped before the dear
step, the intersection. GEOS runs outside Python's lock, so threads share that work.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Geometries = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
Overlay = Callable[..., Any]

DEGREE = 111_195.0
"""Metres of a degree on a sphere of 6,371 km: within 0.6 % of the ellipsoid, enough to tell what is
narrow. No size comes from it."""
CELL = 1e-4
"""Square metres below which nothing is shared: storage keeps 7 decimals of a degree, squares of
1.1 cm by 0.8 cm at 44 N, and what is smaller than one comes of rounding."""
_GRID = 1e-9
"""Degrees, a hundredth of that: where GEOS finds no way through the exact vertices."""
_CHUNK = 4_096
_POLYGONS = (3, 6)  # GEOS's numbers of geometry types


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of polygons that share ground, in the order of `second`, then of `first`."""

    first: Ints
    """Rows of the preferred ones."""
    second: Ints
    shared: Geometries
    """What both cover: polygons in degrees."""

    def where(self, kept: Flags) -> Pairs:
        """Keep some of the pairs."""
        return Pairs(self.first[kept], self.second[kept], self.shared[kept])


def find_pairs(polygons: Geometries) -> Pairs:
    """Find the pairs of which one covers ground of the other, by more than storage rounds."""
    first, second = _candidates(polygons)
    shared = in_threads(_shared, polygons[first], polygons[second])
    pairs = Pairs(first, second, shared)
    return pairs.where(shapely.area(shared) * square_metres(shared) > CELL)


def square_metres(geometries: Geometries) -> Floats:
    """Give the square metres of a square degree at the middle latitude; NaN for what is missing.

    To tell what is too small to be ground. Areas in degrees add up where ground is cut to pieces,
    which those on the ellipsoid do but nearly.
    """
    _, south, _, north = shapely.bounds(geometries).T
    return np.asarray(DEGREE**2 * np.cos(np.radians((south + north) / 2)))


def overlay(operation: Overlay, one: Geometries, other: Geometries) -> Geometries:
    """Cut or join polygons pairwise, whatever their borders do to each other."""
    try:
        results = operation(one, other)
    except shapely.errors.GEOSException:
        pairs = zip(one, other, strict=True)
        results = np.array([_stubborn(operation, *pair) for pair in pairs], dtype=object)
    return _areas_only(results)


def in_threads(work: Callable[[Geometries, Geometries], Geometries], *pairs: Geometries) -> Any:
    """Work through pairs in chunks on all cores; a small layer starts no thread."""
    cuts = range(_CHUNK, len(pairs[0]), _CHUNK)
    if not cuts:
        return work(*pairs)
    chunks = [np.split(side, cuts) for side in pairs]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.concatenate(list(pool.map(work, *chunks)))


def join(polygons: Geometries) -> Any:
    """Join polygons to one, whatever their borders do to each other."""
    if len(polygons) == 1:
        return polygons[0]
    try:
        return shapely.union_all(polygons)
    except shapely.errors.GEOSException:
        return shapely.union_all(_mended(polygons), grid_size=_GRID)


def _candidates(polygons: Geometries) -> tuple[Ints, Ints]:
    """Pair the rows of polygons whose boxes meet, sorted by the later one."""
    covers = np.isin(shapely.get_type_id(polygons), _POLYGONS) & ~shapely.is_empty(polygons)
    rows = np.flatnonzero(covers)
    if not len(rows):
        return rows, rows
    along = gpd.GeoSeries(polygons[rows]).hilbert_distance().to_numpy()
    rows = rows[np.argsort(along, kind="stable")]
    left, right = shapely.STRtree(polygons[rows]).query(polygons[rows])
    first, second = rows[left], rows[right]
    earlier = first < second
    first, second = first[earlier], second[earlier]
    order = np.lexsort((first, second))
    return first[order], second[order]


def _shared(one: Geometries, other: Geometries) -> Geometries:
    """Intersect the pairs that meet; None for the others."""
    results = np.full(len(one), None, dtype=object)
    meet = shapely.intersects(one, other)
    results[meet] = overlay(shapely.intersection, one[meet], other[meet])
    return results


def _stubborn(operation: Overlay, one: Any, other: Any) -> Any:
    """Cut or join two polygons: if not as they are, then made valid, on a grid."""
    try:
        return operation(one, other)
    except shapely.errors.GEOSException:
        return operation(_mended(one), _mended(other), grid_size=_GRID)


def _mended(polygons: Any) -> Any:
    """Make polygons valid, which only those are not that validation would have refused."""
    return shapely.make_valid(polygons, method="structure", keep_collapsed=False)


def _areas_only(geometries: Geometries) -> Geometries:
    """Leave the points and lines in which areas touch as well."""
    mixed = np.flatnonzero(shapely.get_type_id(geometries) == 7)  # noqa: PLR2004 - a collection
    for row in mixed:
        parts = shapely.get_parts(geometries[row])
        geometries[row] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])  # noqa: PLR2004
    return geometries
