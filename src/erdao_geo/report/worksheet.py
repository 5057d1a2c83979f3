"""One sheet of a workbook: a table under its heading, set up to be read and printed."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.worksheet import Worksheet

from erdao_geo.report.layout import ROW, Formats, row_height, widths
from erdao_geo.report.tables import Cell, Quantity, Report, Share, Table, cell_text
from erdao_geo.words import period, word

MOST_TEXT = 32_767
"""UTF-16 units that a cell holds."""
FIRST_DAY = dt.date(1900, 3, 1)
"""Before it, Excel's days are off by one, or none."""
FROZEN = 2
"""Columns that stay in sight: what the row speaks of."""
FOOTER = 80
"""Characters of the plan's title in the footer; Excel takes 255 in all, each & doubled."""
A4 = 9
ON_ONE_PAGE, FEW = ("ledger", "method"), 30
"""What is printed on one page, and up to how many rows."""
_Attributes = Iterable[tuple[str, Any]]


class Sheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A sheet whose numbers keep all digits, and whose texts are never taken for XML."""

    def _xml_number_element(self, number: float, attributes: _Attributes = ()) -> None:
        """Write the shortest text that reads back as the double; XlsxWriter's is cut at 16."""
        said = "".join(f' {name}="{value}"' for name, value in attributes)
        self.fh.write(f"<c{said}><v>{float(number)!r}</v></c>")

    def _xml_rich_inline_string(self, string: str, attributes: _Attributes = ()) -> None:
        """Write as a plain text what XlsxWriter takes for markup of its own: `<r>...</r>`."""
        self._xml_inline_string(string, True, list(attributes))


@dataclass(frozen=True)
class Page:
    """A sheet that is being written, from the top down: what is above is gone."""

    sheet: Sheet
    table: Table
    report: Report
    formats: Formats

    def fill(self, rows: Iterable[tuple[Cell, ...]]) -> tuple[int, int]:
        """Write the table; give the row of its heading, and its last."""
        across = widths(self.table, self.report.lang)
        self.sheet.set_default_row(ROW)
        for number, width in enumerate(across):
            self.sheet.set_column(number, number, width)
        head = self.lead(across)
        self._heading(head, across)
        last = head
        for last, row in enumerate(rows, start=head + 1):
            self._row(last, row, across)
        if last == head:
            nothing = word("nothing", self.report.lang)
            self.sheet.write_string(head + 1, 0, nothing, self.formats["text"])
        self._set_up(head, max(last, head + 1), len(across) - 1)
        return head, last

    def lead(self, across: Sequence[float]) -> int:
        """Write what stands above the table; give the row after it."""
        report, table = self.report, self.table
        lines = [
            (f"{report.title} · {table.title}", "title"),
            (report.subtitle, "lead"),
            (report.banner, "banner"),
            (table.note, "lead"),
        ]
        said = [(text, style) for text, style in lines if text]
        for row, (text, style) in enumerate(said):
            self.sheet.set_row(row, 8 + row_height([(text, sum(across))]))
            if len(across) > 1:
                self.sheet.merge_range(row, 0, row, len(across) - 1, "", self.formats[style])
            self.sheet.write_string(row, 0, self._cut(text), self.formats[style])
        return len(said)

    def _heading(self, row: int, across: Sequence[float]) -> None:
        titles = [self._cut(column.title) for column in self.table.columns]
        self.sheet.set_row(row, 4 + row_height(zip(titles, across, strict=True)))
        for number, title in enumerate(titles):
            self.sheet.write_string(row, number, title, self.formats["head"])

    def _row(self, at: int, row: Sequence[Cell], across: Sequence[float]) -> None:
        texts: list[tuple[str, float]] = []
        for number, cell in enumerate(row):
            form = self.formats.of(self.table.columns[number], cell)
            match cell:
                case None:
                    self.sheet.write_blank(at, number, None, form)
                case Quantity() | Share():
                    self.sheet.write_number(at, number, float(cell.value), form)
                case dt.date() if cell >= FIRST_DAY:
                    self.sheet.write_datetime(at, number, _midnight(cell), self.formats["date"])
                case _:
                    text = self._cut(cell_text(cell, self.report.lang))
                    self.sheet.write_string(at, number, text, form)
                    texts.append((text, across[number]))
        height = row_height(texts)
        if height != ROW:
            self.sheet.set_row(at, height)

    def _cut(self, text: str) -> str:
        """Cut what is longer than a cell holds, and say so."""
        if 2 * len(text) <= MOST_TEXT:
            return text
        units = text.encode("utf-16-le")
        if len(units) <= 2 * MOST_TEXT:
            return text
        note = word("cut", self.report.lang).format(len(text))
        return units[: 2 * (MOST_TEXT - len(note))].decode("utf-16-le", "ignore") + note

    def _set_up(self, head: int, last: int, width: int) -> None:
        """Freeze the heading, filter by it, and print on A4, as wide as the page."""
        sheet = self.sheet
        sheet.freeze_panes(head + 1, min(FROZEN, width))
        sheet.autofilter(head, 0, last, width)
        self.set_up_print()
        is_one = self.table.id in ON_ONE_PAGE and len(self.table) <= FEW
        sheet.fit_to_pages(1, 1 if is_one else 0)
        sheet.repeat_rows(head)

    def set_up_print(self) -> None:
        """Print on A4, each page with what it is of."""
        sheet, report = self.sheet, self.report
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
        sheet.center_horizontally()
        title = plain(report.title)[:FOOTER].replace("&", "&&")
        dates = period(report.ledger.dates, report.lang)
        page = word("page_of", report.lang)
        sheet.set_footer(f"&L{title}&C{page}&R{word('as_of', report.lang)} {dates}")


def plain(text: str) -> str:
    """Leave out what no property or footer can hold."""
    letters = (" " if unicodedata.category(letter)[0] == "C" else letter for letter in text)
    return " ".join("".join(letters).split())


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())
