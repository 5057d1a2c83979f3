"""Code a layer for the page: 12 times smaller than GeoJSON, and read by `js/decode.js` at a glance.

A layer becomes *blocks*, each a zlib stream of its own: first those of its geometry, with some
thousand features each, in the order of the features, then those of its values. Numbers are coded
in one way throughout:

*sequence*
    n whole numbers from 0 to 2**32 - 1: one byte that says how many bytes a number takes (0 to 4; 0
    where all are 0), then the lowest byte of all n, then the second of all n, and so on. A sequence
    *with signs* holds s as 2 s where s >= 0, and as -2 s - 1 where it is not.
*doubles*
    n IEEE 754 doubles, in the same way: the lowest byte of all n first, the eighth last.

A *geometry block* is, one after the other:

1. three whole numbers of four bytes, the lowest first: its features, rings and vertices. A ring is
   a part of a line, a ring of a polygon (the closing vertex is left out), or one point.
2. a sequence: the rings of each feature; 0 where it has no place.
3. a sequence: the vertices of each ring.
4. two sequences with signs, x and y: the first vertex of each ring, less that of the ring before
   it in the block (of the first: less 0).
5. two sequences with signs, x and y: for each other vertex of a ring, the step that leads to it,
   less the step before it (of the ring's first step: less 0).
6. where the layer has sizes, doubles: the size of each feature, NaN where it has none.

Coordinates are whole pixels of the Web Mercator at zoom 20, whose world is 2**28 pixels wide: x
from 180 degrees W, y downwards from 85.05 N. A vertex is moved by at most half a pixel each way:
0.075 m at the equator, 0.054 m at Changchun. Lengths and areas are never taken from these.

The *values blocks*, joined, hold the fields' values; `page/columns.py` says how.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from erdao_geo.errors import PageError
from erdao_geo.page.columns import code_column, doubles, sequence

WORLD = 2**28
"""The width of the world, in pixels of zoom 20."""

KINDS = {
    "Point": (0, 4),
    "LineString": (1, 2, 5),
    "Polygon": (3, 6),
}
"""GEOS's numbers of the geometry types that a layer of each kind may hold."""

FEATURES, VERTICES = 2**16, 2**22
"""The most that one block holds, unless one feature alone has more vertices. As text, such a
block is far below what a browser takes as one string (512 MB)."""

VALUES = 2**24
"""The bytes of a values block."""

_MOST_NORTHERN = 85.0511287798066  # degrees; the Web Mercator is square
_HALF = 180
"""Degrees: a step that is longer goes the other way round the world."""
_MOST_TURNS = 2  # worlds left or right of the first, so that a step fits into 31 bits

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[Any]


@dataclass(frozen=True)
class Compact:
    """A coded layer.

    Attributes
    ----------
    meta
        What `decode.js` must know: `count`, `rings`, `vertices`, `sized`, `columns`, and the length
        of each block before and after compression in `geometryBlocks` and `valuesBlocks`.
    geometry, values
        The blocks, compressed.
    """

    meta: Mapping[str, Any]
    geometry: Sequence[bytes]
    values: Sequence[bytes]


def encode(
    features: gpd.GeoDataFrame, names: Sequence[str], kind: str, sizes: Floats | None = None
) -> Compact:
    """Code features, in the order given: the page calls them by their number.

    Parameters
    ----------
    features
        Any number, in longitude and latitude (EPSG:4326); a geometry may be missing or empty.
    names
        The fields to carry, in the order of the columns that come out.
    kind
        Point, LineString or Polygon; multi-part geometries are of the kind of their parts.
    sizes
        Each feature's length or area in SI units, measured at full resolution; NaN where none.

    Returns
    -------
    Compact
        The same for the same input. What lies beyond 85.05 degrees N or S is drawn on that edge.
        A line or ring that jumps by more than 180 degrees goes on across the antimeridian.

    Raises
    ------
    PageError
        If a geometry is of another kind, or a coordinate or text cannot be put into a page.
    """
    geometries = _turned(np.asarray(features.geometry.array, dtype=object))
    _require_kind(geometries, kind)
    geometry = _Blocks(zlib.Z_RLE)  # of planes, nothing but a byte repeats
    rings = vertices = 0
    for part in _parts(geometries):
        block, counts = _geometry_block(geometries[part], None if sizes is None else sizes[part])
        geometry.add(block)
        rings, vertices = rings + counts[0], vertices + counts[1]
    columns: list[dict[str, Any]] = []
    values = _Blocks(zlib.Z_DEFAULT_STRATEGY)
    for block in _filled((code_column(features[name], name) for name in names), columns):
        values.add(block)
    meta = {
        "count": len(features),
        "rings": rings,
        "vertices": vertices,
        "sized": sizes is not None,
        "columns": columns,
        "geometryBlocks": geometry.lengths,
        "valuesBlocks": values.lengths,
    }
    return Compact(meta, geometry.packed, values.packed)


def _turned(geometries: Geometries) -> Geometries:
    """Turn rings as RFC 7946 has them, so that a hole is told by it, but where they may jump."""
    west, _, east, _ = shapely.bounds(geometries).T
    with np.errstate(invalid="ignore"):  # of what is no number, which is refused later
        narrow = east - west < _HALF
    turned = geometries.copy()
    turned[narrow] = shapely.orient_polygons(geometries[narrow], exterior_cw=False)
    return turned


class _Blocks:
    """Blocks, compressed as they come, and their lengths before and after."""

    def __init__(self, strategy: int) -> None:
        self.lengths: list[tuple[int, int]] = []
        self.packed: list[bytes] = []
        self._strategy = strategy

    def add(self, block: bytes) -> None:
        stream = zlib.compressobj(6, zlib.DEFLATED, 15, 9, self._strategy)
        self.packed.append(stream.compress(block) + stream.flush())
        self.lengths.append((len(block), len(self.packed[-1])))


def _require_kind(geometries: Geometries, kind: str) -> None:
    types = shapely.get_type_id(geometries)
    others = np.unique(types[~np.isin(types, [-1, *KINDS[kind]])])
    if others.size:
        name = shapely.GeometryType(others[0]).name.lower()
        raise PageError(
            f"a layer of {kind} holds a geometry of the type {name}; give each type its own layer"
        )


def _parts(geometries: Geometries) -> Iterator[slice]:
    """Cut features into blocks."""
    ends = np.cumsum(shapely.get_num_coordinates(geometries))
    start = 0
    while start < len(geometries):
        before = ends[start - 1] if start else 0
        end = int(np.searchsorted(ends, before + VERTICES, side="right"))
        end = min(max(end, start + 1), start + FEATURES)
        yield slice(start, end)
        start = end


def _geometry_block(geometries: Geometries, sizes: Floats | None) -> tuple[bytes, tuple[int, int]]:
    rings, owners = _rings(geometries)
    lengths = shapely.get_num_coordinates(rings).astype(np.int64)
    x, y = _pixels(rings, lengths, owners)
    closed = shapely.get_type_id(rings) == shapely.GeometryType.LINEARRING
    if closed.any():
        kept = np.ones(len(x), bool)
        kept[np.cumsum(lengths)[closed] - 1] = False
        x, y, lengths = x[kept], y[kept], lengths - closed
    starts = np.cumsum(lengths) - lengths
    others = np.ones(len(x), bool)
    others[starts] = False
    counts = np.bincount(owners[:, 0] if len(owners) else [], minlength=len(geometries))
    block = [
        np.array([len(geometries), len(rings), len(x)], "<u4").tobytes(),
        sequence(counts),
        sequence(lengths),
        *(sequence(_signed(np.diff(axis[starts], prepend=0))) for axis in (x, y)),
        *(sequence(_signed(_turns(axis, starts)[others])) for axis in (x, y)),
        b"" if sizes is None else doubles(sizes),
    ]
    return b"".join(block), (len(rings), len(x))


def _rings(geometries: Geometries) -> tuple[Geometries, Ints]:
    """Give all rings that have vertices, and the numbers of each one's feature and of its part."""
    parts, features = shapely.get_parts(geometries, return_index=True)
    filled = ~shapely.is_empty(parts)
    parts, features = parts[filled], features[filled]
    numbers = np.arange(len(parts))
    if len(parts) and shapely.get_type_id(parts[0]) == shapely.GeometryType.POLYGON:
        parts, numbers = shapely.get_rings(parts, return_index=True)
    return parts, np.column_stack([features[numbers], numbers])


def _pixels(rings: Geometries, lengths: Ints, owners: Ints) -> tuple[Ints, Ints]:
    lonlat = shapely.get_coordinates(rings)
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    if not np.isfinite(lonlat).all() or (np.abs(lat) > 90).any():  # noqa: PLR2004 -- the pole
        raise PageError("a coordinate is no longitude and latitude; see `erdao-geo validate`")
    lon = _unbroken(lon, lengths, owners)
    if (np.abs(lon) > 360 * _MOST_TURNS).any():
        raise PageError(f"a geometry goes round the world more than {_MOST_TURNS} times")
    x = np.rint((lon + 180) * (WORLD / 360)).astype(np.int64)
    sine = np.sin(np.radians(np.clip(lat, -_MOST_NORTHERN, _MOST_NORTHERN)))
    y = np.rint((0.5 - np.arctanh(sine) / (2 * np.pi)) * WORLD).astype(np.int64)
    return x, y


def _unbroken(lon: Floats, lengths: Ints, owners: Ints) -> Floats:
    """Let what jumps to the other side of the world go on across the antimeridian instead."""
    starts = np.cumsum(lengths) - lengths
    steps = np.diff(lon, prepend=0.0)
    steps[starts] = 0
    if not (np.abs(steps) > _HALF).any():
        return lon
    total = np.cumsum(-np.rint(steps / 360))
    turns = total - np.repeat(total[starts], lengths)
    lon = lon + 360 * turns
    low, high = np.minimum.reduceat(lon, starts), np.maximum.reduceat(lon, starts)
    middle = (low + high) / 2
    _, shells = np.unique(owners[:, 1], return_index=True)  # a hole stays in its shell
    shell = np.repeat(shells, np.diff(np.append(shells, len(owners))))
    jumped = np.logical_or.reduceat(np.abs(steps) > _HALF, starts)[shell]
    away = np.where(jumped, np.rint((middle[shell] - middle) / 360), 0)
    whole: Floats = lon + 360 * np.repeat(away, lengths)
    return whole


def _turns(axis: Ints, starts: Ints) -> Ints:
    """Give the change of the step at each vertex, within its ring."""
    steps = np.diff(axis, prepend=0)
    steps[starts] = 0
    return np.diff(steps, prepend=0)


def _signed(numbers: Ints) -> Ints:
    return (numbers << 1) ^ (numbers >> 63)


def _filled(
    coded: Iterable[tuple[dict[str, Any], Sequence[bytes]]], columns: list[dict[str, Any]]
) -> Iterator[bytes]:
    """Fill blocks with columns' bytes; list what is to be known of each, and where it starts."""
    buffer, start = bytearray(), 0
    for column, chunks in coded:
        columns.append({**column, "start": start})
        start += sum(map(len, chunks))
        for chunk in chunks:
            buffer += chunk
        while len(buffer) >= VALUES:
            yield bytes(buffer[:VALUES])
            del buffer[:VALUES]
    if buffer:
        yield bytes(buffer)
