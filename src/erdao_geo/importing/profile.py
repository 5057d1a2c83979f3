"""Keep what an import was told in the layer's definition, so that the next one needs no options."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any

import tomlkit

from erdao_geo.crs import Mover
from erdao_geo.definitions import Layer
from erdao_geo.importing.delivery import Delivery
from erdao_geo.importing.fields import Wanted, listed_targets
from erdao_geo.importing.options import Options
from erdao_geo.importing.ties import learned_ties


def with_profile(toml: bytes, layer: Layer, options: Options, delivery: Delivery) -> bytes:
    """Write the answers of an import into a layer's TOML, as its `[import]` table.

    Parameters
    ----------
    toml
        The layer's TOML.
    layer
        What it says now.
    options
        The answers; what the profile had and they do not touch stays.
    delivery
        What was decided by them.

    Returns
    -------
    bytes
        The TOML with its comments, its order and its line ends as they were, without a BOM; but its
        `[import]` table is written anew, without the comments in it.
    """
    text = toml.removeprefix(BOM_UTF8).decode()
    document = tomlkit.parse(text.replace("\r\n", "\n"))
    old, mapped = layer.profile, delivery.mapped
    codes = {name: dict(words) for name, words in old.codes.items()}
    for name, words in options.codes.items():
        codes.setdefault(name, {}).update(words)
    table = tomlkit.table()
    parts: Mapping[str, Any] = {
        "crs": options.crs or old.crs,
        "encoding": options.encoding or old.encoding,
        "part": options.part or old.part,
        "key": "geometry" if "geometry" in (options.key, old.key) else "",
        "fields": _fields(old.fields, delivery),
        "set": {n: v for n, v in old.set.items() if n not in mapped.fields} | mapped.constants,
        "codes": codes,
        **_ties(layer, options, delivery),
    }
    for name, value in parts.items():
        if value:
            table.add(name, value)
    document["import"] = table
    written = tomlkit.dumps(document)
    return (written.replace("\n", "\r\n") if "\r\n" in text else written).encode()


def _ties(layer: Layer, options: Options, delivery: Delivery) -> dict[str, Any]:
    """Keep what tied the file to the ground; a file without a single place had no need of it."""
    if isinstance(delivery.move, Mover):
        return learned_ties(delivery.move.crs, options, layer.profile)
    old = layer.profile
    return {name: getattr(old, name) for name in ("datum_shift", "control_points")}


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
