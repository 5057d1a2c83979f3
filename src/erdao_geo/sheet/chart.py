"""The map itself: its frame with ticks, its features by look, its names and its north arrow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from erdao_geo.definitions import EVIDENCES, Layer
from erdao_geo.features import values
from erdao_geo.sheet.blocks import Setting
from erdao_geo.sheet.content import Scope, Subject
from erdao_geo.sheet.ground import CHINA, Bounds, Ground, bounds_of, ground_of
from erdao_geo.sheet.labels import MOST, Name, place
from erdao_geo.sheet.palette import POINT, Look, look_of, mixed
from erdao_geo.sheet.paper import GREY, INK, LEADING, LEAST, MM, Box, Mark, Plate, Stroke, Words

MARGIN = 4.6
"""mm between the neat line and the border, where the degrees stand."""
_DIMMED = 0.75
"""How far what a page is not about is mixed with white."""
_ARROW = 15.0
"""mm of the north arrow, with the room around it."""
_SIGNS = 2000
"""Signs of points that names keep off."""
_CROWD, _MOST = 12, 0.8
"""Works that make a crowd, and the part of them that a larger map must show."""
_FEW = 60
"""Up to so many works on a page, those that are samples have their names, too."""


@dataclass(frozen=True)
class Shapes:
    """Features that look the same, on the page in mm."""

    geometry: str
    look: Look
    geometries: npt.NDArray[Any]


@dataclass(frozen=True)
class Chart:
    """What is drawn of a map."""

    ground: Ground
    shapes: tuple[Shapes, ...]
    """In drawing order; what lies outside the frame is cut off."""
    marks: tuple[Mark, ...]
    """The frame, the ticks, the names, the arrow."""


def chart_of(
    subject: Subject, scope: Scope, place_: Box, bounds: Bounds, setting: Setting, size: float
) -> Chart:
    """Draw a map that fills its place.

    Parameters
    ----------
    subject, scope
        What the map shows, and what of it the page is about.
    place_
        On the page, in mm, with the border.
    bounds
        What it must show, in degrees.
    setting, size
        What names are set in, and the size of most, in points.

    Returns
    -------
    Chart
    """
    frame = place_.within(MARGIN, MARGIN, MARGIN, MARGIN)
    ground = ground_of(frame, bounds)
    placed = {stem: _placed(subject, stem, ground) for stem in subject.sheet.layers}
    shapes = [
        shape
        for stem in subject.sheet.layers
        for shape in _shapes(subject, scope, stem, placed[stem])
    ]
    arrow_box = _arrow_box(frame, shapes)
    names = _names(subject, scope, placed, size)
    works = _works(subject, scope, placed)
    marks = [
        *frame_marks(ground, place_, setting),
        *_arrow(arrow_box, size),
        *place(names, frame, setting, taken=[arrow_box, *_dot_boxes(works)], works=works),
    ]
    return Chart(ground, tuple(shapes), tuple(marks))


def outline_of(part: Ground, on: Ground) -> Stroke:
    """Draw, on a map, what another map shows of it."""
    box = part.frame
    corners = [(box.x, box.y), (box.right, box.y), (box.right, box.bottom), (box.x, box.bottom)]
    x, y = zip(*corners, corners[0], strict=True)
    edge = on.frame
    points = on.points(np.column_stack(part.lonlat(x, y)))
    points = np.clip(points, (edge.x, edge.y), (edge.right, edge.bottom))
    return Stroke(tuple((float(a), float(b)) for a, b in points), INK, 0.9)


def frame_marks(ground: Ground, outer: Box, setting: Setting) -> Iterator[Mark]:
    """Draw the neat line, the border, and the degrees between them."""
    frame, size = ground.frame, LEAST
    yield Plate(frame, None, INK, 0.5)
    yield Plate(outer, None, INK, 1.2)
    for name, ticks in ground.ticks().items():
        for tick in ticks:
            yield from _tick(frame, name, tick.at, tick.label, setting.width(tick.label, size))


def _tick(frame: Box, edge: str, at: float, label: str, width: float) -> Iterator[Mark]:
    size, across = LEAST, edge in ("top", "bottom")
    start, end = (frame.x, frame.right) if across else (frame.y, frame.bottom)
    line, sign = {
        "top": (frame.y, -1),
        "bottom": (frame.bottom, 1),
        "left": (frame.x, -1),
        "right": (frame.right, 1),
    }[edge]
    points = ((at, line), (at, line + 1.4 * sign))
    yield Stroke(points if across else tuple((y, x) for x, y in points), INK, 0.4)
    gap = 0.8 + width / 2
    if start + width / 2 > at or at > end - width / 2 - gap:
        return
    middle = line + sign * MARGIN / 2
    if across:
        yield Words(at + 0.8, middle, label, size, color=INK)
    else:
        yield Words(
            middle,
            at - gap if at - gap - width / 2 > start else at + gap,
            label,
            size,
            "center",
            angle=90.0,
        )


def map_bounds(subject: Subject, scope: Scope) -> Bounds:
    """Give what the map must show: the district, or the works of the page."""
    boundary = subject.ledger.plan.boundary
    stems = [boundary] if boundary in subject.sheet.layers else list(subject.sheet.layers)
    if scope.is_part:
        stems = list(subject.works)
    found = bounds_of(_chosen_geometries(subject, scope, stems))
    return (
        found or bounds_of(_chosen_geometries(subject, None, list(subject.sheet.layers))) or CHINA
    )


def crowded_bounds(subject: Subject, scope: Scope) -> Bounds | None:
    """Give where most works lie; None where there are few.

    Along each axis it is the shortest interval that holds `_MOST` of the works' middles.
    """
    located = [g for g in _chosen_geometries(subject, scope, [*subject.works]) if g is not None]
    if len(located) < _CROWD:
        return None
    boxes = shapely.bounds(np.asarray(located, dtype=object))
    (west, east), (south, north) = map(_shortest, ((boxes[:, :2] + boxes[:, 2:]) / 2).T)
    return west, south, east, north


def _shortest(middles: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Give the shortest interval that holds `_MOST` of some numbers."""
    middles = np.sort(middles)
    count = int(np.ceil(_MOST * len(middles)))
    starts, ends = middles[: len(middles) - count + 1], middles[count - 1 :]
    at = int(np.argmin(ends - starts))
    return float(starts[at]), float(ends[at])


def _chosen_geometries(subject: Subject, scope: Scope | None, stems: list[str]) -> list[Any]:
    found: list[Any] = []
    for stem in stems:
        geometries = subject.features[stem].geometry.to_numpy()
        found += list(geometries[scope.chosen[stem]] if scope else geometries)
    return found


def _placed(subject: Subject, stem: str, ground: Ground) -> npt.NDArray[Any]:
    """Give a layer's geometries on the page; None where there is none, or it is out of the map."""
    geometries = np.asarray(subject.features[stem].geometry, dtype=object)
    placed = ground.shapes(geometries)
    frame, bounds = ground.frame, shapely.bounds(placed)
    with np.errstate(invalid="ignore"):
        is_in = (
            (bounds[:, 0] <= frame.right)
            & (bounds[:, 2] >= frame.x)
            & (bounds[:, 1] <= frame.bottom)
            & (bounds[:, 3] >= frame.y)
        )
    placed[~is_in] = None
    return placed


def _shapes(
    subject: Subject, scope: Scope, stem: str, placed: npt.NDArray[Any]
) -> Iterator[Shapes]:
    """Group a layer's features by their look, those that the page is not about beneath the rest."""
    layer, features = subject.layers[stem], subject.features[stem]
    statuses = values(features, "status") if layer.has_status else [None] * len(features)
    lit = scope.chosen.get(stem, np.ones(len(features), bool))
    groups: dict[tuple[bool, str, str], list[int]] = {}
    for at, (is_lit, status, evidence) in enumerate(
        zip(lit.tolist(), statuses, features["evidence"].tolist(), strict=True)
    ):
        if placed[at] is not None:
            groups.setdefault((is_lit, status or "", evidence or ""), []).append(at)
    for (is_lit, status, evidence), chosen in sorted(groups.items()):
        look = look_of(layer, status or None, evidence or None)
        yield Shapes(layer.geometry, look if is_lit else _dimmed(look), placed[chosen])


def _dimmed(look: Look) -> Look:
    fill, hatch = (color and mixed(color, _DIMMED) for color in (look.fill, look.hatch))
    return Look(mixed(look.color, _DIMMED), look.weight * 0.7, look.dash, fill, hatch)


def _names(
    subject: Subject, scope: Scope, placed: dict[str, npt.NDArray[Any]], size: float
) -> list[Name]:
    """List what may be named, in order: ground, then works, the best known and largest first."""
    ranked = []
    works = sum(int((scope.chosen[stem] & _is_there(placed[stem])).sum()) for stem in subject.works)
    for stem in subject.sheet.layers:
        layer = subject.layers[stem]
        is_ground = not layer.has_status
        if is_ground and not layer.style.label:
            continue
        ranked += _ranked(subject, scope, layer, placed[stem], samples=works <= _FEW)
    ranked.sort(key=lambda item: item[:-1])
    return [
        Name(
            text,
            placed[stem][at],
            GREY if is_ground else INK,
            size if is_ground else LEAST,
            is_ground,
        )
        for _, _, _, (text, stem, at, is_ground) in ranked[:MOST]
    ]


def _ranked(
    subject: Subject, scope: Scope, layer: Layer, placed: npt.NDArray[Any], *, samples: bool
) -> list[tuple[int, float, str, tuple[str, str, int, bool]]]:
    features, is_ground = subject.features[layer.stem], not layer.has_status
    ranks = features["evidence"].map(EVIDENCES.index).to_numpy()
    wanted = _is_there(placed)
    if not is_ground:
        wanted &= scope.chosen[layer.stem]
        wanted &= samples | (features["evidence"] != "illustrative").to_numpy()
    chosen = np.flatnonzero(wanted)
    bounds = shapely.bounds(placed[chosen]).reshape(-1, 4)
    sizes = np.hypot(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    order = np.lexsort((chosen, -sizes, ranks[chosen]))[:MOST]
    names = subject.named(layer.stem) if len(order) else []
    return [
        (
            -1 if is_ground else int(ranks[chosen[n]]),
            -float(sizes[n]),
            names[chosen[n]],
            (names[chosen[n]], layer.stem, int(chosen[n]), is_ground),
        )
        for n in order
    ]


def _works(subject: Subject, scope: Scope, placed: dict[str, npt.NDArray[Any]]) -> list[Any]:
    """Give the works on the map that the page is about."""
    found = []
    for stem in subject.works:
        found += placed[stem][scope.chosen[stem] & _is_there(placed[stem])].tolist()
    return found


def _is_there(placed: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    return ~np.asarray(shapely.is_missing(placed), bool)


def _dot_boxes(works: list[Any]) -> list[Box]:
    """Give the boxes of the signs of points."""
    points = shapely.get_coordinates([work for work in works if work.geom_type.endswith("Point")])
    half = POINT / 2
    return [Box(float(x) - half, float(y) - half, POINT, POINT) for x, y in points[:_SIGNS]]


def _arrow_box(frame: Box, shapes: list[Shapes]) -> Box:
    """Choose the corner for the arrow that least is drawn in, an upper one where that is one."""
    boxes = [
        Box(x, y, _ARROW * 0.6, _ARROW)
        for y in (frame.y + 2, frame.bottom - _ARROW - 2)
        for x in (frame.right - _ARROW * 0.6 - 2, frame.x + 2)
    ]

    def busy(box: Box) -> int:
        corner = shapely.box(box.x, box.y, box.right, box.bottom)
        return sum(int(shapely.intersects(shapes_.geometries, corner).sum()) for shapes_ in shapes)

    return min(boxes, key=busy)


def _arrow(box: Box, size: float) -> list[Mark]:
    """Draw the north arrow: half of it filled, with an N above."""
    middle, top = box.x + box.width / 2, box.y + size * MM * LEADING + 0.6
    bottom, half = box.bottom - 0.6, box.width * 0.3
    notch = bottom - 2.2
    left = ((middle, top), (middle - half, bottom), (middle, notch), (middle, top))
    right = ((middle, top), (middle + half, bottom), (middle, notch), (middle, top))
    return [
        Stroke(left, INK, 0.6, None, INK),
        Stroke(right, INK, 0.6, None, "#ffffff"),
        Words(middle, box.y + size * MM * LEADING / 2 + 0.3, "N", size + 1, "center", bold=True),
    ]
