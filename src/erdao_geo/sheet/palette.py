"""How features look on paper: as on the page (`page/js/palette.js`), in points.

Status is colour, evidence is hatch and dash, for works; ground keeps its own. The colours are Okabe
and Ito's, told apart by people who see red and green alike; they also differ in lightness.
"""

from __future__ import annotations

from dataclasses import dataclass

from erdao_geo.definitions import Layer

COLORS = {"planned": "#8a8f99", "under_construction": "#e08a00", "completed": "#0072b2"}
PAPER = "#ffffff"
OUTSIDE = "#eef1f4"
"""The ground beyond the district."""
DASHES = {"illustrative": (2.6, 1.6), "approximate": (6.0, 2.0)}
"""Points, for a line 1 pt wide."""
POINT = 2.4
"""mm across a point."""
_POINTS_PER_PX = 0.45


@dataclass(frozen=True)
class Look:
    """How some features of a layer are drawn."""

    color: str
    weight: float
    """Points."""
    dash: tuple[float, ...] | None = None
    fill: str | None = None
    hatch: str | None = None


def look_of(layer: Layer, status: str | None, evidence: str | None) -> Look:
    """Give the look of the features of one status and evidence."""
    own, dash = layer.style.color, DASHES.get(evidence or "")
    color = COLORS.get(status or "", own)
    weight = layer.style.weight * _POINTS_PER_PX
    if layer.geometry == "LineString":
        return Look(color, weight, dash if layer.has_status else None)
    if layer.geometry == "Point":
        return Look(own, 0.9, (1.2, 0.9) if evidence == "illustrative" else None, color)
    if not layer.has_status:
        return Look(own, weight, dash, PAPER if layer.style.fill else None)
    invented = evidence == "illustrative"
    return Look(own, 0.6, None, None if invented else color, color if invented else None)


def mixed(color: str, with_white: float) -> str:
    """Mix a colour with white: 1 is white."""
    parts = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * with_white):02x}" for part in parts)
