"""Bring a table of features to longitude and latitude, or say why that cannot be done."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj

from erdao_geo.crs.datum import LONLAT, name_crs, passage
from erdao_geo.errors import CRSError


def to_lonlat(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Transform features to EPSG:4326.

    Parameters
    ----------
    features
        With a CRS.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows and columns, in longitude and latitude; null geometry stays null.

    Raises
    ------
    CRSError
        If there is no CRS, coordinates do not fit it, or PROJ knows no way from it to CGCS2000.
    """
    if features.crs is None:
        raise CRSError("the features have no CRS; name it with --crs, e.g. --crs EPSG:4551")
    bounds = features.total_bounds
    if np.isnan(bounds).all():
        return features.set_crs(LONLAT, allow_override=True)
    crs = pyproj.CRS(features.crs)
    _require_degrees(crs, bounds)
    transformer = _known_way(crs, bounds)
    moved = features.geometry.transform(
        lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
    )
    result = features.set_geometry(moved.set_crs(LONLAT, allow_override=True))
    if not np.isfinite(result.total_bounds).all():
        raise CRSError(f"some coordinates do not fit {name_crs(crs)}; name the true CRS with --crs")
    return result


def _require_degrees(crs: pyproj.CRS, bounds: npt.NDArray[np.float64]) -> None:
    """Refuse metres under the name of degrees: PROJ would wrap them round the earth."""
    if not crs.is_geographic:
        return
    degrees = np.rad2deg(crs.axis_info[0].unit_conversion_factor)  # in the CRS's unit
    west, south, east, north = (bounds * degrees).round(9).tolist()
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):  # noqa: PLR2004
        raise CRSError(
            f"its coordinates run from {bounds[0]:.10g}, {bounds[1]:.10g} to {bounds[2]:.10g}, "
            f"{bounds[3]:.10g}, which is no lon, lat in {name_crs(crs)}; name the true CRS with "
            "--crs, e.g. --crs EPSG:4551"
        )


def _known_way(crs: pyproj.CRS, bounds: npt.NDArray[np.float64]) -> pyproj.Transformer:
    west, south, east, north = bounds.tolist()
    way = passage(crs, (west, south, east, north))
    if way.uncertainty:
        raise CRSError(
            f"PROJ knows no way from {name_crs(crs)} to CGCS2000 here, and taking the one for the "
            "other is some 50 to 100 m off; transform the file with your survey office's "
            "parameters, or, where the file is mislabelled, name its true CRS with --crs"
        )
    return way.transformer
