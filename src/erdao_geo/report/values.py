"""The ledger as other programs and people take it: JSON values, CSV text."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

from erdao_geo.check import Ledger, Row
from erdao_geo.schedule import expected_on, is_behind
from erdao_geo.units import UNITS

METHODS = {
    "length": "geodesic length on the CGCS2000 ellipsoid; a stretch that is drawn twice, within "
    "the layer's tolerance, counts once",
    "area": "geodesic area of the union, on the CGCS2000 ellipsoid: ground that areas share "
    "counts once",
    "count": "features counted; a line or an area drawn again as a whole counts once",
}
"""How a number was got, by what it measures."""


_FORMULA = re.compile(r"[\s\0-\x1f\ufeff]*[=+\-@\t\r\n＝＋－＠]")
"""What a spreadsheet takes for the start of a formula; a Chinese one, in full width as well."""
LONGEST_LIST = 5000
"""The rows of a table that a page or a Markdown file lists; a workbook lists all."""


def as_dict(ledger: Ledger) -> dict[str, Any]:
    """Give the ledger as plain values: full doubles, the names of the JSON contract.

    Each row has the date of its own layer; the ledger's `as_of` is the oldest of them. A ledger of
    the past begins with what was asked for; what follows is what was given then.
    """
    return {
        **({"asked": ledger.asked.as_dict()} if ledger.asked else {}),
        "plan": {
            "title": ledger.plan.title,
            "title_en": ledger.plan.title_en,
            "adcode": ledger.plan.adcode,
            "year": ledger.plan.year,
            "report": ledger.plan.report,
        },
        "as_of": _day(ledger.as_of),
        "rows": [_row_as_dict(row) for row in ledger.rows],
    }


def _row_as_dict(row: Row) -> dict[str, Any]:
    target = row.target
    kind = UNITS[target.unit].measure
    expected = None if row.as_of is None else expected_on(target, row.as_of)
    return {
        "id": target.id,
        "title": target.title,
        "title_en": target.title_en,
        "clause": target.clause,
        "section": target.section,
        "layer": target.layer,
        "as_of": _day(row.as_of),
        "measure": kind,
        "unit": target.unit,
        "bound": target.bound,
        "stated": float(row.stated),
        "gross": float(row.gross),
        "net": float(row.net),
        "overlap": float(row.overlap),
        "done": float(row.done),
        "proven": float(row.proven),
        "reported": float(row.reported),
        "claimed": float(row.claimed),
        "remaining": float(row.remaining),
        "share": float(row.share),
        "by_status": {name: float(value) for name, value in row.by_status.items()},
        "by_evidence": {name: float(value) for name, value in row.by_evidence.items()},
        "done_by_evidence": {name: float(v) for name, v in row.done_by_evidence.items()},
        "features": list(row.features),
        "done_features": list(row.done_features),
        "unlocated": list(row.unlocated),
        "overlaps": [
            {
                "counted": overlap.counted,
                "other": overlap.other,
                "size_si": overlap.size,
                "reason": overlap.reason,
                "changes": overlap.changes,
                "sliver": overlap.sliver,
            }
            for overlap in row.overlaps
        ],
        "gaps": [
            {"key": gap.key, "declared_si": gap.declared, "measured_si": gap.measured}
            for gap in row.gaps
        ],
        "starts_on": _day(target.starts_on),
        "due_on": _day(target.due_on),
        "expected": None if expected is None else float(expected),
        "behind": is_behind(row, row.as_of),
        "overdue": [
            {"key": late.key, "name": late.name, "due_on": _day(late.due_on), "days": late.days}
            for late in row.overdue
        ],
        "verdict": row.verdict,
        "method": METHODS[kind],
        "note": target.note,
        "note_en": target.note_en,
    }


def as_csv(ledger: Ledger) -> str:
    """Give the ledger as CSV: a line a target, lists joined by `; `, splits as `name=value`.

    A text that a spreadsheet would run as a formula is led by an apostrophe.
    """
    rows = [
        {"as_of": row["as_of"], **{name: _cell(value) for name, value in row.items()}}
        for row in as_dict(ledger)["rows"]
    ]
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def _day(date: dt.date | None) -> str | None:
    return date.isoformat() if date else None


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return "; ".join(f"{name}={number!r}" for name, number in value.items())
    if isinstance(value, list):
        return _cell("; ".join(_item(item) for item in value))
    return guarded(value) if isinstance(value, str) else value


def guarded(text: str) -> str:
    """Lead by an apostrophe what a spreadsheet would run as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _item(item: Any) -> str:
    """Name an overlap by its two keys, other things by their key; else it is its own name."""
    if not isinstance(item, dict):
        return str(item)
    if "due_on" in item:
        return f"{item['key']}: due {item['due_on']}"
    if "counted" in item:
        return f"{item['counted']}~{item['other']}"
    return f"{item['key']}: {item['declared_si']!r} declared, {item['measured_si']!r} measured"
