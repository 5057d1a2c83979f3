"""Move the coordinates of a file to longitude and latitude in CGCS2000.

A CRS is named as PROJ names it (`EPSG:4530`, WKT), or `GCJ-02`, `BD-09`, or `local` for the plane
of a drawing that control points tie to the ground. After it may stand `-swapped` (y comes first),
`-negated` (the sign of x is wrong), and `-gcj-02` or `-bd-09` (a web map's positions written in
that CRS), as in `EPSG:3857-gcj-02`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyproj

from erdao_geo.crs.datum import Bounds, authority, name_crs, parse_crs, passage, unshifted
from erdao_geo.crs.offset import from_bd09, from_gcj02
from erdao_geo.errors import CRSError

Coordinates = npt.NDArray[np.float64]
"""A row for each position: x, y of the file, or lon, lat."""
Move = Callable[[Coordinates], Coordinates]

_WEB_MAPS: dict[str, tuple[str, Move]] = {
    "gcj-02": ("GCJ-02 (Gaode, Tencent, DataV)", from_gcj02),
    "bd-09": ("BD-09 (Baidu)", from_bd09),
}
_AXES: dict[str, Move] = {
    "swapped": lambda xy: xy[:, ::-1],
    "negated": lambda xy: xy * (-1.0, 1.0),
}
_LOCAL = "LOCAL"
_POINTS = 2  # the fewest that fix a similarity
_RESIDUAL = 5.0  # metres: beyond it a control point is wrong, or the CRS is
_SCALE = 1e-3  # beyond it the points do not belong to the CRS


@dataclass(frozen=True)
class Mover:
    """Takes x, y of a file to lon, lat in CGCS2000, and says how far that may be off."""

    crs: str
    title: str
    uncertainty: float
    """Metres; 0 where the way is known."""
    notes: tuple[str, ...]
    move: Move = field(repr=False, compare=False)

    def __call__(self, xy: Coordinates) -> Coordinates:
        """Move positions, a row each; what does not fit the CRS comes out infinite."""
        return self.move(np.asarray(xy, dtype=np.float64))


def mover(
    crs: str | pyproj.CRS,
    *,
    extent: Bounds | None = None,
    datum_shift: Sequence[float] | None = None,
    control: Coordinates | None = None,
) -> Mover:
    """Make the way from a file's coordinates to longitude and latitude in CGCS2000.

    Parameters
    ----------
    crs
        The file's CRS, as the module says it may be named.
    extent
        Bounds of the file's coordinates, to tell whether PROJ's datum shift is made for them.
    datum_shift
        From the file's datum to CGCS2000: dx, dy, dz in metres, or these and rx, ry, rz in seconds
        of arc and a scale in parts per million, in the position vector convention (the signs of
        rx, ry, rz are opposite in the coordinate frame convention).
    control
        Rows of x, y in the file and lon, lat in truth: two or more fit a similarity.

    Raises
    ------
    CRSError
        If the CRS is unknown or has no place on the earth, the parameters are not 3 or 7, or the
        control points are too few or do not agree.
    """
    text, words = _split(crs)
    axes = [_AXES[word] for word in words if word in _AXES]
    before = axes[0] if axes else None
    points = None if control is None else _turned_points(control, before)
    way = _base(text, extent=_turned(extent, before), datum_shift=datum_shift, control=points)
    for word in words:
        way = _worded(way, word)
    return way


def _worded(way: Mover, word: str) -> Mover:
    """Do what a word after the CRS says: turn the axes first, or take a web map's shift back."""
    move = way.move
    if word in _AXES:
        axes, title = _AXES[word], {"swapped": "x and y swapped", "negated": "sign of x turned"}
        return replace(
            way,
            crs=f"{way.crs}-{word}",
            title=f"{way.title}, {title[word]}",
            move=lambda xy: move(axes(xy)),
        )
    title_of, back = _WEB_MAPS[word]
    return replace(
        way,
        crs=f"{way.crs}-{word}",
        title=f"{way.title}, drawn over {title_of}",
        notes=(*way.notes, f"shifted back from {title_of}"),
        move=lambda xy: back(move(xy)),
    )


def _split(crs: str | pyproj.CRS) -> tuple[str | pyproj.CRS, tuple[str, ...]]:
    """Take the words on the axes and on a web map's shift off a CRS's name."""
    if not isinstance(crs, str):
        return crs, ()
    text = crs.strip()
    words: list[str] = []
    while match := re.search(r"[\s+-](swapped|negated|gcj-02|bd-09)$", text, re.IGNORECASE):
        text = text[: match.start()].rstrip()
        words.insert(0, match[1].lower())
    return text, tuple(words)


def _turned(extent: Bounds | None, axes: Move | None) -> Bounds | None:
    if extent is None or axes is None:
        return extent
    corners = axes(np.array(extent, dtype=np.float64).reshape(2, 2))
    (west, south), (east, north) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return (west, south, east, north)


def _turned_points(control: Coordinates, axes: Move | None) -> Coordinates:
    points = np.asarray(control, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 4 or not np.isfinite(points).all():  # noqa: PLR2004
        raise CRSError(
            "the control points are no rows of x, y, lon, lat; give four numbers for each"
        )
    return points if axes is None else np.column_stack([axes(points[:, :2]), points[:, 2:]])


def _base(
    crs: str | pyproj.CRS,
    *,
    extent: Bounds | None,
    datum_shift: Sequence[float] | None,
    control: Coordinates | None,
) -> Mover:
    """Make the way of a CRS whose axes are in order."""
    web = _WEB_MAPS.get(crs.lower()) if isinstance(crs, str) else None
    if web is not None:
        if datum_shift is not None or control is not None:
            raise CRSError(f"{crs} is a known shift; give no parameters or control points with it")
        title, move = web
        return Mover(str(crs).upper(), title, 0.0, (f"shifted back from {title}",), move)
    if isinstance(crs, str) and crs.upper() == _LOCAL:
        return _local(control)
    known = parse_crs(crs) if isinstance(crs, str) else crs
    if control is not None:
        return _controlled(known, control)
    if datum_shift is not None:
        return _shifted(known, datum_shift)
    way = passage(known, extent)
    notes = (way.note,) if way.note else ()
    return Mover(crs_text(known), name_crs(known), way.uncertainty, notes, _apply(way.transformer))


def crs_text(crs: pyproj.CRS) -> str:
    """Write a CRS so that `mover` reads it again: its authority's code, else WKT."""
    return authority(crs) or crs.to_wkt()


def _apply(transformer: pyproj.Transformer) -> Move:
    return lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


def _shifted(crs: pyproj.CRS, datum_shift: Sequence[float]) -> Mover:
    """Shift the datum by the parameters that the user's survey office gave."""
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
    to_own, to_ours = _apply(own), _apply(shift)
    return Mover(crs_text(crs), name_crs(crs), 0.0, (note,), lambda xy: to_ours(to_own(xy)))


def _ellipsoid(crs: pyproj.CRS) -> str:
    ellipsoid = crs.ellipsoid
    if ellipsoid is None:
        raise CRSError(f"{name_crs(crs)} has no ellipsoid, so no datum to shift; see --crs")
    return f"+a={ellipsoid.semi_major_metre!r} +b={ellipsoid.semi_minor_metre!r}"


def _controlled(crs: pyproj.CRS, control: Coordinates) -> Mover:
    """Fit the file's plane to control points: a datum's shift is nearly constant over a town."""
    _require_points(control)
    if crs.is_geographic:
        to_plane = _apply(_plane(control))
        back = _apply(_plane(control, inverse=True))
    else:
        own = unshifted(crs)
        to_plane, back = (lambda xy: xy), _apply(own)
        control = np.column_stack([control[:, :2], _backward(own, control[:, 2:])])
    truth = to_plane(control[:, 2:])
    fit, notes, uncertainty = _similarity(to_plane(control[:, :2]), truth, scale=_SCALE)
    name = name_crs(crs)
    return Mover(crs_text(crs), name, uncertainty, notes, lambda xy: back(fit(to_plane(xy))))


def _local(control: Coordinates | None) -> Mover:
    """Tie a drawing's own plane, in metres, to the ground."""
    if control is None:
        raise CRSError("a local plane needs --control-points: x, y, lon, lat of two or more")
    _require_points(control)
    back = _apply(_plane(control, inverse=True))
    truth = _apply(_plane(control))(control[:, 2:])
    fit, notes, uncertainty = _similarity(control[:, :2], truth, scale=None)
    return Mover("local", "local plane", uncertainty, notes, lambda xy: back(fit(xy)))


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


def _similarity(
    source: Coordinates, truth: Coordinates, *, scale: float | None
) -> tuple[Move, tuple[str, ...], float]:
    """Fit shift, turn and scale by least squares; complex numbers make it one linear fit."""
    start, end = source @ (1, 1j), truth @ (1, 1j)
    middle, target = start.mean(), end.mean()
    spread = start - middle
    factor = np.vdot(spread, end - target) / np.vdot(spread, spread).real
    residuals = np.abs(target + factor * spread - end)
    worst = float(residuals.max())
    if not worst <= _RESIDUAL:
        raise CRSError(
            f"the control points disagree by up to {worst:.1f} m (the {residuals.argmax() + 1}th "
            "most); correct them, or name the true CRS with --crs"
        )
    if scale is not None and abs(abs(factor) - 1) > scale:
        raise CRSError(
            f"the control points ask for a scale of {abs(factor):.5f}, so they do not belong to "
            "this CRS; correct them, or name the true CRS with --crs"
        )

    def fit(xy: Coordinates) -> Coordinates:
        moved = target + factor * (xy @ (1, 1j) - middle)
        return np.column_stack([moved.real, moved.imag])

    few = len(source) == _POINTS
    check = "two points leave nothing to check by" if few else f"residuals up to {worst:.2f} m"
    note = (
        f"fitted to {len(source)} control points: moved by {abs((end - start).mean()):.2f} m, "
        f"turned by {np.degrees(np.angle(factor)) * 3600:.1f} seconds, scale {abs(factor):.7f}; "
        f"{check}"
    )
    return fit, (note,), _RESIDUAL if few else round(worst, 2)
