"""The ledger by month, as other programs take it: JSON values, CSV text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from erdao_geo.check import Ledger
from erdao_geo.report import values
from erdao_geo.schedule import Point, Schedule


def as_dict(ledger: Ledger, schedules: Sequence[Schedule]) -> dict[str, Any]:
    """Give the ledger as plain values, each row with its `months`; see `values.as_dict`."""
    whole = values.as_dict(ledger)
    rows = zip(whole["rows"], schedules, strict=True)
    return {**whole, "rows": [{**row, "months": _months(schedule)} for row, schedule in rows]}


def as_csv(schedules: Sequence[Schedule]) -> str:
    """Give the months as CSV, a line for each target and month.

    A text that a spreadsheet would run as a formula is led by an apostrophe.
    """
    text = io.StringIO()
    names = ["id", "title", "unit", "stated", "month", "day", "done", "expected", "share", "behind"]
    writer = csv.DictWriter(text, fieldnames=names, lineterminator="\n")
    writer.writeheader()
    for schedule in schedules:
        target = schedule.row.target
        same = {
            "id": values.guarded(target.id),
            "title": values.guarded(target.title),
            "unit": target.unit,
            "stated": float(schedule.row.stated),
        }
        writer.writerows({**same, **month} for month in _months(schedule))
    return text.getvalue()


def _months(schedule: Schedule) -> list[dict[str, Any]]:
    return [_month(point, schedule.row.stated) for point in schedule.points]


def _month(point: Point, stated: Fraction) -> dict[str, Any]:
    return {
        "month": point.month,
        "day": point.day.isoformat(),
        "done": None if point.done is None else float(point.done),
        "expected": None if point.expected is None else float(point.expected),
        "share": None if point.done is None else float(point.done / stated),
        "behind": point.behind,
    }
