"""Where the records of a .shp stand: by its .shx where the two agree, else by reading through.

GDAL believes a damaged .shx: of a file of 22 points it gives 8. Here each entry is held against the
header of the record that it points at; where they differ, the .shp is read from its beginning, and
where that is damaged, from the next place that looks like a record.

The .shp is mapped into memory, here and in `shapefile`, for a copy of it would cost as much as all
reading does. Where another program cuts it off in that very second, the system ends this process
(SIGBUS). That costs the import, and nothing else: the workspace is written at the end and at once,
and a process that is killed at any moment leaves it whole (`tests/test_import_crash.py`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from erdao_geo.importing.foreign import Finding
from erdao_geo.importing.reading.shapes import FAMILIES

HEADER = 100
_HEAD = 8
_MAGIC = 9994
_TYPE = 4
_KIND_AT = 32
_FEWEST = 20
"""Bytes of the shortest shape, a point."""
_BLOCK = 65_536

Buffer = bytes | memoryview
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Index:
    """Where the content of each record begins and its bytes; -1 where it is lost."""

    starts: Numbers
    lengths: Numbers
    findings: tuple[Finding, ...]


def find_records(shp: Path, shx: Path | None) -> Index:
    """Find the records of a .shp.

    Parameters
    ----------
    shp
        The .shp, whose header was found to be one.
    shx
        Its .shx; None where there is none.
    """
    size = shp.stat().st_size
    entries = None if shx is None else _entries(shx)
    if entries is not None:
        starts, lengths = entries
        if _agrees(shp, starts, lengths, size):
            lost = starts + lengths > size
            return Index(np.where(lost, -1, starts), np.where(lost, 0, lengths), ())
    data = np.memmap(shp, dtype=np.uint8, mode="r")
    starts, lengths, damage = _scan(data)
    findings = []
    if shx is None:
        message = "there is no .shx beside it: its records were found in the .shp itself"
        findings.append(Finding(None, "shx-missing", message))
    else:
        counted = "none" if entries is None else f"{len(entries[0])}"
        message = f"its .shx does not fit it ({counted} entries, {len(starts)} records in the .shp)"
        findings.append(Finding(None, "shx-damaged", message))
    if damage:
        findings.append(Finding(None, "shp-damaged", damage))
    return Index(starts, lengths, tuple(findings))


def _entries(shx: Path) -> tuple[Numbers, Numbers] | None:
    """Read a .shx: where each content begins, and its bytes; None if it is no such file."""
    data = shx.read_bytes()
    if len(data) < HEADER or struct.unpack_from(">i", data)[0] != _MAGIC:
        return None
    count = (len(data) - HEADER) // 8
    pairs = np.frombuffer(data, dtype=">i4", count=2 * count, offset=HEADER).reshape(-1, 2)
    doubled = 2 * pairs.astype(np.int64)
    return doubled[:, 0] + _HEAD, doubled[:, 1]


def _agrees(shp: Path, starts: Numbers, lengths: Numbers, size: int) -> bool:
    """Tell whether each entry points at a record of its number and length, and none is left."""
    if (starts < HEADER + _HEAD).any() or (lengths < _TYPE).any():
        return False
    ends = starts + lengths
    whole = int((ends <= size).sum())
    chained = bool((starts == np.concatenate([[HEADER], ends[:-1]]) + _HEAD).all())
    if int((lengths[:whole] + _HEAD).sum()) > size - HEADER:
        return False  # records within each other, which would take memory without bound
    if whole < len(starts) and not (chained and (ends[:whole] <= size).all()):
        return False
    for at in range(0, whole, _BLOCK):
        rows = slice(at, min(at + _BLOCK, whole))
        if not _block_agrees(shp, starts[rows], lengths[rows], None if chained else at):
            return False
    return not (chained and whole == len(starts)) or not _goes_on(shp, ends, size)


def _block_agrees(shp: Path, starts: Numbers, lengths: Numbers, first: int | None) -> bool:
    """Hold entries against the headers of their records; of a chain, the lengths are enough."""
    data = np.memmap(shp, dtype=np.uint8, mode="r")  # for each block anew, so that memory is freed
    heads = data[starts[:, None] - _HEAD + np.arange(_HEAD)].view(">i4")
    numbers = np.arange(len(starts)) + 1 + (first or 0)
    same = 2 * heads[:, 1].astype(np.int64) == lengths
    return bool(same.all() and (first is None or (heads[:, 0] == numbers).all()))


def _goes_on(shp: Path, ends: Numbers, size: int) -> bool:
    """Tell whether another record stands behind the last that the .shx knows."""
    end = int(ends[-1]) if len(ends) else HEADER
    if end + _HEAD + _TYPE > size:
        return False
    with shp.open("rb") as file:
        file.seek(end)
        number, words, kind = _head(file.read(_HEAD + _TYPE), 0)
    return number == len(ends) + 1 and kind in FAMILIES and end + _HEAD + 2 * words <= size


def _head(data: Buffer, at: int) -> tuple[int, int, int]:
    """Read a record's number, its length in words, and the type of its shape."""
    number, words = struct.unpack_from(">ii", data, at)
    return number, words, struct.unpack_from("<i", data, at + _HEAD)[0]


def _scan(data: npt.NDArray[np.uint8]) -> tuple[Numbers, Numbers, str]:
    """Read through a .shp: where each content begins, its bytes, and what was damaged."""
    found: list[tuple[int, int, int]] = []
    at, skipped, likely = HEADER, 0, None
    while at + _HEAD + _TYPE <= len(data):
        number, words, kind = _head(data.data, at)
        end = at + _HEAD + 2 * words
        if words >= _TYPE // 2 and end <= len(data) and kind in FAMILIES:
            found.append((number, at + _HEAD, 2 * words))
            at = end
            continue
        if likely is None:
            likely = _likely_records(data)
        after = int(np.searchsorted(likely, at, side="right"))
        if after == len(likely):
            break
        skipped += int(likely[after]) - at
        at = int(likely[after])
    rest = len(data) - at
    damage = ""
    if skipped:
        damage = f"{skipped:,} bytes of its .shp are damaged, and the records in them lost"
    elif rest >= _HEAD:
        damage = f"the last {rest:,} bytes of its .shp are no whole record"
    starts, lengths = _in_place(found, skipped)
    return starts, lengths, damage


def _likely_records(data: npt.NDArray[np.uint8]) -> Numbers:
    """Find the places that look like the beginning of a record of the file's type."""
    kind = struct.unpack_from("<i", data.data, _KIND_AT)[0]
    words = data[: len(data) // 4 * 4].view("<u4")
    places = np.flatnonzero(words[2:] == kind)
    places = places[places * 4 >= HEADER]
    heads = data[: len(data) // 4 * 4].view(">i4")
    lengths = 2 * heads[places + 1].astype(np.int64)
    fits = (lengths >= _FEWEST) & (4 * places + _HEAD + lengths <= len(data))
    fits &= (heads[places] > 0) & (heads[places] <= len(data) // (_HEAD + _TYPE))
    return np.asarray(4 * places[fits], dtype=np.int64)


def _in_place(found: list[tuple[int, int, int]], skipped: int) -> tuple[Numbers, Numbers]:
    """Put each record at its number, where bytes were skipped and the numbers can be believed."""
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    numbers = table[:, 0]
    most = len(table) + skipped // (_HEAD + _TYPE)
    rising = len(table) > 0 and numbers[0] > 0 and bool((np.diff(numbers) > 0).all())
    if not (skipped and rising and numbers[-1] <= most):
        return table[:, 1], table[:, 2]
    starts = np.full(numbers[-1], -1, dtype=np.int64)
    lengths = np.zeros(numbers[-1], dtype=np.int64)
    starts[numbers - 1], lengths[numbers - 1] = table[:, 1], table[:, 2]
    return starts, lengths
