"""Tell a declared CRS from others whose numbers would lie in the district as well.

A `.prj` may name the wrong plane and still put the features in the district: UTM and Gauss-Kruger
of one meridian are 2 km apart at 44 degrees north. Numbers cannot tell these; features that follow
known lines can, where they do so in the one plane and not in the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj

from erdao_geo.crs.district import District, Sample
from erdao_geo.crs.families import Family
from erdao_geo.crs.move import Mover, mover
from erdao_geo.crs.sentinel import Offset, judge_offset
from erdao_geo.crs.verdict import HALF

Coordinates = npt.NDArray[np.float64]

_SAME = 0.003  # degrees, some 300 m: nearer than this, two CRSs are one family
_LEAD = 1.2  # times that a rival must fit as well as what is declared
_MORE = 0.1  # share of the features that a plane must put in the district above the others
_GEOD = pyproj.Geod(ellps="GRS80")


@dataclass(frozen=True)
class Rival:
    """Another plane that puts the same numbers in the district."""

    family: Family
    away: int
    """Metres from where the declared CRS puts them, roughly."""

    @property
    def crs(self) -> str:
        """Name the likeliest CRS, as --crs takes it."""
        return self.family.options[0][0]


@dataclass(frozen=True)
class Landing:
    """Where a declared CRS puts the features."""

    way: Mover
    share: float
    """Of the features, those in the district."""
    twins: tuple[Family, ...]
    """What would put them at the same place, but for the datum,"""
    rivals: tuple[Rival, ...]
    """and elsewhere in the district."""
    offset: Offset
    """What the known lines say of it."""


def split_families(
    fits: tuple[Family, ...], lonlat: Coordinates
) -> tuple[tuple[Family, ...], tuple[Rival, ...]]:
    """Part families that put the features where they are declared to lie from those that do not."""
    twins = tuple(family for family in fits if not _apart(family.lonlat, lonlat))
    apart = (family for family in fits if _apart(family.lonlat, lonlat))
    return twins, tuple(Rival(family, _away(family.lonlat, lonlat)) for family in apart)


def _apart(one: Coordinates, other: Coordinates) -> bool:
    both = np.isfinite(one).all(axis=1) & np.isfinite(other).all(axis=1)
    return not both.any() or bool(np.median(np.abs(one[both] - other[both])) >= _SAME)


def _away(one: Coordinates, other: Coordinates) -> int:
    """Give the metres between two places, to two digits."""
    metres = np.asarray(_GEOD.inv(*one.T, *other.T)[2])
    middle = float(np.median(metres[np.isfinite(metres)])) if np.isfinite(metres).any() else 0.0
    return int(float(f"{middle:.1e}"))


def lies_better(landing: Landing) -> bool:
    """Tell whether the place speaks for a rival, and the known lines not for what is declared."""
    if not landing.rivals or (landing.offset.value == "EPSG:4490" and landing.share >= HALF):
        return False
    best = landing.rivals[0].family.share
    return landing.share < best and (best == 1 or best - landing.share >= HALF)


def find_better(
    landing: Landing, sample: Sample, district: District
) -> tuple[Rival, Offset] | None:
    """Find the rival that the known lines speak for, clearly more than for what is declared.

    Returns
    -------
    tuple of Rival and Offset
        The one that fits best and what says so; None where none is clearly better.
    """
    judged = []
    for rival in landing.rivals:
        offset = judge_offset(sample.geometries, district, move=mover(rival.crs), plane=True)
        fits = offset.value in ("EPSG:4490", "EPSG:4214")
        if fits and offset.share > _LEAD * landing.offset.share:
            judged.append((rival, offset))
    return max(judged, key=lambda each: each[1].share, default=None)


def is_doubtful(landing: Landing) -> bool:
    """Tell whether another plane may be as true: it lands about as well, and no line tells."""
    equal = any(rival.family.share > landing.share - _MORE for rival in landing.rivals)
    return landing.share < HALF or (equal and landing.offset.value is None)


def name_others(landing: Landing, declared: str) -> tuple[str, ...]:
    """Say what the numbers would fit as well as what is declared, and how far off that is."""
    codes = [crs for family in landing.twins for crs, _ in family.options if crs != declared]
    lines = "speak against it" if landing.offset.value else "cannot tell"
    return (
        *([f"numbers alone would fit as well: {', '.join(codes)}"] if codes else []),
        *(
            f"in {rival.family.title} ({rival.crs}) {rival.family.share:.0%} would lie in the "
            f"district too, some {rival.away} m from there: the known lines {lines}"
            for rival in landing.rivals
        ),
    )
