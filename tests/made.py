"""Shapefiles made byte by byte, for tests: what no honest writer would write, too."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

Field = tuple[bytes, str, int, int]
"""Name, kind, width, decimals."""


def write_dbf(
    path: Path,
    fields: Sequence[Field],
    rows: Sequence[Sequence[bytes]],
    *,
    language: int = 0,
    deleted: Sequence[int] = (),
) -> Path:
    """Write a .dbf of cells as they stand; texts are set left, all else right."""
    length = 1 + sum(width for _, _, width, _ in fields)
    start = 33 + 32 * len(fields)
    data = struct.pack("<4BIHH17xB2x", 3, 122, 1, 1, len(rows), start, length, language)
    for name, kind, width, decimals in fields:
        data += name[:11].ljust(11, b"\0") + kind.encode() + bytes(4)
        data += bytes([width, decimals]) + bytes(14)
    data += b"\r"
    for at, row in enumerate(rows):
        data += b"*" if at in deleted else b" "
        for cell, (_, kind, width, _) in zip(row, fields, strict=True):
            data += cell[:width].ljust(width) if kind == "C" else cell[:width].rjust(width)
    path.write_bytes(data)
    return path


def write_shp(path: Path, kind: int, contents: Sequence[bytes], *, shx: bool = True) -> Path:
    """Write a .shp, and its .shx, of records with these contents."""
    body, index = b"", b""
    for number, content in enumerate(contents, start=1):
        index += struct.pack(">ii", (100 + len(body)) // 2, len(content) // 2)
        body += struct.pack(">ii", number, len(content) // 2) + content
    path.write_bytes(_header(kind, 100 + len(body)) + body)
    if shx:
        path.with_suffix(".shx").write_bytes(_header(kind, 100 + len(index)) + index)
    return path


def _header(kind: int, size: int) -> bytes:
    return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size // 2) + struct.pack("<ii64x", 1000, kind)


def point(x: float, y: float) -> bytes:
    """Make the content of a point."""
    return struct.pack("<idd", 1, x, y)


def parted(kind: int, parts: Sequence[Sequence[tuple[float, float]]]) -> bytes:
    """Make the content of a line (3) or a polygon (5)."""
    points = [each for part in parts for each in part]
    firsts = [sum(map(len, parts[:at])) for at in range(len(parts))]
    data = struct.pack("<i4d2I", kind, 0, 0, 0, 0, len(parts), len(points))
    data += struct.pack(f"<{len(firsts)}I", *firsts)
    return data + b"".join(struct.pack("<dd", *each) for each in points)


def write_places(folder: Path, names: Sequence[bytes], *, width: int = 40) -> Path:
    """Write a whole shapefile of points, each with a name."""
    write_dbf(folder / "places.dbf", [(b"NAME", "C", width, 0)], [[name] for name in names])
    return write_shp(folder / "places.shp", 1, [point(at, at) for at in range(len(names))])
