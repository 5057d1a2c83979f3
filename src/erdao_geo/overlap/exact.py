"""Find exact duplicates: the same line or polygon under two keys.

They may run in either direction from any starting vertex, repeat a vertex, and be the one part of a
multi-part geometry. Points are never duplicates: two things may stand at one address.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from erdao_geo.overlap.result import Overlap, Reason


def find_duplicates(features: gpd.GeoDataFrame, key: str, sizes: pd.Series[float]) -> list[Overlap]:
    """Find the exact duplicates among some features.

    Parameters
    ----------
    features
        In EPSG:4326, the preferred one of two duplicates first. Null and empty geometries and
        points have no duplicates.
    key
        The column that names a feature.
    sizes
        Metres, square metres or ones, indexed as `features`.

    Returns
    -------
    list of Overlap
        For each feature that stands again, the first one like it; in the order of `features`.
    """
    flat = shapely.force_2d(features.geometry.to_numpy())
    flat = np.where(shapely.get_num_geometries(flat) == 1, shapely.get_geometry(flat, 0), flat)
    flat = _without_repeats(flat)
    forms = shapely.to_wkb(shapely.normalize(flat))
    sized = (shapely.get_dimensions(flat) > 0) & ~shapely.is_empty(flat)
    first: dict[bytes, int] = {}
    found = []
    for row, (form, has_size) in enumerate(zip(forms, sized.tolist(), strict=True)):
        if not has_size:
            continue
        counted = first.setdefault(form, row)
        if counted != row:
            keys = features[key]
            same = shapely.equals_exact(flat[counted], flat[row])
            reason: Reason = "duplicate" if same else "reversed"
            size = float(sizes.iloc[row])
            found.append(
                Overlap(str(keys.iloc[counted]), str(keys.iloc[row]), size, reason, changes=True)
            )
    return found


def _without_repeats(geometries: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Drop each vertex that stands where the one before it does; it covers no ground."""
    try:
        return shapely.remove_repeated_points(geometries)
    except shapely.errors.GEOSException:
        return np.array([_or_itself(geometry) for geometry in geometries], dtype=object)


def _or_itself(geometry: Any) -> Any:
    """Drop repeats, unless too little would be left: a ring that collapses stays as it is."""
    try:
        return shapely.remove_repeated_points(geometry)
    except shapely.errors.GEOSException:
        return geometry
