"""Features as the rules look at them: by column, with a name for each."""

from __future__ import annotations

import reprlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from erdao_geo.definitions import Layer
from erdao_geo.errors import Problem

Fault = tuple[int | None, Problem]
"""The row that is at fault, None where it is several or the whole layer; and how."""

NESTED = (list, dict)
"""What no field holds, but a file may."""


@dataclass(frozen=True)
class Rows:
    """Features by column, with a name for each: its key, or its place where it has none.

    A rule finds the rows that may break it by whole columns, and looks at those alone: as a rule
    there are none.
    """

    layer: Layer
    columns: Mapping[str, list[Any]]
    """Every field of the layer, and what else there is; None where a value is missing."""
    geometries: npt.NDArray[Any]
    unreadable: Mapping[int, str]
    groupings: Collection[str]

    def values(self, name: str) -> list[Any]:
        """Give a field's values, None where one is missing."""
        if name in self.columns:
            return self.columns[name]
        return [None] * len(self.geometries)

    def objects(self, name: str) -> npt.NDArray[Any]:
        """Give a field's values as an array."""
        array = np.empty(len(self.geometries), dtype=object)
        array[:] = self.values(name)
        return array

    def name(self, row: int) -> str:
        """Name the feature of a row."""
        key = self.values(self.layer.key)[row]
        return f"#{row + 1}" if key is None else plain(key)

    def problem(self, feature: int | str, rule: str, message: str) -> Fault:
        """Say what is wrong with a row, or with a name that several have."""
        if isinstance(feature, str):
            return None, Problem(self.layer.stem, feature, rule, message)
        return feature, Problem(self.layer.stem, self.name(feature), rule, message)


_BRIEF = reprlib.Repr()
_BRIEF.maxlevel = 3
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = 120


def shown(value: Any) -> str:
    """Write a wrong value for a message, however long or deep it is."""
    return _BRIEF.repr(value)


def plain(value: Any) -> str:
    """Write a value as text: nothing around a text, no more than a message holds of a list."""
    return shown(value) if isinstance(value, NESTED) else str(value)
