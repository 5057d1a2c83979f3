"""A report as an Excel workbook: a sheet for each section, ready to be printed and signed.

Every text is written as text, whatever it begins with; every amount is the full double of the JSON,
shown with its unit's decimals. The same report gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from erdao_geo.definitions import Lang
from erdao_geo.report.layout import FONT, Formats, line_count, sheet_names, widths
from erdao_geo.report.tables import Cell, Quantity, Report, Share, Table, cell_text
from erdao_geo.words import period, word

MOST_ROWS = 1_000_000
"""The rows of a section on one sheet; Excel has 1,048,576. More go on in further sheets."""
MOST_TEXT = 32_767
"""UTF-16 units that a cell holds."""
FIRST_DAY = dt.date(1900, 3, 1)
"""Before it, Excel's days are off by one, or none."""
FROZEN = 2
"""Columns that stay in sight: what the row speaks of."""
MOST_PROPERTY = 255
"""Characters of a property of the file."""
FOOTER = 80
"""Characters of the plan's title in the footer; Excel takes 255 in all, each & doubled."""
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_format_properties": {"font_name": FONT, "font_size": 10},
}


class _Sheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A sheet whose numbers keep all digits, and whose texts are never taken for XML."""

    def _xml_number_element(
        self, number: float, attributes: Sequence[tuple[str, Any]] = ()
    ) -> None:
        """Write the shortest text that reads back as the double; XlsxWriter's is cut at 16."""
        said = "".join(f' {name}="{value}"' for name, value in attributes)
        self.fh.write(f"<c{said}><v>{float(number)!r}</v></c>")

    def _xml_rich_inline_string(
        self, string: str, attributes: Sequence[tuple[str, Any]] = ()
    ) -> None:
        """Write as a plain text what XlsxWriter takes for markup of its own: `<r>...</r>`."""
        self._xml_inline_string(string, True, attributes)


def to_xlsx(report: Report, *, most_rows: int = MOST_ROWS) -> bytes:
    """Give the workbook.

    Parameters
    ----------
    report
        What it says.
    most_rows
        The rows of a section on one sheet.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as workbook:
        workbook.set_properties({"title": _clean(report.title), "created": _created(report)})
        formats = Formats(workbook)
        parts = [(table, start) for table in report.tables for start in _starts(table, most_rows)]
        names = sheet_names(table.title for table, _ in parts)
        for name, (table, start) in zip(names, parts, strict=True):
            sheet = workbook.add_worksheet(name, worksheet_class=_Sheet)
            rows = islice(table.rows(), start, start + most_rows)
            head, last = _fill(sheet, table, rows, report, formats)
            if table.id == "ledger" and last > head:
                _chart(workbook, sheet, table, report, (head + 1, last))
    return file.getvalue()


def _starts(table: Table, most_rows: int) -> range:
    """Tell with which row each sheet of a table begins; an empty one has a sheet as well."""
    return range(0, max(1, len(table)), most_rows)


def _created(report: Report) -> dt.datetime:
    """Date the workbook by its data, so that the same report gives the same bytes."""
    day = report.ledger.as_of or FIRST_DAY
    return dt.datetime.combine(day, dt.time())


def _fill(
    sheet: Worksheet,
    table: Table,
    rows: Iterable[tuple[Cell, ...]],
    report: Report,
    formats: Formats,
) -> tuple[int, int]:
    """Write a table; give the rows of its heading and of its end."""
    across = widths(table, report.lang)
    for number, width in enumerate(across):
        sheet.set_column(number, number, width)
    head = _lead(sheet, table, report, formats, across)
    for number, column in enumerate(table.columns):
        sheet.write_string(head, number, _cut(column.title, report.lang), formats["head"])
    last = head
    for last, row in enumerate(rows, start=head + 1):
        for number, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            _write(
                sheet, (last, number), cell, report.lang, formats.of(column, cell), formats["date"]
            )
    _set_up(sheet, report, (head, max(last, head + 1), len(across) - 1))
    return head, last


def _lead(
    sheet: Worksheet, table: Table, report: Report, formats: Formats, across: Sequence[float]
) -> int:
    """Write what stands above the table; give the row of its heading."""
    lines = [
        (f"{report.title} · {table.title}", "title"),
        (report.subtitle, "lead"),
        (report.banner, "banner"),
        (table.note, "lead"),
    ]
    lines = [(text, style) for text, style in lines if text]
    for row, (text, style) in enumerate(lines):
        height = 22 if style == "title" else 6 + 15 * min(20, line_count(text, sum(across)))
        sheet.set_row(row, height)
        if len(across) > 1:
            sheet.merge_range(row, 0, row, len(across) - 1, "", formats[style])
        sheet.write_string(row, 0, _cut(text, report.lang), formats[style])
    return len(lines)


def _write(
    sheet: Worksheet, at: tuple[int, int], cell: Cell, lang: Lang, form: Any, date: Any
) -> None:
    match cell:
        case None:
            sheet.write_blank(*at, None, form)
        case Quantity() | Share():
            sheet.write_number(*at, float(cell.value), form)
        case dt.date() if cell >= FIRST_DAY:
            sheet.write_datetime(*at, dt.datetime.combine(cell, dt.time()), date)
        case _:
            sheet.write_string(*at, _cut(cell_text(cell, lang), lang), form)


def _cut(text: str, lang: Lang) -> str:
    """Cut what is longer than a cell holds, and say so."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MOST_TEXT:
        return text
    note = word("cut", lang).format(len(text))
    kept = units[: 2 * (MOST_TEXT - len(note))]
    return kept.decode("utf-16-le", "ignore") + note


def _set_up(sheet: Worksheet, report: Report, extent: tuple[int, int, int]) -> None:
    """Freeze the heading, filter by it, and set a sheet up for A4."""
    head, last, width = extent
    sheet.freeze_panes(head + 1, min(FROZEN, width))
    sheet.autofilter(head, 0, last, width)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    title = _clean(report.title)[:FOOTER].replace("&", "&&")
    dates = period(report.ledger.dates, report.lang)
    page = word("page_of", report.lang)
    sheet.set_footer(f"&L{title}&C{page}&R{word('as_of', report.lang)} {dates}")


def _clean(text: str) -> str:
    """Leave out what no property or footer can hold."""
    letters = (" " if unicodedata.category(letter)[0] == "C" else letter for letter in text)
    return " ".join("".join(letters).split())[:MOST_PROPERTY]


def _chart(
    workbook: Any, sheet: Worksheet, table: Table, report: Report, extent: tuple[int, int]
) -> None:
    """Draw below the ledger how much of each target is done."""
    first, last = extent
    column = [column.id for column in table.columns].index("share")
    chart = workbook.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": word("share", report.lang),
            "categories": [sheet.name, first, 0, last, 0],
            "values": [sheet.name, first, column, last, column],
            "fill": {"color": "#14588f"},
            "gap": 60,
            "data_labels": {"value": True, "num_format": "0%"},
        }
    )
    chart.set_title({"name": word("progress", report.lang), "name_font": {"size": 12}})
    chart.set_y_axis({"reverse": True, "crossing": "max"})
    chart.set_x_axis({"num_format": "0%", "min": 0, "name": word("share", report.lang)})
    chart.set_legend({"none": True})
    chart.set_size({"width": 1000, "height": 110 + 26 * (last - first + 1)})
    sheet.insert_chart(last + 2, 0, chart)
