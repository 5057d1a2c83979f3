"""Mend the geometries that arrive, and say what was done; what cannot be mended is rejected.

Nothing is drawn anew: a point is left out where it stands twice, a ring is closed, a polygon that
crosses itself is cut where it does (GEOS's make-valid, method "structure": what any shell holds and
no hole of it takes out stays, once). Everything happens after coordinates are lon, lat and rounded
to how they are stored, so that what was checked is what is kept.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from erdao_geo.definitions import Geometry

Geometries = npt.NDArray[Any]
Rows = npt.NDArray[np.intp]

_TYPE_IDS = {"Point": (0, 4), "LineString": (1, 5), "Polygon": (3, 6)}
_LINES = (1, 2, 5)
_COLLECTION = 7
_MULTI: dict[Geometry, Any] = {
    "Point": shapely.multipoints,
    "LineString": shapely.multilinestrings,
    "Polygon": shapely.multipolygons,
}
_SLIVER = 1e-13
"""Square degrees (some 1e-3 m2): what cutting leaves below it is rounding, no land."""


@dataclass
class Mended:
    """Geometries as they can be stored, and what was done to whom, by row."""

    geometries: Geometries
    repairs: list[tuple[int, str, str]] = field(default_factory=list)
    """Row, rule, message."""
    rejects: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Row to rule and reason; its geometry is then null."""

    def repair(self, rows: Rows, rule: str, message: str) -> None:
        """Note what was mended at some rows."""
        self.repairs += [(row, rule, message) for row in rows.tolist()]

    def reject(self, rows: Rows, rule: str, reason: str) -> None:
        """Note why some rows cannot be taken, and leave them without a geometry."""
        for row in rows.tolist():
            self.rejects.setdefault(row, (rule, reason))
        self.geometries[rows] = None


def mend(geometries: Geometries, wanted: Geometry | None, *, grid: float | None = None) -> Mended:
    """Bring geometries to a layer's type and make them valid.

    Parameters
    ----------
    geometries
        In any coordinates, 2-D; None where there is none.
    wanted
        The layer's type; None takes any, and only mends.
    grid
        What coordinates are rounded to, in their unit: a polygon that is cut is valid on it.

    Returns
    -------
    Mended
        A line or polygon of several parts where the source has several; an empty one is null.
    """
    mended = Mended(np.array(geometries, dtype=object))
    with np.errstate(invalid="ignore"):
        _mend_numbers(mended)
    _mend_empty(mended)
    if wanted is not None:
        _mend_types(mended, wanted)
    _mend_repeats(mended)
    _mend_lines(mended)
    _mend_polygons(mended, grid)
    return mended


def _mend_numbers(mended: Mended) -> None:
    coordinates, index = shapely.get_coordinates(mended.geometries, return_index=True)
    odd = np.unique(index[~np.isfinite(coordinates).all(axis=1)])
    mended.reject(odd, "not-a-number", "has a coordinate that is no number")


def _mend_empty(mended: Mended) -> None:
    empty = np.flatnonzero(shapely.is_empty(mended.geometries))
    mended.geometries[empty] = None
    mended.repair(empty, "geometry-empty", "has an empty geometry: taken as not located")


def _mend_types(mended: Mended, wanted: Geometry) -> None:
    kinds = shapely.get_type_id(mended.geometries)
    for row in np.flatnonzero(kinds == _COLLECTION).tolist():
        _take_from_collection(mended, row, wanted)
    if wanted == "Polygon":
        _close_lines(mended)
    kinds = shapely.get_type_id(mended.geometries)
    for row in np.flatnonzero((kinds >= 0) & ~np.isin(kinds, _TYPE_IDS[wanted])).tolist():
        kind = mended.geometries[row].geom_type
        reason = f"is a {kind}; the layer holds {wanted}"
        mended.reject(np.array([row]), "geometry-type", reason)


def _take_from_collection(mended: Mended, row: int, wanted: Geometry) -> None:
    """Take a collection's parts of the wanted type, where it has no others."""
    parts = _flat(mended.geometries[row])
    kinds = shapely.get_type_id(parts)
    if parts.size and np.isin(kinds, _TYPE_IDS[wanted]).all():
        mended.geometries[row] = _MULTI[wanted](parts) if len(parts) > 1 else parts[0]
        mended.repair(np.array([row]), "collection", "is a collection: taken as its parts")


def _flat(geometry: Any) -> Geometries:
    parts = shapely.get_parts(np.array([geometry], dtype=object))
    while (shapely.get_type_id(parts) >= min(_TYPE_IDS["Point"][1:])).any():
        parts = shapely.get_parts(parts)
    return parts


def _close_lines(mended: Mended) -> None:
    """Take a closed line as the polygon that it goes round, as drawing programs leave it."""
    geometries = mended.geometries
    lines = np.flatnonzero(np.isin(shapely.get_type_id(geometries), (1, 2)))
    closed = lines[shapely.is_closed(geometries[lines])]
    rings = closed[shapely.get_num_coordinates(geometries[closed]) >= 4]  # noqa: PLR2004
    if rings.size:
        geometries[rings] = [
            shapely.polygons(shapely.get_coordinates(g)) for g in geometries[rings]
        ]
        mended.repair(rings, "ring-from-line", "is a closed line: taken as a polygon")


def _mend_repeats(mended: Mended) -> None:
    geometries = mended.geometries
    coordinates, index = shapely.get_coordinates(geometries, return_index=True)
    again = (np.diff(coordinates, axis=0) == 0).all(axis=1) & (np.diff(index) == 0)
    for row in np.unique(index[1:][again]).tolist():  # where a part begins as another ends, too
        if shapely.get_dimensions(geometries[row]) == 0:
            continue
        with suppress(shapely.errors.GEOSException):  # too little is left: what follows says so
            plain = shapely.remove_repeated_points(geometries[row])
            if shapely.get_num_coordinates(plain) < shapely.get_num_coordinates(geometries[row]):
                geometries[row] = plain
                said = "has a vertex twice in a row: once is kept"
                mended.repair(np.array([row]), "repeated-vertex", said)


def _mend_lines(mended: Mended) -> None:
    geometries = mended.geometries
    lines = np.flatnonzero(np.isin(shapely.get_type_id(geometries), _LINES))
    bad = lines[~shapely.is_valid(geometries[lines])]
    for row in bad.tolist():
        parts = shapely.get_parts(geometries[row])
        good = parts[shapely.is_valid(parts)]
        if good.size == 0:
            reason = "has no length: all of its vertices are one point"
            mended.reject(np.array([row]), "zero-length", reason)
            continue
        geometries[row] = shapely.multilinestrings(good) if good.size > 1 else good[0]
        mended.repair(np.array([row]), "zero-length", "has a part without length: left out")


def _mend_polygons(mended: Mended, grid: float | None) -> None:
    geometries = mended.geometries
    polygons = np.flatnonzero(np.isin(shapely.get_type_id(geometries), _TYPE_IDS["Polygon"]))
    for row in polygons[~shapely.is_valid(geometries[polygons])].tolist():
        before = geometries[row]
        after = _valid(before, grid)
        if after is None:
            reason = f"has no area that could be told: {shapely.is_valid_reason(before)}"
            mended.reject(np.array([row]), "geometry-invalid", reason)
            continue
        geometries[row] = after
        reason = shapely.is_valid_reason(before)
        mended.repair(np.array([row]), "geometry-invalid", f"{reason}: cut there")


def _valid(polygon: Any, grid: float | None) -> Any:
    """Cut a polygon where it crosses itself; None where nothing of it has an area."""
    try:
        made = shapely.make_valid(polygon, method="structure", keep_collapsed=False)
        made = made if grid is None else shapely.set_precision(made, grid)
    except shapely.errors.GEOSException:
        return None
    parts = _flat(made) if made.geom_type in ("GeometryCollection", "MultiPolygon") else [made]
    parts = np.array([p for p in parts if p.geom_type == "Polygon" and p.area > _SLIVER])
    if parts.size == 0:
        return None
    return shapely.multipolygons(parts) if parts.size > 1 else parts[0]
