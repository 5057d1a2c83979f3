"""The shapes of a .shp and the rows of its .dbf, side by side: one without the other is listed.

A record that the headers promise and of which neither part has anything left is lost, not absent:
it is counted, and rejected.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from erdao_geo.errors import SourceError
from erdao_geo.importing.foreign import Finding, counted
from erdao_geo.importing.reading.dbf import Dbf, empty_table
from erdao_geo.importing.reading.shx import HEADER, Index

_MOST_LOST = 100_000
"""Lost records that are listed; a file that has lost more is no file to go on with."""
_SHORTEST = 28
"""Bytes of the shortest record that has a shape: a point's."""
_LOST = "is lost, shape and row: the file is cut"


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes as WKB, what was odd, and which are not to be used."""

    wkb: pa.ChunkedArray
    findings: tuple[Finding, ...]
    rejected: tuple[Finding, ...]


def count_lost(index: Index, dbf: Dbf | None, shown: Path, *, claimed: int) -> int:
    """Count the records that the headers promise, and of which neither part has anything left.

    Where nothing but the header of a cut .shp speaks of them (it claims so many bytes), one stands
    for them all.
    """
    shapes = len(index.starts)
    end = int(np.max(index.starts + index.lengths, initial=HEADER))
    cut = claimed - end >= _SHORTEST
    if dbf is None:
        return int(cut and not np.any(index.starts < 0))
    rows: int = dbf.table.num_rows
    if not cut and shapes == rows:  # a whole .shp counts better than the header of a .dbf
        return 0
    lost = max(dbf.claimed - max(shapes, rows), 0)
    if lost > _MOST_LOST:
        raise SourceError(
            f"{shown}: is cut: of {dbf.claimed:,} records {max(shapes, rows):,} are there; ask the "
            "sender for it anew"
        )
    return lost


def pair(
    dbf: Dbf | None, geometry: Shapes, lost: int
) -> tuple[pa.Table, pa.ChunkedArray, tuple[Finding, ...], tuple[Finding, ...]]:
    """Bring shapes and rows together; one without the other is listed, and null."""
    shapes = len(geometry.wkb)
    rows = shapes if dbf is None else dbf.table.num_rows
    count = max(shapes, rows) + lost
    gone = [Finding(at, "truncated", _LOST) for at in range(count - lost, count)]
    if dbf is None:
        more = pa.nulls(lost, pa.binary())
        wkb = pa.chunked_array([*geometry.wkb.chunks, more], pa.binary())
        return empty_table(count), wkb, geometry.findings, (*geometry.rejected, *gone)
    rejected = [*geometry.rejected, *dbf.rejected, *_alone(dbf, shapes, rows), *gone]
    findings = list(geometry.findings)
    if shapes != dbf.claimed:
        message = f"its .shp has {shapes} records and its .dbf counts {dbf.claimed}"
        findings.append(Finding(None, "counts-differ", message))
    if rows < dbf.claimed and (lost or rows < shapes):
        message = f"its .dbf has {rows} of {dbf.claimed} records: it is cut"
        findings.append(Finding(None, "truncated", message))
    wkb = pa.chunked_array([*geometry.wkb.chunks, pa.nulls(count - shapes, pa.binary())])
    table = _padded(dbf.table, count)
    if not dbf.deleted.any():
        return table, wkb, tuple(findings), tuple(sorted(rejected, key=_record))
    return _without_deleted(dbf, table, wkb, findings, rejected)


def _padded(table: pa.Table, count: int) -> pa.Table:
    missing = count - table.num_rows
    if not missing:
        return table
    if not table.num_columns:
        return empty_table(count)
    longer = {
        name: pa.chunked_array([*table[name].chunks, pa.nulls(missing, table[name].type)])
        for name in table.column_names
    }
    return pa.table(longer)


def _alone(dbf: Dbf, shapes: int, rows: int) -> list[Finding]:
    cut = rows < dbf.claimed
    found = [
        Finding(at, "truncated", "its row is lost: the .dbf is cut")
        if cut
        else Finding(at, "row-missing", "its shape has no row in the .dbf")
        for at in range(rows, shapes)
    ]
    message = "its row has no shape: the .shp is cut, damaged or of another file"
    return found + [Finding(at, "truncated", message) for at in range(shapes, rows)]


def _without_deleted(
    dbf: Dbf,
    table: pa.Table,
    wkb: pa.ChunkedArray,
    findings: list[Finding],
    rejected: list[Finding],
) -> tuple[pa.Table, pa.ChunkedArray, tuple[Finding, ...], tuple[Finding, ...]]:
    """Leave out the records that are marked as deleted, and number the others anew."""
    kept = np.ones(table.num_rows, dtype=np.bool_)
    kept[: len(dbf.deleted)] = ~dbf.deleted
    number = np.cumsum(kept) - 1

    def renumbered(found: list[Finding]) -> tuple[Finding, ...]:
        return tuple(
            each
            if each.record is None
            else Finding(int(number[each.record]), each.rule, each.message)
            for each in sorted(found, key=_record)
            if each.record is None or kept[each.record]
        )

    message = f"left out {counted(int(dbf.deleted.sum()), 'record')} marked as deleted in the .dbf"
    findings = [*findings, Finding(None, "records-deleted", message)]
    mask = pa.array(kept)
    table = table.filter(mask) if table.num_columns else empty_table(int(kept.sum()))
    return table, wkb.filter(mask), renumbered(findings), renumbered(rejected)


def _record(finding: Finding) -> int:
    return -1 if finding.record is None else finding.record
