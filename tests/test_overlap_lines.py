"""Every stretch of a line counts once, however it is drawn; roads that only meet count each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

import planted
from erdao_geo import measure
from erdao_geo.definitions import OverlapRules
from erdao_geo.overlap import Net, net_sizes

REAL = Path(__file__).parents[2] / "shared" / "real" / "erdao_osm_roads_subset_wgs84.geojson"
ROAD = LineString([(0, 0), (120, 10), (230, -20), (400, 0)])
EACH, CENTRELINE, EXACT = (
    OverlapRules(),
    OverlapRules(carriageways="centreline"),
    OverlapRules(tolerance=0),
)


def layer(lines: Sequence[BaseGeometry | None], names: Sequence[str] = ()) -> gpd.GeoDataFrame:
    """Put lines in metres on the map, with keys k0, k1, ..."""
    placed = [None if line is None else planted.placed(line, 5050) for line in lines]
    table = {"id": [f"k{i}" for i in range(len(lines))], "name": names or [""] * len(lines)}
    return gpd.GeoDataFrame(table, geometry=placed, crs="EPSG:4326")


def net_of(features: gpd.GeoDataFrame, rules: OverlapRules = EACH) -> Net:
    return net_sizes(features, "id", measure.length(features).fillna(0.0), rules)


def total(lines: Sequence[BaseGeometry], rules: OverlapRules = EACH) -> float:
    return float(net_of(layer(lines), rules).sizes.sum())


def found(lines: Sequence[BaseGeometry], rules: OverlapRules = EACH) -> list[tuple[str, ...]]:
    return [(o.counted, o.other, o.reason) for o in net_of(layer(lines), rules).overlaps]


# Planted truth


@pytest.fixture(scope="module")
def tally() -> dict[str, planted.Row]:
    return planted.tally(list(planted.scenes(60, seed=5)), EACH)


def test_what_is_drawn_twice_is_found(tally) -> None:
    rows = [row for row in tally.values() if row.planted]
    assert len(rows) == len(planted.TWICE)
    assert sum(row.named for row in rows) >= 0.99 * sum(row.planted for row in rows)
    assert all(row.named >= 0.95 * row.planted for row in rows)


def test_roads_that_meet_cross_or_run_parallel_are_never_merged(tally) -> None:
    once = {kind: row for kind, row in tally.items() if not row.planted}
    assert len(once) == len(planted.ONCE)
    assert {kind: row.false for kind, row in once.items() if row.false} == {}


def test_the_net_length_is_the_planted_one(tally) -> None:
    net, truth = sum(row.net for row in tally.values()), sum(row.truth for row in tally.values())
    assert net == pytest.approx(truth, rel=1e-3)
    exact = [row for kind, row in tally.items() if "redrawn" not in kind]
    assert all(row.net == pytest.approx(row.truth, rel=1e-6) for row in exact)


def test_both_carriageways_of_a_road_are_named_and_roads_of_other_names_not(tally) -> None:
    assert tally["carriageways"].reasons == {"parallel": 60}
    assert tally["parallel roads"].reasons == {}


# Reasons


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (ROAD, "duplicate"),
        (ROAD.reverse(), "reversed"),
        (MultiLineString([ROAD]), "duplicate"),
        (shapely.force_3d(ROAD, 200.0), "duplicate"),
        (LineString([ROAD.coords[0], *ROAD.coords]), "duplicate"),
        (ROAD.segmentize(30), "duplicate"),
        (MultiLineString([substring(ROAD, 0, 77), substring(ROAD, 77, 999)]), "duplicate"),
        (shapely.transform(ROAD, lambda xy: xy + np.array([0.5, 1.5])), "redrawn"),
        (substring(ROAD, 50, 150), "contained"),
        (planted.joined(ROAD, LineString([(400, 0), (500, 50)])), "partial"),
    ],
)
def test_an_overlap_says_why(other, reason) -> None:
    net = net_of(layer([ROAD, other]))
    assert [overlap.reason for overlap in net.overlaps] == [reason]
    assert net.again == ({"k1"} if reason in {"duplicate", "reversed", "redrawn"} else frozenset())
    assert (net.sizes.iloc[1] == 0) == (reason != "partial")


def test_each_further_copy_names_the_first() -> None:
    copies = [ROAD, ROAD, ROAD.reverse(), shapely.transform(ROAD, lambda xy: xy + 1)]
    reasons = ["duplicate", "reversed", "redrawn"]
    assert found(copies) == [("k0", f"k{i + 1}", reason) for i, reason in enumerate(reasons)]


def test_a_feature_that_draws_its_line_twice_overlaps_itself() -> None:
    twice = MultiLineString([ROAD, ROAD.reverse()])
    assert found([twice]) == [("k0", "k0", "reversed")]
    assert total([twice]) == pytest.approx(total([ROAD]), rel=1e-12)
    assert net_of(layer([twice])).again == frozenset()


def test_a_line_that_returns_on_itself_counts_one_way() -> None:
    there_and_back = LineString([*ROAD.coords, *ROAD.coords[-2::-1]])
    assert total([there_and_back]) == pytest.approx(total([ROAD]), rel=1e-9)


def test_nothing_points_and_empty_lines_cover_no_ground() -> None:
    assert found([None, LineString(), LineString(), ROAD]) == []
    points = layer([Point(0, 0), Point(0, 0)])
    assert net_of(points).overlaps == ()


def test_what_counts_changes_nothing_of_the_figures() -> None:
    net = net_of(layer([ROAD, LineString([(0, 500), (300, 500)])]))
    features = layer([ROAD, LineString([(0, 500), (300, 500)])])
    assert net.sizes.tolist() == measure.length(features).tolist()


def test_the_overlaps_are_gross_less_net() -> None:
    features = planted.layer(list(planted.scenes(4, seed=9)))
    net = net_of(features)
    for rules in (EACH, CENTRELINE, EXACT):
        net = net_of(features, rules)
        gross = measure.length(features).sum()
        changed = sum(overlap.size for overlap in net.overlaps if overlap.changes)
        assert changed == pytest.approx(gross - net.sizes.sum(), rel=1e-9)
        assert (net.sizes >= 0).all()


# Settings


def test_at_tolerance_0_only_shared_linework_counts_once() -> None:
    noisy = shapely.transform(ROAD, lambda xy: xy + np.array([0.0, 0.3]))
    cut = [substring(ROAD, 0, 111), substring(ROAD, 111, 999)]
    assert found([ROAD, noisy], EXACT) == []
    assert found([ROAD, *cut], EXACT) == [("k0", "k1", "contained"), ("k0", "k2", "contained")]


def test_carriageways_count_once_where_the_layer_says_so() -> None:
    beside = substring(ROAD.parallel_offset(20, "left"), 100, 250).reverse()
    features = layer([ROAD, beside], ["大街", "大街"])
    sizes = measure.length(features)
    each, once = net_of(features), net_of(features, CENTRELINE)
    assert [(o.reason, o.changes) for o in each.overlaps] == [("parallel", False)]
    assert [(o.reason, o.changes) for o in once.overlaps] == [("parallel", True)]
    assert each.sizes.sum() == sizes.sum()
    assert once.sizes.sum() == pytest.approx(sizes[0], rel=1e-6)
    assert each.again == once.again == frozenset()


@pytest.mark.parametrize("names", [("甲路", "乙路"), ("", ""), ("", "甲路")])
def test_only_one_road_has_carriageways(names) -> None:
    features = layer([ROAD, ROAD.parallel_offset(20, "left")], names)
    assert net_of(features, CENTRELINE).overlaps == ()
    assert net_of(features.drop(columns="name"), CENTRELINE).overlaps == ()


@pytest.mark.parametrize("pieces", [2, 4])
def test_the_pieces_of_a_roundabout_are_no_carriageways_of_each_other(pieces) -> None:
    turns = np.linspace(0, 2 * np.pi, 41)
    ring = LineString(np.stack([15 * np.cos(turns), 15 * np.sin(turns)], axis=1))
    ends = np.linspace(0, ring.length, pieces + 1)
    lines = [substring(ring, *pair) for pair in pairwise(ends)]
    assert net_of(layer(lines, ["环岛"] * pieces), CENTRELINE).overlaps == ()


# Invariants


@st.composite
def roads(draw: Callable[..., object]) -> list[LineString]:
    """A few scenes' lines, each scene apart: drawn twice, or meeting.

    None cross: at under 3 degrees, roads are within the tolerance over 100 m, and what is made of
    it depends on where they are cut.
    """
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    exact = (planted.duplicate, planted.split, planted.partial, planted.contained, planted.ring)
    makes = [*exact, planted.share_5_m, planted.t_junction]
    some = [makes[i](rng) for i in draw(st.lists(st.integers(0, 6), min_size=1, max_size=3))]
    shifts = [(5000.0 * scene, 0.0) for scene in range(len(some))]
    return [
        shapely.transform(line, lambda xy, shift=shift: xy + shift)
        for scene, shift in zip(some, shifts, strict=True)
        for line in scene.lines
    ]


@settings(deadline=None, max_examples=60)
@given(roads(), st.randoms(use_true_random=False))
def test_order_direction_and_copies_change_no_net_length(lines, random) -> None:
    expected = total(lines)
    assert expected <= measure.length(layer(lines)).sum() + 1e-6
    again = [line.reverse() if random.random() < 0.5 else line for line in lines]
    again.append(random.choice(lines))
    random.shuffle(again)
    assert total(again) == pytest.approx(expected, rel=1e-9, abs=1e-3)


@settings(deadline=None, max_examples=60)
@given(roads(), st.lists(st.tuples(st.integers(0, 9), st.floats(0.02, 0.98)), max_size=4))
def test_cutting_lines_and_joining_parts_changes_no_net_length(lines, cuts) -> None:
    expected = total(lines)
    parts = [[line] for line in lines]
    for number, share in cuts:
        line = parts[number % len(parts)].pop()
        cut = substring(line, 0, share, normalized=True), substring(line, share, 1, normalized=True)
        parts[number % len(parts)] += [part for part in cut if part.length > 0]
    assert total([part for some in parts for part in some]) == pytest.approx(expected, abs=1e-3)
    assert total([MultiLineString(some) for some in parts]) == pytest.approx(expected, abs=1e-3)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 23))
def test_a_closed_road_may_be_drawn_from_any_vertex_on(seed, begin) -> None:
    circle = planted.round_road(20 + seed % 80, 24)
    xy = list(circle.coords)[:-1]
    turned = LineString([*xy[begin:], *xy[: begin + 1]])
    assert found([circle, turned]) == [("k0", "k1", "duplicate")]


@pytest.mark.parametrize("latitude", [0.0, 18.2, 53.5, -33.9])
def test_the_tolerance_is_in_metres_at_any_latitude(latitude) -> None:
    features = layer(
        [ROAD, *(shapely.transform(ROAD, lambda xy, d=d: xy + np.array([0, d])) for d in (2, 9))]
    )
    metres = np.array([planted.EAST, planted.NORTH])
    east = np.cos(np.radians(latitude)) * 111_320
    features.geometry = shapely.transform(
        features.geometry.to_numpy(),
        lambda xy: (xy - [125.6, 43.86]) * metres / [east, 110_600] + [113.0, latitude],
    )
    assert [(o.other, o.reason) for o in net_of(features).overlaps] == [("k1", "redrawn")]


@pytest.mark.skipif(not REAL.exists(), reason="the real roads (../shared/real) are not here")
def test_each_real_street_with_two_carriageways_counts_once() -> None:
    """Beside it: half the outline of the strip that is left when gaps of 40 m are closed."""
    features = gpd.read_file(REAL)
    features = features[features.geom_type == "MultiLineString"].reset_index(drop=True)
    features["id"] = [f"{row:02d}" for row in features.index]
    strips = features.to_crs(4551).geometry.buffer(20, cap_style="flat", join_style="mitre")
    doubled = 0
    for _, street in features.groupby("name"):
        strip = strips[street.index].union_all().buffer(-19, join_style="mitre")
        once, gross = net_of(street, CENTRELINE).sizes.sum(), measure.length(street).sum()
        if gross > 1.2 * strip.length / 2:
            doubled += 1
            assert once == pytest.approx(strip.length / 2, rel=0.04)
    assert doubled >= 8
    named = {o.other for o in net_of(features).overlaps if o.reason == "parallel"}
    assert set(features[features["name"] == "自由大路"].id) <= named
