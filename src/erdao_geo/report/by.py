"""The ledger by the values of a field: each street office's or town's part of each target.

The parts of a row are divided, never checked anew: ground that counts once in the target counts
once here, for the value of the feature that it counts for. So the parts of a target add up to its
own figures exactly. A thing that is counted by `count_by` and whose features have several values
stands under "several": half a road is no road, and one counted twice would not add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from erdao_geo.check import Ledger, Part, Row, figures_of
from erdao_geo.definitions import Lang
from erdao_geo.errors import WorkspaceError
from erdao_geo.features import values
from erdao_geo.report.layers import LayerData
from erdao_geo.report.ledger import columns_of, target_cell, unit_cell
from erdao_geo.report.tables import Cell, Code, Column, Quantity, Table
from erdao_geo.words import word

KINDS = ("value", "blank", "several", "not_split")
"""What a share of a target may stand under, in the order of the table."""
FIGURES = ("net", "done", "proven", "reported")


@dataclass(frozen=True, slots=True)
class _Share:
    """What of a target stands under one value, or under none."""

    kind: str
    value: Cell
    row: Row
    parts: Sequence[Part]

    def figures(self) -> dict[str, Quantity]:
        """Sum the parts, in the target's unit."""
        unit = self.row.target.unit
        figures = figures_of(self.parts, unit)
        return {name: Quantity(getattr(figures, name), unit) for name in FIGURES}


def by_table(ledger: Ledger, layers: Mapping[str, LayerData], field: str, lang: Lang) -> Table:
    """Split each target's figures by the value of a field.

    Raises
    ------
    WorkspaceError
        If no layer has the field.
    """
    title = _title(layers, field, lang)
    shares = [
        share
        for row in ledger.rows
        for share in _shares(row, layers[row.target.layer], field, lang)
    ]
    shares.sort(key=_place)  # stable: the targets stay in the plan's order
    figures = [share.figures() for share in shares]
    cells: dict[str, list[Cell]] = {
        "target": [target_cell(share.row, lang) for share in shares],
        "unit": [unit_cell(share.row.target.unit, lang) for share in shares],
        "parts": [Quantity(Fraction(len(share.parts)), "count") for share in shares],
    }
    for name in FIGURES:
        cells[name] = [each[name] for each in figures]
    value = Column("value", title, [share.value for share in shares])
    columns = (value, *columns_of(cells, lang))
    return Table("by", word("by", lang).format(title), columns, _note(layers, field, lang))


def _title(layers: Mapping[str, LayerData], field: str, lang: Lang) -> str:
    for data in layers.values():
        if field in data.layer.fields:
            return data.field_title(field, lang)
    there = dict.fromkeys(name for data in layers.values() for name in data.layer.fields)
    raise WorkspaceError(
        f"no layer of the targets has a field {field!r}; there are: {', '.join(there) or 'none'}"
    )


def _shares(row: Row, data: LayerData, field: str, lang: Lang) -> list[_Share]:
    """Divide what a target counts."""
    counted = [part for part in row.parts if part.counted]
    if field not in data.layer.fields:
        whole = Code("(not split)", word("not_split", lang))
        return [_Share("not_split", whole, row, counted)]
    of_key = dict(zip(data.keys, values(data.features, field), strict=True))
    groups: dict[tuple[str, Any], list[Part]] = {}
    for part in counted:
        groups.setdefault(_group({of_key[key] for key in part.features}), []).append(part)
    several = Code("(several)", word("several", lang))
    known: dict[str, Cell] = {"several": several, "blank": Code(None, word("blank", lang))}
    return [
        _Share(kind, known.get(kind) or data.value_cell(field, value, lang), row, parts)
        for (kind, value), parts in groups.items()
    ]


def _group(found: set[Any]) -> tuple[str, Any]:
    """Tell what the features of one part stand under."""
    if len(found) > 1:
        return ("several", None)
    [value] = found
    return ("blank" if value is None else "value", value)


def _place(share: _Share) -> tuple[int, str]:
    text = share.value.text if isinstance(share.value, Code) else str(share.value)
    return (KINDS.index(share.kind), text)


def _note(layers: Mapping[str, LayerData], field: str, lang: Lang) -> str:
    """Say how it is split, and which layers are not."""
    whole = [data.cell(lang).text for data in layers.values() if field not in data.layer.fields]
    note = word("by?", lang)
    return f"{note}{word('not_split?', lang)}{word('and', lang).join(whole)}" if whole else note
