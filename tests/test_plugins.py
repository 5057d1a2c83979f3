"""Folium's plugins on our maps: in one file, in a real browser with the network denied."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import pytest
from folium import plugins
from shapely.geometry import box

from conftest import Visit
from erdao_geo import PageError, Workspace
from erdao_geo.page import CompactLayer, OfflineFigure, to_html
from erdao_geo.page.added import REFUSED
from hostile import HOSTILE, MARK

AT, NEAR = [43.87, 125.4], [43.88, 125.41]
LINE = [AT, NEAR, [43.86, 125.45]]
ENCODED = "ogmjG_rixVo}@o}@"  # of Google's polyline algorithm: AT, and a point north-east of it
DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
PLACE = {
    "type": "Feature",
    "properties": {"name": "a"},
    "geometry": {"type": "Point", "coordinates": AT[::-1]},
}


def on_marker(chart: folium.Map) -> None:
    plugins.BeautifyIcon(number=7, icon_shape="marker").add_to(folium.Marker(AT).add_to(chart))


def on_line(chart: folium.Map) -> None:
    plugins.PolyLineTextPath(folium.PolyLine(LINE).add_to(chart), "abc").add_to(chart)


def in_cluster(chart: folium.Map) -> None:
    group = plugins.FeatureGroupSubGroup(plugins.MarkerCluster().add_to(chart)).add_to(chart)
    for _ in range(2):
        folium.Marker(AT).add_to(group)


def search(chart: folium.Map) -> None:
    places = folium.GeoJson({"type": "FeatureCollection", "features": [PLACE]}).add_to(chart)
    plugins.Search(places, search_label="name").add_to(chart)


def groups(chart: folium.Map) -> list[folium.FeatureGroup]:
    made = [folium.FeatureGroup(name).add_to(chart) for name in ("a", "b")]
    for group in made:
        folium.CircleMarker(AT).add_to(group)
    return made


def grouped(chart: folium.Map) -> None:
    plugins.GroupedLayerControl({"all": groups(chart)}).add_to(chart)


def tree(chart: folium.Map) -> None:
    children = [{"label": group.layer_name, "layer": group} for group in groups(chart)]
    overlays = {"label": "all", "children": children}
    plugins.TreeLayerControl(overlay_tree=overlays).add_to(chart)


def layers(chart: folium.Map) -> None:
    groups(chart)
    folium.LayerControl().add_to(chart)


def add(make: Callable[[], Any]) -> Callable[[folium.Map], None]:
    return lambda chart: chart.add_child(make())


WORKS: dict[str, tuple[Callable[[folium.Map], None], str]] = {
    "AntPath": (add(lambda: plugins.AntPath(LINE)), "path.leaflet-ant-path"),
    "BeautifyIcon": (on_marker, ".beautify-marker"),
    "BoatMarker": (
        add(lambda: plugins.BoatMarker(AT)),
        ".leaflet-marker-icon canvas, canvas.leaflet-marker-icon",
    ),
    "Draw": (add(plugins.Draw), ".leaflet-draw-toolbar a.leaflet-draw-draw-polygon"),
    "FastMarkerCluster": (add(lambda: plugins.FastMarkerCluster([AT, AT])), ".marker-cluster"),
    "FeatureGroupSubGroup": (in_cluster, ".marker-cluster"),
    "FloatImage": (add(lambda: plugins.FloatImage(DOT)), f"img[src='{DOT}']"),
    "Fullscreen": (add(plugins.Fullscreen), "a.leaflet-control-zoom-fullscreen"),
    "GroupedLayerControl": (grouped, ".leaflet-control-layers-group"),
    "HeatMap": (add(lambda: plugins.HeatMap([AT, NEAR])), "canvas.leaflet-heatmap-layer"),
    "LayerControl": (layers, ".leaflet-control-layers-overlays label"),
    "LocateControl": (add(plugins.LocateControl), ".leaflet-control-locate a"),
    "MarkerCluster": (add(lambda: plugins.MarkerCluster([AT, AT])), ".marker-cluster"),
    "MiniMap": (add(plugins.MiniMap), ".leaflet-control-minimap canvas.eg-canvas"),
    "MousePosition": (add(plugins.MousePosition), ".leaflet-control-mouseposition"),
    "PolyLineFromEncoded": (add(lambda: plugins.PolyLineFromEncoded(ENCODED)), "path"),
    "PolyLineOffset": (add(lambda: plugins.PolyLineOffset(LINE, offset=9)), "path"),
    "PolyLineTextPath": (on_line, "textPath"),
    "PolygonFromEncoded": (add(lambda: plugins.PolygonFromEncoded(ENCODED)), "path"),
    "Search": (search, ".leaflet-control-search input"),
    "SemiCircle": (add(lambda: plugins.SemiCircle(AT, 900, direction=9, arc=90)), "path"),
    "Terminator": (add(plugins.Terminator), "path"),
    "TreeLayerControl": (tree, ".leaflet-layerstree-header"),
}
"""How each is put on a map, and where it is to be found in the page."""

FAILS: dict[str, tuple[Any, ...]] = {
    "CirclePattern": (),
    "DualMap": (AT, "horizontal"),
    "GeoMan": (),
    "Geocoder": (),
    "HeatMapWithTime": ([[AT]],),
    "MeasureControl": (),
    "OverlappingMarkerSpiderfier": (),
    "Realtime": ("https://example.org/a.json",),
    "ScrollZoomToggler": (),
    "SideBySideLayers": (folium.FeatureGroup("a"), folium.FeatureGroup("b")),
    "StripePattern": (),
    "TagFilterButton": (["a"],),
    "TimeSliderChoropleth": ({}, {"a": {"1": {}}}),
    "Timeline": ({"type": "FeatureCollection", "features": []},),
    "TimelineSlider": (),
    "TimestampedGeoJson": ({"features": []},),
    "TimestampedWmsTileLayers": ([],),
    "VectorGridProtobuf": ("https://example.org/{z}", "a"),
}
"""What a page cannot carry, and what each is made of; not every Folium has each."""


def of_workspace(rendered: Path) -> folium.Map:
    return Workspace(rendered).map("roads")


def of_folium(rendered: Path) -> folium.Map:
    """Make a map of its own, with a layer of ours."""
    chart = folium.Map(AT, tiles=None, zoom_start=12)
    OfflineFigure(title="t", lang="en").add_child(chart)
    square = gpd.GeoDataFrame({"name": ["a"]}, geometry=[box(125.3, 43.8, 125.5, 43.9)], crs=4326)
    CompactLayer(square).add_to(chart)
    return chart


def show(chart: folium.Map, visit: Callable[[Path], Visit], path: Path) -> Visit:
    chart.save(str(path))
    visited = visit(path)
    visited.page.wait_for_selector("html.eg-ready", state="attached")
    return visited


def test_every_plugin_of_folium_is_known_to_work_or_to_fail() -> None:
    assert {*plugins.__all__} <= {*WORKS} | {*FAILS}
    assert {*FAILS} <= {*REFUSED}


@pytest.mark.browser
@pytest.mark.parametrize("made", [of_workspace, of_folium])
@pytest.mark.parametrize("name", WORKS)
def test_a_plugin_works_in_one_file_without_a_network(
    name, made, rendered, visit, tmp_path
) -> None:
    put, where = WORKS[name]
    chart = made(rendered)
    put(chart)
    visited = show(chart, visit, tmp_path / "page.html")
    visited.page.wait_for_selector(where, state="attached", timeout=5000)
    assert [url for url in visited.requests if not url.startswith(("data:", "blob:"))] == []
    assert visited.complaints == []
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize("name", sorted({*FAILS} & {*plugins.__all__}))
def test_a_plugin_that_cannot_work_is_refused_by_name(name) -> None:
    chart = of_folium(Path())
    chart.add_child(getattr(plugins, name)(*FAILS[name]))
    with pytest.raises(PageError, match=rf"^a page cannot carry folium\.plugins\.{name}; [^\n]+$"):
        to_html(chart)


def test_a_plugin_that_we_do_not_know_is_refused_by_what_it_links() -> None:
    class Mine(plugins.Fullscreen):
        default_js = (("mine", "https://example.org/mine/mine.js"),)

    chart = of_folium(Path())
    Mine().add_to(chart)
    with pytest.raises(PageError, match=r"Mine; it links .*mine\.js, which does not travel"):
        to_html(chart)


@pytest.mark.parametrize(
    "element",
    [
        plugins.BoatMarker(AT, heading="0);window.pwned=1;("),
        plugins.FloatImage(DOT, left="0}</style><script>window.pwned=1</script>"),
        plugins.Search(folium.FeatureGroup(), search_zoom="9;window.pwned=1"),
    ],
)
def test_text_in_the_place_of_a_number_is_refused(element) -> None:
    chart = of_folium(Path())
    element.add_to(chart)
    with pytest.raises(PageError, match=r"is text, '.*window\.pwned.*'; give a number$"):
        to_html(chart)


@pytest.mark.parametrize(
    "picture", ["https://example.org/a.png", 'data:"><script>window.pwned=1</script>']
)
def test_a_picture_from_elsewhere_is_refused(picture) -> None:
    chart = of_folium(Path())
    plugins.FloatImage(picture).add_to(chart)
    with pytest.raises(
        PageError, match="FloatImage; its picture is a link; give it as a data: URL"
    ):
        to_html(chart)


def test_a_library_is_in_the_page_where_a_plugin_links_it_at_any_version_and_nowhere_else() -> None:
    class Newer(plugins.MarkerCluster):
        default_js = (
            ("a", "https://unpkg.com/leaflet.markercluster@9.8.7/dist/leaflet.markercluster.js"),
        )

    library = "L.MarkerClusterGroup=L.FeatureGroup.extend("
    pages = []
    for element in (folium.CircleMarker(AT), plugins.MarkerCluster(), Newer()):
        chart = of_folium(Path())
        element.add_to(chart)
        pages.append(to_html(chart))
    assert [library in page for page in pages] == [False, True, True]


def test_a_page_with_plugins_is_the_same_byte_for_byte() -> None:
    def chart() -> folium.Map:
        made = of_folium(Path())
        folium.Marker(AT, popup="a", tooltip="b").add_to(made)
        for put in (grouped, search, WORKS["MiniMap"][0]):
            put(made)
        return made

    first = chart()
    assert to_html(first) == to_html(chart()) == to_html(first)


def test_every_library_travels_with_its_licence() -> None:
    folders = [path for path in files("erdao_geo").joinpath("_assets").iterdir() if path.is_dir()]
    assert len(folders) > 15
    assert all(folder.joinpath("LICENSE").is_file() for folder in folders)


def test_a_map_can_be_saved_changed_and_saved_again() -> None:
    chart = of_folium(Path())
    grouped(chart)
    to_html(chart)
    layers(chart)
    once, again = to_html(chart), to_html(chart)
    assert once == again
    assert once.count("L.control.groupedLayers(\n") == 1


@pytest.mark.browser
def test_a_mini_map_shows_the_layer_of_the_map(visit, tmp_path) -> None:
    chart = of_folium(Path())
    plugins.MiniMap(zoom_level_offset=-3).add_to(chart)
    page = show(chart, visit, tmp_path / "page.html").page
    drawn = """() => [...document.querySelectorAll(".leaflet-control-minimap .eg-canvas")].some(
      (one) => one.getContext("2d").getImageData(0, 0, one.width, one.height).data.some(Boolean))"""
    page.wait_for_function(drawn, timeout=5000)


@pytest.mark.browser
def test_the_folded_layer_control_has_its_picture(visit, tmp_path) -> None:
    chart = of_folium(Path())
    layers(chart)
    page = show(chart, visit, tmp_path / "page.html").page
    style = "getComputedStyle(document.querySelector('.leaflet-control-layers-toggle'))"
    assert page.evaluate(f"{style}.backgroundImage").startswith('url("data:image/png;base64,')


@pytest.mark.browser
def test_a_drawn_shape_is_on_the_map(visit, tmp_path) -> None:
    chart = of_folium(Path())
    plugins.Draw(show_geometry_on_click=False).add_to(chart)
    visited = show(chart, visit, tmp_path / "page.html")
    visited.page.click(".leaflet-draw-draw-rectangle")
    visited.page.mouse.move(600, 400)
    visited.page.mouse.down()
    visited.page.mouse.move(700, 500)
    visited.page.mouse.up()
    assert visited.page.locator("path.leaflet-interactive").count() == 1
    assert visited.complaints == []


HTML = [text for name, text in HOSTILE.items() if name != "meta-refresh"]
"""What is taken for HTML; that one goes elsewhere without a script, as HTML may."""

OPEN = """() => { const map = Object.values(window).find((one) => one instanceof L.Map);
  const shown = [];
  map.eachLayer((layer) => { if (!layer.getPopup || !layer.getPopup()) return;
    layer.openTooltip(); layer.openPopup();
    shown.push(layer.getPopup().getElement().querySelector(".leaflet-popup-content").textContent);
    layer.closePopup(); });
  return shown; }"""


@pytest.mark.browser
def test_hostile_text_of_folium_elements_is_shown_as_written(visit, tmp_path) -> None:
    chart = of_folium(Path())
    for text in HOSTILE.values():
        popup = folium.Popup(text, parse_html=True)
        folium.CircleMarker(AT, popup=popup).add_to(chart)
        plugins.PolyLineTextPath(folium.PolyLine(LINE).add_to(chart), text).add_to(chart)
    visited = show(chart, visit, tmp_path / "page.html")
    expected = [text.replace("\\`", "`") for text in HOSTILE.values()]  # to Folium these are one
    assert list(map(folded, visited.page.evaluate(OPEN))) == list(map(folded, expected))
    written = visited.page.locator("textPath").all_text_contents()
    expected = [text.replace(" ", "\xa0") for text in HOSTILE.values()]  # so that none is folded
    assert written == expected
    assert visited.page.evaluate("window.pwned") is None
    assert MARK not in os.environ
    assert visited.complaints == []


@pytest.mark.browser
def test_hostile_html_of_popups_and_tooltips_runs_nowhere(visit, tmp_path) -> None:
    chart = of_folium(Path())
    for text in HTML:
        folium.CircleMarker(AT, popup=text, tooltip=text).add_to(chart)
    page = show(chart, visit, tmp_path / "page.html").page
    page.evaluate(OPEN)
    page.wait_for_timeout(300)
    assert page.evaluate("window.pwned") is None
    assert MARK not in os.environ


@pytest.mark.browser
def test_hostile_text_in_a_plugins_options_is_shown_as_written(visit, tmp_path) -> None:
    chart = of_folium(Path())
    texts = [text for text in HOSTILE.values() if text.splitlines() == [text]]  # as a box holds
    for text in texts:
        places = folium.GeoJson({"type": "FeatureCollection", "features": [PLACE]}).add_to(chart)
        plugins.Search(places, search_label="name", placeholder=text).add_to(chart)
    visited = show(chart, visit, tmp_path / "page.html")
    boxes = "[...document.querySelectorAll('.leaflet-control-search input')]"
    assert visited.page.evaluate(f"{boxes}.map((one) => one.placeholder)") == texts
    assert visited.page.evaluate("window.pwned") is None
    assert MARK not in os.environ
    assert visited.complaints == []


@pytest.mark.browser
def test_hostile_names_of_layers_run_nowhere(visit, tmp_path) -> None:
    chart = of_folium(Path())
    names = {text: [folium.FeatureGroup(text).add_to(chart)] for text in HTML}
    plugins.GroupedLayerControl(names, exclusive_groups=False).add_to(chart)
    folium.LayerControl().add_to(chart)
    page = show(chart, visit, tmp_path / "page.html").page
    page.wait_for_timeout(300)
    assert page.evaluate("window.pwned") is None
    assert MARK not in os.environ


def folded(text: str) -> str:
    """Fold what HTML folds: white space; and a null byte, which its parser leaves out."""
    return " ".join(text.replace("\0", "").split())
