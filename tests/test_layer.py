"""A CompactLayer on a Folium map, in a real browser with the network denied."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, Point, box

from erdao_geo import CRSError, PageError, Workspace
from erdao_geo.crs.offset import to_gcj02
from erdao_geo.page import CompactLayer, OfflineFigure

HOSTILE = (
    "</script><img src=x onerror=window.pwned=1>{{7*191}}{% print 7*191 %}{#`${window.pwned=2}"
)
SQUARES = [box(125 + n, 43, 125.8 + n, 43.8) for n in range(3)]


def squares(**columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns or {"name": ["a", "b", "c"]}, geometry=SQUARES, crs=4326)


@pytest.fixture
def show(tmp_path: Path, visit: Callable[[Path], Any]) -> Callable[..., Any]:
    """Give what puts layers on a map of their own and opens it."""

    def show_(*layers: CompactLayer) -> Any:
        chart = folium.Map(tiles=None)
        figure = OfflineFigure(title="t", lang="en")
        figure.add_child(chart)
        for layer in layers:
            layer.add_to(chart)
        chart.fit_bounds(layers[0].get_bounds(), padding=(50, 50))
        chart.save(str(tmp_path / "page.html"))
        visited = visit(tmp_path / "page.html")
        visited.page.wait_for_selector("html.eg-ready", state="attached")
        visited.page.wait_for_timeout(300)
        return visited

    return show_


def colors_in_a_row(page: Any) -> list[str]:
    """Give the colour in the middle of each square, without its transparency."""
    script = """(lon) => {
      const map = Object.values(window).find((one) => one instanceof L.Map);
      const canvas = document.querySelector(".eg-canvas:not([style*='display: none'])");
      const { x, y } = map.latLngToContainerPoint([43.4, lon]);
      const { left, top } = canvas.getBoundingClientRect();
      const dpr = canvas.width / canvas.getBoundingClientRect().width;
      const pixel = canvas.getContext("2d").getImageData((x - left) * dpr, (y - top) * dpr, 1, 1);
      return [...pixel.data.slice(0, 3)].map((part) => part.toString(16).padStart(2, "0")).join("");
    }"""
    return [page.evaluate(script, lon) for lon in (125.4, 126.4, 127.4)]


@pytest.mark.browser
def test_features_are_drawn_in_the_colour_of_their_value(show) -> None:
    layer = CompactLayer(squares(), style={"fillOpacity": 1}, by="name", colors={"a": "#ff0000"})
    visited = show(layer)
    assert colors_in_a_row(visited.page) == ["ff0000", "0072b2", "0072b2"]
    assert visited.requests == visited.complaints == []


@pytest.mark.browser
def test_features_of_another_crs_lie_at_the_same_place(show) -> None:
    layer = CompactLayer(squares().to_crs(4547), style={"fillOpacity": 1, "color": "#00ff00"})
    assert colors_in_a_row(show(layer).page) == ["00ff00"] * 3


@pytest.mark.browser
def test_hostile_text_is_shown_as_written_and_runs_nowhere(show) -> None:
    features = squares(**{HOSTILE: [HOSTILE] * 3, "empty": [None] * 3})
    visited = show(CompactLayer(features, tooltip=[HOSTILE]))
    page = visited.page
    page.mouse.move(750, 475)
    page.mouse.move(752, 475)
    shown = page.text_content(".leaflet-tooltip")
    page.mouse.click(752, 475)
    assert shown == page.text_content(".eg-popup") == HOSTILE * 2
    assert page.evaluate("window.pwned") is None
    assert visited.requests == visited.complaints == []


@pytest.mark.browser
def test_two_layers_share_one_renderer(show) -> None:
    lines = gpd.GeoDataFrame({"n": [1]}, geometry=[LineString([(125, 44), (128, 44)])], crs=4326)
    page = show(CompactLayer(squares()), CompactLayer(lines)).page
    assert page.locator("canvas.eg-canvas").count() == 2  # a front and a back


@pytest.mark.browser
def test_a_layer_without_features_is_a_page_too(show) -> None:
    visited = show(CompactLayer(squares().iloc[:0]))
    assert visited.complaints == []


def test_titles_choose_the_fields() -> None:
    layer = CompactLayer(squares(name=["a"] * 3, secret=["geheim"] * 3), fields={"name": "名称"})
    assert layer._meta["titles"] == ["名称"]
    assert len(layer._meta["columns"]) == 2  # and the style


@pytest.mark.parametrize(
    ("features", "error", "says"),
    [
        (squares().set_crs(None, allow_override=True), CRSError, "give them one with set_crs"),
        (
            gpd.GeoDataFrame(geometry=[Point(1, 1), SQUARES[0]], crs=4326),
            PageError,
            "give each type its own layer",
        ),
    ],
)
def test_features_that_make_no_layer_are_refused(features, error, says) -> None:
    with pytest.raises(error, match=says):
        CompactLayer(features)


@pytest.mark.browser
def test_a_layer_in_a_group_comes_and_goes_with_it(tmp_path, visit) -> None:
    chart, group = folium.Map(tiles=None), folium.FeatureGroup("group")
    OfflineFigure(title="t", lang="en").add_child(chart)
    layer = CompactLayer(squares(), style={"fillOpacity": 1})
    group.add_to(chart).add_child(layer)
    chart.fit_bounds(layer.get_bounds(), padding=(50, 50))
    folium.LayerControl(collapsed=False).add_to(chart)
    chart.save(str(tmp_path / "page.html"))
    visited = visit(tmp_path / "page.html")
    visited.page.wait_for_selector("html.eg-ready", state="attached")
    seen = []
    for _ in range(3):
        visited.page.wait_for_timeout(300)
        seen.append(colors_in_a_row(visited.page)[1])
        visited.page.click(".leaflet-control-layers input")
    assert seen == ["0072b2", "000000", "0072b2"]
    assert visited.complaints == []


@pytest.mark.browser
def test_a_click_of_the_ruler_opens_no_popup(rendered, visit, tmp_path) -> None:
    chart = Workspace(rendered).map("roads")
    everywhere = gpd.GeoDataFrame({"name": ["a"]}, geometry=[box(125, 43, 126, 44)], crs=4326)
    CompactLayer(everywhere).add_to(chart)
    chart.save(str(tmp_path / "page.html"))
    page = visit(tmp_path / "page.html").page
    page.wait_for_selector("html.eg-ready", state="attached")
    page.wait_for_function("erdaoGeo.renderer(erdaoGeo.map).views.length > 1")
    page.wait_for_timeout(300)
    click = """async () => { const { map } = erdaoGeo; map.closePopup();
      await erdaoGeo.renderer(map).idle();
      const latlng = map.containerPointToLatLng([900, 300]);
      const containerPoint = map.latLngToContainerPoint(latlng);
      map.fire("click", { latlng, containerPoint });
      return document.querySelectorAll(".leaflet-popup-content .eg-popup").length; }"""
    page.evaluate("erdaoGeo.page.ruler.toggle()")
    assert page.evaluate(click) == 0
    assert page.evaluate("erdaoGeo.page.ruler.points.length") == 1
    page.evaluate("erdaoGeo.page.ruler.toggle()")
    assert page.evaluate(click) == 1


@pytest.mark.browser
def test_a_layer_over_gcj_02_is_shifted_as_its_base_map_is(rendered, visit, tmp_path) -> None:
    root = shutil.copytree(rendered, tmp_path / "w")
    sheet = root / "maps" / "roads.toml"
    sheet.write_text('base = "gaode"\n' + sheet.read_text("utf-8"), "utf-8")
    chart = Workspace(root).map("roads")
    place = gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(125.4, 43.85)], crs=4326)
    layer = CompactLayer(place).add_to(chart)
    chart.save(str(tmp_path / "page.html"))
    page = visit(tmp_path / "page.html").page
    page.wait_for_function("erdaoGeo.map && erdaoGeo.renderer(erdaoGeo.map).views.length > 1")
    page.wait_for_timeout(300)
    drawn = page.evaluate(
        """() => { const { map } = erdaoGeo;
          const { layer } = erdaoGeo.renderer(map).views.find((view) => !view.sheet);
          const { lng, lat } = map.unproject([layer.x[0], layer.y[0]], 20);
          return [lng, lat]; }"""
    )
    expected = to_gcj02(np.array([[125.4, 43.85]]))[0]
    assert drawn == pytest.approx(expected, abs=2e-6)
    assert layer.get_bounds()[0] == pytest.approx(expected[::-1], abs=1e-8)
    assert abs(expected - [125.4, 43.85]).max() > 1e-3  # it would be seen


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"tooltip": ["zz"]}, "tooltip names 'zz', which is not there; the fields are 'name'"),
        ({"fields": {"zz": "z"}}, "fields names 'zz', which is not there; the columns are 'name'"),
        ({"by": "zz"}, "by names 'zz', which is not there; the columns are 'name'"),
        ({"colors": {"a": "red"}}, "colors has no column to go by; name it in by"),
        ({"style": {"colour": "red"}}, "style names 'colour', which is not there; the keys of a"),
    ],
)
def test_a_name_that_there_is_not_is_refused(arguments, says) -> None:
    with pytest.raises(PageError, match=f"^{says}[^\n]*$"):
        CompactLayer(squares(), **arguments)


def test_a_column_may_be_called_by_a_number() -> None:
    layer = CompactLayer(squares(name=["a"] * 3).rename(columns={"name": 0}), tooltip=[0])
    assert layer._meta["titles"] == ["0"]


def test_a_map_that_links_its_scripts_is_refused() -> None:
    chart = folium.Map(tiles=None)
    CompactLayer(squares()).add_to(chart)
    with pytest.raises(PageError, match=re.escape("a CompactLayer needs a map that carries its")):
        chart.get_root().render()
