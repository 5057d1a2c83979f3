"""The steps from the old features to the new ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from erdao_geo.definitions import Layer
from erdao_geo.features import values

Step = Literal["removed", "added", "redrawn", "fields", "evidence"]


class Tables:
    """The features before, between and after the steps; those of one key are one feature.

    Parameters
    ----------
    layer
        Its fields are what is looked at.
    old, new
        Its features, in EPSG:4326.
    """

    def __init__(self, layer: Layer, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> None:
        self.old, self.new = _columns(layer, old), _columns(layer, new)
        self._old_at = _places(self.old[layer.key])
        self._new_at = _places(self.new[layer.key])
        self._common = [key for key in self._old_at if key in self._new_at]

    def before(self) -> gpd.GeoDataFrame:
        """Give the old features, with the fields of the layer."""
        return self._mixed(list(self._old_at), frozenset(self.old))

    def steps(self) -> Iterator[tuple[Step, gpd.GeoDataFrame]]:
        """Give each step that changes something, and the features after it."""
        fields = frozenset(self.old) - {"geometry", "evidence"}
        every = frozenset(self.old)
        gone = len(self._common) < len(self._old_at)
        fresh = len(self._common) < len(self._new_at)
        if gone:
            yield "removed", self._mixed(self._common, every)
        if fresh:
            yield "added", self._mixed(list(self._new_at), every)
        if self._differ("geometry"):
            yield "redrawn", self._mixed(list(self._new_at), every - {"geometry"})
        if any(map(self._differ, sorted(fields))):
            yield "fields", self._mixed(list(self._new_at), frozenset({"evidence"}))
        if self._differ("evidence"):
            yield "evidence", self._mixed(list(self._new_at), frozenset())

    def pair(self, key: str, name: str) -> tuple[Any, Any]:
        """Give a field's value before and after; None where there is no such feature or field."""
        old, new = self._old_at.get(key), self._new_at.get(key)
        return (
            None if old is None or name not in self.old else self.old[name][old],
            None if new is None or name not in self.new else self.new[name][new],
        )

    def _mixed(self, keys: list[str], from_old: frozenset[str]) -> gpd.GeoDataFrame:
        """Give features, some columns as they were before where a feature was there."""
        columns = {
            name: [
                self.old[name][self._old_at[key]]
                if name in from_old and key in self._old_at
                else self.new[name][self._new_at[key]]
                for key in keys
            ]
            for name in self.old
        }
        geometry = np.array([*columns.pop("geometry"), None], dtype=object)[:-1]
        frame = {name: pd.Series(column, dtype=object) for name, column in columns.items()}
        return gpd.GeoDataFrame(frame, geometry=geometry, crs="EPSG:4326")

    def _differ(self, name: str) -> bool:
        was = [self.old[name][self._old_at[key]] for key in self._common]
        now = [self.new[name][self._new_at[key]] for key in self._common]
        if name == "geometry":
            was, now = (
                shapely.to_wkb(np.array(each, dtype=object)).tolist() for each in (was, now)
            )
        return bool(was != now)


def _columns(layer: Layer, features: gpd.GeoDataFrame) -> dict[str, list[Any]]:
    """Give the layer's fields and the geometry; a field that was not there yet is None."""
    columns = {name: values(features, name) for name in layer.fields}
    return {**columns, "geometry": features.geometry.tolist()}


def _places(keys: list[Any]) -> dict[str, int]:
    return {str(key): place for place, key in enumerate(keys)}
