"""Ground that polygons share counts once, by the area of their union, and is named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, affinity, box
from shapely.geometry.base import BaseGeometry

from erdao_geo import measure
from erdao_geo.definitions import OverlapRules
from erdao_geo.overlap import Net, Overlap, net_sizes
from plots import make_plots

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
ELLIPSOID = Geodesic(6_378_137, 1 / 298.257222101)
LON, LAT = 125.4, 43.85
METRE = (1 / 80_340, 1 / 111_130)  # degrees, at LAT, to some 1e-4


def plot(west: float, south: float, east: float, north: float) -> Polygon:
    """Draw a box, in metres from a corner."""
    return on_earth(box(west, south, east, north))


def on_earth(shape: BaseGeometry) -> BaseGeometry:
    return affinity.translate(affinity.scale(shape, *METRE, origin=(0, 0)), LON, LAT)


def layer(shapes: Sequence[BaseGeometry | None]) -> gpd.GeoDataFrame:
    keys = [f"k{row}" for row in range(len(shapes))]
    return gpd.GeoDataFrame({"id": keys}, geometry=list(shapes), crs="EPSG:4326")


def net_of(
    shapes: Sequence[BaseGeometry | None], tolerance: float = 3.0
) -> tuple[Net, pd.Series[float]]:
    features = layer(shapes)
    gross = measure.area(features).fillna(0.0)
    return net_sizes(features, "id", gross, OverlapRules(tolerance=tolerance)), gross


def told(shapes: Sequence[BaseGeometry | None], tolerance: float = 3.0) -> list[tuple[object, ...]]:
    overlaps = net_of(shapes, tolerance)[0].overlaps
    return [(each.counted, each.other, each.reason) for each in overlaps]


def only(shapes: Sequence[BaseGeometry], tolerance: float = 3.0) -> Overlap:
    (overlap,) = net_of(shapes, tolerance)[0].overlaps
    return overlap


def union_area(shapes: Sequence[BaseGeometry]) -> float:
    """Measure the union by GeographicLib's own Python, ring by ring."""
    total = 0.0
    for part in shapely.get_parts(shapely.union_all(shapes)):
        outer, *holes = (_ring_area(ring) for ring in shapely.get_rings(part))
        total += outer - sum(holes)
    return total


def _ring_area(ring: BaseGeometry) -> float:
    polygon = ELLIPSOID.Polygon()
    for lon, lat in list(ring.coords)[:-1]:
        polygon.AddPoint(lat, lon)
    return abs(polygon.Compute()[2])


def star(east: float, north: float, radii: Sequence[float], hole: float) -> Polygon:
    """Draw a star in metres, with a star of its form as a hole."""
    turns = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    rays = np.stack([np.cos(turns), np.sin(turns)], axis=1) * np.array(radii)[:, None]
    middle = np.array([east, north])
    return Polygon(rays + middle, [rays * hole + middle] if hole else [])


metres = st.integers(0, 100)
stars = st.builds(
    star,
    metres,
    metres,
    st.lists(st.integers(6, 60), min_size=4, max_size=9),
    st.sampled_from([0, 0, 0.3, 0.7]),
).map(on_earth)
areas = st.one_of(
    stars,
    st.tuples(stars, stars).filter(lambda pair: pair[0].disjoint(pair[1])).map(MultiPolygon),
)
clusters = st.lists(areas, min_size=1, max_size=8)


@given(clusters)
@settings(deadline=None, max_examples=60)
def test_net_is_the_area_of_the_union_and_the_overlaps_are_the_difference(shapes) -> None:
    net, gross = net_of(shapes)
    assert net.sizes.sum() == pytest.approx(union_area(shapes), rel=1e-6)
    assert (net.sizes >= 0).all()
    assert (net.sizes <= gross).all()
    taken = sum(each.size for each in net.overlaps if each.changes)
    assert taken == pytest.approx(gross.sum() - net.sizes.sum(), abs=1e-6)


@given(clusters, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_net_does_not_depend_on_order_direction_or_start(shapes, random) -> None:
    drawn_again = [shape.reverse() for shape in shapes]
    drawn_again = [shape.normalize() if random.random() < 0.5 else shape for shape in drawn_again]
    random.shuffle(drawn_again)
    again = net_of(drawn_again)[0].sizes.sum()
    assert again == pytest.approx(net_of(shapes)[0].sizes.sum(), rel=1e-6)


@given(clusters, st.integers(0, 7))
@settings(deadline=None, max_examples=60)
def test_an_exact_copy_adds_nothing(shapes, row) -> None:
    copy = shapes[row % len(shapes)]
    net = net_of([*shapes, copy])[0]
    assert net.sizes.iloc[-1] == 0.0
    assert f"k{len(shapes)}" in net.again
    assert net.sizes.sum() == pytest.approx(net_of(shapes)[0].sizes.sum(), rel=1e-6)


@given(clusters, st.integers(-50, 150))
@settings(deadline=None, max_examples=60)
def test_a_polygon_cut_in_two_keeps_the_net(shapes, east) -> None:
    first, *others = shapes
    halves = [plot(-1000, -1000, east, 3000), plot(east, -1000, 3000, 3000)]
    pieces = [first.intersection(half) for half in halves]
    parts = [shapely.get_parts(piece) for piece in pieces]
    pieces = [shapely.union_all(part[shapely.area(part) > 0]) for part in parts]
    # an edge of 100 m that is cut is two geodesics, up to 0.01 m2 off the one: see `areas`
    cut = net_of([*filter(shapely.area, pieces), *others])[0].sizes.sum()
    assert cut == pytest.approx(net_of(shapes)[0].sizes.sum(), rel=1e-6, abs=0.04)


def test_net_is_the_area_of_the_union_where_edges_are_long() -> None:
    random = np.random.default_rng(7)
    for _ in range(30):
        corners = random.integers(0, 1000, (8, 2)).tolist()
        shapes = [on_earth(star(*at, random.uniform(300, 900, 5).tolist(), 0.2)) for at in corners]
        assert net_of(shapes)[0].sizes.sum() == pytest.approx(union_area(shapes), rel=1e-8)


def test_what_nothing_covers_keeps_its_size_to_the_bit() -> None:
    net, gross = net_of([plot(0, 0, 50, 50), None, Polygon(), plot(80, 0, 130, 50)])
    assert net.sizes.tolist() == gross.tolist()
    assert net.overlaps == ()


@pytest.mark.parametrize(
    "neighbour",
    [plot(100, 0, 200, 100), plot(100, 100, 200, 200), plot(100, 30, 200, 60)],
    ids=["side", "corner", "part of a side"],
)
def test_neighbours_share_no_ground(neighbour) -> None:
    assert told([plot(0, 0, 100, 100), neighbour]) == []


def test_a_hole_that_is_filled_shares_no_ground() -> None:
    around = on_earth(Polygon(box(0, 0, 90, 90).exterior, [box(30, 30, 60, 60).exterior]))
    assert told([around, plot(30, 30, 60, 60)]) == []


HOME = plot(0, 0, 100, 100)


def test_the_reason_is_told() -> None:
    assert told([HOME, HOME]) == [("k0", "k1", "duplicate")]
    assert told([HOME, HOME.reverse()]) == [("k0", "k1", "reversed")]
    assert told([HOME, plot(20, 20, 50, 50)]) == [("k0", "k1", "contained")]
    assert told([plot(20, 20, 50, 50), HOME]) == [("k0", "k1", "contained")]
    assert told([HOME, plot(50, 50, 150, 150)]) == [("k0", "k1", "partial")]
    assert told([HOME, plot(2, -2, 101, 102)]) == [("k0", "k1", "redrawn")]


def test_redrawn_is_what_the_tolerance_allows() -> None:
    moved = plot(2, 0, 102, 100)
    assert only([HOME, moved], tolerance=3).reason == "redrawn"
    assert only([HOME, moved], tolerance=1).reason == "partial"
    assert only([HOME, moved], tolerance=0).reason == "partial"


def test_two_small_things_side_by_side_are_not_one_redrawn() -> None:
    assert only([plot(0, 0, 3, 3), plot(2, 0, 5, 3)]).reason == "partial"


def test_a_redrawn_area_adds_what_it_covers_beyond_the_first() -> None:
    net, _ = net_of([HOME, plot(0, 0, 102, 100)])
    assert net.again == {"k1"}
    assert net.sizes.iloc[1] == pytest.approx(200, rel=1e-3)


def test_a_sliver_is_named_and_taken_out() -> None:
    shapes = [HOME, plot(98, 0, 200, 100)]
    net, gross = net_of(shapes)
    (sliver,) = net.overlaps
    assert (sliver.reason, sliver.sliver) == ("partial", True)
    assert sliver.size == pytest.approx(200, rel=1e-3)
    assert gross.sum() - net.sizes.sum() == pytest.approx(sliver.size)
    assert not only(shapes, tolerance=1).sliver
    assert not only(shapes, tolerance=0).sliver


def test_a_border_that_storage_rounds_is_a_sliver_of_its_area() -> None:
    sliver = only([HOME, plot(99.99, 0, 200, 100)])
    assert (sliver.sliver, round(sliver.size, 2)) == (True, 1.0)


def test_a_small_thing_in_a_large_one_is_no_sliver() -> None:
    small = only([HOME, plot(40, 40, 42, 42)])
    assert (small.reason, small.sliver) == ("contained", False)


def test_ground_goes_to_the_first_of_those_that_share_it() -> None:
    net, _ = net_of([plot(0, 0, 60, 100), plot(30, 0, 90, 100), plot(0, 0, 90, 100)])
    found = {(each.counted, each.other): round(each.size, -2) for each in net.overlaps}
    assert found == {("k0", "k1"): 3000, ("k0", "k2"): 6000, ("k1", "k2"): 3000}
    assert net.sizes.iloc[2] == 0.0


def test_an_overlap_on_ground_that_is_claimed_changes_nothing_and_is_named() -> None:
    net, _ = net_of([HOME, plot(10, 10, 40, 40), plot(30, 10, 60, 40)])
    claimed = [each for each in net.overlaps if not each.changes]
    assert [(each.counted, each.other, round(each.size)) for each in claimed] == [("k1", "k2", 300)]
    assert net.sizes.tolist()[1:] == [0.0, 0.0]


def test_of_three_copies_two_are_named_beside_the_first() -> None:
    assert told([HOME] * 3) == [("k0", "k1", "duplicate"), ("k0", "k2", "duplicate")]


def test_copies_on_claimed_ground_are_copies_still() -> None:
    small = plot(10, 10, 40, 40)
    assert net_of([HOME, small, small])[0].again == {"k2"}


def test_planted_overlaps_are_found_and_nothing_else() -> None:
    plots = make_plots(3000)
    features = plots.features
    gross = measure.area(features)
    net = net_sizes(features, "id", gross, OverlapRules())
    named = {frozenset((each.counted, each.other)): each for each in net.overlaps}
    assert set(named) == set().union(*plots.planted.values())
    assert net.sizes.sum() == pytest.approx(plots.net, rel=1e-7)
    for kind in ("duplicate", "reversed", "contained", "partial"):
        assert {named[pair].reason for pair in plots.planted[kind]} == {kind}
    for kind in ("redrawn, 0.5 m", "redrawn, 1 m", "redrawn, 2 m"):
        assert {named[pair].reason for pair in plots.planted[kind]} == {"redrawn"}
    assert all(named[pair].sliver for pair in plots.planted["sliver"])


def test_a_layer_over_some_chunks_is_told_as_its_parts_are() -> None:
    pair = [plot(0, 0, 50, 50), plot(20, 10, 70, 60)]
    many = [affinity.translate(shape, 0, row * 1e-3) for row in range(4500) for shape in pair]
    parts = [net_of(many[start : start + 1000])[0] for start in range(0, 9000, 1000)]
    net, _ = net_of(many)
    assert len(net.overlaps) == 4500
    assert net.sizes.tolist() == [size for part in parts for size in part.sizes]


BOW = Polygon([(0, 0), (50, 50), (50, 0), (0, 50)])
SPIKE = Polygon([(0, 0), (40, 0), (40, 40), (40, 0), (80, 0), (80, 30), (0, 30)])
TWICE = MultiPolygon([box(0, 0, 30, 30), box(10, 10, 40, 40)])


@pytest.mark.parametrize("broken", [BOW, SPIKE, TWICE], ids=["bow", "spike", "twice"])
def test_a_broken_ring_that_slipped_through_raises_nothing(broken) -> None:
    shapes = [on_earth(broken), plot(10, 10, 60, 60), on_earth(broken), plot(0, 5, 30, 45)]
    net, gross = net_of(shapes)
    assert (net.sizes >= 0).all()
    assert (net.sizes <= gross).all()


def test_borders_that_nearly_agree_raise_nothing() -> None:
    random = np.random.default_rng(5)
    base = np.array(star(0, 0, random.uniform(50, 100, 200).tolist(), 0).exterior.coords)
    shapes = [on_earth(Polygon(base + random.normal(0, 1e-8, base.shape))) for _ in range(6)]
    net, _ = net_of(shapes)
    assert net.sizes.sum() == pytest.approx(union_area(shapes), rel=1e-6)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # what GDAL says of broken files
def test_polygons_of_the_corpus_raise_nothing_and_their_copies_add_nothing() -> None:
    if not CORPUS.is_dir():
        pytest.skip("needs ../shared/corpus")
    layers = [_polygons(path) for path in sorted(CORPUS.rglob("*.geojson"))]
    assert any(layers)
    for shapes in filter(None, layers):
        net, gross = net_of([*shapes[:40], *shapes[:40]])
        assert (net.sizes <= gross).all()
        assert (net.sizes.iloc[len(gross) // 2 :] == 0.0).all()


def _polygons(path: Path) -> list[BaseGeometry]:
    try:
        shapes = gpd.read_file(path).geometry.to_numpy()
    except Exception:  # half of the corpus is broken on purpose
        return []
    west, south, east, north = shapely.bounds(shapes).T
    good = (west >= -180) & (east <= 180) & (south >= -90) & (north <= 90)
    good &= shapely.is_valid(shapes) & np.isin(shapely.get_type_id(shapes), (3, 6))
    return list(shapes[good])
