"""The geodesic kernel against geographiclib, a pure Python program with other code paths."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon

from erdao_geo import CRSError, measure

EARTH = Geodesic(6_378_137, 1 / 298.257222101)
latitudes = st.floats(-88, 88)
longitudes = st.floats(-179, 179)
seeds = st.integers(0, 2**32 - 1)


def frame(*geometries) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(geometries), crs="EPSG:4326")


def true_length(points) -> float:
    return sum(EARTH.Inverse(a[1], a[0], b[1], b[0])["s12"] for a, b in pairwise(points))


def true_area(ring) -> float:
    polygon = EARTH.Polygon()
    for lon, lat in ring[:-1]:
        polygon.AddPoint(lat, lon)
    return abs(polygon.Compute(False, True)[2])


def star(seed: int, lon: float, lat: float, size: float) -> np.ndarray:
    """Make a closed ring that goes once around its middle, `size` degrees of latitude wide."""
    chance = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, 13)[:-1]
    radii = size * chance.uniform(0.3, 1, 12)
    x = lon + radii * np.cos(angles) / np.cos(np.radians(lat))
    ring = np.column_stack([x, lat + radii * np.sin(angles)])
    return np.vstack([ring, ring[:1]])


@pytest.mark.accuracy
@settings(max_examples=150, deadline=None)
@given(longitudes, latitudes, seeds, st.floats(-7, 0))
def test_a_length_is_geographiclibs_to_1e_9(lon, lat, seed, magnitude) -> None:
    steps = np.random.default_rng(seed).normal(0, 10**magnitude, (8, 2))
    points = np.cumsum(np.vstack([[lon, lat], steps]), axis=0)
    points[:, 1] = points[:, 1].clip(-89.5, 89.5)
    points[:, 0] = points[:, 0].clip(-180, 180)
    expected = true_length(points)
    assert measure.length(frame(LineString(points)))[0] == pytest.approx(
        expected, rel=1e-9, abs=1e-7
    )


@pytest.mark.accuracy
@settings(max_examples=150, deadline=None)
@given(longitudes, st.floats(-80, 80), seeds, st.floats(-4, -2.4))
def test_an_area_up_to_1_km2_is_geographiclibs_to_1e_6(lon, lat, seed, magnitude) -> None:
    ring = star(seed, lon, lat, 10**magnitude)
    assert measure.area(frame(Polygon(ring)))[0] == pytest.approx(true_area(ring), rel=1e-6)


@pytest.mark.accuracy
@pytest.mark.parametrize("size", [0.05, 0.5, 3])
def test_a_large_area_is_geographiclibs_to_1e_9(size) -> None:
    rings = [star(seed, 125.5, 43.8, size) for seed in range(20)]
    total = measure.area(frame(*(Polygon(ring) for ring in rings))).sum()
    assert total == pytest.approx(sum(true_area(ring) for ring in rings), rel=1e-9)


@pytest.mark.accuracy
@pytest.mark.parametrize("hole_backwards", [False, True])
@pytest.mark.parametrize("shell_backwards", [False, True])
def test_a_hole_is_subtracted_however_it_is_drawn(shell_backwards, hole_backwards) -> None:
    shell, hole = star(1, 125.5, 43.8, 0.02), star(1, 125.5, 43.8, 0.005)
    drawn = Polygon(
        shell[::-1] if shell_backwards else shell, [hole[::-1] if hole_backwards else hole]
    )
    expected = true_area(shell) - true_area(hole)
    assert measure.area(frame(drawn))[0] == pytest.approx(expected, rel=1e-8)


@given(seeds, st.integers(0, 11))
@settings(max_examples=40, deadline=None)
def test_direction_and_start_change_no_area(seed, start) -> None:
    ring = star(seed, 125.5, 43.8, 0.005)
    turned = np.roll(ring[:-1], start, axis=0)[::-1]
    one, other = measure.area(frame(Polygon(ring), Polygon(turned)))
    assert other == pytest.approx(one, rel=1e-9)


@pytest.mark.accuracy
def test_the_antimeridian_is_crossed_the_short_way() -> None:
    points = [(179.95, 50.0), (-179.95, 50.0)]
    assert measure.length(frame(LineString(points)))[0] == pytest.approx(
        true_length(points), rel=1e-9
    )


def test_parts_add_up_and_z_is_ignored() -> None:
    line = [(125.4, 43.8, 200.0), (125.5, 43.9, 9000.0)]
    flat = [point[:2] for point in line]
    lengths = measure.length(frame(LineString(line), LineString(flat), MultiLineString([flat] * 3)))
    assert lengths[0] == lengths[1]
    assert lengths[2] == pytest.approx(3 * lengths[1], rel=1e-12)
    polygon = Polygon(star(2, 125.5, 43.8, 0.01))
    areas = measure.area(frame(polygon, MultiPolygon([polygon, shapely.transform(polygon, _east)])))
    assert areas[1] == pytest.approx(2 * areas[0], rel=1e-8)


def _east(points: np.ndarray) -> np.ndarray:
    return points + np.array([1, 0])


def test_a_road_cut_in_two_keeps_its_length() -> None:
    points = star(3, 125.5, 43.8, 0.1)
    whole, one, other = measure.length(
        frame(LineString(points), LineString(points[:6]), LineString(points[5:]))
    )
    assert one + other == pytest.approx(whole, rel=1e-12)


def test_what_has_no_length_or_area_gives_zero_and_null_is_unknown() -> None:
    polygon = Polygon(star(4, 125.5, 43.8, 0.01))
    things = frame(Point(125, 43), polygon, LineString(), None)
    assert measure.length(things).tolist()[:3] == [0, 0, 0]
    assert np.isnan(measure.length(things)[3])
    assert measure.area(frame(Point(125, 43), LineString([(125, 43), (126, 44)]))).tolist() == [
        0,
        0,
    ]
    assert np.isnan(measure.area(things)[3])


def test_the_index_is_kept() -> None:
    lines = gpd.GeoDataFrame(
        geometry=[LineString([(125, 43), (126, 43)])] * 2, index=["b", "a"], crs="EPSG:4326"
    )
    assert list(measure.length(lines).index) == ["b", "a"]


@pytest.mark.parametrize("crs", [None, "EPSG:4551", "EPSG:3857"])
def test_another_crs_is_refused(crs) -> None:
    lines = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (1, 1)])], crs=crs)
    with pytest.raises(CRSError):
        measure.length(lines)
