"""Bring coordinates to longitude and latitude in CGCS2000, or say why that cannot be done.

CGCS2000 is taken as WGS 84 (they differ by centimetres). Beijing 1954 and Xian 1980 are not: PROJ
has no transformation from them for most of China and would move the coordinates by 0 m in silence,
where 50 to 100 m are due. So such a source is refused, never passed on.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
from pyproj.aoi import AreaOfInterest
from pyproj.exceptions import CRSError as ProjCRSError
from pyproj.transformer import TransformerGroup

from erdao_geo.errors import CRSError

LONLAT = pyproj.CRS("EPSG:4326")


def parse_crs(text: str) -> pyproj.CRS:
    """Read a CRS as a user names it: `EPSG:4551`, a WKT or PROJ string.

    Raises
    ------
    CRSError
        If PROJ does not know it.
    """
    try:
        return pyproj.CRS.from_user_input(text)
    except ProjCRSError as error:
        raise CRSError(f"{text!r} is no CRS that PROJ knows; name it like EPSG:4551") from error


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
    crs = features.crs
    if crs is None:
        raise CRSError("the features have no CRS")
    bounds = features.total_bounds
    if np.isnan(bounds).all():
        return features.set_crs(LONLAT, allow_override=True)
    transformer = _transformer(pyproj.CRS(crs), tuple(bounds.tolist()))
    moved = features.geometry.transform(
        lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
    )
    result = features.set_geometry(moved.set_crs(LONLAT, allow_override=True))
    if not np.isfinite(result.total_bounds).all():
        raise CRSError(
            f"some coordinates do not fit {_name(pyproj.CRS(crs))}; name the true CRS with --crs"
        )
    return result


def _transformer(crs: pyproj.CRS, bounds: tuple[float, float, float, float]) -> pyproj.Transformer:
    """Choose the way to longitude and latitude: no datum shift, or one of known accuracy."""
    geodetic = crs.geodetic_crs
    if geodetic is None:
        raise CRSError(f"{_name(crs)} has no place on the earth; name the true CRS with --crs")
    if _has_our_datum(geodetic):
        return pyproj.Transformer.from_crs(crs, geodetic, always_xy=True)
    rough = pyproj.Transformer.from_crs(crs, LONLAT, always_xy=True)
    west, south, east, north = rough.transform_bounds(*bounds)
    if np.isfinite([west, south, east, north]).all():
        area = AreaOfInterest(west, south, east, north)
        group = TransformerGroup(crs, LONLAT, always_xy=True, area_of_interest=area)
        if group.transformers and "Ballpark" not in group.transformers[0].description:
            return group.transformers[0]
    raise CRSError(
        f"PROJ knows no way from {_name(crs)} to CGCS2000 here, and taking the one for the other "
        "is some 50 to 100 m off; transform the file with your survey office's parameters, or, "
        "where the file is mislabelled, name its true CRS with --crs"
    )


def _has_our_datum(geodetic: pyproj.CRS) -> bool:
    """Tell whether a CRS rests on CGCS2000 or WGS 84, in EPSG's words or Esri's."""
    name = geodetic.datum.name if geodetic.datum else ""
    words = name.lower().replace("_", " ").removeprefix("d ")
    return words.startswith(("china 2000", "world geodetic system 1984", "wgs 1984", "wgs84"))


def _name(crs: pyproj.CRS) -> str:
    authority = crs.to_authority()
    return f"{':'.join(authority)} ({crs.name})" if authority else str(crs.name)
