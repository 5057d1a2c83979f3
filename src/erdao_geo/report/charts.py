"""The charts of a workbook: how much of each target is done, and how it came along by month."""

from __future__ import annotations

from math import ceil
from typing import Any

from erdao_geo.definitions import Lang
from erdao_geo.report.layout import ROW, SHARE_FORMAT, widths
from erdao_geo.report.ledger import unit_cell
from erdao_geo.report.schedule import with_line
from erdao_geo.report.tables import Report, Table
from erdao_geo.report.worksheet import Page, plain
from erdao_geo.schedule import Schedule
from erdao_geo.words import titled, word

ACROSS, COLUMNS, BAND = 3, 5, 8
"""Charts side by side, and the columns and rows that one takes."""
WIDE = 9.0
"""Of a column, in the widths of a digit. A program takes the pixels of that from the font there is,
and a chart stretches with its columns."""
SIZE = {"width": COLUMNS * 68 - 10, "height": BAND * 24 - 6}
BANDS, SCALE = 4, 75
"""Of charts on a printed page, and its scale in per cent, which leaves some room."""
MOST_TITLE = 50
LABELS = 4
"""Months that are named below a chart, about."""
DONE, LINE, GRID = "#14588f", "#6b7785", "#d9dfe6"
SMALL = {"size": 8}
STEPS = 4
"""Of the scale of what is counted, about."""
_PAINT = {"fill": {"color": DONE}, "border": {"color": DONE}}
_DONE = {
    "line": {"color": DONE, "width": 2.25},
    "marker": {"type": "circle", "size": 5, **_PAINT},
}
_LINE = {"line": {"color": LINE, "width": 1.5, "dash_type": "dash"}}


def share_chart(workbook: Any, page: Page, name: str, rows: range) -> Any:
    """Draw how much of each target is done, by the rows of the ledger on the sheet `name`."""
    table, report = page.table, page.report
    column = [column.id for column in table.columns].index("share")
    share = word("share", report.lang)
    chart = workbook.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": share,
            "categories": [name, rows[0], 0, rows[-1], 0],
            "values": [name, rows[0], column, rows[-1], column],
            "fill": {"color": DONE},
            "gap": 60,
            "data_labels": {"value": True, "num_format": SHARE_FORMAT},
        }
    )
    chart.set_title({"name": word("progress", report.lang), "name_font": {"size": 12}})
    lines = {"visible": True, "line": {"color": GRID, "width": 0.75}}
    chart.set_x_axis({"name": share, "num_format": "0%", "min": 0, "major_gridlines": lines})
    chart.set_y_axis({"reverse": True, "crossing": "max"})  # in the ledger's order, from the top
    chart.set_legend({"none": True})
    wide = sum(7 * width + 5 for width in widths(table, report.lang))
    chart.set_size({"width": wide - 4, "height": 110 + 24 * len(rows)})
    return chart


def charts_table(report: Report) -> Table:
    """Give the head of the sheet of charts; it has no rows."""
    return Table("charts", word("charts", report.lang), (), word("charts?", report.lang))


def fill_with_charts(workbook: Any, page: Page, name: str, rows: range) -> None:
    """Draw a chart for each target, by the rows of the months' table on the sheet `name`."""
    page.sheet.set_column(0, ACROSS * COLUMNS - 1, WIDE)
    page.sheet.set_default_row(ROW)
    top, first, breaks = page.lead([WIDE] * ACROSS * COLUMNS), rows[0], []
    for number, schedule in enumerate(with_line(page.report.schedules)):
        band, across = divmod(number, ACROSS)
        at = top + band * BAND
        if band and not band % BANDS and not across:
            breaks.append(at)
        own = range(first, first + len(schedule.points))
        chart = _months_chart(workbook, schedule, page.report, name, own)
        page.sheet.insert_chart(at, across * COLUMNS, chart, {"x_offset": 5, "y_offset": 3})
        first = own.stop
    page.set_up_print()
    page.sheet.set_print_scale(SCALE)
    page.sheet.set_h_pagebreaks(breaks)


def _months_chart(workbook: Any, schedule: Schedule, report: Report, name: str, rows: range) -> Any:
    """Draw what was done of a target beside its line."""
    table = report.table("months")
    columns = [column.id for column in table.columns]

    def cells(id_: str) -> list[Any]:
        column = columns.index(id_)
        return [name, rows[0], column, rows[-1], column]

    chart = workbook.add_chart({"type": "line"})
    for id_, look in (("expected", _LINE), ("done", _DONE)):
        title = table.columns[columns.index(id_)].title
        chart.add_series({"name": title, "categories": cells("day"), "values": cells(id_), **look})
    chart.set_title({"name": _title(schedule, report.lang), "name_font": {"size": 10}})
    chart.set_legend({"none": True})
    every = {"major_unit": ceil(len(rows) / LABELS), "major_unit_type": "months"}
    shown = {"date_axis": True, "num_format": "yyyy-mm", "num_font": SMALL, **every}
    chart.set_x_axis({**shown, "line": {"color": GRID}})
    chart.set_y_axis(_height_axis(schedule))
    chart.set_size(SIZE)
    return chart


def _title(schedule: Schedule, lang: Lang) -> str:
    """Name the target, its unit, and whether it is behind.

    XlsxWriter takes `A!B1` for a place to read the title from, so there is no such mark in it.
    """
    target = schedule.row.target
    name = plain(titled(target, lang)).replace("!", "！")
    short = name if len(name) <= MOST_TITLE else f"{name[:MOST_TITLE]}…"
    unit = unit_cell(target.unit, lang).text
    parts = [f"{short} ({unit})" if unit else short]
    return " · ".join([*parts, word("behind", lang)] if schedule.behind else parts)


def _height_axis(schedule: Schedule) -> dict[str, Any]:
    """Scale from nothing; things are counted in whole numbers."""
    lines = {"visible": True, "line": {"color": GRID, "width": 0.75}}
    axis = {"min": 0, "num_font": SMALL, "num_format": "General", "major_gridlines": lines}
    if schedule.row.target.unit != "count":
        return axis
    most = max(schedule.row.stated, *(point.done or 0 for point in schedule.points))
    return {**axis, "major_unit": ceil(most / STEPS)}
