"""The shapefile reader: held against GDAL where files are whole, else against construction."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from erdao_geo.errors import SourceError
from erdao_geo.importing.foreign import Source
from erdao_geo.importing.reading.plain import read_plain
from erdao_geo.importing.reading.shapefile import read_shapefile
from erdao_geo.importing.reading.shapes import read_shape
from made import parted, point, write_dbf, write_places, write_shp

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
SQUARE = [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0), (0.0, 0.0)]
HOLE = [(2.0, 2.0), (4.0, 2.0), (4.0, 4.0), (2.0, 4.0), (2.0, 2.0)]
ISLAND = [(2.5, 2.5), (2.5, 3.5), (3.5, 3.5), (3.5, 2.5), (2.5, 2.5)]
AWAY = [(20.0, 0.0), (20.0, 5.0), (25.0, 5.0), (25.0, 0.0), (20.0, 0.0)]
NAN = float("nan")


def _read(path: Path, **options: str) -> Source:
    return read_shapefile(path, shown=path, **options)


def _geometries(source: Source) -> list[shapely.Geometry | None]:
    return list(shapely.from_wkb(source.geometry.to_pylist()))


def _only(tmp_path: Path, kind: int, content: bytes) -> Source:
    return _read(write_shp(tmp_path / "a.shp", kind, [content]))


def _rules(source: Source) -> set[str]:
    return {finding.rule for finding in source.findings} - {"dbf-missing"}


def _rejected(source: Source) -> list[tuple[int | None, str]]:
    return [(finding.record, finding.rule) for finding in source.rejected]


def test_points_and_their_rows_stand_side_by_side(tmp_path: Path) -> None:
    source = _read(write_places(tmp_path, ["吉林大路".encode("gbk"), b"b"]))
    assert source.table.to_pylist() == [{"NAME": "吉林大路"}, {"NAME": "b"}]
    assert [geometry.wkt for geometry in _geometries(source)] == ["POINT (0 0)", "POINT (1 1)"]
    assert (source.driver, source.name, source.rejected) == ("ESRI Shapefile", "places", ())


@pytest.mark.parametrize(
    "rings",
    [[SQUARE, HOLE], [SQUARE[::-1], HOLE[::-1]], [SQUARE, HOLE[::-1]], [HOLE, SQUARE]],
    ids=["as it should be", "both turned", "both clockwise", "hole first"],
)
def test_a_hole_is_a_hole_however_it_is_drawn(
    tmp_path: Path, rings: list[list[tuple[float, float]]]
) -> None:
    (polygon,) = _geometries(_only(tmp_path, 5, parted(5, rings)))
    assert polygon is not None
    assert polygon.equals(Polygon(SQUARE, [HOLE]))


def test_an_island_in_a_hole_is_a_polygon_of_its_own(tmp_path: Path) -> None:
    (polygon,) = _geometries(_only(tmp_path, 5, parted(5, [ISLAND, HOLE, SQUARE, AWAY])))
    expected = MultiPolygon([Polygon(SQUARE, [HOLE]), Polygon(ISLAND), Polygon(AWAY)])
    assert polygon is not None
    assert polygon.equals(expected)
    assert polygon.is_valid


def test_a_ring_drawn_as_a_hole_outside_of_all_is_a_shell_and_is_said(tmp_path: Path) -> None:
    source = _only(tmp_path, 5, parted(5, [SQUARE, AWAY[::-1]]))
    (polygon,) = _geometries(source)
    assert polygon is not None
    assert polygon.equals(MultiPolygon([Polygon(SQUARE), Polygon(AWAY)]))
    assert _rules(source) == {"ring-direction"}


def test_a_hole_that_touches_its_shell_is_still_a_hole(tmp_path: Path) -> None:
    touching = [(0.0, 5.0), (3.0, 4.0), (3.0, 6.0), (0.0, 5.0)]
    (polygon,) = _geometries(_only(tmp_path, 5, parted(5, [SQUARE, touching])))
    assert polygon is not None
    assert polygon.area == 100 - 3


def test_a_ring_that_is_not_closed_is_closed_and_is_said(tmp_path: Path) -> None:
    source = _only(tmp_path, 5, parted(5, [SQUARE[:-1]]))
    (polygon,) = _geometries(source)
    assert polygon is not None
    assert polygon.equals(Polygon(SQUARE))
    assert "ring-closed" in _rules(source)


def test_a_line_of_parts_keeps_those_that_are_lines(tmp_path: Path) -> None:
    source = _only(tmp_path, 3, parted(3, [SQUARE[:2], AWAY[:1], AWAY[:3]]))
    (line,) = _geometries(source)
    assert line == shapely.MultiLineString([SQUARE[:2], AWAY[:3]])
    assert "part-left-out" in _rules(source)


def test_a_null_shape_and_a_point_of_nan_are_null(tmp_path: Path) -> None:
    contents = [struct.pack("<i", 0), point(NAN, NAN), point(1, 2)]
    source = _read(write_shp(tmp_path / "a.shp", 1, contents))
    assert source.geometry.is_null().to_pylist() == [True, True, False]
    assert source.rejected == ()


@pytest.mark.parametrize("bad", [1.7976931348623157e308, -2e30, float("inf"), NAN])
def test_coordinates_that_are_no_places_cost_their_record_alone(tmp_path: Path, bad: float) -> None:
    source = _read(write_shp(tmp_path / "a.shp", 1, [point(1, 2), point(bad, 3), point(5, 6)]))
    assert _rejected(source) == [(1, "coordinates-absurd")]
    assert source.geometry.is_null().to_pylist() == [False, True, False]


def test_a_multipatch_is_rejected_with_its_reason(tmp_path: Path) -> None:
    source = _only(tmp_path, 31, struct.pack("<i", 31) + bytes(60))
    assert _rejected(source) == [(0, "geometry-unsupported")]
    assert "multipatch" in source.rejected[0].message
    assert "save what it covers as polygons" in source.rejected[0].message


@pytest.mark.parametrize("kind", [11, 21])
def test_heights_and_measures_are_left_out_and_said(tmp_path: Path, kind: int) -> None:
    content = struct.pack("<idddd", kind, 1, 2, 3, 4)
    source = _only(tmp_path, kind, content)
    assert [geometry.wkt for geometry in _geometries(source) if geometry] == ["POINT (1 2)"]
    assert _rules(source) == {"dimensions-dropped"}


def test_a_missing_shx_is_made_up_for(tmp_path: Path) -> None:
    path = write_places(tmp_path, [b"a", b"b", b"c"])
    before = _read(path)
    path.with_suffix(".shx").unlink()
    source = _read(path)
    assert source.geometry == before.geometry
    assert _rules(source) == {"shx-missing"}


@pytest.mark.parametrize("keep", [108, 50, 100])
def test_a_cut_shx_hides_no_record(tmp_path: Path, keep: int) -> None:
    path = write_places(tmp_path, [b"a", b"b", b"c"])
    before = _read(path)
    shx = path.with_suffix(".shx")
    shx.write_bytes(shx.read_bytes()[:keep])
    source = _read(path)
    assert source.geometry == before.geometry
    assert _rules(source) == {"shx-damaged"}


def test_records_in_another_order_are_read_as_the_shx_has_them(tmp_path: Path) -> None:
    path = write_places(tmp_path, [b"a", b"b"])
    data, shx = path.read_bytes(), path.with_suffix(".shx")
    first, second = data[100:128], data[128:156]
    path.write_bytes(data[:100] + second + first)
    index = shx.read_bytes()
    shx.write_bytes(index[:100] + index[108:116] + index[100:108])
    assert [each.wkt for each in _geometries(_read(path)) if each] == ["POINT (0 0)", "POINT (1 1)"]


def test_damage_within_a_shp_costs_the_records_that_it_hits(tmp_path: Path) -> None:
    path = write_places(tmp_path, [b"a", b"b", b"c", b"d"])
    data = bytearray(path.read_bytes())
    data[128:140] = b"\xff" * 12
    path.write_bytes(data)
    source = _read(path)
    assert _rejected(source) == [(1, "truncated")]
    assert [each and each.x for each in _geometries(source)] == [0, None, 2, 3]


def test_rows_whose_shapes_are_cut_off_are_rejected(tmp_path: Path) -> None:
    path = write_places(tmp_path, [b"a", b"b", b"c"])
    path.write_bytes(path.read_bytes()[:-30])
    source = _read(path)
    assert source.table["NAME"].to_pylist() == ["a", "b", "c"]
    assert _rejected(source) == [(1, "truncated"), (2, "truncated")]


def test_shapes_whose_rows_are_cut_off_are_rejected(tmp_path: Path) -> None:
    path = write_places(tmp_path, [b"a", b"b", b"c"])
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes()[:-50])
    source = _read(path)
    assert source.table["NAME"].to_pylist() == ["a", None, None]
    assert _rejected(source) == [(1, "truncated"), (2, "truncated")]


def _cut_places(tmp_path: Path, keep: int) -> Path:
    """Write five places, and cut the .shp and the .dbf alike to some of them; no .shx is left."""
    path = write_places(tmp_path, [b"a", b"b", b"c", b"d", b"e"])
    path.with_suffix(".shx").unlink()
    dbf = path.with_suffix(".dbf")
    head, length = struct.unpack_from("<HH", dbf.read_bytes(), 8)
    dbf.write_bytes(dbf.read_bytes()[: head + keep * length])
    path.write_bytes(path.read_bytes()[: 100 + keep * 28])
    return path


@pytest.mark.parametrize("keep", [0, 1, 4])
def test_records_that_both_parts_have_lost_are_rejected(keep: int, tmp_path: Path) -> None:
    source = _read(_cut_places(tmp_path, keep))
    assert source.table["NAME"].to_pylist() == [*"abcde"[:keep]] + [None] * (5 - keep)
    assert _rejected(source) == [(n, "truncated") for n in range(keep, 5)]


def test_a_cut_shp_without_a_table_lists_one_record_for_all_it_lost(tmp_path: Path) -> None:
    path = _cut_places(tmp_path, 2)
    path.with_suffix(".dbf").unlink()
    source = _read(path)
    assert [each and each.x for each in _geometries(source)] == [0, 1, None]
    assert _rejected(source) == [(2, "truncated")]


def test_a_file_that_lost_nearly_all_of_what_it_counts_is_refused(tmp_path: Path) -> None:
    path = _cut_places(tmp_path, 2)
    dbf = path.with_suffix(".dbf")
    data = dbf.read_bytes()
    dbf.write_bytes(data[:4] + struct.pack("<I", 4_000_000_000) + data[8:])
    with pytest.raises(SourceError, match="of 4,000,000,000 records 2 are there; ask"):
        _read(path)


def test_a_dbf_that_counts_more_than_it_has_beside_a_whole_shp_has_lost_none(
    tmp_path: Path,
) -> None:
    path = write_places(tmp_path, [b"a", b"b"])
    dbf = path.with_suffix(".dbf")
    data = dbf.read_bytes()
    dbf.write_bytes(data[:4] + struct.pack("<I", 7) + data[8:])
    source = _read(path)
    assert (len(source.geometry), source.rejected) == (2, ())
    assert _rules(source) == {"counts-differ"}


def test_a_deleted_record_takes_its_shape_with_it(tmp_path: Path) -> None:
    path = write_places(tmp_path, [b"a", b"b", b"c"])
    rows = [[b"a"], [b"b"], [b"c"]]
    write_dbf(tmp_path / "places.dbf", [(b"NAME", "C", 40, 0)], rows, deleted=[1])
    source = _read(path)
    assert source.table["NAME"].to_pylist() == ["a", "c"]
    assert [each.x for each in _geometries(source) if each] == [0, 2]


def test_without_a_dbf_there_are_rows_and_no_fields(tmp_path: Path) -> None:
    source = _read(write_shp(tmp_path / "a.shp", 1, [point(1, 2), point(3, 4)]))
    assert (source.table.num_rows, source.table.num_columns) == (2, 0)
    assert [finding.rule for finding in source.findings] == ["dbf-missing"]


def test_bytes_behind_the_last_record_are_no_matter(tmp_path: Path) -> None:
    path = write_places(tmp_path, [b"a"])
    path.write_bytes(path.read_bytes() + b"rest!")
    assert len(_read(path).geometry) == 1


def test_a_prj_is_read_and_quoted(tmp_path: Path) -> None:
    path = write_places(tmp_path, [b"a"])
    path.with_suffix(".prj").write_text(
        'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
        'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
        'UNIT["Degree",0.0174532925199433]]',
        encoding="ascii",
    )
    source = _read(path)
    assert source.crs is not None
    assert source.crs.to_epsg(min_confidence=70) == 4490


@pytest.mark.parametrize("text", ["<!DOCTYPE html><html>", "", "EPSG:4490", 'PROJCS["cut'])
def test_a_prj_that_is_no_crs_says_nothing(tmp_path: Path, text: str) -> None:
    path = write_places(tmp_path, [b"a"])
    path.with_suffix(".prj").write_text(text, encoding="ascii")
    assert _read(path).crs is None


def test_what_is_no_shapefile_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.shp"
    path.write_bytes(b"no shapefile at all" * 20)
    with pytest.raises(SourceError, match=r"a\.shp: begins with b'no shape' and is no shapefile"):
        _read(path)


coordinate = st.one_of(st.floats(-1e7, 1e7), st.sampled_from([0.0, 1.0, NAN, 1e300]))
vertices = st.lists(st.tuples(coordinate, coordinate), max_size=6)


@given(
    st.sampled_from([1, 3, 5]), st.lists(st.lists(vertices, max_size=2), max_size=12), st.booleans()
)
@settings(max_examples=150)
def test_the_fast_way_gives_the_bytes_of_the_careful_one(
    kind: int, shapes: list[list[list[tuple[float, float]]]], closed: bool
) -> None:
    contents = [
        point(*parts[0][0])
        if kind == 1 and parts and parts[0]
        else parted(3 if kind == 1 else kind, [p + p[:1] if closed else p for p in parts])
        for parts in shapes
    ]
    lengths = np.array([len(content) for content in contents], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    block = np.frombuffer(b"".join(contents), dtype=np.uint8)
    wkb, rows = read_plain(block, starts, lengths)
    assert wkb.to_pylist() == [read_shape(contents[row]).wkb for row in rows]


@pytest.mark.parametrize("kind", ["Point", "LineString", "Polygon", "MultiPoint", "MultiPolygon"])
def test_what_gdal_writes_is_read_as_gdal_reads_it(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(7)
    boxes = shapely.box(*(rng.random((2, 40)) * 100), *(rng.random((2, 40)) * 100 + 101))
    made = {
        "Point": shapely.centroid(boxes),
        "LineString": shapely.boundary(boxes),
        "Polygon": shapely.difference(boxes, shapely.box(100, 100, 101, 101)),
        "MultiPoint": shapely.multipoints([shapely.points(shapely.get_coordinates(boxes))]),
        "MultiPolygon": shapely.difference(boxes, shapely.box(100, -9, 101, 999)),
    }[kind]
    path = tmp_path / "a.shp"
    wkb = shapely.to_wkb(made)
    pyogrio.raw.write(path, wkb, [np.arange(len(wkb))], ["N"], geometry_type=kind, crs="EPSG:4490")
    expected = shapely.from_wkb(pyogrio.raw.read(path)[2])
    found = shapely.from_wkb(_read(path).geometry.to_pylist())
    assert shapely.equals_exact(shapely.normalize(found), shapely.normalize(expected)).all()


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize(
    "name",
    ["cn/Jianghao__ucasmap/data/china", "fiona/coutwildrnp", "geotools/streams", "gdal/shp/Stacks"],
)
def test_a_real_file_is_read_as_gdal_reads_it(name: str) -> None:
    path = CORPUS / f"{name}.shp"
    expected = shapely.force_2d(shapely.from_wkb(pyogrio.raw.read(path)[2]))
    found = shapely.from_wkb(_read(path).geometry.to_pylist())
    assert shapely.equals_exact(shapely.normalize(found), shapely.normalize(expected)).all()


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_a_damaged_shx_of_the_corpus_hides_none_of_22_points() -> None:
    source = _read(CORPUS / "mapshaper" / "shapefile" / "shplib" / "3dpoints.shp")
    assert (len(source.geometry), source.geometry.null_count) == (22, 0)


def _mutated(rng: random.Random, data: bytes) -> bytes:
    """Flip bytes, or cut, or add some."""
    changed, at = bytearray(data), rng.randrange(len(data))
    how = rng.randrange(4)
    if how == 0:
        del changed[at:]
    elif how == 1:
        changed[at:at] = rng.randbytes(4)
    else:
        for _ in range(rng.choice((1, 4, 16))):
            where = rng.randrange(len(data) if how == 2 else min(len(data), 160))
            changed[where] = rng.choice((0, 1, 127, 128, 255))
    return bytes(changed)


@pytest.mark.parametrize("seed", range(10))
def test_hostile_bytes_give_a_source_or_one_line(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    path = write_places(tmp_path, ["吉林大路".encode("gbk"), b"b", "山".encode()])
    contents = [parted(5, [SQUARE, HOLE]), parted(5, [AWAY]), struct.pack("<i", 0)]
    write_shp(path, 5, contents)
    parts = {suffix: path.with_suffix(suffix).read_bytes() for suffix in (".shp", ".shx", ".dbf")}
    for _ in range(40):
        for suffix, data in parts.items():
            path.with_suffix(suffix).write_bytes(
                _mutated(rng, data) if rng.random() < 0.5 else data
            )
        try:
            source = _read(path)
        except SourceError as error:
            assert "\n" not in str(error)
        else:
            assert len(source.geometry) == source.table.num_rows
            shapely.from_wkb(source.geometry.to_pylist())


def test_shells_that_overlap_in_part_are_both_shells(tmp_path: Path) -> None:
    over = [(5.0, 5.0), (5.0, 9.0), (11.0, 9.0), (11.0, 5.0), (5.0, 5.0)]
    inside = [(1.0, 1.0), (1.0, 12.0), (9.0, 12.0), (9.0, 1.0), (1.0, 1.0)]
    (polygon,) = _geometries(_only(tmp_path, 5, parted(5, [SQUARE, over, inside])))
    assert polygon is not None
    assert sorted(part.area for part in polygon.geoms) == [24, 88, 100]


def test_a_file_cut_between_records_is_said_to_be_cut(tmp_path: Path) -> None:
    path = write_shp(tmp_path / "a.shp", 1, [point(1, 2), point(3, 4)], shx=False)
    path.write_bytes(path.read_bytes()[:-28])
    assert "truncated" in _rules(_read(path))


def test_entries_that_overlap_are_not_believed(tmp_path: Path) -> None:
    path = write_shp(tmp_path / "a.shp", 3, [parted(3, [SQUARE])])
    data, shx = path.read_bytes(), path.with_suffix(".shx")
    inner = struct.pack(">ii", 2, (len(data) - 160) // 2)
    path.write_bytes(data[:152] + inner + data[160:])
    shx.write_bytes(shx.read_bytes() + struct.pack(">ii", 76, (len(data) - 160) // 2))
    source = _read(path)
    assert len(source.geometry) == 1
    assert "shx-damaged" in _rules(source)


def test_a_first_part_that_begins_late_begins_at_the_first_point(tmp_path: Path) -> None:
    content = bytearray(parted(5, [SQUARE, AWAY]))
    struct.pack_into("<I", content, 44, 5)
    source = _only(tmp_path, 5, bytes(content))
    assert _geometries(source) == [MultiPolygon([Polygon(SQUARE), Polygon(AWAY)])]
    assert _rules(source) == {"part-start"}
