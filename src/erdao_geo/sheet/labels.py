"""Names on the map, none over another: placed greedily, the ones that orient first.

A name of a line stands along it: level, or, where the line is steep and the name Chinese, with its
characters one under another; a name of a point or an area stands beside or in it. Each is tried at
a few places, and left out where it fits nowhere. Names of ground come first, then those of works,
the best known first, the largest first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from erdao_geo.sheet.blocks import Setting
from erdao_geo.sheet.letters import is_chinese
from erdao_geo.sheet.palette import POINT
from erdao_geo.sheet.paper import MM, Align, Box, Words

MOST = 400
"""Names that are tried."""
_STEEP = math.radians(50)
_LINE = 1.2
"""Height of a line of text, in sizes."""


@dataclass(frozen=True)
class Name:
    """What is to be named: a text, and a geometry on the page, in mm."""

    text: str
    geometry: Any
    color: str
    size: float
    is_ground: bool


def place(
    names: Iterable[Name],
    frame: Box,
    setting: Setting,
    *,
    taken: Sequence[Box] = (),
    works: Sequence[Any] = (),
) -> list[Words]:
    """Place names inside a frame, the first ones first.

    Parameters
    ----------
    names
        In the order in which they have a right to a place.
    frame
        The map, in mm.
    setting
        What they are set in.
    taken
        Places that no name may cover.
    works
        Geometries that no name of another one of them may cover.

    Returns
    -------
    list of Words
        Those that found a place; their boxes do not touch.
    """
    inside, tree = frame.within(1, 1, 1, 1), shapely.STRtree(works)
    boxes, placed, seen = list(taken), [], set()
    for name in names:
        if (name.text, name.is_ground) in seen:
            continue
        for words in _candidates(name, inside):
            box = box_of(words, setting)
            is_free = _holds(inside, box) and not any(_touch(box, other) for other in boxes)
            if is_free and (name.is_ground or not _covers_another(name, box, tree)):
                boxes.append(box)
                placed.append(words)
                seen.add((name.text, name.is_ground))
                break
    return placed


def _covers_another(name: Name, box: Box, tree: shapely.STRtree) -> bool:
    """Tell whether a name would stand on a work that it is not the name of."""
    found = tree.query(shapely.box(box.x, box.y, box.right, box.bottom), predicate="intersects")
    return any(tree.geometries[at] is not name.geometry for at in found)


def box_of(words: Words, setting: Setting) -> Box:
    """Give the box that a label fills on the page, whatever way it is turned."""
    if words.column:
        width, height = words.size * MM, len(words.text) * words.size * MM * _LINE
        return Box(words.x - width / 2, words.y - height / 2, width, height)
    width, height = setting.width(words.text, words.size), words.size * MM * _LINE
    shift = {"left": 0.0, "center": -width / 2, "right": -width}[words.align]
    turn = math.radians(words.angle)
    wide = abs(width * math.cos(turn)) + abs(height * math.sin(turn))
    high = abs(width * math.sin(turn)) + abs(height * math.cos(turn))
    middle = words.x + shift + width / 2
    return Box(middle - wide / 2, words.y - high / 2, wide, high)


def _candidates(name: Name, frame: Box) -> Iterator[Words]:
    shown = shapely.clip_by_rect(name.geometry, frame.x, frame.y, frame.right, frame.bottom)
    if shown.is_empty:
        return
    if shown.geom_type.endswith("Point"):
        yield from _beside(name, shapely.get_coordinates(shown)[0])
    elif shown.geom_type.endswith("LineString"):
        yield from _along(name, max(shapely.get_parts(shown), key=shapely.length))
    elif shown.geom_type.endswith("Polygon"):
        part = max(shapely.get_parts(shown), key=shapely.area)
        west, north, east, south = part.bounds
        middle = ((west + east) / 2, (north + south) / 2)
        yield from _beside(name, middle, (east - west) / 2, (south - north) / 2)


def _beside(
    name: Name, point: Any, wide: float = POINT / 2, high: float = POINT / 2
) -> Iterator[Words]:
    """Try places around something so many mm from its middle to its sides."""
    x, y = map(float, point)
    away, step = wide + 0.7, name.size * MM * _LINE / 2 + high + 0.3
    spots: tuple[tuple[float, float, Align], ...] = (
        (away, 0.0, "left"),
        (0.0, step, "center"),
        (-away, 0.0, "right"),
        (0.0, -step, "center"),
    )
    for dx, dy, align in spots:
        yield Words(x + dx, y + dy, name.text, name.size, align, name.color, halo=True)


def _along(name: Name, line: Any) -> Iterator[Words]:
    """Try places on a line: the middle first, then on towards its ends."""
    for part in (0.5, 0.35, 0.65, 0.2, 0.8):
        middle = line.length * part
        reach = min(line.length / 2, len(name.text) * name.size * MM / 2)
        ends = [line.interpolate(max(0.0, middle - reach)), line.interpolate(middle + reach)]
        spot = line.interpolate(middle)
        dx, dy = ends[1].x - ends[0].x, ends[1].y - ends[0].y
        slope = math.atan2(-dy, dx)
        slope = slope - math.pi if slope > math.pi / 2 else slope
        slope = slope + math.pi if slope <= -math.pi / 2 else slope
        if abs(slope) > _STEEP and is_chinese(name.text):
            yield Words(
                spot.x, spot.y, name.text, name.size, "center", name.color, column=True, halo=True
            )
        else:
            angle = float(np.round(math.degrees(slope), 1))
            yield Words(
                spot.x, spot.y, name.text, name.size, "center", name.color, angle=angle, halo=True
            )


def _touch(one: Box, other: Box) -> bool:
    return (
        one.x < other.right + 0.4
        and other.x < one.right + 0.4
        and one.y < other.bottom + 0.3
        and other.y < one.bottom + 0.3
    )


def _holds(frame: Box, box: Box) -> bool:
    return (
        box.x >= frame.x
        and box.y >= frame.y
        and box.right <= frame.right
        and box.bottom <= frame.bottom
    )
