"""Features as lines of GeoJSON text, a whole column and a whole coordinate array at a time.

Each field is a column of JSON texts, the coordinates of all features are written in one go and cut
where a feature's end, and Arrow joins it all, row by row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import shapely

Geometries = npt.NDArray[Any]
Ints = npt.NDArray[np.integer[Any]]

_TYPES = {0: "Point", 1: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString"}
_TYPES[6] = "MultiPolygon"
_NUMPY = orjson.OPT_SERIALIZE_NUMPY
_TEXT = pa.large_string()
_COMMA = b","[0]
_CLOSE = b"]"[0]
_PLAIN = {type(None), bool, int, float}
"""What is written without a comma in it."""
_ESCAPED = np.isin(np.arange(256), [*range(0x20), *b'"\\'])
"""Bytes that do not stand for themselves in JSON."""

SEPARATOR = b",\n"
"""What ends a line; no other line break stands in JSON."""


def feature_lines(columns: Mapping[str, Sequence[Any]], geometries: Geometries) -> pa.Array:
    r"""Write features as GeoJSON objects, a line each, each ended by `SEPARATOR`.

    Parameters
    ----------
    columns
        Each field's values, one for each feature: None, bool, int, float or str.
    geometries
        Shapely geometries in lon, lat, already rounded; None where there is none.

    Returns
    -------
    pyarrow.LargeStringArray
        In the order given, one after the other in memory. Each number stands in its shortest
        exact form.

    Examples
    --------
    >>> from shapely import Point
    >>> [line] = feature_lines({"id": ["a"], "n": [None]}, np.array([Point(125.4, 43.85)]))
    >>> line.as_py()[:50]
    '{"type":"Feature","properties":{"id":"a","n":null}'
    >>> line.as_py()[50:]
    ',"geometry":{"type":"Point","coordinates":[125.4,43.85]}},\n'
    """
    if not len(geometries):
        return _cut(np.zeros(0, np.uint8), np.zeros(0, np.int64))
    pieces: list[Any] = ['{"type":"Feature","properties":{']
    for number, (name, values) in enumerate(columns.items()):
        pieces += ["," * (number > 0), _dumps(name), ":", *_placed(values)]
    return _joined([*pieces, '},"geometry":', _geometry_texts(geometries), "}", ",\n"])


def text_of(lines: pa.Array) -> pa.Buffer:
    """Give the text of lines as `feature_lines` makes them, one after the other."""
    return lines.buffers()[2]


def _joined(pieces: Sequence[str | pa.Array]) -> pa.Array:
    """Join columns of text, and what stands between them, row by row."""
    merged: list[Any] = [""]
    for piece in pieces:
        if isinstance(piece, str) and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    arrays = [pa.scalar(p, _TEXT) if isinstance(p, str) else p for p in merged]
    return pc.binary_join_element_wise(*arrays, pa.scalar("", _TEXT))


def _geometry_texts(geometries: Geometries) -> pa.Array:
    """Write geometries as GeoJSON; a missing one is `null`."""
    kinds = shapely.get_type_id(geometries)
    plain = np.where(np.isin(kinds, list(_TYPES)) & ~shapely.is_empty(geometries), kinds, -1)
    rows, texts = [], []
    for kind in np.unique(plain).tolist():
        rows.append(np.flatnonzero(plain == kind))
        some = geometries[rows[-1]]
        texts.append(_odd_texts(some) if kind < 0 else _texts_of(kind, some))
    if len(texts) == 1:
        return texts[0]
    return pa.concat_arrays(texts).take(pa.array(np.argsort(np.concatenate(rows))))


def _odd_texts(geometries: Geometries) -> pa.Array:
    """Write what is missing, empty or a collection."""
    texts = [orjson.loads(text or "null") for text in shapely.to_geojson(geometries)]
    return pa.array([_dumps(text) for text in texts], _TEXT)


def _texts_of(kind: int, geometries: Geometries) -> pa.Array:
    """Write geometries of one type, none of them empty."""
    _, coordinates, offsets = shapely.to_ragged_array(geometries, include_z=False)
    begin = f'{{"type":"{_TYPES[kind]}","coordinates":'
    if not offsets:
        return _joined([begin, _runs(coordinates, np.arange(len(coordinates) + 1), b"}")])
    parts = _joined(["[", _runs(coordinates, offsets[0], b"]")])
    for ends in offsets[1:]:
        lists = pa.LargeListArray.from_arrays(pa.array(ends, pa.int64()), parts)
        parts = _joined(["[", pc.binary_join(lists, pa.scalar(",", _TEXT)), "]"])
    return _joined([begin, parts, "}"])


def _runs(coordinates: npt.NDArray[np.float64], ends: Ints, mark: bytes) -> pa.Array:
    """Write runs of vertices as `[x,y],[x,y]`, each with a mark in place of the comma after it."""
    written = orjson.dumps(np.ascontiguousarray(coordinates), option=_NUMPY)
    text = np.frombuffer(written, np.uint8)[1:].copy()  # its last bracket is where a comma would be
    stops = np.flatnonzero(text == _CLOSE)[ends[1:] - 1] + 2
    text[stops - 1] = mark[0]
    return _cut(text, stops)


def _cut(text: npt.NDArray[np.uint8], stops: Ints) -> pa.Array:
    """Make texts of UTF-8, from where each stops."""
    offsets = np.concatenate([[0], stops]).astype(np.int64)
    return pa.LargeStringArray.from_buffers(len(stops), pa.py_buffer(offsets), pa.py_buffer(text))


def _placed(values: Sequence[Any]) -> list[str | pa.Array]:
    """Give a column as JSON, and what stands about it."""
    kinds = set(map(type, values))
    if len(kinds) == 1 and values.count(values[0]) == len(values):
        return [_dumps(values[0])]
    if kinds == {str}:
        texts = pa.array(values, _TEXT)
        if not _ESCAPED[np.frombuffer(texts.buffers()[2], np.uint8)].any():
            return ['"', texts, '"']
    elif kinds <= _PLAIN:
        return [_numbers(values)]
    if kinds <= {str, type(None)}:
        known = {value: _dumps(value) for value in set(values)}
        return [pa.array([known[value] for value in values], _TEXT)]
    return [pa.array([_dumps(value) for value in values], _TEXT)]


def _numbers(values: Sequence[Any]) -> pa.Array:
    """Write what has no comma in it, all at once."""
    text = np.frombuffer(orjson.dumps(list(values)), np.uint8)[1:]
    commas = text[:-1] == _COMMA
    stops = np.append(np.flatnonzero(commas), len(text) - 1) - np.arange(len(values))
    return _cut(text[:-1][~commas], stops)


def _dumps(value: Any) -> str:
    return orjson.dumps(value, default=_default).decode()


def _default(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no place in GeoJSON")
