"""The months in reports: every format tells the same of them, draws it, and can tell it of then."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.chart.line_chart import LineChart
from openpyxl.utils import range_boundaries
from openpyxl.workbook import Workbook
from shapely import Point

from erdao_geo import Workspace
from erdao_geo.check import Ledger, check_target
from erdao_geo.cli import cli
from erdao_geo.definitions import Field, Layer, Plan, Source, Target
from erdao_geo.report import LayerData, Report, Share, compose, to_bytes
from erdao_geo.report.values import LONGEST_LIST
from erdao_geo.schedule import schedule_of
from erdao_geo.words import PAPER_WORDS, WORDS
from hostile import HOSTILE
from test_as_of import complete, root  # noqa: F401 - a fixture
from test_hostile import folded, make_hostile
from test_report import made, records, sheets

NAMES = ("id", "status", "completed_on", "due_on", "evidence")
LAYER = Layer(
    stem="sites",
    title="地块",
    geometry="Point",
    key="id",
    source=Source(by="test", date=dt.date(2022, 6, 30)),
    fields={name: Field(title=name) for name in NAMES},
)
TODAY = dt.date(2022, 6, 30)


def target(**options: object) -> Target:
    wanted = {"id": "t", "title": "地块治理", "clause": "c", "layer": "sites", "unit": "count"}
    days = {"starts_on": dt.date(2022, 1, 1), "due_on": dt.date(2022, 12, 31)}
    return Target(**{**wanted, "value": Decimal(4), **days, **options})


def sites(*completed: str | None, due: str | None = None) -> gpd.GeoDataFrame:
    """Make a site for each day of completion; None: under construction."""
    count = len(completed)
    return gpd.GeoDataFrame(
        {
            "id": [f"k{number}" for number in range(count)],
            "status": ["completed" if day else "under_construction" for day in completed],
            "completed_on": list(completed),
            "due_on": [due] * count,
            "evidence": ["surveyed"] * count,
        },
        geometry=[Point(125.3 + number / 1e5, 43.8) for number in range(count)],
        crs="EPSG:4326",
    )


def report_of(features: gpd.GeoDataFrame, *targets: Target) -> Report:
    plan = Plan(title="p", adcode="1", year=2022, boundary="b", report="r", targets=targets)
    rows = tuple(check_target(one, LAYER, features, as_of=TODAY) for one in targets)
    layers = {"sites": LayerData(LAYER, features, TODAY)}
    return compose(Ledger(plan, rows), layers, lang="zh")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return made(".xlsx", tmp_path_factory.mktemp("book"), lang="en")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return json.loads(made(".json", tmp_path_factory.mktemp("said"), lang="en"))


def test_a_month_says_what_is_done_and_what_the_line_asks_for_by_its_end() -> None:
    report = report_of(sites("2022-01-10", "2022-03-31", None), target())
    table = report.table("months")
    lines = [dict(zip([c.id for c in table.columns], row, strict=True)) for row in table.rows()]
    assert [line["month"] for line in lines] == [f"2022-{month:02d}" for month in range(1, 13)]
    done = [line["done"] and line["done"].value for line in lines]
    assert done == [1, 1, 2, 2, 2, 2, *[None] * 6]
    assert lines[5]["expected"].value == Fraction(4 * 180, 364)
    assert lines[-1]["expected"].value == 4
    assert [line["behind"].text for line in lines[:7]] == [*["按计划"] * 5, "按计划", "–"]


def test_a_target_without_a_line_has_no_months_and_is_neither_late_nor_on_schedule() -> None:
    report = report_of(sites("2022-01-10"), target(bound="at_most"))
    assert len(report.table("months")) == 0
    assert [cell.text for cell in ledger_column(report, "behind")] == ["–"]
    assert "Charts by month" not in workbook(to_bytes(report, ".xlsx")).sheetnames
    assert b"<figure" not in to_bytes(report, ".html")
    [line] = list(csv.DictReader(io.StringIO(to_bytes(report, ".csv").decode("utf-8-sig"))))
    assert line["进度"] == "–"


def ledger_column(report: Report, name: str) -> list:
    columns = report.table("ledger").columns
    return next(list(column.cells) for column in columns if column.id == name)


def test_what_is_overdue_is_named_with_the_days_since_it_was_due() -> None:
    report = report_of(sites("2022-01-10", None, None, due="2022-06-20"), target())
    rows = list(report.table("overdue").rows())
    assert [(row[1], row[3], int(row[4].value)) for row in rows] == [
        ("k1", dt.date(2022, 6, 20), 10),
        ("k2", dt.date(2022, 6, 20), 10),
    ]


def test_the_workbook_tells_the_months_and_the_overdue_as_the_json_does(book, said) -> None:
    told = sheets(book)
    rows = records(told["By month"])
    months = [(row, month) for row in said["rows"] for month in row["months"]]
    assert len(rows) == len(months) == len(said["months"]) > 100
    for line, (row, month) in zip(rows, months, strict=True):
        assert line["Target"].value == row["title_en"]
        found = [line[title].value for title in ("Month", "Done", "Line", "Share")]
        assert found == [month[name] for name in ("month", "done", "expected", "share")]
        assert line["By the end of"].value.date().isoformat() == month["day"]
        assert (line["Schedule"].value == "behind") == bool(month["behind"])
    late = [(one["key"], one["days"]) for row in said["rows"] for one in row["overdue"]]
    overdue = records(told["Overdue"])
    assert [(row["Key"].value, row["Days late"].value) for row in overdue] == late != []
    flags = [row["Schedule"].value for row in records(told["Ledger"])]
    assert flags == ["behind" if row["behind"] else "on schedule" for row in said["rows"]]


def workbook(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def charts(content: bytes) -> list[tuple[str, LineChart]]:
    """Give the charts of the sheet that has no table, each with its title, in reading order."""
    [sheet] = [sheet for sheet in workbook(content) if not sheet.auto_filter.ref]
    found = sorted(sheet._charts, key=lambda one: (one.anchor._from.row, one.anchor._from.col))
    runs = [[run.t for p in one.title.tx.rich.p for run in p.r] for one in found]
    return [("".join(texts), one) for texts, one in zip(runs, found, strict=True)]


def cells(content: bytes, place: str) -> list[object]:
    name, area = place.rsplit("!", 1)
    west, top, east, bottom = range_boundaries(area)
    sheet = workbook(content)[name.strip("'")]
    return [sheet.cell(row, west).value for row in range(top, bottom + 1)] * (west == east)


def test_each_target_has_a_chart_of_its_own_months(book, said) -> None:
    drawn = charts(book)
    assert len(drawn) == len(said["rows"])
    for (title, chart), row in zip(drawn, said["rows"], strict=True):
        assert title.startswith(row["title_en"])
        assert title.endswith("behind") == row["behind"]
        line, done = chart.series
        assert cells(book, line.val.numRef.f) == [one["expected"] for one in row["months"]]
        assert cells(book, done.val.numRef.f) == [one["done"] for one in row["months"]]


def test_no_title_is_taken_for_a_place_in_the_workbook(tmp_path) -> None:
    texts = ["=1+1", "台账!$A$1", "=Sheet1!A1", "A!B1", "<r><t>x</t></r>", "a&b", "长" * 200]
    hostile = make_hostile(tmp_path / "w", texts).workspace
    titles = [title for title, _ in charts(made(".xlsx", tmp_path, workspace=hostile))]
    for text, title in zip(texts, titles, strict=True):
        assert title.startswith(text.replace("!", "！")[:50])


@pytest.mark.browser
def test_the_page_draws_each_target_and_asks_for_nothing(said, tmp_path, visit) -> None:
    made(".html", tmp_path, lang="en")
    visited = visit(tmp_path / "report.html")
    drawn = visited.page.get_by_role("img")
    assert drawn.count() == len(said["rows"])
    for label, row in zip(aria_labels(visited), said["rows"], strict=True):
        assert label.startswith(f"{row['title_en']}; Data as of {row['as_of']}; Done ")
        assert label.endswith("; behind") == row["behind"]
    assert drawn.first.locator("circle").count() == len(said["rows"][0]["months"])
    assert (visited.complaints, visited.requests) == ([], [])


def aria_labels(visited) -> list[str]:
    return visited.page.eval_on_selector_all(
        "svg[role=img]", "all => all.map(one => one.getAttribute('aria-label'))"
    )


@pytest.mark.browser
def test_a_hostile_title_is_text_in_the_drawings_of_the_page(tmp_path, visit) -> None:
    texts = [text for text in HOSTILE.values() if len(text) <= 1000]
    make_hostile(tmp_path / "w", texts).workspace.report(tmp_path / "report.html")
    visited = visit(tmp_path / "report.html")
    shown = visited.page.locator("figcaption").all_text_contents()
    for text, caption, label in zip(texts, shown, aria_labels(visited), strict=True):
        assert folded(caption).startswith(folded(text).strip())
        told, wanted = (said.replace("\ufffd", "") for said in (label, text))  # as it shows a NUL
        assert folded(told).startswith(folded(wanted))
    assert visited.page.evaluate("window.pwned") is None
    assert (visited.complaints, visited.requests) == ([], [])


def test_earlier_months_of_a_layer_too_large_are_left_out_and_that_is_said() -> None:
    features = sites(*["2022-01-10"] * 17_000)
    report = report_of(features, target(value=Decimal(17_000)))
    table = report.table("months")
    done = next(column.cells for column in table.columns if column.id == "done")
    assert [cell and int(cell.value) for cell in done] == [*[None] * 5, 17_000, *[None] * 6]
    assert table.note.endswith("（见 check --by month）：地块")
    [row] = report.ledger.rows
    assert schedule_of(row, LAYER, features).points[0].done == 17_000  # asked for, it is told


# The report as it stood then.


@pytest.fixture
def past(root: Path) -> Iterator[tuple[Workspace, dict, bytes]]:  # noqa: F811
    """Give a workspace that went on, with the JSON and the workbook written before it did."""
    complete(root, "roads", 1)
    told = [made(ending, root / "then", workspace=Workspace(root)) for ending in (".json", ".xlsx")]
    complete(root, "roads", 3)
    yield Workspace(root), json.loads(told[0]), told[1]


def test_the_report_of_a_revision_is_the_one_written_then(past, tmp_path) -> None:
    workspace, told, _ = past
    again = json.loads(made(".json", tmp_path, workspace=workspace, as_of=2))
    assert again.pop("asked")["revision"] == 2
    first, *method = again.pop("method")
    assert first["item"] == "账目时点"
    assert first["says"].startswith("修订 2 (至此最后一次修订：2，")
    assert "greening has no history; it is taken as it is now" in first["says"]
    assert {**again, "method": method} == told
    now = json.loads(made(".json", tmp_path, workspace=workspace))
    assert now["rows"] != told["rows"]


def test_every_format_says_in_its_heading_what_moment_was_asked_for(past, tmp_path) -> None:
    workspace, _, book_then = past
    for ending in (".md", ".html"):
        text = made(ending, tmp_path, workspace=workspace, as_of=2).decode()
        assert "账目时点 修订 2 · 数据截至" in text
    book_again = made(".xlsx", tmp_path, workspace=workspace, as_of=2)
    assert "账目时点 修订 2" in workbook(book_again)["台账"]["A2"].value
    assert [title for title, _ in charts(book_again)] == [title for title, _ in charts(book_then)]


def test_a_past_that_there_is_none_of_is_an_error_and_no_file(root, tmp_path) -> None:  # noqa: F811
    path = tmp_path / "none" / "r.md"
    path.parent.mkdir()
    complete(root, "roads", 1)
    arguments = ["--workspace", root, "report", "-o", path, "--as-of", "9"]
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no revision 9; the last is 2" in result.stderr
    assert not path.exists()


# What is printed.


def test_a_share_just_short_of_all_is_not_shown_as_all_of_it(tmp_path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("no LibreOffice to show the workbook; install it (soffice)")
    report = report_of(sites("2022-01-10"), *[target(id=f"t{number}") for number in range(4)])
    shares = [Share(Fraction(text)) for text in ("1", "0.99999", "0.9996", "0.5")]
    columns = tuple(
        replace(column, cells=shares) if column.id == "share" else column
        for column in report.table("ledger").columns
    )
    ledger = replace(report.table("ledger"), columns=columns)
    content = to_bytes(replace(report, tables=(ledger, *report.tables[1:])), ".xlsx")
    (tmp_path / "r.xlsx").write_bytes(content)
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true"]
    command += ["--outdir", str(tmp_path), str(tmp_path / "r.xlsx")]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    lines = (tmp_path / "r.csv").read_text("utf-8").splitlines()
    shown = [found[0] for line in lines if (found := re.search(r"[0-9.]+%", line))]
    assert shown == ["100.0%", "99.9%", "99.9%", "50.0%"]
    assert [row["完成率"].value for row in records(sheets(content)["台账"])][1] == 0.99999


def test_a_list_that_is_cut_says_how_many_more_there_are() -> None:
    report = report_of(sites(*np.repeat(None, LONGEST_LIST + 7)), target())
    for ending in (".md", ".html"):
        assert "……另有 7 行" in to_bytes(report, ending).decode()


def test_no_code_has_two_words() -> None:
    assert not WORDS.keys() & PAPER_WORDS.keys()
