"""A file's values in the types of a layer's fields, a column at a time.

Each distinct value is looked at once. What cannot be brought to a field's type is a misfit, named
with its record; nothing is rounded, cut or dropped on the way.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from erdao_geo.definitions import Field, FieldType, Layer
from erdao_geo.words import WORDS

_EXACT = 2**53
"""From here on a float no longer tells whole numbers apart."""
_WORDS: dict[str, dict[str, str]] = {
    "status": {
        "计划": "planned",
        "规划": "planned",
        "拟建": "planned",
        "待建": "planned",
        "未建": "planned",
        "施工中": "under_construction",
        "建设中": "under_construction",
        "已开工": "under_construction",
        "完工": "completed",
        "竣工": "completed",
        "已竣工": "completed",
        "建成": "completed",
        "已建成": "completed",
        "已完成": "completed",
        "完成": "completed",
        "通车": "completed",
        "已通车": "completed",
    },
    "evidence": {"测量": "surveyed", "矢量化": "digitised"},
}
"""Offices' words beside those that people read in our own pages (`words.py`)."""
_BOOLEANS = {"true": True, "t": True, "y": True, "yes": True, "1": True, "是": True, "有": True}
_BOOLEANS |= {"false": False, "f": False, "n": False, "no": False, "0": False, "否": False}
_BOOLEANS |= {"无": False}
_DATE = re.compile(r"(\d{4})(?:(\d{2})(\d{2})|[-/.年](\d{1,2})[-/.月](\d{1,2})日?)")
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?(Z|[+-]\d\d:?\d\d)?$")
"""No time of day; any other time is not dropped, for it may be another day elsewhere."""
_WHOLE = re.compile(r"[+-]?\d{1,400}")
"""More digits are no number that anybody counts with; Python makes none of over 4,300."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

ARROW: dict[FieldType, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.string(),
}
"""What a column of a field is held in; a date as ISO text."""


@dataclass
class Taken:
    """What was made of the values so far, for the notes."""

    words: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Field, the file's word, the code it was taken as."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that does not fit its field."""

    row: int
    name: str
    value: Any


def fill(
    name: str,
    definition: Field,
    column: pa.ChunkedArray | pa.Array,
    *,
    codes: Mapping[str, str],
    taken: Taken,
) -> tuple[pa.Array, list[Misfit]]:
    """Bring a column to its field's type.

    Parameters
    ----------
    name, definition
        The layer's field.
    column
        The file's values.
    codes
        Words, or whole numbers as text, and the codes they stand for.
    taken
        Where the words that were translated are counted.

    Returns
    -------
    pyarrow.Array
        In the type that `ARROW` gives; null where the file has nothing, empty text, or a misfit.
    list of Misfit
        What could not be brought to the type, by row.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    plain = None if codes else _plainly(array, definition.type)
    if plain is not None:
        return plain, []
    encoded = array.dictionary_encode()
    entries = [_stripped(entry) for entry in encoded.dictionary.to_pylist()]
    meant = [codes.get(_word(entry), entry) for entry in entries]
    brought = [_COERCIONS[definition.type](entry) for entry in meant]
    fitting = [v if v is None or _FITS[definition.type](v) else _MISFIT for v in brought]
    _count(name, encoded.indices, entries, meant, taken)
    typed = pa.array([None if v is _MISFIT else v for v in fitting], ARROW[definition.type])
    bad = {code for code, value in enumerate(fitting) if value is _MISFIT}
    misfits = []
    if bad:
        rows = enumerate(encoded.indices.to_pylist())
        misfits = [Misfit(row, name, brought[code]) for row, code in rows if code in bad]
    return typed.take(encoded.indices), misfits


def codes_of(layer: Layer, name: str) -> dict[str, str]:
    """Give the words that stand for a field's codes: of offices, of our pages, of the profile."""
    definition = layer.fields[name]
    allowed = [code for code in definition.constraints.enum or () if isinstance(code, str)]
    words: dict[str, str] = {}
    for code in allowed:
        titles = [*WORDS.get(code, {}).values()] if name in ("status", "evidence") else []
        titles += [definition.labels.get(code, ""), definition.labels_en.get(code, "")]
        words |= dict.fromkeys(filter(None, titles), code)
    words |= {word: code for word, code in _WORDS.get(name, {}).items() if code in allowed}
    words |= layer.profile.codes.get(name, {})
    return {word: code for word, code in words.items() if word not in allowed}


def word_notes(words: Counter[tuple[str, str, str]]) -> list[str]:
    """Say which words were taken as which codes."""
    return [
        f"{name}: {word!r} taken as {code!r} ({count} times)"
        for (name, word, code), count in words.items()
    ]


class _Misfitting:
    """The mark of a value that fits no type; no value of a file is one."""


_MISFIT = _Misfitting()


def _plainly(array: pa.Array, wanted: FieldType) -> pa.Array | None:
    """Bring a column to its type as a whole, where no value needs to be looked at; else None."""
    kind = array.type
    if wanted == "string" and kind == pa.string():
        if pc.any(pc.match_substring(array, "\0")).as_py():
            return None
        trimmed = pc.utf8_trim_whitespace(array)
        return pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    if wanted == "string" and pa.types.is_integer(kind):
        return pc.cast(array, pa.string())
    if wanted == "number" and kind == pa.float64() and _all(pc.is_finite(array)):
        return array
    if wanted == "date" and kind == pa.date32():
        return pc.cast(array, pa.string())
    return array if wanted in ("integer", "boolean") and kind == ARROW[wanted] else None


def _all(mask: pa.Array) -> bool:
    return bool(pc.all(mask, min_count=0).as_py())


def _count(
    name: str, indices: pa.Array, entries: list[Any], meant: list[Any], taken: Taken
) -> None:
    pairs = enumerate(zip(entries, meant, strict=True))
    changed = {code: pair for code, pair in pairs if pair[0] != pair[1]}
    if not changed:
        return
    counts = pc.value_counts(indices).to_pylist()
    for entry in counts:
        if entry["values"] in changed:
            word, code = changed[entry["values"]]
            taken.words[name, word, code] += entry["counts"]


def _stripped(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return None
    return (value.strip().strip("\0").strip() or None) if isinstance(value, str) else value


def _word(value: Any) -> str:
    """Write a value as a code names it: offices count their codes, as text or as numbers."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(_to_whole(value))
    return value if isinstance(value, str) else ""


def _to_text(value: Any) -> Any:
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
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
    value = _to_whole(value)  # so that one too long for a double is no number, and not rounded
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    return value


def _to_boolean(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    return _BOOLEANS.get(str(_to_whole(value)).lower(), value)


def _to_date(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        value = value.isoformat(sep=" ")
    elif isinstance(value, dt.date):
        return value.isoformat()
    match = _DATE.fullmatch(_MIDNIGHT.sub("", str(_to_whole(value))))
    if match is None:
        return value
    year, month, day, other_month, other_day = match.groups()
    try:
        return dt.date(int(year), int(month or other_month), int(day or other_day)).isoformat()
    except ValueError:
        return value


_COERCIONS: dict[FieldType, Callable[[Any], Any]] = {
    "string": _to_text,
    "integer": _to_whole,
    "number": _to_number,
    "boolean": _to_boolean,
    "date": _to_date,
}


def _is_int64(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _is_number(value: Any) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= _EXACT
    return isinstance(value, float) and math.isfinite(value)


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_FITS: dict[FieldType, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_int64,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "date": _is_date,
}
