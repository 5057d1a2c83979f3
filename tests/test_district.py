"""The workspace of Erdao District that ships with the code: every layer, target and map is a case.

Data are read as plain JSON, so that these tests do not rest on our own reader.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from pyproj import Geod
from shapely import STRtree
from shapely.geometry import Point, box, shape
from shapely.geometry.base import BaseGeometry

from erdao_geo.definitions import Plan, Target, read_layer, read_map, read_plan

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
LAYERS = sorted(path.stem for path in (ROOT / "layers").glob("*.toml"))
MAPS = sorted(path.stem for path in (ROOT / "maps").glob("*.toml"))
SITES = ("communities", "shantytowns", "drainage", "mines", "greening")
GEOD = Geod(ellps="GRS80")
METRE = 1 / 111_000  # degrees, roughly

needs_report = pytest.mark.skipif(
    not (SHARED / "report").exists(), reason=f"the report is not beside the project: {SHARED}"
)

PROMISES = {  # target -> (value, unit, the report's own phrase)
    "roads-built": (18, "count", "加快福安街等18条道路建设"),
    "roads-opened": (13, "count", "确保芝仕路等13条道路竣工通车"),
    "dead-ends-connected": (3, "count", "打通阜丰路等3条断头路"),
    "new-road-length": (18.8, "km", "新增道路18.8公里"),
    "shantytowns": (37, "count", "大力推动37个棚户区改造"),
    "communities-finished": (25, "count", "高标准完成25个老旧小区改造收尾"),
    "communities-started": (21, "count", "新启动21个老旧小区改造"),
    "rain-sewage-separation": (25, "count", "实现25个小区雨污分流"),
    "village-sewage": (2, "count", "新建2个小型村屯污水收集处理系统"),
    "mines-restored": (6, "count", "加快6个非煤矿山治理修复"),
    "greening-area": (700, "mu", "完成大规模国土绿化700亩"),
    "street-greening": (1.6, "wan_m2", "完成铁路、主要街路沿线1.6万平方米绿化景观提升"),
    "schools-started": (3, "count", "推进长新等3所学校开工建设"),
    "schools-upgraded": (2, "count", "实施52、108学校品牌提升工程"),
    "governance-points": (6, "count", "打造6个基层治理示范点"),
}


def features(stem: str) -> list[dict[str, Any]]:
    text = (ROOT / "data" / f"{stem}.geojson").read_text(encoding="utf-8")
    return json.loads(text)["features"]


def properties(stem: str, **where: Any) -> list[dict[str, Any]]:
    rows = [feature["properties"] for feature in features(stem)]
    return [row for row in rows if all(row[name] == value for name, value in where.items())]


def shapes(stem: str, **where: Any) -> dict[str, BaseGeometry]:
    return {
        feature["properties"]["id"]: shape(feature["geometry"])
        for feature in features(stem)
        if feature["geometry"]
        and all(feature["properties"][name] == value for name, value in where.items())
    }


def boundary() -> BaseGeometry:
    return shapes("boundary")["220105"]


def matched(target: Target) -> list[dict[str, Any]]:
    """Give the features a target speaks of, by the plan's words and not by our check."""
    wanted = {name: v if isinstance(v, tuple) else (v,) for name, v in target.where.items()}
    return [
        feature
        for feature in features(target.layer)
        if all(feature["properties"][name] in values for name, values in wanted.items())
    ]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan(ROOT / "plan.toml")


@pytest.fixture(scope="module")
def report() -> str:
    return (SHARED / "report" / "erdao-2022.txt").read_text(encoding="utf-8")


# --- Definitions ---------------------------------------------------------------------------------


def test_every_layer_has_its_data_and_every_data_file_its_layer():
    assert sorted(path.stem for path in (ROOT / "data").glob("*.geojson")) == LAYERS


@pytest.mark.parametrize("stem", LAYERS)
def test_a_layer_defines_every_property_its_features_have(stem):
    layer = read_layer(ROOT / "layers" / f"{stem}.toml")
    assert layer.title
    assert layer.title_en
    for row in properties(stem):
        assert list(row) == list(layer.fields)
    for field in layer.fields.values():
        assert field.title
        assert field.title_en


@pytest.mark.parametrize("stem", LAYERS)
def test_coded_fields_hold_only_their_codes(stem):
    fields = read_layer(ROOT / "layers" / f"{stem}.toml").fields
    for name, field in fields.items():
        values = {row[name] for row in properties(stem)}
        if field.constraints.enum:
            assert values - {None} <= set(field.constraints.enum)
        if field.constraints.required:
            assert None not in values


@pytest.mark.parametrize("stem", LAYERS)
def test_ids_are_unique_and_in_order(stem):
    ids = [row["id"] for row in properties(stem)]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("stem", MAPS)
def test_a_map_draws_shipped_layers_with_the_ground_first(stem, plan):
    sheet = read_map(ROOT / "maps" / f"{stem}.toml")
    assert set(sheet.layers) <= set(LAYERS)
    assert sheet.layers[:2] == ("boundary", "context")
    targets = {target.id: target for target in plan.targets}
    assert {targets[id_].layer for id_ in sheet.targets or ()} <= set(sheet.layers)


def test_the_overview_draws_every_layer():
    assert sorted(read_map(ROOT / "maps" / "overview.toml").layers) == LAYERS


# --- Targets -------------------------------------------------------------------------------------


def test_every_target_stands_on_a_layer_and_names_its_fields(plan):
    for target in plan.targets:
        fields = read_layer(ROOT / "layers" / f"{target.layer}.toml").fields
        assert {*target.where, *target.done} <= set(fields), target.id
        assert target.count_by is None or target.count_by in fields


@pytest.mark.parametrize("id_", PROMISES)
def test_every_number_of_the_report_is_a_target(id_, plan):
    target = next(target for target in plan.targets if target.id == id_)
    value, unit, clause = PROMISES[id_]
    assert (float(target.value), target.unit, target.clause) == (value, unit, clause)
    assert target.bound == "at_least"
    assert target.title_en
    assert target.note
    assert target.note_en


@needs_report
def test_clauses_and_sections_are_the_reports_own_words(plan, report):
    for target in plan.targets:
        assert target.clause in report
        assert target.section in report


@needs_report
def test_targets_stand_in_the_order_of_the_report(plan, report):
    places = [report.index(t.clause) for t in plan.targets if t.id != "named-projects"]
    assert places == sorted(places)
    assert plan.targets[-1].id == "named-projects"


def test_every_count_has_as_many_things_as_promised(plan):
    for target in plan.targets:
        if target.unit == "count":
            rows = [feature["properties"] for feature in matched(target)]
            things = {row[target.count_by or "id"] for row in rows}
            assert len(things) == target.value, target.id


def test_new_road_comes_close_to_its_target(plan):
    target = next(target for target in plan.targets if target.id == "new-road-length")
    length_km = sum(GEOD.geometry_length(shape(f["geometry"])) for f in matched(target)) / 1000
    assert 18.8 <= length_km < 19.0


@pytest.mark.parametrize(("kind", "low", "high"), [("afforestation", 700, 710), ("street", 24, 25)])
def test_greening_comes_close_to_its_target_in_mu(kind, low, high):
    plots = shapes("greening", kind=kind).values()
    area = sum(GEOD.geometry_area_perimeter(plot)[0] for plot in plots)
    assert low <= area * 15 / 10_000 <= high


def test_the_old_communities_are_two_batches_and_share_none_with_the_drainage_ones():
    assert Counter(row["batch"] for row in properties("communities")) == {"finish": 25, "start": 21}
    names = {row["name"] for row in properties("communities")}
    assert not names & {row["name"] for row in properties("drainage")}


def test_the_segments_of_a_road_carry_the_same_marks():
    marks: dict[str, set[tuple[Any, ...]]] = {}
    for row in properties("roads"):
        marks.setdefault(row["road"], set()).add((row["in_18"], row["in_13"], row["in_3"]))
    assert all(len(found) == 1 for found in marks.values())


def test_a_named_road_is_marked_only_for_the_list_it_is_named_in():
    named = {r["road"]: (r["in_18"], r["in_13"], r["in_3"]) for r in properties("roads")}
    assert named["福安街"] == (True, None, None)
    assert named["芝仕路"] == (None, True, None)
    assert named["阜丰路"] == (None, None, True)


# --- Named places --------------------------------------------------------------------------------


def named_places() -> list[tuple[str, str]]:
    path = SHARED / "report" / "promises.tsv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [(r["id"], r["places"]) for r in rows if "promise-030" <= r["id"] <= "promise-059"]


@needs_report
def test_every_named_place_of_the_report_is_a_feature():
    names = [row["name"] for stem in ("facilities", "roads") for row in properties(stem)]
    places = named_places()
    assert len(places) == 30
    assert [place for _, place in places if not any(place in name for name in names)] == []


@needs_report
def test_what_stands_on_the_ground_cites_the_report(report):
    for row in properties("facilities"):
        assert row["clause"] in report
        assert row["section"] in report


def test_universal_promises_are_listed_and_in_no_target(plan):
    universals = properties("facilities", kind="universal")
    assert {row["clause"] for row in universals} == {
        "全面消除建成区裸露地面",
        "实现街道“社工站”全覆盖",
    }
    targeted = {f["properties"]["id"] for target in plan.targets for f in matched(target)}
    assert not targeted & {row["id"] for row in universals}


# --- Honesty -------------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", LAYERS)
def test_nothing_is_surveyed_or_digitised(stem):
    found = {row["evidence"] for row in properties(stem)}
    assert found <= {"approximate", "illustrative", "none"}


@pytest.mark.parametrize("stem", LAYERS)
def test_a_feature_without_a_place_says_so_and_no_other_does(stem):
    for feature in features(stem):
        unlocated = feature["properties"]["evidence"] == "none"
        assert unlocated == (feature["geometry"] is None), feature["properties"]["name"]


@pytest.mark.parametrize("stem", LAYERS)
def test_what_is_invented_is_called_a_sample(stem):
    for row in properties(stem, evidence="illustrative"):
        assert "示例" in row["name"]
        assert "示例" in row["contractor"]
        assert "示例" in row["street_office"]


@pytest.mark.parametrize("stem", [stem for stem in LAYERS if stem not in ("boundary", "context")])
def test_dates_fit_the_status(stem):
    for row in properties(stem):
        started, completed = row["started_on"], row["completed_on"]
        if row["status"] == "completed":
            assert started <= completed <= "2022-12-31"
        elif row["status"] == "under_construction":
            assert completed is None
            assert started is not None or row["evidence"] != "illustrative"
        else:
            assert (started, completed) == (None, None)


def test_no_date_is_invented_for_a_place_that_the_report_names():
    for stem in ("roads", "facilities"):
        for row in properties(stem):
            if row["evidence"] != "illustrative":
                assert (row["started_on"], row["completed_on"]) == (None, None)
                assert row.get("due_on") is None
                assert row["contractor"] is None
                assert row["note"]


# --- Shapes --------------------------------------------------------------------------------------


def test_the_boundary_is_a_few_dozen_vertices_at_three_decimals():
    ring = features("boundary")[0]["geometry"]["coordinates"][0]
    assert 25 <= len(ring) - 1 <= 45
    assert all(number == round(number, 3) for vertex in ring for number in vertex)
    assert boundary().is_valid


@pytest.mark.skipif(not (SHARED / "real").exists(), reason=f"no real outline beside: {SHARED}")
def test_the_boundary_is_near_the_true_outline_and_no_copy_of_it():
    path = SHARED / "real" / "changchun_districts_tianditu_cgcs2000.geojson"
    rows = json.loads(path.read_text(encoding="utf-8"))["features"]
    true = next(shape(r["geometry"]) for r in rows if r["properties"]["adcode"] == "220105")
    ours = boundary()
    assert ours.intersection(true).area / ours.union(true).area >= 0.93
    theirs = {(round(lon, 3), round(lat, 3)) for lon, lat in true.exterior.coords}
    assert not theirs & set(ours.exterior.coords)


@pytest.mark.parametrize("stem", LAYERS)
def test_everything_is_valid_and_within_the_boundary(stem):
    district = boundary().buffer(METRE)
    for id_, geometry in shapes(stem).items():
        assert geometry.is_valid, id_
        assert district.covers(geometry), id_


def test_sites_do_not_overlap_each_other():
    sites = {id_: site for stem in SITES for id_, site in shapes(stem).items()}
    overlapping = [(a, b) for a, b in combinations(sites, 2) if sites[a].intersects(sites[b])]
    assert overlapping == []


def test_no_site_lies_on_a_road_a_railway_or_a_river():
    lines = [*shapes("roads").values(), *shapes("context").values()]
    tree = STRtree(lines)
    for stem in SITES:
        for id_, site in shapes(stem).items():
            assert list(tree.query(site, predicate="intersects")) == [], id_


def test_every_road_meets_another_road_or_an_avenue():
    roads = shapes("roads")
    avenues = list(shapes("context", kind="avenue").values())
    for id_, road in roads.items():
        others = [*avenues, *(other for key, other in roads.items() if key != id_)]
        assert min(road.distance(other) for other in others) < METRE, id_


def test_a_dead_end_that_is_connected_meets_a_street_at_both_ends():
    roads = shapes("roads")
    avenues = list(shapes("context", kind="avenue").values())
    connected = properties("roads", in_3=True, evidence="illustrative")
    assert len(connected) == 2
    for id_ in (row["id"] for row in connected):
        others = [*avenues, *(other for key, other in roads.items() if key != id_)]
        for end in (roads[id_].coords[0], roads[id_].coords[-1]):
            assert min(Point(end).distance(other) for other in others) < METRE, (id_, end)


def test_no_stretch_of_road_is_drawn_twice():
    roads = shapes("roads")
    for a, b in combinations(roads, 2):
        assert roads[a].intersection(roads[b].buffer(METRE)).length < 5 * METRE, (a, b)


def test_mines_lie_in_the_eastern_hills():
    east = box(125.65, 43.7, 125.78, 44.0)
    assert all(east.covers(mine) for mine in shapes("mines").values())


def test_a_few_declared_sizes_are_off_and_the_rest_are_near():
    shares = [
        row["declared_length_km"] * 1000 / GEOD.geometry_length(shapes("roads")[row["id"]])
        for row in properties("roads")
        if row["declared_length_km"]
    ]
    plots = shapes("greening")
    shares += [
        row["declared_area_mu"] * 10_000 / 15 / GEOD.geometry_area_perimeter(plots[row["id"]])[0]
        for row in properties("greening")
        if row["declared_area_mu"]
    ]
    assert len(shares) > 10
    assert 1 <= sum(abs(share - 1) > 0.05 for share in shares) <= 4


# --- Files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", LAYERS)
def test_coordinates_have_seven_decimals_at_most(stem):
    text = (ROOT / "data" / f"{stem}.geojson").read_text(encoding="utf-8")
    assert not re.search(r"\d\.\d{8,}", text)
    assert '"crs"' not in text


def test_the_script_makes_the_shipped_data_again_byte_for_byte(tmp_path):
    script = ROOT / "scripts" / "make_sample.py"
    subprocess.run([sys.executable, script, tmp_path], check=True, capture_output=True)
    for stem in LAYERS:
        name = f"{stem}.geojson"
        assert (tmp_path / name).read_bytes() == (ROOT / "data" / name).read_bytes(), stem
