"""What a page shows of the targets: every figure computed and printed here, none in the browser."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from erdao_geo.check import Row
from erdao_geo.definitions import Lang
from erdao_geo.units import UNITS, from_si
from erdao_geo.words import number, percent, stated

LANGS: tuple[Lang, ...] = ("zh", "en")

MOST_NAMED = 200
"""Features of one kind that a target names in a page; beyond it, how many more there are."""


def both(title: str, title_en: str) -> dict[Lang, str]:
    """Give a title in both languages; without an English one, the Chinese stands for it."""
    return {"zh": title, "en": title_en or title}


def target_payload(row: Row, earlier: list[tuple[int, Row]], keys: Sequence[str]) -> dict[str, Any]:
    """Give a target as the page shows it: today, and at the end of each earlier month.

    Parameters
    ----------
    row
        Today's row.
    earlier
        As `months.earlier_rows` gives them.
    keys
        Those of the layer's features, in the order in which the page has them.

    Returns
    -------
    dict
        Values that JSON can hold.
    """
    target = row.target
    unit = UNITS[target.unit]
    return {
        "id": target.id,
        "title": both(target.title, target.title_en),
        "clause": target.clause,
        "note": both(target.note, target.note_en),
        "layer": target.layer,
        "stated": {lang: stated(target, lang) for lang in LANGS},
        "unit": {"zh": unit.symbol_zh, "en": unit.symbol},
        "figures": _figures(row),
        "earlier": _earlier(earlier),
        "overlap": number(row.overlap, target.unit) if row.overlap else None,
        "gaps": _gaps(row, keys),
        "features": _spans(keys, set(row.features)),
        "unlocated": len(row.unlocated),
        "asOf": row.as_of.isoformat() if row.as_of else None,
    }


def _spans(keys: Sequence[str], chosen: Collection[str]) -> list[tuple[int, int]]:
    """Name some features by their numbers: the first of each row of them, and how many follow it.

    Examples
    --------
    >>> _spans(["a", "b", "c", "d"], {"a", "c", "d"})
    [(0, 1), (2, 2)]
    """
    inside = np.fromiter((key in chosen for key in keys), dtype=np.int8, count=len(keys))
    steps = np.diff(inside, prepend=0, append=0)
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return list(zip(starts.tolist(), (ends - starts).tolist(), strict=True))


def numbers_of(keys: Sequence[str], named: Collection[str]) -> dict[str, int]:
    """Give the numbers of the named features, by key."""
    return {key: number for number, key in enumerate(keys) if key in named} if named else {}


def _gaps(row: Row, keys: Sequence[str]) -> dict[str, Any]:
    """Print the widest gaps between what is declared and what was measured."""
    told, unit = row.gaps[:MOST_NAMED], row.target.unit
    numbers = numbers_of(keys, {gap.key for gap in told})
    return {
        "count": len(row.gaps),
        "named": [
            {
                "feature": numbers[gap.key],
                "key": gap.key,
                "declared": number(from_si(gap.declared, unit), unit),
                "measured": number(from_si(gap.measured, unit), unit),
                "share": f"{gap.share:+.1%}",
            }
            for gap in told
        ],
    }


def _figures(row: Row) -> dict[str, Any]:
    """Print what changes with the month: without the unit, which does not."""

    def said(value: Fraction) -> str:
        return number(value, row.target.unit)

    def split(by: Mapping[str, Fraction]) -> dict[str, str]:
        return {name: said(value) for name, value in by.items()}

    return {
        "net": said(row.net),
        "done": said(row.done),
        "proven": said(row.proven),
        "reported": said(row.reported),
        "claimed": said(row.claimed),
        "share": percent(row.share),
        "doneBar": round(min(1.0, float(row.share)), 4),
        "provenBar": round(min(1.0, float(row.proven / row.stated)), 4),
        "byStatus": split(row.by_status),
        "byEvidence": split(row.by_evidence),
        "doneByEvidence": split(row.done_by_evidence),
        "verdict": row.verdict,
    }


def _earlier(rows: list[tuple[int, Row]]) -> list[dict[str, Any]]:
    """Print the rows of months; one that reads like the one before it is left out."""
    told: list[dict[str, Any]] = []
    for month, row in rows:
        figures = _figures(row)
        if not told or told[-1]["row"] != figures:
            told.append({"from": month, "row": figures})
    return told
