"""A table of each layer's features: what was measured of each, and which targets it counts for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import geopandas as gpd
import pandas as pd

from erdao_geo import measure
from erdao_geo.check import Ledger
from erdao_geo.definitions import Lang, Layer
from erdao_geo.features import values
from erdao_geo.history import Revision
from erdao_geo.report.tables import Cell, Code, Column, Quantity, Share, Table
from erdao_geo.units import from_si
from erdao_geo.words import titled, word

SIZES = {"LineString": ("km", "declared_length_km"), "Polygon": ("mu", "declared_area_mu")}
"""By geometry, the unit that features are reported in, and the field that an office reports."""
DATES = ("started_on", "due_on", "completed_on")


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
    shown = [name for name in ("name", by, "status", "evidence") if name in fields]
    columns = [Column("key", data.field_title(data.layer.key, lang), data.keys)]
    columns += [
        Column(name, data.field_title(name, lang), data.value_cells(name, lang))
        for name in dict.fromkeys(shown)
        if name is not None and name != data.layer.key
    ]
    columns += _size_columns(data, lang)
    columns += [
        Column(name, data.field_title(name, lang), _dates(values(data.features, name)))
        for name in DATES
        if name in fields and name != by
    ]
    columns.append(Column("targets", word("targets", lang), target_cells(data, ledger, lang)))
    note = word("layer?", lang) if data.layer.geometry in SIZES else ""
    return Table(data.layer.stem, titled(data.layer, lang), tuple(columns), note, is_layer=True)


def _size_columns(data: LayerData, lang: Lang) -> Iterable[Column]:
    """Measure lines and areas; beside that, what their office reports, and how far it is off."""
    if data.layer.geometry not in SIZES:
        return
    unit, declared = SIZES[data.layer.geometry]
    measured = [
        Quantity(from_si(size, unit), unit) if there else None
        for size, there in zip(_ground(data).tolist(), data.located, strict=True)
    ]
    yield Column(f"measured_{unit}", word(f"measured_{unit}", lang), measured)
    if declared not in data.layer.fields:
        return
    said = [
        None if value is None else Quantity(Fraction(value), unit)
        for value in values(data.features, declared)
    ]
    yield Column(f"declared_{unit}", word(f"declared_{unit}", lang), said)
    gaps = [_gap(*pair) for pair in zip(measured, said, strict=True)]
    yield Column("gap", word("gap", lang), gaps)


def _ground(data: LayerData) -> pd.Series[float]:
    is_line = data.layer.geometry == "LineString"
    return measure.length(data.features) if is_line else measure.area(data.features)


def _gap(measured: Quantity | None, declared: Quantity | None) -> Share | None:
    if measured is None or declared is None or not declared.value:
        return None
    return Share(measured.value / declared.value - 1, is_difference=True)


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
