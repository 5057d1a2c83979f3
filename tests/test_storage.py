"""What is written is what was read, in the form that RFC 7946 and our rules ask for."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Polygon

from erdao_geo import StorageError
from erdao_geo.definitions import Field, Layer, Source
from erdao_geo.storage import geojson, locked, read_features, write_features

FIELDS = {
    "id": Field(title="id"),
    "text": Field(title="t"),
    "whole": Field(title="w", type="integer"),
    "number": Field(title="n", type="number"),
    "flag": Field(title="f", type="boolean"),
    "evidence": Field(title="e"),
}
LAYER = Layer(
    stem="things",
    title="t",
    geometry="LineString",
    key="id",
    source=Source(by="test", date=dt.date(2022, 1, 1)),
    fields=FIELDS,
)
ODD = 'a"b\\c\n\u2028</script>{{x}}🛣\t'
LINE = LineString([(125.4, 43.85), (125.41, 43.86)])


def frame(geometries, **columns) -> gpd.GeoDataFrame:
    columns = {"id": [f"k{number}" for number in range(len(geometries))], **columns}
    return gpd.GeoDataFrame(columns, geometry=geometries, crs="EPSG:4326")


def written(path: Path) -> dict:
    return json.loads(path.read_text("utf-8"))


degrees = st.integers(-1_790_000_000, 1_790_000_000).map(lambda n: n / 1e7)
latitudes = st.integers(-890_000_000, 890_000_000).map(lambda n: n / 1e7)
optional = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"])))


@given(
    points=st.lists(st.tuples(degrees, latitudes), min_size=2, max_size=5, unique=True),
    text=optional,
    whole=st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    flag=st.one_of(st.none(), st.booleans()),
)
def test_what_is_written_is_read_again(points, text, whole, flag, tmp_path_factory) -> None:
    path = tmp_path_factory.getbasetemp() / "round.geojson"
    values = {"id": "k", "text": text, "whole": whole, "number": None, "flag": flag}
    feature = {
        "type": "Feature",
        "properties": {**values, "evidence": "surveyed"},
        "geometry": {"type": "LineString", "coordinates": [list(p) for p in points]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    write_features(path, read_features(path, LAYER).features, LAYER)
    assert written(path)["features"] == [feature]


def test_writing_again_gives_the_same_bytes(tmp_path) -> None:
    path = tmp_path / "a.geojson"
    write_features(path, frame([LINE, None], text=[ODD, None]), LAYER, as_of=dt.date(2022, 1, 2))
    first = path.read_bytes()
    stored = read_features(path, LAYER)
    assert stored.as_of == dt.date(2022, 1, 2)
    write_features(path, stored.features, LAYER, as_of=stored.as_of)
    assert path.read_bytes() == first


def test_the_file_is_sorted_a_feature_a_line_without_crs(tmp_path) -> None:
    path = tmp_path / "a.geojson"
    write_features(path, frame([LINE, LINE, None], id=["b", "c", "a"], text=[ODD] * 3), LAYER)
    lines = [line for line in path.read_text("utf-8").split("\n") if '"Feature"' in line]
    assert [json.loads(line.rstrip(","))["properties"]["id"] for line in lines] == ["a", "b", "c"]
    assert "crs" not in written(path)
    assert written(path)["features"][0]["geometry"] is None


def test_seven_decimals_two_dimensions_and_the_right_hand_rule(tmp_path) -> None:
    clockwise = [(125.4, 43.8, 5), (125.4, 43.9, 5), (125.5, 43.9, 5), (125.4, 43.8, 5)]
    hole = [(125.41, 43.86), (125.43, 43.88123456789), (125.42, 43.88), (125.41, 43.86)]
    path = tmp_path / "a.geojson"
    drawn = Polygon(clockwise, [[(*p, 5) for p in hole]])
    write_features(path, frame([drawn]), LAYER)
    shell, inner = written(path)["features"][0]["geometry"]["coordinates"]
    assert signed_area(shell) > 0 > signed_area(inner)
    assert all(len(point) == 2 for point in shell + inner)
    assert [125.43, 43.8812346] in inner


def signed_area(ring: list) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is no JSON"),
        (b'{"type":"Feature"}', "is no GeoJSON FeatureCollection"),
        (b'{"type":"FeatureCollection"}', "has no list of features"),
        (b'{"type":"FeatureCollection","features":[{}]}', "feature 1 has no properties"),
        (b'{"type":"FeatureCollection","features":[],"as_of":"soon"}', "as_of is 'soon'"),
        (b"\xff\xfe", "is no JSON"),
    ],
)
def test_a_broken_file_is_named(content, message, tmp_path) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=f"a.geojson: {message}"):
        read_features(path, LAYER)


def test_a_byte_order_mark_is_passed_over_and_not_written_again(tmp_path) -> None:
    path = tmp_path / "a.geojson"
    write_features(path, frame([LINE]), LAYER)
    plain = path.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + plain)
    stored = read_features(path, LAYER)
    assert stored.features.geometry.tolist() == [LINE]
    write_features(path, stored.features, LAYER)
    assert path.read_bytes() == plain


UNBUILDABLE = [
    ("{}", "key 'type' not found"),
    (f'{{"type":"Point","coordinates":{"[" * 1000}{"]" * 1000}}}', "it nests too deeply"),
    ('"here"', "it is no object"),
    ('{"type":"Blob","coordinates":[]}', "Unknown geometry type!"),
    ('{"type":"Feature","geometry":null}', "it is a Feature"),
    ('{"type":"LineString","coordinates":[[125,43]]}', "point array must contain 0 or >1 elements"),
    ('{"type":"LineString","coordinates":[[125,43],["a","b"]]}', "must be number, but is string"),
    ('{"type":"Point","coordinates":[125]}', "Expected two or three coordinates found one"),
    (
        '{"type":"Polygon","coordinates":[[[125,43],[126,43],[126,44],[125,44]]]}',
        "Points of LinearRing do not form a closed linestring",
    ),
]


@pytest.mark.parametrize(("geometry", "reason"), UNBUILDABLE)
def test_a_geometry_that_cannot_be_built_is_told_and_costs_no_other(
    geometry, reason, tmp_path
) -> None:
    path = tmp_path / "a.geojson"
    members = ("null", geometry, json.dumps(LINE.__geo_interface__))
    features = [f'{{"properties":{{"id":"k"}},"geometry":{member}}}' for member in members]
    path.write_text(f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}', "utf-8")
    stored = read_features(path, LAYER)
    assert stored.features.geometry.tolist() == [None, None, LINE]
    assert list(stored.unreadable) == [1]
    assert stored.unreadable[1].endswith(reason)


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(StorageError, match=r"no.geojson: cannot be read: No such file"):
        read_features(tmp_path / "no.geojson", LAYER)


def test_a_second_writer_is_told_to_wait(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("erdao_geo.storage.atomic.LOCK_TIMEOUT", 0.1)
    refused = pytest.raises(StorageError, match="another erdao-geo is writing")
    with locked(tmp_path), refused, locked(tmp_path):
        pass


def test_a_column_keeps_its_type_where_values_are_missing(tmp_path) -> None:
    path = tmp_path / "a.geojson"
    whole = pd.array([1, None], dtype="Int64")
    write_features(path, frame([LINE, LINE], whole=whole, flag=[True, None]), LAYER)
    features = read_features(path, LAYER).features
    assert str(features.whole.dtype) == "Int64"
    assert str(features.flag.dtype) == "boolean"
    assert features.crs == geojson.CRS
