"""What a planner does with a page, in a real browser with the network denied."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import shutil
from fractions import Fraction
from itertools import pairwise
from math import cos, pi, radians, sin
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from geographiclib.geodesic import Geodesic
from playwright.sync_api import Page

from erdao_geo import Workspace
from erdao_geo.check import Row, check_target
from erdao_geo.measure import length
from erdao_geo.page.pinyin import readings
from erdao_geo.words import WORDS, number, percent, quantity

pytestmark = pytest.mark.browser
NEW_ROAD = '[data-target="new-road-length"]'
KM = 1000
ROADS = 'const sheet = erdaoGeo.page.sheets.find(({ layer }) => layer.meta.stem === "roads");'
ELLIPSOID = Geodesic(6378137, 1 / 298.257222101)  # CGCS2000


@pytest.fixture(scope="session")
def shipped(rendered: Path) -> Workspace:
    return Workspace(rendered)


@pytest.fixture
def overview(rendered: Path, visit):
    visited = visit(rendered / "maps" / "overview.html")
    yield visited.page
    assert visited.requests == []
    assert visited.complaints == []


def totals(page: Page) -> str:
    return page.inner_text("#eg-totals")


def records(root: Path, *stems: str) -> list[dict]:
    """Read features as the files have them, each with its layer."""
    found = []
    for stem in stems:
        text = (root / "data" / f"{stem}.geojson").read_text("utf-8")
        found += [{"layer": stem, **one["properties"]} for one in json.loads(text)["features"]]
    return found


def works(workspace: Workspace) -> list[str]:
    return [stem for stem in workspace.maps["overview"].layers if workspace.layer(stem).has_status]


def download(page: Page, button: str) -> str:
    with page.expect_download() as waiting:
        page.click(button)
    return Path(waiting.value.path()).read_text("utf-8")


def table(page: Page) -> list[dict[str, str]]:
    text = download(page, "#eg-csv")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


# --- the panel ---


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_panel_has_the_figures_of_check(lang, shipped, overview) -> None:
    if lang == "en":
        overview.click("#eg-lang")
    rows = shipped.check().rows
    assert overview.locator(".eg-target").count() == len(rows)
    for row in rows:
        target = row.target
        card = f'[data-target="{target.id}"]'
        overview.click(f"{card} > button")
        facts = overview.locator(f"{card} dd").all_inner_texts()
        for value in (row.net, row.done, row.proven):
            assert quantity(value, target.unit, lang) in facts
        for code, value in row.by_evidence.items():
            told = f"{WORDS[code][lang]} {quantity(value, target.unit, lang)}"
            assert any(told in fact for fact in facts), (target.id, told)
        assert overview.inner_text(f"{card} .share") == percent(row.share)
        assert overview.inner_text(f"{card} .eg-verdict") == WORDS[row.verdict][lang]
        assert overview.inner_text(f"{card} blockquote") == target.clause


def test_targets_stand_in_the_order_of_the_report(shipped, overview) -> None:
    shown = overview.evaluate(
        "[...document.querySelectorAll('.eg-target')].map((card) => card.dataset.target)"
    )
    assert shown == [target.id for target in shipped.plan.targets]


def test_a_target_lights_up_its_features_and_the_map_goes_there(shipped, overview) -> None:
    before = overview.evaluate("erdaoGeo.map.getZoom()")
    overview.click(f"{NEW_ROAD} > button")
    overview.wait_for_timeout(500)
    lit = overview.evaluate(
        f"""() => {{ {ROADS}
             return Array.from(sheet.view.mask).flatMap((mask, i) =>
               mask === 3 ? [erdaoGeo.keyOf(sheet.layer, i)] : []); }}"""
    )
    row = next(row for row in shipped.check().rows if row.target.id == "new-road-length")
    assert sorted(lit) == list(row.features)
    assert overview.evaluate("erdaoGeo.map.getZoom()") > before
    assert totals(overview) == f"{len(row.features)} 处 · {quantity(row.gross, 'km', 'zh')}"
    assert overview.evaluate("document.activeElement.ariaExpanded") == "true"


def test_escape_lets_go_of_a_target(overview) -> None:
    overview.click(f"{NEW_ROAD} > button")
    overview.keyboard.press("Escape")
    assert overview.locator(".eg-target.on").count() == 0


def test_the_sizes_of_popups_sum_to_the_total_of_check(shipped, overview) -> None:
    overview.click(f"{NEW_ROAD} > button")
    sizes = overview.evaluate(
        f"""() => {{ {ROADS}
             return erdaoGeo.selected(erdaoGeo.page, sheet).map((i) =>
               Number(erdaoGeo.popup(erdaoGeo.page, sheet, i).dataset.size)); }}"""
    )
    row = next(row for row in shipped.check().rows if row.target.id == "new-road-length")
    assert number(sum(map(Fraction, sizes)) / KM, "km") == number(row.gross, "km")


@pytest.mark.parametrize(
    ("width", "height"), [(820, 1180), (1024, 768), (1280, 800), (1600, 900), (390, 844)]
)
def test_at_first_nothing_lies_over_the_district(width, height, browser, rendered) -> None:
    page = browser.new_page(viewport={"width": width, "height": height}, offline=True)
    page.goto((rendered / "maps" / "overview.html").as_uri())
    page.wait_for_selector("html.eg-ready", state="attached")
    overlaps = page.evaluate(
        """() => { const { map, page } = erdaoGeo;
             const { view } = page.sheets.find(({ layer }) => layer.meta.stem === "boundary");
             const bounds = page.renderer.boundsOf(view);
             const box = map.getContainer().getBoundingClientRect();
             const [a, b] = [bounds.getNorthWest(), bounds.getSouthEast()]
               .map((at) => map.latLngToContainerPoint(at));
             const [left, right] = [a.x + box.left, b.x + box.left];
             const [top, bottom] = [a.y + box.top, b.y + box.top];
             const over = ["eg-legend", "eg-time", "eg-panel"].filter((id) => {
               const one = document.getElementById(id).getBoundingClientRect();
               const beside = one.left >= right || one.right <= left;
               return !beside && one.top < bottom && one.bottom > top; });
             return [over, right - left > box.width / 2 || bottom - top > box.height / 2]; }"""
    )
    page.close()
    assert overlaps == [[], True]


# --- filters ---


def test_the_legend_filters_and_counts(rendered, shipped, overview) -> None:
    statuses = [record["status"] for record in records(rendered, *works(shipped))]
    for code in ("planned", "under_construction", "completed"):
        count = overview.inner_text(f'#eg-legend [data-count="status"][data-code="{code}"]')
        assert int(count) == statuses.count(code)
    for code in ("planned", "under_construction"):
        overview.uncheck(f'#eg-legend input[data-status="{code}"]')
    assert totals(overview).startswith(f"{statuses.count('completed')} 处")


def test_live_totals_are_the_gross_totals_of_check(shipped, overview) -> None:
    for code in ("planned", "under_construction"):
        overview.uncheck(f'#eg-legend input[data-status="{code}"]')
    for stem in works(shipped):
        if stem != "roads":
            overview.uncheck(f'#eg-legend input[data-layer="{stem}"]')
    features = shipped.features("roads")
    done = features[features["status"] == "completed"]
    metres = sum(
        Fraction(ELLIPSOID.Inverse(a[1], a[0], b[1], b[0])["s12"])
        for line in done.geometry.dropna()
        for part in (line.geoms if line.geom_type == "MultiLineString" else [line])
        for a, b in pairwise(part.coords)
    )
    assert totals(overview) == f"{len(done)} 处 · {quantity(metres / KM, 'km', 'zh')}"


def test_a_street_office_and_dates_filter(rendered, shipped, overview) -> None:
    everything = records(rendered, *works(shipped))
    office = next(one["street_office"] for one in everything if one["street_office"])
    overview.click("#eg-filters > summary")
    overview.locator("[data-facet=street_office] label", has_text=office).click()
    mine = [one for one in everything if one["street_office"] == office]
    assert totals(overview).startswith(f"{len(mine)} 处")
    overview.select_option("#eg-date-field", "completed_on")
    overview.fill("#eg-from", "2022-10-01")
    overview.locator("#eg-from").dispatch_event("change")
    late = [one for one in mine if (one["completed_on"] or "") >= "2022-10-01"]
    assert 0 < len(late) < len(mine)
    assert totals(overview).startswith(f"{len(late)} 处")
    overview.click("#eg-clear")
    assert totals(overview).startswith(f"{len(everything)} 处")


def test_names_with_numbers_stand_in_their_order(overview) -> None:
    written = ["一", "二", "九", "十", "十一", "二十", "二十三", "一百", "一百零二", "一百二十"]
    figures = overview.evaluate("(all) => all.map((one) => erdaoGeo.inFigures(one))", written)
    assert figures == ["1", "2", "9", "10", "11", "20", "23", "100", "102", "120"]
    overview.click("#eg-filters > summary")
    names = overview.locator("[data-facet=contractor] label span").all_inner_texts()
    assert [name[4:-1] for name in names if name.startswith("示例施工")] == [
        one for one in "一二三四五六七八九" if f"示例施工{one}队" in names
    ]


def test_what_nothing_passes_is_said(overview) -> None:
    for code in ("planned", "under_construction", "completed"):
        overview.uncheck(f'#eg-legend input[data-status="{code}"]')
    assert "没有符合筛选条件的要素" in totals(overview)
    assert overview.is_disabled("#eg-csv")


# --- search ---


@pytest.mark.parametrize("query", ["福安", "福安街", "faj", "fuan", "FuAnJie", "fuanj"])
def test_a_street_is_found_by_name_pinyin_and_initials(query, overview) -> None:
    overview.fill("#eg-query", query)
    hit = overview.locator("#eg-hits button", has_text="福安街").first
    hit.click()
    assert "福安街" in overview.inner_text(".eg-popup h4")


def test_a_hit_that_a_filter_hides_is_shown_all_the_same(overview) -> None:
    everything = totals(overview)
    for code in ("planned", "under_construction", "completed"):
        overview.uncheck(f'#eg-legend input[data-status="{code}"]')
    overview.fill("#eg-query", "示例道路01")
    overview.locator("#eg-hits button").first.click()
    assert "示例道路01" in overview.inner_text(".eg-popup h4")
    assert overview.inner_text("#eg-notice") == "筛选隐藏了这个要素，已清除筛选"
    assert totals(overview) == everything


def test_a_search_for_what_is_not_there_says_so(overview) -> None:
    overview.fill("#eg-query", "没有这条街")
    overview.wait_for_selector("#eg-hits .eg-empty")
    assert overview.locator("#eg-hits button").count() == 0


def test_a_character_is_found_by_each_of_its_readings(overview) -> None:
    table = readings(["重庆银行", "绿园"])
    found = overview.evaluate(
        """(table) => [["重庆银行", "cqyh"], ["重庆银行", "zhongqing"], ["绿园", "lvyuan"],
            ["重庆银行", "qyx"], ["重庆银行", "chongqinglu"], ["重庆银行", "yh"]]
           .map(([name, query]) => erdaoGeo.nameTest(query, table)(name))""",
        table,
    )
    assert found == [True, True, True, True, False, True]


def test_keys_lead_from_the_search_to_the_popup(overview) -> None:
    overview.keyboard.press("/")
    overview.keyboard.type("福安街")
    overview.wait_for_selector("#eg-hits button")
    overview.keyboard.press("ArrowDown")
    overview.keyboard.press("Enter")
    overview.wait_for_selector(".eg-popup")
    overview.keyboard.press("Escape")
    overview.wait_for_selector(".eg-popup", state="detached")


# --- time ---


def row_at(workspace: Workspace, id_: str, month: str) -> Row:
    """Check a target on features whose status is what their dates prove by the end of a month."""
    target = workspace.target(id_)
    features = workspace.features(target.layer)
    end = f"{month}-31"
    ranks = [
        2 if (done or "9") <= end else 1 if (begun or "9") <= end else 0
        for begun, done in zip(features["started_on"], features["completed_on"], strict=True)
    ]
    names = ("planned", "under_construction", "completed")
    then = [
        names[min(rank, names.index(now))]
        for rank, now in zip(ranks, features["status"], strict=True)
    ]
    return check_target(target, workspace.layer(target.layer), features.assign(status=then))


@pytest.mark.parametrize("month", ["2022-08", "2022-10"])
def test_the_slider_shows_the_ledger_of_a_month(month, shipped, overview) -> None:
    months = overview.evaluate("erdaoGeo.page.data.months")
    overview.fill("#eg-month", str(months.index(month)))
    assert overview.inner_text("#eg-month-now") == month
    for id_ in ("new-road-length", "greening-area", "roads-opened"):
        row = row_at(shipped, id_, month)
        card = f'[data-target="{id_}"]'
        told = quantity(row.done, row.target.unit, "zh")
        assert f"已完成 {told} /" in overview.inner_text(f"{card} .figures")
        assert overview.inner_text(f"{card} .eg-verdict") == WORDS[row.verdict]["zh"]


def test_the_slider_shows_features_as_they_were(rendered, shipped, overview) -> None:
    months = overview.evaluate("erdaoGeo.page.data.months")
    overview.fill("#eg-month", str(months.index("2022-06")))
    done = [
        one
        for one in records(rendered, *works(shipped))
        if one["status"] == "completed" and (one["completed_on"] or "9") <= "2022-06-30"
    ]
    count = overview.inner_text('#eg-legend [data-count="status"][data-code="completed"]')
    assert int(count) == len(done)


def test_a_target_is_drawn_beside_its_line(shipped, overview) -> None:
    months = overview.evaluate("erdaoGeo.page.data.months")
    overview.click(f"{NEW_ROAD} > button")
    assert overview.inner_text(f"{NEW_ROAD} .eg-late") == "落后"
    assert overview.locator(".eg-course circle").count() == 12
    for month, days in (("2022-08", 242), ("2022-10", 303)):  # since 1 January, of 364
        overview.fill("#eg-month", str(months.index(month)))
        done = quantity(row_at(shipped, "new-road-length", month).done, "km", "zh")
        line = quantity(Fraction("18.8") * days / 364, "km", "zh")
        said = f"已完成 {done}，计划线 {line}，落后"
        assert said in overview.inner_text(".eg-course figcaption")
        assert said in overview.get_attribute(".eg-course svg[role=img]", "aria-label")
        assert overview.locator(".eg-overdue").count() == 0  # that is of today
    overview.fill("#eg-month", str(months.index("2021-12")))
    assert overview.locator(f"{NEW_ROAD} .eg-late").count() == 0  # its line had not begun


def test_an_overdue_feature_leads_to_its_place(overview) -> None:
    overview.click(f"{NEW_ROAD} > button")
    late = overview.locator(".eg-overdue button")
    assert late.all_text_contents() == ["示例道路06 2022-10-31，逾期 61 天"]
    late.click()
    assert overview.inner_text(".eg-popup h4") == "示例道路06"
    overview.click("#eg-lang")
    assert late.all_text_contents() == ["示例道路06 2022-10-31, 61 days late"]


def test_a_declared_size_far_off_leads_to_its_feature(shipped, overview) -> None:
    row = next(row for row in shipped.check().rows if row.target.id == "new-road-length")
    overview.click(f"{NEW_ROAD} > button")
    overview.click(".eg-gaps summary")
    listed = overview.locator(".eg-gaps button")
    assert listed.count() == len(row.gaps) == 3
    widest = row.gaps[0]
    assert f"({widest.share:+.1%})" in listed.first.inner_text()
    listed.first.click()
    assert widest.key in overview.inner_text(".eg-popup")


def test_the_last_month_is_today(overview) -> None:
    before = overview.inner_text("#eg-targets")
    overview.fill("#eg-month", "3")
    assert overview.inner_text("#eg-targets") != before
    overview.locator("#eg-month").press("End")
    assert overview.inner_text("#eg-targets") == before
    assert "month" not in overview.evaluate("erdaoGeo.writeFragment(erdaoGeo.page)")


def test_what_leaves_a_past_month_says_so(overview) -> None:
    assert "状态 (截至" not in download(overview, "#eg-csv")
    overview.evaluate(
        f"""() => {{ {ROADS} const row = Array.from(sheet.works.statusNow).indexOf(3);
             erdaoGeo.goTo(sheet, row); }}"""
    )
    assert "状态 (截至" not in overview.inner_text(".eg-popup")
    months = overview.evaluate("erdaoGeo.page.data.months")
    overview.fill("#eg-month", "0")
    title = f"状态 (截至 {months[0]})"
    assert f"{title}\t未开工" in overview.inner_text(".eg-popup")
    rows = table(overview)
    assert {"已完工", "在建"} & {row["状态"] for row in rows}
    assert "未开工" in {row[title] for row in rows}
    assert {row[title] for row in rows if row["状态"] == "未开工"} == {"未开工"}
    shown = overview.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("#eg-legend [data-count=status]")]
             .map((one) => [one.dataset.code, Number(one.textContent)]))"""
    )
    for code, count in shown.items():
        assert sum(row[title] == WORDS[code]["zh"] for row in rows) == count
    collection = json.loads(download(overview, "#eg-geojson"))
    then = [one["properties"].get(f"status_{months[0]}") for one in collection["features"]]
    assert {code: then.count(code) for code in shown} == shown


def test_a_layer_without_dates_has_no_slider(rendered, tmp_path, visit) -> None:
    copy = shutil.copytree(rendered, tmp_path / "copy")
    for layer in (copy / "layers").glob("*.toml"):
        text = layer.read_text("utf-8")
        for name in ("started_on", "completed_on"):
            text = text.replace(f"[fields.{name}]", f'[fields.x_{name}]\ntitle = "{name}"')
        layer.write_text(text, "utf-8")
    for data in (copy / "data").glob("*.geojson"):
        text = data.read_text("utf-8")
        data.write_text(
            text.replace('"started_on"', '"x_started_on"').replace(
                '"completed_on"', '"x_completed_on"'
            ),
            "utf-8",
        )
    page = visit(Workspace(copy).render("roads")).page
    assert not page.is_visible("#eg-time")
    assert not page.is_visible("#eg-dates")


# --- what a popup knows ---


def test_a_popup_names_the_overlap_and_the_revision(rendered, tmp_path, visit) -> None:
    workspace = Workspace(shutil.copytree(rendered, tmp_path / "copy"))
    roads = workspace.features("roads")
    new = roads[(roads["work"] == "new") & (roads["status"] == "completed")]
    again = new.iloc[[0]].assign(id="road-again", geometry=new.geometry.iloc[[0]].reverse())
    workspace.write("roads", pd.concat([roads, again], ignore_index=True))
    page = visit(workspace.render("roads")).page
    page.evaluate(
        f"""() => {{ {ROADS} const ids = Array.from({{ length: sheet.layer.count }}, (_, i) =>
             erdaoGeo.keyOf(sheet.layer, i)); erdaoGeo.goTo(sheet, ids.indexOf("road-again")); }}"""
    )
    popup = page.inner_text(".eg-popup")
    told = f"{length(again).iloc[0]:,.0f} 米，同一条线反向又画了一遍，净值已扣除"
    assert f"与 {new['id'].iloc[0]}：{told}" in popup
    last = workspace.log("roads")[-1]
    assert f"修订 {last.number} ({last.time.date().isoformat()})" in popup
    page.click(f"{NEW_ROAD} > button")
    row = next(row for row in workspace.check().rows if row.target.id == "new-road-length")
    assert row.overlap > 0
    assert quantity(row.overlap, "km", "zh") in page.locator(f"{NEW_ROAD} dd").all_inner_texts()
    page.click(".eg-overlaps summary")
    listed = page.locator(".eg-overlaps button")
    assert listed.text_content() == f"{new['id'].iloc[0]} × road-again {told}"
    listed.click()
    assert "road-again" in page.inner_text(".eg-popup")


def test_a_popup_has_measured_and_declared_side_by_side(overview) -> None:
    overview.fill("#eg-query", "示例道路01")
    overview.locator("#eg-hits button").first.click()
    titles = overview.locator(".eg-popup th").all_inner_texts()
    assert titles[:4] == ["编号", "名称", "量算长度", "上报里程（公里）"]


# --- language, sharing ---


def test_the_language_switches_without_a_reload(shipped, overview) -> None:
    overview.evaluate("window.stays = true")
    overview.fill("#eg-query", "福安")
    overview.click("#eg-lang")
    assert overview.evaluate("window.stays && document.documentElement.lang") == "en"
    assert overview.inner_text("h1") == shipped.maps["overview"].title_en
    for place in ("#eg-targets", "#eg-legend summary", "#eg-selection", "#eg-time"):
        text = overview.inner_text(place)
        assert not any("\u4e00" <= character <= "\u9fff" for character in text), (place, text)
    assert overview.input_value("#eg-query") == "福安"


def test_a_link_brings_back_what_was_shown(rendered, overview, visit) -> None:
    overview.click("#eg-lang")
    overview.uncheck('#eg-legend input[data-status="planned"]')
    overview.click("#eg-filters > summary")
    overview.locator("[data-facet=contractor] label").first.click()
    overview.fill("#eg-month", "15")
    overview.click(f"{NEW_ROAD} > button")
    overview.wait_for_timeout(900)  # the map moves, then the address is written
    fragment = overview.evaluate("location.hash")
    other = visit(rendered / "maps" / "overview.html", fragment).page
    for place in ("#eg-totals", "#eg-targets", "#eg-month-now", "h1"):
        assert other.inner_text(place) == overview.inner_text(place), place
    view = "[erdaoGeo.map.getZoom(), ...Object.values(erdaoGeo.map.getCenter())]"
    assert other.evaluate(view) == pytest.approx(overview.evaluate(view), abs=2e-5)


@pytest.mark.parametrize(
    ("answer", "told"), [("resolve", "链接已复制"), ("reject", "浏览器不允许复制")]
)
def test_copying_the_link_is_seen_to_work_or_to_fail(answer, told, overview) -> None:
    overview.evaluate(
        f"() => {{ navigator.clipboard.writeText = () => Promise.{answer}(undefined); }}"
    )
    overview.click("#eg-copy")
    overview.wait_for_selector("#eg-notice")
    assert overview.inner_text("#eg-notice").startswith(told)
    assert overview.is_visible("#eg-notice")


def test_a_changed_address_is_followed_as_at_the_start(rendered, overview, visit) -> None:
    overview.click("#eg-lang")
    overview.click("#eg-theme")
    overview.wait_for_timeout(600)
    overview.evaluate("() => { location.hash = '#target=new-road-length'; }")
    overview.wait_for_selector(f"{NEW_ROAD}.on")
    overview.wait_for_timeout(900)
    fresh = visit(rendered / "maps" / "overview.html", "#target=new-road-length").page
    fresh.wait_for_timeout(900)
    assert overview.inner_text("h1") == fresh.inner_text("h1")
    look = "[document.documentElement.dataset.theme, erdaoGeo.map.getZoom()]"
    assert overview.evaluate(look) == fresh.evaluate(look)
    assert overview.evaluate("Object.values(erdaoGeo.map.getCenter())") == pytest.approx(
        fresh.evaluate("Object.values(erdaoGeo.map.getCenter())"), abs=1e-2
    )


@pytest.mark.parametrize(
    "fragment",
    [
        "#target=<img src=x onerror=window.pwned=1>&lang=__proto__&month=constructor",
        "#at=99/NaN/Infinity&no-status=%E0%A4%A&in-street_office=%%%&from=2022-99-99",
        "#at=12/91/200&theme=url(javascript:1)&no-layers=toString,__proto__&date=hasOwnProperty",
        "#" + "a=" * 50_000,
        "#__proto__=1&constructor=2&at=-1/0/0",
    ],
)
def test_a_hostile_fragment_changes_nothing(fragment, rendered, visit) -> None:
    visited = visit(rendered / "maps" / "overview.html", fragment)
    plain = visit(rendered / "maps" / "overview.html")
    for place in ("#eg-totals", "#eg-targets", "#eg-legend"):
        assert visited.page.inner_text(place) == plain.page.inner_text(place)
    assert visited.page.evaluate("window.pwned") is None
    assert visited.complaints == []


# --- export and print ---


def test_the_csv_has_the_rows_that_are_selected(rendered, overview) -> None:
    overview.click(f"{NEW_ROAD} > button")
    for code in ("planned", "under_construction"):
        overview.uncheck(f'#eg-legend input[data-status="{code}"]')
    rows = table(overview)
    expected = [
        one
        for one in records(rendered, "roads")
        if one["work"] == "new" and one["status"] == "completed"
    ]
    assert [row["编号"] for row in rows] == [one["id"] for one in expected]
    assert [row["名称"] for row in rows] == [one["name"] for one in expected]
    assert {row["状态"] for row in rows} == {"已完工"}
    total = sum(float(row["量算长度 (公里)"]) for row in rows)
    assert f"{total:.3f}" in totals(overview)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+86", "'+86"),
        ("-3", "'-3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\uff1d1", "'\uff1d1"),
        ('a"b', '"a""b"'),
        ("a,b\nc", '"a,b\nc"'),
        ("\r=1", '"\'\r=1"'),
        (-3.5, "-3.5"),
        (None, ""),
        ("道路", "道路"),
    ],
)
def test_no_cell_of_the_csv_is_a_formula(value, cell, overview) -> None:
    assert overview.evaluate("(value) => erdaoGeo.csvCell(value)", value) == cell


def test_the_geojson_is_where_the_file_has_it(rendered, overview) -> None:
    collection = json.loads(download(overview, "#eg-geojson"))
    files = {}
    for path in (rendered / "data").glob("*.geojson"):
        for one in json.loads(path.read_text("utf-8"))["features"]:
            files[path.stem, one["properties"]["id"]] = one["geometry"]
    assert len(collection["features"]) == 199
    for one in collection["features"]:
        known = files[one["properties"]["layer"], one["properties"]["id"]]
        geometry = one["geometry"]
        assert (geometry is None) == (known is None)
        if known:
            assert geometry["type"] == known["type"]
            flat, expected = flattened(geometry["coordinates"]), flattened(known["coordinates"])
            assert flat == pytest.approx(expected, abs=1.2e-6)


def flattened(coordinates: list) -> list[float]:
    if not isinstance(coordinates, list):
        return [coordinates]
    return [number for part in coordinates for number in flattened(part)]


@pytest.mark.parametrize(("size", "width", "height"), [("A4", 297, 210), ("A3", 420, 297)])
def test_it_prints_on_a_sheet(size, width, height, overview, tmp_path) -> None:
    overview.evaluate("(size) => (erdaoGeo.page.sheetSize = size)", size)
    before = overview.evaluate("erdaoGeo.map.getCenter()")
    path = tmp_path / "page.pdf"
    overview.pdf(path=path, prefer_css_page_size=True, print_background=True)
    content = path.read_bytes()
    boxes = [
        [round(float(value) / 72 * 25.4) for value in part.split(b"]")[0].split()]
        for part in content.split(b"/MediaBox [")[1:]
    ]
    assert boxes == [[0, 0, width, height]] * 2  # the map, and the targets behind it
    assert overview.evaluate("erdaoGeo.map.getCenter()") == pytest.approx(before, abs=1e-3)
    assert overview.locator("#eg-printed tbody tr").count() == 16
    assert overview.is_visible("#eg-legend")


def test_a_dark_page_prints_dark_on_white(rendered, visit, tmp_path) -> None:
    page = visit(rendered / "maps" / "overview.html", "#theme=dark").page
    page.evaluate(
        """() => addEventListener("beforeprint", () => { // after the page's own listener
             window.theme = document.documentElement.dataset.theme; })"""
    )
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    assert page.evaluate("window.theme") == "light"
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


# --- the ruler ---


def polygon(random_: random.Random, size: float) -> list[list[float]]:
    lon, lat, count = random_.uniform(-179, 179), random_.uniform(-70, 70), random_.randint(3, 8)
    turns = [2 * pi * k / count for k in range(count)]
    return [
        [
            lon + size * random_.uniform(0.5, 1) * cos(turn) / cos(radians(lat)),
            lat + size * random_.uniform(0.5, 1) * sin(turn),
        ]
        for turn in turns
    ]


@pytest.mark.accuracy
@pytest.mark.parametrize("size", [1e-4, 1e-2, 0.3, 3])
def test_the_ruler_measures_as_geographiclib_does(size, overview) -> None:
    random_ = random.Random(7)
    shapes = [polygon(random_, size) for _ in range(40)]
    measured = overview.evaluate(
        """(shapes) => shapes.map((points) =>
             [erdaoGeo.geodesic.length(points), erdaoGeo.geodesic.area(points)])""",
        shapes,
    )
    for points, (metres, area) in zip(shapes, measured, strict=True):
        ring = ELLIPSOID.Polygon()
        for lon, lat in points:
            ring.AddPoint(lat, lon)
        along = sum(ELLIPSOID.Inverse(a[1], a[0], b[1], b[0])["s12"] for a, b in pairwise(points))
        assert metres == pytest.approx(along, rel=1e-6, abs=1e-6)
        assert area == pytest.approx(abs(ring.Compute(False, True)[2]), rel=1e-6)


def test_the_ruler_tells_length_and_area(overview) -> None:
    overview.click("#eg-measure")
    box = overview.locator(".folium-map").bounding_box()
    for x, y in ((300, 150), (500, 150), (500, 300)):
        overview.mouse.click(box["x"] + x, box["y"] + y)
        overview.wait_for_timeout(350)
    places = overview.evaluate(
        """() => [[300, 150], [500, 150], [500, 300]].map((point) => {
             const { lng, lat } = erdaoGeo.map.containerPointToLatLng(point);
             return [lng, lat]; })"""
    )
    measured = overview.evaluate("() => erdaoGeo.page.ruler.points")
    assert np.allclose(measured, places, rtol=0, atol=3e-4)  # a pixel of a click
    along = sum(ELLIPSOID.Inverse(a[1], a[0], b[1], b[0])["s12"] for a, b in pairwise(measured))
    ring = ELLIPSOID.Polygon()
    for lon, lat in measured:
        ring.AddPoint(lat, lon)
    text = overview.inner_text("#eg-ruler").replace(",", "")
    [kilometres] = re.findall(r"([\d.]+) km", text)
    [mu] = re.findall(r"([\d.]+) 亩", text)
    assert float(kilometres) == pytest.approx(along / 1000, abs=6e-4)
    assert float(mu) == pytest.approx(abs(ring.Compute(False, True)[2]) * 15 / 10_000, rel=1e-5)
    assert overview.locator(".eg-popup").count() == 0  # a click measures, and opens nothing
    overview.keyboard.press("Escape")
    assert not overview.is_visible("#eg-ruler")


def test_a_popup_fits_on_a_phone(overview) -> None:
    overview.set_viewport_size({"width": 390, "height": 844})
    overview.wait_for_timeout(300)
    overview.evaluate(
        """() => { const sheet = erdaoGeo.page.sheets.find((one) =>
             one.layer.meta.stem === "roads"); erdaoGeo.goTo(sheet, 0); }"""
    )
    overview.wait_for_timeout(700)
    box = overview.locator(".leaflet-popup-content-wrapper").bounding_box()
    assert 0 <= box["x"] < box["x"] + box["width"] <= 390


def test_a_page_whose_files_are_gone_says_so(shipped, browser, tmp_path) -> None:
    root = shutil.copytree(shipped.root, tmp_path / "copy")
    path = Workspace(root).render("overview", one_file_mb=0)
    shutil.rmtree(path.with_suffix(""))
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("#eg-wait[role=alert]")
    said = page.inner_text("#eg-wait")
    assert "缺失或损坏" in said
    assert "missing or damaged" in said
    page.close()


# --- for everyone ---


def violations(page: Page) -> list[str]:
    """List what axe finds that is serious or worse; it travels in its package."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes']][:4]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(theme, rendered, visit) -> None:
    page = visit(rendered / "maps" / "overview.html", f"#theme={theme}").page
    page.click("#eg-filters > summary")
    page.click(f"{NEW_ROAD} > button")
    page.fill("#eg-query", "福安")
    page.wait_for_selector("#eg-hits button")
    page.locator("#eg-hits button").first.click()
    page.wait_for_selector(".eg-popup")
    page.click("#eg-measure")
    assert violations(page) == []


def test_every_control_can_be_reached_by_tab(overview) -> None:
    reached = set()
    for _ in range(120):
        overview.keyboard.press("Tab")
        reached.add(
            overview.evaluate("document.activeElement.id || document.activeElement.tagName")
        )
    wanted = {"eg-lang", "eg-theme", "eg-print", "eg-query", "eg-csv", "eg-measure", "eg-home"}
    assert wanted | {"eg-month", "eg-play"} <= reached


@pytest.fixture
def phone(browser, rendered):
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        offline=True,
        is_mobile=True,
        has_touch=True,
        device_scale_factor=2,
    )
    page = context.new_page()
    page.goto((rendered / "maps" / "overview.html").as_uri())
    page.wait_for_selector("html.eg-ready", state="attached")
    yield page
    context.close()


def test_on_a_phone_the_panel_is_a_sheet(phone) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    low = phone.locator("#eg-panel").bounding_box()["y"]
    phone.tap("#eg-handle")
    assert phone.locator("#eg-panel").bounding_box()["y"] < low - 200
    phone.tap(f"{NEW_ROAD} > button")
    assert "18.814 公里" in phone.inner_text(f"{NEW_ROAD} dl")
    phone.tap("#eg-handle")
    phone.tap("#eg-legend > summary")
    phone.tap('#eg-legend input[data-status="planned"]')
    assert totals(phone) == "25 处 · 18.106 公里"
    assert violations(phone) == []


def test_on_a_phone_a_popup_closes_the_legend(phone) -> None:
    phone.tap("#eg-legend > summary")
    phone.evaluate(f"() => {{ {ROADS} erdaoGeo.goTo(sheet, 0); }}")
    phone.wait_for_selector(".eg-popup")
    assert not phone.is_visible("#eg-legend label")


def test_on_a_phone_nothing_covers_what_is_to_be_tapped(phone) -> None:
    covered = phone.evaluate(
        """() => [...document.querySelectorAll("#eg-tools button, #eg-lang, #eg-handle, #eg-play,"
             + " #eg-month, #eg-query, #eg-legend > summary")].filter((one) => {
               const { left, top, width, height } = one.getBoundingClientRect();
               const there = document.elementFromPoint(left + width / 2, top + height / 2);
               return !one.contains(there) || width < 20 || height < 20; }).map((one) => one.id)"""
    )
    assert covered == []
