"""Each rule finds its fault, names the feature, and leaves the others alone."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pytest
from shapely import LineString, MultiPolygon, Point, Polygon, box

from erdao_geo.definitions import Layer
from erdao_geo.validate import validate

GOOD = {
    "id": "a",
    "name": "n",
    "status": "completed",
    "started_on": "2022-01-01",
    "completed_on": "2022-06-01",
    "due_on": "2022-05-01",  # to be late is no fault
    "evidence": "surveyed",
    "floors": 3,
    "height": 9.5,
    "geometry": box(125.4, 43.85, 125.41, 43.86),
}
LAYER = Layer.model_validate(
    {
        "stem": "sites",
        "title": "t",
        "geometry": "Polygon",
        "key": "id",
        "source": {"by": "test", "date": dt.date(2022, 1, 1)},
        "fields": {
            "id": {"title": "id"},
            "name": {"constraints": {"required": True, "unique": True}},
            "status": {},
            "started_on": {},
            "completed_on": {},
            "due_on": {},
            "evidence": {},
            "height": {"title": "h", "type": "number"},
            "floors": {
                "title": "f",
                "type": "integer",
                "constraints": {"minimum": 1, "maximum": 9},
            },
        },
    }
)
BOUNDS = (125.3, 43.7, 125.9, 44.0)
BOWTIE = Polygon([(125.4, 43.85), (125.41, 43.86), (125.41, 43.85), (125.4, 43.86)])


def faults(*rows: dict, bounds=BOUNDS) -> list[tuple[str, str, str]]:
    columns = {name: [row[name] for row in rows] for name in rows[0] if name != "geometry"}
    frame = gpd.GeoDataFrame(
        columns, geometry=[row["geometry"] for row in rows], crs="EPSG:4326", dtype=object
    )
    problems = validate(LAYER, frame.set_geometry("geometry", crs="EPSG:4326"), bounds=bounds)
    return [(problem.feature, problem.rule, problem.message) for problem in problems]


def test_a_good_feature_has_no_fault() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("change", "rule", "message"),
    [
        ({"name": None}, "required", "name is empty"),
        ({"name": 7}, "type", "name is 7, which is no text"),
        ({"floors": 2.5}, "type", "floors is 2.5, which is no whole number"),
        ({"floors": True}, "type", "floors is True, which is no whole number"),
        ({"height": float("inf")}, "type", "height is inf, which is no number"),
        ({"floors": 0}, "minimum", "floors is 0; the least is 1"),
        ({"floors": 10}, "maximum", "floors is 10; the most is 9"),
        ({"status": "done"}, "enum", "allowed: planned, under_construction, completed"),
        ({"evidence": "guess"}, "enum", "evidence is 'guess'; allowed: surveyed"),
        ({"started_on": "2022-13-01"}, "type", "no date (YYYY-MM-DD)"),
        ({"started_on": "20220101"}, "type", "no date (YYYY-MM-DD)"),
        ({"completed_on": "2021-01-01"}, "dates", "before 2022-01-01"),
        ({"due_on": "2021-12-31"}, "dates", "was due on 2021-12-31, before it started"),
        ({"due_on": "soon"}, "type", "due_on is 'soon', which is no date"),
        ({"status": "under_construction"}, "dates", "yet completed on"),
        ({"status": "planned", "completed_on": None}, "dates", "yet started on"),
        ({"geometry": None}, "evidence", "has no geometry, yet its evidence is 'surveyed'"),
        ({"evidence": "none"}, "evidence", "has a geometry, yet its evidence is 'none'"),
        ({"geometry": Point(125.4, 43.8)}, "geometry-type", "is a Point; the layer holds Polygon"),
        ({"geometry": LineString([(125.4, 43.8), (125.5, 43.8)])}, "geometry-type", "LineString"),
        ({"geometry": Polygon()}, "geometry-empty", "write null"),
        ({"geometry": BOWTIE}, "geometry-invalid", "Self-intersection"),
        ({"geometry": box(448000, 4850000, 448100, 4850100)}, "coordinates", "no lon, lat"),
        ({"geometry": box(43.85, 125.4, 43.86, 125.41)}, "coordinates", "no lon, lat"),
        ({"geometry": box(125.4, 43.8, 126.1, 43.9)}, "outside", "beyond the district's box"),
        ({"geometry": box(12.5, 43.85, 12.6, 43.86)}, "outside", "outside the district's box"),
    ],
)
def test_a_fault_is_found_and_named(change, rule, message) -> None:
    [(feature, found, said)] = faults(GOOD | change)
    assert (feature, found) == ("a", rule)
    assert message in said


def test_keys_are_there_and_unique() -> None:
    rows = [GOOD | {"id": key, "name": str(n)} for n, key in enumerate(["a", "a", None, ""])]
    found = faults(*rows)
    assert [(feature, rule) for feature, rule, _ in found] == [
        ("", "key-missing"),
        ("#3", "key-missing"),
        ("a", "key-duplicate"),
    ]


def test_a_key_that_is_no_text_is_named_and_breaks_nothing() -> None:
    found = faults(GOOD | {"id": ["a"]}, GOOD | {"id": 17, "name": ["n"]})
    assert [rule for _, rule, _ in found] == ["type", "type", "type"]


def test_a_bottomless_value_is_told_in_a_short_line() -> None:
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    fields = ("id", "name", "status", "evidence", "started_on", "completed_on", "floors")
    found = faults(dict.fromkeys(fields, deep) | {"height": 1.0, "geometry": None})
    assert [rule for _, rule, _ in found].count("type") == len(fields)
    assert all(len(feature) + len(message) < 200 for feature, _, message in found)


@pytest.mark.parametrize("blank", [" ", "\u3000", "\u00a0", "\t"])
def test_blanks_about_a_key_or_what_is_counted_by_are_told(blank) -> None:
    fields = {"id": [f"a{blank}", "b"], "name": ["n", f"{blank}n"], "evidence": ["none"] * 2}
    features = gpd.GeoDataFrame(fields, geometry=[None, None], crs="EPSG:4326")
    known = {name: LAYER.fields[name] for name in fields}
    layer = LAYER.model_copy(update={"fields": known})
    assert [p.rule for p in validate(layer, features)] == ["spaces"]
    found = validate(layer, features, groupings=["name"])
    assert [(p.feature, p.rule) for p in found] == [(f"a{blank}", "spaces"), ("b", "spaces")]


def test_a_unique_field_is_held_to_it() -> None:
    found = faults(GOOD, GOOD | {"id": "b"})
    assert found == [("*", "unique", "name 'n' stands 2 times")]


def test_a_field_without_a_definition_is_named() -> None:
    assert faults(GOOD | {"colour": "red"}) == [
        ("*", "field-unknown", "'colour' is not in the layer's definition")
    ]


def test_every_fault_is_listed_at_once() -> None:
    bad = {"name": None, "status": "done", "floors": 0, "geometry": None}
    assert len(faults(GOOD | bad, GOOD | {"id": "b", "floors": 99})) == 5


def test_a_geometry_that_could_not_be_built_is_one_fault_beside_the_others() -> None:
    columns = {name: [GOOD[name]] for name in GOOD if name != "geometry"} | {"floors": [0]}
    features = gpd.GeoDataFrame(columns, geometry=[None], crs="EPSG:4326")
    found = validate(LAYER, features, bounds=BOUNDS, unreadable={0: "its ring is open"})
    assert [(problem.feature, problem.rule) for problem in found] == [
        ("a", "geometry-unreadable"),
        ("a", "minimum"),
    ]
    assert "cannot be read: its ring is open" in found[0].message


@pytest.mark.parametrize(("east", "rules"), [(125.999, []), (126.001, ["outside"])])
def test_a_work_may_reach_a_tenth_of_a_degree_beyond_the_box(east, rules) -> None:
    reaching = GOOD | {"geometry": box(125.85, 43.8, east, 43.9)}
    assert [rule for _, rule, _ in faults(reaching)] == rules


def test_multi_parts_and_features_across_the_edge_are_fine() -> None:
    across = box(125.85, 43.8, 125.99, 43.9)
    parts = MultiPolygon([GOOD["geometry"], across])
    assert faults(GOOD | {"geometry": parts}) == []
    assert faults(GOOD | {"geometry": box(0, 0, 1, 1)}, bounds=None) == []
