"""What an official asks after: what overlaps, what was declared otherwise, what has no place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from erdao_geo.check import Ledger, Row
from erdao_geo.definitions import Lang
from erdao_geo.overlap import Overlap
from erdao_geo.report.layers import LayerData, target_cells
from erdao_geo.report.ledger import columns_of, target_cell, unit_cell
from erdao_geo.report.tables import Cell, Code, Quantity, Table
from erdao_geo.units import GROUND_UNITS, SIZE_UNITS
from erdao_geo.words import word


def overlaps_table(ledger: Ledger, layers: Mapping[str, LayerData], lang: Lang) -> Table:
    """List the ground that is covered twice, target by target."""
    found = [(row, overlap) for row in ledger.rows for overlap in row.overlaps]
    datas = [layers[row.target.layer] for row, _ in found]
    units = [GROUND_UNITS.get(data.layer.geometry, "m") for data in datas]
    overlaps = [overlap for _, overlap in found]
    cells: dict[str, list[Cell]] = {
        "target": [target_cell(row, lang) for row, _ in found],
        "counted": [overlap.counted for overlap in overlaps],
        "counted_name": [_name(layers, row, overlap.counted) for row, overlap in found],
        "other": [overlap.other for overlap in overlaps],
        "other_name": [_name(layers, row, overlap.other) for row, overlap in found],
        "size": [
            Quantity(Fraction(overlap.size), unit, 1)
            for overlap, unit in zip(overlaps, units, strict=True)
        ],
        "unit": [unit_cell(unit, lang) for unit in units],
        "reason": [Code(overlap.reason, _reason(overlap, lang)) for overlap in overlaps],
        "changes": [
            Code(overlap.changes, word("yes" if overlap.changes else "no", lang))
            for overlap in overlaps
        ],
    }
    return Table(
        "overlaps", word("overlaps", lang), columns_of(cells, lang), word("overlaps?", lang)
    )


def _name(layers: Mapping[str, LayerData], row: Row, key: str) -> str:
    return layers[row.target.layer].names.get(key, key)


def _reason(overlap: Overlap, lang: Lang) -> str:
    reason = word(overlap.reason, lang)
    return f"{reason}{word('sliver', lang)}" if overlap.sliver else reason


def gaps_table(ledger: Ledger, layers: Mapping[str, LayerData], lang: Lang) -> Table:
    """List the declared sizes that are over 5 % off what was measured, target by target."""
    found = [(row, gap.key) for row in ledger.rows for gap in row.gaps]
    stems = {row.target.layer for row, _ in found}
    known = {stem: dict(zip(layers[stem].keys, layers[stem].sizes, strict=True)) for stem in stems}
    sizes = [known[row.target.layer][key] for row, key in found]
    units = [SIZE_UNITS[layers[row.target.layer].layer.geometry] for row, _ in found]
    cells: dict[str, list[Cell]] = {
        "target": [target_cell(row, lang) for row, _ in found],
        "key": [key for _, key in found],
        "name": [_name(layers, row, key) for row, key in found],
        "declared": [size.declared for size in sizes],
        "measured": [size.measured for size in sizes],
        "unit": [unit_cell(unit, lang) for unit in units],
        "gap": [size.gap for size in sizes],
    }
    return Table("gaps", word("gaps", lang), columns_of(cells, lang), word("gaps?", lang))


def unlocated_table(ledger: Ledger, layers: Mapping[str, LayerData], lang: Lang) -> Table:
    """Name the features that have no place on the map."""
    cells: dict[str, list[Cell]] = {
        name: [] for name in ("layer", "key", "name", "status", "targets")
    }
    for data in layers.values():
        missing = [at for at, there in enumerate(data.located) if not there]
        listed: dict[str, Sequence[Cell]] = {
            "key": data.keys,
            "name": [data.names[key] for key in data.keys],
            "status": data.value_cells("status", lang),
            "targets": target_cells(data, ledger, lang),
        }
        cells["layer"] += [data.cell(lang)] * len(missing)
        for name, column in listed.items():
            cells[name] += [column[at] for at in missing]
    columns = columns_of(cells, lang)
    return Table("unlocated", word("unlocated", lang), columns, word("unlocated?", lang))
