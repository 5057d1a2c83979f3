"""What a user of Folium adds to a map: the files it links, what is refused, text that stays text.

A plugin of Folium links its script and style from a public host, at a version of its own. The file
that stands for a link is found by package and name, whatever the version. What we carry is in
`assets/package.json`: the version that Folium 0.20 names, where it names one, but for MarkerCluster
(1.5.3 for 1.1.0), Draw (1.0.4 for 1.0.2) and LocateControl (0.79.0 for 0.66.2). What is not carried
is refused.

Folium splices some text into scripts as it is, and branca compiles what was rendered as a template
once more; Jinja and the browser would run what stands in it. `once` and `guard` prevent both.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import branca.element
import folium
from branca.element import CssLink, Element, JavascriptLink
from folium.elements import JSCSSMixin
from folium.template import Template

from erdao_geo.errors import PageError
from erdao_geo.page.elements import Raw

LEAFLET = {"leaflet": "leaflet.js", "leaflet_css": "leaflet.css"}
"""Our files, by Folium's names of the links that they stand for."""

_TILES = (
    "a base map is chosen by base in the map's TOML, which opens the page's policy for its one "
    "host; a folium.Map has none with tiles=None"
)
_PICTURE = "its picture is a link; give it as a data: URL without quotes"
_ASKS = "it asks the network, which a page does not"
_TIME = "its libraries are too heavy to travel; the page has a slider of its own, by month"
REFUSED = {
    "TileLayer": _TILES,
    "WmsTileLayer": _TILES,
    "Icon": "its symbols are pictures from elsewhere; take folium.CircleMarker or DivIcon",
    "VideoOverlay": "a page's policy lets no video in",
    "MeasureControl": "it needs eval, which a page's policy forbids; the page has its own ruler",
    "Geocoder": f"{_ASKS}; the page's own search knows its names",
    "Realtime": f"{_ASKS}; take folium.GeoJson",
    "TimestampedWmsTileLayers": _ASKS,
    "VectorGridProtobuf": f"{_ASKS}; take CompactLayer",
    "HeatMapWithTime": _TIME,
    "TimeSliderChoropleth": _TIME,
    "Timeline": _TIME,
    "TimelineSlider": _TIME,
    "TimestampedGeoJson": _TIME,
    "CirclePattern": "its library on npm is of Leaflet 0.7; a CompactLayer's style has a hatch",
    "StripePattern": "its library on npm is of Leaflet 0.7; a CompactLayer's style has a hatch",
    "DualMap": "it is two maps of its own; save two pages",
    "GeoMan": "its library does not travel; take Draw",
    "OverlappingMarkerSpiderfier": "its library comes without its licence; take MarkerCluster",
    "ScrollZoomToggler": "its picture is from elsewhere, and its button's script stands in an "
    "attribute, which a page's policy forbids; Leaflet's + and - are there",
    "SideBySideLayers": "its library on npm is not one for browsers; take GroupedLayerControl",
    "TagFilterButton": "its sign is of Font Awesome, which does not travel; take LayerControl",
}
"""What a page cannot carry, by the name of its class or of a base of that, and the way out."""

PICTURES = {"FloatImage": "image", "ImageOverlay": "url"}
"""What shows a picture, and where it has its address."""

MARKERS = (folium.Marker, folium.Popup, folium.GeoJson, folium.ClickForMarker)
"""What asks for a marker's picture or for jQuery, as a plugin may; `js/folium.js` has ours."""

SPLICED = {"Tooltip": ("text",), "Search": ("search_label", "placeholder", "position")}
"""What Folium puts between a script's quotes as it is."""

NUMBERS = {
    "BoatMarker": ("heading", "wind_heading", "wind_speed"),
    "FloatImage": ("bottom", "left"),
    "Search": ("search_zoom",),
}
"""What Folium puts into a script or a style as it is, where no quotes could hold a text."""

MINIMAP = Template("""
    {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = new L.Control.MiniMap(
            erdaoGeo.overview({{ this._parent.get_name() }}), {{ this.options|tojavascript }}
        );
        {{ this._parent.get_name() }}.addControl({{ this.get_name() }});
    {% endmacro %}
""")
"""A MiniMap of the map's own layers: Folium's has tiles from elsewhere."""


def kept(links: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Leave out what Folium links by default, but for Leaflet, which is ours."""
    defaults = {*folium.Map.default_js, *folium.Map.default_css}
    return [
        (name, LEAFLET.get(name, url))
        for name, url in links
        if (name, url) not in defaults or name in LEAFLET
    ]


def require_offline(element: Element) -> None:
    """Refuse what would be drawn without its pictures or stop the page's script."""
    kinds = _kinds(element)
    hint = next((REFUSED[kind] for kind in kinds if kind in REFUSED), None)
    picture = next((getattr(element, PICTURES[kind]) for kind in kinds if kind in PICTURES), None)
    if isinstance(picture, str) and (not picture.startswith("data:") or '"' in picture):
        hint = _PICTURE
    text = next((name for kind in kinds for name in _texts(element, NUMBERS.get(kind, ()))), None)
    if text:
        hint = f"its {text} is text, {getattr(element, text)!r}; give a number"
    if hint is None and isinstance(element, JSCSSMixin):
        missing = next((url for url in _links(element) if _asset(url) is None), None)
        hint = missing and f"it links {missing}, which does not travel with erdao-geo"
    if hint:
        raise PageError(f"a page cannot carry {_name(element)}; {hint}")


def _links(element: JSCSSMixin) -> list[str]:
    return [url for _, url in (*element.default_js, *element.default_css)]


def needs_ours(element: Element) -> bool:
    """Say whether an element asks for what `js/folium.js` gives."""
    is_plugin = isinstance(element, JSCSSMixin) and any("/" in url for url in _links(element))
    return is_plugin or isinstance(element, MARKERS)


def inlined(link: JavascriptLink | CssLink) -> Raw:
    """Give the text of the file that a link stands for, as an element of the page."""
    text = _asset(link.url)
    if text is None:
        raise PageError(
            f"{link.url} does not travel with erdao-geo, so the page would be broken without a "
            "network; leave out what needs it"
        )
    if isinstance(link, CssLink):
        return Raw(f"<style>\n{text}</style>")
    return Raw(f"<script>\n{text.partition('//# sourceMappingURL')[0]}</script>")


def _asset(url: str) -> str | None:
    """Read the file that a link stands for, from a folder with a name that is in the link."""
    assets = files("erdao_geo").joinpath("_assets")
    parts = [part.partition("@")[0] for part in urlsplit(url).path.lower().split("/")]
    name = PurePosixPath(parts[-1].replace(".min.", "."))
    if name.suffix not in (".js", ".css"):  # unpkg.com/<package> is its script
        name = PurePosixPath(f"{name}.js")
    places = [assets, *(assets.joinpath(part) for part in parts if part)]
    found = (place.joinpath(str(name)) for place in places)
    return next((one.read_text(encoding="utf-8") for one in found if one.is_file()), None)


def _kinds(element: Element) -> list[str]:
    """Name an element's class and the bases of that, which not every version of Folium has."""
    return [kind.__name__ for kind in type(element).__mro__]


def _texts(element: Element, names: Iterable[str]) -> list[str]:
    """Give those of the attributes that are text."""
    return [name for name in names if isinstance(getattr(element, name, None), str)]


def _name(element: Element) -> str:
    kind = type(element)
    package = "folium.plugins" if kind.__module__.startswith("folium.plugins.") else "folium"
    return f"{package}.{kind.__name__}"


def guard(element: Element) -> None:
    """Have an element render what was put into it as text, wherever Folium splices that in."""
    kinds = _kinds(element)
    for name in (name for kind in kinds for name in _texts(element, SPLICED.get(kind, ()))):
        setattr(element, name, _ScriptText(getattr(element, name)))
    if isinstance(element, folium.Popup):
        for name, child in element.html._children.items():
            if not isinstance(child, _ScriptElement):
                element.html._children[name] = _ScriptElement(child)
    if "MiniMap" in kinds:
        element._template = MINIMAP


class _ScriptText(str):
    """Text that is written as a script's string needs it, between any quotes."""

    __slots__ = ()

    def __str__(self) -> str:
        text = json.dumps(super().__str__())[1:-1]
        for character in "<>&'`$":
            text = text.replace(character, f"\\u{ord(character):04x}")
        return text


class _ScriptElement(Element):
    """HTML of a popup, written as a script's string needs it."""

    def __init__(self, element: Element) -> None:
        super().__init__()
        self._children[""] = self._element = element

    def render(self, **kwargs: Any) -> str:
        html = self._element.render(**kwargs).replace("\\`", "`")  # Folium has escaped these
        return str(_ScriptText(html))


class _Verbatim:
    """Text in a template's place."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002
        return self._text


_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def once() -> Iterator[None]:
    """Keep branca from compiling as a template what a template has rendered already."""
    with _ONE_AT_A_TIME:
        module, mine = vars(branca.element), threading.get_ident()
        compiled = module["Template"]
        module["Template"] = lambda text: (
            _Verbatim(text) if threading.get_ident() == mine else compiled(text)
        )
        try:
            yield
        finally:
            module["Template"] = compiled
