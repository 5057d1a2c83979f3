"""A report for programs: JSON, and CSV that Excel opens as it is."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from erdao_geo.report.monthly import as_dict
from erdao_geo.report.tables import Cell, Code, Report, Table, cell_text, cell_value
from erdao_geo.report.values import guarded


def to_json(report: Report) -> bytes:
    """Give the JSON contract of `check --by month`, and each further section by its name."""
    sections: dict[str, Any] = {
        table.id: _records(table)
        for table in report.tables
        if table.id != "ledger" and not table.is_layer
    }
    layers = {table.id: _records(table) for table in report.tables if table.is_layer}
    ledger = as_dict(report.ledger, report.schedules)
    said = {**ledger, "banner": report.banner, **sections, "layers": layers}
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def _records(table: Table) -> list[dict[str, Any]]:
    names = [column.id for column in table.columns]
    return [dict(zip(names, map(cell_value, row), strict=True)) for row in table.rows()]


def to_csv(report: Report) -> bytes:
    """Give the ledger, or the ledger by value, with the mark by which Excel knows UTF-8.

    Amounts are full doubles; a text that a spreadsheet would run as a formula is led by an
    apostrophe.
    """
    table = report.table(report.main)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(guarded(column.title) for column in table.columns)
    writer.writerows([_plain(cell, report) for cell in row] for row in table.rows())
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: Cell, report: Report) -> str:
    """Give an amount as it is, and anything else as people read it."""
    if cell is None or isinstance(cell, str | Code):
        return guarded(cell_text(cell, report.lang))
    return str(cell_value(cell)).removesuffix(".0")
