"""A report as an Excel workbook: a sheet for each section, ready to be printed and signed.

Every text is written as text, whatever it begins with; every amount is the full double of the JSON,
shown with its unit's decimals. The same report gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
from itertools import islice
from typing import Any

import xlsxwriter

from erdao_geo.report.layout import FONT, SHARE_FORMAT, Formats, sheet_names, widths
from erdao_geo.report.tables import Report, Table
from erdao_geo.report.worksheet import FIRST_DAY, Page, Sheet, plain
from erdao_geo.words import word

MOST_ROWS = 1_000_000
"""The rows of a section on one sheet; Excel has 1,048,576. More go on in further sheets."""
MOST_PROPERTY = 255
"""Characters of a property of the file."""
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_format_properties": {"font_name": FONT, "font_size": 10},
}


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
        title = plain(report.title)[:MOST_PROPERTY]
        workbook.set_properties({"title": title, "created": _created(report)})
        formats = Formats(workbook)
        parts = [(table, start) for table in report.tables for start in _starts(table, most_rows)]
        names = sheet_names(table.title for table, _ in parts)
        for name, (table, start) in zip(names, parts, strict=True):
            sheet = workbook.add_worksheet(name, worksheet_class=Sheet)
            rows = islice(table.rows(), start, start + most_rows)
            head, last = Page(sheet, table, report, formats).fill(rows)
            if table.id == "ledger" and not table.is_layer and last > head:
                chart = _chart(workbook, table, report, name, head + 1, last)
                sheet.insert_chart(last + 2, 0, chart)
    return file.getvalue()


def _starts(table: Table, most_rows: int) -> range:
    """Tell with which row each sheet of a table begins; an empty one has a sheet as well."""
    return range(0, max(1, len(table)), most_rows)


def _created(report: Report) -> dt.datetime:
    """Date the workbook by its data, so that the same report gives the same bytes."""
    return dt.datetime.combine(report.ledger.as_of or FIRST_DAY, dt.time())


def _chart(workbook: Any, table: Table, report: Report, name: str, first: int, last: int) -> Any:
    """Draw how much of each target is done."""
    column = [column.id for column in table.columns].index("share")
    share = word("share", report.lang)
    chart = workbook.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": share,
            "categories": [name, first, 0, last, 0],
            "values": [name, first, column, last, column],
            "fill": {"color": "#14588f"},
            "gap": 60,
            "data_labels": {"value": True, "num_format": SHARE_FORMAT},
        }
    )
    chart.set_title({"name": word("progress", report.lang), "name_font": {"size": 12}})
    lines = {"visible": True, "line": {"color": "#d9dfe6", "width": 0.75}}
    chart.set_x_axis({"name": share, "num_format": "0%", "min": 0, "major_gridlines": lines})
    chart.set_y_axis({"reverse": True, "crossing": "max"})  # in the ledger's order, from the top
    chart.set_legend({"none": True})
    wide = sum(7 * width + 5 for width in widths(table, report.lang))
    chart.set_size({"width": wide - 4, "height": 110 + 24 * (last - first + 1)})
    return chart
