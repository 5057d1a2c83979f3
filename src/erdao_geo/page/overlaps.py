"""What a page shows of ground that is covered twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from erdao_geo.check import Row
from erdao_geo.definitions import Layer
from erdao_geo.overlap import Overlap
from erdao_geo.page.targets import MOST_NAMED, both
from erdao_geo.units import GROUND_UNITS, UNITS

MOST = 5000
"""Overlaps that a page names; of more, those that change a total, and the largest."""
FINE = 10
"""Metres or square metres below which a decimal is told."""


def overlaps_payload(
    rows: Sequence[Row], layers: Mapping[str, Layer]
) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Print each overlap that a target's ledger names, once; and by target, which are its own.

    Returns
    -------
    list of dict
        The overlaps, at most `MOST`: those that change a total first, then the largest.
    dict
        By target: how many it has, and the numbers of the first `MOST_NAMED` in the list.
    """
    found: dict[tuple[str, str, str], Overlap] = {}
    for row in rows:
        for overlap in row.overlaps:
            key = (row.target.layer, overlap.counted, overlap.other)
            if key not in found or overlap.changes:
                found[key] = overlap
    first = sorted(found.items(), key=lambda item: (not item[1].changes, -item[1].size, item[0]))
    told = dict(first[:MOST])
    numbers = {key: number for number, key in enumerate(told)}
    own = {row.target.id: _own(row, numbers) for row in rows}
    return [_told(stem, layers[stem], overlap) for (stem, *_), overlap in told.items()], own


def _own(row: Row, numbers: Mapping[tuple[str, str, str], int]) -> dict[str, Any]:
    keys = ((row.target.layer, overlap.counted, overlap.other) for overlap in row.overlaps)
    named = sorted(numbers[key] for key in keys if key in numbers)
    return {"count": len(row.overlaps), "named": named[:MOST_NAMED]}


def _told(stem: str, layer: Layer, overlap: Overlap) -> dict[str, Any]:
    unit = UNITS[GROUND_UNITS.get(layer.geometry, "m")]
    return {
        "layer": stem,
        "counted": overlap.counted,
        "other": overlap.other,
        "size": f"{overlap.size:,.{1 if overlap.size < FINE else 0}f}",
        "unit": both(unit.symbol_zh, unit.symbol),
        "reason": overlap.reason,
        "changes": overlap.changes,
        "sliver": overlap.sliver,
    }
