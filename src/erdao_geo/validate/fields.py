"""The rules of keys and fields: types, limits, what must be there, and what may stand but once."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from erdao_geo.definitions import Field, FieldType
from erdao_geo.validate.rows import NESTED, Fault, Rows, plain, shown


def is_date(value: Any) -> bool:
    """Tell whether a value is a date as text, YYYY-MM-DD."""
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, (int, np.integer)) and not isinstance(v, bool),
    "number": lambda v: (
        isinstance(v, (int, float, np.number)) and not isinstance(v, bool) and math.isfinite(v)
    ),
    "boolean": lambda v: isinstance(v, (bool, np.bool_)),
    "date": is_date,
}


def check_keys(rows: Rows) -> Iterator[Fault]:
    """Find features without a key, and keys that several have."""
    keys = rows.values(rows.layer.key)
    lacking = [row for row, key in enumerate(keys) if not key and key in (None, "")]
    for row in lacking:
        yield rows.problem(row, "key-missing", f"{rows.layer.key} is empty; each needs one")
    if set(map(type, keys)) == {str} and len(set(keys)) == len(keys):
        return
    for name, count in Counter(plain(key) for key in keys if key not in (None, "")).items():
        if count > 1:
            yield rows.problem(
                name, "key-duplicate", f"{rows.layer.key} {name!r} stands {count} times"
            )


def check_blanks(rows: Rows, name: str) -> Iterator[Fault]:
    """Find texts of a field with blanks about them."""
    column = rows.values(name)
    if set(map(type, column)) == {str} and list(map(str.strip, column)) == column:
        return
    for row, value in enumerate(column):
        if isinstance(value, str) and value != value.strip():
            yield rows.problem(
                row, "spaces", f"{name} is {shown(value)}; remove the blanks before or after it"
            )


def check_fields(rows: Rows) -> Iterator[Fault]:
    """Find fields that are unknown, and values that are not what their field may hold."""
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


def _suspects(rows: Rows, name: str, field: Field) -> list[int]:
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
        if kind in NESTED or _has_fault(field, value)
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


def _hashable(value: Any) -> Any:
    return None if isinstance(value, NESTED) else value


def _faults(field: Field, value: Any, *, is_key: bool) -> Iterator[tuple[str, str]]:
    constraints = field.constraints
    if value is None:
        if constraints.required and not is_key:
            yield "required", "is empty"
    elif not _TYPES[field.type](value):
        yield "type", f"is {shown(value)}, which is no {_TYPE_WORDS[field.type]}"
    elif constraints.enum is not None and value not in constraints.enum:
        allowed = ", ".join(str(item) for item in constraints.enum)
        yield "enum", f"is {shown(value)}; allowed: {allowed}"
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


def _check_unique(rows: Rows, name: str) -> Iterator[Fault]:
    values = (v for v in rows.values(name) if v is not None and not isinstance(v, NESTED))
    for value, count in Counter(map(repr, values)).items():
        if count > 1:
            yield rows.problem("*", "unique", f"{name} {value} stands {count} times")
