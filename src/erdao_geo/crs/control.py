"""Ties from a file's plane or datum to the ground that a user gives: parameters, control points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyproj

from erdao_geo.crs.datum import name_crs, unshifted
from erdao_geo.errors import CRSError

Coordinates = npt.NDArray[np.float64]
"""A row for each position: x, y of the file, or lon, lat."""
Move = Callable[[Coordinates], Coordinates]

_POINTS = 2  # the fewest that fix a similarity
_RESIDUAL = 5.0  # metres: beyond it a control point is wrong, or the CRS is
_SCALE = 1e-3  # beyond it the points do not belong to the CRS


@dataclass(frozen=True)
class Fit:
    """A plane laid on control points."""

    move: Move = field(repr=False)
    note: str
    uncertainty: float
    """Metres: the greatest residual; of two points, which leave none, the greatest let pass."""


def apply(transformer: pyproj.Transformer) -> Move:
    """Make a transformer take rows of positions."""
    return lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


def checked_points(control: Coordinates, axes: Move | None) -> Coordinates:
    """Turn the axes of control points as those of the file are, if they are points at all.

    Raises
    ------
    CRSError
        If they are no rows of x, y, lon, lat.
    """
    points = np.asarray(control, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 4 or not np.isfinite(points).all():  # noqa: PLR2004
        raise CRSError(
            "the control points are no rows of x, y, lon, lat; give four numbers for each"
        )
    if (np.abs(points[:, 3]) > 90).any():  # noqa: PLR2004
        raise CRSError(
            f"a control point has the latitude {points[:, 3].max():g}; give x, y, lon, lat"
        )
    return points if axes is None else np.column_stack([axes(points[:, :2]), points[:, 2:]])


def shift_datum(crs: pyproj.CRS, datum_shift: Sequence[float]) -> tuple[Move, str]:
    """Make the way to lon, lat in CGCS2000 by the parameters that a survey office gave.

    Raises
    ------
    CRSError
        If they are neither 3 nor 7 numbers.
    """
    values = tuple(float(value) for value in datum_shift)
    if len(values) not in (3, 7) or not np.isfinite(values).all():
        raise CRSError(
            f"a datum shift of {len(values)} numbers; give 3 (dx,dy,dz in metres) or 7 (also "
            "rx,ry,rz in seconds and the scale in ppm, position vector convention)"
        )
    names = dict(zip(("x", "y", "z", "rx", "ry", "rz", "s"), values, strict=False))
    terms = " ".join(f"+{name}={value!r}" for name, value in names.items())
    convention = " +convention=position_vector" if len(values) > 3 else ""  # noqa: PLR2004
    own = unshifted(crs)
    shift = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        f"+step +proj=cart {_ellipsoid(crs)} +step +proj=helmert {terms}{convention} "
        "+step +inv +proj=cart +ellps=GRS80 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    note = f"shifted to CGCS2000 by {', '.join(f'{n} {v:g}' for n, v in names.items())}, as named"
    to_own, to_ours = apply(own), apply(shift)
    return lambda xy: to_ours(to_own(xy)), note


def _ellipsoid(crs: pyproj.CRS) -> str:
    ellipsoid = crs.ellipsoid
    if ellipsoid is None:
        raise CRSError(f"{name_crs(crs)} has no ellipsoid, so no datum to shift; see --crs")
    return f"+a={ellipsoid.semi_major_metre!r} +b={ellipsoid.semi_minor_metre!r}"


def fit_control(crs: pyproj.CRS, control: Coordinates) -> Fit:
    """Fit the file's plane to control points: a datum's shift is nearly constant over a town.

    Raises
    ------
    CRSError
        If there are fewer than two, they disagree, or they do not belong to the CRS.
    """
    _require_points(control)
    if crs.is_geographic:
        to_plane = apply(_plane(control))
        back = apply(_plane(control, inverse=True))
    else:
        own = unshifted(crs)
        to_plane, back = (lambda xy: xy), apply(own)
        control = np.column_stack([control[:, :2], _backward(own, control[:, 2:])])
    truth = to_plane(control[:, 2:])
    fit = _similarity(to_plane(control[:, :2]), truth, scale=_SCALE)
    return replace(fit, move=lambda xy: back(fit.move(to_plane(xy))))


def fit_local(control: Coordinates | None) -> Fit:
    """Tie a drawing's own plane, in metres, to the ground by control points; see `fit_control`."""
    if control is None:
        raise CRSError("a local plane needs --control-points: x, y, lon, lat of two or more")
    _require_points(control)
    back = apply(_plane(control, inverse=True))
    truth = apply(_plane(control))(control[:, 2:])
    fit = _similarity(control[:, :2], truth, scale=None)
    return replace(fit, move=lambda xy: back(fit.move(xy)))


def _require_points(control: Coordinates) -> None:
    if len(np.unique(control[:, :2], axis=0)) < _POINTS:
        raise CRSError(f"{len(control)} control points; two or more at different places are needed")


def _plane(control: Coordinates, *, inverse: bool = False) -> pyproj.Transformer:
    lon, lat = control[:, 2:].mean(axis=0).tolist()
    there = f"+proj=tmerc +lon_0={lon!r} +lat_0={lat!r} +ellps=GRS80"
    step = f"+step {'+inv ' if inverse else ''}{there}"
    radians = "+step +proj=unitconvert +xy_in=deg +xy_out=rad"
    degrees = "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    steps = f"{step} {degrees}" if inverse else f"{radians} {step}"
    return pyproj.Transformer.from_pipeline(f"+proj=pipeline {steps}")


def _backward(transformer: pyproj.Transformer, lonlat: Coordinates) -> Coordinates:
    inverse = pyproj.enums.TransformDirection.INVERSE
    return np.column_stack(transformer.transform(lonlat[:, 0], lonlat[:, 1], direction=inverse))


def _similarity(source: Coordinates, truth: Coordinates, *, scale: float | None) -> Fit:
    """Fit shift, turn and scale by least squares; complex numbers make it one linear fit."""
    start, end = source @ (1, 1j), truth @ (1, 1j)
    middle, target = start.mean(), end.mean()
    spread = start - middle
    factor = np.vdot(spread, end - target) / np.vdot(spread, spread).real
    residuals = np.abs(target + factor * spread - end)
    _require_agreement(residuals, abs(factor), scale)

    def move(xy: Coordinates) -> Coordinates:
        moved = target + factor * (xy @ (1, 1j) - middle)
        return np.column_stack([moved.real, moved.imag])

    few, worst = len(source) == _POINTS, float(residuals.max())
    check = "two points leave nothing to check by" if few else f"residuals up to {worst:.2f} m"
    note = (
        f"fitted to {len(source)} control points: moved by {abs((end - start).mean()):.2f} m, "
        f"turned by {np.degrees(np.angle(factor)) * 3600:.1f} seconds, scale {abs(factor):.7f}; "
        f"{check}"
    )
    return Fit(move, note, _RESIDUAL if few else round(worst, 2))


def _require_agreement(
    residuals: npt.NDArray[np.float64], factor: float, scale: float | None
) -> None:
    worst = float(residuals.max())
    if not worst <= _RESIDUAL:
        raise CRSError(
            f"the control points disagree by up to {worst:.1f} m, most of all point "
            f"{residuals.argmax() + 1}; correct them, or name the true CRS with --crs"
        )
    if scale is not None and abs(factor - 1) > scale:
        raise CRSError(
            f"the control points ask for a scale of {factor:.5f}, so they do not belong to this "
            "CRS; correct them, or name the true CRS with --crs"
        )
