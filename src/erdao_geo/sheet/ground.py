"""Where things on the ground come to lie on the paper.

The plane is a transverse Mercator (Gauss-Krueger) about the middle of the map, on the ellipsoid of
CGCS2000: there its scale is 1, so that the printed ratio and the scale bar are true; 20 km east or
west of it they are off by 5e-6. Source: Snyder (1987), Map projections, USGS PP 1395, ch. 8.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod, Transformer

from erdao_geo.sheet.paper import Box

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""
CHINA: Bounds = (73.0, 18.0, 135.0, 54.0)
"""What a map shows that has nothing to show."""
LEAST_EXTENT = 1000.0
"""Metres that a frame shows at least."""
_ELLIPSOID = "+a=6378137 +rf=298.257222101"
_GEOD = Geod(a=6378137.0, rf=298.257222101)
_RATIOS = (
    1,
    1.1,
    1.2,
    1.25,
    1.4,
    1.5,
    1.6,
    1.8,
    2,
    2.2,
    2.5,
    2.8,
    3,
    3.5,
    4,
    4.5,
    5,
    5.5,
    6,
    7,
    7.5,
    8,
    9,
    10,
)
_STEPS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000)
"""Seconds of arc between two ticks of the frame."""
_BAR = 50.0
"""mm: no scale bar is longer."""
_TICK_ROOM = 19.0
"""mm between two ticks, at least."""


@dataclass(frozen=True)
class Tick:
    """Where a meridian or parallel meets the frame."""

    at: float
    """mm along the edge, on the page."""
    label: str


@dataclass(frozen=True)
class Ground:
    """A part of the earth on a part of the page."""

    frame: Box
    lon: float
    lat: float
    """What lies in the middle of the frame, in degrees; the middle meridian."""
    ratio: float
    """1 mm on the paper is so many mm on the ground."""

    @cached_property
    def _transformer(self) -> Transformer:
        plane = f"+proj=tmerc +lat_0={self.lat!r} +lon_0={self.lon!r} +k=1 {_ELLIPSOID} +units=m"
        return Transformer.from_crs(f"+proj=longlat {_ELLIPSOID}", plane, always_xy=True)

    def points(self, lonlat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Give where positions lie on the page, in mm."""
        x, y = self._transformer.transform(lonlat[:, 0], lonlat[:, 1])
        middle_x, middle_y = _middle(self.frame)
        unit = 1000 / self.ratio
        return np.column_stack([middle_x + np.asarray(x) * unit, middle_y - np.asarray(y) * unit])

    def lonlat(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Give the position of places on the page."""
        middle_x, middle_y = _middle(self.frame)
        unit = self.ratio / 1000
        found: tuple[Any, Any] = self._transformer.transform(
            (np.asarray(x) - middle_x) * unit,
            (middle_y - np.asarray(y)) * unit,
            direction="INVERSE",
        )
        return found

    def shapes(self, geometries: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Give geometries on the page, in mm, without detail that no eye sees."""
        placed = shapely.transform(geometries, self.points)
        return np.asarray(shapely.simplify(placed, 0.02, preserve_topology=False))

    def bar(self) -> tuple[float, float]:
        """Give the scale bar: its metres, and its mm, measured along the middle parallel."""
        most = _BAR * self.ratio / 1000
        power = 10.0 ** math.floor(math.log10(most))
        metres = next(step * power for step in (5, 2, 1) if step * power <= most)
        ends = [_GEOD.fwd(self.lon, self.lat, azimuth, metres / 2)[:2] for azimuth in (270, 90)]
        (left, _), (right, _) = self.points(np.array(ends))
        return metres, float(right - left)

    def ticks(self) -> dict[str, list[Tick]]:
        """Give the ticks of each edge of the frame: top, bottom, left, right."""
        frame = self.frame
        xs, ys = np.linspace(frame.x, frame.right, 65), np.linspace(frame.y, frame.bottom, 65)
        edges = {
            "top": (xs, self.lonlat(xs, np.full(65, frame.y))[0]),
            "bottom": (xs, self.lonlat(xs, np.full(65, frame.bottom))[0]),
            "left": (ys, self.lonlat(np.full(65, frame.x), ys)[1]),
            "right": (ys, self.lonlat(np.full(65, frame.right), ys)[1]),
        }
        _, lats = edges["left"]
        per_mm = max(
            np.ptp(edges["bottom"][1]) / frame.width,
            np.ptp(lats) / frame.height,
        )
        least = per_mm * _TICK_ROOM * 3600
        step = next((step for step in _STEPS if step >= least), _STEPS[-1])
        return {
            name: _crossings(along, degrees, step, "EW" if name in ("top", "bottom") else "NS")
            for name, (along, degrees) in edges.items()
        }


def ground_of(frame: Box, bounds: Bounds) -> Ground:
    """Fit a part of the earth into a frame, at a round ratio.

    Parameters
    ----------
    frame
        On the page, in mm.
    bounds
        In degrees; they may be a point.

    Returns
    -------
    Ground
        It shows all of the bounds, and more to the sides or above and below.
    """
    west, south, east, north = bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    trial = Ground(frame, lon, lat, 1000.0)  # 1 mm is 1 m
    corners = np.array([[a, b] for a in (west, lon, east) for b in (south, lat, north)])
    reach = np.ptp(trial.points(corners), axis=0)
    room = frame.within(4, 4, 4, 4)
    per_mm = max(reach[0] / room.width, reach[1] / room.height, LEAST_EXTENT / room.width)
    return Ground(frame, lon, lat, _round_ratio(float(per_mm) * 1000))


def bounds_of(geometries: Sequence[Any]) -> Bounds | None:
    """Give the bounds of geometries; None where none has a place."""
    located = [geometry for geometry in geometries if geometry is not None]
    if not located:
        return None
    found = shapely.total_bounds(located)
    west, south, east, north = map(float, found)
    return west, south, east, north


def said_angle(seconds: int, marks: str) -> str:
    """Print an angle in degrees, minutes and, where there are any, seconds.

    Examples
    --------
    >>> said_angle(451_440, "EW"), said_angle(-5430, "NS"), said_angle(0, "NS")
    ('125°24′E', '1°30′30″S', '0°00′')
    """
    degrees, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    side = "" if seconds == 0 else marks[0] if seconds > 0 else marks[1]
    return f"{degrees}°{minutes:02d}′" + (f"{rest:02d}″" if rest else "") + side


def _crossings(along: Any, degrees: Any, step: int, marks: str) -> list[Tick]:
    if degrees[0] > degrees[-1]:
        along, degrees = along[::-1], degrees[::-1]
    first, last = math.ceil(degrees[0] * 3600 / step), math.floor(degrees[-1] * 3600 / step)
    return [
        Tick(
            float(np.interp(number * step / 3600, degrees, along)), said_angle(number * step, marks)
        )
        for number in range(first, last + 1)
    ]


def _round_ratio(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _RATIOS if step * power >= least * (1 - 1e-9))


def _middle(frame: Box) -> tuple[float, float]:
    return frame.x + frame.width / 2, frame.y + frame.height / 2
