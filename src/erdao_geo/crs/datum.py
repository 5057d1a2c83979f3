"""What a CRS rests on, and the way from there to longitude and latitude in CGCS2000.

CGCS2000 is taken as WGS 84 (they differ by centimetres). Beijing 1954 and Xian 1980 are not: PROJ
has no transformation from them for most of China and moves the coordinates by 0 m in silence, where
50 to 100 m are due. Such a way is a `Passage` with its uncertainty, so that nobody takes it as
right.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
from pyproj.exceptions import CRSError as ProjCRSError
from pyproj.exceptions import ProjError
from pyproj.transformer import AreaOfInterest, TransformerGroup

from erdao_geo.errors import CRSError

LONLAT = pyproj.CRS("EPSG:4326")

Bounds = tuple[float, float, float, float]
"""West, south, east, north, in the coordinates of the file."""

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
TOLERABLE = 10.0
"""Metres that positions may be off and still be called surveyed or digitised, not approximate."""
UNCERTAINTY = {"beijing": 100.0, "xian": 60.0}
"""Metres that a Chinese datum may be off from CGCS2000, by a word of its name."""
_MODERN_DATUM = 5.0  # metres: any on the ellipsoid of GRS 80 or WGS 84, named or not
_OTHER_DATUM = 500.0  # metres: a datum of anywhere, for which PROJ has nothing here


@dataclass(frozen=True, slots=True)
class Passage:
    """A way from a CRS to longitude and latitude in CGCS2000, and how far it may be off."""

    transformer: pyproj.Transformer
    """Takes x, y (lon, lat); thread-safe."""
    uncertainty: float
    """Metres; 0 where the way is known."""
    note: str = ""


@lru_cache(maxsize=64)  # milliseconds of PROJ's database
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


def name_crs(crs: pyproj.CRS) -> str:
    """Name a CRS for a reader: `EPSG:4551 (CGCS2000 / 3-degree Gauss-Kruger CM 126E)`."""
    code = authority(crs)
    return f"{code} ({crs.name})" if code else str(crs.name)


@lru_cache(maxsize=64)  # PROJ compares with its whole database: half a second where none fits
def authority(crs: pyproj.CRS) -> str | None:
    """Find the code of a CRS, as `EPSG:4551`; None for one that has its own parameters."""
    found = None if crs.is_bound else crs.to_authority()
    return ":".join(found) if found else None


@lru_cache(maxsize=64)  # an import asks again for what its inspection had
def passage(crs: pyproj.CRS, extent: Bounds | None = None) -> Passage:
    """Choose the way to longitude and latitude: no datum shift, one that is known, or a guess.

    Parameters
    ----------
    crs
        Geographic or projected.
    extent
        Bounds of the coordinates: an operation counts as known only where it is made for all of
        them. Without it, for all of the CRS's own area of use.

    Raises
    ------
    CRSError
        If the CRS has no place on the earth.
    """
    geodetic = _geodetic(crs)
    if _has_our_datum(geodetic):
        return Passage(_way(crs, geodetic), 0.0)
    known = _known_shift(crs, extent)
    if known is not None:
        return known
    metres = _uncertainty(geodetic)
    note = (
        f"PROJ has no transformation from {datum_name(geodetic)} to CGCS2000 here: the positions "
        f"are not shifted, and may be off by some {metres:.0f} m"
    )
    return Passage(unshifted(crs), metres, note)


def unshifted(crs: pyproj.CRS) -> pyproj.Transformer:
    """Give the way to longitude and latitude on the CRS's own datum."""
    geodetic = _geodetic(crs)
    own = crs.source_crs if crs.is_bound else crs  # a bound CRS would apply its own parameters
    return _way(own, geodetic)


@lru_cache(maxsize=64)  # PROJ looks for 15 ms, through all that it knows
def _way(crs: pyproj.CRS | None, geodetic: pyproj.CRS) -> pyproj.Transformer:
    try:
        return pyproj.Transformer.from_crs(crs, geodetic, always_xy=True)
    except ProjError as error:
        raise CRSError(
            f"PROJ can make nothing of {geodetic.name!r} ({' '.join(str(error).split())}): its "
            "definition is damaged; name the true CRS with --crs"
        ) from error


def datum_name(crs: pyproj.CRS) -> str:
    """Name the datum as people do: `Beijing 1954`, not `D_Beijing_1954`."""
    geodetic = crs.geodetic_crs
    name = geodetic.datum.name if geodetic is not None and geodetic.datum is not None else crs.name
    return str(name).replace("_", " ").removeprefix("D ")


def _geodetic(crs: pyproj.CRS) -> pyproj.CRS:
    geodetic = crs.geodetic_crs
    if geodetic is None or not (crs.is_geographic or crs.is_projected):
        raise CRSError(f"{name_crs(crs)} has no place on the earth; name the true CRS with --crs")
    return geodetic


def _uncertainty(geodetic: pyproj.CRS) -> float:
    """Say how far a datum may be off from CGCS2000 here, in metres."""
    words = datum_name(geodetic).lower()
    for word, metres in UNCERTAINTY.items():
        if word in words:
            return metres
    return _MODERN_DATUM if _has_our_ellipsoid(geodetic) else _OTHER_DATUM


def _known_shift(crs: pyproj.CRS, extent: Bounds | None) -> Passage | None:
    """Find PROJ's best operation that is more than a guess and made for all of this place."""
    area = _area(crs, extent)
    if area is None:
        return None
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # of a missing grid
        group = TransformerGroup(crs, LONLAT, always_xy=True, area_of_interest=area)
    for number, way in enumerate(group.transformers):
        if "Ballpark" not in way.description and _holds(way, area):
            if number == 0 and group.best_available:
                return Passage(way, 0.0)
            note = f"PROJ's best transformation is not installed; taken: {way.description}"
            return Passage(way, max(way.accuracy, 1.0), note)
    return None


def _holds(way: pyproj.Transformer, area: AreaOfInterest) -> bool:
    valid = way.area_of_use  # none where the user gives the parameters
    return valid is None or (
        valid.west <= area.west_lon_degree
        and area.east_lon_degree <= valid.east
        and valid.south <= area.south_lat_degree
        and area.north_lat_degree <= valid.north
    )


def _area(crs: pyproj.CRS, extent: Bounds | None) -> AreaOfInterest | None:
    if extent is None:
        use = crs.area_of_use
        return AreaOfInterest(use.west, use.south, use.east, use.north) if use else None
    west, south, east, north = unshifted(crs).transform_bounds(*extent)
    if not np.isfinite([west, south, east, north]).all():
        return None
    return AreaOfInterest(west, south, east, north)


def _has_our_ellipsoid(geodetic: pyproj.CRS) -> bool:
    ellipsoid = geodetic.ellipsoid
    return ellipsoid is not None and (
        abs(ellipsoid.semi_major_metre - _SEMI_MAJOR) < 1e-3  # noqa: PLR2004
        and abs(ellipsoid.inverse_flattening - 298.257) < 1e-3  # noqa: PLR2004
    )


def _has_our_datum(geodetic: pyproj.CRS) -> bool:
    """Tell whether a CRS rests on CGCS2000 or WGS 84, in EPSG's words or Esri's."""
    if not _has_our_ellipsoid(geodetic):
        return False  # whatever it is called: a Krassovsky ellipsoid is no CGCS2000
    return datum_name(geodetic).lower().startswith(_OUR_DATUMS)
