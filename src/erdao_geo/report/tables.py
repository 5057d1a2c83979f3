"""What a report is made of: tables of cells that know their unit and how they read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from erdao_geo.check import Ledger
from erdao_geo.definitions import Lang
from erdao_geo.schedule import Schedule
from erdao_geo.units import UNITS
from erdao_geo.words import number, percent, word


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact amount, in a unit of `units.UNITS`."""

    value: Fraction
    unit: str
    digits: int | None = None
    """Decimals to print; by default the unit's."""

    @property
    def decimals(self) -> int:
        """The decimals that are printed."""
        return UNITS[self.unit].decimals if self.digits is None else self.digits


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole: 1 is all of it. A difference is printed with its sign."""

    value: Fraction
    is_difference: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A value that programs read as `code` and people as `text`."""

    code: str | int | float | bool | None
    text: str


Cell = str | dt.date | Quantity | Share | Code | None
Number = Quantity | Share

SHORT = ("bound", "unit", "changes", "reason", "status", "month", "behind")
"""The columns of short words, which are not wrapped."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its name in JSON, its title, and a cell for each row."""

    id: str
    title: str
    cells: Sequence[Cell]

    @cached_property
    def is_number(self) -> bool:
        """Whether its cells are amounts."""
        return isinstance(next((cell for cell in self.cells if cell is not None), None), Number)


@dataclass(frozen=True)
class Table:
    """A section of a report."""

    id: str
    """Its name in JSON; of a layer's features, the layer's stem."""
    title: str
    columns: tuple[Column, ...]
    note: str = ""
    is_layer: bool = False

    def __len__(self) -> int:
        return len(self.columns[0].cells)

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """Give the rows, one after the other."""
        return zip(*(column.cells for column in self.columns), strict=True)


@dataclass(frozen=True)
class Report:
    """What every format writes."""

    ledger: Ledger
    schedules: tuple[Schedule, ...]
    """Of each row of the ledger, in its order."""
    lang: Lang
    title: str
    subtitle: str
    """The report cited, and the dates of the data."""
    banner: str
    """What must be known before any figure is read; empty where nothing must."""
    tables: tuple[Table, ...]
    """The ledger first."""
    main: str
    """The table that a file of one table holds."""

    def table(self, id_: str) -> Table:
        """Give a section by its name."""
        return next(table for table in self.tables if table.id == id_ and not table.is_layer)


def cell_text(cell: Cell, lang: Lang) -> str:
    """Print a cell for people, an amount rounded and without its unit.

    Examples
    --------
    >>> cell_text(Quantity(Fraction(188, 10), "km"), "en"), cell_text(Share(Fraction(2, 3)), "en")
    ('18.800', '66%')
    >>> cell_text(Share(Fraction(-1, 20), is_difference=True), "en"), cell_text(None, "en")
    ('-5.0%', '')
    """
    match cell:
        case Quantity():
            return number(cell.value, cell.unit, cell.decimals)
        case Share():
            return f"{float(cell.value):+.1%}" if cell.is_difference else percent(cell.value)
        case Code():
            return cell.text
        case bool():
            return word("yes" if cell else "no", lang)
        case dt.date():
            return cell.isoformat()
    return "" if cell is None else cell


def cell_value(cell: Cell) -> str | int | float | bool | None:
    """Give a cell as a program reads it: full doubles, codes, ISO dates."""
    match cell:
        case Quantity() | Share():
            return float(cell.value)
        case Code():
            return cell.code
        case dt.date():
            return cell.isoformat()
    return cell
