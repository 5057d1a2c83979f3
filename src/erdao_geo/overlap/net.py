"""Net sizes of features of any geometry."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from erdao_geo.definitions import OverlapRules
from erdao_geo.overlap.areas import net_areas
from erdao_geo.overlap.lines import net_lengths
from erdao_geo.overlap.result import Net

_NET = {1: net_lengths, 2: net_areas}
"""By the dimension of what is measured."""


def net_sizes(
    features: gpd.GeoDataFrame, key: str, sizes: pd.Series[float], rules: OverlapRules
) -> Net:
    """Tell what each feature adds to a total in which ground counts once.

    Parameters
    ----------
    features
        In EPSG:4326, of one kind of geometry, the preferred one of two that overlap first. Null
        and empty geometries and points cover no ground.
    key
        The column that names a feature.
    sizes
        Geodesic metres or square metres, indexed as `features`, 0 where there is no geometry.
    rules
        The layer's tolerance, and how it counts carriageways.

    Returns
    -------
    Net
        The overlaps in the order of `features` by `other`.
    """
    dimension = int(shapely.get_dimensions(features.geometry.to_numpy()).max(initial=-1))
    if dimension not in _NET:
        return Net(sizes, (), frozenset())
    return _NET[dimension](features, key, sizes, rules)
