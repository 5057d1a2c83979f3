"""Features as lines of GeoJSON text, a whole column and a whole coordinate array at a time.

The coordinates of all features are written in one go; a feature's text is then a slice of it, cut
between brackets. A value is written once however often it stands in its column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely

Geometries = npt.NDArray[Any]
Ints = npt.NDArray[np.integer[Any]]

_TYPES = {0: "Point", 1: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString"}
_TYPES[6] = "MultiPolygon"
_NUMPY = orjson.OPT_SERIALIZE_NUMPY
_OPEN, _CLOSE = b"[]"
_PLAIN = {type(None), bool, int, float}
"""What is written without a comma in it."""


SEPARATOR = b",\n"
"""What ends a line; no other line break stands in JSON."""


def feature_lines(columns: Mapping[str, Sequence[Any]], geometries: Geometries) -> bytes:
    r"""Write features as GeoJSON objects, a line each, each ended by `SEPARATOR`.

    Parameters
    ----------
    columns
        Each field's values, one for each feature: None, bool, int, float or str.
    geometries
        Shapely geometries in lon, lat, already rounded; None where there is none.

    Returns
    -------
    bytes
        UTF-8, in the order given. Each number stands in its shortest exact form.

    Examples
    --------
    >>> from shapely import Point
    >>> line = feature_lines({"id": ["a"], "n": [None]}, np.array([Point(125.4, 43.85)]))
    >>> line[:50]
    b'{"type":"Feature","properties":{"id":"a","n":null}'
    >>> line[50:]
    b',"geometry":{"type":"Point","coordinates":[125.4,43.85]}},\n'
    """
    parts, varying = [], []
    for name, values in columns.items():
        place, texts = _placed(values)
        parts.append(f"{_dumps(name).replace('%', '%%')}:{place}")
        varying += [texts] if texts is not None else []
    properties = ",".join(parts)
    form = f'{{"type":"Feature","properties":{{{properties}}},"geometry":%s}}{SEPARATOR.decode()}'
    rows = zip(*varying, geometry_texts(geometries), strict=True)
    return "".join([form % row for row in rows]).encode()


def geometry_texts(geometries: Geometries) -> list[str]:
    """Write geometries as GeoJSON; a missing one is `null`."""
    texts = np.full(len(geometries), "null", dtype=object)
    kinds = shapely.get_type_id(geometries)
    for kind in np.unique(kinds[kinds >= 0]).tolist():
        rows = np.flatnonzero(kinds == kind)
        empty = shapely.is_empty(geometries[rows])
        odd = rows[empty] if kind in _TYPES else rows
        for row in odd.tolist():
            texts[row] = _dumps(orjson.loads(shapely.to_geojson(geometries[row])))
        rows = rows[~empty] if kind in _TYPES else rows[:0]
        texts[rows] = _texts_of(kind, geometries[rows]) if rows.size else []
    return texts.tolist()


def _texts_of(kind: int, geometries: Geometries) -> list[str]:
    """Write geometries of one type, none of them empty."""
    _, coordinates, offsets = shapely.to_ragged_array(geometries, include_z=False)
    if offsets:
        parts = [f"[{text}]" for text in _slices(coordinates, offsets[0])]
    else:
        parts = _slices(coordinates, np.arange(len(coordinates) + 1))
    for ends in offsets[1:]:
        parts = [f"[{','.join(parts[i:j])}]" for i, j in pairwise(ends.tolist())]
    return [f'{{"type":"{_TYPES[kind]}","coordinates":{part}}}' for part in parts]


def _slices(coordinates: npt.NDArray[np.float64], ends: Ints) -> list[str]:
    """Write runs of vertices as `[x,y],[x,y]`, cut from the text of them all."""
    written = orjson.dumps(np.ascontiguousarray(coordinates), option=_NUMPY)[1:-1]
    marks = np.frombuffer(written, np.uint8)
    starts = np.flatnonzero(marks == _OPEN)[ends[:-1]]
    stops = np.flatnonzero(marks == _CLOSE)[ends[1:] - 1] + 1
    text = written.decode()
    return [text[i:j] for i, j in zip(starts.tolist(), stops.tolist(), strict=True)]


def _placed(values: Sequence[Any]) -> tuple[str, Sequence[Any] | None]:
    """Give a column's place in a line's form, and what is put there; None where it is constant."""
    if len(values) == 0:
        return "%s", values
    kinds = set(map(type, values))
    if len(kinds) == 1 and values.count(values[0]) == len(values):
        return _dumps(values[0]).replace("%", "%%"), None
    if kinds == {str}:
        if _stands_for_itself("".join(values)):
            return '"%s"', values
    elif kinds <= _PLAIN:
        return "%s", _dumps(list(values))[1:-1].split(",")
    if kinds <= {str, type(None)}:
        known = {value: _dumps(value) for value in set(values)}
        return "%s", [known[value] for value in values]
    return "%s", [_dumps(value) for value in values]


def _stands_for_itself(text: str) -> bool:
    """Tell whether a text is written in JSON as it is: no quote, no backslash, no control."""
    return '"' not in text and "\\" not in text and text.isprintable()


def _dumps(value: Any) -> str:
    return orjson.dumps(value, default=_default).decode()


def _default(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no place in GeoJSON")
