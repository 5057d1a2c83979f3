"""What is said of a file's CRS: how sure it is, and what else it may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from erdao_geo.crs.district import Sample
from erdao_geo.crs.families import Family
from erdao_geo.crs.sentinel import shift_lengths

Certainty = Literal["certain", "likely", "unknown"]

HALF = 0.5
_DATUM_NOTES = {
    "CGCS2000": "the datum is assumed",
    "Xian 1980": "the same numbers on Xian 1980: some {} m away",
    "Beijing 1954": "the same numbers on Beijing 1954: some {} m away",
    "WGS 84": "on WGS 84, taken as CGCS2000",
    "GCJ-02": "drawn over Gaode's map: some {} m away",
    "BD-09": "drawn over Baidu's map: some {} m away",
}
SIGNATURE_NOTE = "its fields are those of DataV.GeoAtlas (adcode, childrenNum): that is GCJ-02"


@dataclass(frozen=True)
class Candidate:
    """A CRS that the coordinates may be in."""

    crs: str
    """As --crs takes it."""
    title: str
    verdict: Certainty
    reason: str


@dataclass(frozen=True)
class CRSVerdict:
    """The CRS of a file, how sure that is, and what else it may be."""

    value: str | None
    """As `mover` takes it; None where nothing fits."""
    verdict: Certainty
    decision: Literal["ready", "ask"]
    candidates: tuple[Candidate, ...]
    evidence: tuple[str, ...]
    uncertainty: float = 0.0
    """Metres the positions may be off, because the datum's parameters are not known."""
    problems: tuple[tuple[str, str], ...] = ()
    """Rule and message, of the whole file."""


def list_candidates(fits: tuple[Family, ...], sample: Sample) -> tuple[Candidate, ...]:
    """List the CRSs of the families that fit: of each family CGCS2000 first."""
    return tuple(
        Candidate(
            crs,
            f"{datum} / {family.title}",
            "likely" if number == 0 and rank == 0 else "unknown",
            f"{inside(family, sample)}; {_DATUM_NOTES[datum].format(shifts(family).get(datum))}",
        )
        for rank, family in enumerate(fits)
        for number, (crs, datum) in enumerate(family.options)
    )


def shifts(family: Family) -> dict[str, int]:
    """Say how far each datum and web map is off where a family puts the features, in metres."""
    placed = family.lonlat[np.isfinite(family.lonlat).all(axis=1)]
    return shift_lengths(np.median(placed, axis=0))


def inside(family: Family, sample: Sample) -> str:
    """Say how many of the features a family puts in the district."""
    count = len(sample.geometries)
    of = f"{count} features" if count == sample.features else f"a sample of {count} features"
    return f"{round(family.share * count)} of {of} lie in the district"


def some_outside(share: float, sample: Sample) -> tuple[tuple[str, str], ...]:
    """List the problem of the features that lie outside, if any do."""
    if share == 1:
        return ()
    count = len(sample.geometries)
    message = f"{round((1 - share) * count)} of {count} features looked at lie outside the district"
    return (("some-outside", message),)


def options(candidates: tuple[Candidate, ...]) -> str:
    """Name the options that choose a candidate; one whose CRS is no code cannot be typed."""
    named = [f"--crs {candidate.crs}" for candidate in candidates if "\n" not in candidate.crs]
    return ", ".join(option for option in named if len(option) < 40)  # noqa: PLR2004


def span(sample: Sample) -> str:
    """Give the bounds of the numbers."""
    west, south, east, north = sample.bounds
    return f"{west:.10g}, {south:.10g} to {east:.10g}, {north:.10g}"


def gcj_by_signature() -> Candidate:
    """Give GCJ-02 as the candidate that a file's field names speak for."""
    return Candidate("GCJ-02", "GCJ-02 (Gaode, DataV)", "likely", SIGNATURE_NOTE)
