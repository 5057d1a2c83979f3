"""Slide lines over known ones and find the displacement at which they match best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Coordinates = npt.NDArray[np.float64]

FEWEST_LINES = 4
"""Known lines that features must lie along, for a verdict by lines."""
LINE_LENGTH = 500.0
"""Metres of each."""
OUTLINE_LENGTH = 5000.0
"""Metres of the outline that features must lie along, for a verdict by it alone."""

_SAMPLES = 500  # positions along the features
_STEP = 50.0  # metres between two positions, at least
_AT_ONCE = 20_000  # distances reckoned in one step: few enough for a processor's cache
_PARALLEL = np.cos(np.radians(20))
_LEAST = 0.15  # share of the length that must lie along known lines
_LEAD = 1.2  # times that the peak must stand above every other displacement,
_SPREADS = 5.0  # and standard deviations above their mean; streets on no map reached 4.5


@dataclass(frozen=True)
class Search:
    """How far and how finely to slide, and how near is along a line: metres."""

    reach: float
    step: float
    near: float
    apart: float
    """Beyond this from the peak, a second one is another."""
    off: float
    """A peak may be off a hypothesis by this: the known lines are no survey."""


def to_metres(lonlat: Coordinates, centre: Coordinates) -> Coordinates:
    """Lay degrees out in a plane: over a district the error is the same for both sides."""
    lat = np.radians(centre[1])
    east = 111_412.84 * np.cos(lat) - 93.5 * np.cos(3 * lat)
    north = 111_132.92 - 559.82 * np.cos(2 * lat) + 1.175 * np.cos(4 * lat)
    return np.asarray((lonlat - centre) * (east, north))


@dataclass(frozen=True)
class Pieces:
    """Straight pieces of lines, in metres, and which line each belongs to."""

    start: Coordinates
    end: Coordinates
    line: npt.NDArray[np.int64]

    @classmethod
    def of(cls, geometries: npt.NDArray[np.object_], centre: Coordinates) -> Pieces:
        """Take lines in degrees apart, laid out round `centre`."""
        parts, line = shapely.get_parts(geometries, return_index=True)
        xy, part = shapely.get_coordinates(parts, return_index=True)
        plane = to_metres(xy, centre)
        joined = part[1:] == part[:-1]
        start, end = plane[:-1][joined], plane[1:][joined]
        long = np.hypot(*(end - start).T) > 1
        return cls(start[long], end[long], line[part[1:][joined]][long].astype(np.int64))

    @property
    def length(self) -> npt.NDArray[np.float64]:
        """Give the metres of each piece."""
        way = self.end - self.start
        return np.asarray(np.hypot(way[:, 0], way[:, 1]))

    def thinned(self) -> Pieces:
        """Cut into equal steps, few enough to compare: each a piece as long as its step."""
        length = self.length
        if not len(length):
            return self
        step = max(_STEP, float(length.sum()) / _SAMPLES)
        whole = np.cumsum(length)
        at = np.arange(step / 2, whole[-1], step) if whole[-1] > step else whole[-1:] / 2
        piece = np.searchsorted(whole, at)
        along = (at - (whole - length)[piece]) / length[piece]
        way = (self.end - self.start)[piece]
        middle = self.start[piece] + way * along[:, None]
        half = way / length[piece][:, None] * min(step, float(whole[-1])) / 2
        return Pieces(middle - half, middle + half, self.line[piece])


@dataclass(frozen=True)
class Pairs:
    """Positions beside known pieces of the same direction, in each piece's own frame."""

    sample: npt.NDArray[np.int64]
    """Which position, ascending."""
    count: int
    """Of all positions."""
    unit: Coordinates
    """Direction of the known piece."""
    along: npt.NDArray[np.float64]
    across: npt.NDArray[np.float64]
    length: npt.NDArray[np.float64]
    line: npt.NDArray[np.int64]
    weight: float
    """Metres that a position stands for."""

    def squares(self, slid: Coordinates) -> npt.NDArray[np.float64]:
        """Give the square metres from each position, slid, to each known piece of its pairs.

        A row for each displacement, where there are several.
        """
        east, north = slid[..., :1], slid[..., 1:]
        along = self.along + self.unit[:, 0] * east + self.unit[:, 1] * north
        across = self.across + self.unit[:, 0] * north - self.unit[:, 1] * east
        beyond = along - np.clip(along, 0, self.length)
        return np.asarray(across * across + beyond * beyond)


def pair(lines: Pieces, known: Pieces, reach: float) -> Pairs:
    """Find the known pieces that each position could reach and lies parallel to."""
    middle = (lines.start + lines.end) / 2
    way = (lines.end - lines.start) / np.maximum(lines.length, 1e-9)[:, None]
    length = known.length
    unit = (known.end - known.start) / np.maximum(length, 1e-9)[:, None]
    cosine = np.abs(way @ unit.T) >= _PARALLEL
    sample, piece = np.nonzero(cosine)
    offset = middle[sample] - known.start[piece]
    along = (offset * unit[piece]).sum(axis=1)
    across = offset[:, 1] * unit[piece, 0] - offset[:, 0] * unit[piece, 1]
    near = (np.abs(across) < reach) & (along > -reach) & (along < length[piece] + reach)
    sample, piece = sample[near], piece[near]
    weight = float(lines.length.mean()) if len(middle) else 0.0
    return Pairs(
        sample, len(middle), unit[piece], along[near], across[near], length[piece],
        known.line[piece], weight,
    )  # fmt: skip


@dataclass(frozen=True)
class Peak:
    """Where features match the known lines best."""

    at: Coordinates
    share: float
    lines: int
    metres: float
    here: float
    """The share where the features are not slid, or no farther than the known lines may be off."""
    trouble: str
    """Why this tells nothing; empty where it stands out."""


def find_peak(pairs: Pairs, search: Search, middle: tuple[float, float]) -> Peak:
    """Slide over the whole search and see whether one displacement stands out."""
    axis = np.arange(-search.reach, search.reach + 1, search.step)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2) + middle
    scores = _scores(pairs, grid, search.near)
    best = int(scores.argmax())
    at, share = grid[best], float(scores[best])
    others = scores[np.hypot(*(grid - at).T) > search.apart]
    lines, metres, enough = _support(pairs, at, search.near)
    trouble = ""
    if share < _LEAST:
        trouble = f"at best {share:.0%} of the features' length lies along them"
    elif share < max(_LEAD * others.max(), others.mean() + _SPREADS * others.std()):
        trouble = "several displacements fit about as well"
    elif not enough:
        trouble = f"the features lie along {lines} of them, which is too few"
    here = float(scores[np.hypot(*(grid - middle).T) <= search.off].max())
    return Peak(at, share, lines, metres, here, trouble)


def _scores(pairs: Pairs, grid: Coordinates, near: float) -> npt.NDArray[np.float64]:
    """Give the share of all positions that lie along a known line once slid; nearer counts more."""
    starts = np.flatnonzero(np.diff(pairs.sample, prepend=-1))
    rows = max(1, _AT_ONCE // len(pairs.sample))
    scores = []
    for slid in np.split(grid, range(rows, len(grid), rows)):
        nearest = np.minimum.reduceat(pairs.squares(slid), starts, axis=1)
        scores.append(np.exp(-0.5 * nearest / near**2).sum(axis=1) / pairs.count)
    return np.concatenate(scores)


def _support(pairs: Pairs, slid: Coordinates, near: float) -> tuple[int, float, bool]:
    """Count the lines that are matched, the metres of all, and whether that is enough."""
    close = pairs.squares(slid) < (2 * near) ** 2
    seen = np.unique(np.column_stack([pairs.line[close], pairs.sample[close]]), axis=0)
    metres = np.bincount(seen[:, 0], minlength=1) * pairs.weight
    lines = int((metres[1:] >= LINE_LENGTH).sum())
    return lines, float(metres.sum()), lines >= FEWEST_LINES or metres[0] >= OUTLINE_LENGTH
