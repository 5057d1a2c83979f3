"""What becomes of each record: added, updated, unchanged, removed or rejected; they add up."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import orjson
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from erdao_geo.definitions import Layer
from erdao_geo.importing.delivery import Delivery
from erdao_geo.importing.fields import map_fields
from erdao_geo.importing.foreign import Encoding, Finding, Source
from erdao_geo.importing.merge import merge
from erdao_geo.storage import Spool, read_features

LAYER = Layer.model_validate(
    {
        "stem": "roads",
        "title": "t",
        "geometry": "LineString",
        "key": "id",
        "source": {"by": "test", "date": dt.date(2022, 1, 1)},
        "fields": {
            "id": {"title": "编号"},
            "name": {"constraints": {"unique": True}},
            "status": {},
            "completed_on": {},
            "evidence": {},
        },
    }
)
BOUNDS = (125.3, 43.7, 125.9, 44.0)


def road(number: int) -> LineString:
    return LineString([(125.4, 43.85 + number / 1e4), (125.41, 43.85 + number / 1e4)])


def delivery(rows: list[dict], *, rejected=(), by_geometry=False, uncertainty=0.0) -> Delivery:
    names = [n for n in dict.fromkeys(n for row in rows for n in row) if n != "geometry"]
    table = pa.table({n: pa.array([row.get(n) for row in rows], pa.string()) for n in names})
    geometries = np.array([row.get("geometry") for row in rows], dtype=object)
    source = Source(
        path=Path("a.shp"),
        driver="ESRI Shapefile",
        name="a",
        table=table,
        geometry=pa.chunked_array([pa.array(shapely.to_wkb(geometries).tolist(), pa.binary())]),
        crs=None,
        crs_evidence=(),
        encoding=Encoding("utf-8", "certain"),
        rejected=rejected,
    )
    mapped = map_fields(LAYER, names, wanted={}, constants={}, path=source.path)
    return Delivery(source, mapped, lambda xy: xy, {}, by_geometry, uncertainty, ())


def merged(folder: Path, *deliveries: Delivery, mode="update"):
    """Merge deliveries one after the other; give the last outcome and the layer's features."""
    path = folder / "roads.geojson"
    features = gpd.GeoDataFrame({n: [] for n in LAYER.fields}, geometry=[], crs=4326)
    outcome = None
    for one in deliveries:
        with Spool() as spool:
            result = merge(LAYER, features, one, spool=spool, bounds=BOUNDS, mode=mode)
            spool.write(path, result.order, as_of=None)
        features, outcome = read_features(path, LAYER).features, result.outcome
    counted = outcome.added + outcome.updated + outcome.unchanged + len(outcome.rejected)
    assert counted == outcome.read
    return outcome, features


def rules(outcome) -> list[tuple[str, str]]:
    return [(rejected.feature, rejected.rule) for rejected in outcome.rejected]


A = {"id": "a", "name": "甲", "status": "completed", "evidence": "surveyed", "geometry": road(1)}
B = {"id": "b", "name": "乙", "status": "planned", "evidence": "surveyed", "geometry": road(2)}


def test_new_keys_are_added_and_sorted(tmp_path) -> None:
    outcome, features = merged(tmp_path, delivery([B, A]))
    assert (outcome.added, features.id.tolist()) == (2, ["a", "b"])


def test_the_second_time_nothing_changes(tmp_path) -> None:
    outcome, _ = merged(tmp_path, delivery([A, B]), delivery([B, A]))
    assert (outcome.unchanged, outcome.changed) == (2, False)


def test_an_update_says_what_changed_from_what_to_what(tmp_path) -> None:
    outcome, features = merged(
        tmp_path, delivery([A, B]), delivery([B | {"status": "completed", "geometry": road(5)}])
    )
    [change] = outcome.changes
    assert (change.feature, change.kind, change.redrawn) == ("b", "updated", True)
    assert change.fields == {"status": ("planned", "completed")}
    assert features.id.tolist() == ["a", "b"]


def test_add_leaves_what_is_known_as_it_is(tmp_path) -> None:
    changed = A | {"name": "丁"}
    new = B | {"id": "c"}
    outcome, features = merged(tmp_path, delivery([A]), delivery([changed, new]), mode="add")
    assert (outcome.added, outcome.updated) == (1, 0)
    assert features.name.tolist() == ["甲", "乙"]


def test_replace_removes_what_the_file_lacks_but_not_what_it_rejects(tmp_path) -> None:
    broken = B | {"geometry": shapely.Point(125.4, 43.85)}
    outcome, features = merged(
        tmp_path,
        delivery([A, B, A | {"id": "c", "name": "丙"}]),
        delivery([A, broken]),
        mode="replace",
    )
    assert (outcome.removed, rules(outcome)) == (1, [("b", "geometry-type")])
    assert features.id.tolist() == ["a", "b"]


def test_a_record_whose_key_is_lost_removes_nothing(tmp_path) -> None:
    lost = {"id": None, "geometry": road(2)}
    after = delivery([A, lost], rejected=[Finding(1, "truncated", "its row is lost")])
    outcome, features = merged(tmp_path, delivery([A, B]), after, mode="replace")
    assert (outcome.removed, len(outcome.rejected)) == (0, 1)
    assert features.id.tolist() == ["a", "b"]
    assert "whose key is lost may be any feature" in outcome.notes[-1]


def test_a_file_that_is_cut_removes_nothing(tmp_path) -> None:
    after = delivery([A])
    cut = Finding(None, "truncated", "its .dbf has 1 of 2 records: it is cut")
    after = replace(after, source=replace(after.source, findings=(cut,)))
    outcome, features = merged(tmp_path, delivery([A, B]), after, mode="replace")
    assert (outcome.removed, features.id.tolist()) == (0, ["a", "b"])
    assert "the file is cut" in outcome.notes[-1]


def test_what_the_file_does_not_give_stays(tmp_path) -> None:
    outcome, features = merged(
        tmp_path, delivery([A]), delivery([{"id": "a", "status": "under_construction"}])
    )
    [row] = features.to_dict("records")
    assert (row["name"], row["status"], row["evidence"]) == ("甲", "under_construction", "surveyed")
    assert row["geometry"].equals_exact(road(1), 1e-9)
    assert any("the one in the layer was kept" in note for note in outcome.notes)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"geometry": shapely.Point(125.4, 43.85)}, "geometry-type"),
        ({"geometry": LineString([(125.4, 43.8), (125.4, 43.8)])}, "zero-length"),
        ({"geometry": LineString([(12.4, 43.8), (12.5, 43.8)])}, "outside"),
        ({"status": "soon"}, "enum"),
        ({"completed_on": "soon"}, "type"),
        ({"id": None}, "key-missing"),
        ({"id": "a"}, "key-duplicate"),
        ({"name": "甲"}, "unique"),
        ({"completed_on": "2022-01-01", "status": "planned"}, "dates"),
    ],
)
def test_one_bad_record_costs_one_record_or_its_double(bad, rule, tmp_path) -> None:
    good = [A | {"id": f"g{i}", "name": f"g{i}"} for i in range(3)]
    outcome, features = merged(tmp_path, delivery([*good, A, B | bad]))
    double = rule in ("key-duplicate", "unique")
    assert [found for _, found in rules(outcome)] == [rule] * (2 if double else 1)
    assert len(features) == (3 if double else 4)


C = A | {"id": "c", "name": "丙"}


def test_the_old_value_of_a_rejected_feature_is_held_against_the_others(tmp_path) -> None:
    before, after = delivery([A, B, C]), delivery([A | {"name": "乙"}, B | {"name": "丙"}])
    outcome, features = merged(tmp_path, before, after)
    assert rules(outcome) == [("a", "unique"), ("b", "unique")]
    assert features.name.tolist() == ["甲", "乙", "丙"]


def test_a_value_that_add_leaves_in_the_layer_is_not_free(tmp_path) -> None:
    after = delivery([A | {"name": "丁"}, C | {"name": "甲"}])
    outcome, features = merged(tmp_path, delivery([A]), after, mode="add")
    assert rules(outcome) == [("c", "unique")]
    assert features.name.tolist() == ["甲"]


def test_the_value_of_a_feature_that_is_removed_is_free(tmp_path) -> None:
    before, after = delivery([A]), delivery([B | {"name": "甲"}])
    outcome, features = merged(tmp_path, before, after, mode="replace")
    assert (rules(outcome), outcome.removed, features.id.tolist()) == ([], 1, ["b"])


def test_the_same_record_twice_is_taken_once(tmp_path) -> None:
    outcome, features = merged(tmp_path, delivery([A, B, A]))
    assert rules(outcome) == [("a", "repeated")]
    assert len(features) == 2


def test_a_record_that_could_not_be_read_is_rejected_with_its_values(tmp_path) -> None:
    finding = Finding(1, "truncated", "its shape is cut off")
    outcome, features = merged(tmp_path, delivery([A, B | {"geometry": None}], rejected=[finding]))
    [rejected] = outcome.rejected
    assert (rejected.rule, rejected.properties["name"]) == ("truncated", "乙")
    [written] = json.loads(outcome.rejects_text())["features"]
    assert written["properties"]["_reason"] == "its shape is cut off"
    assert features.id.tolist() == ["a"]


def test_what_is_no_number_is_written_as_json_all_the_same(tmp_path) -> None:
    with np.errstate(invalid="ignore"):
        nowhere = shapely.from_wkt("LINESTRING (125.4 43.85, nan 43.86, 125.41 43.86)")
    after = delivery([A | {"geometry": nowhere}])
    table = after.source.table.append_column("x", pa.array([float("inf")]))
    outcome, _ = merged(tmp_path, replace(after, source=replace(after.source, table=table)))
    [written] = orjson.loads(outcome.rejects_text())["features"]
    assert rules(outcome) == [("a", "not-a-number")]
    assert (written["properties"]["x"], written["geometry"]) == ("inf", None)


@pytest.mark.parametrize(
    ("place", "slip"),
    [
        ([(43.85, 125.4), (43.86, 125.4)], "its axes are swapped"),
        ([(-125.4, 43.85), (-125.41, 43.85)], "longitude has the wrong sign"),
    ],
)
def test_a_feature_outside_is_told_which_slip_would_explain_it(place, slip, tmp_path) -> None:
    outcome, _ = merged(tmp_path, delivery([A | {"geometry": LineString(place)}]))
    assert slip in outcome.rejected[0].message


def test_a_key_made_of_the_geometry_is_stable_and_blind_to_direction(tmp_path) -> None:
    rows = [{k: v for k, v in row.items() if k != "id"} for row in (A, B)]
    turned = [row | {"geometry": row["geometry"].reverse()} for row in rows]
    first, features = merged(tmp_path, delivery(rows, by_geometry=True))
    second, _ = merged(
        tmp_path, delivery(rows, by_geometry=True), delivery(rows[::-1], by_geometry=True)
    )
    third, again = merged(tmp_path, delivery(turned, by_geometry=True))
    assert (first.added, second.unchanged) == (2, 2)
    assert sorted(features.id) == sorted(again.id)
    assert third.added == 2


def test_places_of_an_unknown_datum_prove_nothing(tmp_path) -> None:
    _, features = merged(tmp_path, delivery([A], uncertainty=85.0))
    assert features.evidence.tolist() == ["approximate"]


rows = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["a", "b", "c", "d", "", None]),
            "status": st.sampled_from(["planned", "completed", "x", None]),
            "geometry": st.one_of(st.none(), st.integers(0, 50).map(road)),
        }
    ),
    max_size=8,
)


@settings(deadline=None)
@given(before=rows, after=rows, mode=st.sampled_from(["add", "update", "replace"]))
def test_counts_add_up_and_a_repeat_changes_nothing(before, after, mode, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("m")
    one, two = delivery(before), delivery(after)
    outcome, features = merged(folder, one, two, mode=mode)
    again, same = merged(folder, one, two, two, mode=mode)
    assert not again.changed
    assert same.equals(features)
    assert len(features) == len(set(features.id))
    if mode != "replace":
        assert outcome.removed == 0
