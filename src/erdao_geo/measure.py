"""Geodesic length and area of features, at a few times the cost of reading their coordinates.

Every figure belongs to the ellipsoid of CGCS2000, never to a plane. The edges of ordinary data are
short, so NumPy measures them by the closed forms below, a cacheful of vertices at a time. What
those do not cover goes to GeographicLib (`pyproj.Geod`): an edge of a line that spans more than
0.25 degrees, a polygon with an edge that spans more than 0.02 (thus all that crosses the
antimeridian or goes round a pole), and a polygon so small that GeographicLib's rounding shows.

Length of an edge. With phi, lam the latitude and longitude, beta the parametric latitude, delta
and omega half the differences of beta and lam, and e2 the eccentricity squared, the straight chord
through the ellipsoid is exactly (sums of angles; no difference of large numbers is in it)

    k = (chord / 2a)^2 = (1 - e2 C) sin(delta)^2 + P sin(omega)^2
    P = cos(beta1) cos(beta2),  C = P + sin(delta)^2 = cos((beta1 + beta2) / 2)^2
    sin(2 delta)^2 = sin(phi2 - phi1)^2 (1 - e2 cos(beta1)^2) (1 - e2 cos(beta2)^2) / (1 - e2)

and its arc is 2R asin(chord / 2R). 1/R, the curvature of the normal section in the edge's direction
at its middle, is cos(alpha)^2 / M + sin(alpha)^2 / N (Euler), and with that arc / chord is

    1 + x/6 + ...,  x = (chord / 2R)^2 = (1 - e2) (sin(delta)^2 + P sin(omega)^2)^2 / ((1 - e2 C) k)
                      = (1 - e2) (t + e2 C (t + sin(delta)^2)) + O(e2^2 t),
                    t = sin(delta)^2 + P sin(omega)^2

Area of a ring. By Green's theorem it is the sum, over the edges, of the integral of a^2 q dlam,
where q, the authalic function, is the area between equator and parallel over a^2 and lam. On a
geodesic q'' = -sin(phi) / a^2 and lam'' = 2 sin(phi) sin(alpha) cos(alpha) / (N cos(phi))^2
(Clairaut); expanded at the middle latitude, with s = sin(phi) and w = 1 - e2 s^2, this gives

    integral / dlam = q + s ((1 - s^2) / w dlam^2 / 12 + (1 - e2)^2 / w^3 E dphi^2 / 8)
    q = (1 - e2) s (1 + 2/3 e2 s^2 + 3/5 e2^2 s^4 + ...),  E = 1 + 3 e2 / (1 - e2) (1 - s^2)

where the bracket is the geodesic's bulge towards the pole and the curvature of q.

Sources: Rapp (1991), Geometric geodesy I, ch. 3-4, for curvatures and chord; Snyder (1987), Map
projections, USGS PP 1395, eq. 3-12, for q; Karney (2013), doi:10.1007/s00190-012-0578-z, for
GeographicLib. `docs/performance.md` has the speed and the errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Geod

from erdao_geo.errors import CRSError, ErdaoGeoError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Geometries = npt.NDArray[Any]
Kernel = Callable[[Geometries, Ints, Floats, Floats], Floats]

_LONLAT = {("EPSG", "4326"), ("EPSG", "4490"), ("OGC", "CRS84")}
_LINES, _POLYGONS = (1, 2), (3,)  # GEOS's numbers of geometry types: LinearRing is 2
_COLLECTIONS, _CURVES = (4, 5, 6, 7), 8  # from 8 on

_A, _RF = 6_378_137.0, 298.257222101  # CGCS2000: semi-major axis in m, inverse flattening
_E2 = (2 - 1 / _RF) / _RF
_GEOD = Geod(a=_A, rf=_RF)
_RADIANS = np.pi / 180  # in a degree
_POLE, _TURN = 90, 360  # degrees
_AUTHALIC = [(1 - _E2) * _E2**i * (i + 1) / (2 * i + 1) for i in range(6)]

_CHUNK = 32_768  # vertices: the arrays of one chunk stay in a core's cache
_FAR_ON_LINE = 0.25  # degrees, some 28 km: up to here an edge's length is right to 2e-10
_FAR_ON_RING = (
    0.02  # degrees, some 2 km: up to here an edge's area is right to GeographicLib's rounding
)
_ROUNDING = 40.0  # m2: GeographicLib rounds n edges by up to 4e-5 sqrt(n) m2, 1e-6 of this


def length(features: gpd.GeoDataFrame) -> pd.Series[float]:
    """Measure the geodesic length of each feature.

    Parameters
    ----------
    features
        Any number of features, in longitude and latitude: EPSG:4326, or EPSG:4490 (CGCS2000),
        which is the same to a few centimetres. A height (Z) is ignored.

    Returns
    -------
    pandas.Series of float
        Metres, indexed as `features`: the sum over the lines of a geometry. A point is 0 m long;
        so is a polygon, whose perimeter is not its length, and an empty geometry. A missing
        (null) geometry is NaN: its length is not known.

    Raises
    ------
    CRSError
        If `features` has no CRS or another one, or a vertex that is not on the Earth.
    ErdaoGeoError
        If a geometry has curved parts.

    Notes
    -----
    An edge is the shortest way between its ends, across the antimeridian if need be. Within 1e-9
    of GeographicLib, or the few nanometres to which that rounds. Karney (2013), Algorithms for
    geodesics, doi:10.1007/s00190-012-0578-z; the module's docstring derives the formulae.

    Examples
    --------
    >>> from shapely import LineString
    >>> road = LineString([(125.40, 43.85), (125.41, 43.85)])
    >>> length(gpd.GeoDataFrame(geometry=[road, None], crs=4326)).round(3).tolist()
    [804.08, nan]
    """
    return _measure(features, _LINES, _line_lengths).rename("length")


def area(features: gpd.GeoDataFrame) -> pd.Series[float]:
    """Measure the geodesic area of each feature.

    Parameters
    ----------
    features
        Any number of features, as for `length`.

    Returns
    -------
    pandas.Series of float
        Square metres, indexed as `features`: the sum over the polygons of a geometry. A hole is
        taken off because it is a hole, whatever the direction of its ring. Points, lines and
        empty geometries have 0 m2. A missing (null) geometry is NaN: its area is not known.

    Raises
    ------
    CRSError, ErdaoGeoError
        As `length` does.

    Notes
    -----
    A ring's edges are geodesics, and it bounds the smaller of the parts into which it cuts the
    Earth: around a pole, the cap. Within 1e-6 of GeographicLib for a polygon of 1 km2 or less and
    1e-9 for a layer's total, or the 1e-4 m2 or so to which that rounds. Sources as for `length`.

    Examples
    --------
    >>> from shapely import box
    >>> park = box(125.40, 43.85, 125.41, 43.86)
    >>> area(gpd.GeoDataFrame(geometry=[park, None], crs=4326)).round(1).tolist()
    [893333.8, nan]
    """
    return _measure(features, _POLYGONS, _polygon_areas).rename("area")


BY_GEOMETRY = {"LineString": length, "Polygon": area}
"""What is measured of features, by the geometry of their layer; of points nothing is."""


def _measure(
    features: gpd.GeoDataFrame, types: tuple[int, ...], kernel: Kernel
) -> pd.Series[float]:
    """Apply `kernel` to the parts of the given types, chunk by chunk, and sum by feature."""
    _require_lonlat(features)
    geometries = np.asarray(features.geometry)
    parts, owners, counts = _parts(geometries, types)
    measures = np.zeros(len(parts))
    for chunk in _chunks(counts):
        lon, lat = np.ascontiguousarray(shapely.get_coordinates(parts[chunk]).T)
        _require_on_earth(lon, lat, counts[chunk], owners[chunk], features.index)
        measures[chunk] = kernel(parts[chunk], counts[chunk], lon, lat)
    totals = np.bincount(owners, measures, minlength=len(geometries)).astype(float)
    totals[shapely.is_missing(geometries)] = np.nan
    return pd.Series(totals, index=features.index)


def _require_lonlat(features: gpd.GeoDataFrame) -> None:
    if features.crs is None:
        raise CRSError("the features have no CRS; set it, e.g. set_crs(4326) for lon, lat")
    if features.crs.to_authority() not in _LONLAT:
        raise CRSError(f"the features are in {features.crs.name}; bring them to EPSG:4326 first")


def _parts(geometries: Geometries, types: tuple[int, ...]) -> tuple[Geometries, Ints, Ints]:
    """Take geometries apart into the parts of `types`: the parts, whose each is, its vertices."""
    parts, owners = geometries, np.arange(len(geometries))
    kinds = shapely.get_type_id(parts)
    while np.isin(kinds, _COLLECTIONS).any():
        parts, index = shapely.get_parts(parts, return_index=True)
        owners = owners[index]
        kinds = shapely.get_type_id(parts)
    if (kinds >= _CURVES).any():
        raise ErdaoGeoError("a geometry has curved parts; turn them into straight edges first")
    counts = np.where(np.isin(kinds, types), shapely.get_num_coordinates(parts), 0)
    kept = counts > 0
    if kept.all():
        return parts, owners, counts
    return parts[kept], owners[kept], counts[kept]


def _chunks(counts: Ints) -> Iterator[slice]:
    """Cut parts of so many vertices into runs of about `_CHUNK` vertices, or one longer part."""
    ends = np.cumsum(counts)
    cuts = np.searchsorted(ends, np.arange(_CHUNK, counts.sum(), _CHUNK), side="right")
    for start, stop in pairwise(np.unique([0, *cuts, len(counts)])):
        yield slice(start, stop)


def _require_on_earth(
    lon: Floats, lat: Floats, counts: Ints, owners: Ints, labels: pd.Index[Any]
) -> None:
    """Refuse what is no longitude (of either convention) and latitude; NaN is not."""
    if max(lat.max(), -lat.min()) <= _POLE and max(lon.max(), -lon.min()) <= _TURN:
        return
    bad = np.flatnonzero(~((np.abs(lat) <= _POLE) & (np.abs(lon) <= _TURN)))[0]
    label = labels[owners[np.searchsorted(np.cumsum(counts), bad, side="right")]]
    raise CRSError(
        f"feature {label} has a vertex at ({lon[bad]}, {lat[bad]}), which is no longitude and"
        " latitude; give the source's true CRS, or repair the vertex"
    )


def _line_lengths(_: Geometries, counts: Ints, lon: Floats, lat: Floats) -> Floats:
    ends = np.cumsum(counts)
    dlon, dlat = _steps(lon, lat, ends)
    far = _beyond(_FAR_ON_LINE, dlon, dlat)
    dlon[far] = dlat[far] = 0
    edges = _edge_lengths(lat, dlon, dlat)
    if far.size:
        edges[far] = _GEOD.inv(lon[far], lat[far], lon[far + 1], lat[far + 1])[2]
    return np.add.reduceat(edges, ends - counts)


def _steps(lon: Floats, lat: Floats, ends: Ints) -> tuple[Floats, Floats]:
    """Degrees from each vertex to the next; 0 from a part's last vertex to the next part."""
    dlon, dlat = np.diff(lon), np.diff(lat)
    dlon[ends[:-1] - 1] = dlat[ends[:-1] - 1] = 0
    return dlon, dlat


def _beyond(degrees: float, dlon: Floats, dlat: Floats) -> Ints:
    """Find the edges that span more degrees; as a rule there are none, and that is quick to see."""
    if max(dlon.max(), dlat.max(), -dlon.min(), -dlat.min()) <= degrees:
        return np.empty(0, np.int64)
    return np.flatnonzero(np.maximum(np.abs(dlon), np.abs(dlat)) > degrees)


def _edge_lengths(lat: Floats, dlon: Floats, dlat: Floats) -> Floats:
    """Measure the edges; in place for the most part, because new arrays cost as much as sums."""
    cos2 = np.tan(lat * _RADIANS)  # on its way to cos(beta)^2
    cos2 *= cos2
    cos2 *= 1 - _E2
    cos2 += 1
    np.reciprocal(cos2, out=cos2)
    p = np.sqrt(cos2[1:] * cos2[:-1])

    flat = np.multiply(cos2, -_E2, out=cos2)
    flat += 1
    north = _sine_squared(dlat * _RADIANS)
    north *= flat[1:]
    north *= flat[:-1]
    north *= 1 / (4 - 4 * _E2)
    north *= 1 + north  # sin(delta)^2 from sin(2 delta)^2 / 4

    east = _sine_squared(dlon * (_RADIANS / 2))
    east *= p
    flattening = _E2 * (p + north)  # e2 C
    east += north
    x = east + north
    x *= flattening
    x += east
    x *= (1 - _E2) / 6
    x += 1  # asin(sqrt(x)) / sqrt(x)
    k = np.subtract(east, flattening * north, out=east)
    arcs: Floats = np.sqrt(k, out=k)
    arcs *= 2 * _A
    arcs *= x
    return arcs


def _sine_squared(angles: Floats) -> Floats:
    """Turn small angles into the squares of their sines, to the fourth order, in place."""
    angles *= angles
    angles *= 1 - angles * (1 / 3)
    return angles


def _polygon_areas(polygons: Geometries, counts: Ints, lon: Floats, lat: Floats) -> Floats:
    ring_counts, owners = counts, np.arange(len(polygons))
    if shapely.get_num_interior_rings(polygons).any():
        rings, owners = shapely.get_rings(polygons, return_index=True)
        ring_counts = shapely.get_num_coordinates(rings).astype(np.int64)
    ends = np.cumsum(ring_counts)
    dlon, dlat = _steps(lon, lat, ends)
    ring_areas = np.abs(np.add.reduceat(_edge_areas(lat, dlon, dlat), ends - ring_counts))
    ring_areas[1:][owners[1:] == owners[:-1]] *= -1  # after a polygon's first ring come holes
    areas = np.bincount(owners, ring_areas).astype(np.float64)

    doubtful = areas < _ROUNDING * np.sqrt(counts)
    far = _beyond(_FAR_ON_RING, dlon, dlat)
    doubtful[owners[np.searchsorted(ends, far, side="right")]] = True
    areas[doubtful] = [_geographiclib_area(polygon) for polygon in polygons[doubtful]]
    return areas


def _edge_areas(lat: Floats, dlon: Floats, dlat: Floats) -> Floats:
    """Integrate a^2 q dlam along the edges."""
    half = lat[1:] + lat[:-1]
    half *= _RADIANS / 4
    np.tan(half, out=half)
    s = half + half
    half *= half
    half += 1
    s /= half  # sin(phi) from tan(phi / 2)
    s2 = np.multiply(s, s, out=half)

    w = s2 * -_E2
    w += 1
    np.reciprocal(w, out=w)
    bulge = s2 * (-4.5 * _E2 * (1 - _E2))
    bulge += 1.5 * (1 - _E2) * (1 + 2 * _E2)
    for factor in (w, w, dlat, dlat):
        bulge *= factor
    bulge += (1 - s2) * dlon * dlon
    bulge *= w
    bulge *= _RADIANS**2 / 12

    q = s2 * _AUTHALIC[-1]
    for coefficient in _AUTHALIC[-2:0:-1]:
        q += coefficient
        q *= s2
    q += _AUTHALIC[0]
    q += bulge
    q *= s
    q *= dlon
    q *= _A**2 * _RADIANS
    return q


def _geographiclib_area(polygon: Any) -> float:
    outer, *holes = (
        abs(_GEOD.polygon_area_perimeter(*shapely.get_coordinates(ring).T)[0])
        for ring in shapely.get_rings(polygon)
    )
    return float(outer - sum(holes))
