"""What a GeoJSON itself says, where GDAL's reading of it is another.

GDAL makes a column of one type: of `1.1` beside `"x"` it makes 1.1000000000000001, of `true` beside
`2` a 1, of 9007199254740993 beside `1.5` a 9007199254740992. It takes a
geometry with odd coordinates for none. Both are few, and told by what came out; only then is the
text read again, a feature at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from erdao_geo.importing.foreign import Finding

_EXACT = 2.0**53
"""From here on a double no longer tells whole numbers apart."""
_LONG_DECIMAL = re.compile(r"-?\d+\.\d{12,}(?:e[+-]?\d+)?")
_MAYBE_LONG = r"\d\.\d{12}"
_BOOLEAN = re.compile(r":\s*(?:true|false)\s*[,}]")
_NO_GEOMETRY = re.compile(r'"geometry"\s*:\s*null')
_HALF = re.compile(
    r"(?<!\\)(?:\\\\)*(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
"""One of the two that JSON writes a character beyond U+FFFF with, without the other."""
_BLANK = re.compile(r"[\s\ufeff\x1e]*")


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def as_written(table: pa.Table, text: str) -> tuple[pa.Table, tuple[Finding, ...]]:
    """Give the columns that GDAL changed as text, with each value as the file writes it.

    Parameters
    ----------
    table
        The fields of the file's one layer, as GDAL gives them.
    text
        The file: an object with a list of features.
    """
    names = [name for name in _doubtful(table, text) if table.column_names.count(name) == 1]
    findings = _halves(text)
    if not names:
        return table, findings
    found = _values(text, names)
    if any(len(values) != len(table) for values in found.values()):
        message = "its numbers beside text are given as GDAL writes them, with 17 digits"
        return table, (*findings, Finding(None, "number-inexact", message))
    for name, values in found.items():
        place = table.column_names.index(name)
        if _is_changed(table.column(place), values):
            table = table.set_column(place, name, _texts(values))
            message = (
                f"field {name!r} mixes kinds of values, or has numbers too long to be held "
                "exactly: each is read as the text that the file has"
            )
            findings += (Finding(None, "field-mixed", message),)
    return table, findings


def unread_geometries(geometry: pa.ChunkedArray, text: str) -> list[Finding]:
    """Find the features that have a geometry, and of which GDAL gives none, and no word of it."""
    nulls = geometry.is_null()
    if (pc.sum(nulls).as_py() or 0) <= len(_NO_GEOMETRY.findall(text)):
        return []
    bad: list[int] = []
    count = 0
    with suppress(ValueError, RecursionError, AttributeError):
        for count, (feature, null) in enumerate(zip(_features(text), nulls, strict=True), start=1):
            given = (feature.get("geometry") or {}) if null.as_py() else {}
            if given.get("coordinates") or given.get("geometries"):
                bad.append(count - 1)
    if count != len(geometry):
        return []
    message = "its geometry cannot be read: its type or its coordinates are none of GeoJSON's"
    return [Finding(record, "geometry-unreadable", message) for record in bad]


def _halves(text: str) -> tuple[Finding, ...]:
    """Say whether a file writes half characters, for which U+FFFD is read."""
    count = len(_HALF.findall(text)) if "\\u" in text else 0
    if not count:
        return ()
    message = f"{count:,} half characters like \\ud800 in its text, read as U+FFFD: ask the sender"
    return (Finding(None, "text-destroyed", message),)


def _doubtful(table: pa.Table, text: str) -> list[str]:
    """Name the columns that may have become others than they are written."""
    names = [n for n, c in zip(table.column_names, table.columns, strict=True) if _is_odd(c)]
    booleans = sum(len(c) - c.null_count for c in table.columns if pa.types.is_boolean(c.type))
    if (":" in text and len(_BOOLEAN.findall(text))) > booleans:
        numbers = (pa.types.is_integer, pa.types.is_floating)
        names += [field.name for field in table.schema if any(is_(field.type) for is_ in numbers)]
    return list(dict.fromkeys(names))


def _is_odd(column: pa.ChunkedArray) -> bool:
    kind = column.type
    if pa.types.is_nested(kind):
        return True
    if pa.types.is_floating(kind):
        return bool(pc.any(pc.greater_equal(pc.abs(column), _EXACT)).as_py())
    if not (pa.types.is_binary(kind) or pa.types.is_string(kind)):
        return False
    texts = column.cast(pa.string())
    hits = texts.filter(pc.match_substring_regex(texts, _MAYBE_LONG))
    return any(map(_has_long_decimal, hits.to_pylist()))


def _has_long_decimal(text: str) -> bool:
    """Tell whether a text has a number with all digits that a double may need, and needs fewer."""
    return any(repr(float(number)) != number for number in _LONG_DECIMAL.findall(text))


def _values(text: str, names: Sequence[str]) -> dict[str, list[Any]]:
    """Give these fields of each feature; of some features only where the text is no JSON."""
    found: dict[str, list[Any]] = {name: [] for name in names}
    with suppress(ValueError, RecursionError, AttributeError):
        for feature in _features(text):
            given = feature.get("properties", feature.get("attributes"))
            given = given if isinstance(given, dict) else feature
            for name, column in found.items():
                column.append(given.get(name))
    return found


def _features(text: str) -> Iterator[dict[str, Any]]:
    """Give each feature, its numbers as they are written, without ever holding all of them."""
    decoder = json.JSONDecoder(parse_float=_Number, parse_int=_Number)
    at = _list_of_features(text, decoder)
    while at < len(text) and not text.startswith("]", at):
        feature, at = decoder.raw_decode(text, at)
        yield feature
        at = _after(text, ",", at)


def _list_of_features(text: str, decoder: json.JSONDecoder) -> int:
    """Find where the features begin; at the beginning where each is a line of its own."""
    at = _after(text, "{", 0)
    while at < len(text) and not text.startswith("}", at):
        name, at = decoder.raw_decode(text, at)
        at = _after(text, ":", at)
        if name == "features":
            return _after(text, "[", at)
        _, at = decoder.raw_decode(text, at)
        at = _after(text, ",", at)
    return _after(text, "", 0)


def _after(text: str, sign: str, at: int) -> int:
    """Go past blanks, a sign if it stands there, and blanks."""
    at = _past_blanks(text, at)
    return _past_blanks(text, at + len(sign)) if text.startswith(sign, at) else at


def _past_blanks(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _is_changed(column: pa.ChunkedArray, values: list[Any]) -> bool:
    """Tell whether a column is another than the file's values: of text alone none is."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {str} or (kinds == {_Number} and pa.types.is_integer(column.type)):
        return False
    if kinds == {_Number} and pa.types.is_floating(column.type):
        return any(map(_is_long, values))
    return True


def _is_long(value: _Number | None) -> bool:
    """Tell whether a number is whole, and no double."""
    return value is not None and value.lstrip("-").isdecimal() and int(float(value)) != int(value)


def _texts(values: list[Any]) -> pa.ChunkedArray:
    texts = [None if value is None else _text(value) for value in values]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _text(value: Any) -> str:
    text = str(value) if isinstance(value, str) else _json(value)
    # Half of a pair (`\ud800`) is no character: as GDAL does, U+FFFD stands for it.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _json(value: Any) -> str:
    """Write a value as JSON, its numbers as they were."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        pairs = (f"{json.dumps(k, ensure_ascii=False)}: {_json(v)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    return json.dumps(value, ensure_ascii=False)
