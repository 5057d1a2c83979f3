"""Shapes of a .shp that are plain and whole, read to WKB a block at a time.

They come out in the same bytes as from `shapes`, which reads them one by one with care.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from erdao_geo.importing.reading.rings import Points
from erdao_geo.importing.reading.shapes import (
    FEWEST_OF_LINE,
    FEWEST_OF_RING,
    FURTHEST,
    LARGEST,
    LINE,
    POINT,
    POLYGON,
    TYPE_BYTES,
)

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

_POINT_BYTES = 20
_PARTED_BYTES = 48
"""Bytes of a line or ring of one part, without its points."""
_PLAIN = (POINT, LINE, POLYGON)


def read_plain(block: Bytes, starts: Numbers, lengths: Numbers) -> tuple[pa.Array, Numbers]:
    """Read those shapes of a block that are plain and whole, all at once.

    Parameters
    ----------
    block
        Bytes of a .shp.
    starts, lengths
        Where the content of each record begins in `block`, and its bytes.

    Returns
    -------
    tuple of pyarrow.Array and numpy.ndarray
        The WKB of those that were read, and which they are; the others need care.
    """
    aligned = (starts % 4 == 0) & (lengths >= TYPE_BYTES) & (lengths <= LARGEST)
    words = block[: len(block) // 4 * 4].view("<u4")
    rows = np.flatnonzero(aligned)
    kinds = words[starts[rows] // 4]
    plain = {kind: rows[np.isin(kinds, (kind, kind + 10, kind + 20))] for kind in _PLAIN}
    kind = max(plain, key=lambda each: len(plain[each]))
    at = starts[plain[kind]] // 4
    if kind == POINT:
        return _plain_points(words, at, plain[kind], lengths)
    return _plain_lines(words, at, plain[kind], lengths, ring=kind == POLYGON)


def _plain_points(
    words: npt.NDArray[np.uint32], at: Numbers, rows: Numbers, lengths: Numbers
) -> tuple[pa.Array, Numbers]:
    whole = lengths[rows] >= _POINT_BYTES
    at, rows = at[whole], rows[whole]
    points = words[at[:, None] + np.arange(1, 5)].view("<f8")
    good = (np.abs(points) <= FURTHEST).all(axis=1)
    rows, points = rows[good], points[good]
    wkb = np.empty((len(rows), 21), dtype=np.uint8)
    wkb[:, :5] = np.frombuffer(struct.pack("<BI", 1, 1), dtype=np.uint8)
    wkb[:, 5:] = points.view(np.uint8).reshape(-1, 16)
    return _binary(wkb.reshape(-1), np.full(len(rows), 21)), rows


def _plain_lines(
    words: npt.NDArray[np.uint32], at: Numbers, rows: Numbers, lengths: Numbers, *, ring: bool
) -> tuple[pa.Array, Numbers]:
    long = lengths[rows] >= _PARTED_BYTES
    at, rows = at[long], rows[long]
    counts = words[at + 10].astype(np.int64)
    good = (
        (words[at + 9] == 1)
        & (words[at + 11] == 0)
        & (_PARTED_BYTES + 16 * counts <= lengths[rows])
    )
    good &= counts >= (FEWEST_OF_RING if ring else FEWEST_OF_LINE)
    at, rows, counts = at[good], rows[good], counts[good]
    points = _gather(words, at + 12, counts)
    good = _good_lines(points, counts, ring=ring)
    if not good.all():
        at, rows, counts = at[good], rows[good], counts[good]
        points = _gather(words, at + 12, counts)
    return _line_wkbs(points, counts, ring=ring), rows


def _gather(words: npt.NDArray[np.uint32], firsts: Numbers, counts: Numbers) -> Points:
    """Take the points that begin at words, so many each."""
    steps = np.zeros(len(words) + 1, dtype=np.int8)
    steps[firsts] = 1
    steps[firsts + 4 * counts] = -1
    return words[np.cumsum(steps[:-1], dtype=np.int8).view(np.bool_)].view("<f8").reshape(-1, 2)


def _good_lines(points: Points, counts: Numbers, *, ring: bool) -> npt.NDArray[np.bool_]:
    """Tell which are at places, and if they are rings, closed."""
    ends = np.cumsum(counts)
    good = np.ones(len(counts), dtype=np.bool_)
    if not len(counts):
        return good
    far = ~(np.abs(points) <= FURTHEST).all(axis=1)
    if far.any():
        good[np.searchsorted(ends, np.flatnonzero(far), side="right")] = False
    if ring:
        good &= (points[ends - counts] == points[ends - 1]).all(axis=1)
    return good


def _line_wkbs(points: Points, counts: Numbers, *, ring: bool) -> pa.Array:
    fixed = struct.pack("<BII", 1, 3, 1) if ring else struct.pack("<BI", 1, 2)
    head = len(fixed) + 4
    sizes = head + 16 * counts
    starts = np.cumsum(sizes) - sizes
    heads = np.empty((len(counts), head), dtype=np.uint8)
    heads[:, :-4] = np.frombuffer(fixed, dtype=np.uint8)
    heads[:, -4:] = counts.astype("<u4").view(np.uint8).reshape(-1, 4)
    wkb = np.empty(int(sizes.sum()), dtype=np.uint8)
    drawn = np.ones(len(wkb), dtype=np.bool_)
    places = starts[:, None] + np.arange(head)
    wkb[places] = heads
    drawn[places] = False
    wkb[drawn] = points.view(np.uint8).reshape(-1)
    return _binary(wkb, sizes)


def _binary(data: Bytes, sizes: Numbers) -> pa.Array:
    offsets = np.zeros(len(sizes) + 1, dtype=np.int32)
    offsets[1:] = np.cumsum(sizes)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.BinaryArray.from_buffers(pa.binary(), len(sizes), buffers)
