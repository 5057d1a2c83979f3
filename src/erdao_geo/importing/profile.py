"""Keep what an import was told in the layer's definition, so that the next one needs no options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit

from erdao_geo.definitions import Layer
from erdao_geo.importing.delivery import Delivery
from erdao_geo.importing.fields import Wanted, listed_targets
from erdao_geo.importing.options import Options


def with_profile(text: str, layer: Layer, options: Options, delivery: Delivery) -> str:
    """Write the answers of an import into a layer's TOML, as its `[import]` table.

    Parameters
    ----------
    text
        The layer's TOML.
    layer
        What it says now.
    options
        The answers; what the profile had and they do not touch stays.
    delivery
        What was decided by them.

    Returns
    -------
    str
        The TOML with its comments and its order as they were.
    """
    document = tomlkit.parse(text)
    old = layer.profile
    codes = {name: dict(words) for name, words in old.codes.items()}
    for name, words in options.codes.items():
        codes.setdefault(name, {}).update(words)
    table = tomlkit.table()
    parts: Mapping[str, Any] = {
        "crs": options.crs or old.crs,
        "encoding": options.encoding or old.encoding,
        "fields": _fields(old.fields, delivery),
        "set": delivery.mapped.constants,
        "codes": codes,
    }
    for name, value in parts.items():
        if value:
            table.add(name, value)
    document["import"] = table
    return tomlkit.dumps(document)


def _fields(old: Wanted, delivery: Delivery) -> dict[str, Any]:
    """Add what filled which field, before what an earlier file had: the first is taken."""
    mapped, there = delivery.mapped.fields, delivery.source.table.column_names
    fields: dict[str, list[str]] = {}
    for target, name in mapped.items():
        fields.setdefault(name, []).append(target)
    fields = {name: targets for name, targets in fields.items() if targets != [name]}
    for name, targets in old.items():
        kept = [t for t in listed_targets(targets) if not (name in there and t in mapped)]
        if kept:
            fields[name] = list(dict.fromkeys([*fields.get(name, []), *kept]))
    return {name: _plain(targets) for name, targets in fields.items()}


def _plain(targets: list[str]) -> Any:
    """Write one target as itself, several as a list."""
    return targets[0] if len(targets) == 1 else targets
