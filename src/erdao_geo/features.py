"""What every stage does with a table of features."""

from __future__ import annotations

from typing import Any

import geopandas as gpd


def values(features: gpd.GeoDataFrame, name: str) -> list[Any]:
    """Give a field's values, one for each feature; a missing one, of whatever kind, is None.

    A field that the table does not have is None throughout. Numbers keep their kind: an integer
    beside a missing value stays an integer.
    """
    if name not in features:
        return [None] * len(features)
    column = features[name]
    missing = column.isna().to_numpy()
    if not missing.any():
        return column.tolist()
    if missing.all():
        return [None] * len(features)
    pairs = zip(column.tolist(), missing.tolist(), strict=True)
    return [None if gone else value for value, gone in pairs]
