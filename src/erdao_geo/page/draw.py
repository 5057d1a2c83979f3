"""Draw a map: a `folium.Map` that carries our panel, our layers and our data.

The data travel as a JSON block that the browser parses; they never pass through a template, neither
here (Jinja would run what stands in them: branca compiles rendered scripts a second time) nor in
the browser, where `page.js` lays them out as text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import folium
import geopandas as gpd
import orjson
from branca.element import Element

from erdao_geo.check import Ledger
from erdao_geo.definitions import Lang, Layer, MapSheet
from erdao_geo.page.base import Tiles
from erdao_geo.page.document import OfflineFigure, Raw
from erdao_geo.page.payload import page_payload

_LEAFLET = "leaflet.js", "leaflet.css"
SCRIPTS = ("datum", "blocks", "base")
"""Ours, in this order, before the page's own."""
BODY = '<header id="eg-head"></header>\n<aside id="eg-panel"></aside>\n<div id="eg-legend"></div>\n'


def draw(  # noqa: PLR0913
    sheet: MapSheet,
    ledger: Ledger,
    layers: Mapping[str, Layer],
    features: Mapping[str, gpd.GeoDataFrame],
    dates: Mapping[str, dt.date],
    *,
    lang: Lang,
    base: Tiles | None = None,
) -> folium.Map:
    """Draw a map.

    Parameters
    ----------
    sheet
        What to draw.
    ledger
        The targets' rows.
    layers, features, dates
        By stem; features in EPSG:4326, valid.
    lang
        The language that the page opens in; it carries both.
    base
        The tiles beneath, if any: of what the page may load, the only thing outside of it.

    Returns
    -------
    folium.Map
        In a figure that renders to one file without any address in it.
    """
    payload = page_payload(sheet, ledger, layers, features, dates, base=base)
    chart = folium.Map(tiles=None, zoom_control=False, zoom_snap=0.25)
    chart.default_js = [("leaflet", _LEAFLET[0])]
    chart.default_css = [("leaflet_css", _LEAFLET[1])]
    title = sheet.title if lang == "zh" else sheet.title_en or sheet.title
    figure = OfflineFigure(title=title, lang=lang, images=base.source if base else "")
    figure.add_child(chart)
    styles = f"{_own('page.css')}{_own('base.css')}"
    figure.header.add_child(Raw(f"<style>\n{styles}</style>"), name="eg_css")
    figure.html.add_child(Raw(BODY), name="eg_body")
    figure.html.add_child(Raw(_json_block(payload)), name="eg_data")
    chart.add_child(_Start(chart, figure), name="eg_start")
    return chart


class _Start(Element):
    """A child of the map: runs `page.js` on it, once Folium's own script has made it."""

    def __init__(self, chart: folium.Map, figure: OfflineFigure) -> None:
        super().__init__()
        self._name = "ErdaoGeoPage"
        self._chart = chart
        self._figure = figure

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002
        """Put the script behind the map's; the map's name is the only thing put into it."""
        ours = "\n".join(_own(f"js/{name}.js") for name in SCRIPTS)
        script = Raw(f"{ours}\n{_own('page.js')}\nerdaoGeoPage({self._chart.get_name()});\n")
        self._figure.script.add_child(script, name="eg_start")
        return ""


def _json_block(payload: dict[str, Any]) -> str:
    """Put values into the page so that no text in them can end the block or start a tag."""
    text = orjson.dumps(payload).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="eg-data">{text}</script>\n'


def _own(name: str) -> str:
    return files("erdao_geo.page").joinpath(name).read_text(encoding="utf-8")
