from __future__ import annotations

import csv
import json
import os
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from click.testing import CliRunner, Result
from shapely import LineString

from erdao_geo import Workspace
from erdao_geo.cli import cli
from small import make_workspace, write_lines

NAMES = {"d1": "福安街", "d2": "阜丰路"}
METRES = np.array([80_400, 111_100])  # of a degree here


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "workspace")


def run(workspace: Workspace, *arguments: object) -> Result:
    words = ["--workspace", str(workspace.root), *map(str, arguments)]
    return CliRunner().invoke(cli, words)


def report(workspace: Workspace, *arguments: object) -> dict[str, object]:
    return json.loads(run(workspace, "import", "lines", *arguments, "--json").stdout)


def stored(workspace: Workspace) -> dict[str, dict[str, object]]:
    text = (workspace.root / "data" / "lines.geojson").read_text("utf-8")
    return {f["properties"]["id"]: f for f in json.loads(text)["features"]}


def frame_of(names: dict[str, str], crs: int = 4490) -> gpd.GeoDataFrame:
    starts = [(125.42 + number / 1000, 43.87) for number in range(len(names))]
    lines = [LineString([(x, y), (x + 0.003, y + 0.002)]) for x, y in starts]
    columns = {"id": list(names), "name": list(names.values())}
    return gpd.GeoDataFrame(columns, geometry=lines, crs=4490).to_crs(crs)


def test_the_json_has_the_names_that_other_programs_rely_on(workspace, tmp_path) -> None:
    said = report(workspace, write_lines(tmp_path / "a.shp", NAMES | {"": "无"}))
    assert set(said) >= {
        *("layer", "added", "updated", "unchanged", "removed", "rejected"),
        *("revision", "dry_run"),
    }
    assert set(said["rejected"][0]) >= {"feature", "rule", "message"}
    assert (said["read"], said["added"], len(said["rejected"])) == (3, 2, 1)


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX alone")
def test_a_file_whose_name_is_in_gbk_is_read_and_named(workspace, tmp_path) -> None:
    path = Path(os.fsdecode(bytes(tmp_path) + b"/" + "道路".encode("gbk") + b".shp"))
    write_lines(path, NAMES | {"": "无"})
    inspected = json.loads(run(workspace, "inspect", path, "--json").stdout)
    said = report(workspace, path)
    assert [Path(each["source"]).name for each in (inspected, said)] == ["道路.shp"] * 2
    assert (inspected["layer"], said["added"], len(said["rejected"])) == ("道路", 2, 1)
    rejects = json.loads((workspace.root / "rejects.geojson").read_text("utf-8"))
    entry = Workspace(workspace.root).log("lines")[-1].entry
    assert (rejects["source"], entry.source.name) == ("道路.shp", "道路.shp")
    assert "道路.shp" in entry.command


def test_an_import_into_another_layer_leaves_what_was_rejected(workspace, tmp_path) -> None:
    run(workspace, "import", "lines", write_lines(tmp_path / "a.shp", NAMES | {"": "无"}))
    rejects = workspace.root / "rejects.geojson"
    before = rejects.read_bytes()
    frame = frame_of(NAMES)
    frame.set_geometry(frame.envelope).to_file(tmp_path / "b.geojson")
    assert run(workspace, "import", "areas", tmp_path / "b.geojson").exit_code == 0
    assert rejects.read_bytes() == before
    run(workspace, "import", "lines", write_lines(tmp_path / "a.shp", NAMES))
    assert not rejects.exists()


def test_a_value_that_is_no_text_is_a_mistake_of_usage(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", NAMES)
    found = run(workspace, "import", "lines", path, "--set", "name=\udcff")
    assert (found.exit_code, "is not in UTF-8" in found.stderr) == (2, True)


def test_a_dry_run_tells_all_and_writes_nothing(workspace, tmp_path) -> None:
    run(workspace, "import", "lines", write_lines(tmp_path / "a.shp", NAMES))
    before = {p: p.read_bytes() for p in workspace.root.rglob("*") if p.is_file()}
    path = write_lines(tmp_path / "b.shp", {"d1": "福安大街", "d3": "公平路", "": "无"})
    result = run(workspace, "import", "lines", path, "--mode", "replace", "--dry-run")
    assert result.stdout.splitlines()[:4] == [
        "lines (dry run): read 3, added 1, updated 1, unchanged 0, removed 1, rejected 1",
        "updated d1: name: '福安街' -> '福安大街'",
        "added d3",
        "removed d2",
    ]
    assert {p: p.read_bytes() for p in workspace.root.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    ("mode", "kept"),
    [
        ("add", {"d1": "福安街", "d2": "阜丰路", "d3": "公平路"}),
        ("update", {"d1": "福安大街", "d2": "阜丰路", "d3": "公平路"}),
        ("replace", {"d1": "福安大街", "d3": "公平路"}),
    ],
)
def test_a_mode_says_what_becomes_of_known_keys(mode, kept, workspace, tmp_path) -> None:
    run(workspace, "import", "lines", write_lines(tmp_path / "a.shp", NAMES))
    path = write_lines(tmp_path / "b.shp", {"d1": "福安大街", "d3": "公平路"})
    assert run(workspace, "import", "lines", path, "--mode", mode).exit_code == 0
    assert {key: f["properties"]["name"] for key, f in stored(workspace).items()} == kept


@pytest.mark.parametrize("names", [{}, {"": "无"}])
def test_a_file_of_which_nothing_is_taken_replaces_nothing(names, workspace, tmp_path) -> None:
    run(workspace, "import", "lines", write_lines(tmp_path / "a.shp", NAMES))
    said = report(workspace, write_lines(tmp_path / "b.shp", names), "--mode", "replace")
    assert (said["removed"], said["revision"], len(said["rejected"])) == (0, None, len(names))
    assert list(stored(workspace)) == list(NAMES)
    assert any("nothing was removed" in note for note in said["notes"])


def test_the_import_exits_1_where_a_record_is_rejected(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", NAMES | {"": "无"})
    result = run(workspace, "import", "lines", path)
    assert result.exit_code == 1
    assert "rejects.geojson" in result.stderr
    assert list(stored(workspace)) == ["d1", "d2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lines", "nothing.shp"], "nothing.shp: there is no such file"),
        (["nowhere", "a.shp"], "has no layer 'nowhere'; there are: "),
        (["lines", "a.shp", "--crs", "EPSG:1"], "'EPSG:1' is no CRS that PROJ knows"),
        (["lines", "a.shp", "--encoding", "GBX"], "'GBX'"),
        (["lines", "a.shp", "--field", "无=name"], "names no field of the file; it has: ID, 名称"),
        (["lines", "a.shp", "--field", "ID=none"], "has no field 'none'; it has: id, name"),
        (["lines", "a.shp", "--set", "none=1"], "has no field 'none'; it has: id, name"),
        (
            ["lines", "a.shp", "--code", "none:a=b"],
            "--code names 'none', which is no field of lines",
        ),
        (["lines", "a.shp", "--part", "b"], "has no layer 'b'; there are: a"),
        (["lines", "a.shp", "--control-points", "points.csv"], "does not hold x, y, lon, lat"),
    ],
)
def test_what_cannot_run_is_told_in_one_line(
    arguments, said, workspace, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "a.shp", NAMES)
    (tmp_path / "points.csv").write_text("x,y\n1,2\n", "utf-8")
    result = run(workspace, "import", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    assert said in result.stderr
    assert stored(workspace) == {}


def test_an_answer_that_is_needed_is_asked_for_in_one_line(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "bare.shp", NAMES, crs=None)
    result = run(workspace, "import", "lines", path)
    assert (result.exit_code, result.stdout, stored(workspace)) == (1, "", {})
    assert "name its CRS with --crs EPSG:4490 (" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [["--mode", "all"], ["--key", "name"], ["--code", "收尾"], ["--datum-shift", "1,2"]]
    + [["--datum-shift", f"{word},0,0"] for word in ("nan", "inf", "1e999")],
)
def test_a_slip_in_an_option_is_a_usage_error(arguments, workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", NAMES)
    result = run(workspace, "import", "lines", path, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr and stored(workspace) == {}


def test_rejected_records_can_be_mended_and_imported_again(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", {"d1": "福安街", "": "阜丰路"})
    run(workspace, "import", "lines", path)
    rejects = workspace.root / "rejects.geojson"
    mended = json.loads(rejects.read_text("utf-8"))
    [record] = mended["features"]
    assert (record["properties"]["名称"], record["properties"]["_rule"]) == (
        "阜丰路",
        "key-missing",
    )
    record["properties"]["ID"] = "d2"
    (tmp_path / "mended.geojson").write_text(json.dumps(mended, ensure_ascii=False), "utf-8")
    result = run(workspace, "import", "lines", tmp_path / "mended.geojson")
    assert result.exit_code == 0
    assert stored(workspace)["d2"]["properties"]["name"] == "阜丰路"
    assert not rejects.exists()


def test_a_rejected_record_keeps_its_own_geometry(workspace, tmp_path) -> None:
    run(workspace, "import", "lines", write_lines(tmp_path / "a.shp", NAMES))
    with (tmp_path / "点.csv").open("w", encoding="gbk", newline="") as file:
        csv.writer(file).writerows([("编号", "经度", "纬度"), ("d1", 125.5, 43.86)])
    run(workspace, "import", "lines", tmp_path / "点.csv", "--crs", "EPSG:4490")
    [record] = json.loads((workspace.root / "rejects.geojson").read_text("utf-8"))["features"]
    assert record["geometry"] == {"type": "Point", "coordinates": [125.5, 43.86]}


def test_undo_restores_the_layer_byte_for_byte(workspace, tmp_path) -> None:
    data = workspace.root / "data" / "lines.geojson"
    before = data.read_bytes()
    run(workspace, "import", "lines", write_lines(tmp_path / "a.shp", NAMES))
    assert data.read_bytes() != before
    assert run(workspace, "undo", "lines").exit_code == 0
    assert data.read_bytes() == before
    assert run(workspace, "history", "verify").exit_code == 0


def test_the_log_says_what_was_imported(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "道路.shp", NAMES)
    run(workspace, "import", "lines", path)
    revision, _ = json.loads(run(workspace, "log", "lines", "--json").stdout)["revisions"]
    assert (revision["kind"], revision["source"]["name"]) == ("import", "道路.shp")
    assert revision["counts"]["added"] == 2
    assert "import lines" in revision["command"]


def test_a_declared_length_stays_beside_the_measured(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", NAMES, 总长="18.8")
    run(workspace, "import", "lines", path, "--field", "总长=declared_length_km")
    assert [f["properties"]["declared_length_km"] for f in stored(workspace).values()] == [18.8] * 2


def test_a_word_means_what_code_says(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", NAMES, 状态="收尾")
    run(workspace, "import", "lines", path, "--code", "status:收尾=completed")
    assert {f["properties"]["status"] for f in stored(workspace).values()} == {"completed"}


def test_keys_by_geometry_are_the_same_again(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", NAMES)
    path.with_suffix(".dbf").unlink()
    assert report(workspace, path, "--key", "geometry")["added"] == 2
    assert report(workspace, path, "--key", "geometry")["unchanged"] == 2


def at(workspace: Workspace, key: str) -> np.ndarray:
    return np.array(stored(workspace)[key]["geometry"]["coordinates"][0])


def beijing(path: Path, move: tuple[float, float]) -> Path:
    """Write lines whose Beijing 1954 coordinates lie some metres west and south of the truth."""
    frame = frame_of(NAMES)
    east, north = np.array(move) / METRES
    own = frame.geometry.translate(-east, -north)
    frame.set_geometry(own.set_crs(4214, allow_override=True).to_crs(2418)).to_file(path)
    return path


def test_beijing_1954_is_marked_approximate(workspace, tmp_path) -> None:
    path = beijing(tmp_path / "a.shp", (76, 38))
    said = report(workspace, path, "--set", "evidence=surveyed")
    assert {f["properties"]["evidence"] for f in stored(workspace).values()} == {"approximate"}
    assert any("off by some 100 m" in note for note in said["notes"])


def test_a_control_point_that_is_nowhere_is_refused_by_its_line(workspace, tmp_path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("x,y,lon,lat\n1,2,125.4,43.9\n1,nan,125.4,43.9\n", "utf-8")
    path = write_lines(tmp_path / "a.shp", NAMES)
    result = run(workspace, "import", "lines", path, "--crs=EPSG:4555", "--control-points", points)
    assert result.exit_code == 2
    assert "points.csv: line 3 does not hold x, y, lon, lat as numbers" in result.stderr


def test_control_points_mend_a_datum(workspace, tmp_path) -> None:
    path = beijing(tmp_path / "a.shp", (76, 38))
    there = pyproj.Transformer.from_crs(4214, 2418, always_xy=True)
    with (tmp_path / "points.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("x", "y", "lon", "lat"))
        for truth in ((125.40, 43.85), (125.45, 43.85), (125.42, 43.90)):
            table.writerow(
                (*there.transform(*(np.array(truth) - np.array((76, 38)) / METRES)), *truth)
            )
    said = report(
        workspace, path, "--control-points", tmp_path / "points.csv", "--set", "evidence=surveyed"
    )
    assert np.abs((at(workspace, "d1") - (125.42, 43.87)) * METRES).max() < 0.5
    assert {f["properties"]["evidence"] for f in stored(workspace).values()} == {"surveyed"}
    assert not any("approximate" in note for note in said["notes"])


def test_a_datum_shift_moves_by_what_it_says(workspace, tmp_path) -> None:
    path = beijing(tmp_path / "a.shp", (0, 0))
    shift = "15.8,-154.4,-82.3"
    said = report(workspace, path, f"--datum-shift={shift}", "--set", "evidence=surveyed")
    pipeline = (
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart "
        "+ellps=krass +step +proj=helmert +x=15.8 +y=-154.4 +z=-82.3 +step +inv +proj=cart "
        "+ellps=GRS80 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    wanted = pyproj.Transformer.from_pipeline(pipeline).transform(125.42, 43.87)
    assert at(workspace, "d1") == pytest.approx(wanted, abs=1e-6)
    assert not any("approximate" in note for note in said["notes"])


@pytest.mark.parametrize(("word", "metres"), [("GCJ-02", (475, 610)), ("BD-09", (1300, 1450))])
def test_what_was_drawn_over_a_web_map_is_put_back(word, metres, workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", NAMES, crs=None)
    run(workspace, "import", "lines", path, "--crs", word)
    moved = np.hypot(*((at(workspace, "d1") - (125.42, 43.87)) * METRES))
    assert metres[0] < moved < metres[1]


@pytest.mark.parametrize(
    "name",
    ["a.geojson", "a.gpkg", "a.fgb", "a.gml", "a.kml", "a.mif", "a.tab", "a.parquet", "a.geojsonl"],
)
def test_each_format_gives_the_same_layer(name, workspace, tmp_path) -> None:
    frame = frame_of(NAMES, 4326)
    path = tmp_path / name
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".kml":
        frame = frame.rename(columns={"id": "编号", "name": "名称"})  # KML has an id and a name
        frame.to_file(path, driver="KML", engine="pyogrio")
    elif path.suffix in (".mif", ".tab"):
        frame.to_file(path, driver="MapInfo File", engine="pyogrio", encoding="GBK")
    else:
        frame.to_file(path, engine="pyogrio")
    key = ["--field", "编号=id"] if path.suffix == ".kml" else []
    said = report(workspace, path, *key)
    assert (said["read"], said["added"], said["rejected"]) == (2, 2, [])
    assert {key: f["properties"]["name"] for key, f in stored(workspace).items()} == NAMES
    assert at(workspace, "d1") == pytest.approx((125.42, 43.87), abs=2e-7)


def test_a_required_field_that_the_file_lacks_is_told_with_its_way_out(workspace, tmp_path) -> None:
    definition = workspace.root / "layers" / "lines.toml"
    text = definition.read_text("utf-8").replace('"名称"', '"名称"\nconstraints.required = true')
    definition.write_text(text, "utf-8")
    frame_of(NAMES)[["id", "geometry"]].to_file(tmp_path / "a.gpkg")
    [rejected, _] = report(workspace, tmp_path / "a.gpkg")["rejected"]
    said = "name is empty; give it with --field SOURCE=name or --set name=VALUE"
    assert (rejected["rule"], rejected["message"]) == ("required", said)


def test_a_field_that_the_file_has_and_is_empty_once_gets_no_hint(workspace, tmp_path) -> None:
    definition = workspace.root / "layers" / "lines.toml"
    text = definition.read_text("utf-8").replace('"名称"', '"名称"\nconstraints.required = true')
    definition.write_text(text, "utf-8")
    path = write_lines(tmp_path / "a.shp", {"d1": "福安街", "d2": ""})
    [rejected] = report(workspace, path)["rejected"]
    assert (rejected["rule"], rejected["message"]) == ("required", "name is empty")


def test_two_fields_that_may_be_the_key_are_asked_about(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", NAMES, 编号="D1")
    result = run(workspace, "import", "lines", path)
    assert (result.exit_code, stored(workspace)) == (1, {})
    assert "both 'ID' and '编号' would fill id; choose with --field" in result.stderr
    assert run(workspace, "import", "lines", path, "--field", "ID=id").exit_code == 0
    assert list(stored(workspace)) == list(NAMES)


def test_an_empty_field_takes_no_other_ones_place(workspace, tmp_path) -> None:
    frame = frame_of(NAMES).rename(columns={"name": "名称"}).assign(name=None)
    frame.to_file(tmp_path / "a.gpkg")
    run(workspace, "import", "lines", tmp_path / "a.gpkg")
    assert {key: f["properties"]["name"] for key, f in stored(workspace).items()} == NAMES


def test_a_zip_with_gbk_names_is_read(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "道路.shp", NAMES)
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for part in sorted(tmp_path.glob("道路.*")):
            file.write(part, f"XXXX{part.suffix}")
    archive.write_bytes(archive.read_bytes().replace(b"XXXX", "道路".encode("gbk")))
    assert report(workspace, archive)["added"] == 2
    assert path.exists()


def test_undo_says_whether_the_saved_answers_went_with_the_import(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", NAMES)
    run(workspace, "import", "lines", path, "--set", "evidence=surveyed", "--save-profile")
    assert "wrote" in run(workspace, "log", "lines").stdout
    dry = run(workspace, "undo", "--dry-run")
    assert "would undo revision 2 (import, with layers/lines.toml)" in dry.stdout
    done = run(workspace, "undo")
    assert done.stdout == ("lines: undid revision 2, with layers/lines.toml; this is revision 3\n")
    run(workspace, "undo", "--revision", "3")
    definition = workspace.root / "layers" / "lines.toml"
    definition.write_text(definition.read_text("utf-8") + "# by hand\n", "utf-8")
    kept = run(workspace, "undo")
    assert kept.stdout == "lines: undid revision 2; this is revision 6\n"
    assert "layers/lines.toml was edited since, and is kept as it is" in kept.stderr
