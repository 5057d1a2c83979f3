"""The page, in a real browser with the network denied."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import folium
import pytest
from folium.plugins import MeasureControl

from erdao_geo import PageError, Workspace
from erdao_geo.page import to_html
from erdao_geo.words import WORDS

MAPS = ("ecology", "overview", "renewal", "roads")
HOSTILE = (
    "</script><script>window.pwned=1</script>"
    "<img src=x onerror=window.pwned=2>"
    "{{cycler.__init__.__globals__.os.getpid()}}{% print 7*191 %}{# no comment #}"
    "${window.pwned=3}`'\"\\&amp;-->\u2028\u2029]]>"
)
SHEET = "const sheet = erdaoGeo.page.sheets.find(({ layer }) => layer.meta.stem === stem);"
HITS = f"""async (stem) => {{ {SHEET} await erdaoGeo.page.renderer.idle();
  const {{ layer, view }} = sheet, {{ map, page }} = erdaoGeo;
  return Array.from({{ length: layer.count }}, (_, i) => i)
    .filter((i) => layer.box[4 * i] <= layer.box[4 * i + 2])
    .filter((i) => {{ const v = layer.vertexStart[layer.ringStart[i]];
      const place = map.unproject([layer.x[v], layer.y[v]], 20);
      const hit = page.renderer.at(map.latLngToContainerPoint(place));
      return hit && hit.view === view; }}).length; }}"""
"""How many features of a layer answer to a click on their first vertex."""
OPEN = f"([stem, feature]) => {{ {SHEET} erdaoGeo.goTo(sheet, feature); }}"
BY_BIRTH = ("constructor", "toString", "valueOf", "hasOwnProperty", "__proto__")
"""What every object of JavaScript has, so that a look-up finds it where nobody put it."""


def located(root: Path, stem: str) -> int:
    features = json.loads((root / "data" / f"{stem}.geojson").read_text("utf-8"))["features"]
    return sum(feature["geometry"] is not None for feature in features)


@pytest.mark.browser
@pytest.mark.parametrize("name", MAPS)
def test_a_page_asks_for_nothing_and_complains_of_nothing(name, rendered, visit) -> None:
    visited = visit(rendered / "maps" / f"{name}.html")
    visited.page.click("#eg-lang")
    visited.page.click(".eg-target > button >> nth=0")
    visited.page.wait_for_timeout(300)
    assert visited.requests == []
    assert visited.complaints == []


@pytest.mark.browser
@pytest.mark.parametrize("name", MAPS)
def test_a_page_draws_every_located_feature_of_every_layer(name, rendered, visit) -> None:
    page = visit(rendered / "maps" / f"{name}.html").page
    layers = Workspace(rendered).maps[name].layers
    drawn = page.evaluate("erdaoGeo.drawn()")
    for stem in layers:
        assert drawn[stem] == located(rendered, stem) > 0, stem


@pytest.mark.browser
def test_hidden_layers_leave_the_map(rendered, visit) -> None:
    page = visit(rendered / "maps" / "roads.html").page
    assert page.evaluate("erdaoGeo.drawn().roads") > 0
    assert page.evaluate(HITS, "roads") > 0
    page.uncheck('input[data-layer="roads"]')
    assert page.evaluate("erdaoGeo.drawn().roads") == 0
    assert page.evaluate(HITS, "roads") == 0


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_panel_shows_every_target_with_its_figures(lang, rendered, visit) -> None:
    page = visit(rendered / "maps" / "overview.html").page
    if lang == "en":
        page.click("#eg-lang")
    ledger = Workspace(rendered).check()
    cards = page.locator(".eg-target").all_inner_texts()
    assert len(cards) == len(ledger.rows)
    for card, row in zip(cards, ledger.rows, strict=True):
        title = row.target.title if lang == "zh" else row.target.title_en
        assert title in card
        assert WORDS[row.verdict][lang] in card


@pytest.mark.browser
def test_the_banner_and_the_list_of_unlocated_works_are_there(rendered, visit) -> None:
    page = visit(rendered / "maps" / "overview.html").page
    assert "示例数据" in page.inner_text(".banner")
    works = [stem for stem, layer in Workspace(rendered).layers.items() if layer.has_status]
    texts = [(rendered / "data" / f"{stem}.geojson").read_text("utf-8") for stem in works]
    names = [
        feature["properties"]["name"]
        for text in texts
        for feature in json.loads(text)["features"]
        if feature["geometry"] is None
    ]
    listed = page.locator("#eg-unlocated li").all_inner_texts()
    assert len(listed) == len(names) > 0
    assert all(any(name in item for item in listed) for name in names)


@pytest.mark.browser
def test_ground_without_a_place_is_no_work_that_is_not_located(rendered, visit, tmp_path) -> None:
    copy = shutil.copytree(rendered, tmp_path / "copy")
    data = copy / "data" / "context.geojson"
    collection = json.loads(data.read_text("utf-8"))
    collection["features"][0]["geometry"] = None
    collection["features"][0]["properties"] |= {"name": "无处河", "evidence": "none"}
    data.write_text(json.dumps(collection), "utf-8")
    page = visit(Workspace(copy).render("overview")).page
    assert page.inner_text("#eg-unlocated summary").startswith("未定位 (")
    assert "无处河" not in page.inner_text("#eg-unlocated")


@pytest.mark.browser
def test_a_popup_shows_the_measured_length(rendered, visit) -> None:
    page = visit(rendered / "maps" / "roads.html").page
    page.evaluate(OPEN, ["roads", 0])
    popup = page.inner_text(".eg-popup")
    assert "量算长度" in popup
    assert "公里 (CGCS2000 椭球面)" in popup


@pytest.mark.browser
def test_the_roads_lie_where_the_boundary_is(rendered, visit) -> None:
    page = visit(rendered / "maps" / "roads.html").page
    boxes = page.evaluate(
        """() => [0, 2].map((i) => { const { renderer, sheets } = erdaoGeo.page;
             const bounds = renderer.boundsOf(sheets[i].view);
             const [min, max] = [bounds.getNorthWest(), bounds.getSouthEast()].map((corner) =>
               erdaoGeo.map.latLngToContainerPoint(corner));
             return [min.x, min.y, max.x, max.y]; })"""
    )
    district, roads = boxes
    assert district[0] < roads[0] < roads[2] < district[2]
    assert district[1] < roads[1] < roads[3] < district[3]


@pytest.fixture
def hostile(tmp_path: Path) -> Workspace:
    """Build a workspace with hostile text in every place that takes text."""
    text = json.dumps(HOSTILE, ensure_ascii=True)
    for folder in ("layers", "data", "maps"):
        (tmp_path / folder).mkdir()
    (tmp_path / "plan.toml").write_text(
        f"""[plan]\ntitle = {text}\ntitle_en = {text}\nadcode = "1"\nyear = 2022
boundary = "works"\nreport = {text}
[target.t]\ntitle = {text}\ntitle_en = {text}\nclause = {text}\nsection = {text}
layer = "works"\nvalue = 1\nunit = "km"\nnote = {text}\nnote_en = {text}\n""",
        "utf-8",
    )
    (tmp_path / "layers" / "works.toml").write_text(
        f"""title = {text}\ntitle_en = {text}\ngeometry = "LineString"\nkey = "id"
[source]\nby = {text}\ndate = 2022-01-01\nnote = {text}
[fields.id]\ntitle = {text}\n[fields.name]\ntitle = {text}\ntitle_en = {text}
[fields.status]\n[fields.evidence]\n[fields.street_office]\ntitle = {text}
[fields.{text}]\ntitle = {text}\n"""
        + "".join(f'[fields.{name}]\ntitle = "{name}"\n' for name in BY_BIRTH),
        "utf-8",
    )
    (tmp_path / "maps" / "m.toml").write_text(
        f'title = {text}\ntitle_en = {text}\nlayers = ["works"]\n', "utf-8"
    )
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": f"{HOSTILE}{number}",
                "name": HOSTILE,
                "status": "planned",
                "evidence": evidence,
                "street_office": HOSTILE,
                HOSTILE: HOSTILE,
                **{name: name for name in BY_BIRTH},
            },
            "geometry": geometry,
        }
        for number, (evidence, geometry) in enumerate(
            [
                (
                    "illustrative",
                    {"type": "LineString", "coordinates": [[125.4, 43.8], [125.5, 43.9]]},
                ),
                ("none", None),
            ]
        )
    ]
    (tmp_path / "data" / "works.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), "utf-8"
    )
    return Workspace(tmp_path)


def shown(text: str) -> str:
    """Fold what a browser folds in running text: white space, U+2028 and U+2029 among it."""
    return " ".join(text.split())


def middle_of_the_map(page) -> tuple[float, float]:
    return tuple(
        page.evaluate(
            """() => { const { map, page } = erdaoGeo;
              const box = map.getContainer().getBoundingClientRect();
              const bounds = page.renderer.boundsOf(page.sheets[0].view);
              const { x, y } = map.latLngToContainerPoint(bounds.getCenter());
              return [box.left + x, box.top + y]; }"""
        )
    )


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_text_is_shown_as_written_and_runs_nowhere(lang, hostile, visit) -> None:
    visited = visit(hostile.render("m", lang=lang))
    page = visited.page
    page.click(".eg-target > button")
    page.click(".eg-which summary")
    page.evaluate("new Promise((done) => erdaoGeo.map.once('moveend', done).setZoom(13))")
    page.wait_for_timeout(500)  # a click on a map in motion is a drag
    page.mouse.move(*middle_of_the_map(page))  # the middle of the line, which is straight
    tooltip = page.text_content(".leaflet-tooltip")  # now: the popup may move the map from below
    page.mouse.click(*middle_of_the_map(page))
    places = {
        "h1": 1,  # the map's title
        "#eg-head .bar span": 1,  # the report
        ".eg-target": 3 + 2,  # title, clause, note, and its two features by name
        "#eg-unlocated": 2,  # name, layer title
        "#eg-legend": 1,
        "#eg-panel": 3
        + 2
        + 2
        + 2
        + 3,  # a filter (title, value), the unlocated, and the sources: layer title, by, note
    }
    for selector, times in places.items():
        content = shown(page.text_content(selector))
        assert content.count(shown(HOSTILE)) == times, selector
    assert shown(tooltip).count(shown(HOSTILE)) == 2
    assert shown(page.text_content(".eg-popup")).count(shown(HOSTILE)) >= 8
    assert page.locator(".eg-popup td").all_text_contents()[-len(BY_BIRTH) :] == list(BY_BIRTH)
    assert shown(page.title()) == shown(HOSTILE)
    page.fill("#eg-query", "onerror=")
    page.wait_for_selector("#eg-hits button")
    assert shown(page.text_content("#eg-hits")).count(shown(HOSTILE)) == 4  # two names, with layers
    with page.expect_download() as waiting:
        page.click("#eg-csv")
    rows = list(csv.reader(io.StringIO(Path(waiting.value.path()).read_text("utf-8-sig"))))
    assert [row.count(HOSTILE) for row in rows[1:]] == [4, 4]  # layer, name, office, field
    assert page.evaluate("window.pwned") is None
    assert visited.complaints == []
    assert visited.requests == []


@pytest.mark.browser
def test_hostile_text_in_the_index_is_shown_as_written(hostile, visit) -> None:
    visited = visit(hostile.render_index())
    content = shown(visited.page.text_content("body"))
    assert content.count(shown(HOSTILE)) == 5  # plan, report, the map's title, target, clause
    assert shown(visited.page.title()) == shown(HOSTILE)
    assert visited.page.evaluate("window.pwned") is None
    assert visited.complaints == []


@pytest.mark.browser
def test_the_index_says_that_it_holds_sample_data(rendered, visit) -> None:
    page = visit(rendered / "maps" / "index.html").page
    assert "不是事实" in page.inner_text(".sample")


@pytest.mark.browser
def test_a_planner_goes_from_the_index_to_a_map(rendered, visit) -> None:
    visited = visit(rendered / "maps" / "index.html")
    visited.page.click("nav a >> nth=0")
    visited.page.wait_for_selector(".eg-target")
    assert visited.complaints == []


@pytest.mark.browser
def test_pages_date_what_they_show_and_nothing_else(rendered, visit, tmp_path) -> None:
    copy = shutil.copytree(rendered, tmp_path / "copy")
    data = copy / "data" / "roads.geojson"
    data.write_text(data.read_text("utf-8").replace("2022-12-31", "2024-05-01", 1), "utf-8")
    workspace = Workspace(copy)
    heads = {
        name: visit(workspace.render(name)).page.inner_text("#eg-head") for name in workspace.maps
    }
    assert "数据截至 2022-12-31 ～ 2024-05-01" in heads["overview"]
    assert "数据截至 2024-05-01" in heads["roads"]
    assert "2024-05-01" not in heads["ecology"]
    index = visit(workspace.render_index()).page
    assert index.inner_text("#new-road-length .date") == "2024-05-01"
    assert index.inner_text("#mines-restored .date") == "2022-12-31"


@pytest.fixture
def endless(plain: Workspace) -> Workspace:
    """Give every name of a small workspace 300 letters without a place to break."""
    name = "W" * 300
    for path, old in (("plan.toml", '"t"'), ("plan.toml", '"c"'), ("maps/m.toml", '"m"')):
        text = (plain.root / path).read_text("utf-8")
        (plain.root / path).write_text(text.replace(old, f'"{name}"'), "utf-8")
    layer, data = plain.root / "layers" / "places.toml", plain.root / "data" / "places.geojson"
    layer.write_text(layer.read_text("utf-8").replace("地点", name), "utf-8")
    collection = json.loads(data.read_text("utf-8"))
    for feature in collection["features"]:
        feature["properties"]["name"] = name
    collection["features"][2]["properties"]["evidence"] = "none"
    collection["features"][2]["geometry"] = None
    data.write_text(json.dumps(collection), "utf-8")
    return Workspace(plain.root)


OVERHANGS = """(box) => { const { right } = document.querySelector(box).getBoundingClientRect();
  return [...document.querySelectorAll(`${box} *`)].filter((one) => {
      const { width, right: end } = one.getBoundingClientRect(); return width && end > right + 1; })
    .map((one) => `${one.tagName}.${one.className}`); }"""


@pytest.mark.browser
def test_no_name_is_too_long_for_its_box(endless, visit) -> None:
    page = visit(endless.render("m")).page
    page.click(".eg-target > button")
    page.evaluate(OPEN, ["places", 0])
    for box in ("#eg-head", "#eg-panel", ".eg-target", "#eg-legend", ".eg-popup"):
        assert page.evaluate(OVERHANGS, box) == [], box
    for shown in (".eg-verdict", ".share", "#eg-lang", ".eg-bar"):
        assert page.locator(shown).bounding_box()["width"] > 20, shown
    assert page.locator("#eg-head").bounding_box()["height"] < 200
    assert page.locator("#eg-legend [data-count=layers]").bounding_box()["height"] < 30
    index = visit(endless.render_index()).page
    assert index.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


PLACES = """title = "地点"
geometry = "Point"
key = "id"
[source]
by = "test"
date = 2022-01-01
[fields.id]
title = "编号"
type = "integer"
[fields.name]
[fields.kind]
title = "类别"
constraints = { enum = ["a", "b"] }
labels = { a = "甲类" }
[fields.evidence]
"""
LONG = 220105001001000123


@pytest.fixture
def plain(tmp_path: Path) -> Workspace:
    """Build a workspace of one layer without status, with long integer keys and no names."""
    for folder in ("layers", "data", "maps"):
        (tmp_path / folder).mkdir()
    (tmp_path / "plan.toml").write_text(
        """[plan]\ntitle = "t"\nadcode = "1"\nyear = 2022\nboundary = "places"\nreport = "报告"
report_en = "Report"\n[target.t]\ntitle = "t"\nclause = "c"\nlayer = "places"\nvalue = 1
unit = "count"\nwhere = { kind = "a" }\ndone = { kind = "a" }\n""",
        "utf-8",
    )
    (tmp_path / "layers" / "places.toml").write_text(PLACES, "utf-8")
    (tmp_path / "maps" / "m.toml").write_text('title = "m"\nlayers = ["places"]\n', "utf-8")
    features = [
        {
            "type": "Feature",
            "properties": {"id": LONG + n, "name": None, "kind": kind, "evidence": "surveyed"},
            "geometry": {"type": "Point", "coordinates": [125.4 + n / 100, 43.85]},
        }
        for n, kind in enumerate(["a", "b", "b"])
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (tmp_path / "data" / "places.geojson").write_text(text, "utf-8")
    return Workspace(tmp_path)


@pytest.mark.browser
def test_a_target_lights_up_its_features_in_any_layer(plain, visit) -> None:
    page = visit(plain.render("m")).page
    page.click(".eg-target > button")
    masks = page.evaluate("Array.from(erdaoGeo.page.sheets[0].view.mask)")
    assert masks == [3, 1, 1]  # lit, dim, dim: see page/js/canvas.js


@pytest.mark.browser
def test_a_popup_has_exact_numbers_labels_and_a_name_for_the_nameless(plain, visit) -> None:
    page = visit(plain.render("m")).page
    page.evaluate(OPEN, ["places", 0])
    assert page.inner_text(".eg-popup h4") == str(LONG)
    popup = page.inner_text(".eg-popup")
    assert "甲类" in popup
    page.click("#eg-lang")
    assert "Report" in page.inner_text("#eg-head")


@pytest.mark.browser
def test_a_folium_layer_that_is_added_draws_as_well(rendered, visit, tmp_path) -> None:
    chart = Workspace(rendered).map("roads")
    folium.PolyLine([(43.86, 125.36), (43.9, 125.42)], class_name="added").add_to(chart)
    chart.save(str(tmp_path / "more.html"))
    visited = visit(tmp_path / "more.html")
    assert visited.page.locator("path.added").count() == 1
    assert visited.complaints == []


@pytest.mark.browser
def test_a_folium_marker_has_its_picture_and_its_popup(rendered, visit, tmp_path) -> None:
    chart = Workspace(rendered).map("roads")
    folium.Marker([43.87, 125.4], popup="<b>bold</b>").add_to(chart)
    folium.Circle([43.87, 125.4], 10, popup=folium.Popup("lazy", lazy=True)).add_to(chart)
    chart.save(str(tmp_path / "more.html"))
    visited = visit(tmp_path / "more.html")
    visited.page.wait_for_selector("html.eg-ready", state="attached")
    natural = "document.querySelector('.leaflet-marker-icon').naturalWidth"
    assert visited.page.evaluate(natural) == 25
    visited.page.evaluate("document.querySelector('.leaflet-marker-icon').click()")
    assert visited.page.inner_text(".leaflet-popup-content b") == "bold"
    assert visited.requests == visited.complaints == []


def test_a_page_that_is_refused_leaves_the_file_that_was_there(rendered, tmp_path) -> None:
    chart = Workspace(rendered).map("roads")
    chart.save(str(tmp_path / "page.html"))
    before = (tmp_path / "page.html").read_bytes()
    MeasureControl().add_to(chart)
    for name in ("page.html", "other.html"):
        with pytest.raises(PageError, match=r"cannot carry folium\.plugins\.MeasureControl"):
            chart.save(str(tmp_path / name))
    assert (tmp_path / "page.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_map_saves_to_an_open_file_as_well(rendered) -> None:
    file = io.BytesIO()
    Workspace(rendered).map("roads").save(file, close_file=False)
    assert file.getvalue() == (rendered / "maps" / "roads.html").read_bytes()


@pytest.mark.parametrize(
    ("element", "says"),
    [
        (folium.TileLayer("OpenStreetMap"), "TileLayer; a base map is chosen by base in the map's"),
        (folium.WmsTileLayer("https://example.org/wms", "a"), "WmsTileLayer; a base map is chosen"),
        (folium.Marker([43.8, 125.4], icon=folium.Icon()), "Icon; its symbols are pictures"),
    ],
)
def test_what_needs_pictures_from_elsewhere_is_refused(element, says, rendered) -> None:
    chart = Workspace(rendered).map("roads")
    element.add_to(chart)
    with pytest.raises(PageError, match=rf"^a page cannot carry folium\.{says}"):
        to_html(chart)


def test_two_processes_render_the_same_bytes(rendered) -> None:
    script = (
        "import sys; from erdao_geo import Workspace; from erdao_geo.page import to_html; "
        "sys.stdout.buffer.write(to_html(Workspace(sys.argv[1]).map('overview')).encode())"
    )
    pages = {
        subprocess.run(
            [sys.executable, "-c", script, str(rendered)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(pages) == 1
    assert pages.pop() == (rendered / "maps" / "overview.html").read_bytes()


def test_no_page_holds_an_address_that_a_browser_would_load(rendered) -> None:
    for path in (rendered / "maps").glob("*.html"):
        page = path.read_text("utf-8")
        for loads in ('src="http', "src='http", 'link rel="stylesheet"', "url(http", "@import"):
            assert loads not in page, (path.name, loads)
