"""Say which CRS a file's coordinates are in, how sure that is, and what else they may be.

What the file declares is a hint, the district is the test. Numbers can prove a projection and its
zone; they cannot prove a datum, so where nothing is declared the answer is asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyproj

from erdao_geo.crs.datum import name_crs
from erdao_geo.crs.district import District, Nearby, Sample, take_sample
from erdao_geo.crs.families import Family, fitting_families
from erdao_geo.crs.move import Mover, crs_text, mover
from erdao_geo.crs.sentinel import Offset, judge_offset
from erdao_geo.errors import CRSError

Certainty = Literal["certain", "likely", "unknown"]
Coordinates = npt.NDArray[np.float64]

_HALF = 0.5
_MOST = 0.9  # of the features, where nothing but the numbers speaks for degrees
_SAME = 0.003  # degrees, some 300 m: nearer than this, two CRSs are one family
_FAR_ORIGIN = 1000.0  # metres of false origin that a plane of small numbers cannot have
_DATUM_NOTE = {
    "CGCS2000": "the datum is assumed",
    "Xian 1980": "the same numbers on Xian 1980: some 55 m away",
    "Beijing 1954": "the same numbers on Beijing 1954: some 85 m away",
    "WGS 84": "on WGS 84, taken as CGCS2000",
    "GCJ-02": "drawn over Gaode's map: some 600 m away",
    "BD-09": "drawn over Baidu's map: some 1,300 m away",
}
_SIGNATURE = ({"acroutes", "childrennum"}, "adcode")
"""Fields of DataV.GeoAtlas, whose outlines are in GCJ-02."""


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


def judge_crs(
    geometries: npt.NDArray[np.object_],
    *,
    declared: pyproj.CRS | None,
    declared_by: str,
    district: District | None,
    field_names: Collection[str] = (),
    drawing: bool = False,
) -> CRSVerdict:
    """Judge which CRS a file's coordinates are in.

    Parameters
    ----------
    geometries
        In the file's coordinates; null and empty ones do not count.
    declared
        What the file says, None where it says nothing.
    declared_by
        What says so, for the evidence: `roads.prj`, `GeoJSON`.
    district
        Where the features should lie. Without it a declared CRS is checked against the numbers
        alone, and numbers like degrees are taken as such.
    field_names
        Of the file: DataV's own are a sign of GCJ-02.
    drawing
        Whether the format holds drawings in a plane (DXF), so that small numbers are no degrees.
    """
    sample = take_sample(geometries)
    if sample is None:
        return _nothing(declared)
    if declared is not None and declared.name.lower().startswith("undefined"):
        declared = None  # GeoPackage's word for none
    signature = _has_signature(field_names)
    nearby = Nearby(district) if district is not None else None
    fits = fitting_families(sample, nearby) if nearby is not None else ()
    if declared is not None:
        case = _Case(sample, district, nearby, fits, signature)
        return _confirm(case, declared, declared_by)
    if district is None:
        return _guess(sample, signature, drawing=drawing)
    return _search(sample, district, fits, signature)


@dataclass(frozen=True)
class _Case:
    """What the judges of a declared CRS need."""

    sample: Sample
    district: District | None
    nearby: Nearby | None
    fits: tuple[Family, ...]
    signature: bool


def _has_signature(field_names: Collection[str]) -> bool:
    words = {name.lower() for name in field_names}
    marks, needed = _SIGNATURE
    return needed in words and bool(marks & words)


def _nothing(declared: pyproj.CRS | None) -> CRSVerdict:
    """Answer for a file without a single usable coordinate."""
    value = crs_text(declared) if declared is not None else "EPSG:4490"
    evidence = ("no feature has a place, so there is nothing to decide",)
    return CRSVerdict(value, "certain" if declared else "likely", "ready", (), evidence)


# ---- nothing declared


def _guess(sample: Sample, signature: bool, *, drawing: bool) -> CRSVerdict:
    """Answer where neither the file nor a district says anything."""
    if drawing or sample.degrees < _MOST:
        what = "a drawing's own plane" if drawing else "no degrees"
        evidence = (
            f"no CRS is declared, and the numbers ({_range(sample)}) are {what}; name it with "
            "--crs, or inspect inside the district's workspace",
        )
        return CRSVerdict(None, "unknown", "ask", (), evidence)
    plain = Candidate("EPSG:4490", "CGCS2000", "likely", "numbers like degrees")
    guess = (
        f"no CRS is declared; the numbers ({_range(sample)}) look like degrees, and are guessed to "
        "be longitude, latitude in CGCS2000"
    )
    if not signature:
        return CRSVerdict("EPSG:4490", "likely", "ready", (plain,), (guess,))
    candidates = (_gcj_by_signature(), plain)
    return CRSVerdict("EPSG:4490", "likely", "ask", candidates, (guess, _SIGNATURE_NOTE))


_SIGNATURE_NOTE = "its fields are those of DataV.GeoAtlas (adcode, childrenNum): that is GCJ-02"


def _gcj_by_signature() -> Candidate:
    return Candidate("GCJ-02", "GCJ-02 (Gaode, DataV)", "likely", _SIGNATURE_NOTE)


def _search(
    sample: Sample, district: District, fits: tuple[Family, ...], signature: bool
) -> CRSVerdict:
    """Answer where nothing is declared, by what puts the features in the district."""
    if not fits:
        evidence = (
            f"no CRS is declared, and none of those in use here puts the numbers ({_range(sample)})"
            " in the district: local drawing coordinates, or another place; name it with --crs, or "
            "tie a local plane with --crs local --control-points",
        )
        return CRSVerdict(None, "unknown", "ask", (), evidence)
    best = fits[0]
    if best.options[0][0] == "EPSG:4490":
        return _degrees(sample, district, fits, signature)
    candidates = _candidates(fits, sample)
    said = "zone certain" if len(fits) == 1 else f"{len(fits)} projections fit"
    evidence = (
        f"no CRS is declared; {_inside(best, sample)} if it is {best.title}",
        f"{said}, {_doubt(best)}: choose with {_options(candidates)}",
    )
    problems = _some_outside(best.share, sample)
    return CRSVerdict(candidates[0].crs, "likely", "ask", candidates, evidence, problems=problems)


def _doubt(best: Family) -> str:
    """Say what the numbers cannot prove."""
    if best.options[0][0].startswith("EPSG:3857"):
        return (
            "datum assumed WGS 84; drawn over Gaode's or Baidu's map it is some 600 or 1,300 m off"
        )
    if len(best.options) == 1:
        return "datum assumed WGS 84, which is CGCS2000 to some centimetres"
    return "datum assumed CGCS2000; Beijing 1954 would move it by some 85 m, Xian 1980 by some 55 m"


def _degrees(
    sample: Sample, district: District, fits: tuple[Family, ...], signature: bool
) -> CRSVerdict:
    """Answer for degrees in the district: the sentinel tells web maps' shifts from the truth."""
    offset = judge_offset(sample.geometries, district)
    plain = _candidates(fits, sample)
    candidates = _with_shifts(plain, offset, signature)
    evidence: tuple[str, ...] = (
        f"no CRS is declared; as degrees {_inside(fits[0], sample)}",
        offset.reason,
    )
    problems = _some_outside(fits[0].share, sample)
    if offset.value == "EPSG:4490" and offset.fine and not signature:
        return CRSVerdict("EPSG:4490", "certain", "ready", plain[:1], evidence, problems=problems)
    evidence += (
        "longitude, latitude in CGCS2000 is assumed; GCJ-02 would move it by some 600 m, BD-09 by "
        f"some 1,300 m, Beijing 1954 by some 85 m: choose with {_options(candidates)}",
    )
    value = offset.value or "EPSG:4490"
    return CRSVerdict(value, "likely", "ask", candidates, evidence, problems=problems)


def _with_shifts(
    plain: tuple[Candidate, ...], offset: Offset, signature: bool
) -> tuple[Candidate, ...]:
    """Add the shifts of web maps to the datums, what the sentinel found first."""
    reason = "the same numbers on a web map: {} away"
    shifts = [
        _gcj_by_signature()
        if signature
        else Candidate("GCJ-02", "GCJ-02 (Gaode, DataV)", "unknown", reason.format("some 600 m")),
        Candidate("BD-09", "BD-09 (Baidu)", "unknown", reason.format("some 1,300 m")),
    ]
    every = [*plain[:1], *shifts, *plain[1:]]
    found = offset.value
    if found is None:
        return tuple(every)
    ruled_out = {"EPSG:4490", "GCJ-02", "BD-09"} - {found}
    judged = [
        replace(candidate, verdict="likely", reason=offset.reason)
        if candidate.crs == found
        else replace(candidate, verdict="unknown", reason="does not match the known lines")
        if candidate.crs in ruled_out
        else candidate
        for candidate in every
    ]
    return tuple(sorted(judged, key=lambda candidate: candidate.crs != found))


# ---- a declared CRS


def _confirm(case: _Case, declared: pyproj.CRS, declared_by: str) -> CRSVerdict:
    """Answer where the file says what it is: believe it unless the numbers or the place object."""
    sample, name = case.sample, name_crs(declared)
    own = Candidate(crs_text(declared), name, "likely", f"{declared_by} says so")
    try:
        way = mover(declared, extent=sample.bounds)
    except CRSError as error:
        return _contradiction(case, own, str(error))
    if declared.is_geographic and _degrees_share(sample, declared) < _HALF:
        message = f"{declared_by} says {name}, but its numbers ({_range(sample)}) are no degrees"
        return _contradiction(case, own, message)
    lonlat = way(sample.xy)
    if declared.is_projected and _only_degrees(case, declared, lonlat):
        message = f"{declared_by} says {name}, but its numbers ({_range(sample)}) look like degrees"
        return _contradiction(case, own, message)
    if np.isfinite(lonlat).all(axis=1).mean() < _HALF:
        message = f"{declared_by} says {name}, but its numbers ({_range(sample)}) do not fit that"
        return _contradiction(case, own, message)
    evidence = f"{declared_by} says {name}"
    return _placed(case, replace(own, reason=evidence), way, lonlat)


def _degrees_share(sample: Sample, declared: pyproj.CRS) -> float:
    unit = np.rad2deg(declared.axis_info[0].unit_conversion_factor) if declared.axis_info else 1.0
    if abs(unit - 1) < 1e-9:  # noqa: PLR2004
        return sample.degrees
    return float((np.abs(sample.xy * unit) <= (180, 90)).all(axis=1).mean())


def _only_degrees(case: _Case, declared: pyproj.CRS, lonlat: Coordinates) -> bool:
    """Tell numbers like degrees under the name of a plane that has its origin elsewhere."""
    if case.sample.degrees < _HALF:
        return False
    if case.nearby is not None and case.nearby.share(case.sample, lonlat) >= _HALF:
        return False
    if declared.to_epsg() == 3857:  # noqa: PLR2004
        return True  # a few metres from where the equator meets Greenwich: nothing is there
    use = declared.area_of_use
    if use is not None:
        middle = np.median(lonlat, axis=0)
        return not (use.west <= middle[0] <= use.east and use.south <= middle[1] <= use.north)
    parameters = declared.coordinate_operation.params if declared.coordinate_operation else []
    false = (float(each.value) for each in parameters if each.name.startswith("False"))
    return any(abs(value) > _FAR_ORIGIN for value in false)


def _contradiction(case: _Case, own: Candidate, message: str) -> CRSVerdict:
    """Ask, with what would fit, where the declared CRS cannot be true."""
    rivals = _candidates(case.fits, case.sample)
    if case.district is None and case.sample.degrees >= _HALF:
        rivals = (Candidate("EPSG:4490", "CGCS2000", "likely", "numbers like degrees"),)
    doubted = replace(own, verdict="unknown", reason=message)
    way = f"choose with {_options((*rivals, doubted))}" if rivals else "name it with --crs"
    value = rivals[0].crs if rivals else None
    return CRSVerdict(
        value,
        "likely" if rivals else "unknown",
        "ask",
        (*rivals, doubted),
        (message, way),
        problems=(("crs-contradiction", f"{message}; {way}"),),
    )


def _placed(case: _Case, own: Candidate, way: Mover, lonlat: Coordinates) -> CRSVerdict:
    """Judge a declared CRS that fits the numbers by where it puts the features."""
    sample = case.sample
    if case.district is None or case.nearby is None:
        return _by_datum(case, own, way, ())
    share = case.nearby.share(sample, lonlat)
    rivals = tuple(family for family in case.fits if _apart(family.lonlat, lonlat))
    if rivals and share < rivals[0].share and (rivals[0].share == 1 or share == 0):
        count = round((1 - share) * len(sample.geometries))
        message = (
            f"{own.reason}, but that puts {count} of {len(sample.geometries)} features outside "
            f"the district, and {rivals[0].title} puts {rivals[0].share:.0%} inside"
        )
        return _contradiction(replace(case, fits=rivals), own, message)
    if share == 0:
        message = f"{own.reason}, and that puts all its features outside the district"
        problems = (("outside-district", message),)
        return CRSVerdict(
            own.crs, "likely", "ready", (own,), (own.reason, message), way.uncertainty, problems
        )
    return _by_datum(case, own, way, _some_outside(share, sample))


def _apart(one: Coordinates, other: Coordinates) -> bool:
    with np.errstate(invalid="ignore"):
        return not bool(np.nanmedian(np.abs(one - other)) < _SAME)


def _by_datum(
    case: _Case, own: Candidate, way: Mover, problems: tuple[tuple[str, str], ...]
) -> CRSVerdict:
    """Judge a declared CRS that fits by what is known of its datum."""
    if way.uncertainty:
        evidence = (
            own.reason,
            *way.notes,
            "the layer will be marked approximate unless you give --datum-shift or "
            "--control-points",
        )
        return CRSVerdict(own.crs, "likely", "ready", (own,), evidence, way.uncertainty, problems)
    offset = _sentinel(case, way)
    if offset.value not in (None, "EPSG:4490") or (case.signature and offset.value is None):
        return _offset(case, own, offset, problems)
    sure = replace(own, verdict="certain")
    evidence = (own.reason, *([offset.reason] if case.district else []))
    return CRSVerdict(own.crs, "certain", "ready", (sure,), evidence, 0.0, problems)


def _sentinel(case: _Case, way: Mover) -> Offset:
    if case.district is None:
        return Offset(None, "no district to compare with")
    return judge_offset(case.sample.geometries, case.district, move=way)


def _offset(
    case: _Case, own: Candidate, offset: Offset, problems: tuple[tuple[str, str], ...]
) -> CRSVerdict:
    """Ask where a file that declares our datum lies as a web map would have it."""
    found = offset.value or "GCJ-02"
    reason = offset.reason if offset.value else _SIGNATURE_NOTE
    candidate = _shifted_twin(case, own, found, reason)
    candidates = (candidate, replace(own, verdict="unknown", reason=f"{own.reason}; {reason}"))
    message = f"{own.reason}, but {reason}: choose with {_options(candidates)}"
    return CRSVerdict(
        own.crs,
        "likely",
        "ask",
        candidates,
        (own.reason, reason),
        problems=(*problems, ("offset", message)),
    )


def _shifted_twin(case: _Case, own: Candidate, found: str, reason: str) -> Candidate:
    """Name the CRS that has the same numbers and the shift that was found."""
    if case.sample.degrees >= _HALF:
        return Candidate(found, found, "likely", reason)
    if found != "EPSG:4214":
        return Candidate(
            f"{own.crs}-{found.lower()}", f"{own.title}, drawn over {found}", "likely", reason
        )
    return Candidate("local", "control points, with --crs local", "likely", reason)


# ---- words


def _candidates(fits: tuple[Family, ...], sample: Sample) -> tuple[Candidate, ...]:
    """List the CRSs of the families that fit: of each family CGCS2000 first."""
    return tuple(
        Candidate(
            crs,
            f"{datum} / {family.title}",
            "likely" if number == 0 and rank == 0 else "unknown",
            f"{_inside(family, sample)}; {_DATUM_NOTE[datum]}",
        )
        for rank, family in enumerate(fits)
        for number, (crs, datum) in enumerate(family.options)
    )


def _inside(family: Family, sample: Sample) -> str:
    count = len(sample.geometries)
    of = f"{count} features" if count == sample.features else f"a sample of {count} features"
    return f"{round(family.share * count)} of {of} lie in the district"


def _some_outside(share: float, sample: Sample) -> tuple[tuple[str, str], ...]:
    if share == 1:
        return ()
    count = len(sample.geometries)
    message = f"{round((1 - share) * count)} of {count} features looked at lie outside the district"
    return (("some-outside", message),)


def _options(candidates: tuple[Candidate, ...]) -> str:
    named = [f"--crs {candidate.crs}" for candidate in candidates if "\n" not in candidate.crs]
    return ", ".join(option for option in named if len(option) < 40)  # noqa: PLR2004


def _range(sample: Sample) -> str:
    west, south, east, north = sample.bounds
    return f"{west:.10g}, {south:.10g} to {east:.10g}, {north:.10g}"
