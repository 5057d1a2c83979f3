"""Merge a delivery into a layer by key: add, update, leave; never remove.

The file's fields overwrite; what it does not give stays. Features are compared as they are stored
(7 decimals), so the second import of a file changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from erdao_geo.definitions import Field, Layer
from erdao_geo.errors import Problem
from erdao_geo.features import values
from erdao_geo.importing.delivery import Delivery
from erdao_geo.storage.geojson import CRS, rounded
from erdao_geo.validate import Bounds, validate

_DTYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean"}
_FITTING: dict[str, tuple[type, ...]] = {"integer": (int,), "number": (int, float)}


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or in a dry run would do."""

    layer: str
    source: Path
    read: int
    added: int
    updated: int
    unchanged: int
    rejected: tuple[Problem, ...]
    notes: tuple[str, ...]
    dry_run: bool = False

    @property
    def changed(self) -> bool:
        """Whether the layer is another one than before."""
        return self.added + self.updated > 0

    def as_dict(self) -> dict[str, Any]:
        """Give the report as JSON has it; `removed` is 0, `revision` null until history is kept."""
        return {
            "layer": self.layer,
            "source": str(self.source),
            "read": self.read,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": 0,
            "rejected": [
                {"feature": p.feature, "rule": p.rule, "message": p.message} for p in self.rejected
            ],
            "notes": list(self.notes),
            "revision": None,
            "dry_run": self.dry_run,
        }


@dataclass(frozen=True)
class _Row:
    """A feature: its values and its geometry as stored."""

    values: dict[str, Any]
    geometry: shapely.Geometry | None

    def is_same(self, other: _Row) -> bool:
        return self.values == other.values and _is_same(self.geometry, other.geometry)


@dataclass(frozen=True)
class _Arrival:
    """A row of the file, as it would stand in the layer; and what had to be assumed for it."""

    row: _Row
    change: Literal["added", "updated", "unchanged"]
    assumed: tuple[str, ...]


def merge(
    layer: Layer, current: gpd.GeoDataFrame, delivery: Delivery, *, bounds: Bounds | None = None
) -> tuple[gpd.GeoDataFrame, ImportReport]:
    """Merge a delivery into a layer's features, by key.

    Parameters
    ----------
    layer
        The layer.
    current
        Its features, valid, in EPSG:4326.
    delivery
        What comes in.
    bounds
        The district's box, to hold new features against.

    Returns
    -------
    geopandas.GeoDataFrame
        All features, sorted by key, geometries rounded as they are stored. Valid where the report
        rejects nothing.
    ImportReport
        The counts are of features that are not rejected.
    """
    old = {row.values[layer.key]: row for row in _rows(current)}
    arrivals = [_arrive(layer, row, old) for row in _rows(delivery.features)]
    new = [arrival.row for arrival in arrivals]
    replaced = {row.values.get(layer.key) for row in new}
    kept = [row for key, row in old.items() if key not in replaced]
    merged = _frame(layer, sorted([*kept, *new], key=lambda row: _order(row.values[layer.key])))
    incoming = _frame(layer, new)
    found = set(validate(layer, incoming, bounds=bounds))
    # A value that must be unique may stand in a feature that the file does not bring.
    found |= {p for p in validate(layer, merged, bounds=bounds) if p.rule == "unique"}
    rejected = tuple(sorted(found))
    changes = _count(arrivals, layer, rejected)
    report = ImportReport(
        layer=layer.stem,
        source=delivery.source,
        read=len(new),
        added=changes["added"],
        updated=changes["updated"],
        unchanged=changes["unchanged"],
        rejected=rejected,
        notes=(*delivery.notes, *_notes(arrivals)),
    )
    return merged, report


def _rows(features: gpd.GeoDataFrame) -> list[_Row]:
    names = [name for name in features.columns if name != features.geometry.name]
    columns = [values(features, name) for name in names]
    rows = zip(*columns, strict=True) if columns else ()
    geometries = rounded(features.geometry)
    return [
        _Row(dict(zip(names, row, strict=True)), geometry)
        for row, geometry in zip(rows, geometries, strict=True)
    ]


def _arrive(layer: Layer, row: _Row, old: dict[Any, _Row]) -> _Arrival:
    before = old.get(row.values.get(layer.key))
    blank = dict.fromkeys(layer.fields)
    values = {**(before.values if before else blank), **row.values}
    assumed = []
    geometry = row.geometry
    if row.values.get("evidence") is None:
        geometry, values["evidence"], assumption = _assume_evidence(geometry, before)
        assumed.append(assumption)
    if layer.has_status and row.values.get("status") is None:
        values["status"] = before.values["status"] if before else "planned"
        assumed.append("" if before else "status")
    after = _Row(values, geometry)
    change: Literal["added", "updated", "unchanged"] = "added"
    if before:
        change = "unchanged" if after.is_same(before) else "updated"
    return _Arrival(after, change, tuple(assumed))


def _assume_evidence(
    geometry: shapely.Geometry | None, before: _Row | None
) -> tuple[shapely.Geometry | None, str, str]:
    """Say how a location is known that the file says nothing of: as before, or but roughly."""
    if before and (geometry is None or _is_same(geometry, before.geometry)):
        assumption = "kept" if geometry is None and before.geometry is not None else ""
        return before.geometry, before.values["evidence"], assumption
    return (None, "none", "none") if geometry is None else (geometry, "approximate", "approximate")


def _is_same(one: shapely.Geometry | None, other: shapely.Geometry | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(shapely.to_wkb(one) == shapely.to_wkb(other))


def _order(key: Any) -> tuple[bool, bool, Any]:
    return key is None, isinstance(key, str), 0 if key is None else key


def _frame(layer: Layer, rows: Sequence[_Row]) -> gpd.GeoDataFrame:
    names = dict.fromkeys([*layer.fields, *(name for row in rows for name in row.values)])
    columns = {
        name: _column([row.values.get(name) for row in rows], layer.fields.get(name))
        for name in names
    }
    geometry = gpd.GeoSeries(np.array([row.geometry for row in rows], dtype=object), crs=CRS)
    return gpd.GeoDataFrame(columns, geometry=geometry)


def _column(values: list[Any], field: Field | None) -> pd.Series[Any]:
    """Type a column as the storage does: by its field, where all values fit."""
    wanted = field.type if field else "string"
    types = _FITTING.get(wanted, (bool,))
    fits = all(
        v is None or (isinstance(v, types) and isinstance(v, bool) == (wanted == "boolean"))
        for v in values
    )
    return pd.Series(values, dtype=_DTYPES.get(wanted, "object") if fits else "object")


def _count(arrivals: Sequence[_Arrival], layer: Layer, rejected: Sequence[Problem]) -> Counter[str]:
    """Count what is not rejected; a feature without a key has its number for a name."""
    refused = {problem.feature for problem in rejected}
    keys = [arrival.row.values[layer.key] for arrival in arrivals]
    names = [f"#{i + 1}" if key is None else str(key) for i, key in enumerate(keys)]
    return Counter(a.change for a, name in zip(arrivals, names, strict=True) if name not in refused)


def _notes(arrivals: Sequence[_Arrival]) -> list[str]:
    count = Counter(assumption for arrival in arrivals for assumption in arrival.assumed)
    texts = {
        "approximate": "{} without evidence: taken as 'approximate', which proves nothing; say "
        "--set evidence=surveyed or --set evidence=digitised if you know",
        "none": "{} without a geometry: taken as not located (evidence 'none')",
        "kept": "{} without a geometry: the one in the layer was kept",
        "status": "{} without a status: taken as 'planned'",
    }
    return [text.format(_features(count[name])) for name, text in texts.items() if count[name]]


def _features(count: int) -> str:
    return f"{count} feature" if count == 1 else f"{count} features"
