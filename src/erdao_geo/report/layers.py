"""A table of each layer's features: what was measured of each, and which targets it counts for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import geopandas as gpd

from erdao_geo import measure
from erdao_geo.check import Ledger
from erdao_geo.definitions import DECLARED, Lang, Layer
from erdao_geo.features import values
from erdao_geo.history import Revision
from erdao_geo.report.tables import Cell, Code, Column, Quantity, Share, Table
from erdao_geo.units import SIZE_UNITS, from_si
from erdao_geo.words import titled, word

DATES = ("started_on", "due_on", "completed_on")


@dataclass(frozen=True, slots=True)
class Size:
    """What a feature measures by itself, and what its office reports of it, where known."""

    measured: Quantity | None
    declared: Quantity | None

    @property
    def gap(self) -> Share | None:
        """Measured less declared, as a part of declared."""
        if self.measured is None or self.declared is None or not self.declared.value:
            return None
        return Share(self.measured.value / self.declared.value - 1, is_difference=True)


@dataclass(frozen=True)
class LayerData:
    """A layer, its features sorted by key, their date, and the revision that they stand at."""

    layer: Layer
    features: gpd.GeoDataFrame
    date: dt.date
    revision: Revision | None = None

    @cached_property
    def keys(self) -> list[str]:
        """The features' keys, as text."""
        return self.features[self.layer.key].astype(str).tolist()

    @cached_property
    def names(self) -> dict[str, str]:
        """What each feature is called, by key; its key where it has no name."""
        names = values(self.features, "name")
        return {key: str(name or key) for key, name in zip(self.keys, names, strict=True)}

    @cached_property
    def located(self) -> list[bool]:
        """Which features have a place."""
        return self.features.geometry.notna().tolist()

    @cached_property
    def sizes(self) -> list[Size]:
        """What each line or area measures, and what its office reports."""
        geometry = self.layer.geometry
        unit, declared = SIZE_UNITS[geometry], values(self.features, DECLARED[geometry])
        ground = measure.BY_GEOMETRY[geometry](self.features).tolist()
        each = zip(ground, self.located, declared, strict=True)
        return [
            Size(
                Quantity(from_si(size, unit), unit) if is_located else None,
                None if said is None else Quantity(Fraction(said), unit),
            )
            for size, is_located, said in each
        ]

    def cell(self, lang: Lang) -> Code:
        """Name the layer."""
        return Code(self.layer.stem, titled(self.layer, lang))

    def field_title(self, name: str, lang: Lang) -> str:
        """Name a field of the layer."""
        return titled(self.layer.fields[name], lang)

    def value_cell(self, name: str, value: Any, lang: Lang) -> Cell:
        """Give a field's value: by its label where it is a code that has one."""
        if value is None:
            return None
        field = self.layer.fields[name]
        if field.type == "boolean":
            return Code(bool(value), word("yes" if value else "no", lang))
        labels = (field.labels_en or field.labels) if lang == "en" else field.labels
        text = labels.get(str(value), str(value))
        return Code(value, word(text, lang) if name in ("status", "evidence") else text)

    def value_cells(self, name: str, lang: Lang) -> list[Cell]:
        """Give a field's value for each feature."""
        cells: dict[Any, Cell] = {}
        found = values(self.features, name)
        for value in found:
            if value not in cells:
                cells[value] = self.value_cell(name, value, lang)
        return [cells[value] for value in found]


def layer_table(data: LayerData, ledger: Ledger, lang: Lang, *, by: str | None = None) -> Table:
    """List a layer's features, each with its sizes and the targets that it counts for."""
    fields = data.layer.fields
    shown = {"name": "name", "by": by, "status": "status", "evidence": "evidence"}
    columns = [Column("key", data.field_title(data.layer.key, lang), data.keys)]
    columns += [
        Column(id_, data.field_title(name, lang), data.value_cells(name, lang))
        for id_, name in shown.items()
        if name is not None and name in fields
    ]
    columns += _size_columns(data, lang)
    columns += [
        Column(name, data.field_title(name, lang), _dates(values(data.features, name)))
        for name in DATES
        if name in fields
    ]
    columns.append(Column("targets", word("targets", lang), target_cells(data, ledger, lang)))
    note = word("layer?", lang) if data.layer.geometry in SIZE_UNITS else ""
    return Table(data.layer.stem, titled(data.layer, lang), tuple(columns), note, is_layer=True)


def _size_columns(data: LayerData, lang: Lang) -> Iterable[Column]:
    """Measure lines and areas; beside that, what their office reports, and how far it is off."""
    geometry = data.layer.geometry
    if geometry not in SIZE_UNITS:
        return
    unit, field = SIZE_UNITS[geometry], DECLARED[geometry]
    shown = ("measured", "declared", "gap") if field in data.layer.fields else ("measured",)
    for name in shown:
        title = name if name == "gap" else f"{name}_{unit}"
        yield Column(title, word(title, lang), [getattr(size, name) for size in data.sizes])


def _dates(texts: Sequence[str | None]) -> list[Cell]:
    return [None if text is None else dt.date.fromisoformat(text) for text in texts]


def target_cells(data: LayerData, ledger: Ledger, lang: Lang) -> list[Cell]:
    """Name the targets that each feature is counted for; equal ones share one cell."""
    rows = [row for row in ledger.rows if row.target.layer == data.layer.stem]
    counted: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        for key in row.features:
            counted.setdefault(key, []).append(number)
    cells: dict[tuple[int, ...], Cell] = {(): None}
    found = [tuple(counted.get(key, ())) for key in data.keys]
    for numbers in set(found) - {()}:
        ids = "; ".join(rows[number].target.id for number in numbers)
        titles = word("and", lang).join(titled(rows[number].target, lang) for number in numbers)
        cells[numbers] = Code(ids, titles)
    return [cells[numbers] for numbers in found]
