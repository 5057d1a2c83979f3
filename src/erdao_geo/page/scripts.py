"""The scripts that travel in a page: ours, and the libraries from npm."""

from __future__ import annotations

from importlib.resources import files

LIBRARIES = ("flatbush.js", "fflate.js")
"""What our scripts build on beside Leaflet: the index of boxes, and inflation in old browsers."""

DRAWING = (
    "dom",
    "blocks",
    "decode",
    "style",
    "density",
    "draw",
    "labels",
    "hit",
    "canvas",
    "tip",
    "layer",
)
"""What draws a layer on a map, in the order in which the browser reads them."""

PLANNING = (
    "words", "datum", "base", "palette", "state", "works", "selection", "popup", "head", "course",
    "panel", "legend", "filters", "search", "timeline", "geodesic", "measure", "controls", "export",
    "share", "print", "start",
)  # fmt: skip
"""What makes the planner's page of a map, behind those."""


def drawing_scripts() -> str:
    """Give the scripts that draw layers."""
    return _joined(DRAWING)


def planning_scripts() -> str:
    """Give the scripts of the planner's page."""
    return _joined(PLANNING)


def own(name: str) -> str:
    """Give the text of a file of this package."""
    return files("erdao_geo.page").joinpath(name).read_text(encoding="utf-8")


def _joined(names: tuple[str, ...]) -> str:
    return "".join(own(f"js/{name}.js") for name in names)
