"""Answer for a file that declares its CRS: a hint, which the numbers and the district test."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyproj

from erdao_geo.crs.datum import TOLERABLE, name_crs
from erdao_geo.crs.district import District, Nearby, Sample
from erdao_geo.crs.families import Family
from erdao_geo.crs.move import Mover, crs_text, mover
from erdao_geo.crs.rivals import (
    Landing,
    Rival,
    find_better,
    is_doubtful,
    lies_better,
    name_others,
    split_families,
)
from erdao_geo.crs.sentinel import Offset, judge_offset
from erdao_geo.crs.verdict import (
    HALF,
    SIGNATURE_NOTE,
    Candidate,
    CRSVerdict,
    list_candidates,
    options,
    some_outside,
    span,
)
from erdao_geo.errors import CRSError

Coordinates = npt.NDArray[np.float64]

_MARK = "the layer will be marked approximate unless you give --datum-shift or --control-points"
_UNASKED = Offset(None, "no district to compare with")
_FAR_ORIGIN = 1000.0  # metres of false origin that a plane of small numbers cannot have


@dataclass(frozen=True)
class Case:
    """What the judges of a declared CRS need."""

    sample: Sample
    district: District | None
    nearby: Nearby | None
    fits: tuple[Family, ...]
    signature: bool


def confirm_crs(case: Case, declared: pyproj.CRS, declared_by: str) -> CRSVerdict:
    """Answer where the file says what it is: believe it unless the numbers or the place object."""
    sample, name = case.sample, name_crs(declared)
    own = Candidate(crs_text(declared), name, "likely", f"{declared_by} says so")
    try:
        way = mover(declared, extent=sample.bounds)
    except CRSError as error:
        return _contradiction(case, own, str(error))
    if declared.is_geographic and _degrees_share(sample, declared) < HALF:
        message = f"{declared_by} says {name}, but its numbers ({span(sample)}) are no degrees"
        return _contradiction(case, own, message)
    lonlat = way(sample.xy)
    if declared.is_projected and _only_degrees(case, declared, lonlat):
        message = f"{declared_by} says {name}, but its numbers ({span(sample)}) look like degrees"
        return _contradiction(case, own, message)
    if np.isfinite(lonlat).all(axis=1).mean() < HALF:
        message = f"{declared_by} says {name}, but its numbers ({span(sample)}) do not fit that"
        return _contradiction(case, own, message)
    evidence = f"{declared_by} says {name}"
    return _placed(case, replace(own, reason=evidence), way, lonlat)


def _degrees_share(sample: Sample, declared: pyproj.CRS) -> float:
    unit = np.rad2deg(declared.axis_info[0].unit_conversion_factor) if declared.axis_info else 1.0
    if abs(unit - 1) < 1e-9:  # noqa: PLR2004
        return sample.degrees
    return float((np.abs(sample.xy * unit) <= (180, 90)).all(axis=1).mean())


def _only_degrees(case: Case, declared: pyproj.CRS, lonlat: Coordinates) -> bool:
    """Tell numbers like degrees under the name of a plane that has its origin elsewhere."""
    if case.sample.degrees < HALF:
        return False
    if case.nearby is not None and case.nearby.share(case.sample, lonlat) >= HALF:
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


def _contradiction(case: Case, own: Candidate, message: str) -> CRSVerdict:
    """Ask, with what would fit, where the declared CRS cannot be true."""
    rivals = list_candidates(case.fits, case.sample)
    if case.district is None and case.sample.degrees >= HALF:
        rivals = (Candidate("EPSG:4490", "CGCS2000", "likely", "numbers like degrees"),)
    doubted = replace(own, verdict="unknown", reason=message)
    way = f"choose with {options((*rivals, doubted))}" if rivals else "name it with --crs"
    value = rivals[0].crs if rivals else None
    return CRSVerdict(
        value,
        "likely" if rivals else "unknown",
        "ask",
        (*rivals, doubted),
        (message, way),
        problems=(("crs-contradiction", f"{message}; {way}"),),
    )


def _placed(case: Case, own: Candidate, way: Mover, lonlat: Coordinates) -> CRSVerdict:
    """Judge a declared CRS that fits the numbers by where it puts the features."""
    if case.district is None or case.nearby is None:
        return _by_datum(case, own, Landing(way, 1.0, (), (), _UNASKED))
    share = case.nearby.share(case.sample, lonlat)
    twins, rivals = split_families(case.fits, lonlat)
    compared = share > 0 and (rivals or not way.uncertainty)
    offset = _sentinel(case, case.district, way) if compared else _UNASKED
    landing = Landing(way, share, twins, rivals, offset)
    if lies_better(landing):
        count = len(case.sample.geometries)
        message = (
            f"{own.reason}, but that puts {round((1 - share) * count)} of {count} features outside "
            f"the district, and {rivals[0].family.title} puts {rivals[0].family.share:.0%} inside"
        )
        return _contradicted(case, own, rivals, message=message)
    if share == 0:
        message = f"{own.reason}, and that puts all its features outside the district"
        problems = (("outside-district", message),)
        return CRSVerdict(
            own.crs, "likely", "ready", (own,), (own.reason, message), way.uncertainty, problems
        )
    return _by_lines(case, own, landing, case.district) or _by_datum(case, own, landing)


def _contradicted(
    case: Case, own: Candidate, rivals: tuple[Rival, ...], *, message: str
) -> CRSVerdict:
    families = tuple(rival.family for rival in rivals)
    return _contradiction(replace(case, fits=families), own, message)


def _by_lines(
    case: Case, own: Candidate, landing: Landing, district: District
) -> CRSVerdict | None:
    """Ask where the known lines speak for another plane; None where they do not."""
    better = find_better(landing, case.sample, district)
    if better is None:
        return None
    rival, found = better
    message = (
        f"{own.reason}, but so {landing.offset.share:.0%} of the features' length lies along known "
        f"lines; in {rival.family.title} ({rival.crs}), some {rival.away} m from there, "
        f"{found.reason}"
    )
    rest = tuple(each for each in landing.rivals if each is not rival)
    return _contradicted(case, own, (rival, *rest), message=message)


def _by_datum(case: Case, own: Candidate, landing: Landing) -> CRSVerdict:
    """Judge a declared CRS that fits by what is known of its datum."""
    way, offset = landing.way, landing.offset
    problems = some_outside(landing.share, case.sample)
    plane = case.sample.degrees < HALF
    cautions = name_others(landing, own.crs) if plane else ()
    if way.uncertainty:
        mark = (_MARK,) if way.uncertainty > TOLERABLE else ()
        evidence = (own.reason, *cautions, *way.notes, *mark)
        return CRSVerdict(own.crs, "likely", "ready", (own,), evidence, way.uncertainty, problems)
    if offset.value not in (None, "EPSG:4490") or (case.signature and offset.value is None):
        return _offset(case, own, offset, problems=problems)
    sure = replace(own, verdict="likely" if is_doubtful(landing) else "certain")
    others = _others(case, own, landing) if plane else ()
    evidence = (own.reason, *([offset.reason] if case.district else []), *cautions)
    return CRSVerdict(own.crs, sure.verdict, "ready", (sure, *others), evidence, 0.0, problems)


def _others(case: Case, own: Candidate, landing: Landing) -> tuple[Candidate, ...]:
    """List what the numbers would fit as well: the .prj is believed, but it is the only witness."""
    families = (*landing.twins, *(rival.family for rival in landing.rivals))
    listed = list_candidates(families, case.sample)
    return tuple(replace(each, verdict="unknown") for each in listed if each.crs != own.crs)


def _sentinel(case: Case, district: District, way: Mover) -> Offset:
    plane = case.sample.degrees < HALF
    return judge_offset(case.sample.geometries, district, move=way, plane=plane)


def _offset(
    case: Case, own: Candidate, offset: Offset, *, problems: tuple[tuple[str, str], ...]
) -> CRSVerdict:
    """Ask where a file that declares our datum lies as a web map would have it."""
    found = offset.value or "GCJ-02"
    reason = offset.reason if offset.value else SIGNATURE_NOTE
    candidate = _shifted_twin(case, own, found, reason)
    candidates = (candidate, replace(own, verdict="unknown", reason=f"{own.reason}; {reason}"))
    message = f"{own.reason}, but {reason}: choose with {options(candidates)}"
    return CRSVerdict(
        own.crs,
        "likely",
        "ask",
        candidates,
        (own.reason, reason),
        problems=(*problems, ("offset", message)),
    )


def _shifted_twin(case: Case, own: Candidate, found: str, reason: str) -> Candidate:
    """Name the CRS that has the same numbers and the shift that was found."""
    if case.sample.degrees >= HALF:
        return Candidate(found, found, "likely", reason)
    if found != "EPSG:4214":
        return Candidate(
            f"{own.crs}-{found.lower()}", f"{own.title}, drawn over {found}", "likely", reason
        )
    for family in case.fits:
        codes = {datum: crs for crs, datum in family.options}
        if own.crs in codes.values() and "Beijing 1954" in codes:
            return Candidate(codes["Beijing 1954"], "Beijing 1954", "likely", reason)
    return Candidate("local", "Beijing 1954, tied by control points", "likely", reason)
