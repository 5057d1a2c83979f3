"""The same ground under two keys is found, however the copy is drawn."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import (
    LineString,
    MultiLineString,
    MultiPolygon,
    Point,
    Polygon,
    box,
    force_3d,
)
from shapely.geometry.base import BaseGeometry

from erdao_geo.overlap.exact import find_duplicates

ROAD = LineString([(125.4, 43.85), (125.41, 43.86), (125.42, 43.86)])
LOOP = LineString([(125.4, 43.85), (125.41, 43.85), (125.41, 43.86), (125.4, 43.85)])
RING = [(125.4, 43.8), (125.5, 43.8), (125.5, 43.9), (125.4, 43.9)]
HOLES = [
    [(125.42, 43.82), (125.43, 43.82), (125.43, 43.83)],
    [(125.46, 43.86), (125.47, 43.86), (125.47, 43.87)],
]
PLOT = Polygon(RING, HOLES)
TURNED = Polygon(RING[2:] + RING[:2], [hole[::-1] for hole in HOLES[::-1]])


def reasons(*geometries: BaseGeometry | None) -> list[str]:
    names = [f"k{i}" for i in range(len(geometries))]
    features = gpd.GeoDataFrame({"id": names}, geometry=list(geometries), crs="EPSG:4326")
    found = find_duplicates(features, "id", pd.Series(7.0, index=features.index))
    assert all((item.counted, item.size) == ("k0", 7.0) for item in found)
    return [item.reason for item in found]


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (ROAD, ROAD, "duplicate"),
        (ROAD, ROAD.reverse(), "reversed"),
        (ROAD, MultiLineString([ROAD]), "duplicate"),
        (ROAD, LineString([*ROAD.coords[:2], *ROAD.coords[1:]]), "duplicate"),
        (ROAD, LineString([ROAD.coords[0], *ROAD.coords]).reverse(), "reversed"),
        (PLOT, Polygon([*RING[:3], *RING[2:]], HOLES), "duplicate"),
        (ROAD, force_3d(ROAD, 200.0), "duplicate"),
        (LOOP, LineString([*LOOP.coords[1:], LOOP.coords[1]]), "reversed"),
        (PLOT, TURNED, "reversed"),
        (PLOT, MultiPolygon([TURNED]), "reversed"),
    ],
)
def test_a_copy_is_found_however_it_is_drawn(one, other, reason) -> None:
    assert reasons(one, other) == [reason]


def test_other_ground_points_and_nothing_are_no_copies() -> None:
    point = Point(125.4, 43.85)
    assert reasons(PLOT, Polygon(RING), box(125.4, 43.8, 125.5, 43.91)) == []
    assert reasons(point, point) == []
    assert reasons(None, None, LineString(), LineString()) == []


def test_a_ring_that_would_collapse_hides_no_copy_of_others() -> None:
    flat = Polygon([(125.4, 43.8)] * 4)
    assert reasons(PLOT, flat, TURNED) == ["reversed"]


def test_each_further_copy_names_the_first() -> None:
    assert reasons(ROAD, ROAD, ROAD.reverse()) == ["duplicate", "reversed"]
