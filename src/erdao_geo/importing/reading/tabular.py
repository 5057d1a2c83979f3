"""Tables of text (CSV, TSV, XLSX): their fields, and the geometry that some of them spell out.

No value is changed that could be a code: a field is of numbers only if all of its values are, and
none has a leading zero or more digits than a number keeps.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from erdao_geo.errors import SourceError
from erdao_geo.importing.foreign import Finding
from erdao_geo.importing.reading.columns import unique
from erdao_geo.importing.reading.curves import straighten
from erdao_geo.importing.reading.driving import straightened
from erdao_geo.importing.reading.limits import MAX_FEATURES, MAX_FIELDS

_DELIMITERS = ",\t;|"
_MAX_CELL = 64 * 2**20
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)?(\.\d+)?([eE][+-]?\d{1,3})?")
_DIGITS = 17
"""Significant digits that a double is ever written with."""
_WHOLE_DIGITS = 15
"""Digits of a whole number that a double always keeps."""
_LAST_SIMPLE = 7
_NAMED = 10
"""Short rows that are named."""
_UNEVEN = (
    "what stands in which field is not known; put quotes about text with a delimiter in it, or "
    "name every column"
)

_PAIRS = (
    ("lon", "lat"), ("lng", "lat"), ("long", "lat"), ("longitude", "latitude"),
    ("经度", "纬度"), ("lon_wgs84", "lat_wgs84"), ("wgs84_lon", "wgs84_lat"),
    ("x坐标", "y坐标"), ("坐标x", "坐标y"), ("横坐标", "纵坐标"), ("东坐标", "北坐标"),
    ("easting", "northing"), ("point_x", "point_y"), ("xcoord", "ycoord"),
    ("coord_x", "coord_y"), ("x_coord", "y_coord"), ("x", "y"),
)  # fmt: skip
_WKT = ("wkt", "geom", "geometry", "the_geom", "wkt_geom", "shape", "几何", "空间")
_SRID = re.compile(r"^\s*SRID=\d+;", re.IGNORECASE)
_WKT_START = re.compile(
    r"\s*(SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON|CURVE|SURFACE|GEOMETRYCOLLECTION"
    r"|CIRCULARSTRING|COMPOUNDCURVE|CURVEPOLYGON)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Located:
    """The geometry that a table's fields spell out."""

    geometry: pa.ChunkedArray
    """WKB; all null where no field spells any."""
    fields: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    rejected: tuple[Finding, ...] = ()


Findings = tuple[Finding, ...]


def read_csv(text: str, *, extension: str, shown: object) -> tuple[pa.Table, Findings, Findings]:
    """Read delimited text; its first row names the fields.

    Returns
    -------
    tuple
        Its records as a table; what was found; which records are rejected, for they have more cells
        than there are fields: where a comma is not in quotes, what follows stands in wrong fields.

    Raises
    ------
    SourceError
        If it has no rows, a cell or a row without end, or too many of either.
    """
    delimiter = "\t" if extension == ".tsv" else _delimiter(text)
    rows = _rows(text, delimiter, shown)
    if not rows:
        raise SourceError(f"{shown}: has no rows; ask the sender for it anew")
    header, records, findings = _header(rows)
    header = unique(header, findings)
    if len(records) > MAX_FEATURES or len(header) > MAX_FIELDS:
        raise SourceError(
            f"{shown}: has {len(records):,} rows and {len(header):,} fields; at most "
            f"{MAX_FEATURES:,} and {MAX_FIELDS:,} are read"
        )
    width = len(header)
    rejected = [
        Finding(number, "row-uneven", f"has {len(row)} cells, the header {width}: {_UNEVEN}")
        for number, row in enumerate(records)
        if any(map(str.strip, row[width:]))
    ]
    short = [number for number, row in enumerate(records) if len(row) < width]
    if short:
        findings.append(_short_rows(short, width))
    columns = [
        _typed([row[i].strip() if i < len(row) else "" for row in records]) for i in range(width)
    ]
    return pa.Table.from_arrays(columns, names=header), tuple(findings), tuple(rejected)


def _short_rows(records: list[int], width: int) -> Finding:
    named = ", ".join(f"#{record + 1}" for record in records[:_NAMED])
    more = f" and {len(records) - _NAMED:,} more" if len(records) > _NAMED else ""
    message = (
        f"fewer cells than the header's {width} in {named}{more}: what is missing at the end is "
        "read as blank; see that no delimiter is missing there"
    )
    return Finding(None, "row-short", message)


def locate(table: pa.Table, shown: Path) -> Located:
    """Find the fields that spell out a geometry, and read them.

    Notes
    -----
    A pair of fields is taken by name (lon and lat, 经度 and 纬度, x and y, ...), WKT by name or by
    what the first values begin with. A record whose value cannot be read is rejected.
    """
    names = {name.strip().lower(): name for name in reversed(table.column_names)}
    wkt = next((names[n] for n in _WKT if n in names and _is_wkt(table[names[n]])), None)
    wkt = wkt or next((name for name in table.column_names if _is_wkt(table[name])), None)
    if wkt:
        return _from_wkt(table[wkt], wkt, shown)
    for first, second in _PAIRS:
        if first in names and second in names:
            return _from_pair(table, names[first], names[second])
    missing = Finding(None, "no-geometry", "no field spells out a geometry (lon and lat, or WKT)")
    return Located(_wkb([None] * table.num_rows), (), (missing,))


def _delimiter(text: str) -> str:
    """Give what parts the cells of the first line that is not empty."""
    head = text.lstrip("\r\n")[:65_536]
    line = re.sub(r'"[^"]*"', "", head).partition("\n")[0]
    return max(_DELIMITERS, key=line.count)


def _rows(text: str, delimiter: str, shown: object) -> list[list[str]]:
    csv.field_size_limit(_MAX_CELL)
    try:
        return _parsed(text, delimiter, strict=True)
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise SourceError(
                f"{shown}: a quotation mark is opened and never closed; correct it, and try again"
            ) from error
    try:
        return _parsed(text, delimiter, strict=False)
    except csv.Error as error:
        raise SourceError(
            f"{shown}: is no table that can be read ({error}); save it anew"
        ) from error


def _parsed(text: str, delimiter: str, *, strict: bool) -> list[list[str]]:
    lines = io.StringIO(text, newline="")
    return [row for row in csv.reader(lines, delimiter=delimiter, strict=strict) if row]


def _header(rows: list[list[str]]) -> tuple[list[str], list[list[str]], list[Finding]]:
    """Part the names of the fields from the records; numbers alone are no names."""
    names = [name.strip() for name in rows[0]]
    if not all(_is_number(name) for name in names):
        return names, rows[1:], []
    finding = Finding(None, "no-header", "its first row holds numbers alone, so it is a record")
    return [f"field_{n}" for n in range(1, len(names) + 1)], rows, [finding]


def _typed(values: Sequence[str]) -> pa.Array:
    filled = [value for value in values if value]
    if filled and all(_INTEGER.fullmatch(value) for value in filled):
        return _converted(values, int, pa.int64())
    if filled and all(map(_is_plain_number, filled)):
        return _converted(values, float, pa.float64())
    return _converted(values, str, pa.string())


def _is_number(value: str) -> bool:
    """Tell a number that a double keeps: of more digits it may be a code."""
    if not any(map(str.isdigit, value)) or _NUMBER.fullmatch(value) is None:
        return False
    mantissa = value.lower().partition("e")[0]
    most = _DIGITS if "." in mantissa else _WHOLE_DIGITS
    return len(mantissa.replace(".", "").strip("+-0")) <= most and math.isfinite(float(value))


def _is_plain_number(value: str) -> bool:
    """Tell a number that is written again as it stands: `1.10` and `1E5` may be codes."""
    if not _is_number(value):
        return False
    number = float(value)
    return value == (str(int(number)) if number.is_integer() else repr(number))


def _converted(
    values: Sequence[str], convert: Callable[[str], object], type_: pa.DataType
) -> pa.Array:
    return pa.array([convert(value) if value else None for value in values], type_)


def _is_wkt(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_string(column.type):
        return False
    values = [value for value in column.slice(0, 100).to_pylist() if value]
    return any(_WKT_START.match(value) for value in values)


def _from_wkt(column: pa.ChunkedArray, name: str, shown: Path) -> Located:
    texts = [text and _SRID.sub("", text) for text in column.to_pylist()]
    rejected: list[Finding] = []
    curved: list[int] = []
    found = [_wkt(text, record, rejected, curved) for record, text in enumerate(texts)]
    straight = straighten([texts[record] for record in curved], shown) if curved else []
    for record, wkb in zip(curved, straight, strict=True):
        found[record] = wkb
        if wkb is None:
            reason = "its WKT is a curve that cannot be read"
            rejected.append(Finding(record, "geometry-unreadable", reason))
    findings = (straightened(len(curved)),) if any(wkb is not None for wkb in straight) else ()
    return Located(_wkb(found), (name,), findings, tuple(rejected))


def _wkt(text: str | None, record: int, rejected: list[Finding], curved: list[int]) -> bytes | None:
    """Read WKT; list the record among the rejected where it is none, or among the curved."""
    if not text:
        return None
    try:
        with np.errstate(invalid="ignore"):  # of a NaN, which is named later
            geometry = shapely.from_wkt(text)
        if shapely.get_type_id(geometry) <= _LAST_SIMPLE:
            return bytes(shapely.to_wkb(geometry, flavor="iso"))
        curved.append(record)
    except NotImplementedError:  # a curve, to shapely
        curved.append(record)
    except (shapely.errors.ShapelyError, UnicodeDecodeError) as error:  # GEOS cuts its own words
        reason = f"its WKT cannot be read: {' '.join(str(error).split())}"
        rejected.append(Finding(record, "geometry-unreadable", reason))
    return None


def _from_pair(table: pa.Table, first: str, second: str) -> Located:
    x, y = (_numbers(table[name]) for name in (first, second))
    empty = np.isnan(x) & np.isnan(y)
    bad = (np.isnan(x) | np.isnan(y) | np.isinf(x) | np.isinf(y)) & ~empty
    bad |= _filled(table[first]) & np.isnan(x)
    bad |= _filled(table[second]) & np.isnan(y)
    rejected = tuple(
        Finding(
            int(record),
            "geometry-unreadable",
            f"{first} {table[first][record].as_py()!r}, {second} {table[second][record].as_py()!r} "
            "are no two numbers",
        )
        for record in np.flatnonzero(bad)
    )
    points = shapely.to_wkb(
        shapely.points(np.where(bad | empty, 0, x), np.where(bad | empty, 0, y))
    )
    wkb = [None if out else point for out, point in zip(bad | empty, points, strict=True)]
    return Located(_wkb(wkb), (first, second), rejected=rejected)


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    return np.array([_number(value) for value in column.to_pylist()], dtype=float)


def _number(value: object) -> float:
    text = "" if value is None else str(value).strip()
    return float(text) if any(map(str.isdigit, text)) and _NUMBER.fullmatch(text) else float("nan")


def _filled(column: pa.ChunkedArray) -> np.ndarray:
    filled = (value is not None and str(value).strip() != "" for value in column.to_pylist())
    return np.fromiter(filled, dtype=bool, count=len(column))


def _wkb(values: Sequence[bytes | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.binary())])
