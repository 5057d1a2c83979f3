"""Move the coordinates of a file to longitude and latitude in CGCS2000.

A CRS is named as PROJ names it (`EPSG:4530`, WKT), or `GCJ-02`, `BD-09`, or `local` for the plane
of a drawing that control points tie to the ground. After it may stand `-swapped` (y comes first),
`-negated` (the sign of x is wrong), and `-gcj-02` or `-bd-09` (a web map's positions written in
that CRS), as in `EPSG:3857-gcj-02`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyproj

from erdao_geo.crs.control import (
    Coordinates,
    Fit,
    Move,
    apply,
    checked_points,
    fit_control,
    fit_local,
    shift_datum,
)
from erdao_geo.crs.datum import Bounds, authority, datum_name, name_crs, parse_crs, passage
from erdao_geo.crs.offset import from_bd09, from_gcj02
from erdao_geo.errors import CRSError

_WEB_MAPS: dict[str, tuple[str, Move]] = {
    "gcj-02": ("GCJ-02 (Gaode, Tencent, DataV)", from_gcj02),
    "bd-09": ("BD-09 (Baidu)", from_bd09),
}
_AXES: dict[str, Move] = {
    "swapped": lambda xy: xy[:, ::-1],
    "negated": lambda xy: xy * (-1.0, 1.0),
}


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
        with np.errstate(invalid="ignore", over="ignore"):
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
    points = None if control is None else checked_points(control, before)
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
    if isinstance(crs, str) and crs.lower() == "local":
        return Mover("local", "local plane", *_unpacked(fit_local(control)))
    known = parse_crs(crs) if isinstance(crs, str) else crs
    if control is not None:
        return Mover(crs_text(known), name_crs(known), *_unpacked(fit_control(known, control)))
    if datum_shift is not None:
        move, note = shift_datum(known, datum_shift)
        return Mover(crs_text(known), name_crs(known), 0.0, (note,), move)
    way = passage(known, extent)
    notes = (way.note,) if way.note else ()
    return Mover(crs_text(known), name_crs(known), way.uncertainty, notes, apply(way.transformer))


def _unpacked(fit: Fit) -> tuple[float, tuple[str, ...], Move]:
    return fit.uncertainty, (fit.note,), fit.move


def crs_and_datum(crs: str | pyproj.CRS) -> tuple[str, str]:
    """Name a CRS as `Mover.crs` does, and the datum that it rests on; empty where it has none.

    Raises
    ------
    CRSError
        If PROJ does not know it.

    Examples
    --------
    >>> crs_and_datum("epsg:2436 swapped")
    ('EPSG:2436-swapped', 'Beijing 1954')
    >>> crs_and_datum("local")
    ('local', '')
    """
    base, words = _split(crs)
    name, datum = str(base), ""
    if name.lower() in _WEB_MAPS:
        name = name.upper()
    elif name.lower() == "local":
        name = "local"
    else:
        known = parse_crs(base) if isinstance(base, str) else base
        name, datum = crs_text(known), datum_name(known)
    return "-".join((name, *words)), datum


def crs_text(crs: pyproj.CRS) -> str:
    """Write a CRS so that `mover` reads it again: its authority's code, else WKT."""
    return authority(crs) or crs.to_wkt()
