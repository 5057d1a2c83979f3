"""The rules of geometries: of what type they are, whether they are valid, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from erdao_geo.validate.rows import Fault, Rows

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

MARGIN = 0.01
"""Degrees (1.1 km north-south, 0.8 km east-west at 44 N) that a feature may lie outside the
boundary's box: the boundary is itself approximate."""
REACH = 0.1
"""Degrees (11 km north-south, 8 km east-west at 44 N) that a work may reach beyond the box: a road
may leave the district, but a vertex gone astray would lengthen it without a sign."""

EAST, NORTH = 180, 90
"""Degrees that longitude and latitude reach, either way."""


_TYPE_IDS = {"Point": (0, 4), "LineString": (1, 5), "Polygon": (3, 6)}


def check_geometries(rows: Rows) -> Iterator[Fault]:
    """Find geometries that cannot be read, are of another type, empty or invalid."""
    for row, reason in rows.unreadable.items():
        yield rows.problem(
            row, "geometry-unreadable", f"has a geometry that cannot be read: {reason}"
        )
    wanted, geometries = rows.layer.geometry, rows.geometries
    kinds = shapely.get_type_id(geometries)
    typed = np.isin(kinds, _TYPE_IDS[wanted])
    empty = shapely.is_empty(geometries)
    for row in np.flatnonzero(~typed & (kinds >= 0)).tolist():
        kind = geometries[row].geom_type
        yield rows.problem(row, "geometry-type", f"is a {kind}; the layer holds {wanted}")
    for row in np.flatnonzero(typed & empty).tolist():
        yield rows.problem(row, "geometry-empty", "has an empty geometry; write null")
    for row in np.flatnonzero(typed & ~empty & ~shapely.is_valid(geometries)).tolist():
        reason = shapely.is_valid_reason(geometries[row])
        yield rows.problem(row, "geometry-invalid", f"has an invalid geometry: {reason}")


def check_place(rows: Rows, bounds: Bounds | None) -> Iterator[Fault]:
    """Find features that lie on no place of the earth, or outside of the district."""
    west, south, east, north = boxes = shapely.bounds(rows.geometries).T
    placed = ~np.isnan(west)
    on_earth = (west >= -EAST) & (east <= EAST) & (south >= -NORTH) & (north <= NORTH)
    for row in np.flatnonzero(placed & ~on_earth).tolist():
        yield rows.problem(
            row, "coordinates", f"lies at {_extent(boxes, row)}; no lon, lat in degrees"
        )
    if bounds is None:
        return
    beyond = np.array([bounds[0] - west, bounds[1] - south, east - bounds[2], north - bounds[3]])
    apart = np.array([bounds[0] - east, bounds[1] - north, west - bounds[2], south - bounds[3]])
    outside = apart.max(axis=0) > MARGIN
    for row in np.flatnonzero(placed & on_earth & outside).tolist():
        yield rows.problem(
            row, "outside", f"lies at {_extent(boxes, row)}, outside the district's box"
        )
    astray = (beyond.max(axis=0) > REACH) & rows.layer.has_status
    for row in np.flatnonzero(placed & on_earth & ~outside & astray).tolist():
        yield rows.problem(
            row,
            "outside",
            f"reaches from {_extent(boxes, row)}, over {REACH} degrees beyond the district's box; "
            "look for a vertex gone astray",
        )


def _extent(boxes: npt.NDArray[np.float64], row: int) -> str:
    west, south, east, north = boxes[:, row].tolist()
    return f"{west:.5f}, {south:.5f} to {east:.5f}, {north:.5f}"
