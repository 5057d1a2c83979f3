"""Keep what an import was told in the layer's definition, so that the next one needs no options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit

from erdao_geo.definitions import Layer
from erdao_geo.importing.delivery import Delivery
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
    fields: dict[str, Any] = {n: _plain(targets) for n, targets in old.fields.items()}
    for name in dict.fromkeys(delivery.mapped.fields.values()):
        targets = [t for t, source in delivery.mapped.fields.items() if source == name]
        if targets != [name]:
            fields[name] = _plain(targets)
    codes = {name: dict(words) for name, words in old.codes.items()}
    for name, words in options.codes.items():
        codes.setdefault(name, {}).update(words)
    table = tomlkit.table()
    parts: Mapping[str, Any] = {
        "crs": options.crs or old.crs,
        "encoding": options.encoding or old.encoding,
        "fields": fields,
        "set": {**old.set, **options.constants},
        "codes": codes,
    }
    for name, value in parts.items():
        if value:
            table.add(name, value)
    document["import"] = table
    return tomlkit.dumps(document)


def _plain(targets: Any) -> Any:
    """Write one target as itself, several as a list."""
    listed = [targets] if isinstance(targets, str) else list(targets)
    return listed[0] if len(listed) == 1 else listed
