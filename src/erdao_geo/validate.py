"""Hold features against their layer's definition; every fault is listed, none is mended."""

from __future__ import annotations

import datetime as dt
import math
import reprlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from erdao_geo.definitions import Field, FieldType, Layer
from erdao_geo.errors import Problem
from erdao_geo.features import values

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

MARGIN = 0.01
"""Degrees (1.1 km north-south, 0.8 km east-west at 44 N) that a feature may lie outside the
boundary's box: the boundary is itself approximate."""
REACH = 0.1
"""Degrees (11 km north-south, 8 km east-west at 44 N) that a work may reach beyond the box: a road
may leave the district, but a vertex gone astray would lengthen it without a sign."""

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
    layer: Layer,
    features: gpd.GeoDataFrame,
    *,
    bounds: Bounds | None = None,
    unreadable: Mapping[int, str] | None = None,
    groupings: Collection[str] = (),
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
    unreadable
        By place in `features`, why a geometry that stands in the file could not be built.
    groupings
        The fields that features are counted by: like a key, a text there bears no blanks about it,
        which nobody sees and which would make two of one.

    Returns
    -------
    list of Problem
        Sorted by feature and rule; empty where there is nothing to say.
    """
    place = features.geometry.name
    names = [name for name in features.columns if name != place]
    columns = {name: values(features, name) for name in dict.fromkeys([*layer.fields, *names])}
    rows = _Rows(layer, columns, features.geometry.to_numpy(), unreadable or {}, groupings)
    return sorted(problem for _, problem in _judged(rows, bounds))


def problems_by_row(
    layer: Layer,
    columns: Mapping[str, list[Any]],
    geometries: npt.NDArray[Any],
    *,
    bounds: Bounds | None = None,
    groupings: Collection[str] = (),
) -> dict[int, list[Problem]]:
    """List the faults that single features have of themselves, by their place in the columns.

    What only the whole layer can tell (two features with one key) is left out; else as `validate`.
    """
    found: dict[int, list[Problem]] = {}
    rows = _Rows(layer, columns, geometries, {}, groupings)
    for row, problem in _judged(rows, bounds):
        if row is not None:
            found.setdefault(row, []).append(problem)
    return found


_Fault = tuple[int | None, Problem]
"""The row that is at fault, None where it is several or the whole layer; and how."""


def _judged(rows: _Rows, bounds: Bounds | None) -> Iterator[_Fault]:
    yield from _check_keys(rows)
    yield from _check_fields(rows)
    yield from _check_evidence(rows)
    yield from _check_dates(rows)
    yield from _check_geometries(rows)
    yield from _check_place(rows, bounds)
    for name in sorted({rows.layer.key, *rows.groupings}):
        yield from _check_blanks(rows, name)


@dataclass(frozen=True)
class _Rows:
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
        if name in self.columns:
            return self.columns[name]
        return [None] * len(self.geometries)

    def objects(self, name: str) -> npt.NDArray[Any]:
        array = np.empty(len(self.geometries), dtype=object)
        array[:] = self.values(name)
        return array

    def name(self, row: int) -> str:
        key = self.values(self.layer.key)[row]
        return f"#{row + 1}" if key is None else _plain(key)

    def problem(self, feature: int | str, rule: str, message: str) -> _Fault:
        if isinstance(feature, str):
            return None, Problem(self.layer.stem, feature, rule, message)
        return feature, Problem(self.layer.stem, self.name(feature), rule, message)


def _check_keys(rows: _Rows) -> Iterator[_Fault]:
    keys = rows.values(rows.layer.key)
    lacking = [row for row, key in enumerate(keys) if not key and key in (None, "")]
    for row in lacking:
        yield rows.problem(row, "key-missing", f"{rows.layer.key} is empty; each needs one")
    if set(map(type, keys)) == {str} and len(set(keys)) == len(keys):
        return
    for name, count in Counter(_plain(key) for key in keys if key not in (None, "")).items():
        if count > 1:
            yield rows.problem(
                name, "key-duplicate", f"{rows.layer.key} {name!r} stands {count} times"
            )


def _check_blanks(rows: _Rows, name: str) -> Iterator[_Fault]:
    column = rows.values(name)
    if set(map(type, column)) == {str} and list(map(str.strip, column)) == column:
        return
    for row, value in enumerate(column):
        if isinstance(value, str) and value != value.strip():
            yield rows.problem(
                row, "spaces", f"{name} is {_shown(value)}; remove the blanks before or after it"
            )


def _check_fields(rows: _Rows) -> Iterator[_Fault]:
    known = rows.layer.fields
    for column in rows.columns:
        if column not in known:
            yield rows.problem("*", "field-unknown", f"{column!r} is not in the layer's definition")
    for name, field in known.items():
        is_key = name == rows.layer.key
        for row in _suspects(rows, name, field):
            for rule, message in _faults(field, rows.values(name)[row], is_key=is_key):
                yield rows.problem(row, rule, f"{name} {message}")
        if field.constraints.unique and not is_key:
            yield from _check_unique(rows, name)


def _suspects(rows: _Rows, name: str, field: Field) -> list[int]:
    """Find the rows whose value may be at fault, judging each distinct value but once."""
    limits = field.constraints
    judged = limits.enum is not None or limits.minimum is not None or limits.maximum is not None
    if not judged and _is_typed(rows.values(name), field.type):
        empty = limits.required and None in rows.values(name)
        return [i for i, value in enumerate(rows.values(name)) if value is None] if empty else []
    column = rows.values(name)
    if set(map(type, column)) <= {str, type(None)}:
        wrong = {value for value in set(column) if _has_fault(field, value)}
        return [row for row, value in enumerate(column) if value in wrong] if wrong else []
    entries = [(type(value), _hashable(value)) for value in column]
    bad = {
        (kind, value)
        for kind, value in dict.fromkeys(entries)  # with its type: 1, 1.0 and True are equal
        if kind in _NESTED or _has_fault(field, value)
    }
    return [row for row, entry in enumerate(entries) if entry in bad] if bad else []


def _has_fault(field: Field, value: Any) -> bool:
    return any(True for _ in _faults(field, value, is_key=False))


def _is_typed(column: list[Any], type_: FieldType) -> bool:
    """Tell whether a whole column is of its field's type, by looking at its types alone."""
    kinds = set(map(type, column)) - {type(None)}
    if type_ == "number":
        numbers = [value for value in column if value is not None] if None in column else column
        with suppress(OverflowError):  # of a whole number that no float holds
            return kinds <= {int, float} and math.isfinite(sum(numbers))
        return False
    wanted: dict[str, type] = {"string": str, "integer": int, "boolean": bool}
    return kinds <= {wanted.get(type_)}


_NESTED = (list, dict)


def _hashable(value: Any) -> Any:
    return None if isinstance(value, _NESTED) else value


def _faults(field: Field, value: Any, *, is_key: bool) -> Iterator[tuple[str, str]]:
    constraints = field.constraints
    if value is None:
        if constraints.required and not is_key:
            yield "required", "is empty"
    elif not _TYPES[field.type](value):
        yield "type", f"is {_shown(value)}, which is no {_TYPE_WORDS[field.type]}"
    elif constraints.enum is not None and value not in constraints.enum:
        allowed = ", ".join(str(item) for item in constraints.enum)
        yield "enum", f"is {_shown(value)}; allowed: {allowed}"
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


def _check_unique(rows: _Rows, name: str) -> Iterator[_Fault]:
    values = (v for v in rows.values(name) if v is not None and not isinstance(v, _NESTED))
    for value, count in Counter(map(repr, values)).items():
        if count > 1:
            yield rows.problem("*", "unique", f"{name} {value} stands {count} times")


def _check_evidence(rows: _Rows) -> Iterator[_Fault]:
    absent = shapely.is_missing(rows.geometries)
    absent[list(rows.unreadable)] = False  # it is there; what it is worth, nobody knows
    evidence = rows.objects("evidence")
    unplaced = evidence == "none"
    for row in np.flatnonzero(absent & ~unplaced & (evidence != None)).tolist():  # noqa: E711
        yield rows.problem(
            row,
            "evidence",
            f"has no geometry, yet its evidence is {_shown(evidence[row])}, not 'none'",
        )
    for row in np.flatnonzero(~absent & unplaced).tolist():
        yield rows.problem(row, "evidence", "has a geometry, yet its evidence is 'none'")


def _check_dates(rows: _Rows) -> Iterator[_Fault]:
    if not rows.layer.has_status:
        return
    columns = [rows.values(name) for name in ("status", "started_on", "completed_on")]
    if all(column.count(None) == len(column) for column in columns[1:]):
        return
    for row, (status, started, completed) in enumerate(zip(*columns, strict=True)):
        if started is None and completed is None:
            continue
        both = _TYPES["date"](started) and _TYPES["date"](completed)
        if both and completed < started:
            yield rows.problem(row, "dates", f"was completed on {completed}, before {started}")
        if completed is not None and status in ("planned", "under_construction"):
            yield rows.problem(row, "dates", f"is {status}, yet completed on {_plain(completed)}")
        if started is not None and status == "planned":
            yield rows.problem(row, "dates", f"is planned, yet started on {_plain(started)}")


_TYPE_IDS = {"Point": (0, 4), "LineString": (1, 5), "Polygon": (3, 6)}


def _check_geometries(rows: _Rows) -> Iterator[_Fault]:
    for row, reason in rows.unreadable.items():
        yield rows.problem(
            row, "geometry-unreadable", f"has a geometry that cannot be read: {reason}"
        )
    wanted, geometries = rows.layer.geometry, rows.geometries
    kinds = shapely.get_type_id(geometries)
    typed = np.isin(kinds, _TYPE_IDS[wanted])
    empty = shapely.is_empty(geometries)
    for row in np.flatnonzero(~typed & (kinds >= 0)).tolist():
        kind = geometries[row].geom_type
        yield rows.problem(row, "geometry-type", f"is a {kind}; the layer holds {wanted}")
    for row in np.flatnonzero(typed & empty).tolist():
        yield rows.problem(row, "geometry-empty", "has an empty geometry; write null")
    for row in np.flatnonzero(typed & ~empty & ~shapely.is_valid(geometries)).tolist():
        reason = shapely.is_valid_reason(geometries[row])
        yield rows.problem(row, "geometry-invalid", f"has an invalid geometry: {reason}")


def _check_place(rows: _Rows, bounds: Bounds | None) -> Iterator[_Fault]:
    west, south, east, north = boxes = shapely.bounds(rows.geometries).T
    placed = ~np.isnan(west)
    on_earth = (west >= -EAST) & (east <= EAST) & (south >= -NORTH) & (north <= NORTH)
    for row in np.flatnonzero(placed & ~on_earth).tolist():
        yield rows.problem(
            row, "coordinates", f"lies at {_extent(boxes, row)}; no lon, lat in degrees"
        )
    if bounds is None:
        return
    beyond = np.array([bounds[0] - west, bounds[1] - south, east - bounds[2], north - bounds[3]])
    apart = np.array([bounds[0] - east, bounds[1] - north, west - bounds[2], south - bounds[3]])
    outside = apart.max(axis=0) > MARGIN
    for row in np.flatnonzero(placed & on_earth & outside).tolist():
        yield rows.problem(
            row, "outside", f"lies at {_extent(boxes, row)}, outside the district's box"
        )
    astray = (beyond.max(axis=0) > REACH) & rows.layer.has_status
    for row in np.flatnonzero(placed & on_earth & ~outside & astray).tolist():
        yield rows.problem(
            row,
            "outside",
            f"reaches from {_extent(boxes, row)}, over {REACH} degrees beyond the district's box; "
            "look for a vertex gone astray",
        )


def _extent(boxes: npt.NDArray[np.float64], row: int) -> str:
    west, south, east, north = boxes[:, row].tolist()
    return f"{west:.5f}, {south:.5f} to {east:.5f}, {north:.5f}"


_BRIEF = reprlib.Repr()
_BRIEF.maxlevel = 3
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = 120


def _shown(value: Any) -> str:
    """Write a wrong value for a message, however long or deep it is."""
    return _BRIEF.repr(value)


def _plain(value: Any) -> str:
    """Write a value as text: nothing around a text, no more than a message holds of a list."""
    return _shown(value) if isinstance(value, _NESTED) else str(value)


def _is_date(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
