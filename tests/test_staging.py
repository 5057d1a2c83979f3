from __future__ import annotations

import os
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from erdao_geo.errors import SourceError
from erdao_geo.importing.reading import driving, private, read_sources
from erdao_geo.importing.reading.driving import read_in_child
from erdao_geo.importing.reading.formats import FORMATS, Format
from erdao_geo.importing.reading.private import Staged
from erdao_geo.importing.reading.staging import stage

SECRET = "the-secret-of-another-folder"
POINT = (
    '{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[125.5,43.8]}}'
)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "outside" / "secret.csv"
    path.parent.mkdir()
    path.write_text(f"lon,lat,word\n125.5,43.8,{SECRET}\n", encoding="utf-8")
    return path


@pytest.fixture
def requests() -> Iterator[tuple[str, list[str]]]:
    """Listen on this machine; give the address, and what was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(POINT.encode())

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def text(path: Path, content: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def vrt(target: object) -> str:
    layer = f"<OGRVRTLayer name='secret'><SrcDataSource>{target}</SrcDataSource></OGRVRTLayer>"
    return f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"


def read_or_refuse(path: Path) -> str:
    """Give all that comes out of a file, or the refusal."""
    try:
        sources = read_sources(path)
    except SourceError as error:
        assert "\n" not in str(error)
        return str(error)
    return str([(s.name, s.table.to_pylist(), s.geometry.to_pylist()) for s in sources])


EXTENSIONS = [e for f in FORMATS for e in f.extensions if f.kind != "folder"]


@pytest.mark.parametrize("extension", [*EXTENSIONS, ".vrt", ".ovf", ".zip", ".kmz"])
def test_a_vrt_under_any_name_reads_nothing(
    tmp_path: Path, secret: Path, requests: tuple[str, list[str]], extension: str
) -> None:
    address, asked = requests
    for number, target in enumerate((secret, f"/vsicurl/{address}/a.geojson")):
        said = read_or_refuse(text(tmp_path / "in" / f"{number}{extension}", vrt(target)))
        assert SECRET not in said
    assert asked == []


@pytest.mark.parametrize(
    "format_", [f for f in FORMATS if f.reader == "gdal" and f.kind != "folder"]
)
def test_gdal_itself_follows_no_vrt_under_a_forced_driver(
    tmp_path: Path, secret: Path, format_: Format
) -> None:
    path = text(tmp_path / "in" / f"source{format_.extensions[0]}", vrt(secret))
    if format_.kind == "text":
        return  # held to its end before GDAL sees it, by the test above
    with pytest.raises(SourceError) as caught:
        read_in_child(Staged(path, path, format_))
    assert SECRET not in str(caught.value)


def test_a_vrt_in_an_archive_reads_nothing(tmp_path: Path, secret: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.shp", vrt(secret))
        archive.writestr("a.dbf", vrt(secret))
    with pytest.raises(SourceError, match="VRT"):
        read_sources(path)


@pytest.mark.parametrize("name", ["a.gdalg.json", "a.json", "a.geojson"])
def test_a_pipeline_of_gdal_is_not_run(tmp_path: Path, secret: Path, name: str) -> None:
    line = f"gdal vector pipeline ! read {secret}"
    content = f'{{"type":"gdal_streamed_alg","command_line":"{line}"}}'
    said = read_or_refuse(text(tmp_path / "in" / name, content))
    assert "cannot be read as GeoJSON" in said


@pytest.mark.parametrize(
    "name",
    [
        "{http}/a.geojson", "/vsicurl/{http}/a.geojson", "/vsicurl_streaming/{http}/a.json",
        "GeoJSON:{http}/a.geojson", "/vsizip//vsicurl/{http}/a.zip", "WFS:{http}", "OAPIF:{http}",
        "zip+{http}/a.zip", "/vsisubfile/0_100,{secret}", "CSV:{secret}", "/vsistdin/",
        "<OGRVRTDataSource><SrcDataSource>{secret}</SrcDataSource></OGRVRTDataSource>",
        "{secret}!x", "\0",
    ],
)  # fmt: skip
def test_a_name_is_taken_for_a_name_only(
    tmp_path: Path, secret: Path, requests: tuple[str, list[str]], name: str
) -> None:
    address, asked = requests
    path = Path(name.format(http=address, secret=secret))
    said = read_or_refuse(path)
    assert SECRET not in said
    assert asked == []


def test_a_name_with_an_exclamation_mark_is_that_file(tmp_path: Path) -> None:
    path = text(tmp_path / "in" / "!a!b.geojson", POINT)
    assert len(read_sources(path)[0].geometry) == 1


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_are_not_followed(tmp_path: Path, secret: Path) -> None:
    link = tmp_path / "a.csv"
    link.symlink_to(secret)
    with pytest.raises(SourceError, match=r"is a link to .*; name the file itself"):
        read_sources(link)
    folder = tmp_path / "in"
    text(folder / "a.shp", "x")
    (folder / "a.dbf").symlink_to(secret)
    for path in (folder, folder / "a.shp"):
        with pytest.raises(SourceError, match="link"):
            read_sources(path)


@pytest.mark.skipif(os.name == "nt", reason="there are no such files")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.geojson")
    with pytest.raises(SourceError, match="no regular file"):
        read_sources(tmp_path / "a.geojson")


ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}"><!ENTITY h SYSTEM "{http}/e">]>'
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


@pytest.mark.parametrize("extension", [".kml", ".gml", ".gpx"])
@pytest.mark.parametrize("head", [ENTITY, LAUGHS, f"<!-- -->\n<?p?>{ENTITY}"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused(
    tmp_path: Path, requests: tuple[str, list[str]], extension: str, head: str, encoding: str
) -> None:
    address, asked = requests
    secret = tmp_path / "secret"
    content = head.replace("{secret}", str(secret)).replace("{http}", address)
    path = tmp_path / f"a{extension}"
    path.write_bytes(f'<?xml version="1.0"?>{content}<kml>&e;&h;</kml>'.encode(encoding))
    with pytest.raises(SourceError, match="declares a document type"):
        read_sources(path)
    assert asked == []


def test_words_like_a_document_type_in_a_description_are_words(tmp_path: Path) -> None:
    words = "<description><![CDATA[<!DOCTYPE html><p>路</p>]]></description>"
    place = f"<Placemark>{words}<Point><coordinates>125.5,43.8</coordinates></Point></Placemark>"
    kml = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{place}</Document></kml>'
    (source,) = read_sources(text(tmp_path / "in" / "a.kml", kml))
    assert source.table["description"].to_pylist() == ["<!DOCTYPE html><p>路</p>"]


def test_what_a_file_points_to_is_not_asked_for(
    tmp_path: Path, requests: tuple[str, list[str]]
) -> None:
    address, asked = requests
    link = f"<NetworkLink><Link><href>{address}/a.kml</href></Link></NetworkLink>"
    style = f"<Placemark><styleUrl>{address}/s.kml#s</styleUrl></Placemark>"
    kml = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{link}{style}</Document></kml>'
    schema = f'xsi:schemaLocation="urn:x {address}/x.xsd" xlink:href="{address}/y"'
    names = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xlink="http://www.w3.org/1999/xlink"'
    gml = f'<c xmlns:gml="http://www.opengis.net/gml" {names} {schema}><gml:featureMember/></c>'
    for name, content in (("a.kml", kml), ("a.gml", gml)):
        read_or_refuse(text(tmp_path / "in" / name, content))
    assert asked == []


def test_nothing_is_written_beside_the_source(tmp_path: Path) -> None:
    gml = (
        '<c xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><r><gml:pointProperty>'
        "<gml:Point>"
        "<gml:coordinates>1,2</gml:coordinates></gml:Point></gml:pointProperty></r></gml:featureMember></c>"
    )
    path = text(tmp_path / "in" / "a.gml", gml)
    path.parent.chmod(0o500)
    assert len(read_sources(path)[0].geometry) == 1
    path.parent.chmod(0o700)
    assert [p.name for p in path.parent.iterdir()] == ["a.gml"]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.geojson", b"", "is empty"),
        ("a.gpkg", b"<!DOCTYPE html><html></html>", "is an HTML page"),
        ("a.csv", b"\xef\xbb\xbf<html>", "is an HTML page"),
        ("a.dxf", b"%TSD-Header-###%" + bytes(50), "encrypted by an office's document security"),
        ("a.gpkg", b"PK\x03\x04", "is no GeoPackage but a .zip under this name"),
        ("a.geojson", b"SQLite format 3\0", "but an SQLite database"),
        ("a.dbf", b"\x03", "the .shp is missing"),
        ("a.shx", b"\x00", "the .shp is missing"),
        ("a.7z", b"7z", "only .zip"),
        ("a.rar", b"Rar!", "only .zip"),
        ("a.docx", b"PK", "there are: shapefile"),
        ("a", b"x", "no extension"),
    ],
)
def test_what_cannot_be_read_is_refused_by_what_it_is(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError) as caught:
        read_sources(tmp_path / name)
    assert words in str(caught.value)


def test_a_file_of_too_many_bytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "MAX_SIZE", 10)
    with pytest.raises(SourceError, match=r"has \d+ bytes, and at most 10 are read"):
        stage(text(tmp_path / "in" / "a.geojson", POINT), tmp_path)


def test_a_thousand_fields_are_read_and_one_more_is_refused(tmp_path: Path) -> None:
    def content(count: int) -> str:
        inside = ",".join(f'"f{n}":1' for n in range(count))
        return f'{{"type":"Feature","properties":{{{inside}}},"geometry":null}}'

    path = tmp_path / "in" / "a.geojson"
    assert len(read_sources(text(path, content(999)))[0].table.column_names) == 999
    with pytest.raises(SourceError, match=r"1,\d+ fields .* at most 1,000"):
        read_sources(text(path, content(1_500)))


def test_a_folder_without_a_shapefile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"is a folder without a \.shp"):
        read_sources(tmp_path)


def test_each_shapefile_of_a_folder_is_staged_with_its_own_parts(tmp_path: Path) -> None:
    for name in ("b.shp", "a.SHP", "A.dbf", "a.cpg", "b.sbn"):
        text(tmp_path / "in" / name, name)
    out = tmp_path / "out"
    out.mkdir()
    found = stage(tmp_path / "in", out)
    assert [each.shown.name for each in found] == ["a.SHP", "b.shp"]
    assert sorted(p.name for p in found[0].path.parent.iterdir()) == [
        "source.cpg",
        "source.dbf",
        "source.shp",
    ]


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("MAX_FEATURES", "more than 1 features in"),
        ("MAX_VERTICES", "more than 1 vertices in"),
    ],
)
def test_more_than_is_read_is_refused_with_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str
) -> None:
    monkeypatch.setattr(driving, limit, 1)
    content = f'{{"type":"FeatureCollection","features":[{POINT},{POINT}]}}'
    with pytest.raises(SourceError, match=f"{words}.*; split it"):
        read_sources(text(tmp_path / "in" / "a.geojson", content))


def test_a_layer_too_many_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "MAX_LAYERS", 4)
    gpx = '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"/>'
    with pytest.raises(SourceError, match="has 5 layers; at most 4 are read"):
        read_sources(text(tmp_path / "in" / "a.gpx", gpx))


def test_json_nested_without_end_ends_in_a_refusal(tmp_path: Path) -> None:
    content = f'{{"type":"FeatureCollection","features":{"[" * 200_000}{"]" * 200_000}}}'
    with pytest.raises(SourceError, match=r"a\.geojson"):
        read_sources(text(tmp_path / "in" / "a.geojson", content))


def test_a_workbook_with_a_document_type_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", f"{LAUGHS}<workbook>&a9;</workbook>")
    with pytest.raises(SourceError, match=r"'xl/workbook\.xml' in it declares a document type"):
        read_sources(path)


def test_text_that_no_delimiter_parts_is_judged_in_time(tmp_path: Path) -> None:
    word = "QUJD" * 250_000
    path = tmp_path / "a.geojson"
    content = POINT.replace('"a":1', f'"a":"{word}","名称":"东盛大街"')
    path.write_bytes(content.encode("gbk"))
    (source,) = read_sources(path, encoding="GBK")
    assert source.table["名称"].to_pylist() == ["东盛大街"]
