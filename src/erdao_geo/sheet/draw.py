"""Draw pages with Matplotlib: features as collections, text as text, none of it as a formula."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Ellipse, PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import Stroke as Halo
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform

from erdao_geo.sheet.chart import Chart, Shapes
from erdao_geo.sheet.compose import Page
from erdao_geo.sheet.palette import OUTSIDE, POINT, Look, mixed
from erdao_geo.sheet.paper import MM, Dot, Mark, Plate, Stroke, Words

HALO = "halo"
"""The id of what is drawn behind a name, to keep it off the lines."""
_INCH = 25.4
_HATCH = "///////"
_TINT = 0.8
_TOGETHER = 500
"""Areas that are hatched at once: a hatch takes its time to be made ready."""
_BASELINE = 0.36
"""Of a line of text, beneath its middle, in sizes: what centres Chinese characters."""


@dataclass(frozen=True)
class FontFiles:
    """The fonts made for a sheet."""

    regular: Path
    bold: Path


def draw_page(page: Page, fonts: FontFiles) -> Figure:
    """Draw a page.

    Parameters
    ----------
    page
        What stands where, in mm.
    fonts
        What its text is set in; they have every character of it.

    Returns
    -------
    matplotlib.figure.Figure
        As large as the paper, with one axes over all of it, in mm from the upper left corner.
    """
    figure = Figure(figsize=(page.width / _INCH, page.height / _INCH), facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, page.width), ylim=(page.height, 0), autoscale_on=False)
    axes.set_axis_off()
    for chart in page.charts:
        _draw_chart(axes, chart)
    for mark in page.marks:
        for artist in _artists(mark, fonts):
            artist.set_zorder(10)
            axes.add_artist(artist)
    return figure


def _draw_chart(axes: Axes, chart: Chart) -> None:
    """Draw the features, cut off at the frame."""
    box = chart.ground.frame
    frame = Rectangle((box.x, box.y), box.width, box.height, facecolor=OUTSIDE, edgecolor="none")
    axes.add_artist(frame)
    for shapes in chart.shapes:
        for collection in _collections(axes, shapes):
            collection.set_zorder(2)
            axes.add_collection(collection, autolim=False)
            collection.set_clip_path(frame)


def _collections(axes: Axes, shapes: Shapes) -> list[Any]:
    look = shapes.look
    if shapes.geometry == "Point":
        return [_dots(axes, shapes)]
    if shapes.geometry == "Polygon":
        return _areas([_outline(area) for area in shapes.geometries], look)
    lines = LineCollection(
        [shapely.get_coordinates(part) for part in shapely.get_parts(shapes.geometries)],
        colors=look.color,
        linewidths=look.weight,
        linestyles=_style(look),
        capstyle="butt" if look.dash else "round",
        joinstyle="round",
    )
    return [lines]


def _dots(axes: Axes, shapes: Shapes) -> PathCollection:
    look = shapes.look
    dots = PathCollection(
        [Outline.unit_circle()],
        sizes=[(POINT / 2 / MM) ** 2],
        offsets=shapely.get_coordinates(shapes.geometries),
        offset_transform=axes.transData,
        facecolors=look.fill or "none",
        edgecolors=look.color,
        linewidths=look.weight,
        linestyles=_style(look),
    )
    dots.set_transform(IdentityTransform())
    return dots


def _areas(paths: list[Outline], look: Look) -> list[Any]:
    """Draw areas; a hatch has the colour of the status, the outline that of the layer."""
    outline: dict[str, Any] = {"edgecolors": look.color, "linewidths": look.weight}
    outline |= {"linestyles": _style(look)}
    if look.hatch is None:
        return [PathCollection(paths, facecolors=look.fill or "none", **outline)]
    tint = mixed(look.hatch, _TINT)
    together = [
        Outline.make_compound_path(*paths[first : first + _TOGETHER])
        for first in range(0, len(paths), _TOGETHER)
    ]
    hatched = PathCollection(
        together, facecolors=tint, edgecolors=look.hatch, linewidths=0, hatch=_HATCH
    )
    return [hatched, PathCollection(paths, facecolors="none", **outline)]


def _outline(area: Any) -> Outline:
    """Give an area's rings as one path, holes the other way round."""
    rings = shapely.get_rings(shapely.orient_polygons(area))
    corners = [shapely.get_coordinates(ring) for ring in rings]
    codes = [
        [Outline.MOVETO, *[Outline.LINETO] * (len(ring) - 2), Outline.CLOSEPOLY] for ring in corners
    ]
    return Outline(np.concatenate(corners), np.concatenate(codes))


def _style(look: Look | Stroke | Dot) -> Any:
    return [(0, look.dash)] if look.dash else ["solid"]


def _artists(mark: Mark, fonts: FontFiles) -> list[Any]:
    if isinstance(mark, Words):
        return _texts(mark, fonts)
    if isinstance(mark, Plate):
        box = mark.box
        face, edge = mark.fill or "none", mark.edge or "none"
        plate = Rectangle(
            (box.x, box.y), box.width, box.height, facecolor=face, edgecolor=edge, lw=mark.weight
        )
        return [plate]
    if isinstance(mark, Dot):
        dot = Ellipse((mark.x, mark.y), mark.diameter, mark.diameter, facecolor=mark.fill)
        dot.set(edgecolor=mark.edge, linewidth=mark.weight, linestyle=_style(mark)[0])
        return [dot]
    return _strokes(mark)


def _strokes(mark: Stroke) -> list[Any]:
    path, line = Outline(mark.points), {"linewidth": mark.weight, "linestyle": _style(mark)[0]}
    if mark.hatch is None:
        face = mark.fill or "none"
        return [PathPatch(path, facecolor=face, edgecolor=mark.color, capstyle="butt", **line)]
    tint = mixed(mark.hatch, _TINT)
    hatched = PathPatch(path, facecolor=tint, edgecolor=mark.hatch, linewidth=0, hatch=_HATCH)
    return [hatched, PathPatch(path, facecolor="none", edgecolor=mark.color, **line)]


def _texts(mark: Words, fonts: FontFiles) -> list[Any]:
    """Set a line of text; a name on the map with a white edge behind it."""
    file = fonts.bold if mark.bold else fonts.regular
    is_level = not mark.angle and not mark.column
    wanted: dict[str, Any] = {
        "text": "\n".join(mark.text) if mark.column else mark.text,
        "y": mark.y + _BASELINE * mark.size * MM if is_level else mark.y,
        "fontproperties": FontProperties(fname=str(file), size=mark.size),
        "ha": mark.align,
        "va": "baseline" if is_level else "center",
        "rotation": mark.angle,
        "linespacing": 1.0,
        "color": mark.color,
        "parse_math": False,
    }
    text = Text(mark.x, **wanted)
    if not mark.halo:
        return [text]
    behind = Text(mark.x, **wanted)
    behind.set(gid=HALO, path_effects=[Halo(linewidth=1.8, foreground="white")])
    return [behind, text]
