"""A report as an Excel workbook: a sheet for each section, ready to be printed and signed.

Every text is written as text, whatever it begins with; every amount is the full double of the JSON,
shown with its unit's decimals. The same report gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from itertools import islice

import xlsxwriter

from erdao_geo.report.charts import charts_table, fill_with_charts, share_chart
from erdao_geo.report.layout import FONT, Formats, sheet_names
from erdao_geo.report.tables import Report, Table
from erdao_geo.report.worksheet import FIRST_DAY, Page, Sheet, plain

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
        parts = list(_parts(report, most_rows))
        names = sheet_names(table.title for table, _ in parts)
        before = ("", range(0))
        for name, (table, start) in zip(names, parts, strict=True):
            sheet = workbook.add_worksheet(name, worksheet_class=Sheet)
            page = Page(sheet, table, report, formats)
            if not table.columns:
                fill_with_charts(workbook, page, *before)
                continue
            head, last = page.fill(islice(table.rows(), start, start + most_rows))
            before = (name, range(head + 1, last + 1))
            if table.id == "ledger" and not table.is_layer and last > head:
                sheet.insert_chart(last + 2, 0, share_chart(workbook, page, *before))
    return file.getvalue()


def _parts(report: Report, most_rows: int) -> Iterator[tuple[Table, int]]:
    """Give what stands on each sheet: a table, and with which of its rows it begins.

    An empty table has a sheet as well. The charts of the months come after their table, where that
    is on one sheet.
    """
    for table in report.tables:
        for start in range(0, max(1, len(table)), most_rows):
            yield table, start
        if table.id == "months" and not table.is_layer and 0 < len(table) <= most_rows:
            yield charts_table(report), 0


def _created(report: Report) -> dt.datetime:
    """Date the workbook by its data, so that the same report gives the same bytes."""
    return dt.datetime.combine(report.ledger.as_of or FIRST_DAY, dt.time())
