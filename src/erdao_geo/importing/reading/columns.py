"""Bring what a reader gave into the few types that a `Source` has, and say what was changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from erdao_geo.importing.foreign import Encoding, Finding, counted
from erdao_geo.importing.reading.encoding import Raw, decode, judge_encoding

_EXACT = 2**53
"""From here on not all whole numbers are in a double."""
_INT64 = (-(2**63), 2**63 - 1)
"""What GDAL gives for numbers that are beyond them."""


_KEPT = (pa.types.is_string, pa.types.is_boolean, pa.types.is_date32, pa.types.is_timestamp)
_CAST = (
    (pa.types.is_uint64, pa.string()),  # int64 does not hold them all
    (pa.types.is_integer, pa.int64()),
    (pa.types.is_floating, pa.float64()),
    (pa.types.is_date64, pa.date32()),
    (pa.types.is_large_string, pa.string()),
    (pa.types.is_string_view, pa.string()),
    (pa.types.is_time, pa.string()),
    (pa.types.is_decimal, pa.string()),
    (pa.types.is_null, pa.string()),
)
UTF8 = Encoding("utf-8", "certain", ("the format is always in UTF-8",))


@dataclass(frozen=True)
class Settled:
    """A table in the types of a `Source`."""

    table: pa.Table
    encoding: Encoding
    findings: tuple[Finding, ...]
    rejected: tuple[Finding, ...]


def settle(
    table: pa.Table,
    *,
    known: Encoding | None = None,
    named: str | None = None,
    declared: Sequence[tuple[str, str]] = (),
) -> Settled:
    """Bring a table into string, int64, double, bool, date32 and timestamp.

    Parameters
    ----------
    table
        As read; text may be bytes in an encoding that is not known yet.
    known
        The encoding, where it was decided when the file was prepared.
    named, declared
        What the user and the file say of it, where it was not.
    """
    findings: list[Finding] = []
    names = unique(table.column_names, findings)
    columns = {}
    for name, column in zip(names, table.columns, strict=True):
        plain = _plain(column)
        if plain is None:
            findings.append(
                Finding(None, "field-left-out", f"field {name!r} holds {column.type}: left out")
            )
        else:
            columns[name] = plain
    encoding = known or _judge(columns.values(), named, declared)
    for name, column in columns.items():
        if pa.types.is_binary(column.type):
            # Where the encoding was settled when the file was prepared, GDAL gives UTF-8.
            columns[name] = _text(name, column, UTF8 if known else encoding, findings)
    rejected = _clamped(columns, findings)
    return Settled(_table(columns, table.num_rows), encoding, tuple(findings), rejected)


def null_table(rows: int) -> pa.Table:
    """Give a table without fields, but with rows."""
    return _table({}, rows)


def _table(columns: dict[str, pa.ChunkedArray], rows: int) -> pa.Table:
    if columns:
        return pa.table(columns)
    return pa.table({"": pa.nulls(rows)}).select([])


def unique(names: Sequence[str], findings: list[Finding]) -> list[str]:
    """Name fields apart: those without a name, and those that have another's; and say so."""
    taken: set[str] = set()
    given = []
    for name in names:
        new, number = name or "field", 2
        while new in taken:
            new, number = f"{name}_{number}", number + 1
        if new != name:
            message = f"a second field {name!r} (or one without a name) was named {new!r}"
            findings.append(Finding(None, "field-renamed", message))
        taken.add(new)
        given.append(new)
    return given


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Give a column in one of the plain types, text perhaps as bytes; None where it is data."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(pa.chunked_array([c.storage for c in column.chunks], kind.storage_type))
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_nested(kind):
        return pa.chunked_array([pa.array(map(_json, column.to_pylist()), pa.string())])
    if kind == pa.binary() or any(test(kind) for test in _KEPT):
        return column
    target = next((to for test, to in _CAST if test(kind)), None)
    return None if target is None else column.cast(target)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _judge(
    columns: Iterable[pa.ChunkedArray], named: str | None, declared: Sequence[tuple[str, str]]
) -> Encoding:
    """Judge the text that came as bytes."""
    texts = [
        Raw(value)
        for column in columns
        if pa.types.is_binary(column.type)
        for value in pc.unique(column).to_pylist()
        if value and not value.isascii()
    ]
    return judge_encoding(texts, named=named, declared=declared)


def _text(
    name: str, column: pa.ChunkedArray, encoding: Encoding, findings: list[Finding]
) -> pa.ChunkedArray:
    """Read bytes as text; what does not fit is shown with U+FFFD, and said."""
    codec = encoding.value or (encoding.readings[0][0] if encoding.readings else "utf-8")
    try:
        # GDAL gives UTF-8 where it knows the encoding, and Arrow checks it on the way.
        text = column.cast(pa.string())
        if codec in ("utf-8", "utf-8-sig") or _is_ascii(column):
            return text
    except pa.ArrowInvalid:
        pass
    values = column.to_pylist()
    read = [None if value is None else _decoded(value, codec) for value in values]
    broken = [n for n, v in enumerate(read) if v is not None and "\ufffd" in v]
    findings.extend(
        Finding(n, "text-destroyed", f"field {name!r}: {read[n]!r} is not in {codec}")
        for n in broken[:100]
    )
    return pa.chunked_array([pa.array(read, pa.string())])


def _is_ascii(column: pa.ChunkedArray) -> bool:
    return bool(pc.all(pc.string_is_ascii(column.cast(pa.string()))).as_py() in (True, None))


def _decoded(value: bytes, codec: str) -> str:
    try:
        return decode(Raw(value), codec)
    except UnicodeDecodeError:
        return value.decode(codec, errors="replace")


def _clamped(columns: dict[str, pa.ChunkedArray], findings: list[Finding]) -> tuple[Finding, ...]:
    """Find numbers that were too long: at the ends of int64, or whole in a double beyond 2^53."""
    rejected = []
    for name, column in columns.items():
        if pa.types.is_int64(column.type):
            lost = pc.is_in(column, value_set=pa.array(_INT64, pa.int64()))
            rejected += [
                Finding(
                    record,
                    "number-too-long",
                    f"field {name!r} is a number of more than 18 digits, which cannot be read "
                    "exactly; save it as text",
                )
                for record in pc.indices_nonzero(lost).to_pylist()
            ]
        elif pa.types.is_float64(column.type):
            odd = pc.and_(
                pc.greater_equal(pc.abs(column), _EXACT), pc.equal(pc.floor(column), column)
            )
            count = pc.sum(odd).as_py() or 0
            if count:
                findings.append(
                    Finding(
                        None,
                        "number-inexact",
                        f"field {name!r}: {counted(count, 'whole number')} of over 15 digits, "
                        "stored as a decimal: the last digits may not be true",
                    )
                )
    return tuple(rejected)
