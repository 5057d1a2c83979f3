"""Draw a map: a `folium.Map` that carries our panel, our layers and our data.

The data travel as a JSON block that the browser parses; they never pass through a template, neither
here (Jinja would run what stands in them: branca compiles rendered scripts a second time) nor in
the browser, where the scripts in `js/` lay them out as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import folium
import geopandas as gpd
from branca.element import Element

from erdao_geo.check import Ledger
from erdao_geo.definitions import Lang, Layer, MapSheet
from erdao_geo.page.base import Tiles
from erdao_geo.page.document import OfflineFigure
from erdao_geo.page.elements import Raw, block_elements, json_element
from erdao_geo.page.payload import Origin, page_payload
from erdao_geo.page.scripts import LIBRARIES, drawing_scripts, own, planning_scripts
from erdao_geo.words import titled

BODY = """\
<header id="eg-head"></header>
<aside id="eg-panel">
<button type="button" id="eg-handle" aria-expanded="false"><i></i></button>
<div id="eg-scroll">
<div id="eg-search" role="search"></div>
<section id="eg-selection"></section>
<details id="eg-filters" class="eg-fold"><summary></summary><div class="eg-choices"></div></details>
<section id="eg-targets" aria-labelledby="eg-targets-title"></section>
<div id="eg-lists"></div>
</div>
</aside>
<div id="eg-tools" role="toolbar"></div>
<div id="eg-ruler" hidden></div>
<details id="eg-legend" open><summary></summary><div class="eg-choices"></div></details>
<div id="eg-time" role="group" hidden></div>
<div id="eg-wait" role="status" hidden></div>
<div id="eg-live" role="status" aria-live="polite"></div>
<section id="eg-printed"></section>
<noscript><p class="banner">本页需要 JavaScript。This page needs JavaScript.</p></noscript>
"""


def draw(  # noqa: PLR0913
    sheet: MapSheet,
    ledger: Ledger,
    layers: Mapping[str, Layer],
    features: Mapping[str, gpd.GeoDataFrame],
    origins: Mapping[str, Origin],
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
    layers, features, origins
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
    payload, coded = page_payload(sheet, ledger, layers, features, origins, base=base)
    chart = folium.Map(tiles=None, zoom_control=False, zoom_snap=0.25, max_zoom=20)
    figure = OfflineFigure(title=titled(sheet, lang), lang=lang, base=base)
    figure.add_child(chart)
    chart.default_js += [(name, name) for name in LIBRARIES]
    styles = f"{own('page.css')}{own('base.css')}"
    figure.header.add_child(Raw(f"<style>\n{styles}</style>"), name="eg_css")
    figure.html.add_child(Raw(BODY), name="eg_body")
    figure.html.add_child(json_element("eg-data", payload), name="eg_data")
    for number, compact in enumerate(coded):
        for block in block_elements(compact, str(number)):
            figure.html.add_child(block)
    chart.add_child(_Start(chart, figure), name="eg_start")
    return chart


class _Start(Element):
    """A child of the map: runs our scripts on it, once Folium's own script has made it."""

    def __init__(self, chart: folium.Map, figure: OfflineFigure) -> None:
        super().__init__()
        self._name = "ErdaoGeoPage"
        self._chart = chart
        self._figure = figure

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002
        """Put the script behind the map's; the map's name is the only thing put into it."""
        self._figure.script.add_child(Raw(drawing_scripts()), name="eg_drawing")
        script = Raw(f"{planning_scripts()}\nerdaoGeo.start({self._chart.get_name()});\n")
        self._figure.script.add_child(script, name="eg_start")
        return ""
