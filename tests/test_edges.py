"""Odd workspaces: each gives a page that works, or one clear error. And totals that agree."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from click.testing import CliRunner
from pyproj import Geod

from erdao_geo import DefinitionError, Workspace
from erdao_geo.cli import cli
from small import collection, write_workspace

PLAN = """[plan]\ntitle = "t"\nadcode = "1"\nyear = 2022\nboundary = "edge"\nreport = "r"\n"""
TARGET = """[target.road]\ntitle = "路"\nclause = "路"\nlayer = "works"\nvalue = 10\nunit = "km"
"""
EDGE = """title = "区界"\ngeometry = "Polygon"\nkey = "id"
source = { by = "test", date = 2022-01-01 }
fields = { id = { title = "编号" }, evidence = {} }\n"""
WORKS = """title = "工程"\ngeometry = "LineString"\nkey = "id"
[source]\nby = "test"\ndate = 2022-01-01
[fields.id]\ntitle = "编号"\n[fields.name]\n[fields.status]\n[fields.evidence]\n"""
MAP = 'title = "图"\nlayers = ["works"]\n'


def work(key: str, line: Sequence[Sequence[float]] | None, **more: Any) -> dict[str, Any]:
    properties = {"id": key, "name": f"路{key}", "status": "completed", **more}
    properties.setdefault("evidence", "surveyed" if line else "none")
    return {
        "properties": properties,
        "geometry": line and {"type": "LineString", "coordinates": line},
    }


def make(
    root: Path,
    works: Sequence[Mapping[str, Any]],
    *,
    definition: str = WORKS,
    sheet: str = MAP,
    box: tuple[float, float, float, float] = (125.3, 43.7, 125.9, 44.0),
) -> Workspace:
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    edge = {
        "properties": {"id": "1", "evidence": "approximate"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    layers = {"edge": (EDGE, collection([edge])), "works": (definition, collection(works))}
    return write_workspace(root, plan=PLAN + TARGET, layers=layers, maps={"m": sheet})


def test_a_map_of_an_unknown_layer_is_one_clear_error(tmp_path) -> None:
    with pytest.raises(DefinitionError, match=r"m\.toml: layers is 'rods'; there are: edge, works"):
        make(tmp_path / "w", [], sheet=MAP.replace("works", "rods"))


@pytest.mark.browser
@pytest.mark.parametrize("works", [[], [work("1", None), work("2", None)]], ids=["none", "nulls"])
def test_a_layer_without_a_place_gives_a_page_that_works(works, visit, tmp_path) -> None:
    visited = visit(make(tmp_path / "w", works).render("m"))
    page = visited.page
    assert page.evaluate("erdaoGeo.drawn()") == {"works": 0}
    page.click(".eg-target > button")
    assert page.inner_text(".eg-target .figures").startswith("已完成 0.00")
    assert page.locator("#eg-unlocated li").count() == len(works)
    page.click("#eg-home")
    page.click("#eg-lang")
    assert visited.complaints == []


@pytest.mark.browser
def test_a_page_of_one_feature_shows_it(visit, tmp_path) -> None:
    visited = visit(make(tmp_path / "w", [work("1", [[125.4, 43.8], [125.41, 43.8]])]).render("m"))
    page = visited.page
    assert page.evaluate("erdaoGeo.drawn()") == {"works": 1}
    page.click(".eg-target > button")
    page.wait_for_timeout(400)
    page.evaluate("erdaoGeo.page.renderer.idle()")
    assert (
        page.evaluate(
            """() => { const { map, page } = erdaoGeo, { layer, view } = page.sheets[0];
          const middle = page.renderer.boundsOf(view).getCenter();
          return page.renderer.at(map.latLngToContainerPoint(middle)).feature; }"""
        )
        == 0
    )
    assert visited.complaints == []


@pytest.mark.browser
def test_features_across_the_antimeridian_lie_where_they_are(visit, tmp_path) -> None:
    west, east = [[179.98, 60.0], [180.0, 60.0]], [[-180.0, 60.0], [-179.98, 60.0]]
    both = {
        "properties": {"id": "1", "name": "跨", "status": "completed", "evidence": "surveyed"},
        "geometry": {"type": "MultiLineString", "coordinates": [west, east]},
    }
    workspace = make(tmp_path / "w", [both], box=(-180.0, 59.0, 180.0, 61.0))
    visited = visit(workspace.render("m"))
    page = visited.page
    page.evaluate("erdaoGeo.goTo(erdaoGeo.page.sheets[0], 0)")
    length = Geod(ellps="GRS80").line_length([179.98, 180.0, 180.02], [60.0, 60.0, 60.0])
    assert f"{length / 1000:.3f} 公里" in page.inner_text(".eg-popup")
    exported = json.loads(page.evaluate("JSON.stringify(erdaoGeo.geojson(erdaoGeo.page))"))
    parts = exported["features"][0]["geometry"]["coordinates"]
    for part, line in zip(parts, (west, east), strict=True):
        assert [x for x, _ in part] == pytest.approx([x for x, _ in line], abs=1e-6)
    assert visited.complaints == []


@pytest.mark.browser
def test_a_layer_of_ten_thousand_fields_gives_a_page_that_works(visit, tmp_path) -> None:
    names = [f"f{number:04d}" for number in range(10_000)]
    definition = WORKS + "".join(f'[fields.{name}]\ntitle = "{name}"\n' for name in names)
    works = [work("1", [[125.4, 43.8], [125.41, 43.8]], **{name: f"值{name}" for name in names})]
    visited = visit(make(tmp_path / "w", works, definition=definition).render("m"))
    page = visited.page
    page.evaluate("erdaoGeo.goTo(erdaoGeo.page.sheets[0], 0)")
    assert page.locator(".eg-popup tr").count() == 10_000 + 5  # and the measured length
    assert page.locator(".eg-popup tr").last.text_content() == "f9999值f9999"
    assert visited.complaints == []


@pytest.fixture
def bent(tmp_path: Path) -> Workspace:
    """Make works of many vertices, one drawn twice, one partly, one without a place."""
    lines = [
        [[125.4 + k / 1000 + n / 100, 43.8 + (k % 7) / 5000 + n / 300] for k in range(60)]
        for n in range(12)
    ]
    works = [work(f"{n:02d}", line) for n, line in enumerate(lines)]
    works += [work("20", lines[3][::-1]), work("21", None), work("22", lines[5][10:30])]
    for n in (1, 4):
        works[n]["properties"]["status"] = "planned"
    return make(tmp_path / "w", works)


POPUPS = """async (zoom) => { const { map, page } = erdaoGeo, [sheet] = page.sheets, sizes = [];
  map.setZoom(zoom, { animate: false });
  await page.renderer.idle();
  for (let i = 0; i < sheet.layer.count; i++) if (erdaoGeo.isLocated(sheet.layer, i)) {
    erdaoGeo.openPopup(page, sheet, i);
    sizes.push(Number(page.popup.getElement().querySelector("[data-size]").dataset.size)); }
  map.closePopup();
  return sizes; }"""


def ledger_of(workspace: Workspace) -> dict[str, Any]:
    command = ["--workspace", str(workspace.root), "check", "--json"]
    row: dict[str, Any] = json.loads(CliRunner().invoke(cli, command).stdout)["rows"][0]
    return row


@pytest.mark.browser
@pytest.mark.parametrize("zoom", [3, 9, 12.75, 16, 20])
def test_panel_popups_and_check_agree_to_the_last_printed_digit(zoom, bent, visit) -> None:
    row = ledger_of(bent)
    page = visit(bent.render("m")).page
    sizes = page.evaluate(POPUPS, zoom)
    features = bent.features("works")
    lengths = gpd.GeoSeries(features.geometry.dropna()).map(Geod(ellps="GRS80").geometry_length)
    assert sizes == pytest.approx(lengths.tolist(), rel=1e-9)
    assert f"{sum(sizes) / 1000:.3f}" == f"{row['gross']:.3f}"
    assert page.inner_text("#eg-totals").endswith(f"· {row['gross']:.3f} 公里")
    page.click(".eg-target > button")
    panel = page.inner_text(".eg-target.on")
    numbers = re.findall(r"[\d,]+\.\d+(?= 公里)", panel)
    for name in ("net", "done", "overlap"):
        assert f"{row[name]:.3f}" in numbers, name


@pytest.mark.browser
def test_net_gross_and_overlap_of_the_panel_add_up(bent, visit) -> None:
    row = ledger_of(bent)
    assert row["gross"] - row["overlap"] == pytest.approx(row["net"], rel=1e-12)
    assert row["overlap"] > 0
    page = visit(bent.render("m")).page
    page.click(".eg-target > button")
    assert f"{row['overlap']:.3f} 公里" in page.inner_text(".eg-target.on")
