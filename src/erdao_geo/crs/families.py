"""Which plane a file's numbers may be in, told by where they would put its features.

Numbers tell the projection and its zone, not the datum: Beijing 1954, Xian 1980 and CGCS2000 differ
by less than a kilometre anywhere. So a family is one projection, and the CRSs of a family are the
datums that it may be on. All Gauss-Kruger and UTM zones are the same curve moved along the equator:
one inverse serves them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyproj

from erdao_geo.crs.district import Nearby, Sample

Coordinates = npt.NDArray[np.float64]

_CODES = {  # EPSG's first code of each series: 3-degree zones 25-45 with prefix, by central
    "CGCS2000": (4513, 4534, 4491, 4502),  # meridian; 6-degree zones 13-23 likewise
    "Xian 1980": (2349, 2370, 2327, 2338),
    "Beijing 1954": (2401, 2422, 21413, 21453),
}
_GEOGRAPHIC = {"CGCS2000": 4490, "Xian 1980": 4610, "Beijing 1954": 4214}
_THREE, _SIX = range(25, 46), range(13, 24)  # the zones of China
_FALSE_EASTING = 500_000.0
_ZONE = 1_000_000.0  # metres that a zone's number stands for in a prefixed easting
_REACH = 6.0  # degrees from the outline to a central meridian that may serve it
_UTM_SCALE = 0.9996
_MERCATOR = 6_378_137.0  # metres: the sphere of Web Mercator
_ENOUGH = 0.2  # share of features that a family must put in the district,
_RIVAL = 0.5  # and of what the best one puts there


@dataclass(frozen=True)
class Family:
    """One projection: the datums it may be on, and where it puts the sampled vertices."""

    title: str
    options: tuple[tuple[str, str], ...]
    """CRS and datum, the likeliest first."""
    lonlat: Coordinates
    share: float = 0.0
    """Of the features, those it puts in the district."""


def fitting_families(sample: Sample, nearby: Nearby) -> tuple[Family, ...]:
    """List the families that put a good part of the features in the district, the best first."""
    west, _, east, _ = nearby.bounds
    found = []
    for family in _families(sample, (west + east) / 2):
        share = nearby.share(sample, family.lonlat)
        if share >= _ENOUGH:
            found.append(Family(family.title, family.options, family.lonlat, share))
    found.sort(key=lambda family: -family.share)
    return tuple(each for each in found if each.share >= _RIVAL * found[0].share)


def _families(sample: Sample, lon: float) -> Iterator[Family]:
    yield from _degrees(sample.xy)
    for suffix, xy in (("", sample.xy), ("-swapped", sample.xy[:, ::-1])):
        yield from _gauss_kruger(xy, lon, suffix)
        yield from _utm(xy, lon, suffix)
        yield _web_mercator(xy, suffix)


def _degrees(xy: Coordinates) -> Iterator[Family]:
    options = tuple((f"EPSG:{code}", datum) for datum, code in _GEOGRAPHIC.items())
    yield Family("longitude, latitude", options, xy)
    for suffix, title, turned in (
        ("-swapped", "latitude, longitude (swapped)", xy[:, ::-1]),
        ("-negated", "longitude with the wrong sign, latitude", xy * (-1.0, 1.0)),
    ):
        yield Family(title, _with(options, suffix), turned)


def _gauss_kruger(xy: Coordinates, lon: float, suffix: str) -> Iterator[Family]:
    zone = int(np.clip(np.median(xy[:, 0]) // _ZONE, 0, 100))
    if zone in _THREE or zone in _SIX:
        place = _curve(xy - (zone * _ZONE + _FALSE_EASTING, 0))
        width = 3 if zone in _THREE else 6
        title = f"Gauss-Kruger {width}-degree zone {zone}, with the zone's number"
        meridian = zone * 3 if width == 3 else zone * 6 - 3  # noqa: PLR2004
        options = _codes(zone - (25 if width == 3 else 13), series=0 if width == 3 else 2)  # noqa: PLR2004
        yield Family(title + _axes(suffix), _with(options, suffix), place + np.array([meridian, 0]))
    place = _curve(xy - (_FALSE_EASTING, 0))
    for number in _THREE:
        meridian = number * 3
        if abs(meridian - lon) <= _REACH:
            title = f"Gauss-Kruger, central meridian {meridian}E, without the zone's number"
            options = _with(_codes(number - 25, series=1), suffix)
            yield Family(title + _axes(suffix), options, place + np.array([meridian, 0]))


def _codes(index: int, *, series: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"EPSG:{codes[series] + index}", datum) for datum, codes in _CODES.items())


def _utm(xy: Coordinates, lon: float, suffix: str) -> Iterator[Family]:
    place = _curve((xy - (_FALSE_EASTING, 0)) / _UTM_SCALE)
    middle = int((lon + 180) // 6) + 1
    for zone in (middle, middle - 1, middle + 1):
        if 1 <= zone <= 60:  # noqa: PLR2004
            options = _with(((f"EPSG:{32600 + zone}", "WGS 84"),), suffix)
            yield Family(
                f"UTM zone {zone}N{_axes(suffix)}", options, place + np.array([zone * 6 - 183, 0])
            )


def _web_mercator(xy: Coordinates, suffix: str) -> Family:
    with np.errstate(over="ignore"):
        lat = 2 * np.arctan(np.exp(xy[:, 1] / _MERCATOR)) - np.pi / 2
    lonlat = np.degrees(np.column_stack([xy[:, 0] / _MERCATOR, lat]))
    drawn_over = (("", "WGS 84"), ("-gcj-02", "GCJ-02"), ("-bd-09", "BD-09"))
    options = tuple((f"EPSG:3857{suffix}{shift}", datum) for shift, datum in drawn_over)
    return Family(f"Web Mercator{_axes(suffix)}", options, lonlat)


def _curve(xy: Coordinates) -> Coordinates:
    """Go back from the transverse Mercator plane: degrees from its meridian, latitude."""
    return np.column_stack(_inverse().transform(xy[:, 0], xy[:, 1]))


@cache
def _inverse() -> pyproj.Transformer:
    return pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +inv +proj=tmerc +ellps=GRS80 "
        "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )


def _with(options: tuple[tuple[str, str], ...], suffix: str) -> tuple[tuple[str, str], ...]:
    return tuple((crs + suffix, datum) for crs, datum in options)


def _axes(suffix: str) -> str:
    return ", x and y swapped" if suffix else ""
