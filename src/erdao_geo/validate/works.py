"""The rules of a work's evidence and of its dates, which must agree with its status."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from erdao_geo.validate.fields import is_date
from erdao_geo.validate.rows import Fault, Rows, plain, shown


def check_evidence(rows: Rows) -> Iterator[Fault]:
    """Find places without evidence, and evidence without a place."""
    absent = shapely.is_missing(rows.geometries)
    absent[list(rows.unreadable)] = False  # it is there; what it is worth, nobody knows
    evidence = rows.objects("evidence")
    unplaced = evidence == "none"
    for row in np.flatnonzero(absent & ~unplaced & (evidence != None)).tolist():  # noqa: E711
        yield rows.problem(
            row,
            "evidence",
            f"has no geometry, yet its evidence is {shown(evidence[row])}, not 'none'",
        )
    for row in np.flatnonzero(~absent & unplaced).tolist():
        yield rows.problem(row, "evidence", "has a geometry, yet its evidence is 'none'")


def check_dates(rows: Rows) -> Iterator[Fault]:
    """Find dates that contradict each other or the status; to be late is no fault."""
    if not rows.layer.has_status:
        return
    columns = [rows.values(name) for name in ("status", "started_on", "completed_on", "due_on")]
    if all(column.count(None) == len(column) for column in columns[1:3]):
        return
    for row, dates in enumerate(zip(*columns, strict=True)):
        for message in _contradictions(*dates):
            yield rows.problem(row, "dates", message)


def _contradictions(status: Any, started: Any, completed: Any, due: Any) -> Iterator[str]:
    if started is None and completed is None:
        return
    if is_date(started):
        if is_date(completed) and completed < started:
            yield f"was completed on {completed}, before {started}"
        if is_date(due) and due < started:
            yield f"was due on {due}, before it started on {started}"
    if completed is not None and status in ("planned", "under_construction"):
        yield f"is {status}, yet completed on {plain(completed)}"
    if started is not None and status == "planned":
        yield f"is planned, yet started on {plain(started)}"
