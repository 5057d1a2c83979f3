"""Read definitions from TOML; a fault is one line: file, key, value, and what is allowed."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from erdao_geo.definitions.layer import Layer
from erdao_geo.definitions.messages import shown
from erdao_geo.definitions.plan import MapSheet, Plan
from erdao_geo.errors import DefinitionError

_Definition = TypeVar("_Definition", Plan, Layer, MapSheet)


def read_plan(path: Path) -> Plan:
    """Read `plan.toml`.

    Raises
    ------
    DefinitionError
        If it is missing, is no TOML, or does not say what a plan must.
    """
    return parse_plan(_content(path), str(path))


def parse_plan(content: bytes, place: str) -> Plan:
    """Read a plan from the bytes of its file; `place` is where messages say they are from.

    Raises
    ------
    DefinitionError
        If they are no TOML, or do not say what a plan must.
    """
    data = _load(content, place)
    targets = data.pop("target", {})
    plan = data.pop("plan", {})
    if data:
        raise DefinitionError(f"{place}: [{next(iter(data))}] is unknown; allowed: plan, target")
    if not isinstance(targets, dict) or not isinstance(plan, dict):
        raise DefinitionError(f"{place}: [plan] and [target.<id>] must be tables")
    listed = tuple(
        _with(place, f"target.{id_}", target, "id", id_) for id_, target in targets.items()
    )
    return _define(Plan, place, _with(place, "plan", plan, "targets", listed))


def read_layer(path: Path) -> Layer:
    """Read `layers/<stem>.toml`.

    Raises
    ------
    DefinitionError
        If it is missing, is no TOML, or does not say what a layer must.
    """
    return parse_layer(_content(path), path.stem, str(path))


def parse_layer(content: bytes, stem: str, place: str) -> Layer:
    """Read a layer's definition from the bytes of its file.

    Raises
    ------
    DefinitionError
        If they are no TOML, or do not say what a layer must.
    """
    return _define(Layer, place, _with(place, "", _load(content, place), "stem", stem))


def read_map(path: Path) -> MapSheet:
    """Read `maps/<stem>.toml`.

    Raises
    ------
    DefinitionError
        If it is missing, is no TOML, or does not say what a map must.
    """
    if path.stem == "index":
        raise DefinitionError(f"{path}: index.html is the index of the maps; name this otherwise")
    place = str(path)
    data = _load(_content(path), place)
    return _define(MapSheet, place, _with(place, "", data, "stem", path.stem))


def _with(place: str, table: str, data: Any, key: str, value: Any) -> dict[str, Any]:
    """Add what the file's or the table's name says, which the table itself must not."""
    if not isinstance(data, dict):
        raise DefinitionError(f"{place}: {table} is {shown(data)}; it must be a table")
    if key in data:
        name = f"{table}.{key}".removeprefix(".")
        raise DefinitionError(f"{place}: {name} is unknown; remove it, or mind its spelling")
    return {key: value, **data}


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DefinitionError(f"{path}: cannot be read: {error.strerror}") from error


def _load(content: bytes, place: str) -> dict[str, Any]:
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        data = tomllib.loads(text, parse_float=Decimal)
        _require_shallow(data)
    except RecursionError as error:
        raise DefinitionError(
            f"{place}: nests deeper than {MAX_DEPTH} levels, which nothing here needs; mend it"
        ) from error
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{place}: is not UTF-8 (byte {error.start}); save it so") from error
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{place}: is no TOML: {error}") from error
    return data


def _require_shallow(data: dict[str, Any]) -> None:
    """Refuse what later stages could not even print; dotted keys reach there unhindered."""
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        inner = [item.values() if isinstance(item, dict) else item for item in level]
        level = [child for items in inner for child in items if isinstance(child, dict | list)]
        if not level:
            return
    raise RecursionError


def _define(kind: type[_Definition], place: str, data: dict[str, Any]) -> _Definition:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise DefinitionError(f"{place}: {_say(error, data)}") from error


def _say(error: ValidationError, data: dict[str, Any]) -> str:
    """Put pydantic's first fault into one line: the key, the value, what is allowed."""
    fault = error.errors()[0]
    key = _key(fault["loc"], data)
    allowed = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "missing":
        return f"{key} is missing"
    if fault["type"] == "extra_forbidden":
        return f"{key} is unknown; remove it, or mind its spelling"
    if fault["type"] == "value_error":
        return f"{key}{' ' if allowed.startswith('is ') else ': '}{allowed}" if key else allowed
    return f"{key} is {shown(fault['input'])}; {allowed[:1].lower()}{allowed[1:]}"


def _key(location: tuple[int | str, ...], data: dict[str, Any]) -> str:
    """Name the key as it stands in the file: targets by their id."""
    parts = [part for part in location if part not in ("str", "tuple")]
    if parts and parts[0] == "targets" and len(parts) > 1:
        parts = ["target", data["targets"][parts[1]]["id"], *parts[2:]]
    elif parts and "stem" not in data:  # only a plan has no stem
        parts = ["plan", *parts]
    return ".".join(str(part) for part in parts)


MAX_DEPTH = 16
"""Levels of tables and lists in a definition."""
