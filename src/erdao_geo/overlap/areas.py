"""Net areas: ground that several polygons cover counts once, for the most preferred of them.

Every point of the ground belongs to the first feature that covers it. What a later one covers of it
is that pair's overlap, so that the overlaps of a feature are apart from each other, and its net
area is its own area less theirs; together the net areas are the area of the union. No clusters are
formed for it: with S(j, i) the ground that features j < i share, the pair's overlap is S(j, i) less
the S(k, j) of all k < j, which is S(j, i) itself wherever no third feature lies.

Edges are taken as GeoJSON means them, straight in longitude and latitude (RFC 7946, 3.1.1), so
ground can be cut and joined in degrees; what is cut is then measured on the ellipsoid. There an
edge between two vertices is a geodesic (see `measure`), and the two disagree by a strip of some
L^3 tan(latitude) / 12 R: 0.01 m2 for an edge of 100 m at 44 N, 10 m2 for one of 1 km. Where an edge
of that length is cut by another border, its overlap is known to about that.
"""

from __future__ import annotations

from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from erdao_geo import measure
from erdao_geo.definitions import OverlapRules
from erdao_geo.overlap.areas_pairs import (
    CELL,
    Flags,
    Floats,
    Geometries,
    Ints,
    Pairs,
    find_pairs,
    in_threads,
    join,
    overlay,
    square_metres,
)
from erdao_geo.overlap.areas_reasons import are_slivers, reasons_of
from erdao_geo.overlap.areas_union import find_clusters, union_areas
from erdao_geo.overlap.result import AGAIN, Net, Overlap

_MOST = 1e-2
"""The part by which a size is corrected at most: a strip between two edges of 1 km would else bear
what belongs to the edges."""


def net_areas(
    features: gpd.GeoDataFrame, key: str, sizes: pd.Series[float], rules: OverlapRules
) -> Net:
    """Tell what each polygon adds to the area of the union.

    Parameters
    ----------
    features
        In EPSG:4326, valid, the preferred one of two that overlap first. What is no polygon, null
        or empty covers no ground.
    key
        The column that names a feature.
    sizes
        Geodesic square metres, indexed as `features`.
    rules
        The layer's tolerance: metres by which the borders of one area, drawn twice, may differ, and
        below which an overlap is a sliver. With 0 nothing is redrawn, and nothing a sliver.

    Returns
    -------
    Net
        A feature of which nothing is covered keeps its size to the bit; one that is covered as a
        whole has 0.0. The overlaps come in the order of `features` by `other`, then by `counted`.
        Those that change the total are apart from each other and sum to gross less net. One whose
        ground an earlier feature has claimed as a whole changes nothing and has its full size.
    """
    polygons = features.geometry.to_numpy().copy()
    high = shapely.has_z(polygons)
    polygons[high] = shapely.force_2d(polygons[high])
    pairs = find_pairs(polygons)
    if not len(pairs.first):
        return Net(sizes, (), frozenset())
    reasons = reasons_of(features, key, polygons, pairs, rules.tolerance)
    slivers = are_slivers(pairs, reasons, rules.tolerance)
    pieces = _unclaimed(pairs)
    changes = shapely.area(pieces) * square_metres(pairs.shared) > CELL
    pieces[~changes] = pairs.shared[~changes]
    gross = np.asarray(sizes, dtype=np.float64)
    net, taken = _share_out(gross, polygons, pairs, pieces, changes)
    copies = pairs.second[np.isin(reasons, list(AGAIN))]
    told = np.flatnonzero(changes | ~np.isin(pairs.first, copies))  # of three copies, two
    keys = features[key].astype(str).to_numpy()
    columns = (keys[pairs.first], keys[pairs.second], taken, reasons, changes, slivers)
    overlaps = tuple(map(Overlap, *(column[told].tolist() for column in columns)))
    again = frozenset(overlap.other for overlap in overlaps if overlap.reason in AGAIN)
    return Net(pd.Series(net, index=sizes.index, name=sizes.name), overlaps, again)


def _unclaimed(pairs: Pairs) -> Geometries:
    """Leave of what each pair shares the ground that is the first's own."""
    pieces = pairs.shared.copy()
    rows = np.flatnonzero(np.isin(pairs.first, pairs.second))
    owners, back = np.unique(pairs.first[rows], return_inverse=True)
    starts = np.searchsorted(pairs.second, owners, side="left").tolist()
    stops = np.searchsorted(pairs.second, owners, side="right").tolist()
    claimed = np.empty(len(owners), dtype=object)
    claimed[:] = [join(pairs.shared[slice(*ends)]) for ends in zip(starts, stops, strict=True)]
    pieces[rows] = in_threads(partial(overlay, shapely.difference), pieces[rows], claimed[back])
    return pieces


def _share_out(
    gross: Floats, polygons: Geometries, pairs: Pairs, pieces: Geometries, changes: Flags
) -> tuple[Floats, Floats]:
    """Measure the net area of each polygon, and of each piece what it takes."""
    second, counted = pairs.second, changes.astype(float)
    taken = measure.area(gpd.GeoDataFrame(geometry=pieces, crs="EPSG:4326")).to_numpy()
    measured = np.bincount(second, taken * counted, minlength=len(gross)).astype(np.float64)
    covered = np.bincount(second, shapely.area(pieces) * counted, minlength=len(gross))
    rows = np.flatnonzero(measured)
    left = (shapely.area(polygons[rows]) - covered[rows]) * square_metres(polygons[rows])
    whole = rows[(left <= CELL) | (measured[rows] >= gross[rows])]
    total = measured.copy()
    total[whole] = gross[whole]
    in_part = np.setdiff1d(rows, whole)
    total[in_part] *= _corrections(gross, polygons, pairs, total, in_part)
    total = np.minimum(total, gross)
    share = np.divide(total, measured, out=np.ones(len(gross)), where=measured > 0)
    return gross - total, np.where(changes, taken * share[second], taken)


def _corrections(
    gross: Floats, polygons: Geometries, pairs: Pairs, total: Floats, in_part: Ints
) -> Floats:
    """Give what to multiply the ground taken of each row with, for the net to be the union's."""
    labels = find_clusters(len(gross), pairs.first, pairs.second)
    clusters, back = np.unique(labels[in_part], return_inverse=True)
    unions = union_areas(polygons, labels, clusters)
    drift = np.bincount(labels, gross - total, minlength=len(gross))[clusters] - unions
    factors = 1 + drift / np.bincount(back, total[in_part])
    return np.where(np.abs(factors - 1) <= _MOST, factors, 1.0)[back]
