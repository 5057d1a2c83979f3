"""Foreign files, made here in code: what is read, what is asked, what is refused."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import random
import zipfile
from pathlib import Path

import fiona
import geopandas as gpd
import pytest
from shapely import LineString, Point

from erdao_geo import CRSError, ErdaoGeoError, SourceError, Workspace
from erdao_geo.history import SourceFile
from small import collection, write_workspace

PLAN = """[plan]
title = "t"
adcode = "1"
year = 2022
boundary = "boundary"
report = "r"
"""
BOUNDARY = """title = "b"
geometry = "Polygon"
key = "id"
[source]
by = "test"
date = 2022-01-01
[fields.id]
title = "id"
[fields.evidence]
"""
ROADS = """title = "roads"
geometry = "LineString"
key = "id"
[source]
by = "test"
date = 2022-01-01
[fields.id]
title = "编号"
[fields.name]
[fields.code]
title = "code"
type = "integer"
[fields.completed_on]
[fields.status]
[fields.evidence]
"""
BOX = [[125.3, 43.7], [125.9, 43.7], [125.9, 44.0], [125.3, 44.0], [125.3, 43.7]]
LINE = LineString([(125.4, 43.85), (125.41, 43.86)])


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    box = {
        "properties": {"id": "b", "evidence": "approximate"},
        "geometry": {"type": "Polygon", "coordinates": [BOX]},
    }
    layers = {"boundary": (BOUNDARY, collection([box])), "roads": (ROADS, collection([]))}
    return write_workspace(tmp_path / "workspace", plan=PLAN, layers=layers)


def source(path: Path, *, driver: str | None = None, crs="EPSG:4490", **columns) -> Path:
    """Write a file of roads at LINE, or at `geometry`, with an id unless one is given."""
    encoding = columns.pop("encoding", None)
    geometry = columns.pop("geometry", [LINE] * len(next(iter(columns.values()), [0])))
    columns = {"id": [f"r{number}" for number in range(len(geometry))], **columns}
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs="EPSG:4490").to_crs(crs)
    options = {"encoding": encoding} if encoding else {}
    frame.to_file(path, driver=driver, engine="fiona", **options)
    return path


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
@pytest.mark.parametrize("with_cpg", [True, False])
def test_chinese_names_survive_a_shapefile(encoding, with_cpg, workspace, tmp_path) -> None:
    names = ["吉林大路与自由大路", "福安街北段道路工程"]
    path = source(tmp_path / "道路.shp", name=names, encoding=encoding)
    if not with_cpg:
        path.with_suffix(".cpg").unlink()
    workspace.import_file("roads", path)
    assert workspace.features("roads").name.tolist() == names


def test_a_zip_with_a_sub_folder_is_read(workspace, tmp_path) -> None:
    path = source(tmp_path / "a.shp", name=["福安街"], encoding="GBK")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in tmp_path.glob("a.*"):
            if part.suffix != ".zip":
                archive.write(part, f"deep/{part.name}")
    assert workspace.import_file("roads", tmp_path / "a.zip").as_dict()["added"] == 1
    assert path.exists()


@pytest.mark.parametrize(
    ("name", "driver"), [("a.geojson", "GeoJSON"), ("a.gpkg", "GPKG"), ("!a.geojson", "GeoJSON")]
)
def test_other_formats_are_read(name, driver, workspace, tmp_path) -> None:
    crs = "EPSG:4326" if driver == "GeoJSON" else "EPSG:4551"
    path = source(tmp_path / name, driver=driver, crs=crs, name=["福安街"])
    workspace.import_file("roads", path)
    [line] = workspace.features("roads").geometry
    assert line.equals_exact(LINE, 1e-7)


def test_kml_is_read(workspace, tmp_path) -> None:
    path = tmp_path / "a.kml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        "<Document><Placemark><name>福安街</name><LineString><coordinates>"
        "125.4,43.85 125.41,43.86</coordinates></LineString></Placemark></Document></kml>",
        "utf-8",
    )
    workspace.import_file("roads", path, fields={"Name": ["id", "name"]})
    assert workspace.features("roads").name.tolist() == ["福安街"]


@pytest.mark.parametrize("crs", ["EPSG:4551", "EPSG:4530"])
def test_a_missing_prj_is_asked_for_and_the_answer_is_right(crs, workspace, tmp_path) -> None:
    path = source(tmp_path / "a.shp", crs=crs)
    path.with_suffix(".prj").unlink()
    with pytest.raises(CRSError, match=f"zone certain, datum assumed CGCS2000.*--crs {crs}"):
        workspace.import_file("roads", path)
    workspace.import_file("roads", path, crs=crs)
    assert workspace.features("roads").geometry[0].equals_exact(LINE, 1e-7)


@pytest.mark.parametrize("crs", ["EPSG:2439", "EPSG:2387"])
def test_beijing_1954_and_xian_1980_prove_nothing_and_say_so(crs, workspace, tmp_path) -> None:
    path = source(tmp_path / "a.shp", crs=crs)
    report = workspace.import_file("roads", path, constants={"evidence": "surveyed"})
    assert workspace.features("roads").evidence.tolist() == ["approximate"]
    assert any("--datum-shift or --control-points" in note for note in report.notes)


def test_metres_in_a_geojson_are_asked_about(workspace, tmp_path) -> None:
    path = tmp_path / "a.geojson"
    line = {"type": "LineString", "coordinates": [[452000, 4857000], [453000, 4857000]]}
    feature = {"type": "Feature", "properties": {"id": "r"}, "geometry": line}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    with pytest.raises(CRSError, match="--crs"):
        workspace.import_file("roads", path)


@pytest.mark.parametrize("name", ["a.geojson", "a.json", "a.gpkg", "a.kml", "a.shp"])
def test_a_vrt_by_another_name_reads_nothing(name, workspace, tmp_path) -> None:
    source(tmp_path / "secret.geojson", driver="GeoJSON")
    path = tmp_path / name
    path.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{tmp_path}/secret.geojson'
        "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        "utf-8",
    )
    with pytest.raises(SourceError, match=name):
        workspace.import_file("roads", path)


@pytest.mark.parametrize(
    "path", ["/vsicurl/http://127.0.0.1:9/a.geojson", "http://127.0.0.1:9/a.shp", "no.shp", "a.vrt"]
)
def test_only_a_file_that_is_there_is_opened(path, workspace) -> None:
    with pytest.raises(SourceError):
        workspace.import_file("roads", path)


@pytest.mark.parametrize("entry", ["../out.shp", "/out.shp"])
def test_a_zip_that_reaches_outside_is_refused(entry, workspace, tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(entry, b"x")
    with pytest.raises(SourceError):
        workspace.import_file("roads", tmp_path / "a.zip")
    assert not (tmp_path.parent / "out.shp").exists()


def test_a_zip_bomb_is_refused(workspace, tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", bytes(300_000_000))
    with pytest.raises(SourceError):
        workspace.import_file("roads", tmp_path / "a.zip")


def test_an_18_digit_code_beside_a_null_stays_that_code(workspace, tmp_path) -> None:
    schema = {"geometry": "LineString", "properties": {"id": "str", "code": "int:18"}}
    path = tmp_path / "a.shp"
    with fiona.open(path, "w", driver="ESRI Shapefile", crs="EPSG:4490", schema=schema) as out:
        for id_, code in (("a", 220105001001000123), ("b", None)):
            out.write({"geometry": LINE.__geo_interface__, "properties": {"id": id_, "code": code}})
    workspace.import_file("roads", path)
    stored = json.loads((workspace.root / "data" / "roads.geojson").read_text("utf-8"))
    codes = [feature["properties"]["code"] for feature in stored["features"]]
    assert codes == [220105001001000123, None]


def broken_cell(path: Path, old: bytes, new: bytes) -> None:
    table = path.with_suffix(".dbf")
    data = table.read_bytes()
    assert data.count(old) == 1
    table.write_bytes(data.replace(old, new))


def test_a_number_that_is_none_costs_its_record(workspace, tmp_path) -> None:
    path = source(tmp_path / "a.shp", code=[111, 222222])
    broken_cell(path, b"222222", b"1,2550")
    report = workspace.import_file("roads", path)
    [rejected] = report.rejected
    assert "'1,2550'" in rejected.message
    assert workspace.features("roads").code.tolist() == [111]


def test_asterisks_are_read_as_empty_and_said(workspace, tmp_path) -> None:
    path = source(tmp_path / "a.shp", code=[222222])
    table = path.with_suffix(".dbf")
    data = table.read_bytes()
    start = data.index(b"222222")
    blanks = len(data[:start]) - len(data[:start].rstrip(b" "))
    table.write_bytes(data[: start - blanks] + b"*" * (blanks + 6) + data[start + 6 :])
    report = workspace.import_file("roads", path)
    assert workspace.features("roads").code.isna().tolist() == [True]
    assert any("'code'" in note and "*" in note for note in report.notes)


def test_a_damaged_lzma_zip_is_one_line(workspace, tmp_path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for part in source(tmp_path / "in.shp").parent.glob("in.*"):
            archive.write(part, part.name)
    whole = path.read_bytes()
    chance = random.Random(7)
    for _ in range(60):
        place = chance.randrange(60, len(whole) // 2)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with contextlib.suppress(ErdaoGeoError):
            workspace.import_file("roads", path, dry_run=True)


def test_set_evidence_speaks_of_the_places_that_are_there(workspace, tmp_path) -> None:
    path = source(tmp_path / "a.geojson", driver="GeoJSON", crs="EPSG:4326", geometry=[LINE, None])
    workspace.import_file("roads", path, constants={"evidence": "实测"})
    assert workspace.features("roads").evidence.tolist() == ["surveyed", "none"]


def test_a_vertex_gone_astray_costs_its_record(workspace, tmp_path) -> None:
    lines = [LineString([(125.4, 43.85), (120.0, 42.0)]), LINE]
    path = source(tmp_path / "a.geojson", driver="GeoJSON", crs="EPSG:4326", geometry=lines)
    report = workspace.import_file("roads", path)
    assert "a vertex gone astray" in report.rejected[0].message
    assert workspace.features("roads").id.tolist() == ["r1"]


def test_dates_become_iso(workspace, tmp_path) -> None:
    path = source(
        tmp_path / "a.geojson",
        driver="GeoJSON",
        completed_on=["2022/3/5", "20220305", "2022-03-05"],
        status=["completed"] * 3,
        geometry=[LINE] * 3,
        crs="EPSG:4326",
    )
    workspace.import_file("roads", path)
    assert workspace.features("roads").completed_on.tolist() == ["2022-03-05"] * 3


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"id": ["a", "a"], "name": ["甲", "乙"]}, "stands 2 times"),
        ({"geometry": [Point(125.4, 43.8)]}, "is a Point; the layer holds LineString"),
        ({"geometry": [LineString([(12.5, 43.8), (12.6, 43.9)])]}, "outside the district"),
        ({"status": ["finished"]}, "status is 'finished'; allowed"),
    ],
)
def test_a_faulty_record_is_rejected_and_listed(columns, message, workspace, tmp_path) -> None:
    path = source(tmp_path / "a.geojson", driver="GeoJSON", crs="EPSG:4326", **columns)
    stored = workspace.root / "data" / "roads.geojson"
    before = stored.read_bytes()
    report = workspace.import_file("roads", path)
    assert len(report.rejected) == report.read
    listed = json.loads((workspace.root / "rejects.geojson").read_text("utf-8"))["features"]
    assert [message in feature["properties"]["_reason"] for feature in listed] == [True] * len(
        listed
    )
    assert (len(listed), stored.read_bytes()) == (report.read, before)


def test_rejects_are_of_the_last_import(workspace, tmp_path) -> None:
    bad = source(tmp_path / "a.geojson", driver="GeoJSON", crs="EPSG:4326", status=["soon"])
    workspace.import_file("roads", bad)
    assert (workspace.root / "rejects.geojson").exists()
    workspace.import_file("roads", source(tmp_path / "a.shp"))
    assert not (workspace.root / "rejects.geojson").exists()


def test_an_update_keeps_the_fields_the_file_does_not_have(workspace, tmp_path) -> None:
    first = source(tmp_path / "a.geojson", driver="GeoJSON", crs="EPSG:4326", name=["旧名"])
    workspace.import_file("roads", first, constants={"evidence": "surveyed"})
    second = source(
        tmp_path / "b.geojson", driver="GeoJSON", crs="EPSG:4326", status=["under_construction"]
    )
    report = workspace.import_file("roads", second).as_dict()
    assert (report["added"], report["updated"]) == (0, 1)
    [row] = workspace.features("roads").to_dict("records")
    assert (row["name"], row["status"]) == ("旧名", "under_construction")


def test_what_the_file_does_not_say_claims_nothing(workspace, tmp_path) -> None:
    report = workspace.import_file("roads", source(tmp_path / "a.shp"))
    [row] = workspace.features("roads").to_dict("records")
    assert (row["status"], row["evidence"]) == ("planned", "approximate")
    assert any("evidence" in note and "proves nothing" in note for note in report.notes)


def test_a_dry_run_writes_nothing(workspace, tmp_path) -> None:
    stored = workspace.root / "data" / "roads.geojson"
    before = stored.read_bytes()
    report = workspace.import_file("roads", source(tmp_path / "a.shp"), dry_run=True).as_dict()
    assert (report["added"], report["dry_run"]) == (1, True)
    assert stored.read_bytes() == before


def test_an_import_says_how_far_it_is(workspace, tmp_path) -> None:
    said: list[tuple[str, int, int]] = []
    path = source(tmp_path / "a.shp", geometry=[LINE] * 3)
    workspace.import_file("roads", path, progress=lambda *words: said.append(words))
    assert [work for work, _, _ in said] == ["reading", "importing", "writing"]
    assert said[1] == ("importing", 3, 3)


def test_an_import_dates_the_layer(workspace, tmp_path) -> None:
    workspace.import_file("roads", source(tmp_path / "a.shp"))
    assert workspace.date("roads") == dt.date.today()


def test_an_unknown_field_is_named(workspace, tmp_path) -> None:
    path = source(tmp_path / "a.shp")
    with pytest.raises(ErdaoGeoError, match=r"no field .nothing.; it has: id, name"):
        workspace.import_file("roads", path, fields={"id": ["nothing"]})


@pytest.mark.parametrize(("part", "rule"), [(".shx", "shx-missing"), (".dbf", "dbf-missing")])
def test_a_missing_part_of_a_shapefile_is_named(part, rule, workspace, tmp_path) -> None:
    path = source(tmp_path / "a.shp")
    path.with_suffix(part).unlink()
    [verdict] = workspace.inspect(path).verdicts
    assert rule in [problem.rule for problem in verdict.problems]
    report = workspace.import_file("roads", path, key="geometry")
    assert (report.added, len(report.rejected)) == (1, 0)


def test_nothing_is_written_beside_the_source(workspace, tmp_path) -> None:
    path = source(tmp_path / "in.shp")
    before = sorted(tmp_path.glob("in.*"))
    workspace.import_file("roads", path)
    assert sorted(tmp_path.glob("in.*")) == before


def test_a_source_is_hashed_unless_it_is_a_dry_run(workspace, tmp_path, monkeypatch) -> None:
    path = source(tmp_path / "a.geojson", driver="GeoJSON", crs="EPSG:4326")
    workspace.import_file("roads", path)
    [origin] = [r.entry.source for r in workspace.log("roads") if r.kind == "import"]
    assert origin == SourceFile("a.geojson", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.delattr("erdao_geo.importing.file_sha256")
    assert workspace.import_file("roads", path, mode="replace", dry_run=True).dry_run
