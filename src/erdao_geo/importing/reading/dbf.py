"""The table of a shapefile: a .dbf read into Arrow columns, and nothing through a float.

An 18-digit code beside a blank stays that code; a number that is none costs its record, not the
file. What the header claims is held against the file's size before anything is made of it
(dBASE III header; the kinds are those that ArcGIS, QGIS and GDAL write).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from erdao_geo.importing.foreign import Encoding, Finding
from erdao_geo.importing.parallel import in_order, processes_for
from erdao_geo.importing.reading.cells import Cells, read_column
from erdao_geo.importing.reading.codepages import LANGUAGES
from erdao_geo.importing.reading.dbf_header import Field, Header, read_header
from erdao_geo.importing.reading.encoding import judge_encoding
from erdao_geo.importing.reading.limits import MAX_FEATURES, MAX_FIELDS, require_within
from erdao_geo.importing.reading.texts import Raw, decode, text_findings

BLOCK = 65_536
"""Records read at a time, at most."""
_BLOCK_BYTES = 64 * 2**20
_DELETED = ord("*")
_NAME_BYTES = 10
"""Where a name is cut."""
_READ = "CNFDL"
_LAST_ASCII = 0x7F
_NOT_BLANK = np.uint8(0xDF)
"""Leaves nothing of a blank or a NUL, and something of every other byte."""

Bytes = npt.NDArray[np.uint8]
Lengths = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Dbf:
    """A table as it stands, deleted records among its rows."""

    table: pa.Table
    deleted: Marks
    claimed: int
    """Records that the header counts; where more than there are, the file is cut."""
    encoding: Encoding
    findings: tuple[Finding, ...]
    rejected: tuple[Finding, ...]


@dataclass(slots=True)
class _Columns:
    """The cells of each read field, trimmed, each ended by a NUL; a blob for each block."""

    blobs: list[list[Bytes]]
    deleted: list[Marks] = field(default_factory=list)
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
    header = read_header(path, shown)
    require_within(shown, "records", header.records, MAX_FEATURES)
    require_within(shown, "fields", len(header.fields), MAX_FIELDS)
    kept = [each for each in header.fields if each.kind in _READ and each.width > 0]
    columns = _read_cells(path, header, kept)
    names = [Raw(each.name, len(each.name) >= _NAME_BYTES) for each in kept]
    texts = [*names, *columns.texts]
    judged = judge_encoding(texts, named=encoding, declared=_declared(header.language, cpg))
    codec = judged.value or (judged.readings[0][0] if judged.readings else "utf-8")
    strict = judged.verdict != "unknown"
    titles, findings = _titles(names, codec)
    findings += _left_out(header.fields, kept, codec)
    findings += text_findings([*columns.texts], codec)
    rejected: list[Finding] = []
    arrays = []
    read = partial(_read_field, titles=titles, fields=kept, columns=columns, codec=(codec, strict))
    many = processes_for(len(columns.deleted), alone=False)  # as many as its blocks are worth
    for cells in in_order(read, range(len(kept)), processes=many):
        arrays.append(cells.values)
        findings += cells.findings
        rejected += cells.rejected
    deleted = np.concatenate([*columns.deleted, np.zeros(0, dtype=np.bool_)])
    table = _table(arrays, titles, header.records)
    rejected.sort(key=lambda finding: finding.record or 0)
    return Dbf(table, deleted, header.claimed, judged, tuple(findings), tuple(rejected))


def _read_field(
    place: int,
    _number: int,
    _counts: Counter[str],
    *,
    titles: Sequence[str],
    fields: Sequence[Field],
    columns: _Columns,
    codec: tuple[str, bool],
) -> Cells:
    each, blobs = fields[place], columns.blobs[place]
    kind = "I" if each.kind in "NF" and not each.decimals else each.kind
    name, strict = codec
    cells = read_column(titles[place], kind, blobs, width=each.width, codec=name, strict=strict)
    blobs.clear()
    return cells


def _left_out(fields: Sequence[Field], kept: Sequence[Field], codec: str) -> list[Finding]:
    """Name the fields of kinds that are not read: memos, pictures and the like."""
    return [
        Finding(
            None,
            "field-left-out",
            f"field {each.name.decode(codec, 'replace')!r} of kind {each.kind!r} is not read",
        )
        for each in fields
        if each not in kept
    ]


def empty_table(count: int) -> pa.Table:
    """Give a table of so many rows and no field."""
    return _table([], [], count)


def _table(arrays: list[pa.ChunkedArray], titles: list[str], count: int) -> pa.Table:
    if arrays:
        return pa.table(arrays, names=titles)
    rows = pa.StructArray.from_buffers(pa.struct([]), count, [None])
    return pa.Table.from_batches([pa.RecordBatch.from_struct_array(rows)])


def _declared(language: int, cpg: str | None) -> list[tuple[str, str]]:
    declared = [("its .cpg", cpg)] if cpg else []
    if language in LANGUAGES:
        declared.append((f"the .dbf's language byte {language:02X}", LANGUAGES[language]))
    return declared


@dataclass(frozen=True)
class _Block:
    """The cells of some records, as in `_Columns`."""

    blobs: list[Bytes]
    deleted: Marks
    texts: dict[Raw, None]


def _read_cells(path: Path, header: Header, fields: Sequence[Field]) -> _Columns:
    columns = _Columns([[] for _ in fields])
    most = max(min(BLOCK, _BLOCK_BYTES // header.length), 1)
    firsts = range(0, header.records, most)
    read = partial(_read_block, path=path, header=header, fields=fields, most=most)
    for block in in_order(read, firsts, processes=processes_for(len(firsts), alone=False)):
        columns.deleted.append(block.deleted)
        columns.texts.update(block.texts)
        for blobs, blob in zip(columns.blobs, block.blobs, strict=True):
            blobs.append(blob)
    return columns


def _read_block(
    first: int,
    _number: int,
    _counts: Counter[str],
    *,
    path: Path,
    header: Header,
    fields: Sequence[Field],
    most: int,
) -> _Block:
    with path.open("rb") as file:
        file.seek(header.start + first * header.length)
        count = min(most, header.records - first)
        block = np.fromfile(file, dtype=np.uint8, count=count * header.length)
    rows = block.reshape(-1, header.length)
    blobs: list[Bytes] = []
    texts: dict[Raw, None] = {}
    for each in fields:
        cells = _used(rows[:, each.start : each.start + each.width])
        lengths = _lengths(cells)
        blobs.append(_joined(cells, lengths))
        if each.kind == "C":
            marked = np.asarray((cells > _LAST_ASCII).any(axis=1))
            full = np.equal(lengths, each.width)
            _collect(texts, blobs[-1], lengths, marked, full=full)
    return _Block(blobs, rows[:, 0] == _DELETED, texts)


def _used(cells: Bytes) -> Bytes:
    """Leave out what no cell reaches: most fields are much wider than what they hold."""
    reached = np.flatnonzero((cells & _NOT_BLANK).any(axis=0))
    return np.ascontiguousarray(cells[:, : reached[-1] + 1 if len(reached) else 0])


def _lengths(cells: Bytes) -> Lengths:
    """Give each cell's bytes without the blanks at its end; a NUL ends it."""
    rows, width = cells.shape
    if width == 0:
        return np.zeros(rows, dtype=np.int64)
    kept = (cells & _NOT_BLANK) != 0
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


def _collect(
    texts: dict[Raw, None], blob: Bytes, lengths: Lengths, marked: Marks, *, full: Marks
) -> None:
    """Gather the distinct texts that are not ASCII; those that fill their field each alone."""
    if not marked.any():
        return
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
    return bytes(data.to_pybytes()[start:stop])


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
