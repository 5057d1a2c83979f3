"""Bring coordinates to longitude and latitude in CGCS2000, or say why that cannot be done.

CGCS2000 is taken as WGS 84 (they differ by centimetres). Beijing 1954 and Xian 1980 are not: PROJ
has no transformation from them for most of China and would move the coordinates by 0 m in silence,
where 50 to 100 m are due. So such a source is refused, never passed on.
"""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.exceptions import CRSError as ProjCRSError
from pyproj.transformer import AreaOfInterest, TransformerGroup

from erdao_geo.errors import CRSError

LONLAT = pyproj.CRS("EPSG:4326")

_SEMI_MAJOR = 6_378_137.0  # metres: of CGCS2000, WGS 84 and GRS 80
_OUR_DATUMS = (
    "china 2000",
    "china geodetic coordinate system 2000",
    "cgcs 2000",
    "cgcs2000",
    "world geodetic system 1984",
    "wgs 1984",
    "wgs 84",
    "wgs84",
)


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
    if features.crs is None:
        raise CRSError("the features have no CRS; name it with --crs, e.g. --crs EPSG:4551")
    bounds = features.total_bounds
    if np.isnan(bounds).all():
        return features.set_crs(LONLAT, allow_override=True)
    crs = pyproj.CRS(features.crs)
    _require_degrees(crs, bounds)
    transformer = _transformer(crs, bounds)
    moved = features.geometry.transform(
        lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
    )
    result = features.set_geometry(moved.set_crs(LONLAT, allow_override=True))
    if not np.isfinite(result.total_bounds).all():
        raise CRSError(f"some coordinates do not fit {_name(crs)}; name the true CRS with --crs")
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
            f"{bounds[3]:.10g}, which is no lon, lat in {_name(crs)}; name the true CRS with "
            "--crs, e.g. --crs EPSG:4551"
        )


def _transformer(crs: pyproj.CRS, bounds: npt.NDArray[np.float64]) -> pyproj.Transformer:
    """Choose the way to longitude and latitude: no datum shift, or one known to hold here."""
    geodetic = crs.geodetic_crs
    if geodetic is None or not (crs.is_geographic or crs.is_projected):
        raise CRSError(f"{_name(crs)} has no place on the earth; name the true CRS with --crs")
    if _has_our_datum(geodetic):
        return pyproj.Transformer.from_crs(crs, geodetic, always_xy=True)
    shift = _known_shift(crs, bounds)
    if shift is None:
        raise CRSError(
            f"PROJ knows no way from {_name(crs)} to CGCS2000 here, and taking the one for the "
            "other is some 50 to 100 m off; transform the file with your survey office's "
            "parameters, or, where the file is mislabelled, name its true CRS with --crs"
        )
    return shift


def _known_shift(crs: pyproj.CRS, bounds: npt.NDArray[np.float64]) -> pyproj.Transformer | None:
    """Find PROJ's best operation, if it is more than a guess and made for all of this place."""
    rough = pyproj.Transformer.from_crs(crs, LONLAT, always_xy=True)
    west, south, east, north = rough.transform_bounds(*bounds.tolist())
    if not np.isfinite([west, south, east, north]).all():
        return None
    area = AreaOfInterest(west, south, east, north)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # of a missing grid
        group = TransformerGroup(crs, LONLAT, always_xy=True, area_of_interest=area)
    known = group.transformers if group.best_available else []
    if not known or "Ballpark" in known[0].description:
        return None
    best = known[0]
    valid = best.area_of_use  # none where the user gives the parameters
    if valid is not None and not (
        valid.west <= west and east <= valid.east and valid.south <= south and north <= valid.north
    ):
        return None
    return best


def _has_our_datum(geodetic: pyproj.CRS) -> bool:
    """Tell whether a CRS rests on CGCS2000 or WGS 84, in EPSG's words or Esri's."""
    ellipsoid = geodetic.ellipsoid
    if ellipsoid is None or abs(ellipsoid.semi_major_metre - _SEMI_MAJOR) > 1e-3:  # noqa: PLR2004
        return False  # whatever it is called: a Krassovsky ellipsoid is no CGCS2000
    name = geodetic.datum.name if geodetic.datum else ""
    words = name.lower().replace("_", " ").removeprefix("d ")
    return words.startswith(_OUR_DATUMS)


def _name(crs: pyproj.CRS) -> str:
    authority = crs.to_authority()
    return f"{':'.join(authority)} ({crs.name})" if authority else str(crs.name)
