"""Measure the union of polygons that share ground, cluster by cluster."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from erdao_geo import measure
from erdao_geo.overlap.areas_pairs import Floats, Geometries, Ints, in_threads, join, overlay

_LARGE = 100
"""Members above which a cluster's union is not made: it costs ever more and tells ever less, for
what it corrects has either sign and levels out among so many."""


def find_clusters(count: int, first: Ints, second: Ints) -> Ints:
    """Label each of `count` rows with the first row that pairs lead to, if only itself."""
    labels = np.arange(count)
    while True:
        before = labels.copy()
        lower = np.minimum(before[first], before[second])
        np.minimum.at(labels, before[first], lower)
        np.minimum.at(labels, before[second], lower)
        while (labels[labels] != labels).any():
            labels = labels[labels]
        if (labels == before).all():
            return labels


def union_areas(polygons: Geometries, labels: Ints, wanted: Ints) -> Floats:
    """Measure the union of each cluster of the `wanted` labels; NaN where it is large.

    Square metres on the ellipsoid, in the order of `wanted`, which are sorted.
    """
    rows = np.flatnonzero(np.isin(labels, wanted))
    rows = rows[np.argsort(labels[rows], kind="stable")]
    starts = np.searchsorted(labels[rows], wanted, side="left")
    stops = np.searchsorted(labels[rows], wanted, side="right")
    unions = np.full(len(wanted), None, dtype=object)
    two = stops - starts == 2  # noqa: PLR2004 - the common case, which needs no loop
    pairs = polygons[rows[starts[two]]], polygons[rows[starts[two] + 1]]
    unions[two] = in_threads(lambda *pair: overlay(shapely.union, *pair), *pairs)
    for cluster in np.flatnonzero(~two & (stops - starts <= _LARGE)):
        unions[cluster] = join(polygons[rows[starts[cluster] : stops[cluster]]])
    return np.asarray(measure.area(gpd.GeoDataFrame(geometry=unions, crs="EPSG:4326")))
