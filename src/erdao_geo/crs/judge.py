"""Judge which CRS a file's coordinates are in, how sure that is, and what else they may be in."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pyproj

from erdao_geo.crs.declared import Case, confirm_crs
from erdao_geo.crs.district import District, Nearby, take_sample
from erdao_geo.crs.families import fitting_families
from erdao_geo.crs.move import crs_text
from erdao_geo.crs.undeclared import guess_crs, search_crs
from erdao_geo.crs.verdict import CRSVerdict

_SIGNATURE = ({"acroutes", "childrennum"}, "adcode")
"""Fields of DataV.GeoAtlas, whose outlines are in GCJ-02."""


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
        case = Case(sample, district, nearby, fits, signature)
        return confirm_crs(case, declared, declared_by)
    if district is None:
        return guess_crs(sample, signature, drawing=drawing)
    return search_crs(sample, district, fits, signature)


def _has_signature(field_names: Collection[str]) -> bool:
    words = {name.lower() for name in field_names}
    marks, needed = _SIGNATURE
    return needed in words and bool(marks & words)


def _nothing(declared: pyproj.CRS | None) -> CRSVerdict:
    """Answer for a file without a single usable coordinate."""
    value = crs_text(declared) if declared is not None else "EPSG:4490"
    evidence = ("no feature has a place, so there is nothing to decide",)
    return CRSVerdict(value, "certain" if declared else "likely", "ready", (), evidence)
