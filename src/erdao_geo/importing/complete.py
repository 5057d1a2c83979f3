"""Complete what a file gives by what the layer has, or by the least that may be said.

What a file does not give stays as it was. What nobody gives claims nothing: a place of unknown
evidence is `approximate`, a work of unknown status `planned`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from typing import Any

import geopandas as gpd
import numpy.typing as npt
import shapely

from erdao_geo.definitions import Layer
from erdao_geo.features import values
from erdao_geo.importing.delivery import Batch
from erdao_geo.storage import rounded

Assumed = dict[str, list[int]]
"""The rows of which something was assumed, by what."""


class Standing:
    """The layer as it stands: its values by field, its geometries, and each key's row."""

    def __init__(self, layer: Layer, features: gpd.GeoDataFrame) -> None:
        self.fields = {name: values(features, name) for name in layer.fields}
        self.geometries = rounded(features.geometry)
        self.keys: list[Any] = self.fields[layer.key]
        self.rows = {key: row for row, key in enumerate(self.keys)}

    def find(self, keys: Sequence[Any]) -> list[int]:
        """Give each key's row; -1 where it is new."""
        if not self.rows:
            return [-1] * len(keys)
        return [self.rows.get(key, -1) for key in keys]


def complete(
    batch: Batch, layer: Layer, standing: Standing, found: list[int], assumed: Assumed
) -> tuple[dict[str, list[Any]], npt.NDArray[Any]]:
    """Give every field of the layer for each feature of a batch, and its geometry.

    Parameters
    ----------
    batch
        What the file gives.
    layer, standing
        The layer, and its features as they are.
    found
        The row of each feature in the layer; -1 where it is new.
    assumed
        Where the rows are put of which something was assumed.
    """
    geometries = batch.geometries.copy()
    columns = {}
    for name in layer.fields:
        given = batch.columns.get(name)
        columns[name] = _had(standing.fields[name], found) if given is None else given
    given = batch.columns.get("evidence") or [None] * len(found)
    if None in given:
        columns["evidence"] = _assume_evidence(given, geometries, standing, found, assumed)
    if layer.has_status and None in columns["status"]:
        columns["status"] = _assume_status(columns["status"], standing, found, assumed)
    return columns, geometries


def count_assumed(assumed: Assumed, rejected: Container[int]) -> Counter[str]:
    """Count of how many features something was assumed, those apart that are not taken."""
    kept = ((name, [row for row in rows if row not in rejected]) for name, rows in assumed.items())
    return Counter({name: len(rows) for name, rows in kept})


def assumption_notes(assumed: Counter[str]) -> list[str]:
    """Say what was assumed, of how many features."""
    return [text.format(_features(assumed[n])) for n, text in _ASSUMED.items() if assumed[n]]


_ASSUMED = {
    "approximate": "{} without evidence: taken as 'approximate', which proves nothing; say "
    "--set evidence=surveyed or --set evidence=digitised if you know",
    "none": "{} without a geometry: taken as not located (evidence 'none')",
    "kept": "{} without a geometry: the one in the layer was kept",
    "status": "{} without a status: taken as 'planned'",
}


def _features(count: int) -> str:
    return f"{count} feature" if count == 1 else f"{count} features"


def _had(column: list[Any], found: list[int]) -> list[Any]:
    if not column:
        return [None] * len(found)
    return [column[row] if row >= 0 else None for row in found]


def _assume_evidence(
    given: list[Any],
    geometries: npt.NDArray[Any],
    standing: Standing,
    found: list[int],
    assumed: Assumed,
) -> list[Any]:
    """Say how a place is known that the file says nothing of: as before, or but roughly.

    A known feature that comes without a geometry keeps its own.
    """
    result = list(given)
    for row, (evidence, before) in enumerate(zip(given, found, strict=True)):
        if evidence is not None:
            continue
        placed = geometries[row] is not None
        had = standing.geometries[before] if before >= 0 else None
        if before >= 0 and (not placed or _is_same(geometries[row], had)):
            geometries[row] = had
            result[row] = standing.fields["evidence"][before]
            if not placed and had is not None:
                assumed["kept"].append(row)
            continue
        result[row] = "approximate" if placed else "none"
        assumed[result[row]].append(row)
    return result


def _assume_status(
    given: list[Any], standing: Standing, found: list[int], assumed: Assumed
) -> list[Any]:
    before = _had(standing.fields["status"], found)
    pairs = enumerate(zip(given, before, strict=True))
    assumed["status"] += [row for row, (s, b) in pairs if s is None and b is None]
    return [s or b or "planned" for s, b in zip(given, before, strict=True)]


def _is_same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return bool(shapely.to_wkb(one) == shapely.to_wkb(other))
