"""The carriageways of one road, each drawn as a line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from erdao_geo.overlap.alongside import Stretches, stretches_alongside
from erdao_geo.overlap.cells import Cells, cells_of
from erdao_geo.overlap.pairs import Pairs, merged
from erdao_geo.overlap.segments import Flags, Floats, Ints, Segments

_REACH = 40.0  # m: carriageways of one road are at most so far apart
_STEEPEST = float(np.tan(np.radians(20)))
_MOST = 0.5
_SLIMMEST = 3.0  # times as long as they are apart: two halves of a roundabout are not


def carriageways_of(
    segments: Segments, roads: pd.Series[Any], covered: Floats, tolerance: float
) -> Pairs:
    """Find the lines of one road that run beside each other over most of the shorter one.

    Parameters
    ----------
    segments
        The lines.
    roads
        The road that each feature is of, by row; a missing or empty one is none.
    covered
        What is drawn again, and so counts already: the starts and the ends of disjoint stretches of
        the axis, in order.
    tolerance
        Metres; what is nearer or shorter is no carriageway.

    Returns
    -------
    Pairs
        How much of the later line runs beside the earlier one, and is not covered.
    """
    group = _groups(roads)[segments.owner]
    group[np.bincount(group[group >= 0], minlength=1)[group] < 2] = -1  # noqa: PLR2004
    if (group < 0).all():
        return Pairs.none()
    beside = stretches_alongside(segments, _REACH, _STEEPEST, group=group)
    beside = beside[_are_carriageways(segments, beside)]
    if not len(beside):
        return Pairs.none()
    cells = cells_of(segments, beside)
    near, end = cells.counted, _bridged(cells)
    length = end - cells.start - _within(covered, cells.start, end)
    length = np.where(_are_long(segments, cells, end), length, 0.0)
    counted, other = segments.owner[segments.line[near.a]], segments.owner[segments.line[near.b]]
    pairs = merged(counted, other, length, np.full(len(length), "parallel"))
    return pairs[pairs.length > tolerance]


def _groups(roads: pd.Series[Any]) -> Ints:
    """Give each row the number of its road; -1 is none."""
    named = roads.notna() & (roads.astype(str).str.strip() != "")
    return pd.factorize(roads.where(named))[0].astype(np.int64)


def _are_carriageways(segments: Segments, beside: Stretches) -> Flags:
    """Tell which stretches are of two lines that run beside each other for most of their way."""
    a, b = segments.line[beside.a], segments.line[beside.b]
    length, count = beside.end - beside.start, len(segments.owner)
    _, inverse = np.unique(a * count + b, return_inverse=True)
    together = np.bincount(inverse, length)[inverse]
    alone = segments.end - segments.begin
    ever = (np.bincount(a, length, count) + np.bincount(b, length, count)) >= _MOST * alone
    most = together >= _MOST * np.minimum(alone[a], alone[b])
    kept: Flags = (a != b) & (most | (ever[a] & ever[b]))
    return kept


def _are_long(segments: Segments, cells: Cells, end: Floats) -> Flags:
    """Tell which cells are of two lines that run together far longer than they are apart."""
    near, length = cells.counted, end - cells.start
    pair = segments.line[near.a] * len(segments.owner) + segments.line[near.b]
    _, inverse = np.unique(pair, return_inverse=True)
    apart = np.bincount(inverse, length * (cells.off_start + cells.off_end) / 2)
    together = np.bincount(inverse, length)
    long: Flags = (together**2 >= _SLIMMEST * apart)[inverse]
    return long


def _bridged(cells: Cells) -> Floats:
    """Give where each cell ends; at an outer bend, where the next one starts."""
    gap = cells.start[1:] - cells.end[:-1]
    bridged = (cells.line[1:] == cells.line[:-1]) & (gap <= _REACH)
    return np.append(np.where(bridged, cells.start[1:], cells.end[:-1]), cells.end[-1])


def _within(covered: Floats, start: Floats, end: Floats) -> Floats:
    """Measure how much of each stretch of the axis is covered."""
    places = covered.reshape(-1)
    if not places.size:
        return np.zeros_like(start)
    lengths = np.concatenate([[0.0], np.cumsum(np.diff(covered, axis=1))])
    sums = np.stack([lengths[:-1], lengths[1:]], axis=1).reshape(-1)
    found: Floats = np.interp(end, places, sums) - np.interp(start, places, sums)
    return found
