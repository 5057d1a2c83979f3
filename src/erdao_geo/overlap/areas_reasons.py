"""Say why two polygons cover the same ground."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from erdao_geo.overlap.areas_pairs import (
    DEGREE,
    Flags,
    Floats,
    Geometries,
    Ints,
    Pairs,
    square_metres,
)
from erdao_geo.overlap.exact import find_duplicates

Reasons = npt.NDArray[Any]

_ROUNDING = 0.01
"""Metres by which storage (7 decimals) moves a vertex at most: a border may stick out by that."""
_MOST = 0.5
"""The share of either area that an area drawn again has in common with it, at least."""


def reasons_of(
    features: gpd.GeoDataFrame, key: str, polygons: Geometries, pairs: Pairs, tolerance: float
) -> Reasons:
    """Name the reason of each pair.

    The most telling one: `duplicate` and `reversed` where all vertices are the same; `redrawn`
    where most of either area is common to both and no vertex of one border is further than the
    tolerance from the other; `contained` where one lies in the other; else `partial`.
    """
    one, other = polygons[pairs.first], polygons[pairs.second]
    found = np.full(len(one), "partial", dtype=object)
    found[_is_contained(one, other, pairs.shared)] = "contained"
    alike = (shapely.bounds(one) == shapely.bounds(other)).all(axis=1)
    _name_copies(found, features, key, pairs, np.flatnonzero(alike))
    rest = np.flatnonzero(~np.isin(found, ["duplicate", "reversed"]))
    redrawn = _is_redrawn(one[rest], other[rest], pairs.shared[rest], tolerance)
    found[rest[redrawn]] = "redrawn"
    return found


def are_slivers(pairs: Pairs, reasons: Reasons, tolerance: float) -> Flags:
    """Tell which overlaps are narrower than the tolerance: no circle of that diameter fits in.

    Only partial ones: a small thing that lies in a large one is not two borders that disagree.
    """
    flags = np.zeros(len(pairs.first), dtype=bool)
    # A circle of diameter 2 area / perimeter fits into any area: where that is wide enough, the
    # shape need not be shrunk. A degree of longitude is shorter, so the perimeter is no less.
    area = shapely.area(pairs.shared) * square_metres(pairs.shared)
    wide = 2 * area >= tolerance * DEGREE * shapely.length(pairs.shared)
    doubtful = np.flatnonzero((reasons == "partial") & ~wide)
    thin = pairs.shared[doubtful]
    flags[doubtful] = shapely.is_empty(shapely.buffer(_in_metres(thin, thin), -tolerance / 2))
    return flags


def _is_contained(one: Geometries, other: Geometries, shared: Geometries) -> Flags:
    """Tell where the smaller of two sticks out of the other by no more than storage rounds."""
    first_is_less = shapely.area(one) < shapely.area(other)
    less = np.where(first_is_less, one, other)
    outside = (shapely.area(less) - shapely.area(shared)) * square_metres(less)
    return np.asarray(outside <= _ROUNDING * DEGREE * shapely.length(less))


def _is_redrawn(one: Geometries, other: Geometries, shared: Geometries, tolerance: float) -> Flags:
    """Tell where the borders agree; first by their boxes, which costs next to nothing."""
    more = np.maximum(shapely.area(one), shapely.area(other))
    alike = (shapely.area(shared) > _MOST * more) & (tolerance > 0)
    west, south, east, north = np.abs(shapely.bounds(one) - shapely.bounds(other)).T * DEGREE
    width = np.cos(np.radians(shapely.bounds(one)[:, 1]))
    alike &= np.maximum(west, east) * width <= 2 * tolerance
    alike &= np.maximum(south, north) <= tolerance
    rows = np.flatnonzero(alike)
    ours, theirs = _in_metres(one[rows], one[rows]), _in_metres(other[rows], one[rows])
    alike[rows] = _vertices_near(ours, theirs, tolerance) & _vertices_near(theirs, ours, tolerance)
    return alike


def _vertices_near(ones: Geometries, others: Geometries, tolerance: float) -> Flags:
    """Tell where each vertex of one border lies within the tolerance of the other border."""
    vertices, owners = shapely.get_coordinates(ones, return_index=True)
    borders = shapely.boundary(others)
    shapely.prepare(borders)
    near = shapely.dwithin(shapely.points(vertices), borders[owners], tolerance)
    return np.asarray(np.bincount(owners[~near], minlength=len(ones)) == 0)


def _name_copies(
    found: Reasons, features: gpd.GeoDataFrame, key: str, pairs: Pairs, rows: Ints
) -> None:
    """Name those pairs, among `rows`, of which one has the vertices of the other."""
    members = np.unique([pairs.first[rows], pairs.second[rows]])
    some = features.iloc[members]
    copies = find_duplicates(some, key, pd.Series(0.0, index=some.index))
    reasons = {(copy.counted, copy.other): copy.reason for copy in copies}
    keys = features[key].astype(str).to_numpy()
    for row in rows:
        pair = keys[pairs.first[row]], keys[pairs.second[row]]
        found[row] = reasons.get(pair, found[row])


def _in_metres(geometries: Geometries, places: Geometries) -> Geometries:
    """Scale degrees to metres, at the latitude of each of `places`."""
    coordinates, owners = shapely.get_coordinates(geometries, return_index=True)
    south: Floats = shapely.bounds(places)[:, 1]
    coordinates *= DEGREE
    coordinates[:, 0] *= np.cos(np.radians(south))[owners]
    return shapely.set_coordinates(geometries.copy(), coordinates)
