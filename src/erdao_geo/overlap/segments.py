"""Lines taken apart into segments, in metres, along one axis.

Every line of every feature is laid out on one axis of metres, end to end, so that a stretch of any
line is an interval of it. Degrees become metres segment by segment, at the segment's own latitude;
an edge is straight in longitude and latitude, as in GeoJSON, so a line may be cut anywhere without
moving. These metres only place things and weigh them within a feature; what a feature measures is
geodesic and comes from `measure`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_A, _RF = 6_378_137.0, 298.257222101  # CGCS2000: semi-major axis in m, inverse flattening
_E2 = (2 - 1 / _RF) / _RF
_LINES = (1, 2)  # GEOS's numbers of LineString and LinearRing


@dataclass(frozen=True)
class Segments:
    """The segments of some lines, and the lines they are of; lines near each other are near."""

    start: Floats
    """Longitude and latitude where a segment starts, degrees."""
    step: Floats
    """What leads to its end, degrees."""
    scale: Floats
    """Metres in a degree of longitude and of latitude there."""
    at: Floats
    """Where each segment starts on the axis, m, and last the end of the axis."""
    line: Ints
    """The line it is of; the segments of a line follow each other."""
    owner: Ints
    """By line: the row of its feature."""
    first: Ints
    """By line: its first segment; and last the number of segments."""

    @property
    def begin(self) -> Floats:
        """By line: where it begins on the axis."""
        return self.at[self.first[:-1]]

    @property
    def end(self) -> Floats:
        """By line: where it ends on the axis."""
        return self.at[self.first[1:]]

    def point(self, segment: Ints, place: Floats) -> Floats:
        """Give the longitude and latitude of places on segments."""
        share = (place - self.at[segment]) / (self.at[segment + 1] - self.at[segment])
        return self.start[segment] + share[:, None] * self.step[segment]


def segments_of(features: gpd.GeoDataFrame) -> Segments:
    """Take the lines of some features apart.

    Parameters
    ----------
    features
        In EPSG:4326. What is null, empty or no line has no segments; nor has an edge of no length.

    Returns
    -------
    Segments
        Lines along a Hilbert curve; `owner` are row numbers of `features`.
    """
    geometries = features.geometry.to_numpy()
    lines, owner = shapely.get_parts(geometries, return_index=True)
    kept = np.isin(shapely.get_type_id(lines), _LINES) & ~shapely.is_empty(lines)
    lines, owner = lines[kept], owner[kept]
    if len(lines):
        order = np.argsort(gpd.GeoSeries(lines).hilbert_distance().to_numpy(), kind="stable")
        lines, owner = lines[order], owner[order]
    coordinates, index = shapely.get_coordinates(lines, return_index=True)
    step = np.diff(coordinates, axis=0)
    real = (index[1:] == index[:-1]) & step.any(axis=1)
    return _laid_out(coordinates[:-1][real], step[real], index[:-1][real], owner)


def _laid_out(start: Floats, step: Floats, line: Ints, owner: Ints) -> Segments:
    present, line = np.unique(line, return_inverse=True)
    scale = _metres_in_a_degree(start[:, 1] + step[:, 1] / 2)
    lengths = np.hypot(*(step * scale).T)
    first = np.searchsorted(line, np.arange(len(present) + 1))
    at = np.concatenate([[0.0], np.cumsum(lengths)])
    return Segments(start, step, scale, at, line, owner[present], first)


def _metres_in_a_degree(latitude: Floats) -> Floats:
    """Give the metres in a degree of longitude and of latitude (Snyder 1987, eq. 4-18, 4-19)."""
    phi = np.radians(latitude)
    w = 1 - _E2 * np.sin(phi) ** 2
    east = np.radians(_A) * np.cos(phi) / np.sqrt(w)
    north = np.radians(_A * (1 - _E2)) / w**1.5
    return np.stack([east, north], axis=1)


def sums(number: Ints, values: Floats | Flags, count: int) -> Floats:
    """Sum values by number, from 0 to less than `count`."""
    return np.bincount(number, values, count).astype(np.float64)


def spread(starts: npt.NDArray[Any], counts: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """List the numbers of some runs of numbers: for each, its run and itself."""
    run = np.repeat(np.arange(len(counts)), counts)
    offset = starts - (np.cumsum(counts) - counts)
    return run, np.arange(len(run)) + offset[run]
