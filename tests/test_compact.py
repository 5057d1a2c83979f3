"""The coding of layers: a decoder that is written from the format's description reads all of it."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import struct
import zlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser
from shapely.geometry import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from erdao_geo import PageError
from erdao_geo.page import compact
from erdao_geo.page.compact import Compact, encode
from erdao_geo.page.elements import as_text, block_elements, json_element

WORLD = 2**28

Pixels = list[list[tuple[int, int]]]
"""A feature's rings."""


class Reader:
    """Reads numbers one after the other."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def take(self, length: int) -> bytes:
        self.at += length
        taken = self.data[self.at - length : self.at]
        assert len(taken) == length
        return taken

    def sequence(self, count: int) -> list[int]:
        width = self.take(1)[0]
        planes = [self.take(count) for _ in range(width)]
        return [sum(plane[i] << 8 * n for n, plane in enumerate(planes)) for i in range(count)]

    def signed(self, count: int) -> list[int]:
        return [-(n + 1) // 2 if n % 2 else n // 2 for n in self.sequence(count)]

    def doubles(self, count: int) -> list[float]:
        planes = [self.take(count) for _ in range(8)]
        return [struct.unpack("<d", bytes(p[i] for p in planes))[0] for i in range(count)]

    def texts(self, count: int) -> list[str | None]:
        lengths = self.sequence(count)
        return [self.take(length - 1).decode() if length else None for length in lengths]


def decoded_geometry(coded: Compact) -> tuple[list[Pixels], list[float]]:
    """Give each feature's rings in pixels, and the sizes."""
    features: list[Pixels] = []
    sizes: list[float] = []
    for packed, both in zip(coded.geometry, coded.meta["geometryBlocks"], strict=True):
        data = zlib.decompress(packed)
        assert (len(data), len(packed)) == both
        reader = Reader(data)
        count, rings, vertices = struct.unpack("<III", reader.take(12))
        ring_counts, lengths = reader.sequence(count), reader.sequence(rings)
        heads = [reader.signed(rings) for _ in "xy"]
        turns = [iter(reader.signed(vertices - rings)) for _ in "xy"]
        axes = [walked(*each, lengths) for each in zip(heads, turns, strict=True)]
        made = [list(zip(x, y, strict=True)) for x, y in zip(*axes, strict=True)]
        assert sum(map(len, made)) == vertices
        for number in ring_counts:
            features.append(made[:number])
            made = made[number:]
        assert made == []
        if coded.meta["sized"]:
            sizes += reader.doubles(count)
        assert reader.at == len(data)
    assert len(features) == coded.meta["count"]
    return features, sizes


def walked(heads: Sequence[int], turns: Any, lengths: Sequence[int]) -> list[list[int]]:
    rings, head = [], 0
    for start, length in zip(heads, lengths, strict=True):
        head += start
        ring, step = [head], 0
        for _ in range(length - 1):
            step += next(turns)
            ring.append(ring[-1] + step)
        rings.append(ring)
    return rings


def decoded_values(coded: Compact) -> list[list[Any]]:
    """Give the columns."""
    blocks = [zlib.decompress(block) for block in coded.values]
    lengths = [tuple(map(len, both)) for both in zip(blocks, coded.values, strict=True)]
    assert lengths == coded.meta["valuesBlocks"]
    return [column(c, b"".join(blocks), coded.meta["count"]) for c in coded.meta["columns"]]


def column(what: dict[str, Any], data: bytes, count: int) -> list[Any]:
    reader = Reader(data, what["start"])
    load = json.loads if what.get("json") else str
    match what["kind"]:
        case "double":
            return [None if math.isnan(n) else n for n in reader.doubles(count)]
        case "number":
            low, unit = what["min"], 10 ** what["decimals"]
            return [(low + n - 1) / unit if n else None for n in reader.sequence(count)]
        case "text":
            return [None if text is None else load(text) for text in reader.texts(count)]
    codes = reader.sequence(count)
    texts = [] if "values" in what else reader.texts(what["distinct"])
    values = [None, *what.get("values", map(load, texts))]
    return [values[code] for code in codes]


def table(geometries: Sequence[BaseGeometry | None], **columns: Any) -> gpd.GeoDataFrame:
    array = np.empty(len(geometries), object)
    array[:] = geometries
    return gpd.GeoDataFrame(columns, geometry=array, crs=4326, index=range(len(geometries)))


def pixels(lon: float, lat: float) -> tuple[float, float]:
    """Project by the textbook (Snyder 1987, eq. 7-1 and 7-2, on the sphere)."""
    lat = max(-85.0511287798066, min(85.0511287798066, lat))
    y = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    return (lon + 180) / 360 * WORLD, (1 - y / math.pi) / 2 * WORLD


def rings_of(geometry: BaseGeometry | None) -> list[list[tuple[float, ...]]]:
    """Give a geometry's parts and rings by their coordinates, without the closing vertices."""
    if geometry is None or geometry.is_empty:
        return []
    if hasattr(geometry, "geoms"):
        return [ring for part in geometry.geoms for ring in rings_of(part)]
    if isinstance(geometry, Polygon):
        return [list(r.coords)[:-1] for r in (geometry.exterior, *geometry.interiors)]
    return [list(geometry.coords)]


def rfc(geometry: BaseGeometry | None) -> BaseGeometry | None:
    """Turn the rings of a geometry that does not go round the world."""
    if geometry is None or geometry.is_empty or geometry.bounds[2] - geometry.bounds[0] >= 180:
        return geometry
    return shapely.orient_polygons(geometry)


def assert_near(features: list[Pixels], geometries: Sequence[BaseGeometry | None]) -> None:
    """Compare with the projected coordinates: half a pixel is 0.0747 m at the equator."""
    assert len(features) == len(geometries)
    for rings, geometry in zip(features, geometries, strict=True):
        wanted = rings_of(rfc(geometry))
        assert [len(ring) for ring in rings] == [len(ring) for ring in wanted]
        for ring, coordinates in zip(rings, wanted, strict=True):
            for (x, y), (lon, lat, *_) in zip(ring, coordinates, strict=True):
                away = pixels(lon, lat)
                assert abs(x - away[0]) <= 0.5001
                assert abs(y - away[1]) <= 0.5001


# --- geometry ---

DEGREES = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
NEAR = st.tuples(st.floats(125.3, 125.9), st.floats(43.7, 44))
SPOT = st.one_of(DEGREES, NEAR)


def spots(fewest: int) -> st.SearchStrategy[list[tuple[float, float]]]:
    return st.lists(NEAR, min_size=fewest, max_size=12)


RINGS = spots(3)
POLYGONS = st.builds(Polygon, RINGS, st.lists(RINGS, max_size=2))
LINES = st.builds(LineString, spots(2))
SHAPES_OF = {
    "Point": st.one_of(
        st.builds(Point, SPOT), st.builds(MultiPoint, st.lists(SPOT, max_size=3)), st.none()
    ),
    "LineString": st.one_of(
        LINES, st.builds(MultiLineString, st.lists(LINES, max_size=3)), st.none()
    ),
    "Polygon": st.one_of(
        POLYGONS, st.builds(MultiPolygon, st.lists(POLYGONS, max_size=3)), st.none()
    ),
}


@pytest.mark.parametrize("kind", SHAPES_OF)
@settings(deadline=None)
@given(data=st.data())
def test_every_vertex_comes_back_within_half_a_pixel(kind, data) -> None:
    shapes = data.draw(st.lists(SHAPES_OF[kind], max_size=6))
    features, _ = decoded_geometry(encode(table(shapes), [], kind))
    assert_near(features, shapes)


def test_rings_are_turned_so_that_a_hole_is_told_by_it() -> None:
    shell, hole = [(0, 0), (4, 0), (4, 4), (0, 4)], [(1, 1), (1, 2), (2, 2), (2, 1)]
    right, wrong = (
        Polygon(shell, [hole]),
        Polygon(shell[:1] + shell[:0:-1], [hole[:1] + hole[:0:-1]]),
    )
    coded = [encode(table([shape]), [], "Polygon").geometry for shape in (right, wrong)]
    assert coded[0] == coded[1]


@settings(deadline=None)
@given(st.lists(st.floats(allow_infinity=False), max_size=6))
def test_sizes_come_back_to_the_last_bit(sizes) -> None:
    coded = encode(table([None] * len(sizes)), [], "LineString", np.array(sizes, float))
    assert np.array(decoded_geometry(coded)[1]).tobytes() == np.array(sizes, float).tobytes()


def test_blocks_keep_the_order_of_features_and_respect_their_limits(monkeypatch) -> None:
    monkeypatch.setattr(compact, "FEATURES", 3)
    monkeypatch.setattr(compact, "VERTICES", 10)
    lengths = [2, 2, 2, 2, 9, 30, 0, 2, 2, 2]
    shapes = [LineString([(n, i / 9) for i in range(k)]) for n, k in enumerate(lengths)]
    coded = encode(table(shapes), [], "LineString")
    features, _ = decoded_geometry(coded)
    assert_near(features, shapes)
    counts = [struct.unpack("<III", zlib.decompress(block)[:12]) for block in coded.geometry]
    assert [(count, vertices) for count, _, vertices in counts] == [
        (3, 6), (1, 2), (1, 9), (1, 30), (3, 4), (1, 2),
    ]  # fmt: skip


def test_a_ring_may_have_more_vertices_than_two_bytes_count() -> None:
    turn = np.linspace(0, 2 * np.pi, 70_001)[:-1]
    ring = Polygon(np.column_stack([125 + np.cos(turn), 44 + np.sin(turn)]))
    coded = encode(table([ring]), [], "Polygon")
    assert coded.meta["vertices"] == 70_000
    assert_near(decoded_geometry(coded)[0], [ring])


def test_what_jumps_over_the_antimeridian_goes_on_beside_it() -> None:
    line = LineString([(179.5, 10), (-179.5, 11), (179, 12), (-179, 12)])
    ring = [(179, -1), (-179, -1), (-179, 1), (179, 1)]
    hole = [(-179.6, -0.5), (-179.6, 0.5), (-179.4, 0.5)]
    features, _ = decoded_geometry(encode(table([line]), [], "LineString"))
    wanted = LineString([(179.5, 10), (180.5, 11), (179, 12), (181, 12)])
    assert_near(features, [wanted])
    features, _ = decoded_geometry(encode(table([Polygon(ring, [hole])]), [], "Polygon"))
    moved = [[(lon % 360, lat) for lon, lat in one] for one in (ring, hole)]
    assert_near(features, [Polygon(moved[0], moved[1:])])


def test_polygons_round_the_world_keep_their_holes_where_they_are() -> None:
    band = Polygon([(-180, 0), (-60, 0), (60, 0), (180, 0), (180, 9), (60, 9), (-60, 9), (-180, 9)])
    band = Polygon(band.exterior, [[(150, 3), (160, 3), (155, 6)]])
    assert_near(decoded_geometry(encode(table([band]), [], "Polygon"))[0], [band])


@pytest.mark.parametrize("lat", [90, -90, 85.06])
def test_beyond_the_edge_of_the_map_lies_on_the_edge(lat) -> None:
    features, _ = decoded_geometry(encode(table([Point(0, lat)]), [], "Point"))
    assert features == [[[(WORLD // 2, 0 if lat > 0 else WORLD)]]]


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        (Point(0, 91), "no longitude and latitude"),
        (Point(float("inf"), 0), "no longitude and latitude"),
        (Point(7e5, 4.8e6), "no longitude and latitude"),
        (Point(1000, 0), "round the world"),
        (LineString([(0, 0), (1, 1)]), "of Point holds a geometry of the type linestring"),
        (Point(0, 0).buffer(1), "of the type polygon; give each type its own layer"),
    ],
)
def test_what_no_page_can_draw_is_refused_by_one_line(shape, says) -> None:
    with pytest.raises(PageError, match=says) as caught:
        encode(table([Point(0, 0), shape]), [], "Point")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("shapes", [[], [None], [Point(), None], [MultiPoint()]])
def test_layers_without_any_place_are_coded(shapes) -> None:
    coded = encode(table(shapes, a=["x"] * len(shapes)), ["a"], "Point", np.full(len(shapes), 1.0))
    assert decoded_geometry(coded) == ([[]] * len(shapes), [1.0] * len(shapes))
    assert decoded_values(coded) == [["x"] * len(shapes)]


# --- values ---

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
WHOLE = st.integers(-(2**53 - 1), 2**53 - 1)
COLUMNS = {
    "text": (TEXTS, "object"),
    "whole": (WHOLE, "Int64"),
    "small": (st.integers(-300, 300), "Int64"),
    "double": (st.floats(allow_nan=False), "float64"),
    "money": (st.decimals(-9999, 9999, places=2, allow_nan=False).map(float), "float64"),
    "truth": (st.booleans(), "boolean"),
    "mixture": (st.one_of(TEXTS, WHOLE, st.booleans(), st.lists(WHOLE)), "object"),
}


@pytest.mark.parametrize("name", COLUMNS)
@settings(deadline=None)
@given(data=st.data())
def test_every_value_comes_back_as_it_was(name, data) -> None:
    values, dtype = COLUMNS[name]
    made = data.draw(st.lists(st.one_of(st.none(), values), max_size=20))
    column = pd.Series(made, dtype=dtype)
    coded = encode(table([None] * len(made), a=column), ["a"], "Point")
    (read_,) = decoded_values(coded)
    assert read_ == made
    assert [isinstance(value, bool) for value in read_] == [isinstance(v, bool) for v in made]


def test_many_texts_that_differ_and_some_that_do_not_come_back() -> None:
    unique = [f"第{n}号" for n in range(1000)]
    few = [f"{n % 300}街道" for n in range(1000)]
    coded = encode(table([None] * 1000, unique=unique, few=few), ["unique", "few"], "Point")
    assert [c["kind"] for c in coded.meta["columns"]] == ["text", "codes"]
    assert decoded_values(coded) == [unique, few]


def test_whole_numbers_that_a_browser_would_round_travel_as_text() -> None:
    long = pd.array([2**53, None, -(2**62), 1], "Int64")
    coded = encode(table([None] * 4, a=long, b=[10**30, 1, None, 2]), ["a", "b"], "Point")
    assert decoded_values(coded) == [
        [str(2**53), None, str(-(2**62)), "1"],
        [str(10**30), "1", None, "2"],
    ]


def test_dates_times_and_categories_are_read_as_text() -> None:
    day = pd.to_datetime(["2022-05-01", None, "2022-05-02"])
    time = pd.to_datetime(["2022-05-01T08:30:00", "2022-05-02T00:00:01", None])
    kind = pd.Categorical(["b", None, "a"])
    coded = encode(table([None] * 3, d=day, t=time, k=kind), ["d", "t", "k"], "Point")
    assert decoded_values(coded) == [
        ["2022-05-01", None, "2022-05-02"],
        ["2022-05-01T08:30:00", "2022-05-02T00:00:01", None],
        ["b", None, "a"],
    ]


@pytest.mark.parametrize("value", ["\ud800", b"bytes", {1, 2}])
def test_a_value_that_no_page_can_show_is_an_error_with_the_field(value) -> None:
    with pytest.raises(PageError, match="the field '名称' holds what no page can show"):
        encode(table([None, None], 名称=pd.Series(["a", value], dtype=object)), ["名称"], "Point")


def test_ten_thousand_fields_are_coded() -> None:
    names = [f"字段{n}" for n in range(10_000)]
    frame = pd.DataFrame([[f"{n % 7}" for n in range(10_000)]], columns=names)
    coded = encode(gpd.GeoDataFrame(frame, geometry=[Point(1, 1)], crs=4326), names, "Point")
    assert [column for (column,) in decoded_values(coded)] == frame.iloc[0].tolist()


# --- text ---


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_bytes_are_one_number_in_pairs_of_letters(data) -> None:
    text = as_text(data)
    letters = [chr(n) for n in range(0x21, 0x7F) if chr(n) not in "<>&"]
    digits = [letters.index(letter) for letter in text]
    pairs = [low + 91 * high for low, high in zip(digits[::2], digits[1::2], strict=True)]
    assert sum(pair << 13 * n for n, pair in enumerate(pairs)) == int.from_bytes(data, "little")
    assert len(pairs) == 8 * math.ceil(len(data) / 13)


def test_no_text_ends_the_element_that_carries_it() -> None:
    text = json_element("eg-x", {"</script>": "<!--&\u2028"}).render()
    assert re.fullmatch(r'<script type="application/json" id="eg-x">[^<>&\u2028]*</script>\n', text)


# --- in the browser ---

READ = """async (meta) => {
  const layer = await erdaoGeo.decode(meta, 0);
  const number = (n) => (Number.isNaN(n) ? null : n);
  const { count, ringStart, vertexStart, x, y, box } = layer;
  return { ringStart: [...ringStart], vertexStart: [...vertexStart], x: [...x], y: [...y],
    box: [...box], size: layer.size && [...layer.size].map(number),
    columns: meta.columns.map((_, k) => {
      return Array.from({ length: count }, (_, i) => layer.column(k).value(i)); }),
    codes: meta.columns.map((_, k) => { const { codes, values } = layer.column(k);
      return codes && Array.from(codes, (code) => values[code]); }),
    left: document.querySelectorAll("script[id]").length };
}"""
OLD_BROWSER = "delete globalThis.DecompressionStream;"


@pytest.fixture(params=["", OLD_BROWSER], ids=["today", "old"])
def read(request, browser: Browser) -> Any:
    """Give what decodes a layer in the browser, with what it offers and without."""
    context = browser.new_context(offline=True)
    context.add_init_script(request.param)

    def read_(coded: Compact) -> dict[str, Any]:
        page = context.new_page()
        page.set_content("".join(block.render() for block in block_elements(coded, "0")))
        for path in ("_assets/fflate.js", "page/js/blocks.js", "page/js/decode.js"):
            page.add_script_tag(content=files("erdao_geo").joinpath(path).read_text("utf-8"))
        old = page.evaluate("typeof DecompressionStream") == "undefined"
        assert old == bool(request.param)
        return page.evaluate(READ, json.loads(json.dumps(coded.meta)))

    yield read_
    context.close()


MIXED = {
    "code": ["a", None, "b", "a"],
    "unique": ["\ufeff一\u2028", "", None, "</script>\0"],
    "count": pd.array([1, None, -7, 2**31], "Int64"),
    "money": [0.1, None, 1234.56, -3.25],
    "ratio": [1 / 3, float("nan"), 1e300, 5e-324],
    "open": pd.array([True, None, False, True], "boolean"),
    "long": pd.array([220105001001000123, None, 5, 7], "Int64"),
    "wide": [2**53 - 1, -(2**53 - 1), 0, 1],
    "nothing": [None] * 4,
    "day": [dt.date(2022, 5, 1), None, dt.date(2021, 1, 31), dt.date(2022, 5, 1)],
    "mixture": ["1", 1, True, None],
    "list": [[1, "x"], None, {"a": None}, []],
}
SHOWN = MIXED | {
    "count": [1, None, -7, 2**31],
    "ratio": [1 / 3, None, 1e300, 5e-324],
    "open": [True, None, False, True],
    "long": ["220105001001000123", None, "5", "7"],
    "day": ["2022-05-01", None, "2021-01-31", "2022-05-01"],
}
SHAPES = [
    LineString([(125.3, 43.8), (125.31, 43.81), (125.3, 43.8)]),
    None,
    MultiLineString([[(179.9, -10), (179.95, -10.5)], [(0, 0), (0, 0)]]),
    LineString(),
]


@pytest.mark.browser
@pytest.mark.parametrize("features_a_block", [1, 3, 1000])
def test_the_browser_reads_what_the_format_says(features_a_block, read, monkeypatch) -> None:
    monkeypatch.setattr(compact, "FEATURES", features_a_block)
    monkeypatch.setattr(compact, "VALUES", 10 * features_a_block)
    sizes = np.array([1.5, np.nan, 1e9 / 7, 0])
    coded = encode(table(SHAPES, **MIXED), list(MIXED), "LineString", sizes)
    seen = read(coded)
    features, _ = decoded_geometry(coded)
    rings = [ring for rings in features for ring in rings]
    assert seen["ringStart"] == [0, *np.cumsum([len(rings) for rings in features]).tolist()]
    assert seen["vertexStart"] == [0, *np.cumsum([len(ring) for ring in rings]).tolist()]
    assert seen["x"] == [x for ring in rings for x, _ in ring]
    assert seen["y"] == [y for ring in rings for _, y in ring]
    assert seen["size"] == [1.5, None, 1e9 / 7, 0]
    assert seen["columns"] == decoded_values(coded) == list(SHOWN.values())
    assert all(codes in (None, SHOWN[n]) for n, codes in zip(MIXED, seen["codes"], strict=True))
    boxes = np.array(seen["box"]).reshape(-1, 4).tolist()
    assert boxes == [box_of(rings) for rings in features]
    assert seen["left"] == 0


def box_of(rings: Pixels) -> list[int]:
    if not rings:
        return [1, 1, 0, 0]
    x, y = zip(*(vertex for ring in rings for vertex in ring), strict=True)
    return [min(x), min(y), max(x), max(y)]
