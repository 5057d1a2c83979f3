"""The ledger's own tables: a row a target, and what its net is made of."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from erdao_geo.check import Ledger, Row
from erdao_geo.definitions import EVIDENCES, STATUSES, Lang
from erdao_geo.report.tables import Cell, Code, Column, Quantity, Share, Table
from erdao_geo.schedule import is_behind
from erdao_geo.units import UNITS
from erdao_geo.words import titled, word

FIGURES = ("net", "overlap", "done", "proven", "reported")
"""The amounts of a row that are printed in its target's unit, in the order of the table."""
TITLES = {"behind": "schedule", "expected": "line", "revision": "revision_number"}
"""The words for columns whose own names say something else, or nothing, to people."""


def ledger_table(ledger: Ledger, lang: Lang) -> Table:
    """Give the ledger: what was promised, what is done, and how well it is known."""
    rows = ledger.rows
    figures: dict[str, list[Cell]] = {
        name: [_amount(row, getattr(row, name)) for row in rows] for name in FIGURES
    }
    cells: dict[str, list[Cell]] = {
        "target": [target_cell(row, lang) for row in rows],
        "clause": [row.target.clause for row in rows],
        "bound": [Code(row.target.bound, word(row.target.bound, lang)) for row in rows],
        "stated": [_stated(row) for row in rows],
        "unit": [unit_cell(row.target.unit, lang) for row in rows],
        "net": figures["net"],
        "overlap": figures["overlap"],
        "done": figures["done"],
        "share": [Share(row.share) for row in rows],
        "proven": figures["proven"],
        "reported": figures["reported"],
        "verdict": [Code(row.verdict, word(row.verdict, lang)) for row in rows],
        "behind": [behind_cell(is_behind(row, row.as_of), lang) for row in rows],
        "unlocated_count": [Quantity(Fraction(len(row.unlocated)), "count") for row in rows],
        "as_of": [row.as_of for row in rows],
    }
    return Table("ledger", word("ledger", lang), columns_of(cells, lang))


def splits_table(ledger: Ledger, lang: Lang) -> Table:
    """Give each target's net by status and by evidence; either adds up to the net."""
    rows = ledger.rows
    cells: dict[str, list[Cell]] = {
        "target": [target_cell(row, lang) for row in rows],
        "unit": [unit_cell(row.target.unit, lang) for row in rows],
        "net": [_amount(row, row.net) for row in rows],
    }
    none = Fraction(0)
    for status in STATUSES:
        cells[status] = [_amount(row, row.by_status.get(status, none)) for row in rows]
    for evidence in EVIDENCES:
        cells[evidence] = [_amount(row, row.by_evidence.get(evidence, none)) for row in rows]
    columns = columns_of(cells, lang)
    return Table("splits", word("splits", lang), columns, word("splits?", lang))


def columns_of(cells: Mapping[str, list[Cell]], lang: Lang) -> tuple[Column, ...]:
    """Make columns whose names are words."""
    return tuple(
        Column(name, word(TITLES.get(name, name), lang), column) for name, column in cells.items()
    )


def target_cell(row: Row, lang: Lang) -> Code:
    """Name a target."""
    return Code(row.target.id, titled(row.target, lang))


def unit_cell(unit: str, lang: Lang) -> Code:
    """Name a unit."""
    return Code(unit, UNITS[unit].symbol_zh if lang == "zh" else UNITS[unit].symbol)


def behind_cell(behind: bool | None, lang: Lang) -> Code:
    """Say whether a target is behind its line."""
    names = {True: "behind", False: "on_schedule", None: "no_line"}
    return Code(behind, word(names[behind], lang))


def _amount(row: Row, value: Fraction) -> Quantity:
    return Quantity(value, row.target.unit)


def _stated(row: Row) -> Quantity:
    """Give what was promised, with as many decimals as the plan writes, or the unit's."""
    exponent = row.target.value.as_tuple().exponent
    written = max(0, -exponent) if isinstance(exponent, int) else 0
    unit = row.target.unit
    return Quantity(row.stated, unit, max(written, UNITS[unit].decimals))
