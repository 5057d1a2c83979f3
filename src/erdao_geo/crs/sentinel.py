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
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from erdao_geo.crs.district import District
from erdao_geo.crs.offset import to_bd09, to_gcj02

Coordinates = npt.NDArray[np.float64]

FEWEST_LINES = 4
"""Known lines that features must lie along, for a verdict by lines."""
LINE_LENGTH = 500.0
"""Metres of each."""
OUTLINE_LENGTH = 5000.0
"""Metres of the outline that features must lie along, for a verdict by it alone."""

_FEATURES = 400  # looked at, evenly spaced
_SAMPLES = 500  # positions along them
_STEP = 50.0  # metres between two positions, at least
_PARALLEL = np.cos(np.radians(20))
_SIMPLE = 10.0  # metres that the known lines may be simplified by
_DEGREE = 111_000.0  # metres of a degree of latitude, roughly


@dataclass(frozen=True)
class _Search:
    """How far and how finely to slide, and how near is along a line: metres."""

    reach: float
    step: float
    near: float
    apart: float
    """Beyond this from the peak, a second one is another."""
    off: float
    """A peak may be off a hypothesis by this: the known lines are no survey."""


_COARSE = _Search(1600, 100, 80, 350, 180)
_FINE = _Search(200, 20, 15, 50, 30)
_LEAST = 0.15  # share of the length that must lie along known lines
_LEAD = 1.2  # times that the peak must stand above every other displacement,
_SPREADS = 5.0  # and standard deviations above their mean; streets on no map reached 4.5


@dataclass(frozen=True)
class Offset:
    """What the known lines say of where the features lie."""

    value: str | None
    """`EPSG:4490` as they are, `GCJ-02`, `BD-09`, `EPSG:4214` (Beijing 1954); None: cannot tell."""
    reason: str
    fine: bool = False
    """Also told from a datum's shift of 50 to 100 m."""


def judge_offset(
    geometries: npt.NDArray[np.object_],
    district: District,
    *,
    move: Callable[[Coordinates], Coordinates] | None = None,
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

    Returns
    -------
    Offset
        With a value only where at least `FEWEST_LINES` lines, each along `LINE_LENGTH`, or the
        outline along `OUTLINE_LENGTH`, agree on one displacement.
    """
    centre = np.array(shapely.centroid(district.outline).coords[0])
    lines = _Pieces.of(_lines(geometries, move), centre).thinned()
    known = _known(district, centre)
    pairs = _pairs(lines, known, _COARSE.reach + 3 * _COARSE.near)
    if not len(pairs.sample):
        return Offset(None, "the features have no lines along known ones to compare")
    coarse = _peak(pairs, _COARSE, (0.0, 0.0))
    if coarse.trouble:
        return Offset(None, f"compared with the known lines: {coarse.trouble}")
    found = _nearest(coarse.at, _hypotheses(centre), _COARSE.off)
    if found is None:
        return Offset(
            None, f"compared with the known lines: best {_slid(coarse.at)}, no known shift"
        )
    if found != "EPSG:4490":
        return Offset(found, f"{_matched(coarse)} if taken back from {found}")
    return _fine(pairs, coarse, centre)


def _fine(pairs: _Pairs, coarse: _Peak, centre: Coordinates) -> Offset:
    """Look for a datum's shift; only lines known to some 20 m can show it."""
    reason = f"{_matched(coarse)} as they are"
    fine = _peak(pairs, _FINE, (0.0, 0.0))
    choices = {"EPSG:4490": np.zeros(2), "EPSG:4214": _beijing(centre)}
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
        "GCJ-02": (_metres(here, centre) - _metres(to_gcj02(here), centre))[0],
        "BD-09": (_metres(here, centre) - _metres(to_bd09(here), centre))[0],
    }


def _beijing(centre: Coordinates) -> Coordinates:
    """Give Beijing 1954's shift by one of PROJ's six sets; all agree here to some 15 m."""
    shift = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        "+step +proj=cart +ellps=krass "
        "+step +proj=helmert +x=15.53 +y=-113.82 +z=-41.38 +step +inv +proj=cart +ellps=GRS80 "
        "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    moved = np.array([shift.transform(*centre.tolist())])
    return np.asarray(_metres(moved, centre)[0])


def _nearest(at: Coordinates, choices: dict[str, Coordinates], off: float) -> str | None:
    name = min(choices, key=lambda choice: float(np.hypot(*(choices[choice] - at))))
    return name if np.hypot(*(choices[name] - at)) <= off else None


def _metres(lonlat: Coordinates, centre: Coordinates) -> Coordinates:
    """Lay degrees out in a plane: over a district the error is the same for both sides."""
    lat = np.radians(centre[1])
    east = 111_412.84 * np.cos(lat) - 93.5 * np.cos(3 * lat)
    north = 111_132.92 - 559.82 * np.cos(2 * lat) + 1.175 * np.cos(4 * lat)
    return np.asarray((lonlat - centre) * (east, north))


# ---- pieces of lines


@dataclass(frozen=True)
class _Pieces:
    """Straight pieces of lines, in metres, and which line each belongs to."""

    start: Coordinates
    end: Coordinates
    line: npt.NDArray[np.int64]

    @classmethod
    def of(cls, geometries: npt.NDArray[np.object_], centre: Coordinates) -> _Pieces:
        parts, line = shapely.get_parts(geometries, return_index=True)
        xy, part = shapely.get_coordinates(parts, return_index=True)
        plane = _metres(xy, centre)
        joined = part[1:] == part[:-1]
        start, end = plane[:-1][joined], plane[1:][joined]
        long = np.hypot(*(end - start).T) > 1
        return cls(start[long], end[long], line[part[1:][joined]][long].astype(np.int64))

    @property
    def length(self) -> npt.NDArray[np.float64]:
        way = self.end - self.start
        return np.asarray(np.hypot(way[:, 0], way[:, 1]))

    def thinned(self) -> _Pieces:
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
        return _Pieces(middle - half, middle + half, self.line[piece])


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


def _known(district: District, centre: Coordinates) -> _Pieces:
    """Lay out what is known: line 0 is the outline; two carriageways of a name are one line."""
    named: dict[str, list[shapely.Geometry]] = {"": [shapely.boundary(district.outline)]}
    for name, line in district.lines:
        if line is not None and shapely.get_dimensions(line) == 1:
            named.setdefault(name or f"line {len(named)}", []).append(line)
    joined = [
        shapely.simplify(shapely.force_2d(shapely.union_all(lines)), _SIMPLE / _DEGREE)
        for lines in named.values()
    ]
    return _Pieces.of(np.array(joined, dtype=object), centre)


# ---- sliding


@dataclass(frozen=True)
class _Pairs:
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

    def distances(self, slid: Coordinates) -> npt.NDArray[np.float64]:
        """Give the metres from each position, slid, to each known piece of its pairs."""
        along = self.along + self.unit @ slid
        across = self.across + self.unit[:, 0] * slid[1] - self.unit[:, 1] * slid[0]
        beyond = np.maximum(np.maximum(-along, along - self.length), 0)
        return np.asarray(np.hypot(across, beyond))


def _pairs(lines: _Pieces, known: _Pieces, reach: float) -> _Pairs:
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
    return _Pairs(
        sample, len(middle), unit[piece], along[near], across[near], length[piece],
        known.line[piece], weight,
    )  # fmt: skip


@dataclass(frozen=True)
class _Peak:
    """Where features match the known lines best."""

    at: Coordinates
    share: float
    lines: int
    metres: float
    trouble: str
    """Why this tells nothing; empty where it stands out."""


def _peak(pairs: _Pairs, search: _Search, middle: tuple[float, float]) -> _Peak:
    axis = np.arange(-search.reach, search.reach + 1, search.step)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2) + middle
    scores = np.array([_score(pairs, slid, search.near) for slid in grid])
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
    return _Peak(at, share, lines, metres, trouble)


def _score(pairs: _Pairs, slid: Coordinates, near: float) -> float:
    """Give the share of all positions that lie along a known line once slid; nearer counts more."""
    kernel = np.exp(-0.5 * (pairs.distances(slid) / near) ** 2)
    starts = np.flatnonzero(np.diff(pairs.sample, prepend=-1))
    return float(np.maximum.reduceat(kernel, starts).sum() / pairs.count)


def _support(pairs: _Pairs, slid: Coordinates, near: float) -> tuple[int, float, bool]:
    """Count the lines that are matched, the metres of all, and whether that is enough."""
    close = pairs.distances(slid) < 2 * near
    seen = np.unique(np.column_stack([pairs.line[close], pairs.sample[close]]), axis=0)
    metres = np.bincount(seen[:, 0], minlength=1) * pairs.weight
    lines = int((metres[1:] >= LINE_LENGTH).sum())
    return lines, float(metres.sum()), lines >= FEWEST_LINES or metres[0] >= OUTLINE_LENGTH


def _matched(peak: _Peak) -> str:
    along = f"{peak.lines} known lines" if peak.lines >= FEWEST_LINES else "the outline"
    return f"{peak.share:.0%} of the features' length lies along {along}"


def _slid(at: Coordinates) -> str:
    return f"{np.hypot(*at):.0f} m toward {np.degrees(np.arctan2(*at)) % 360:.0f} degrees"
