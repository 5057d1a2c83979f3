from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio.raw
import pytest
import shapely

from erdao_geo.errors import SourceError
from erdao_geo.importing.foreign import Source
from erdao_geo.importing.reading import file_sha256, read_sources

NAMES = ["东盛大街", "吉林大路", "临河街镕"]
CODES = [220105001001000123, 220105001001000124, None]
LINES = [shapely.LineString([(125.4 + n / 100, 43.8), (125.41 + n / 100, 43.85)]) for n in range(3)]
PLACE = "<Point><coordinates>125.5,43.8</coordinates></Point>"
NS = 'xmlns="http://www.opengis.net/kml/2.2"'


def write(path: Path, *, driver: str, crs: str | None = "EPSG:4490", **options: object) -> Path:
    """Write three named lines, with codes of 18 digits of which one is missing."""
    table = pa.table({"名称": NAMES, "code": pa.array(CODES, pa.int64())})
    table = table.append_column("geometry", pa.array([shapely.to_wkb(g) for g in LINES]))
    pyogrio.raw.write_arrow(
        table,
        path,
        driver=driver,
        layer="roads",
        geometry_name="geometry",
        geometry_type="LineString",
        crs=crs,
        **options,
    )
    return path


def read(path: Path, **options: str) -> Source:
    (source,) = read_sources(path, **options)
    return source


def geometries(source: Source) -> list[shapely.Geometry]:
    return list(shapely.from_wkb(np.array(source.geometry.to_pylist(), dtype=object)))


def rules(source: Source) -> set[str]:
    return {finding.rule for finding in source.findings}


def text(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


def collection(*features: str, **members: object) -> str:
    more = "".join(f'"{name}":{json.dumps(value)},' for name, value in members.items())
    return f'{{"type":"FeatureCollection",{more}"features":[{",".join(features)}]}}'


def feature(geometry: str = "null", **properties: object) -> str:
    inside = json.dumps(properties, ensure_ascii=False)
    return f'{{"type":"Feature","properties":{inside},"geometry":{geometry}}}'


POINT = '{"type":"Point","coordinates":[125.5,43.8]}'


@pytest.mark.parametrize(
    ("name", "driver"),
    [
        ("道路.gpkg", "GPKG"),
        ("道路.fgb", "FlatGeobuf"),
        ("道路.gdb", "OpenFileGDB"),
        ("!roads.geojson", "GeoJSON"),
        ("roads.geojsonl", "GeoJSONSeq"),
    ],
)
def test_names_codes_and_lines_come_through_exactly(tmp_path: Path, name: str, driver: str) -> None:
    crs = "EPSG:4326" if "JSON" in driver else "EPSG:4490"
    options = {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"} if name.endswith("gdb") else {}
    options |= {"SPATIAL_INDEX": "NO"} if name.endswith("fgb") else {}
    path = write(tmp_path / f"a{Path(name).suffix}", driver=driver, crs=crs, **options)
    source = read(path.rename(tmp_path / name))
    assert source.table["名称"].to_pylist() == NAMES
    assert source.table["code"].to_pylist() == CODES
    assert [
        g.equals_exact(o, 1e-7)
        for g, o in zip(map(_single, geometries(source)), LINES, strict=True)
    ] == [True] * 3
    assert source.crs is not None
    assert source.crs.to_epsg() == int(crs[5:])
    assert source.rejected == ()


def _single(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.get_geometry(geometry, 0)


def test_a_parquet_says_its_crs_and_keeps_its_codes(tmp_path: Path) -> None:
    path = tmp_path / "roads.parquet"
    crs = {"type": "GeographicCRS", "id": {"authority": "EPSG", "code": 4490}}
    _parquet(path, {"encoding": "WKB", "crs": json.loads(_projjson(4490)), "geometry_types": []})
    source = read(path)
    assert crs["id"]["code"] == source.crs.to_epsg()
    assert source.table["code"].to_pylist() == CODES
    assert geometries(source) == LINES


def test_a_parquet_without_a_crs_is_in_crs84_and_with_null_in_none(tmp_path: Path) -> None:
    _parquet(tmp_path / "default.parquet", {"encoding": "WKB", "geometry_types": []})
    _parquet(tmp_path / "null.parquet", {"encoding": "WKB", "crs": None, "geometry_types": []})
    assert read(tmp_path / "default.parquet").crs.to_authority() == ("OGC", "CRS84")
    assert read(tmp_path / "null.parquet").crs is None


def test_a_parquet_in_another_encoding_is_refused(tmp_path: Path) -> None:
    _parquet(tmp_path / "roads.parquet", {"encoding": "linestring", "geometry_types": []})
    with pytest.raises(SourceError, match="save it with WKB"):
        read_sources(tmp_path / "roads.parquet")


def _projjson(code: int) -> str:
    import pyproj  # noqa: PLC0415

    return pyproj.CRS.from_epsg(code).to_json()


def _parquet(path: Path, about: dict[str, object]) -> None:
    wkb = pa.array([shapely.to_wkb(g) for g in LINES])
    table = pa.table({"code": pa.array(CODES, pa.int64()), "geometry": wkb})
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)


@pytest.mark.parametrize("extension", [".tab", ".mif"])
@pytest.mark.parametrize("encoding", ["CP936", "UTF-8"])
def test_mapinfo_text_is_read_in_the_charset_of_its_header(
    tmp_path: Path, extension: str, encoding: str
) -> None:
    options = {"FORMAT": "MIF"} if extension == ".mif" else {}
    path = _mapinfo(tmp_path / f"roads{extension}", encoding, **options)
    source = read(path)
    assert source.table["name"].to_pylist() == NAMES
    assert geometries(source)[0].distance(LINES[0]) < 1e-6


def _mapinfo(path: Path, encoding: str, **options: str) -> Path:
    table = pa.table({"name": NAMES})
    table = table.append_column("geometry", pa.array([shapely.to_wkb(g) for g in LINES]))
    pyogrio.raw.write_arrow(
        table, path, driver="MapInfo File", geometry_name="geometry", geometry_type="LineString",
        crs="EPSG:4326", layer_options={"ENCODING": encoding}, dataset_options=options,
    )  # fmt: skip
    return path


def test_a_mif_of_neutral_charset_is_read_by_its_bytes(tmp_path: Path) -> None:
    path = _mapinfo(tmp_path / "roads.mif", "CP936", FORMAT="MIF")
    path.write_bytes(path.read_bytes().replace(b"WindowsSimpChinese", b"Neutral"))
    assert read(path).table["name"].to_pylist() == NAMES


def test_a_mif_has_chinese_field_names(tmp_path: Path) -> None:
    path = _mapinfo(tmp_path / "roads.mif", "CP936", FORMAT="MIF")
    path.write_bytes(path.read_bytes().replace(b"  name ", "  名称 ".encode("gbk")))
    assert read(path).table["名称"].to_pylist() == NAMES


def _dxf(body: str, page: str = "ANSI_936") -> str:
    head = (
        f"  0\nSECTION\n  2\nHEADER\n  9\n$ACADVER\n  1\nAC1018\n  9\n$DWGCODEPAGE\n  3\n{page}\n"
    )
    return f"{head}  0\nENDSEC\n  0\nSECTION\n  2\nENTITIES\n{body}  0\nENDSEC\n  0\nEOF\n"


def _dxf_line(layer: str) -> str:
    ends = " 10\n486000.5\n 20\n4850000.25\n 30\n0\n 11\n486100\n 21\n4850000\n 31\n0\n"
    return f"  0\nLINE\n  8\n{layer}\n{ends}"


@pytest.mark.parametrize("page", ["ANSI_936", "ANSI_1252"])
def test_a_dxf_in_gbk_has_chinese_layers_and_no_crs(tmp_path: Path, page: str) -> None:
    body = "".join(_dxf_line(name) for name in ("道路中心线", "建筑物轮廓", "绿化带边界"))
    source = read(text(tmp_path / "plan.dxf", _dxf(body, page), "gbk"))
    if page == "ANSI_936":
        assert source.table["Layer"].to_pylist() == ["道路中心线", "建筑物轮廓", "绿化带边界"]
    else:  # its header lies: either Chinese, or a question, never nonsense taken for certain
        assert source.encoding.value == "gb18030" or source.encoding.verdict == "unknown"
    assert source.crs is None
    assert shapely.get_coordinates(geometries(source)[0])[0].tolist() == [486000.5, 4850000.25]


def test_a_kml_gives_its_extended_data_and_no_unset_extras(tmp_path: Path) -> None:
    data = '<ExtendedData><Data name="路宽"><value>24</value></Data></ExtendedData>'
    body = f"<Placemark><name>东盛大街</name>{data}{PLACE}</Placemark>"
    source = read(text(tmp_path / "a.kml", f"<kml {NS}><Document>{body}</Document></kml>"))
    row = source.table.to_pylist()[0]
    assert (row["Name"], row["路宽"]) == ("东盛大街", "24")
    assert not {"tessellate", "icon", "begin"} & set(row)
    assert source.crs.to_epsg() == 4326


def test_a_kml_that_declares_gbk_is_read_in_it(tmp_path: Path) -> None:
    body = f"<Placemark><name>东盛大街吉林大路</name>{PLACE}</Placemark>"
    whole = f'<?xml version="1.0" encoding="GBK"?><kml {NS}><Document>{body}</Document></kml>'
    source = read(text(tmp_path / "a.kml", whole, "gbk"))
    assert source.table["Name"].to_pylist() == ["东盛大街吉林大路"]


GML = """<?xml version="1.0" encoding="UTF-8"?>
<c:Set xmlns:c="http://example.org/c" xmlns:gml="http://www.opengis.net/gml/3.2" gml:id="s">
<c:member><c:road gml:id="r"><c:name>东盛大街</c:name><c:geom><gml:Point
 srsName="urn:ogc:def:crs:EPSG::4490" gml:id="p"><gml:pos>43.8 125.5</gml:pos></gml:Point></c:geom>
</c:road></c:member></c:Set>"""


def test_a_gml_in_latitude_and_longitude_is_turned_to_lon_lat(tmp_path: Path) -> None:
    source = read(text(tmp_path / "a.gml", GML.replace("c:member", "gml:featureMember")))
    assert geometries(source) == [shapely.Point(125.5, 43.8)]
    assert source.crs.to_epsg() == 4490
    assert [path.name for path in tmp_path.iterdir()] == ["a.gml"]


def test_a_gpx_gives_the_layers_that_hold_something(tmp_path: Path) -> None:
    body = '<wpt lat="43.8" lon="125.5"><name>二道区</name></wpt>'
    points = '<trkpt lat="43.8" lon="125.5"/><trkpt lat="43.9" lon="125.6"/>'
    track = f"<trk><name>路</name><trkseg>{points}</trkseg></trk>"
    gpx = f'<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">{body}{track}</gpx>'
    sources = read_sources(text(tmp_path / "a.gpx", gpx))
    assert [source.name for source in sources] == ["waypoints", "tracks", "track_points"]
    assert sources[0].table["name"].to_pylist() == ["二道区"]


def test_only_one_layer_is_given_where_it_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", driver="GPKG")
    assert read(path, only="roads").name == "roads"
    with pytest.raises(SourceError, match="has no layer 'parks'; there are: roads"):
        read_sources(path, only="parks")


def test_a_geojson_without_a_crs_is_lon_lat_and_says_why(tmp_path: Path) -> None:
    source = read(text(tmp_path / "a.geojson", collection(feature(POINT, name="路"))))
    assert source.crs.to_epsg() == 4326
    assert "RFC 7946" in source.crs_evidence[0]


def test_a_geojson_that_names_a_crs_has_it(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4530"}}
    point = '{"type":"Point","coordinates":[42460000,4850000]}'
    source = read(text(tmp_path / "a.geojson", collection(feature(point), crs=crs)))
    assert source.crs.to_epsg() == 4530
    assert geometries(source) == [shapely.Point(42460000, 4850000)]


@pytest.mark.parametrize(
    "content",
    [f"[{feature(POINT, a=1)}]", feature(POINT, a=1), POINT, f"\ufeff{collection(feature(POINT))}"],
)
def test_every_root_that_can_mean_one_thing_is_read(tmp_path: Path, content: str) -> None:
    assert geometries(read(text(tmp_path / "a.json", content))) == [shapely.Point(125.5, 43.8)]


def test_a_geojson_in_gbk_is_read_and_says_so(tmp_path: Path) -> None:
    names = [feature(POINT, 名称=name) for name in ("东盛大街", "吉林大路", "二道区政府")]
    source = read(text(tmp_path / "a.geojson", collection(*names), "gbk"))
    assert source.table["名称"].to_pylist() == ["东盛大街", "吉林大路", "二道区政府"]
    assert source.encoding.value == "gb18030"


def test_lists_objects_and_mixed_values_become_json_text(tmp_path: Path) -> None:
    first = feature(POINT, many=[1, 2], object={"路": 1}, mixed=1)
    second = feature(POINT, many=[3], object=None, mixed="字")
    source = read(text(tmp_path / "a.geojson", collection(first, second)))
    assert [json.loads(v) for v in source.table["many"].to_pylist()] == [[1, 2], [3]]
    assert json.loads(source.table["object"][0].as_py()) == {"路": 1}
    assert source.table["mixed"].to_pylist() == ["1", "字"]


def test_a_number_of_twenty_digits_keeps_them_all_as_text(tmp_path: Path) -> None:
    long = '"a: 12345678901234567890, b"'
    features = [
        f'{{"type":"Feature","properties":{{"code":{code},"note":{long}}},"geometry":null}}'
        for code in ("12345678901234567890", "220105001001000123")
    ]
    source = read(text(tmp_path / "a.geojson", collection(*features)))
    assert source.table["code"].to_pylist() == ["12345678901234567890", "220105001001000123"]
    assert source.table["note"].to_pylist() == [json.loads(long)] * 2
    assert "number-as-text" in rules(source)


def test_times_stay_as_they_are_written(tmp_path: Path) -> None:
    at = ["2022-05-01T08:00:00+08:00", "2022-05-01T08:00:00Z"]
    content = collection(*(feature(POINT, at=time) for time in at))
    assert read(text(tmp_path / "a.geojson", content)).table["at"].to_pylist() == at


def test_a_curve_is_made_straight_and_said(tmp_path: Path) -> None:
    gml = GML.replace("c:member", "gml:featureMember").replace(
        GML[GML.index("<gml:Point") : GML.index("</c:geom>")],
        '<gml:Curve gml:id="q" srsName="EPSG:4490"><gml:segments><gml:Arc><gml:posList>'
        "0 0 1 1 2 0</gml:posList></gml:Arc></gml:segments></gml:Curve>",
    )
    source = read(text(tmp_path / "a.gml", gml))
    (line,) = geometries(source)
    assert line.length == pytest.approx(np.pi, rel=1e-3)
    assert "curve-straightened" in rules(source)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("'abc'", "INTEGER"),
        ("1.7", "INTEGER"),
        ("'abc'", "REAL"),
        ("7", "BOOLEAN"),
        ("'abc'", "NUMERIC"),
        ("70000", "SMALLINT"),
        ("5000000000", "MEDIUMINT"),
        ("5000000000", "TINYINT"),
        ("1e+300", "FLOAT"),
        ("'abc'", "DATE"),
        ("20220501", "DATE"),
        ("'2022-13-41'", "DATE"),
        ("'2022-02-30'", "DATE"),
    ],
)
def test_a_value_of_a_geopackage_that_is_not_of_its_field_costs_its_record(
    value: str, kind: str, tmp_path: Path
) -> None:
    [found] = read(altered(tmp_path / "a.gpkg", kind, value)).rejected
    assert (found.record, found.rule) == (1, "type")
    assert value in found.message


def test_bytes_in_a_text_field_of_a_geopackage_cost_their_record(tmp_path: Path) -> None:
    [found] = read(altered(tmp_path / "a.gpkg", "TEXT", "x'00ff41'")).rejected
    assert (found.record, found.rule) == (1, "type")
    assert "in field 'v' is no text" in found.message


def test_a_geopackage_with_an_index_loses_the_record_that_is_wrong(tmp_path: Path) -> None:
    path = altered(
        tmp_path / "a.gpkg", "INTEGER", "'abc'", "CREATE INDEX i ON roads (v)", other="1"
    )
    assert [found.record for found in read(path).rejected] == [1]


def test_views_of_text_in_a_geoparquet_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    _parquet(path, {"encoding": "WKB", "geometry_types": []})
    table = pq.read_table(path)
    names = pa.array(["甲"] * len(table), pa.string_view())
    pq.write_table(table.append_column("v", names), path)
    assert set(read(path).table["v"].to_pylist()) == {"甲"}


@pytest.mark.parametrize("value", ["'2022-05-01'", "'2022/05/01'", "NULL"])
def test_a_date_of_a_geopackage_is_taken(value: str, tmp_path: Path) -> None:
    assert read(altered(tmp_path / "a.gpkg", "DATE", value, other="'2020-02-29'")).rejected == ()


def altered(path: Path, kind: str, value: str, *statements: str, other: str = "NULL") -> Path:
    """Write a GeoPackage whose second record has a value, whatever its field's type."""
    write(path, driver="GPKG")
    database = sqlite3.connect(path)
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:  # they call functions that GDAL has
        database.execute(f'DROP TRIGGER "{name}"')
    database.execute(f"ALTER TABLE roads ADD COLUMN v {kind}")
    database.execute(f"UPDATE roads SET v = {other} WHERE fid <> 2")
    database.execute(f"UPDATE roads SET v = {value} WHERE fid = 2")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()
    return path


RING = (
    "<gml:exterior><gml:LinearRing><gml:posList>0 0 0 0 1 1 1 0 0 0 0 0</gml:posList>"
    "</gml:LinearRing></gml:exterior>"
)
TRIANGLES = (
    '<gml:TriangulatedSurface gml:id="q" srsName="EPSG:4979"><gml:patches><gml:Triangle>'
    f"{RING}</gml:Triangle></gml:patches></gml:TriangulatedSurface>"
)


def test_a_layer_of_nothing_but_triangles_is_refused_with_the_way_out(tmp_path: Path) -> None:
    gml = GML.replace("c:member", "gml:featureMember")
    point = gml[gml.index("<gml:Point") : gml.index("</c:geom>")]
    with pytest.raises(SourceError, match="which are not read; save what they cover as polygons"):
        read(text(tmp_path / "a.gml", gml.replace(point, TRIANGLES)))


def test_a_table_without_geometry_is_a_source_that_says_so(tmp_path: Path) -> None:
    source = read(text(tmp_path / "a.csv", "编号,名称\n0001,东盛大街\n0002,吉林大路\n"))
    assert source.table["编号"].to_pylist() == ["0001", "0002"]
    assert source.geometry.null_count == 2
    assert "no-geometry" in rules(source)


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("经度|纬度", "|"),
        ("Lon,Lat", ","),
        ("lng\tlat", "\t"),
        ("X;Y", ";"),
        ("longitude,latitude", ","),
    ],
)
def test_points_of_a_csv_are_found_by_their_names(
    tmp_path: Path, header: str, delimiter: str
) -> None:
    rows = delimiter.join(("125.5", "43.8"))
    source = read(text(tmp_path / "a.csv", f"{header}{delimiter}n\n{rows}{delimiter}东盛大街\n"))
    assert geometries(source) == [shapely.Point(125.5, 43.8)]
    assert source.crs is None


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_is_read_in_the_encoding_of_its_bytes(tmp_path: Path, encoding: str) -> None:
    rows = "".join(f"{name},125.5,43.8\n" for name in ("东盛大街", "吉林大路", "二道区人民政府"))
    source = read(text(tmp_path / "a.csv", f"名称,经度,纬度\n{rows}", encoding))
    assert source.table["名称"].to_pylist() == ["东盛大街", "吉林大路", "二道区人民政府"]


def test_a_row_that_has_no_point_is_rejected_alone(tmp_path: Path) -> None:
    rows = "a,125.5,43.8\nb,一百二十五,43.8\nc,,\nd,125.6,\n"
    source = read(text(tmp_path / "a.csv", f"n,lon,lat\n{rows}"))
    assert [fault.record for fault in source.rejected] == [1, 3]
    assert source.geometry.null_count == 3
    assert len(source.geometry) == 4


def test_wkt_of_a_csv_is_its_geometry(tmp_path: Path) -> None:
    source = read(text(tmp_path / "a.csv", 'n,WKT\n路,"LINESTRING (125 43,126 44)"\n坏,POINT (1\n'))
    assert geometries(source)[0] == shapely.LineString([(125, 43), (126, 44)])
    assert [fault.record for fault in source.rejected] == [1]


def _curves(tmp_path: Path, *wkts: str) -> Source:
    rows = "".join(f'"{wkt}",{n}\n' for n, wkt in enumerate(wkts))
    return read(text(tmp_path / "a.csv", f"wkt,n\n{rows}"))


@pytest.mark.parametrize(
    ("wkt", "length", "area"),
    [
        ("CIRCULARSTRING(0 0,1 1,2 0)", np.pi, 0),
        ("SRID=4490;COMPOUNDCURVE(CIRCULARSTRING(0 0,1 1,2 0),(2 0,3 0))", np.pi + 1, 0),
        ("MULTICURVE((5 5,6 5),CIRCULARSTRING(0 0,1 1,2 0))", np.pi + 1, 0),
        ("CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))", 2 * np.pi, np.pi),
        (
            "MULTISURFACE(CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0)),"
            "((9 9,10 9,10 10,9 10,9 9)))",
            2 * np.pi + 4,
            np.pi + 1,
        ),
    ],
)
def test_curves_in_wkt_are_made_straight_and_said(
    wkt: str, length: float, area: float, tmp_path: Path
) -> None:
    source = _curves(tmp_path, "POINT(1 2)", wkt)
    _, straight = geometries(source)
    assert (straight.length, straight.area) == pytest.approx((length, area), rel=1e-3)
    [finding] = [f for f in source.findings if f.rule == "curve-straightened"]
    assert finding.message.startswith("1 curve made straight")
    assert source.rejected == ()


def test_a_curve_in_wkt_that_is_none_costs_its_record(tmp_path: Path) -> None:
    source = _curves(tmp_path, "CIRCULARSTRING(0 0,1 1)", "CIRCULARSTRING(0 0,1 1,2 0)")
    assert [(f.record, f.rule) for f in source.rejected] == [(0, "geometry-unreadable")]
    assert geometries(source)[1].length == pytest.approx(np.pi, rel=1e-3)


def test_a_row_with_more_cells_than_the_header_is_rejected(tmp_path: Path) -> None:
    rows = "路,东盛大街,125.4,43.9\n东盛,大街,甲,125.4,43.9\n乙,丙,125.4,43.9,\n"
    source = read(text(tmp_path / "a.csv", f"名称,备注,经度,纬度\n{rows}"))
    assert (source.rejected[0].record, source.rejected[0].rule) == (1, "row-uneven")
    assert {f.record for f in source.rejected} == {1}


def test_rows_with_fewer_cells_than_the_header_are_named(tmp_path: Path) -> None:
    content = "lon,lat,name,kind\n125.5,43.8,a,b\n125.5,43.8\n125.5,43.8,c\n125.5,43.8,d,,\n"
    source = read(text(tmp_path / "a.csv", content))
    assert source.table["name"].to_pylist() == ["a", None, "c", "d"]
    [finding] = [f for f in source.findings if f.rule == "row-short"]
    assert finding.message.startswith("fewer cells than the header's 4 in #2, #3: ")
    assert source.rejected == ()


def test_codes_of_a_csv_stay_text_and_numbers_are_numbers(tmp_path: Path) -> None:
    rows = "007,220105001001000123,1.5,12345678901234567890\n010,3,2,1\n"
    table = read(text(tmp_path / "a.csv", f"a,b,c,d\n{rows}")).table
    assert table["a"].to_pylist() == ["007", "010"]
    assert table["b"].to_pylist() == [220105001001000123, 3]
    assert table["c"].to_pylist() == [1.5, 2.0]
    assert table["d"].to_pylist() == ["12345678901234567890", "1"]


@pytest.mark.parametrize("codes", [("1.10", "1.1"), ("1E5", "2E3"), ("+5", "6"), ("2.0", "-0")])
def test_what_no_number_is_written_as_stays_text(codes, tmp_path: Path) -> None:
    table = read(text(tmp_path / "a.csv", f"a,b\n{codes[0]},x\n{codes[1]},y\n")).table
    assert table["a"].to_pylist() == list(codes)


def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="never closed"):
        read_sources(text(tmp_path / "a.csv", 'a,b\n1,"x\n2,y\n'))


def test_an_xlsx_gives_points_text_and_codes(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["编号", "名称", "经度", "纬度", "长度"])
    book.active.append(["0071", "东盛大街", 125.5, 43.8, 120])
    book.active.append(["220105001001000123", "吉林大路", "125.6", 43.9, 80])
    book.save(tmp_path / "a.xlsx")
    source = read(tmp_path / "a.xlsx")
    assert source.table["编号"].to_pylist() == ["0071", "220105001001000123"]
    assert source.table["长度"].to_pylist() == [120, 80]
    assert geometries(source) == [shapely.Point(125.5, 43.8), shapely.Point(125.6, 43.9)]


def test_a_topojson_gives_its_objects_as_layers(tmp_path: Path) -> None:
    line = {"type": "LineString", "arcs": [0], "properties": {"名称": "东盛大街"}}
    objects = {name: {"type": "GeometryCollection", "geometries": [line]} for name in ("a", "b")}
    root = {"type": "Topology", "arcs": [[[125.4, 43.8], [125.5, 43.9]]], "objects": objects}
    sources = read_sources(text(tmp_path / "a.topojson", json.dumps(root)))
    assert [source.name for source in sources] == ["a", "b"]
    assert sources[1].table["名称"].to_pylist() == ["东盛大街"]


def test_the_sum_of_a_file_is_its_sha256_and_changes_with_a_sidecar(tmp_path: Path) -> None:
    import hashlib  # noqa: PLC0415

    path = text(tmp_path / "a.geojson", collection(feature(POINT)))
    assert file_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    shape = write(tmp_path / "a.shp", driver="ESRI Shapefile")
    before = file_sha256(shape)
    shape.with_suffix(".cpg").write_text("GBK", encoding="ascii")
    assert file_sha256(shape) != before


@pytest.mark.parametrize(
    ("name", "driver"),
    [("a.geojson", "GeoJSON"), ("a.gpkg", "GPKG"), ("a.fgb", "FlatGeobuf"), ("a.gml", "GML"),
     ("a.kml", "LIBKML")],
)  # fmt: skip
@pytest.mark.parametrize("share", [0.35, 0.8])
def test_a_file_that_is_cut_short_is_never_read_as_fewer_records(
    tmp_path: Path, name: str, driver: str, share: float
) -> None:
    crs = "EPSG:4326"
    path = write(tmp_path / name, driver=driver, crs=crs)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    try:
        sources = read_sources(path)
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert [len(source.geometry) for source in sources] == [3]


def test_one_bad_record_costs_one_record(tmp_path: Path) -> None:
    path = write(tmp_path / "a.fgb", driver="FlatGeobuf", SPATIAL_INDEX="NO")
    path.write_bytes(path.read_bytes()[:-8])
    source = read(path)
    assert source.table["名称"].to_pylist() == [*NAMES[:2], None]
    assert [(fault.record, fault.rule) for fault in source.rejected] == [(2, "geometry-unreadable")]


def test_a_line_that_is_no_json_costs_one_record(tmp_path: Path) -> None:
    lines = [feature(POINT, a=1), feature(POINT, a=2)[:40], feature(POINT, a=3)]
    source = read(text(tmp_path / "a.geojsonl", "\n".join(lines) + "\n"))
    assert source.table["a"].to_pylist() == [1, None, 3]
    assert [fault.record for fault in source.rejected] == [1]


@pytest.mark.parametrize("part", [".mif", ".mid"])
def test_a_mif_and_a_mid_of_different_lengths_are_refused(tmp_path: Path, part: str) -> None:
    path = _mapinfo(tmp_path / "roads.mif", "CP936", FORMAT="MIF").with_suffix(part)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SourceError, match=r"cut short|can be read"):
        read_sources(path.with_suffix(".mif"))


@pytest.mark.parametrize("part", [".dat", ".map"])
def test_a_tab_with_a_part_that_is_cut_is_refused(tmp_path: Path, part: str) -> None:
    path = _mapinfo(tmp_path / "roads.tab", "CP936").with_suffix(part)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SourceError, match=rf"its \{part} is cut short"):
        read_sources(path.with_suffix(".tab"))


def test_a_dxf_that_is_cut_is_refused(tmp_path: Path) -> None:
    content = _dxf(_dxf_line("a") * 2)
    with pytest.raises(SourceError, match="is cut short"):
        read_sources(text(tmp_path / "a.dxf", content[: content.rindex("LINE")]))


def test_a_geopackage_in_an_archive_is_read(tmp_path: Path) -> None:
    import zipfile  # noqa: PLC0415

    path = write(tmp_path / "a.gpkg", driver="GPKG")
    with zipfile.ZipFile(tmp_path / "a.gpkg.zip", "w") as archive:
        archive.write(path, "数据/a.gpkg")
    assert read(tmp_path / "a.gpkg.zip").table["名称"].to_pylist() == NAMES


def test_a_zip_of_shapefiles_gives_each_of_them(tmp_path: Path) -> None:
    import zipfile  # noqa: PLC0415

    shape = write(tmp_path / "a.shp", driver="ESRI Shapefile", ENCODING="GB18030")
    with zipfile.ZipFile(tmp_path / "all.shp.zip", "w") as archive:
        for part in tmp_path.glob("a.*"):
            archive.write(part, f"一/路{part.suffix}")
            archive.write(part, f"二/园{part.suffix}")
    sources = read_sources(tmp_path / "all.shp.zip")
    assert sorted(source.name for source in sources) == ["园", "路"]
    assert sources[0].table["名称"].to_pylist() == NAMES
    assert {source.path.name for source in sources} == {"all.shp.zip"}
    assert shape.exists()
