"""A layer of any size for a Folium map of ours, from any GeoDataFrame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from branca.element import Element
from folium.elements import JSCSSMixin

from erdao_geo.errors import CRSError, PageError
from erdao_geo.page.base import Tiles, displayed
from erdao_geo.page.compact import KINDS, Compact, encode
from erdao_geo.page.document import OfflineFigure
from erdao_geo.page.elements import Raw, block_elements, json_element
from erdao_geo.page.scripts import LIBRARIES, drawing_scripts

STYLE = {
    "color": "#0072b2",
    "weight": 3,
    "dash": None,
    "hatch": None,
    "opacity": 0.95,
    "fillOpacity": 0.5,
    "radius": 6,
}
"""How features look; `fill`, where it is not given, is the colour."""

WORLD = [-180.0, -85.0, 180.0, 85.0]
"""The bounds of a layer without any place."""

MOST_STYLES = 256
_STYLE_KEYS = (*STYLE, "fill")


class CompactLayer(JSCSSMixin, Element):
    """Features that travel in compact blocks and are drawn on one canvas: 50 or 1,000,000.

    Parameters
    ----------
    features
        Points, lines or polygons (one of these), in any CRS; a geometry may be missing.
    fields
        The columns that a popup shows, and their titles; default: all, by their own names.
    style
        What differs from `STYLE`: CSS colours, CSS pixels.
    by, colors
        A column, and the colour of each of its values; others have the style's.
    tooltip
        The columns that are shown under the pointer.

    Raises
    ------
    PageError
        If the features are of several types, or hold what no page can show; if a column or a key of
        the style is named that there is not.
    CRSError
        If the features have no CRS.

    Examples
    --------
    >>> from shapely.geometry import Point
    >>> places = gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(125.4, 43.9)], crs=4326)
    >>> CompactLayer(places, tooltip=["name"]).count
    1
    """

    default_js = [(name, name) for name in LIBRARIES]  # noqa: RUF012 -- Folium's own form

    def __init__(
        self,
        features: gpd.GeoDataFrame,
        *,
        fields: Mapping[Any, str] | None = None,
        style: Mapping[str, Any] | None = None,
        by: Any = None,
        colors: Mapping[Any, str] | None = None,
        tooltip: Sequence[Any] = (),
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "CompactLayer"
        if features.crs is None:
            raise CRSError("the features have no CRS; give them one with set_crs")
        own = [name for name in features if name != features.geometry.name]
        titles = {name: str(name) for name in own} if fields is None else dict(fields)
        _require("fields", titles, own)
        _require("by", [] if by is None else [by], own)
        _require("tooltip", tooltip, list(titles), "the fields")
        _require("style", style or {}, _STYLE_KEYS, "the keys of a style")
        if colors and by is None:
            raise PageError("colors has no column to go by; name it in by")
        plain = {**STYLE, **(style or {})}
        styles = [plain, *({**plain, "color": color} for color in (colors or {}).values())]
        if len(styles) > MOST_STYLES:
            raise PageError(
                f"{len(styles) - 1} colours are more than can be told; group the values"
            )
        kind = _kind(features)
        codes = _style_codes(features, by, colors or {})
        table = features.to_crs(4326).assign(**{_STYLE_COLUMN: codes})
        self.count = len(features)
        self._bounds = table.total_bounds.tolist() if table.count_coordinates().any() else WORLD
        self._table, self._columns = table, [*titles, _STYLE_COLUMN]
        self._compact = encode(table, self._columns, kind)
        self._meta = {
            **self._compact.meta,
            "geometry": kind,
            "titles": [str(title) for title in titles.values()],
            "styles": [_filled(one, kind) for one in styles],
            "tooltip": [list(titles).index(name) for name in tooltip],
        }

    def get_bounds(self) -> list[list[float | None]]:
        """Give the south-western and the north-eastern corner, for Folium's `fit_bounds`.

        They are those of what is drawn: over a base map in GCJ-02, add the layer to the map first.
        """
        west, south, east, north = self._bounds
        extent = gpd.GeoSeries([shapely.box(west, south, east, north)], crs=4326)
        west, south, east, north = displayed(extent, self._base()).total_bounds.tolist()
        return [[south, west], [north, east]]

    def render(self, **kwargs: Any) -> str:
        """Put the blocks into the page, and the script that draws them behind the map's."""
        figure, parent, chart = self.get_root(), self._parent, self._map()
        if not isinstance(figure, OfflineFigure) or parent is None or chart is None:
            raise PageError(
                "a CompactLayer needs a map that carries its scripts: one of Workspace.map(), or a "
                "folium.Map(tiles=None) added to an erdao_geo.page.OfflineFigure"
            )
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        name = self.get_name()
        compact = self._displayed()
        meta = {**self._meta, **compact.meta}
        figure.html.add_child(json_element(f"eg-layer-{name}", meta), name=name)
        for number, block in enumerate(block_elements(compact, name)):
            figure.html.add_child(block, name=f"{name}_{number}")
        figure.script.add_child(Raw(drawing_scripts()), name="eg_drawing")
        group = "" if parent is chart else f", {parent.get_name()}"
        start = f'erdaoGeo.showLayer({chart.get_name()}, "{name}"{group});\n'
        figure.script.add_child(Raw(start), name=name)
        return ""

    def _base(self) -> Tiles | None:
        figure = self.get_root()
        return figure.base if isinstance(figure, OfflineFigure) else None

    def _displayed(self) -> Compact:
        """Give the features' code where they are to be drawn: over GCJ-02, shifted as that is."""
        base = self._base()
        if base is None or not base.is_shifted:
            return self._compact
        table = self._table.set_geometry(displayed(self._table.geometry, base))
        return encode(table, self._columns, self._meta["geometry"])

    def _map(self) -> folium.Map | None:
        """Give the map that holds the layer, itself or in a group."""
        holder = self._parent
        while holder is not None and not isinstance(holder, folium.Map):
            holder = holder._parent
        return holder


_STYLE_COLUMN = "\0style"


def _require(
    argument: str, names: Iterable[Any], known: Sequence[Any], what: str = "the columns"
) -> None:
    """Refuse a name that is not among those that are known."""
    for name in names:
        if name not in known:
            listed = ", ".join(map(repr, known)) or "none"
            raise PageError(f"{argument} names {name!r}, which is not there; {what} are {listed}")


def _kind(features: gpd.GeoDataFrame) -> str:
    types = shapely.get_type_id(np.asarray(features.geometry, dtype=object))
    kinds = [kind for kind, numbers in KINDS.items() if np.isin(types, numbers).any()]
    return kinds[0] if kinds else "Point"


def _style_codes(features: gpd.GeoDataFrame, by: Any, colors: Mapping[Any, str]) -> pd.Series | int:
    if by is None:
        return 0
    codes = {value: code for code, value in enumerate(colors, 1)}
    found: pd.Series = features[by].map(codes).fillna(0).astype(int)
    return found


def _filled(style: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {"fill": None if kind == "LineString" else style["color"], **style}
