"""Values of a GeoJSON are those that it writes, whatever GDAL makes of a column."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erdao_geo.importing.foreign import Source
from erdao_geo.importing.reading import read_sources

POINT = '{"type":"Point","coordinates":[125.4,43.9]}'


def _read(path: Path, values: list[str], geometry: str = POINT) -> Source:
    """Read features whose field `v` has these literals; the last one has the geometry."""
    places = [POINT] * (len(values) - 1) + [geometry]
    features = [
        f'{{"type":"Feature","properties":{{"n":{n},"v":{value}}},"geometry":{place}}}'
        for n, (value, place) in enumerate(zip(values, places, strict=True))
    ]
    if path.suffix == ".geojsonl":
        path.write_text("\n".join(features) + "\n", encoding="utf-8")
    else:
        text = f'{{"name":"l","type":"FeatureCollection","features":[{",".join(features)}]}}'
        path.write_text(text, encoding="utf-8")
    [source] = read_sources(path)
    return source


each_form = pytest.mark.parametrize("name", ["a.geojson", "a.geojsonl"])


@each_form
@pytest.mark.parametrize(
    "values",
    [
        ["1.1", '"x"', "0.1", "-0.0", "1e5"],
        ["true", "1", "2"],
        ["true", "1.5", "false"],
        ["9007199254740993", "1.5", "null"],
        ["1e400", "1", "2"],
        ["12345678901234567890", "1"],
        ['"1"', "1", "1.5"],
    ],
    ids=" ".join,
)
def test_a_mixed_column_is_text_as_it_is_written(
    name: str, values: list[str], tmp_path: Path
) -> None:
    source = _read(tmp_path / name, values)
    wanted = [None if value == "null" else value.strip('"') for value in values]
    assert source.table["v"].to_pylist() == wanted


@each_form
@pytest.mark.parametrize(
    "values",
    [["{}", '{"k":1.1,"m":[true,9007199254740993]}'], ["[1,2]", '["a"]'], ["[true]", "[2]"]],
)
def test_lists_and_objects_keep_every_value(name: str, values: list[str], tmp_path: Path) -> None:
    source = _read(tmp_path / name, values)
    found = [json.loads(text) for text in source.table["v"].to_pylist()]
    assert repr(found) == repr([json.loads(value) for value in values])


@each_form
@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["9007199254740993", "1"], [9007199254740993, 1]),
        (["1.0", "1", "-0.0"], [1.0, 1.0, 0.0]),
        (["true", "false"], [True, False]),
        (["0.1", "2.5"], [0.1, 2.5]),
        (['"1.1000000000000001"', '"x"'], ["1.1000000000000001", "x"]),
    ],
)
def test_a_column_of_one_kind_keeps_it(
    name: str, values: list[str], wanted: list[object], tmp_path: Path
) -> None:
    source = _read(tmp_path / name, values)
    assert source.table["v"].to_pylist() == wanted
    assert "field-mixed" not in {finding.rule for finding in source.findings}


def test_a_mixed_column_is_a_finding(tmp_path: Path) -> None:
    source = _read(tmp_path / "a.geojson", ["1.1", '"x"'])
    [finding] = [f for f in source.findings if f.rule == "field-mixed"]
    assert "'v'" in finding.message


@pytest.mark.parametrize(
    "geometry",
    [
        '{"type":"Point","coordinates":["a",43.9]}',
        '{"type":"Point","coordinates":[1e400,43.9]}',
        '{"type":"Circle","coordinates":[125.4,43.9]}',
    ],
)
def test_a_geometry_that_gdal_takes_for_none_is_rejected(geometry: str, tmp_path: Path) -> None:
    source = _read(tmp_path / "a.geojson", ["1", "2"], geometry)
    assert source.geometry.null_count == 1
    assert [(f.record, f.rule) for f in source.rejected] == [(1, "geometry-unreadable")]


@pytest.mark.parametrize("geometry", ["null", '{"type":"Point","coordinates":[]}'])
def test_a_geometry_that_is_none_is_no_fault(geometry: str, tmp_path: Path) -> None:
    assert _read(tmp_path / "a.geojson", ["1", "2"], geometry).rejected == ()


def test_a_text_that_looks_like_a_broken_number_stays_as_it_is(tmp_path: Path) -> None:
    source = _read(tmp_path / "a.geojson", ['"型号 1e5.0 , 甲"', '"[1e5.0]"'])
    assert source.table["v"].to_pylist() == ["型号 1e5.0 , 甲", "[1e5.0]"]
    assert "number-mended" not in {finding.rule for finding in source.findings}


@pytest.mark.parametrize("value", [r'"x\ud800y"', r'{"k\ud800":[1,"\udc00"]}'])
def test_half_a_character_beside_numbers_is_destroyed_and_said(value: str, tmp_path: Path) -> None:
    source = _read(tmp_path / "a.geojson", ["1.1", value])
    assert source.table["v"][0].as_py() == "1.1"
    assert "\ufffd" in source.table["v"][1].as_py()
    assert "text-destroyed" in {finding.rule for finding in source.findings}


@pytest.mark.parametrize(
    ("value", "count"), [(r'"x\ud800y"', 1), (r'"\ud83d\ude00"', 0), (r'"\\ud800"', 0)]
)
def test_half_a_character_is_named_in_plain_text_and_a_whole_one_is_not(
    value: str, count: int, tmp_path: Path
) -> None:
    source = _read(tmp_path / "a.geojson", [value, '"b"'])
    assert [finding.rule for finding in source.findings].count("text-destroyed") == count
