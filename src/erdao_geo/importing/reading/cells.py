"""The cells of one field of a .dbf, read into an Arrow column of the kind that they are of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from erdao_geo.importing.foreign import Finding, counted
from erdao_geo.importing.reading.texts import Raw, decode

Bytes = npt.NDArray[np.uint8]

_NOTHING = re.compile(r"\*+|[+-]?(nan|inf(inity)?|1\.#[a-z]+)|<null>|null", re.IGNORECASE)
"""Nothing as GDAL, ArcGIS and others write it; stars: to dBASE, a number too long for its field."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_EXACT_DIGITS = 15
"""Digits that a double holds."""
_LAST_ASCII = 0x7F


@dataclass(frozen=True, slots=True)
class Cells:
    """A column, and what was odd in it."""

    values: pa.ChunkedArray
    findings: tuple[Finding, ...] = ()
    rejected: tuple[Finding, ...] = ()


def read_column(
    name: str, kind: str, blobs: Sequence[Bytes], *, width: int, codec: str, strict: bool
) -> Cells:
    """Read the cells of a field.

    Parameters
    ----------
    name
        The field's name, for messages.
    kind
        The letter of its kind: C, D, L, N or F; or I for a number without decimals.
    blobs
        Its cells without the blanks at their ends, each ended by a NUL.
    width
        Bytes of a cell; a text that has so many may be cut within its last character.
    codec
        The encoding of its texts.
    strict
        Whether a text that is not in the encoding costs its record, and is not merely read as
        well as it can be.
    """
    if kind == "C":
        return _texts(name, blobs, width=width, codec=codec, strict=strict)
    strings = _chunked([_split(_ascii(blob)) for blob in blobs])
    strings = _null_if_blank(pc.ascii_trim(strings, " \t"))
    if kind == "D":
        return _dates(name, strings)
    if kind == "L":
        return _booleans(name, strings)
    return _numbers(name, strings, _as_whole if kind == "I" else _as_double)


def _texts(name: str, blobs: Sequence[Bytes], *, width: int, codec: str, strict: bool) -> Cells:
    chunks, rejected, row = [], [], 0
    for blob in blobs:
        try:
            data = blob.tobytes().decode(codec).encode()
            chunk = _split(np.frombuffer(data, dtype=np.uint8))
        except UnicodeError:
            chunk, bad = _each_text(blob, width, codec)
            rejected += [row + at for at in bad]
        chunks.append(chunk)
        row += len(chunk)
    column = _null_if_blank(_chunked(chunks))
    if not strict:
        return Cells(column)
    message = f"field {name!r} is not in the encoding of the rest"
    found = (Finding(at, "text-undecodable", f"{message}: {column[at]}") for at in rejected)
    return Cells(column, (), tuple(found))


def _each_text(blob: Bytes, width: int, codec: str) -> tuple[pa.Array, list[int]]:
    values, bad, known = [], [], {}
    for at, data in enumerate(blob.tobytes()[:-1].split(b"\0")):
        if data not in known:
            try:
                known[data] = decode(Raw(data, len(data) == width), codec), False
            except UnicodeError:
                known[data] = data.decode(codec, "replace"), True
        value, broken = known[data]
        values.append(value)
        if broken:
            bad.append(at)
    return pa.array(values, type=pa.string()), bad


def _numbers(
    name: str, strings: pa.ChunkedArray, convert: Callable[[pa.ChunkedArray], pa.ChunkedArray]
) -> Cells:
    """Read numbers: what is none is listed, and what no number holds exactly stays text."""
    try:
        return Cells(convert(strings))
    except pa.ArrowInvalid:
        values, nothing, bad = _sift(strings.to_pylist())
    findings = []
    if nothing:
        example = strings[nothing[0]].as_py()
        message = (
            f"{counted(len(nothing), 'cell')} of field {name!r} read as blank, e.g. {example!r}"
        )
        findings.append(Finding(None, "number-missing", message))
    rejected = [
        Finding(at, "not-a-number", f"{strings[at].as_py()!r} in field {name!r} is no number")
        for at in bad
    ]
    column = pa.chunked_array([pa.array(values, type=pa.string())])
    try:
        column = _as_whole_or_double(column, convert)
    except pa.ArrowInvalid:
        message = f"field {name!r} has numbers too long to be held exactly: read as text"
        findings.append(Finding(None, "number-as-text", message))
    return Cells(column, tuple(findings), tuple(rejected))


def _sift(cells: list[str | None]) -> tuple[list[str | None], list[int], list[int]]:
    """Part numbers from cells that say nothing, and from those that say something else."""
    values: list[str | None] = []
    nothing: list[int] = []
    bad: list[int] = []
    for at, cell in enumerate(cells):
        if cell is None or _NUMBER.fullmatch(cell):
            values.append(cell.lstrip("+") if cell else None)
        else:
            (nothing if _NOTHING.fullmatch(cell) else bad).append(at)
            values.append(None)
    return values, nothing, bad


def _as_whole(strings: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read whole numbers; raise where one is none, or is longer than 64 bits."""
    if any(pc.any(pc.match_substring(strings, x)).as_py() for x in "xX"):
        raise pa.ArrowInvalid("a number to base 16")
    return pc.cast(strings, pa.int64())


def _as_double(strings: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read numbers as doubles; raise where one is none, or is infinite."""
    numbers = pc.cast(strings, pa.float64())
    if not pc.all(pc.is_finite(numbers), min_count=0).as_py():
        raise pa.ArrowInvalid("a number that is not finite")
    return numbers


def _as_whole_or_double(
    strings: pa.ChunkedArray, convert: Callable[[pa.ChunkedArray], pa.ChunkedArray]
) -> pa.ChunkedArray:
    """Read whole numbers, or as doubles those with a fraction that a double holds exactly."""
    try:
        return convert(strings)
    except pa.ArrowInvalid:
        digits = (sum(map(str.isdigit, cell)) for cell in strings.to_pylist() if cell)
        if max(digits, default=0) > _EXACT_DIGITS:
            raise
        return _as_double(strings)


def _dates(name: str, strings: pa.ChunkedArray) -> Cells:
    """Read dates; where one is none, the field stays text."""
    known = pc.if_else(pc.match_substring_regex(strings, "^0+$"), None, strings)
    parted = pc.replace_substring_regex(known, r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3")
    try:
        return Cells(pc.cast(parted, pa.date32()))
    except pa.ArrowInvalid:
        cells = [cell for cell in strings.to_pylist() if cell and cell.strip("0")]
        example = next((cell for cell in cells if not _is_date(cell)), cells[0])
        message = f"field {name!r} holds {example!r}, which is no date: read as text"
        return Cells(strings, (Finding(None, "not-a-date", message),))


def _is_date(cell: str) -> bool:
    try:
        dt.date(int(cell[:4]), int(cell[4:6]), int(cell[6:]))
    except ValueError:
        return False
    return cell.isdecimal()


def _booleans(name: str, strings: pa.ChunkedArray) -> Cells:
    true = pc.is_in(strings, pa.array(["T", "t", "Y", "y"]))
    known = pc.or_(true, pc.is_in(strings, pa.array(["F", "f", "N", "n"])))
    odd = pc.filter(strings, pc.and_(pc.invert(known), pc.is_valid(strings)))
    odd = pc.filter(odd, pc.not_equal(odd, "?"))
    findings = []
    if len(odd):
        message = (
            f"{counted(len(odd), 'cell')} of field {name!r} read as blank, e.g. {odd[0].as_py()!r}"
        )
        findings.append(Finding(None, "not-a-boolean", message))
    return Cells(pc.if_else(known, true, None), tuple(findings))


def _ascii(blob: Bytes) -> Bytes:
    return np.where(blob > _LAST_ASCII, np.uint8(ord("?")), blob)


def _split(blob: Bytes) -> pa.Array:
    """Make texts of UTF-8 that is ended by a NUL each."""
    ends = np.flatnonzero(blob == 0)
    offsets = np.zeros(len(ends) + 1, dtype=np.int32)
    offsets[1:] = ends - np.arange(len(ends))
    data = pa.py_buffer(blob[blob != 0].tobytes())
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), data)


def _chunked(chunks: list[pa.Array]) -> pa.ChunkedArray:
    return pa.chunked_array(chunks, type=pa.string())


def _null_if_blank(strings: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(pc.binary_length(strings), 0), None, strings)
