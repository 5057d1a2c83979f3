"""From a file's fields to a layer's: which goes where, and its values in the layer's types.

What cannot be brought to a field's type stays as it is, so that validation lists it; nothing is
rounded, cut or dropped on the way.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from erdao_geo.definitions import Field, FieldType, Layer
from erdao_geo.errors import SourceError
from erdao_geo.importing.source import Source

Wanted = Mapping[str, str | Sequence[str]]
"""From a file's field to the layer's field, or to several."""

_EXACT = 2**53
"""From here on a float no longer tells whole numbers apart."""
_WORDS: dict[str, dict[str, str]] = {
    "status": {
        "计划": "planned",
        "未开工": "planned",
        "在建": "under_construction",
        "已完工": "completed",
        "完工": "completed",
        "竣工": "completed",
        "建成": "completed",
    },
    "evidence": {"实测": "surveyed", "数字化": "digitised"},
}
_BOOLEANS = {"true": True, "t": True, "y": True, "1": True, "是": True}
_BOOLEANS |= {"false": False, "f": False, "n": False, "0": False, "否": False}
_DATE = re.compile(r"(\d{4})(?:(\d{2})(\d{2})|[-/.年](\d{1,2})[-/.月](\d{1,2})日?)")
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?(Z|[+-]\d\d:?\d\d)?$")
"""No time of day; any other time is not dropped, for it may be another day elsewhere."""
_WHOLE = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def map_fields(
    layer: Layer, source: Source, *, wanted: Wanted, constants: Mapping[str, str]
) -> dict[str, str]:
    """Decide which of a file's fields fills which of the layer's.

    Parameters
    ----------
    layer
        The layer.
    source
        The file.
    wanted
        What the user says; a field so named is mapped in no other way.
    constants
        The layer's fields that are given a value for all features, and so need no field.

    Returns
    -------
    dict of str to str
        The layer's field to the file's.

    Raises
    ------
    SourceError
        If a named field does not exist, two fields claim one, or nothing gives the key.
    """
    mapping: dict[str, str] = {}
    named = {_source_name(source, name): targets for name, targets in wanted.items()}
    for name, targets in named.items():
        for target in [targets] if isinstance(targets, str) else targets:
            _require_field(layer, source, target)
            _claim(mapping, source, target, name)
    for target in constants:
        _require_field(layer, source, target)
        if target in mapping:
            raise SourceError(f"{source.path}: {target} is given by both --field and --set")
    free = {name: f for name, f in layer.fields.items() if name not in {*mapping, *constants}}
    found: dict[str, str] = {}
    for name in (*source.names, *source.unreadable):
        for target in _matches(name, free) if name not in named else ():
            _claim(found, source, target, name)
    mapping |= found
    _require_readable(source, mapping)
    if layer.key not in {*mapping, *constants}:
        raise SourceError(
            f"{source.path}: no field gives the key {layer.key!r}; name one with --field "
            f"NAME={layer.key}; the file has: {_listed(source)}"
        )
    return mapping


def unmapped(source: Source, mapping: Mapping[str, str]) -> list[str]:
    """Give the file's fields that go nowhere, in its order."""
    return [n for n in (*source.names, *source.unreadable) if n not in mapping.values()]


def coerce(values: Sequence[Any], field: Field) -> list[Any]:
    """Bring values to a field's type.

    Returns
    -------
    list
        Empty text is None; what does not fit stays as it is.

    Examples
    --------
    >>> from erdao_geo.definitions import Field
    >>> coerce([220105001.0, 220105001001000123, " 甲  ", "", 1.5], Field(title="编号"))
    ['220105001', '220105001001000123', '甲', None, '1.5']
    >>> coerce(["2022/3/1", "20220301", 20220301, "soon"], Field(title="日期", type="date"))
    ['2022-03-01', '2022-03-01', '2022-03-01', 'soon']
    """
    return [_COERCIONS[field.type](value) for value in map(_stripped, values)]


def translate(values: Sequence[Any], name: str, field: Field) -> tuple[list[Any], list[str]]:
    """Put the words of offices for status and evidence into codes, and note each."""
    enum = field.constraints.enum or ()
    words = {w: code for w, code in _WORDS.get(name, {}).items() if code in enum and w not in enum}
    known = [v if isinstance(v, str) and v in words else None for v in values]
    seen = Counter(word for word in known if word)
    notes = [f"{name}: {w!r} taken as {words[w]!r} ({n} times)" for w, n in seen.items()]
    return [words[w] if w else v for v, w in zip(values, known, strict=True)], notes


def _source_name(source: Source, name: str) -> str:
    there = (*source.names, *source.unreadable)
    found = [n for n in there if n == name] or [n for n in there if n.lower() == name.lower()]
    if len(found) != 1:
        raise SourceError(
            f"{source.path}: --field {name}=... names no field of the file; it has: "
            f"{_listed(source)}"
        )
    return found[0]


def _require_field(layer: Layer, source: Source, name: str) -> None:
    if name not in layer.fields:
        there = ", ".join(layer.fields)
        raise SourceError(f"{source.path}: {layer.stem} has no field {name!r}; it has: {there}")


def _claim(mapping: dict[str, str], source: Source, target: str, name: str) -> None:
    if mapping.get(target, name) != name:
        raise SourceError(
            f"{source.path}: both {mapping[target]!r} and {name!r} would fill {target}; choose "
            f"with --field, e.g. --field {name}={target}"
        )
    mapping[target] = name


def _matches(name: str, fields: Mapping[str, Field]) -> list[str]:
    """Find the layer's field whose name, or else whose title, is a file's field."""
    word = name.strip().casefold()
    by_name = [target for target in fields if target.casefold() == word]
    return by_name or [
        target
        for target, field in fields.items()
        if word and word in (field.title.casefold(), field.title_en.casefold())
    ]


def _require_readable(source: Source, mapping: Mapping[str, str]) -> None:
    for target, name in mapping.items():
        if name in source.unreadable:
            raise SourceError(
                f"{source.path}: field {name!r} ({target}) holds lists, mixed types, or numbers of "
                "a kind that cannot be read; save it as text, or leave it out"
            )


def _listed(source: Source) -> str:
    return ", ".join((*source.names, *source.unreadable)) or "none"


def _stripped(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return None
    return (value.strip().strip("\0").strip() or None) if isinstance(value, str) else value


def _to_text(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    whole = _to_whole(value)
    return str(whole) if isinstance(whole, int) or abs(value) < _EXACT else value


def _to_whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return value


def _to_number(value: Any) -> Any:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    return str(value) if isinstance(value, float) and math.isinf(value) else value


def _to_boolean(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    return _BOOLEANS.get(str(_to_whole(value)).lower(), value)


def _to_date(value: Any) -> Any:
    match = _DATE.fullmatch(_MIDNIGHT.sub("", str(_to_whole(value))))
    if match is None:
        return value
    year, month, day, other_month, other_day = match.groups()
    try:
        return dt.date(int(year), int(month or other_month), int(day or other_day)).isoformat()
    except ValueError:
        return value


_COERCIONS: dict[FieldType, Any] = {
    "string": _to_text,
    "integer": _to_whole,
    "number": _to_number,
    "boolean": _to_boolean,
    "date": _to_date,
}
