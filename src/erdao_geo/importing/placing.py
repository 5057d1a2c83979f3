"""Where a file's coordinates lie: by the CRS that they seem to be in, or by the one named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from erdao_geo.crs import Candidate, CRSVerdict, District, Mover, judge_crs, mover
from erdao_geo.errors import CRSError
from erdao_geo.importing.delivery import geometries_of
from erdao_geo.importing.foreign import Source

_SAMPLE = 4_000
"""Features of a large file that its CRS is judged by, evenly taken."""
_LONGEST = 60
"""Characters of a CRS that can be named on a command line."""


def judge_place(source: Source, district: District | None) -> CRSVerdict:
    """Judge where a file's coordinates lie, by a sample of its features."""
    verdict = judge_crs(
        sampled_geometries(source),
        declared=source.crs,
        declared_by=_witness(source),
        district=district,
        field_names=source.table.column_names,
        drawing=source.driver == "DXF",
    )
    if source.crs is not None:
        return verdict
    return replace(verdict, evidence=(*source.crs_evidence, *verdict.evidence))


def _witness(source: Source) -> str:
    """Name what says the CRS: its .prj, the GeoPackage, or the format itself."""
    who, says, _ = "; ".join(source.crs_evidence).partition(" says ")
    return who if says else source.driver.removeprefix("LIB")


def sampled_geometries(source: Source) -> npt.NDArray[Any]:
    """Give a file's geometries; of a large one a part, evenly taken."""
    count = len(source.geometry)
    rows = np.unique(np.linspace(0, max(count - 1, 0), min(count, _SAMPLE)).astype(np.int64))
    return geometries_of(source.geometry.take(pa.array(rows, pa.int64())))


def extent_of(source: Source) -> tuple[float, float, float, float]:
    """Give the box of a file's coordinates, by a sample of its features where it is large."""
    step = max(1, len(source.geometry) // _SAMPLE)
    column = source.geometry.take(pa.array(range(0, len(source.geometry), step), pa.int64()))
    west, south, east, north = shapely.total_bounds(geometries_of(column)).tolist()
    return west, south, east, north


def judge_named(
    crs: str, source: Source, district: District | None, *, way: Mover | None = None
) -> CRSVerdict:
    """Take the CRS that the user names, and say where it puts the features.

    Where it puts all of them outside of the district, that is a problem, which names what would
    put them inside. `way` is the way from it, where that rests on more than its name.
    """
    way = way or mover(crs, extent=extent_of(source))
    evidence, problems = [f"{way.title}, as named", *way.notes], []
    if district is not None:
        inside = _inside(way, source, district)
        evidence.append(f"it puts {inside.sum()} of {len(inside)} vertices in the district's box")
        if len(inside) and not inside.any():
            message = f"{crs} puts all features outside the district"
            message += _better(crs, source, district)
            problems.append(("outside-district", message))
    return CRSVerdict(
        crs,
        "certain",
        "ready",
        (Candidate(crs, way.title, "certain", "as named"),),
        tuple(evidence),
        way.uncertainty,
        tuple(problems),
    )


def _inside(way: Mover, source: Source, district: District) -> npt.NDArray[np.bool_]:
    """Tell which vertices lie in the district's box."""
    lonlat = way(shapely.get_coordinates(sampled_geometries(source)))
    west, south, east, north = shapely.bounds(district.outline).tolist()
    within = (lonlat >= (west, south)) & (lonlat <= (east, north))
    return np.asarray(within.all(axis=1))


def _better(named: str, source: Source, district: District) -> str:
    """Name a CRS that would put the features inside, if there is one."""
    for candidate in judge_place(source, district).candidates:
        try:
            way = mover(candidate.crs, extent=extent_of(source))
        except CRSError:
            continue
        if candidate.crs != named and _inside(way, source, district).any():
            code = f"name --crs {candidate.crs}" if len(candidate.crs) <= _LONGEST else ""
            leave = "leave --crs out" if source.crs is not None else ""
            ways = " or ".join(filter(None, (code, leave)))
            return f"; {candidate.title} puts them inside: {ways}"
    return ""
