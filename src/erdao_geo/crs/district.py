"""Where the features of a file should lie, and a sample of where they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely import affinity

Coordinates = npt.NDArray[np.float64]

_SAMPLE = 2000  # features looked at, evenly spaced through the file
_VERTICES = 8  # of each
_MARGIN = 1000.0  # metres beyond the outline that still count as in the district
_DEGREE = 111_320.0  # metres of a degree of latitude, roughly
_WILD = 1e15  # no coordinate of any plane: a mark for "no data", as DBL_MAX


@dataclass(frozen=True)
class District:
    """What is known of the place: lon, lat throughout."""

    outline: shapely.Geometry
    lines: tuple[tuple[str, shapely.Geometry], ...] = ()
    """Known avenues, rivers and railways, with their names."""


@dataclass(frozen=True)
class Sample:
    """A part of a file's features that stands for all, the same at every call."""

    geometries: npt.NDArray[np.object_]
    xy: Coordinates
    """Some vertices of each."""
    owner: npt.NDArray[np.int64]
    """Which of `geometries` each row of `xy` belongs to."""
    features: int
    """Features of the file that have a place."""
    bounds: tuple[float, float, float, float]
    """Of all features but wild ones."""
    degrees: float
    """Share of all features whose numbers could be lon, lat."""

    def share(self, hit: npt.NDArray[np.bool_]) -> float:
        """Give the share of the sampled features of which any row of `xy` is hit."""
        return float(
            np.bincount(self.owner[hit], minlength=len(self.geometries)).astype(bool).mean()
        )


def take_sample(geometries: npt.NDArray[np.object_]) -> Sample | None:
    """Take a sample of the features that have a place; None where there is none."""
    every = np.asarray(geometries, dtype=object)
    bounds = shapely.bounds(every)
    placed = np.flatnonzero((np.abs(bounds) < _WILD).all(axis=1))  # NaN is not less
    if not len(placed):
        return None
    bounds = bounds[placed]
    west, south = bounds[:, :2].min(axis=0).tolist()
    east, north = bounds[:, 2:].max(axis=0).tolist()
    chosen = every[placed[np.linspace(0, len(placed) - 1, min(_SAMPLE, len(placed))).astype(int)]]
    xy, owner = _thinned(chosen)
    if not len(xy):
        return None
    return Sample(chosen, xy, owner, len(placed), (west, south, east, north), _degrees(bounds))


def _thinned(geometries: npt.NDArray[np.object_]) -> tuple[Coordinates, npt.NDArray[np.int64]]:
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    finite = np.isfinite(xy).all(axis=1)  # a vertex may be none where the bounds are sound
    xy, owner = xy[finite], owner[finite]
    counts = np.bincount(owner, minlength=len(geometries))
    starts = (np.cumsum(counts) - counts)[counts > 0]
    steps = np.linspace(0, 1, _VERTICES)[None, :] * (counts[counts > 0] - 1)[:, None]
    rows = np.unique((starts[:, None] + steps.round().astype(np.int64)).ravel())
    return xy[rows], owner[rows].astype(np.int64)


def _degrees(bounds: Coordinates) -> float:
    return float((np.abs(bounds.round(9)) <= (180, 90, 180, 90)).all(axis=1).mean())


class Nearby:
    """Tells which positions lie in the district or within a kilometre of it."""

    def __init__(self, district: District) -> None:
        outline = shapely.make_valid(district.outline)
        squeeze = float(np.cos(np.radians(outline.centroid.y)))
        level = affinity.scale(outline, squeeze, 1, origin=(0, 0))
        wide = affinity.scale(level.buffer(_MARGIN / _DEGREE), 1 / squeeze, 1, origin=(0, 0))
        shapely.prepare(wide)
        self.area = wide
        self.centre = (float(outline.centroid.x), float(outline.centroid.y))
        self.bounds = outline.bounds

    def share(self, sample: Sample, lonlat: Coordinates) -> float:
        """Give the share of features that touch the place, or hold all of it."""
        ok = np.isfinite(lonlat).all(axis=1)
        hit = np.zeros(len(lonlat), dtype=bool)
        hit[ok] = shapely.contains_xy(self.area, lonlat[ok, 0], lonlat[ok, 1])
        return sample.share(hit | self._within(sample, lonlat)[sample.owner])

    def _within(self, sample: Sample, lonlat: Coordinates) -> npt.NDArray[np.bool_]:
        """Tell which polygons reach round the whole district."""
        count = len(sample.geometries)
        low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
        np.minimum.at(low, sample.owner, lonlat)
        np.maximum.at(high, sample.owner, lonlat)
        west, south, east, north = self.bounds
        round_it = (low <= (west, south)).all(axis=1) & (high >= (east, north)).all(axis=1)
        reach = (4 * (east - west) + 1, 4 * (north - south) + 1)  # a world map is no evidence
        with np.errstate(invalid="ignore"):  # of what does not fit the CRS
            covers = round_it & ((high - low) <= reach).all(axis=1)
        polygonal = shapely.get_dimensions(sample.geometries) == 2  # noqa: PLR2004
        return np.asarray(covers & polygonal)
