"""The table of a shapefile: a .dbf read into Arrow columns, and nothing through a float.

An 18-digit code beside a blank stays that code; a number that is none costs its record, not the
file. What the header claims is held against the file's size before anything is made of it
(dBASE III header; the kinds are those that ArcGIS, QGIS and GDAL write).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from erdao_geo.errors import SourceError
from erdao_geo.importing.cells import read_column
from erdao_geo.importing.encoding import Raw, decode, judge_encoding, text_findings
from erdao_geo.importing.foreign import Encoding, Finding

BLOCK = 65_536
"""Records read at a time."""
_HEADER = 32
_FIELDS_END = 0x0D
_DELETED = ord("*")
_NAME_BYTES = 10
"""Where a name is cut."""
_READ = "CNFDL"
_LAST_ASCII = 0x7F
_LANGUAGES = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x08: "cp865", 0x09: "cp437", 0x0A: "cp850",
    0x0B: "cp437", 0x0D: "cp437", 0x0E: "cp850", 0x0F: "cp437", 0x10: "cp850", 0x11: "cp437",
    0x12: "cp850", 0x13: "cp932", 0x14: "cp850", 0x15: "cp437", 0x16: "cp850", 0x17: "cp865",
    0x18: "cp437", 0x19: "cp437", 0x1A: "cp850", 0x1B: "cp437", 0x1C: "cp863", 0x1D: "cp850",
    0x1F: "cp852", 0x22: "cp852", 0x23: "cp852", 0x24: "cp860", 0x25: "cp850", 0x26: "cp866",
    0x37: "cp850", 0x40: "cp852", 0x4D: "gb18030", 0x4E: "cp949", 0x4F: "cp950", 0x50: "cp874",
    0x58: "cp1252", 0x59: "cp1252", 0x64: "cp852", 0x65: "cp866", 0x66: "cp865", 0x67: "cp861",
    0x6A: "cp737", 0x6B: "cp857", 0x6C: "cp863", 0x78: "cp950", 0x79: "cp949", 0x7A: "gb18030",
    0x7B: "cp932", 0x7C: "cp874", 0x86: "cp737", 0x87: "cp852", 0x88: "cp857", 0xC8: "cp1250",
    0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253", 0xCC: "cp1257",
}  # fmt: skip
"""What the language byte says. 0x57, "ANSI", says nothing: in Chinese files it was GBK."""

Bytes = npt.NDArray[np.uint8]
Lengths = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Field:
    """A field as the header has it: its name in bytes, its kind, and where it stands."""

    name: bytes
    kind: str
    start: int
    width: int
    decimals: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a .dbf says of itself, and how many of its records are there."""

    fields: tuple[Field, ...]
    records: int
    claimed: int
    start: int
    length: int
    language: int


@dataclass(frozen=True, slots=True)
class Dbf:
    """A table as it stands, deleted records among its rows."""

    table: pa.Table
    deleted: npt.NDArray[np.bool_]
    claimed: int
    """Records that the header counts; where more than there are, the file is cut."""
    encoding: Encoding
    findings: tuple[Finding, ...]
    rejected: tuple[Finding, ...]


@dataclass(slots=True)
class _Columns:
    """The cells of each read field, trimmed, each ended by a NUL; a blob for each block."""

    blobs: list[list[Bytes]]
    deleted: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    texts: dict[Raw, None] = field(default_factory=dict)


def read_dbf(
    path: Path, *, shown: Path, encoding: str | None = None, cpg: str | None = None
) -> Dbf:
    """Read the table of a shapefile.

    Parameters
    ----------
    path
        The .dbf.
    shown
        The file as the user named it, for messages.
    encoding
        The encoding that the user names.
    cpg
        What the .cpg beside it says, as it stands.

    Returns
    -------
    Dbf
        A row for each record that is whole, in the file's order. Blank cells are null. Where the
        encoding is unknown, text is read in the likeliest, and must not be gone on with.

    Raises
    ------
    SourceError
        If it is no .dbf, or `encoding` is no encoding.
    """
    header = _read_header(path, shown)
    kept = [each for each in header.fields if each.kind in _READ and each.width > 0]
    columns = _read_cells(path, header, kept)
    names = [Raw(each.name, len(each.name) >= _NAME_BYTES) for each in kept]
    texts = [*names, *columns.texts]
    judged = judge_encoding(texts, named=encoding, declared=_declared(header.language, cpg))
    codec = judged.value or (judged.readings[0][0] if judged.readings else "utf-8")
    titles, findings = _titles(names, codec)
    findings += [
        Finding(None, "field-left-out", f"field {each.name.decode(codec, 'replace')!r} of kind "
                f"{each.kind!r} is not read")
        for each in header.fields
        if each not in kept
    ]  # fmt: skip
    findings.extend(text_findings([*columns.texts], codec))
    rejected: list[Finding] = []
    strict = judged.verdict != "unknown"
    arrays = []
    for title, each, blobs in zip(titles, kept, columns.blobs, strict=True):
        kind = "I" if each.kind in "NF" and not each.decimals else each.kind
        cells = read_column(title, kind, blobs, width=each.width, codec=codec, strict=strict)
        blobs.clear()
        arrays.append(cells.values)
        findings.extend(cells.findings)
        rejected.extend(cells.rejected)
    deleted = np.concatenate([*columns.deleted, np.zeros(0, dtype=np.bool_)])
    table = _table(arrays, titles, header.records)
    found = sorted(rejected, key=lambda finding: finding.record or 0)
    return Dbf(table, deleted, header.claimed, judged, tuple(findings), tuple(found))


def empty_table(count: int) -> pa.Table:
    """Give a table of so many rows and no field."""
    return _table([], [], count)


def _table(arrays: list[pa.ChunkedArray], titles: list[str], count: int) -> pa.Table:
    if arrays:
        return pa.table(arrays, names=titles)
    rows = pa.StructArray.from_buffers(pa.struct([]), count, [None])
    return pa.Table.from_batches([pa.RecordBatch.from_struct_array(rows)])


def _read_header(path: Path, shown: Path) -> Header:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEADER)
        if len(head) < _HEADER:
            raise SourceError(f"{shown}: its .dbf is no such file; ask the sender for it anew")
        claimed, start, length = struct.unpack_from("<IHH", head, 4)
        entries = file.read(max(start - _HEADER, 0))
    fields = tuple(_fields(entries, length))
    if start <= _HEADER or length == 0:
        raise SourceError(f"{shown}: its .dbf has no fields; ask the sender for it anew")
    whole = max(size - start, 0) // length
    return Header(fields, min(claimed, whole), claimed, start, length, head[29])


def _fields(entries: bytes, length: int) -> Iterator[Field]:
    """Read the fields; what stands after the last that fits a record is padding."""
    start = 1  # after the mark of deletion
    for at in range(0, len(entries) - 31, 32):
        entry = entries[at : at + 32]
        if entry[0] in (_FIELDS_END, 0):
            return
        name = entry[:11].split(b"\0")[0].strip()
        kind, width, decimals = chr(entry[11]).upper(), entry[16], entry[17]
        if kind == "C":
            width, decimals = width + 256 * decimals, 0  # as Clipper and FoxPro write long ones
            if start + width > length:
                width = entry[16]
        if start + width > length:
            return
        yield Field(name, kind, start, width, decimals)
        start += width


def _declared(language: int, cpg: str | None) -> list[tuple[str, str]]:
    declared = [("its .cpg", cpg)] if cpg else []
    if language in _LANGUAGES:
        declared.append((f"the .dbf's language byte {language:02X}", _LANGUAGES[language]))
    return declared


def _read_cells(path: Path, header: Header, fields: Sequence[Field]) -> _Columns:
    columns = _Columns([[] for _ in fields])
    with path.open("rb") as file:
        file.seek(header.start)
        for first in range(0, header.records, BLOCK):
            count = min(BLOCK, header.records - first)
            block = np.fromfile(file, dtype=np.uint8, count=count * header.length)
            rows = block.reshape(-1, header.length)
            columns.deleted.append(rows[:, 0] == _DELETED)
            for each, blobs in zip(fields, columns.blobs, strict=True):
                cells = rows[:, each.start : each.start + each.width]
                lengths = _lengths(cells)
                blob = _joined(cells, lengths)
                blobs.append(blob)
                if each.kind == "C":
                    _collect(columns.texts, cells, lengths, blob)
    return columns


def _lengths(cells: Bytes) -> Lengths:
    """Give each cell's bytes without the blanks at its end; a NUL ends it."""
    rows, width = cells.shape
    if width == 0:
        return np.zeros(rows, dtype=np.int64)
    kept = cells > ord(" ")
    kept |= (cells != ord(" ")) & (cells != 0)
    lengths = width - kept[:, ::-1].argmax(axis=1)
    lengths[~kept.any(axis=1)] = 0
    nul = cells == 0
    if nul.any():
        ends = np.where(nul.any(axis=1), nul.argmax(axis=1), width)
        short = np.minimum(lengths, ends)
        for row in np.flatnonzero(short < lengths):
            short[row] = len(cells[row, : short[row]].tobytes().rstrip(b" "))
        lengths = short
    return np.asarray(lengths, dtype=np.int64)


def _joined(cells: Bytes, lengths: Lengths) -> Bytes:
    rows, width = cells.shape
    ended = np.zeros((rows, width + 1), dtype=np.uint8)
    ended[:, :width] = cells
    ended[np.arange(rows), lengths] = 0
    return ended[np.arange(width + 1) <= lengths[:, None]]


def _collect(texts: dict[Raw, None], cells: Bytes, lengths: Lengths, blob: Bytes) -> None:
    """Gather the distinct texts that are not ASCII; those that fill their field each alone."""
    marked = (cells > _LAST_ASCII).any(axis=1)
    if not marked.any():
        return
    full = lengths == cells.shape[1]
    ends = np.zeros(len(lengths) + 1, dtype=np.int32)
    ends[1:] = np.cumsum(lengths + 1)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(blob)]
    values = pa.BinaryArray.from_buffers(pa.binary(), len(lengths), buffers)
    distinct = values.filter(pa.array(marked & ~full)).unique()
    if len(distinct):
        data = _data(distinct)
        texts[Raw(data[:-1].replace(b"\n", b" ").replace(b"\0", b"\n"))] = None
    for value in values.filter(pa.array(marked & full)).unique().to_pylist():
        texts[Raw(value[:-1], full=True)] = None


def _data(values: pa.BinaryArray) -> bytes:
    """Give the bytes of values that follow one another, as `unique` leaves them."""
    _, offsets, data = values.buffers()
    first = np.frombuffer(offsets, dtype=np.int32)
    start, stop = first[values.offset], first[values.offset + len(values)]
    return data.to_pybytes()[start:stop]


def _titles(names: Sequence[Raw], codec: str) -> tuple[list[str], list[Finding]]:
    """Give each field a name of its own, and say which were mended."""
    titles: list[str] = []
    findings: list[Finding] = []
    for raw in names:
        try:
            name = decode(raw, codec).strip()
            half = raw.full and len(name.encode(codec)) < len(raw.data.strip())
        except UnicodeError:
            name, half = raw.data.decode(codec, "replace"), False
        if half:
            message = f"field name {name!r} is cut within its next character, which was left out"
            findings.append(Finding(None, "field-name-cut", message))
        title, number = name or f"FIELD_{len(titles) + 1}", 1
        while title in titles:
            number += 1
            title = f"{name or 'FIELD'}_{number}"
        if title != name:
            message = f"field {len(titles) + 1} is named {name!r} as another is; read as {title!r}"
            findings.append(Finding(None, "field-renamed", message))
        titles.append(title)
    return titles, findings
