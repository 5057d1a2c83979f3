"""Answer for a file that declares no CRS.

Numbers can prove a projection and its zone; they cannot prove a datum. So the answer is asked for,
unless the known lines of the district tell.
"""

from __future__ import annotations

from dataclasses import replace

from erdao_geo.crs.district import District, Sample
from erdao_geo.crs.families import Family
from erdao_geo.crs.sentinel import Offset, judge_offset
from erdao_geo.crs.verdict import (
    SIGNATURE_NOTE,
    Candidate,
    CRSVerdict,
    gcj_by_signature,
    inside,
    list_candidates,
    options,
    shifts,
    some_outside,
    span,
)

_MOST = 0.9  # of the features, where nothing but the numbers speaks for degrees


def guess_crs(sample: Sample, signature: bool, *, drawing: bool) -> CRSVerdict:
    """Answer where neither the file nor a district says anything."""
    if drawing or sample.degrees < _MOST:
        what = "a drawing's own plane" if drawing else "no degrees"
        evidence = (
            f"no CRS is declared, and the numbers ({span(sample)}) are {what}; name it with "
            "--crs, or inspect inside the district's workspace",
        )
        return CRSVerdict(None, "unknown", "ask", (), evidence)
    plain = Candidate("EPSG:4490", "CGCS2000", "likely", "numbers like degrees")
    guess = (
        f"no CRS is declared; the numbers ({span(sample)}) look like degrees, and are guessed to "
        "be longitude, latitude in CGCS2000"
    )
    if not signature:
        return CRSVerdict("EPSG:4490", "likely", "ready", (plain,), (guess,))
    candidates = (gcj_by_signature(), plain)
    return CRSVerdict("EPSG:4490", "likely", "ask", candidates, (guess, SIGNATURE_NOTE))


def search_crs(
    sample: Sample, district: District, fits: tuple[Family, ...], signature: bool
) -> CRSVerdict:
    """Answer where nothing is declared, by what puts the features in the district."""
    if not fits:
        nothing = (
            f"no CRS is declared, and none of those in use here puts the numbers ({span(sample)})"
            " in the district: local drawing coordinates, or another place; name it with --crs, or "
            "tie a local plane with --crs local --control-points"
        )
        return CRSVerdict(None, "unknown", "ask", (), (nothing,))
    best = fits[0]
    if best.options[0][0] == "EPSG:4490":
        return _degrees(sample, district, fits, signature)
    candidates = list_candidates(fits, sample)
    said = "zone certain" if len(fits) == 1 else f"{len(fits)} projections fit"
    evidence = (
        f"no CRS is declared; {inside(best, sample)} if it is {best.title}",
        f"{said}, {_doubt(best)}: choose with {options(candidates)}",
    )
    problems = some_outside(best.share, sample)
    return CRSVerdict(candidates[0].crs, "likely", "ask", candidates, evidence, problems=problems)


def _doubt(best: Family) -> str:
    """Say what the numbers cannot prove."""
    far = shifts(best)
    if best.options[0][0].startswith("EPSG:3857"):
        return (
            f"datum assumed WGS 84; drawn over Gaode's map it is some {far['GCJ-02']} m off, over "
            f"Baidu's some {far['BD-09']} m"
        )
    if len(best.options) == 1:
        return "datum assumed WGS 84, which is CGCS2000 to some centimetres"
    return (
        f"datum assumed CGCS2000; Beijing 1954 would move it by some {far['Beijing 1954']} m, "
        f"Xian 1980 by some {far['Xian 1980']} m"
    )


def _degrees(
    sample: Sample, district: District, fits: tuple[Family, ...], signature: bool
) -> CRSVerdict:
    """Answer for degrees in the district: the sentinel tells web maps' shifts from the truth."""
    offset = judge_offset(sample.geometries, district)
    plain = list_candidates(fits, sample)
    far = shifts(fits[0])
    candidates = _with_shifts(plain, offset, signature, far)
    evidence: tuple[str, ...] = (
        f"no CRS is declared; as degrees {inside(fits[0], sample)}",
        offset.reason,
    )
    problems = some_outside(fits[0].share, sample)
    if offset.value == "EPSG:4490" and offset.fine and not signature:
        return CRSVerdict("EPSG:4490", "certain", "ready", plain[:1], evidence, problems=problems)
    evidence += (
        f"longitude, latitude in CGCS2000 is assumed; GCJ-02 would move it by some {far['GCJ-02']} "
        f"m, BD-09 by some {far['BD-09']} m, Beijing 1954 by some {far['Beijing 1954']} m: choose "
        f"with {options(candidates)}",
    )
    value = offset.value or "EPSG:4490"
    return CRSVerdict(value, "likely", "ask", candidates, evidence, problems=problems)


def _with_shifts(
    plain: tuple[Candidate, ...], offset: Offset, signature: bool, far: dict[str, int]
) -> tuple[Candidate, ...]:
    """Add the shifts of web maps to the datums, what the sentinel found first."""
    reason = "the same numbers on a web map: some {} m away"
    web_maps = [
        gcj_by_signature()
        if signature
        else Candidate("GCJ-02", "GCJ-02 (Gaode, DataV)", "unknown", reason.format(far["GCJ-02"])),
        Candidate("BD-09", "BD-09 (Baidu)", "unknown", reason.format(far["BD-09"])),
    ]
    every = [*plain[:1], *web_maps, *plain[1:]]
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
