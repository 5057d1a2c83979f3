"""The coding of layers: an independent decoder, written from the format's description, reads all."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
import struct
import zlib
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser
from shapely.geometry import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from erdao_geo import PageError
from erdao_geo.page import compact
from erdao_geo.page.compact import Compact, encode

WORLD = 2**28
LENGTHS = {"Point": 0, "LineString": 0, "Polygon": 1}

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
    for packed, length in zip(coded.geometry, coded.meta["geometryBlocks"], strict=True):
        data = zlib.decompress(packed)
        assert len(data) == length
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
    assert [len(block) for block in blocks] == coded.meta["valuesBlocks"]
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


def assert_near(features: list[Pixels], geometries: Sequence[BaseGeometry | None]) -> None:
    """Compare with the projected coordinates: half a pixel is 0.0747 m at the equator."""
    assert len(features) == len(geometries)
    for rings, geometry in zip(features, geometries, strict=True):
        wanted = rings_of(geometry)
        assert [len(ring) for ring in rings] == [len(ring) for ring in wanted]
        for ring, coordinates in zip(rings, wanted, strict=True):
            for (x, y), (lon, lat, *_) in zip(ring, coordinates, strict=True):
                away = pixels(lon, lat)
                assert abs(x - away[0]) <= 0.5001
                assert abs(y - away[1]) <= 0.5001


# --- in the browser ---

READ = """async (meta) => {
  const layer = await erdaoGeo.decode(meta, 0);
  const number = (n) => (Number.isNaN(n) ? null : n);
  return { ringStart: [...layer.ringStart], vertexStart: [...layer.vertexStart], x: [...layer.x], y: [...layer.y],
    box: [...layer.box], size: layer.size && [...layer.size].map(number),
    columns: meta.columns.map((_, k) => Array.from({ length: layer.count }, (_, i) => layer.column(k).value(i))),
    codes: meta.columns.map((_, k) => { const { codes, values } = layer.column(k);
      return codes && Array.from(codes, (code) => values[code]); }),
    left: document.querySelectorAll("script[id]").length };
}"""
OLD_BROWSER = "delete globalThis.DecompressionStream; delete Uint8Array.fromBase64;"


@pytest.fixture(params=["", OLD_BROWSER], ids=["today", "old"])
def read(request, browser: Browser) -> Any:
    """Give what decodes a layer in the browser, with what it offers and without."""
    context = browser.new_context(offline=True)
    context.add_init_script(request.param)

    def read_(coded: Compact) -> dict[str, Any]:
        page = context.new_page()
        blocks = [("geometry", coded.geometry), ("values", coded.values)]
        elements = [
            f'<script type="application/octet-stream" id="eg-layer-0-{name}-{number}">'
            f"{base64.b64encode(block).decode()}</script>"
            for name, all_ in blocks
            for number, block in enumerate(all_)
        ]
        page.set_content("".join(elements))
        for path in ("_assets/fflate.js", "page/js/decode.js"):
            page.add_script_tag(content=files("erdao_geo").joinpath(path).read_text("utf-8"))
        assert page.evaluate("typeof DecompressionStream") == (
            "undefined" if request.param else "function"
        )
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
    assert seen["left"] == 0
