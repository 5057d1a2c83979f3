"""Hold features against their layer's definition; every fault is listed, none is mended."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from erdao_geo.definitions import Field, Layer
from erdao_geo.errors import Problem
from erdao_geo.features import values

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

MARGIN = 0.01
"""Degrees (about 1 km) that a feature may lie outside the boundary's box: the boundary is itself
approximate."""
REACH = 0.1
"""Degrees (about 10 km) that a work may reach beyond the box: a road may leave the district, but a
vertex gone astray would lengthen it without a sign."""

EAST, NORTH = 180, 90
"""Degrees that longitude and latitude reach, either way."""

_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, (int, np.integer)) and not isinstance(v, bool),
    "number": lambda v: (
        isinstance(v, (int, float, np.number)) and not isinstance(v, bool) and math.isfinite(v)
    ),
    "boolean": lambda v: isinstance(v, (bool, np.bool_)),
    "date": lambda v: isinstance(v, str) and _is_date(v),
}


def validate(
    layer: Layer, features: gpd.GeoDataFrame, *, bounds: Bounds | None = None
) -> list[Problem]:
    """List every fault in a layer's features.

    Parameters
    ----------
    layer
        What the features must be.
    features
        In EPSG:4326, in any order.
    bounds
        The district's box; a feature wholly outside it (by more than `MARGIN`) is a fault.

    Returns
    -------
    list of Problem
        Sorted by feature and rule; empty where there is nothing to say.
    """
    rows = _Rows(layer, features)
    checks = [_check_keys(rows), _check_fields(rows), _check_evidence(rows), _check_dates(rows)]
    checks += [_check_geometries(rows), _check_place(rows, bounds)]
    return sorted(problem for check in checks for problem in check)


@dataclass(frozen=True)
class _Rows:
    """Features with a name for each: its key, or its place in the file where it has none."""

    layer: Layer
    features: gpd.GeoDataFrame

    def values(self, name: str) -> list[Any]:
        return values(self.features, name)

    @property
    def names(self) -> list[str]:
        keys = self.values(self.layer.key)
        return [f"#{i + 1}" if key is None else str(key) for i, key in enumerate(keys)]

    def problem(self, feature: str, rule: str, message: str) -> Problem:
        return Problem(self.layer.stem, feature, rule, message)


def _check_keys(rows: _Rows) -> Iterator[Problem]:
    keys = rows.values(rows.layer.key)
    for name, key in zip(rows.names, keys, strict=True):
        if key is None or key == "":
            yield rows.problem(name, "key-missing", f"{rows.layer.key} is empty; each needs one")
    for key, count in Counter(str(key) for key in keys if key not in (None, "")).items():
        if count > 1:
            yield rows.problem(
                key, "key-duplicate", f"{rows.layer.key} {key!r} stands {count} times"
            )


def _check_fields(rows: _Rows) -> Iterator[Problem]:
    known = rows.layer.fields
    for column in rows.features.columns:
        if column not in known and column != rows.features.geometry.name:
            yield rows.problem("*", "field-unknown", f"{column!r} is not in the layer's definition")
    for name, field in known.items():
        for feature, value in zip(rows.names, rows.values(name), strict=True):
            for rule, message in _faults(field, value, is_key=name == rows.layer.key):
                yield rows.problem(feature, rule, f"{name} {message}")
        if field.constraints.unique and name != rows.layer.key:
            yield from _check_unique(rows, name)


def _faults(field: Field, value: Any, *, is_key: bool) -> Iterator[tuple[str, str]]:
    constraints = field.constraints
    if value is None:
        if constraints.required and not is_key:
            yield "required", "is empty"
    elif not _TYPES[field.type](value):
        yield "type", f"is {value!r}, which is no {_TYPE_WORDS[field.type]}"
    elif constraints.enum is not None and value not in constraints.enum:
        allowed = ", ".join(str(item) for item in constraints.enum)
        yield "enum", f"is {value!r}; allowed: {allowed}"
    elif constraints.minimum is not None and value < _like(value, constraints.minimum):
        yield "minimum", f"is {value!r}; the least is {constraints.minimum}"
    elif constraints.maximum is not None and value > _like(value, constraints.maximum):
        yield "maximum", f"is {value!r}; the most is {constraints.maximum}"


_TYPE_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "date": "date (YYYY-MM-DD)",
}


def _like(value: Any, limit: Any) -> Any:
    return str(limit) if isinstance(value, str) else float(limit)


def _check_unique(rows: _Rows, name: str) -> Iterator[Problem]:
    for value, count in Counter(repr(v) for v in rows.values(name) if v is not None).items():
        if count > 1:
            yield rows.problem("*", "unique", f"{name} {value} stands {count} times")


def _check_evidence(rows: _Rows) -> Iterator[Problem]:
    absent = rows.features.geometry.isna().tolist()
    for name, evidence, gone in zip(rows.names, rows.values("evidence"), absent, strict=True):
        if gone and evidence not in (None, "none"):
            yield rows.problem(
                name, "evidence", f"has no geometry, yet its evidence is {evidence!r}, not 'none'"
            )
        elif not gone and evidence == "none":
            yield rows.problem(name, "evidence", "has a geometry, yet its evidence is 'none'")


def _check_dates(rows: _Rows) -> Iterator[Problem]:
    if not rows.layer.has_status:
        return
    columns = (rows.values(name) for name in ("status", "started_on", "completed_on"))
    for name, status, started, completed in zip(rows.names, *columns, strict=True):
        both = _TYPES["date"](started) and _TYPES["date"](completed)
        if both and completed < started:
            yield rows.problem(name, "dates", f"was completed on {completed}, before {started}")
        if completed is not None and status in ("planned", "under_construction"):
            yield rows.problem(name, "dates", f"is {status}, yet completed on {completed}")
        if started is not None and status == "planned":
            yield rows.problem(name, "dates", f"is planned, yet started on {started}")


def _check_geometries(rows: _Rows) -> Iterator[Problem]:
    wanted = rows.layer.geometry
    geometries = rows.features.geometry.to_numpy()
    valid = shapely.is_valid(geometries)
    for name, geometry, is_valid in zip(rows.names, geometries, valid, strict=True):
        if geometry is None:
            continue
        if geometry.geom_type.removeprefix("Multi") != wanted:
            yield rows.problem(
                name, "geometry-type", f"is a {geometry.geom_type}; the layer holds {wanted}"
            )
        elif geometry.is_empty:
            yield rows.problem(name, "geometry-empty", "has an empty geometry; write null")
        elif not is_valid:
            reason = shapely.is_valid_reason(geometry)
            yield rows.problem(name, "geometry-invalid", f"has an invalid geometry: {reason}")


def _check_place(rows: _Rows, bounds: Bounds | None) -> Iterator[Problem]:
    boxes = shapely.bounds(rows.features.geometry.to_numpy())
    for name, box in zip(rows.names, boxes.tolist(), strict=True):
        west, south, east, north = box
        if pd.isna(west):
            continue
        extent = f"{west:.5f}, {south:.5f} to {east:.5f}, {north:.5f}"
        if not _in_range(box):
            yield rows.problem(name, "coordinates", f"lies at {extent}; no lon, lat in degrees")
        elif bounds and not _meets(box, bounds):
            yield rows.problem(name, "outside", f"lies at {extent}, outside the district's box")
        elif bounds and rows.layer.has_status and _reach(box, bounds) > REACH:
            yield rows.problem(
                name,
                "outside",
                f"reaches from {extent}, over {REACH} degrees beyond the district's box; look for "
                "a vertex gone astray",
            )


def _in_range(box: Iterable[float]) -> bool:
    west, south, east, north = box
    return bool(west >= -EAST and east <= EAST and south >= -NORTH and north <= NORTH)


def _meets(box: Iterable[float], bounds: Bounds) -> bool:
    west, south, east, north = box
    return (
        west <= bounds[2] + MARGIN
        and east >= bounds[0] - MARGIN
        and south <= bounds[3] + MARGIN
        and north >= bounds[1] - MARGIN
    )


def _reach(box: Iterable[float], bounds: Bounds) -> float:
    """Measure how far a box goes beyond the bounds, in degrees, on its worst side."""
    west, south, east, north = box
    return max(bounds[0] - west, bounds[1] - south, east - bounds[2], north - bounds[3])


def _is_date(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
