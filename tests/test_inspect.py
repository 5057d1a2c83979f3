from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
from click.testing import CliRunner, Result
from shapely import LineString, Point

from erdao_geo import Workspace
from erdao_geo.cli import cli
from small import make_workspace, write_lines

NAMES = {"d1": "福安街", "d2": "阜丰路"}
LINES = [
    LineString([(125.42, 43.87), (125.43, 43.88)]),
    LineString([(125.43, 43.87), (125.44, 43.88)]),
]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "workspace")


@pytest.fixture
def plane(tmp_path: Path) -> Path:
    """A GBK shapefile in EPSG:4530 that says neither its CRS nor its encoding."""
    path = tmp_path / "道路.shp"
    frame = gpd.GeoDataFrame({"id": list(NAMES), "名称": NAMES.values()}, geometry=LINES, crs=4490)
    frame.to_crs(4530).to_file(path, encoding="GBK")
    for suffix in (".prj", ".cpg"):
        path.with_suffix(suffix).unlink()
    return path


def inspect(workspace: Workspace, *arguments: object, width: int = 80) -> Result:
    words = ["--workspace", str(workspace.root), "inspect", *map(str, arguments)]
    return CliRunner(env={"COLUMNS": str(width)}).invoke(cli, words)


def inspected(workspace: Workspace, *arguments: object) -> dict[str, object]:
    return json.loads(inspect(workspace, *arguments, "--json").stdout)


def test_the_json_has_the_names_that_other_programs_rely_on(workspace, plane) -> None:
    report = inspected(workspace, plane)
    assert set(report) >= {
        *("source", "driver", "layer", "features", "geometry", "encoding", "crs", "fields"),
        *("problems", "decision"),
    }
    assert set(report["encoding"]) >= {"value", "verdict", "evidence"}
    assert set(report["crs"]) >= {"value", "verdict", "candidates", "evidence"}
    assert set(report["crs"]["candidates"][0]) >= {"crs", "title", "verdict", "reason"}


def test_the_json_says_what_is_there(workspace, plane) -> None:
    report = inspected(workspace, plane)
    assert (report["driver"], report["layer"]) == ("ESRI Shapefile", "道路")
    assert (report["features"], report["geometry"]) == (2, {"LineString": 2})
    assert [field["name"] for field in report["fields"]] == ["id", "名称"]
    assert report["fields"][1]["samples"] == list(NAMES.values())


def test_a_problem_names_its_rule_and_feature(workspace, tmp_path) -> None:
    lines = [LINES[0], LineString([(125.42, 43.87), (125.42, 43.87)])]
    path = tmp_path / "a.geojson"
    gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=lines, crs=4326).to_file(path)
    problems = inspected(workspace, path)["problems"]
    assert ("zero-length", "#2") in [(p["rule"], p["feature"]) for p in problems]
    assert set(problems[0]) == {"rule", "feature", "message"}


def test_ask_names_the_options_that_answer(workspace, plane) -> None:
    report = inspected(workspace, plane)
    assert report["decision"] == "ask"
    assert report["asks"] == ["--crs EPSG:4530", "--crs EPSG:2366", "--crs EPSG:2418"]
    assert inspected(workspace, plane, *report["asks"][0].split())["decision"] == "ready"


def test_exit_codes_tell_ready_from_ask_refused_and_missing(workspace, plane, tmp_path) -> None:
    ready = write_lines(tmp_path / "ready.shp", NAMES)
    refused = tmp_path / "a.vrt"
    refused.write_text("<OGRVRTDataSource/>", "utf-8")
    paths = [ready, plane, refused, tmp_path / "nothing.shp"]
    assert [inspect(workspace, path).exit_code for path in paths] == [0, 1, 1, 2]


def test_a_refusal_lists_the_formats_in_one_line(workspace, tmp_path) -> None:
    path = tmp_path / "a.dwg"
    path.write_bytes(b"AC1027")
    report = inspected(workspace, path)
    [problem] = report["problems"]
    assert (report["decision"], problem["rule"]) == ("refuse", "refused")
    assert str(path) in problem["message"] and "GeoPackage (.gpkg)" in problem["message"]
    assert "\n" not in problem["message"]


@pytest.mark.parametrize("width", [80, 120])
def test_the_page_fits_the_terminal(width, workspace, plane) -> None:
    lines = inspect(workspace, plane, width=width).stdout.splitlines()
    wide = [sum(2 if char >= "\u2e80" else 1 for char in line.rstrip()) for line in lines[1:]]
    assert max(wide) <= width


def test_each_reason_has_a_line_of_its_own(workspace, plane) -> None:
    report = inspected(workspace, plane)
    page = inspect(workspace, plane, width=400).stdout
    marked = [line.strip() for line in page.splitlines() if " - " in f" {line.strip()}"]
    reasons = [*report["encoding"]["evidence"], *report["crs"]["evidence"]]
    for reason in reasons:
        assert f"- {re.sub(r': choose with .*', '', reason)}" in marked


def test_the_page_ends_in_the_decision(workspace, plane) -> None:
    page = inspect(workspace, plane, width=120).stdout
    assert page.splitlines()[-1].startswith("Decision: ask; answer with --crs EPSG:4530 or")


def test_a_named_crs_is_held_against_the_district(workspace, plane) -> None:
    inside = inspected(workspace, plane, "--crs", "EPSG:4530")["crs"]
    outside = inspected(workspace, plane, "--crs", "EPSG:4529")
    assert "4 of 4 vertices in the district's box" in " ".join(inside["evidence"])
    [problem] = [p for p in outside["problems"] if p["rule"] == "outside-district"]
    assert problem["message"].endswith("puts them inside: name --crs EPSG:4530")


def test_an_import_says_which_crs_would_put_the_features_inside(workspace, plane) -> None:
    options = {"crs": "EPSG:4529", "encoding": "GBK", "constants": {"evidence": "surveyed"}}
    outcome = workspace.import_file("lines", plane, **options)
    assert len(outcome.rejected) == outcome.read == 2
    [note] = [note for note in outcome.notes if "puts all features outside" in note]
    assert "CGCS2000" in note
    assert note.endswith("name --crs EPSG:4530")


def test_an_encoding_named_against_the_bytes_is_asked_about(workspace, plane) -> None:
    report = inspected(workspace, plane, "--encoding", "UTF-8")
    assert (report["decision"], report["encoding"]["verdict"]) == ("ask", "unknown")
    assert "--encoding gb18030" in report["asks"]


def test_an_encoding_named_against_the_sense_is_a_problem_with_both_samples(
    workspace, plane
) -> None:
    report = inspected(workspace, plane, "--encoding", "cp1252", "--crs", "EPSG:4530")
    assert report["decision"] == "ready"
    [problem] = [p for p in report["problems"] if p["rule"] == "encoding-doubtful"]
    assert "名称".encode("gbk").decode("cp1252") in problem["message"]
    assert "名称" in problem["message"]


def test_a_named_encoding_is_taken(workspace, plane) -> None:
    report = inspected(workspace, plane, "--encoding", "GBK")
    assert report["fields"][1]["samples"] == list(NAMES.values())


def test_outside_a_workspace_the_district_is_left_out(plane, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["inspect", str(plane), "--json"])
    crs = json.loads(result.stdout)["crs"]
    assert (result.exit_code, crs["value"], crs["candidates"]) == (1, None, [])


def two_layers(path: Path) -> Path:
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=LINES[:1], crs=4490)
    frame.to_file(path, layer="线")
    frame.assign(geometry=[Point(125.42, 43.87)]).to_file(path, layer="点")
    return path


def test_several_layers_are_each_told(workspace, tmp_path) -> None:
    report = inspected(workspace, two_layers(tmp_path / "two.gpkg"))
    assert [layer["layer"] for layer in report["layers"]] == ["线", "点"]
    assert (report["layer"], report["features"]) == (None, 2)
    assert report["geometry"] == {"LineString": 1, "Point": 1}


def test_a_part_is_inspected_alone(workspace, tmp_path) -> None:
    report = inspected(workspace, two_layers(tmp_path / "two.gpkg"), "--part", "点")
    assert (report["layer"], report["geometry"]) == ("点", {"Point": 1})


def test_shapefiles_of_one_name_in_a_zip_are_told_apart(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "道路.shp", NAMES)
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        for folder in ("一期", "二期"):
            for part in sorted(tmp_path.glob("道路.*")):
                archive.write(part, f"{folder}/{part.name}")
    report = inspected(workspace, tmp_path / "two.zip")
    assert [layer["layer"] for layer in report["layers"]] == ["一期/道路", "二期/道路"]
    assert inspected(workspace, tmp_path / "two.zip", "--part", "二期/道路")["features"] == 2
    assert path.exists()


def test_what_says_the_crs_is_named_once(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", NAMES)
    said = inspected(workspace, path)["crs"]["evidence"][0]
    assert said.startswith("its .prj says EPSG:4490") and said.count("says") == 1


def test_the_map_shows_each_candidate(workspace, plane, tmp_path) -> None:
    page = tmp_path / "out.html"
    result = inspect(workspace, plane, "--map", page)
    text = page.read_text("utf-8")
    assert (result.exit_code, result.stderr) == (1, f"Wrote {page}\n")
    assert [f"--crs EPSG:{code}" in text for code in (4530, 2366, 2418)] == [True] * 3
    assert text.count("<svg") == 3


@pytest.mark.browser
def test_the_map_opens_without_a_network_or_a_complaint(workspace, plane, tmp_path, visit) -> None:
    page = tmp_path / "out.html"
    inspect(workspace, plane, "--map", page)
    visited = visit(page)
    assert (visited.requests, visited.complaints) == ([], [])
    drawn = visited.page.locator("article svg").first.bounding_box()
    assert drawn["width"] > 200 and drawn["height"] > 100


def test_the_map_overwrites_only_where_told(workspace, plane, tmp_path) -> None:
    page = tmp_path / "out.html"
    page.write_text("mine", "utf-8")
    result = inspect(workspace, plane, "--map", page)
    assert (result.exit_code, page.read_text("utf-8")) == (2, "mine")
    assert "--overwrite" in result.stderr
    assert inspect(workspace, plane, "--map", page, "--overwrite").exit_code == 1
    assert page.read_text("utf-8").startswith("<!")


def test_the_map_needs_one_layer(workspace, tmp_path) -> None:
    path = two_layers(tmp_path / "two.gpkg")
    result = inspect(workspace, path, "--map", tmp_path / "out.html")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("draw one with --part, e.g. --part 线; there are: 线, 点\n")
    assert not (tmp_path / "out.html").exists()


def test_the_map_needs_a_district(plane, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["inspect", str(plane), "--map", "out.html"])
    assert result.exit_code == 2
    assert "no district to draw it over; go to a workspace" in result.stderr


def test_inspecting_writes_nothing_into_the_workspace(workspace, plane) -> None:
    before = sorted(path for path in workspace.root.rglob("*"))
    beside = sorted(plane.parent.glob("道路.*"))
    inspect(workspace, plane)
    assert sorted(path for path in workspace.root.rglob("*")) == before
    assert sorted(plane.parent.glob("道路.*")) == beside


def test_a_file_of_which_each_record_would_be_rejected_is_refused_with_the_reason(
    workspace, tmp_path
) -> None:
    path = tmp_path / "a.geojson"
    same = LineString([(125.42, 43.87), (125.42, 43.87)])
    gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[same, same], crs=4326).to_file(path)
    report = inspected(workspace, path)
    assert report["decision"] == "refuse"
    assert report["problems"][0]["rule"] == "all-rejected"
    assert "zero-length" in {problem["rule"] for problem in report["problems"]}


def test_one_good_record_is_enough_to_be_ready(workspace, tmp_path) -> None:
    path = tmp_path / "a.geojson"
    same = LineString([(125.42, 43.87), (125.42, 43.87)])
    gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[same, LINES[0]], crs=4326).to_file(path)
    assert inspected(workspace, path)["decision"] == "ready"
