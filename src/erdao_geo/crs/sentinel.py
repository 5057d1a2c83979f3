"""Tell whether features in degrees lie where they are, or where a web map would have them.

Roads that lie along known avenues, or an outline along the district's, match them at one
displacement and no other. So the features are slid over the known lines, a step at a time, and the
share of their length that lies along a line of the same direction is noted. One peak that stands
out tells the displacement: none, GCJ-02's, or BD-09's. A peak elsewhere, two alike (a grid of
streets; a straight road that slides along itself), or too little to go by tell nothing, and that is
the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from erdao_geo.crs.district import District
from erdao_geo.crs.offset import to_bd09, to_gcj02
from erdao_geo.crs.slide import (
    FEWEST_LINES,
    Pairs,
    Peak,
    Pieces,
    Search,
    find_peak,
    pair,
    to_metres,
)

Coordinates = npt.NDArray[np.float64]

_FEATURES = 400  # looked at, evenly spaced
_SIMPLE = 10.0  # metres that the known lines may be simplified by
_RADIANS = "+step +proj=unitconvert +xy_in=deg +xy_out=rad"
_DEGREES = "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
_DEGREE = 111_000.0  # metres of a degree of latitude, roughly


_COARSE = Search(1600, 100, 80, 350, 180)
_FINE = Search(200, 20, 15, 50, 30)


@dataclass(frozen=True)
class Offset:
    """What the known lines say of where the features lie."""

    value: str | None
    """`EPSG:4490` as they are, `GCJ-02`, `BD-09`, `EPSG:4214` (Beijing 1954); None: cannot tell."""
    reason: str
    fine: bool = False
    """Also told from a datum's shift of 50 to 100 m."""
    share: float = 0.0
    """Of the features' length, what lies along known lines where they are, told or not."""


def judge_offset(
    geometries: npt.NDArray[np.object_],
    district: District,
    *,
    move: Callable[[Coordinates], Coordinates] | None = None,
    plane: bool = False,
) -> Offset:
    """Compare features with the district's outline and known lines.

    Parameters
    ----------
    geometries
        Of the file; lines and the edges of polygons are looked at, points say nothing.
    district
        What is known of the place.
    move
        Takes the file's coordinates to longitude and latitude, where they are in something else.
    plane
        Whether that is a plane: Beijing 1954's shift is another there.

    Returns
    -------
    Offset
        With a value only where at least `FEWEST_LINES` lines, each along `LINE_LENGTH`, or the
        outline along `OUTLINE_LENGTH`, agree on one displacement.
    """
    centre = np.array(shapely.centroid(district.outline).coords[0])
    lines = Pieces.of(_lines(geometries, move), centre).thinned()
    known = _known(district, centre)
    pairs = pair(lines, known, _COARSE.reach + 3 * _COARSE.near)
    if not len(pairs.sample):
        return Offset(None, "the features have no lines along known ones to compare")
    coarse = find_peak(pairs, _COARSE, (0.0, 0.0))
    if coarse.trouble:
        return Offset(None, f"compared with the known lines: {coarse.trouble}", share=coarse.here)
    found = _nearest(coarse.at, _hypotheses(centre), _COARSE.off)
    if found is None:
        return Offset(
            None,
            f"compared with the known lines: best {_slid(coarse.at)}, no known shift",
            share=coarse.here,
        )
    if found != "EPSG:4490":
        reason = f"{_matched(coarse)} if taken back from {found}"
        return Offset(found, reason, share=coarse.here)
    offset = _fine(pairs, coarse, _beijing(centre, plane=plane))
    return replace(offset, share=coarse.here)


def _fine(pairs: Pairs, coarse: Peak, beijing: Coordinates) -> Offset:
    """Look for a datum's shift; only lines known to some 20 m can show it."""
    reason = f"{_matched(coarse)} as they are"
    fine = find_peak(pairs, _FINE, (0.0, 0.0))
    choices = {"EPSG:4490": np.zeros(2), "EPSG:4214": beijing}
    found = None if fine.trouble else _nearest(fine.at, choices, _FINE.off)
    if found is None:
        return Offset("EPSG:4490", f"{reason}; too coarse to tell a datum's shift of under 100 m")
    if found == "EPSG:4490":
        return Offset(found, reason, fine=True)
    return Offset(found, f"{_matched(fine)} if taken as Beijing 1954", fine=True)


def _hypotheses(centre: Coordinates) -> dict[str, Coordinates]:
    """Say how far features must be slid back, by what they may be in: metres east, north."""
    here = centre[None, :]
    return {
        "EPSG:4490": np.zeros(2),
        "GCJ-02": (to_metres(here, centre) - to_metres(to_gcj02(here), centre))[0],
        "BD-09": (to_metres(here, centre) - to_metres(to_bd09(here), centre))[0],
    }


def _beijing(centre: Coordinates, *, plane: bool) -> Coordinates:
    """Give Beijing 1954's shift by one of PROJ's six sets; all agree here to some 15 m.

    In a plane the same northing is another latitude: Krassovsky's ellipsoid is the larger.
    """
    lon, lat = centre.tolist()
    if plane:  # how far the central meridian is makes a metre or two
        there = _pipeline(
            f"{_RADIANS} +step +proj=tmerc +lon_0={lon!r} +ellps=GRS80 "
            f"+step +inv +proj=tmerc +lon_0={lon!r} +ellps=krass {_DEGREES}"
        )
        lon, lat = there.transform(lon, lat)
    shift = _pipeline(
        f"{_RADIANS} +step +proj=cart +ellps=krass +step +proj=helmert +x=15.8 +y=-154.4 +z=-82.3 "
        f"+step +inv +proj=cart +ellps=GRS80 {_DEGREES}"
    )
    return np.asarray(to_metres(np.array([shift.transform(lon, lat)]), centre)[0])


@lru_cache(maxsize=16)
def _pipeline(steps: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_pipeline(f"+proj=pipeline {steps}")


def shift_lengths(lonlat: Coordinates) -> dict[str, int]:
    """Say how far each shift is at a place, in metres, as far as it is known.

    Xian 1980's is of no official set: two that are in common use, near 55 m in the north-east.
    """
    ways = _hypotheses(lonlat) | {"Beijing 1954": _beijing(lonlat, plane=False)}
    known = {name: 5 * round(float(np.hypot(*way)) / 5) for name, way in ways.items()}
    return known | {"Xian 1980": 55}


def _nearest(at: Coordinates, choices: dict[str, Coordinates], off: float) -> str | None:
    name = min(choices, key=lambda choice: float(np.hypot(*(choices[choice] - at))))
    return name if np.hypot(*(choices[name] - at)) <= off else None


def _lines(
    geometries: npt.NDArray[np.object_], move: Callable[[Coordinates], Coordinates] | None
) -> npt.NDArray[np.object_]:
    linear = geometries[shapely.get_dimensions(geometries) > 0]
    few = linear[
        np.unique(np.linspace(0, len(linear) - 1, min(_FEATURES, len(linear))).astype(int))
    ]
    edges = np.where(shapely.get_dimensions(few) == 2, shapely.boundary(few), few)  # noqa: PLR2004
    parts = shapely.get_parts(np.array([edge for edge in edges if edge is not None], dtype=object))
    parts = parts[shapely.get_dimensions(parts) == 1]
    flat = shapely.force_2d(parts)
    moved = flat if move is None else shapely.transform(flat, move)
    return np.asarray(moved[np.isfinite(shapely.bounds(moved)).all(axis=1)])


def _known(district: District, centre: Coordinates) -> Pieces:
    """Lay out what is known: line 0 is the outline; two carriageways of a name are one line."""
    named: dict[str, list[shapely.Geometry]] = {"": [shapely.boundary(district.outline)]}
    for name, line in district.lines:
        if line is not None and shapely.get_dimensions(line) == 1:
            named.setdefault(name or f"line {len(named)}", []).append(line)
    joined = [
        shapely.simplify(shapely.force_2d(shapely.union_all(lines)), _SIMPLE / _DEGREE)
        for lines in named.values()
    ]
    return Pieces.of(np.array(joined, dtype=object), centre)


def _matched(peak: Peak) -> str:
    along = f"{peak.lines} known lines" if peak.lines >= FEWEST_LINES else "the outline"
    return f"{peak.share:.0%} of the features' length lies along {along}"


def _slid(at: Coordinates) -> str:
    return f"{np.hypot(*at):.0f} m toward {np.degrees(np.arctan2(*at)) % 360:.0f} degrees"
