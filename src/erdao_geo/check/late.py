"""Which features of a target are overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import geopandas as gpd

from erdao_geo.check.row import Overdue
from erdao_geo.definitions import Layer
from erdao_geo.features import values


def overdue_of(
    features: gpd.GeoDataFrame, layer: Layer, kept: Collection[str], *, as_of: dt.date | None
) -> tuple[Overdue, ...]:
    """List the features that were due before a day, the latest first.

    Parameters
    ----------
    features
        Those that a target speaks of; `due_on` as ISO text.
    layer
        Theirs.
    kept
        The keys of those that are done, or that only draw again what another one is.
    as_of
        The day; where it is None, nothing is late.
    """
    if as_of is None or "due_on" not in layer.fields:
        return ()
    end, days = as_of.isoformat(), values(features, "due_on")
    due = features.iloc[[i for i, day in enumerate(days) if day is not None and day[:10] < end]]
    keys = due[layer.key].astype(str).tolist()
    late = [
        (dt.date.fromisoformat(day[:10]), key, str(name or key))
        for key, name, day in zip(keys, values(due, "name"), values(due, "due_on"), strict=True)
        if key not in kept
    ]
    return tuple(Overdue(key, name, day, (as_of - day).days) for day, key, name in sorted(late))
