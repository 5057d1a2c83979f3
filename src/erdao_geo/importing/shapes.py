"""The shapes of a .shp, read to WKB: one at a time with care, or a block at a time with speed.

What is drawn as one line, one ring or one point, and is whole, goes the fast way; all else goes the
careful one. Both give the same bytes (a test holds them to it). Heights and measures are left out.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from erdao_geo.importing.rings import Points, TooComplexError, group_rings

FURTHEST = 1e30
"""Coordinates beyond are no places: drawing programs write the largest double for "none"."""
NULL, POINT, LINE, POLYGON, MULTIPOINT, MULTIPATCH = 0, 1, 3, 5, 8, 31
FAMILIES = {
    kind + step: kind for kind in (POINT, LINE, POLYGON, MULTIPOINT) for step in (0, 10, 20)
} | {NULL: NULL, MULTIPATCH: MULTIPATCH}
"""Each type of shape with heights or measures, and the plain one that it is read as."""

_MULTI = {1: 4, 2: 5, 3: 6}
_FEWEST_OF_LINE, _FEWEST_OF_RING = 2, 4
LARGEST = 1 << 30

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape: its WKB, or null; what was mended; and why it cannot be read, if so."""

    wkb: bytes | None = None
    notes: tuple[tuple[str, str], ...] = ()
    fault: tuple[str, str] | None = None


def read_shape(content: bytes) -> Shape:
    """Read one shape with care.

    Parameters
    ----------
    content
        The content of its record, from its type on.

    Returns
    -------
    Shape
        Null where the shape is null or has no points. A ring that is not closed is closed, and
        parts too short to be any are left out, with a note.
    """
    if len(content) < _LENGTH_OF_TYPE:
        return _fault("geometry-damaged", "its record is too short to have a shape")
    kind = FAMILIES.get(struct.unpack_from("<i", content)[0])
    if kind == NULL:
        return Shape()
    if kind is None or kind == MULTIPATCH:
        name = "multipatch" if kind else f"type {struct.unpack_from('<i', content)[0]}"
        return _fault("geometry-unsupported", f"its shape is a {name}, which is not read")
    if kind == POINT:
        return _read_point(content)
    parts = _read_points(content) if kind == MULTIPOINT else _read_parts(content)
    if parts is None:
        return _fault("geometry-damaged", "its shape counts other points than its record holds")
    points = np.concatenate([*parts, np.empty((0, 2))])
    if not len(points):
        return Shape(None, (("geometry-empty", "its shape has no points"),))
    if not _are_places(points):
        return _fault("coordinates-absurd", "its shape has coordinates that are no places")
    return _MAKERS[kind](parts)


_LENGTH_OF_TYPE = 4


def _read_point(content: bytes) -> Shape:
    if len(content) < _LENGTH_OF_TYPE + 16:
        return _fault("geometry-damaged", "its record is too short for a point")
    point = np.frombuffer(content, dtype="<f8", count=2, offset=_LENGTH_OF_TYPE)
    if np.isnan(point).all():
        return Shape(None, (("geometry-empty", "its point has no coordinates"),))
    if not _are_places(point):
        return _fault("coordinates-absurd", f"its point is at {point[0]:g}, {point[1]:g}")
    return Shape(struct.pack("<BI", 1, 1) + point.tobytes())


def _read_points(content: bytes) -> list[Points] | None:
    if len(content) < 40:
        return None
    count = struct.unpack_from("<I", content, 36)[0]
    if 40 + 16 * count > len(content):
        return None
    return [np.frombuffer(content, dtype="<f8", count=2 * count, offset=40).reshape(-1, 2)]


def _read_parts(content: bytes) -> list[Points] | None:
    if len(content) < 44:
        return None
    parts, count = struct.unpack_from("<II", content, 36)
    start = 44 + 4 * parts
    if start + 16 * count > len(content):
        return None
    firsts = np.frombuffer(content, dtype="<u4", count=parts, offset=44).astype(np.int64)
    points = np.frombuffer(content, dtype="<f8", count=2 * count, offset=start).reshape(-1, 2)
    if not count:
        return []
    if not parts or firsts[0] != 0 or (np.diff(firsts) < 0).any() or firsts[-1] > count:
        return None
    return np.split(points, firsts[1:])


def _make_points(parts: Sequence[Points]) -> Shape:
    points = parts[0]
    head = struct.pack("<BI", 1, 1)
    return Shape(
        struct.pack("<BII", 1, 4, len(points)) + b"".join(head + p.tobytes() for p in points)
    )


def _make_lines(parts: Sequence[Points]) -> Shape:
    lines = [part for part in parts if len(part) >= _FEWEST_OF_LINE]
    if not lines:
        return _fault("geometry-degenerate", "its line has one point only")
    notes = _left_out(len(parts) - len(lines), "of one point or none")
    return Shape(_collected(2, [_line_wkb(line) for line in lines]), notes)


def _make_polygons(parts: Sequence[Points]) -> Shape:
    closed = [_closed(part) for part in parts]
    opened = sum(len(a) != len(b) for a, b in zip(parts, closed, strict=True))
    rings = [ring for ring in closed if len(ring) >= _FEWEST_OF_RING]
    if not rings:
        return _fault("geometry-degenerate", "its polygon has no ring of three points")
    notes = _left_out(len(parts) - len(rings), "of fewer than three points")
    if opened:
        notes += (("ring-closed", f"{opened} rings did not end where they began: closed"),)
    try:
        grouped = group_rings(rings)
    except TooComplexError:
        return _fault("geometry-too-complex", f"its polygon has {len(rings):,} rings")
    if grouped.turned:
        turned = f"{grouped.turned} rings run the wrong way: shells and holes told by their place"
        notes += (("ring-direction", turned),)
    wkbs = [_polygon_wkb([rings[at] for at in each]) for each in grouped.polygons]
    return Shape(_collected(3, wkbs), notes)


_MAKERS = {MULTIPOINT: _make_points, LINE: _make_lines, POLYGON: _make_polygons}


def _closed(ring: Points) -> Points:
    if len(ring) and (ring[0] != ring[-1]).any():
        return np.concatenate([ring, ring[:1]])
    return ring


def _left_out(count: int, which: str) -> tuple[tuple[str, str], ...]:
    return (("part-left-out", f"{count} parts {which} are left out"),) if count else ()


def _line_wkb(line: Points) -> bytes:
    return struct.pack("<BII", 1, 2, len(line)) + line.tobytes()


def _polygon_wkb(rings: Sequence[Points]) -> bytes:
    drawn = b"".join(struct.pack("<I", len(ring)) + ring.tobytes() for ring in rings)
    return struct.pack("<BII", 1, 3, len(rings)) + drawn


def _collected(kind: int, wkbs: list[bytes]) -> bytes:
    if len(wkbs) == 1:
        return wkbs[0]
    return struct.pack("<BII", 1, _MULTI[kind], len(wkbs)) + b"".join(wkbs)


def _are_places(points: Points) -> bool:
    return bool((np.abs(points) <= FURTHEST).all())


def _fault(rule: str, message: str) -> Shape:
    return Shape(None, (), (rule, message))


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
    aligned = (starts % 4 == 0) & (lengths >= 4) & (lengths <= LARGEST)
    words = block[: len(block) // 4 * 4].view("<u4")
    rows = np.flatnonzero(aligned)
    kinds = words[starts[rows] // 4]
    plain = {kind: rows[np.isin(kinds, (kind, kind + 10, kind + 20))] for kind in _PLAIN}
    kind = max(plain, key=lambda each: len(plain[each]))
    at = starts[plain[kind]] // 4
    if kind == POINT:
        return _plain_points(words, at, plain[kind], lengths)
    return _plain_lines(words, at, plain[kind], lengths, ring=kind == POLYGON)


_PLAIN = (POINT, LINE, POLYGON)


def _plain_points(
    words: npt.NDArray[np.uint32], at: Numbers, rows: Numbers, lengths: Numbers
) -> tuple[pa.Array, Numbers]:
    whole = lengths[rows] >= _LENGTH_OF_TYPE + 16
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
    long = lengths[rows] >= 48
    at, rows = at[long], rows[long]
    counts = words[at + 10].astype(np.int64)
    good = (words[at + 9] == 1) & (words[at + 11] == 0) & (48 + 16 * counts <= lengths[rows])
    good &= counts >= (_FEWEST_OF_RING if ring else _FEWEST_OF_LINE)
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
