"""Reports in files: every format says the same, to the last digit, and runs nothing."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from openpyxl.worksheet.worksheet import Worksheet
from shapely import LineString

from erdao_geo import Workspace
from erdao_geo.check import Ledger, check_target
from erdao_geo.cli import cli
from erdao_geo.definitions import EVIDENCES, STATUSES, Field, Layer, Plan, Source, Target
from erdao_geo.errors import StorageError, WorkspaceError
from erdao_geo.report import ENDINGS, LayerData, Report, compose
from erdao_geo.report.layout import sheet_names
from erdao_geo.report.workbook import to_xlsx
from hostile import HOSTILE
from small import EMPTY, LINES, ROOT, write_workspace
from test_hostile import FORMULA, folded, make_hostile

HEAD = {"Stated": "stated", "Net": "net", "Overlap": "overlap", "Done": "done", "Share": "share"}
HEAD |= {"Proven": "proven", "Reported": "reported"}
"""The ledger's columns in English, and the names of the JSON contract."""


def made(ending: str, folder: Path, *, workspace: Workspace | None = None, **options: str) -> bytes:
    path = (workspace or Workspace(ROOT)).report(folder / f"report{ending}", **options)
    return path.read_bytes()


def sheets(content: bytes) -> dict[str, Worksheet]:
    """Give the sheets that hold a table."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: sheet for sheet in book.worksheets if sheet.auto_filter.ref}


def heading(sheet: Worksheet) -> int:
    """Find the row of the heading: the one that the filter hangs on."""
    return int(re.search(r"\d+", sheet.auto_filter.ref)[0])


def records(sheet: Worksheet) -> list[dict[str, object]]:
    titles, *rows = sheet.iter_rows(min_row=heading(sheet), max_row=last_row(sheet))
    names = [cell.value for cell in titles]
    return [dict(zip(names, row, strict=True)) for row in rows]


def last_row(sheet: Worksheet) -> int:
    return int(re.search(r":[A-Z]+(\d+)", sheet.auto_filter.ref)[1])


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return made(".xlsx", tmp_path_factory.mktemp("book"), by="street_office", lang="en")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return json.loads(made(".json", tmp_path_factory.mktemp("said"), by="street_office"))


def test_the_json_holds_the_contract_of_check_as_it_is(said) -> None:
    asked = ["check", "--by", "month", "--json"]
    ledger = json.loads(CliRunner().invoke(cli, ["--workspace", str(ROOT), *asked]).stdout)
    assert {name: said[name] for name in ledger} == ledger


def test_the_workbook_has_the_doubles_of_the_json(book, said) -> None:
    rows = records(sheets(book)["Ledger"])
    for title, name in HEAD.items():
        assert [row[title].value for row in rows] == [row[name] for row in said["rows"]], name
    roads = records(sheets(book)["Roads"])
    for title, name in (("Measured (km)", "measured_km"), ("Gap", "gap")):
        found = [row[title].value for row in roads]
        assert found == [each[name] for each in said["layers"]["roads"]]
        assert sum(isinstance(value, float) for value in found) > 10


def test_a_gap_is_told_with_the_figures_of_the_layer_s_own_sheet(said) -> None:
    assert len(said["gaps"]) == 4
    for gap in said["gaps"]:
        stem, unit = ("roads", "km") if gap["unit"] == "km" else ("greening", "mu")
        [own] = [each for each in said["layers"][stem] if each["key"] == gap["key"]]
        for name, theirs in (("declared", f"declared_{unit}"), ("measured", f"measured_{unit}")):
            assert gap[name] == own[theirs]
        assert gap["gap"] == own["gap"] == pytest.approx(gap["measured"] / gap["declared"] - 1)


def test_amounts_are_shown_in_their_unit_s_decimals_and_dates_are_dates(book) -> None:
    rows = {row["Target"].value: row for row in records(sheets(book)["Ledger"])}
    for title, form in (("New road", "#,##0.000"), ("Land greened", "#,##0.00")):
        assert rows[title]["Net"].number_format == form
    assert rows["Roads under way"]["Net"].number_format == "#,##0"
    assert rows["New road"]["Share"].number_format.endswith("0.0%")
    assert rows["New road"]["Data as of"].value == dt.datetime(2022, 12, 31)
    assert rows["New road"]["Data as of"].is_date


def test_a_verdict_is_a_word_and_a_colour(book, said) -> None:
    rows = records(sheets(book)["Ledger"])
    words = {"met": "met", "shown": "shown", "short": "short", "not_started": "not started"}
    assert [row["Verdict"].value for row in rows] == [
        words.get(row["verdict"], "unmapped") for row in said["rows"]
    ]
    colours = {(row["Verdict"].value, row["Verdict"].fill.fgColor.rgb) for row in rows}
    assert len({colour for _, colour in colours}) == len(colours) >= 3


def test_every_sheet_is_set_up_to_be_read_and_printed(book) -> None:
    for sheet in sheets(book).values():
        head = heading(sheet)
        assert sheet.freeze_panes in (f"B{head + 1}", f"C{head + 1}")
        assert sheet.print_title_rows == f"${head}:${head}"
        setup = sheet.page_setup
        assert (setup.orientation, int(setup.paperSize), setup.fitToWidth) == ("landscape", 9, None)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddFooter.center.text == "Page &P of &N"


def test_the_ledger_s_sheet_has_a_bar_for_each_target(book) -> None:
    chart = zipfile.ZipFile(io.BytesIO(book)).read("xl/charts/chart1.xml").decode()
    sheet = sheets(book)["Ledger"]
    share = next(c.column_letter for c in sheet[heading(sheet)] if c.value == "Share")
    first, last = heading(sheet) + 1, last_row(sheet)
    assert 'barDir val="bar"' in chart
    assert f"Ledger!${share}${first}:${share}${last}" in chart
    assert f"Ledger!$A${first}:$A${last}" in chart
    assert "Done against stated" in chart


def test_all_words_of_a_report_are_in_its_language(tmp_path) -> None:
    for lang, other in (("en", "[\u4e00-\u9fff]"), ("zh", "^[a-z_?]+$")):
        for sheet in sheets(made(".xlsx", tmp_path / lang, lang=lang)).values():
            titles = [cell.value for cell in sheet[heading(sheet)]]
            assert not [title for title in titles if re.search(other, title)]


# Nothing runs, and every text is shown as written.


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give a workspace in which every text of the corpus stands wherever a text can."""
    texts = [*HOSTILE.values(), "<r><t>x</t></r>", "_x0041_"]
    return make_hostile(tmp_path_factory.mktemp("hostile") / "w", texts).workspace


def test_every_hostile_text_is_a_text_in_the_workbook(hostile, tmp_path) -> None:
    content = made(".xlsx", tmp_path, workspace=hostile, by="street_office")
    archive = zipfile.ZipFile(io.BytesIO(content))
    for name in archive.namelist():
        ElementTree.fromstring(archive.read(name))  # as XML it is sound
        assert b"<f>" not in archive.read(name) or name.startswith("xl/charts/")
        assert b"hyperlink" not in archive.read(name)
    names = [target.title for target in hostile.plan.targets]
    shown = [row["目标"].value for row in records(sheets(content)["台账"])]
    for text, found in zip(names, shown, strict=True):
        if len(text) <= 32_767:
            assert unescaped(found) == text
        else:
            assert text.startswith(found.partition("……（已截断")[0])
            assert f"全文 {len(text):,} 字" in found


def unescaped(found: str) -> str:
    """Read what a file of Excel's writes for letters that XML does not hold."""
    return re.sub(r"_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), found)


def test_every_hostile_text_is_led_by_an_apostrophe_in_the_csv_or_harmless(hostile, tmp_path):
    text = made(".csv", tmp_path, workspace=hostile).decode("utf-8-sig")
    _, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    for target, row in zip(hostile.plan.targets, rows, strict=True):
        assert row[0] == (f"'{target.title}" if FORMULA.match(target.title) else target.title)
        assert not any(FORMULA.match(cell) and not cell[1:].isdigit() for cell in row)


def test_every_hostile_text_is_plain_text_in_markdown(hostile, tmp_path) -> None:
    text = made(".md", tmp_path, workspace=hostile).decode()
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    kinds = {child.type for token in tokens for child in token.children or ()}
    assert kinds <= {"text", "text_special", "strong_open", "strong_close"}
    assert not {"html_block", "code_block", "fence"} & {token.type for token in tokens}
    cells = [
        "".join(child.content for child in token.children)
        for token in tokens
        if token.type == "inline"
    ]
    blank = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\\s]+")
    shown = {blank.sub(" ", cell).strip() for cell in cells}
    for target in hostile.plan.targets:
        assert blank.sub(" ", target.title).strip() in shown


@pytest.mark.browser
@pytest.mark.parametrize("is_long", [False, True])
def test_every_hostile_text_is_shown_and_nothing_runs_on_the_page(is_long, tmp_path, visit) -> None:
    texts = [text for text in HOSTILE.values() if (len(text) > 1000) == is_long]
    hostile = make_hostile(tmp_path / "w", texts).workspace
    hostile.report(tmp_path / "report.html", by="street_office")
    visited = visit(tmp_path / "report.html")
    shown = visited.page.locator("section:first-of-type tbody td:first-child").all_text_contents()
    targets = hostile.plan.targets
    assert list(map(folded, shown)) == [folded(target.title) for target in targets]
    assert visited.page.evaluate("window.pwned") is None
    assert (visited.complaints, visited.requests) == ([], [])


FIRST = "xl/worksheets/sheet1.xml"
FOOTER = ".//{http://schemas.openxmlformats.org/spreadsheetml/2006/main}oddFooter"


@pytest.mark.parametrize("title", ["&D&P &Z", "=1+1", "\x00\x1b", "R1C1", "长" * 40_000])
def test_no_title_breaks_the_workbook(title, report) -> None:
    named = replace(report, title=title, tables=(replace(report.tables[0], title=title),))
    content = to_xlsx(named)
    [sheet] = sheets(content).values()
    assert len(sheet.title) <= 31
    footer = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read(FIRST)).find(FOOTER)
    assert re.findall("&(.)", footer.text.replace("&&", "")) == [*"LCPNR"]  # left, center, page ...


@pytest.fixture(scope="module")
def report() -> Report:
    return composed(Workspace(ROOT))


def composed(workspace: Workspace, *, by: str | None = None) -> Report:
    layers = {
        stem: LayerData(workspace.layer(stem), workspace.features(stem), workspace.date(stem))
        for stem in workspace.plan.layers
    }
    return compose(workspace.check(), layers, lang="zh", by=by)


def test_sheet_names_are_legal_and_no_two_alike_whatever_the_titles() -> None:
    odd = ["", "'", "history", "HISTORY", "ß", "SS", "Ａ", "a", "A", "x" * 40, "x" * 41]
    odd += ["🚧" * 20, "🚧" * 21, "a'", "'a", "a" * 30 + "'b", "台账", "台账", "台账 (2)"]
    names = sheet_names([*odd, *HOSTILE.values()])
    assert all(0 < len(name.encode("utf-16-le")) <= 62 for name in names)
    assert not [name for name in names if re.search(r"[\[\]:*?/\\\x00-\x1f]", name)]
    assert not [name for name in names if name[0] == "'" or name[-1] == "'"]
    assert len({name.casefold() for name in names}) == len(names)
    assert "history" not in {name.casefold() for name in names}


# The ledger by the values of a field.


FIELDS = {name: Field(title=name) for name in ("id", "status", "evidence", "road", "office")}
WORKS = Layer(
    stem="works",
    title="w",
    geometry="LineString",
    key="id",
    source=Source(by="test", date=dt.date(2022, 1, 1)),
    fields=FIELDS | {"declared_length_km": Field(title="d", type="number")},
)
works = st.lists(
    st.tuples(
        st.sampled_from(STATUSES),
        st.sampled_from(EVIDENCES),
        st.sampled_from("ABC"),  # its road
        st.sampled_from(["东站", "八里堡", "=1", None]),  # its office
        st.integers(0, 5),  # where it lies: another may lie there, too
        st.floats(0.01, 9) | st.none(),
    ),
    max_size=9,
)


def ledger_of(found: list[tuple]) -> tuple[Ledger, dict[str, LayerData]]:
    """Check works against a target of each kind."""
    names = ("status", "evidence", "road", "office", "at", "declared_length_km")
    columns = {name: [row[at] for row in found] for at, name in enumerate(names)}
    columns["id"] = [f"k{number}" for number in range(len(found))]
    lines = [
        LineString([(125.4, 43.8 + at / 90), (125.4 + 1 / (at + 97), 43.81 + at / 90)])
        for at in columns.pop("at")
    ]
    features = gpd.GeoDataFrame(columns, geometry=lines, crs="EPSG:4326")
    wanted = {"title": "t", "clause": "c", "layer": "works", "value": Decimal(7)}
    targets = (
        Target(id="length", unit="km", **wanted),
        Target(id="works", unit="count", **wanted),
        Target(id="roads", unit="count", count_by="road", **wanted),
    )
    plan = Plan(title="p", adcode="1", year=2022, boundary="b", report="r", targets=targets)
    rows = tuple(check_target(target, WORKS, features) for target in targets)
    return Ledger(plan, rows), {"works": LayerData(WORKS, features, dt.date(2022, 1, 1))}


@settings(max_examples=60, deadline=None)
@given(works)
def test_what_the_values_have_adds_up_to_the_target_exactly(found) -> None:
    ledger, layers = ledger_of(found)
    table = compose(ledger, layers, lang="en", by="office").table("by")
    lines = [dict(zip([c.id for c in table.columns], row, strict=True)) for row in table.rows()]
    for row in ledger.rows:
        mine = [line for line in lines if line["target"].code == row.target.id]
        for name in ("net", "done", "proven", "reported"):
            assert sum((line[name].value for line in mine), Fraction(0)) == getattr(row, name)


def test_ground_drawn_twice_stands_under_the_office_that_it_counts_for() -> None:
    ledger, layers = ledger_of(
        [
            ("completed", "approximate", "A", "东站", 1, None),
            ("completed", "surveyed", "B", "八里堡", 1, None),
        ]
    )
    table = compose(ledger, layers, lang="en", by="office").table("by")
    lengths = [row for row in table.rows() if row[1].code == "length"]
    assert [(row[0].text, row[4].value) for row in lengths] == [("八里堡", ledger.rows[0].net)]


def test_a_road_of_two_offices_stands_under_neither_and_one_of_none_under_blank() -> None:
    ledger, layers = ledger_of(
        [
            ("completed", "surveyed", "A", "东站", 1, None),
            ("completed", "surveyed", "A", "八里堡", 2, None),
            ("planned", "surveyed", "B", None, 3, None),
        ]
    )
    table = compose(ledger, layers, lang="en", by="office").table("by")
    roads = [(row[0].text, float(row[4].value)) for row in table.rows() if row[1].code == "roads"]
    assert roads == [("(blank)", 1.0), ("(several)", 1.0)]


def test_a_layer_without_the_field_is_named_and_its_targets_stand_whole(tmp_path) -> None:
    told = json.loads(made(".json", tmp_path, by="road"))
    sums = {
        target: sum(line["net"] for line in lines)
        for target, lines in groupby(
            sorted(told["by"], key=lambda line: line["target"]), lambda line: line["target"]
        )
    }
    assert sums == pytest.approx({row["id"]: row["net"] for row in told["rows"]}, rel=1e-12)
    whole = {line["target"] for line in told["by"] if line["value"] == "(not split)"}
    assert whole == {row["id"] for row in told["rows"] if row["layer"] != "roads"}
    assert "图层没有此字段，不分列：棚户区改造" in made(".md", tmp_path, by="road").decode()


def test_a_field_that_no_layer_has_is_answered_with_those_there_are(tmp_path) -> None:
    with pytest.raises(WorkspaceError, match=r"a field 'nothing'; there are: .*street_office"):
        Workspace(ROOT).report(tmp_path / "r.md", by="nothing")
    assert list(tmp_path.iterdir()) == []


# Files.


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_workspace_gives_the_same_bytes(ending, tmp_path) -> None:
    assert made(ending, tmp_path / "a") == made(ending, tmp_path / "b")


def test_the_workbook_is_dated_by_its_data(book) -> None:
    archive = zipfile.ZipFile(io.BytesIO(book))
    assert {info.date_time[0] for info in archive.infolist()} == {1980}  # not the day of writing
    assert b">2022-12-31T00:00:00Z<" in archive.read("docProps/core.xml")


def test_the_csv_opens_in_excel_and_says_what_the_json_says(said, tmp_path) -> None:
    content = made(".csv", tmp_path, lang="en")
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\n") == content.count(b"\r\n") == len(said["rows"]) + 1
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    for title, name in HEAD.items():
        assert [float(line[title]) for line in lines] == [row[name] for row in said["rows"]]


def test_split_by_a_field_the_csv_holds_the_split(said, tmp_path) -> None:
    text = made(".csv", tmp_path, by="street_office", lang="en").decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [float(line["Net"]) for line in lines] == [line["net"] for line in said["by"]]
    assert lines[0]["Subdistrict"] == "示例街道一"


def test_an_empty_layer_and_a_plan_without_targets_give_a_report(tmp_path) -> None:
    plan = '[plan]\ntitle = "t"\nadcode = "1"\nyear = 2022\nboundary = "lines"\nreport = "r"\n'
    target = '[target.a]\ntitle = "a"\nclause = "c"\nlayer = "lines"\nvalue = 1\nunit = "km"\n'
    for name, text in (("bare", plan), ("empty", plan + target)):
        layers = {"lines": (LINES, EMPTY)}
        workspace = write_workspace(tmp_path / name, plan=text, layers=layers)
        for ending in ENDINGS:
            assert made(ending, tmp_path, workspace=workspace)


def test_a_layer_of_ten_thousand_fields_is_reported(tmp_path) -> None:
    ledger, layers = ledger_of([("completed", "surveyed", "A", "东站", 1, None)])
    many = {f"f{number}": Field(title=f"{number}") for number in range(10_000)}
    wide = layers["works"].features.assign(f7="x")
    layer = WORKS.model_copy(update={"fields": {**WORKS.fields, **many}})
    data = {"works": LayerData(layer, wide, dt.date(2022, 1, 1))}
    made_of = compose(ledger, data, lang="zh", by="f7")
    assert "x" in {cell.value for row in sheets(to_xlsx(made_of))["w"] for cell in row}


def test_what_one_sheet_does_not_hold_goes_on_in_the_next(report) -> None:
    roads = next(table for table in report.tables if table.id == "roads")
    split = sheets(to_xlsx(replace(report, tables=(roads,)), most_rows=10))
    assert list(split) == ["道路", "道路 (2)", "道路 (3)", "道路 (4)"]
    keys = [row["编号"].value for sheet in split.values() for row in records(sheet)]
    assert keys == list(roads.columns[0].cells)


# The command.


def run(*arguments: object):
    return CliRunner().invoke(cli, ["--workspace", str(ROOT), "report", *map(str, arguments)])


def test_a_file_that_is_there_is_kept_unless_it_may_be_overwritten(tmp_path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("mine", "utf-8")
    refused = run("-o", path)
    assert (refused.exit_code, refused.stdout, path.read_text("utf-8")) == (2, "", "mine")
    assert "--overwrite" in refused.stderr
    written = run("-o", path, "--overwrite", "--json")
    assert (written.exit_code, json.loads(written.stdout)["output"]) == (0, str(path))
    assert path.read_bytes() == made(".csv", tmp_path / "again")


def test_an_ending_that_no_format_has_is_answered_with_those_there_are(tmp_path) -> None:
    result = run("-o", tmp_path / "ledger.pdf")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "ends in '.pdf'; name a file that ends in one of: .xlsx, .md" in result.stderr
    with pytest.raises(StorageError):
        Workspace(ROOT).report(tmp_path / "ledger")


def test_libreoffice_opens_the_workbook_and_shows_the_same_figures(tmp_path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("no LibreOffice to open the workbook with; install it (soffice)")
    made(".xlsx", tmp_path, lang="en")
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(tmp_path / "report.xlsx")],
        capture_output=True,
        check=True,
        timeout=120,
    )
    shown = list(csv.reader(io.StringIO((tmp_path / "report.csv").read_text("utf-8"))))
    titles = next(row for row in shown if row[0] == "Target")
    row = dict(zip(titles, next(row for row in shown if row[0] == "New road"), strict=True))
    assert (row["Stated"], row["Net"], row["Unit"]) == ("18.800", "18.814", "km")
    assert (row["Share"], row["Verdict"], row["Data as of"]) == ("59.7%", "short", "2022-12-31")
