"""Hostile text in every place that takes text: it runs nowhere, and is shown as written."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import folium
import geopandas as gpd
import pytest
from shapely.geometry import Point

from conftest import Visit
from erdao_geo import Workspace
from erdao_geo.errors import ErdaoGeoError
from erdao_geo.page import CompactLayer, OfflineFigure
from hostile import HOSTILE, MARK, SURROGATES
from small import collection, write_workspace

GROUP = 4
"""Texts on one page: each has a layer, a target, a map and two features of its own."""
GROUPS = [[*HOSTILE][start : start + GROUP] for start in range(0, len(HOSTILE), GROUP)]
LINE = [[125.40, 43.80], [125.41, 43.81]]
ADDRESS = 4000
"""Characters of an address that a page reads; a longer one is not followed to its end."""
FORMULA = re.compile(r"[\s\0-\x1f\ufeff]*[=+\-@\t\r＝＋－＠]")
"""What a table program would take for a formula: an apostrophe stands before it in the CSV."""


def quoted(text: str) -> str:
    """Write a text as TOML does: as JSON, whose escapes TOML shares, other than of a pair."""
    escaped = json.dumps(text, ensure_ascii=True).replace("\x7f", "\\u007f")
    pair = re.compile(r"\\u(d[89ab]..)\\u(d[c-f]..)")
    return pair.sub(
        lambda found: f"\\U{ord(json.loads(f'{chr(34)}{found[0]}{chr(34)}')):08x}", escaped
    )


def stem_of(text: str, number: int) -> str:
    """Give the text as a file's name where a file can bear it."""
    legal = "/" not in text and "\0" not in text and len(text.encode()) < 200
    return text if legal and os.name == "posix" and not text.startswith(".") else f"l{number}"


@dataclass(frozen=True)
class Hostile:
    """A workspace of a few texts, each of them everywhere."""

    workspace: Workspace
    texts: Sequence[str]
    stems: Sequence[str]


def make_hostile(root: Path, texts: Sequence[str]) -> Hostile:
    stems = [stem_of(text, number) for number, text in enumerate(texts)]
    first, second, third, fourth = (quoted(texts[i % len(texts)]) for i in range(GROUP))
    plan = f"""[plan]\ntitle = {first}\ntitle_en = {second}\nadcode = "1"\nyear = 2022
boundary = {quoted(stems[0])}\nreport = {third}\nreport_en = {fourth}\n"""
    layers = {}
    for text, stem in zip(texts, stems, strict=True):
        q = quoted(text)
        plan += f"""[target.{q}]\ntitle = {q}\ntitle_en = {q}\nclause = {q}\nsection = {q}
layer = {quoted(stem)}\nvalue = 1\nunit = "km"\nnote = {q}\nnote_en = {q}\n"""
        layers[stem] = (layer_of(q), collection(features_of(text)))
    sheet = f"title = {first}\ntitle_en = {second}\nlayers = [{', '.join(map(quoted, stems))}]\n"
    maps = {"m": sheet} | {
        stem: f"title = {quoted(text)}\nlayers = [{quoted(stem)}]\n"
        for text, stem in zip(texts, stems, strict=True)
    }
    return Hostile(write_workspace(root, plan=plan, layers=layers, maps=maps), texts, stems)


def layer_of(q: str) -> str:
    return f"""title = {q}\ntitle_en = {q}\ngeometry = "LineString"\nkey = "id"
[source]\nby = {q}\ndate = 2022-01-01\nnote = {q}\ncrs = {q}\n[style]\nlabel = true
[fields.id]\ntitle = {q}\n[fields.name]\ntitle = {q}\ntitle_en = {q}
[fields.status]\n[fields.evidence]\n[fields.street_office]\ntitle = {q}\ntitle_en = {q}
[fields.contractor]\ntitle = {q}\n[fields.coded]\ntitle = {q}\nconstraints = {{ enum = [{q}] }}
labels = {{ {q} = {q} }}\nlabels_en = {{ {q} = {q} }}\n
[fields.{q}]\ntitle = {q}\ntitle_en = {q}\n"""


def features_of(text: str) -> list[dict[str, Any]]:
    """Make two works on the same ground, so that they overlap, and one without a place."""
    properties = {
        "name": text,
        "status": "completed",
        "street_office": text,
        "contractor": text,
        "coded": text,
        text: text,
    }
    places = [("illustrative", LINE), ("surveyed", LINE), ("none", None)]
    return [
        {
            "properties": {"id": f"{text.strip()}{number}", "evidence": evidence, **properties},
            "geometry": line and {"type": "LineString", "coordinates": line},
        }
        for number, (evidence, line) in enumerate(places)
    ]


@pytest.fixture(autouse=True)
def nothing_ran_in_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    assert MARK not in os.environ
    assert not (tmp_path / "pwned").exists()


READ = """(k) => {
  const texts = (where) => [...document.querySelectorAll(where)].map((one) => one.textContent);
  const { page, map } = erdaoGeo, sheet = page.sheets[k], { data, state } = page;
  const own = (one) => one.layer === sheet.layer.meta.stem;
  const found = { title: document.title, heading: texts("h1"),
    head: texts("#eg-head .bar > span") };
  erdaoGeo.choose(data.targets.find(own).id);
  found.target = texts(".eg-target.on b, .eg-target.on blockquote, .eg-target.on .eg-more > p");
  found.which = texts(".eg-target.on .eg-which button");
  found.legend = texts("#eg-legend label > span"); found.sources = texts("#eg-sources li");
  found.unlocated = texts("#eg-unlocated li"); found.facets = texts("#eg-filters legend");
  found.values = texts("#eg-filters .eg-values label > span");
  map.fire("eg:hover", { view: sheet.view, feature: 0, containerPoint: L.point(300, 300) });
  found.tooltip = texts(".eg-tip");
  erdaoGeo.goTo(sheet, 0);
  const popup = page.popup.getElement();
  const said = (where) => [...popup.querySelectorAll(where)].map((one) => one.textContent);
  found.name = said("h4"); found.titles = said("th"); found.cells = said("td");
  found.origin = said("small");
  map.closePopup();
  state.set({ target: null });
  return found; }"""
"""Look at the works of layer `k`; give all texts that the page showed."""

TAKE = """(k) => {
  const texts = (where) => [...document.querySelectorAll(where)].map((one) => one.textContent);
  const { page } = erdaoGeo, sheet = page.sheets[k], { data, state } = page, found = {};
  window.dispatchEvent(new Event("beforeprint"));
  found.printed = texts("#eg-printed b, #eg-printed small"); found.sheet = texts("#eg-printed h2");
  window.dispatchEvent(new Event("afterprint"));
  state.set({ target: data.targets.find((one) => one.layer === sheet.layer.meta.stem).id });
  found.csv = erdaoGeo.csv(page); found.geojson = JSON.stringify(erdaoGeo.geojson(page));
  state.set(state.switched("layers", sheet.layer.meta.stem, false));
  const number = sheet.layer.meta.fields.findIndex(({ name }) => name === "street_office");
  const office = sheet.layer.column(number).value(0);
  state.set({ only: { ...state.only, street_office: new Set([office]) } });
  found.fragment = erdaoGeo.writeFragment(page);
  const read = erdaoGeo.readFragment(page, found.fragment).change;
  found.restored = { target: read.target, off: [...read.off.layers],
    only: [...read.only.street_office], office };
  state.set({ target: null, ...state.cleared() });
  return found; }"""
"""Print, export and share the works of layer `k`; give what came of it."""

SEARCH = """async (query) => { const input = document.getElementById("eg-query");
  document.getElementById("eg-hits").replaceChildren();
  input.value = query; input.dispatchEvent(new Event("input"));
  while (!document.querySelector("#eg-hits > *")) await new Promise((done) => setTimeout(done, 20));
  return [...document.querySelectorAll("#eg-hits li")].map((one) => one.textContent); }"""


def judge_seen(found: dict[str, Any], text: str, *, at: int, titles: Sequence[str]) -> None:
    """Hold all that was read of a text's layer against the text."""
    title, report = titles[at], titles[at + 2]
    assert found["heading"] == [title]
    assert found["title"].split() == title.replace("\0", " ").split()
    assert found["head"][0].startswith(f"{report} · ")
    assert found["target"] == [text] * 3  # title, clause, note
    assert found["which"] == [text] * 2
    assert text in found["legend"]
    assert any(one.count(text) >= 3 for one in found["sources"])  # title, by, note
    assert any(one == f"{text} {text}" for one in found["unlocated"])  # name, layer
    assert text in found["values"]
    assert found["name"] == [text]
    assert found["titles"].count(text) >= 5
    assert found["cells"].count(text) >= 4  # name, office, contractor, coded, and its own
    assert any(f"{text.strip()}1" in one for one in found["cells"])  # what it overlaps with
    assert found["origin"][0].count(text) >= 2  # layer, source
    assert found["tooltip"][0].count(text) >= 2


def judge_taken(found: dict[str, Any], text: str, stem: str, *, title: str) -> None:
    """Hold what was printed, exported and shared of a text's layer against the text."""
    assert text in found["printed"]
    assert found["sheet"][0].startswith(title)
    if len(found["fragment"]) <= ADDRESS:
        restored = {"target": text, "off": [stem], "only": [text], "office": text}
        assert found["restored"] == restored
    cell = f"'{text}" if FORMULA.match(text) else text
    head, *rows = csv.reader(io.StringIO(found["csv"], newline=""), strict=True)
    assert len(rows) == 3
    assert {len(row) for row in rows} == {len(head)}
    assert all(row.count(cell) >= 6 for row in rows)  # layer, name, office, contractor, code, own
    exported = [feature["properties"] for feature in json.loads(found["geojson"])["features"]]
    keys = [f"{text.strip()}{number}" for number in range(3)]
    assert [properties["id"] for properties in exported] == keys
    assert all(properties[text] == text for properties in exported)
    assert all(properties["layer"] == stem for properties in exported)


@pytest.mark.browser
@pytest.mark.parametrize("names", GROUPS, ids=" ".join)
def test_hostile_text_is_shown_as_written_and_runs_nowhere(names, visit, tmp_path) -> None:
    texts = [HOSTILE[name] for name in names]
    hostile = make_hostile(tmp_path / "w", texts)
    visited = visit(hostile.workspace.render("m"))
    page = visited.page
    titles = [texts[i % len(texts)] for i in range(GROUP)]
    for at in (0, 1):  # in Chinese, in English
        for k, text in enumerate(texts):
            found = page.evaluate(READ, k)
            judge_seen(found, text, at=at, titles=titles)
            assert found["facets"] == [texts[-1]] * 2  # the layers share their fields' filters
        page.click("#eg-lang")
    for k, (text, stem) in enumerate(zip(texts, hostile.stems, strict=True)):
        judge_taken(page.evaluate(TAKE, k), text, stem, title=titles[0])
    for text in texts:
        query = text.strip().splitlines()[0][:25]  # the box holds one line
        assert sum(text in one for one in page.evaluate(SEARCH, query)) >= 3, query
    index = visit(hostile.workspace.render_index())
    judge_index(index, hostile)
    for each in (visited, index):
        assert each.page.evaluate("window.pwned") is None
        assert each.complaints == []
        assert each.requests == []


def judge_index(visited: Visit, hostile: Hostile) -> None:
    page, maps = visited.page, hostile.workspace.root / "maps"
    titles = list(map(folded, page.locator("nav a").all_text_contents()))
    cells = list(map(folded, page.locator("tbody td:first-child").all_text_contents()))
    for text in hostile.texts:
        assert folded(text) in titles
        assert any(cell.count(folded(text)) >= 2 for cell in cells)  # title, clause
    links = page.eval_on_selector_all("nav a", "all => all.map((a) => a.href)")
    pages = {Path(unquote(link.removeprefix("file://"))) for link in links}
    assert pages == {maps / f"{stem}.html" for stem in (*hostile.stems, "m")}


def folded(text: str) -> str:
    """Fold what HTML folds: white space; and a null byte, which its parser leaves out."""
    return " ".join(text.replace("\0", "").split())


@pytest.mark.parametrize("half", SURROGATES.values())
@pytest.mark.parametrize("place", ["plan", "layer", "value", "name"])
def test_half_a_character_is_refused_in_one_line(half, place, tmp_path) -> None:
    hostile = make_hostile(tmp_path / "w", ["街"])
    root = hostile.workspace.root
    path = root / {"plan": "plan.toml", "layer": "layers/街.toml"}.get(place, "data/街.geojson")
    text = path.read_text("utf-8").replace('"\\u8857"', f'"{half}"', 1)
    path.write_text(text, "utf-8")
    with pytest.raises(ErdaoGeoError) as caught:
        Workspace(root).render("m")
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)


def test_a_key_with_blanks_about_it_is_refused_in_one_line(tmp_path) -> None:
    workspace = make_hostile(tmp_path / "w", ["街"]).workspace
    path = workspace.root / "data" / "街.geojson"
    text = path.read_text("utf-8").replace('"id": "\\u88570"', '"id": "\\t=1+1"')
    path.write_text(text, "utf-8")
    with pytest.raises(ErdaoGeoError, match="remove the blanks before or after it") as caught:
        Workspace(workspace.root).render("m")
    assert "\n" not in str(caught.value)


@pytest.mark.browser
def test_hostile_text_in_the_address_changes_nothing(visit, tmp_path) -> None:
    page = visit(make_hostile(tmp_path / "w", ["街", "路"]).workspace.render("m")).page
    changes = page.evaluate(
        """(texts) => { const { page } = erdaoGeo, plain = JSON.stringify(read("")), found = [];
          function read(fragment) { const { change, view } = erdaoGeo.readFragment(page, fragment);
            const sets = (all) => Object.values(all).map((set) => [...set]);
            return { ...change, off: sets(change.off), only: sets(change.only), view }; }
          const names = ["", "lang=", "theme=", "target=", "month=", "no-layers=", "no-status=",
            "in-street_office=x", "date=", "from=", "until=", "at=", "at=12/43/x"];
          for (const text of texts) for (const code of [text, encodeURIComponent(text)])
            for (const name of names)
              if (JSON.stringify(read(`#${name}${code}`)) !== plain) found.push(name + text);
          return found; }""",
        [text for name, text in HOSTILE.items() if name != "hyphen"],
    )
    assert changes == []
    assert page.evaluate("window.pwned") is None


@pytest.mark.browser
def test_a_name_that_repeats_itself_is_searched_in_bounded_time(visit, tmp_path) -> None:
    hostile = make_hostile(tmp_path / "w", ["啊" * 200])
    page = visit(hostile.workspace.render("m")).page
    query = "a" * 59 + "b"
    seconds = page.evaluate(
        """(query) => { const test = erdaoGeo.nameTest(query, erdaoGeo.page.data.readings);
          const start = performance.now(); test("啊".repeat(200));
          return (performance.now() - start) / 1000; }""",
        query,
    )
    assert seconds < 1


@pytest.mark.browser
def test_a_compact_layer_shows_hostile_text_as_written(visit, tmp_path) -> None:
    texts = [*HOSTILE.values()]
    place = [Point(125.4, 43.8)]
    features = gpd.GeoDataFrame({text: [text] for text in texts}, geometry=place, crs=4326)
    chart = folium.Map(tiles=None)
    chart.default_js = [("leaflet", "leaflet.js")]
    chart.default_css = [("leaflet_css", "leaflet.css")]
    OfflineFigure(title="t", lang="en").add_child(chart)
    layer = CompactLayer(features, tooltip=texts)
    layer.add_to(chart)
    chart.save(str(tmp_path / "page.html"))
    visited = visit(tmp_path / "page.html")
    visited.page.wait_for_selector("html.eg-ready", state="attached")
    shown = visited.page.evaluate(
        """() => { const map = Object.values(window).find((one) => one instanceof L.Map);
          const { views: [view] } = erdaoGeo.renderer(map);
          const place = { latlng: map.getCenter(), containerPoint: L.point(300, 300) };
          for (const type of ["eg:hover", "eg:click"])
            map.fire(type, { view, feature: 0, ...place });
          const texts = (where) =>
            Array.from(document.querySelectorAll(where), (one) => one.textContent);
          return [texts(".leaflet-popup th"), texts(".leaflet-popup td")]; }"""
    )
    assert shown == [texts, texts]
    assert visited.page.evaluate("window.pwned") is None
    assert visited.complaints == []
    assert visited.requests == []
