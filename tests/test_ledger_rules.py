"""How the ledger counts, by construction: duplicates, verdicts, evidence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import geopandas as gpd
import pytest
from shapely import LineString, Point

from erdao_geo.check import Row, check_target
from erdao_geo.definitions import Field, Layer, Source, Target

ROAD = LineString([(125.4, 43.85), (125.41, 43.86)])
OTHER = LineString([(125.42, 43.85), (125.43, 43.86)])
FIELDS = {name: Field(title=name) for name in ("id", "status", "evidence", "road")}


def check(*features: tuple, unit: str = "count", **target) -> Row:
    """Check features of (status, evidence, geometry, road) against a target."""
    layer = Layer(
        stem="roads",
        title="r",
        geometry="LineString",
        key="id",
        source=Source(by="test", date=dt.date(2022, 1, 1)),
        fields=FIELDS,
    )
    rows = [(*feature, None)[:4] for feature in features]
    frame = gpd.GeoDataFrame(
        {
            "id": [f"k{number}" for number in range(len(rows))],
            "status": [row[0] for row in rows],
            "evidence": [row[1] for row in rows],
            "road": [row[3] for row in rows],
        },
        geometry=[row[2] for row in rows],
        crs="EPSG:4326",
    )
    options = {"value": Decimal(1), **target}
    aim = Target(id="t", title="t", clause="c", layer="roads", unit=unit, **options)
    return check_target(aim, layer, frame)


@pytest.mark.parametrize("copy", [ROAD, ROAD.reverse()])
def test_an_exact_duplicate_counts_once(copy) -> None:
    once = check(("completed", "surveyed", ROAD), unit="km")
    twice = check(("completed", "surveyed", ROAD), ("completed", "surveyed", copy), unit="km")
    assert (twice.net, twice.done) == (once.net, once.done)
    assert twice.gross == pytest.approx(2 * once.net)
    assert [(overlap.counted, overlap.other) for overlap in twice.overlaps] == [("k0", "k1")]


def test_of_two_duplicates_the_done_and_better_known_counts() -> None:
    row = check(
        ("planned", "surveyed", ROAD),
        ("completed", "illustrative", ROAD),
        ("completed", "surveyed", ROAD),
    )
    assert (row.gross, row.net, row.done, row.proven) == (3, 1, 1, 1)
    assert row.by_status == {"completed": 1}


def test_points_at_one_address_are_not_duplicates() -> None:
    place = Point(125.4, 43.85)
    assert check(("completed", "surveyed", place), ("completed", "surveyed", place)).net == 2


def test_a_road_in_segments_counts_once_and_is_done_when_all_of_it_is() -> None:
    row = check(
        ("completed", "surveyed", ROAD, "a"),
        ("planned", "approximate", OTHER, "a"),
        ("completed", "surveyed", LineString([(125.5, 43.8), (125.6, 43.8)]), "b"),
        count_by="road",
    )
    assert (row.net, row.done, row.proven) == (2, 1, 1)
    assert row.by_evidence == {"surveyed": 1, "approximate": 1}


@pytest.mark.parametrize(
    ("features", "bound", "verdict"),
    [
        ([("completed", "surveyed", ROAD)], "at_least", "met"),
        ([("completed", "digitised", ROAD)], "exactly", "met"),
        ([("completed", "illustrative", ROAD)], "at_least", "shown"),
        ([("completed", "approximate", ROAD)], "exactly", "shown"),
        ([("completed", "approximate", ROAD)], "at_most", "shown"),
        ([("under_construction", "surveyed", ROAD)], "at_least", "short"),
        ([("planned", "surveyed", ROAD)], "at_least", "not_started"),
        ([("planned", "surveyed", ROAD)], "at_most", "not_started"),
        ([("completed", "surveyed", ROAD)], "at_most", "met"),
        ([("completed", "none", None)], "at_least", "unmapped"),
        ([], "at_least", "unmapped"),
        ([("completed", "surveyed", ROAD), ("completed", "surveyed", OTHER)], "exactly", "short"),
        ([("completed", "surveyed", ROAD), ("completed", "none", None)], "at_most", "short"),
    ],
)
def test_the_verdict(features, bound, verdict) -> None:
    assert check(*features, bound=bound).verdict == verdict


@pytest.mark.parametrize("bound", ["at_most", "exactly"])
def test_a_finished_road_without_a_place_leaves_a_ceiling_unproven(bound) -> None:
    known = ("completed", "surveyed", ROAD)
    length = check(known, unit="km").net
    value = Decimal(f"{float(length):.3f}") + (bound == "at_most")
    options = {"unit": "km", "bound": bound, "value": value}
    assert check(known, **options).verdict == "met"
    assert check(known, ("completed", "none", None), **options).verdict == "shown"


def test_a_road_with_one_finished_segment_has_begun() -> None:
    row = check(
        ("completed", "surveyed", ROAD, "a"), ("planned", "surveyed", OTHER, "a"), count_by="road"
    )
    assert (row.done, row.verdict) == (0, "short")


def test_unlocated_features_are_named_and_measure_nothing() -> None:
    row = check(("completed", "none", None), ("completed", "surveyed", ROAD), unit="km")
    assert row.unlocated == ("k0",)
    assert row.by_evidence["none"] == 0
