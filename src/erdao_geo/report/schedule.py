"""How the targets came along: what was done by month beside the line, and what is overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from erdao_geo.check import Ledger, Row
from erdao_geo.definitions import Lang
from erdao_geo.report.layers import LayerData
from erdao_geo.report.ledger import behind_cell, columns_of, target_cell, unit_cell
from erdao_geo.report.tables import Cell, Quantity, Share, Table
from erdao_geo.schedule import Point, Schedule
from erdao_geo.units import UNITS
from erdao_geo.words import word


def with_line(schedules: Sequence[Schedule]) -> list[Schedule]:
    """Choose those that the months are told of: of a target with a line, and with months."""
    return [one for one in schedules if any(point.expected is not None for point in one.points)]


def months_table(
    schedules: Sequence[Schedule], layers: Mapping[str, LayerData], lang: Lang
) -> Table:
    """List the months of each target that has a line, a row for each."""
    told = [(one.row, point) for one in with_line(schedules) for point in one.points]
    cells: dict[str, list[Cell]] = {
        "target": [target_cell(row, lang) for row, _ in told],
        "month": [point.month for _, point in told],
        "day": [point.day for _, point in told],
        "done": [_amount(row, point.done) for row, point in told],
        "expected": [_expected(row, point) for row, point in told],
        "unit": [unit_cell(row.target.unit, lang) for row, _ in told],
        "share": [
            None if point.done is None else Share(point.done / row.stated) for row, point in told
        ],
        "behind": [behind_cell(point.behind, lang) for _, point in told],
    }
    note = _note(schedules, layers, lang)
    return Table("months", word("months", lang), columns_of(cells, lang), note)


def _amount(row: Row, value: Fraction | None) -> Quantity | None:
    return None if value is None else Quantity(value, row.target.unit)


def _expected(row: Row, point: Point) -> Quantity | None:
    """Give what the line asks for, which is no whole number where things are counted."""
    if point.expected is None:
        return None
    unit = row.target.unit
    return Quantity(point.expected, unit, max(1, UNITS[unit].decimals))


def _note(schedules: Sequence[Schedule], layers: Mapping[str, LayerData], lang: Lang) -> str:
    """Say how the past is told, and of which layers it is not."""
    large = dict.fromkeys(one.row.target.layer for one in with_line(schedules) if one.is_cut)
    names = word("and", lang).join(layers[stem].cell(lang).text for stem in large)
    note = word("months?", lang)
    return f"{note}{word('months_cut?', lang)}{names}" if large else note


def overdue_table(ledger: Ledger, lang: Lang) -> Table:
    """List what should be done by now and is not, target by target, the latest first."""
    late = [(row, one) for row in ledger.rows for one in row.overdue]
    cells: dict[str, list[Cell]] = {
        "target": [target_cell(row, lang) for row, _ in late],
        "key": [one.key for _, one in late],
        "name": [one.name for _, one in late],
        "due_on": [one.due_on for _, one in late],
        "days": [Quantity(Fraction(one.days), "count") for _, one in late],
    }
    return Table("overdue", word("late", lang), columns_of(cells, lang), word("late?", lang))
