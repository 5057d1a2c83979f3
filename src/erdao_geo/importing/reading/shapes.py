"""The shapes of a .shp, read to WKB: one at a time, with care.

What is one line, ring or point, and whole, goes the fast way (`plain`); all else comes here. Both
give the same bytes (a test holds them to it). Heights and measures are left out.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from erdao_geo.importing.foreign import counted
from erdao_geo.importing.reading.rings import Points, TooComplexError, group_rings

FURTHEST = 1e30
"""Coordinates beyond are no places: drawing programs write the largest double for "none"."""
NULL, POINT, LINE, POLYGON, MULTIPOINT, MULTIPATCH = 0, 1, 3, 5, 8, 31
FAMILIES = {
    kind + step: kind for kind in (POINT, LINE, POLYGON, MULTIPOINT) for step in (0, 10, 20)
} | {NULL: NULL, MULTIPATCH: MULTIPATCH}
"""Each type of shape with heights or measures, and the plain one that it is read as."""

_MULTIPATCH = (
    "its shape is a multipatch, a body in space, which is not read; save what it covers as "
    "polygons (ArcGIS: Multipatch Footprint)"
)
_MULTI = {1: 4, 2: 5, 3: 6}
FEWEST_OF_LINE, FEWEST_OF_RING = 2, 4
LARGEST = 1 << 30
TYPE_BYTES = 4
_POINTS_AT, _PARTS_AT = 40, 44


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
    if len(content) < TYPE_BYTES:
        return _fault("geometry-damaged", "its record is too short to have a shape")
    kind = FAMILIES.get(struct.unpack_from("<i", content)[0])
    if kind == NULL:
        return Shape()
    if kind == MULTIPATCH:
        return _fault("geometry-unsupported", _MULTIPATCH)
    if kind is None:
        number = struct.unpack_from("<i", content)[0]
        return _fault("geometry-unsupported", f"its shape is of type {number}, which is not read")
    return _read_point(content) if kind == POINT else _read_many(kind, content)


def _read_many(kind: int, content: bytes) -> Shape:
    parts = _read_points(content) if kind == MULTIPOINT else _read_parts(content)
    if parts is None:
        return _fault("geometry-damaged", "its shape counts other points than its record holds")
    points = np.concatenate([*parts, np.empty((0, 2))])
    if not len(points):
        return Shape(None, (("geometry-empty", "its shape has no points"),))
    if not _are_places(points):
        return _fault("coordinates-absurd", "its shape has coordinates that are no places")
    shape = _MAKERS[kind](parts)
    return replace(shape, notes=(*_late_start(kind, content), *shape.notes))


def _late_start(kind: int, content: bytes) -> tuple[tuple[str, str], ...]:
    """Say whether the first part was put where all points are parts."""
    first = 0 if kind == MULTIPOINT else struct.unpack_from("<I", content, _PARTS_AT)[0]
    said = f"its first part begins at point {first + 1}: taken to begin at the first"
    return (("part-start", said),) if first else ()


def _read_point(content: bytes) -> Shape:
    if len(content) < TYPE_BYTES + 16:
        return _fault("geometry-damaged", "its record is too short for a point")
    point = np.frombuffer(content, dtype="<f8", count=2, offset=TYPE_BYTES)
    if np.isnan(point).all():
        return Shape(None, (("geometry-empty", "its point has no coordinates"),))
    if not _are_places(point):
        return _fault("coordinates-absurd", f"its point is at {point[0]:g}, {point[1]:g}")
    return Shape(struct.pack("<BI", 1, 1) + point.tobytes())


def _read_points(content: bytes) -> list[Points] | None:
    if len(content) < _POINTS_AT:
        return None
    count = struct.unpack_from("<I", content, 36)[0]
    if _POINTS_AT + 16 * count > len(content):
        return None
    return [np.frombuffer(content, dtype="<f8", count=2 * count, offset=_POINTS_AT).reshape(-1, 2)]


def _read_parts(content: bytes) -> list[Points] | None:
    if len(content) < _PARTS_AT:
        return None
    parts, count = struct.unpack_from("<II", content, 36)
    start = _PARTS_AT + 4 * parts
    if start + 16 * count > len(content):
        return None
    firsts = np.frombuffer(content, dtype="<u4", count=parts, offset=_PARTS_AT).astype(np.int64)
    points = np.frombuffer(content, dtype="<f8", count=2 * count, offset=start).reshape(-1, 2)
    if not count:
        return []
    if not parts or (np.diff(firsts) < 0).any() or firsts[-1] > count:
        return None  # the first one begins at 0, whatever it says
    return np.split(points, firsts[1:])


def _make_points(parts: Sequence[Points]) -> Shape:
    points = parts[0]
    head = struct.pack("<BI", 1, 1)
    return Shape(
        struct.pack("<BII", 1, 4, len(points)) + b"".join(head + p.tobytes() for p in points)
    )


def _make_lines(parts: Sequence[Points]) -> Shape:
    lines = [part for part in parts if len(part) >= FEWEST_OF_LINE]
    if not lines:
        return _fault("geometry-degenerate", "its line has one point only")
    notes = _left_out(len(parts) - len(lines), "of one point or none")
    return Shape(_collected(2, [_line_wkb(line) for line in lines]), notes)


def _make_polygons(parts: Sequence[Points]) -> Shape:
    closed = [_closed(part) for part in parts]
    opened = sum(len(a) != len(b) for a, b in zip(parts, closed, strict=True))
    rings = [ring for ring in closed if len(ring) >= FEWEST_OF_RING]
    if not rings:
        return _fault("geometry-degenerate", "its polygon has no ring of three points")
    notes = _left_out(len(parts) - len(rings), "of fewer than three points")
    if opened:
        notes += (
            ("ring-closed", f"{counted(opened, 'ring')} closed: the end was not the beginning"),
        )
    try:
        grouped = group_rings(rings)
    except TooComplexError:
        return _fault("geometry-too-complex", f"its polygon has {len(rings):,} rings")
    if grouped.turned:
        turned = f"{counted(grouped.turned, 'ring')} turned: shells and holes are told by place"
        notes += (("ring-direction", turned),)
    wkbs = [_polygon_wkb([rings[at] for at in each]) for each in grouped.polygons]
    return Shape(_collected(3, wkbs), notes)


_MAKERS = {MULTIPOINT: _make_points, LINE: _make_lines, POLYGON: _make_polygons}


def _closed(ring: Points) -> Points:
    if len(ring) and (ring[0] != ring[-1]).any():
        return np.concatenate([ring, ring[:1]])
    return ring


def _left_out(count: int, which: str) -> tuple[tuple[str, str], ...]:
    return (("part-left-out", f"{counted(count, 'part')} {which} left out"),) if count else ()


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
