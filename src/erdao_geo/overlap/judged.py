"""Whether a line that runs alongside another one draws it again, or only meets it.

Near a junction, a line is within the tolerance of another one though it is another road. What tells
is how a run of nearness ends: *clean*, where one of the two lines ends, or *open*, where they part.
Over the last stretch before an open end the line only goes away; that is none of the run, and what
is left must be long to count, or be all of a line. Of a crossing or a fork nothing is left.
Linework that is exactly shared needs no such proof.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from erdao_geo.overlap.alongside import SNAP
from erdao_geo.overlap.cells import EXACT, Cells
from erdao_geo.overlap.segments import Flags, Floats, Ints, Segments, sums

_LEVEL = 0.0025  # a line that goes away does so by more, in m a metre
_SLANT = 0.05  # a run that goes to the other side by more, in m a metre, is a crossing
_SHORTEST = 8.0  # the shortest run that is not a whole line, in tolerances
_GAP = 4.0  # the widest gap to bridge, in tolerances
_ROUNDING, _EXACT_SLANT = 0.015, 0.002  # m, m a metre: by so much may exact linework vary
_EXACT_LENGTH = 0.1  # m: the shortest stretch that is seen to be exactly shared


@dataclass(frozen=True)
class _Runs:
    """Cells of one line that follow each other without a gap that matters."""

    cells: Cells
    of: Ints
    """By cell: its run."""
    first: Ints
    last: Ints

    def total(self, values: Floats | Flags) -> Floats:
        """Sum a value of the cells by run."""
        return sums(self.of, values, len(self.first))


def drawn_again(segments: Segments, cells: Cells, tolerance: float) -> tuple[Floats, Floats]:
    """Tell from where to where each cell is drawn again.

    Parameters
    ----------
    segments, cells
        The lines, and what runs alongside them within the tolerance; at least one cell.
    tolerance
        Metres.

    Returns
    -------
    tuple of arrays
        By cell, two places on the axis, the same where nothing is drawn again. Where a gap is
        bridged or the tail of a line taken in, they are beyond the cell.
    """
    runs = _runs_of(segments, cells, tolerance)
    exact = _are_exact(cells)
    away = _going_away(runs, _clean_ends(segments, runs, tolerance), tolerance)
    core = ~(away[0] | away[1])
    accepted = _are_drawn_again(segments, runs, core, tolerance)[runs.of]
    start, end = _trimmed(runs, core, away)
    kept = np.where(accepted, end > start, _are_shared(segments, runs, exact))
    start, end = np.where(accepted, start, cells.start), np.where(accepted, end, cells.end)
    _bridge(runs, start, end, kept & accepted)
    loose = runs.total(cells.length * exact) < runs.total(cells.length) / 2
    near = (_to_own_ends(segments, runs) <= tolerance) & loose
    ends = np.stack([runs.first, runs.last])
    _take_in_tails(segments, runs, start, end, near & (kept & accepted)[ends])
    return start, np.where(kept, end, start)


def _are_exact(cells: Cells) -> Flags:
    """Tell where a line is on the other one, to the rounding of vertices."""
    change = np.abs(cells.nearest.off_end - cells.nearest.off_start)
    near = np.maximum(cells.off_start, cells.off_end) <= EXACT
    return near & (change <= _ROUNDING + _EXACT_SLANT * cells.length)


def _runs_of(segments: Segments, cells: Cells, tolerance: float) -> _Runs:
    gap = cells.start[1:] - cells.end[:-1]
    joined = (cells.line[1:] == cells.line[:-1]) & (gap <= _GAP * tolerance)
    wide = np.flatnonzero(joined & (gap > SNAP))
    joined[wide] = _are_bridged(segments, cells, wide, gap[wide], tolerance)
    first = np.flatnonzero(np.concatenate([[True], ~joined]))
    last = np.append(first[1:], len(gap) + 1) - 1
    return _Runs(cells, np.repeat(np.arange(len(first)), last - first + 1), first, last)


def _are_bridged(
    segments: Segments, cells: Cells, cell: Ints, gap: Floats, tolerance: float
) -> Flags:
    """Tell which gaps after a cell are at an outer bend of the other line, or beside all of it."""
    near = cells.nearest
    here, there = near.on_end[cell], near.on_start[cell + 1]
    a_here, a_there = near.a[cell], near.a[cell + 1]
    same = segments.line[a_here] == segments.line[a_there]
    beside = same & (np.abs(there - here) <= 2 * gap + tolerance)
    apart = segments.point(a_there, there) - segments.point(a_here, here)
    at_bend = np.hypot(*(apart * segments.scale[a_here]).T) <= gap / 2
    bridged: Flags = beside | at_bend
    return bridged


def _clean_ends(segments: Segments, runs: _Runs, tolerance: float) -> Flags:
    """Tell whether each run's start and end are where this line ends, or the other one."""
    mine = _to_own_ends(segments, runs) <= tolerance
    clean: Flags = mine | (_to_other_ends(segments, runs) <= SNAP)
    return clean


def _to_own_ends(segments: Segments, runs: _Runs) -> Floats:
    """Give the metres from each run's start and end to the line's start and end."""
    cells, line = runs.cells, runs.cells.line[runs.first]
    before = cells.start[runs.first] - segments.begin[line]
    return np.stack([before, segments.end[line] - cells.end[runs.last]])


def _to_other_ends(segments: Segments, runs: _Runs) -> Floats:
    """Give the metres from abeam of each run's start and end to the nearest end of that line."""
    near = runs.cells.nearest
    place = np.stack([near.on_start[runs.first], near.on_end[runs.last]])
    line = segments.line[np.stack([near.a[runs.first], near.a[runs.last]])]
    return np.minimum(place - segments.begin[line], segments.end[line] - place)


def _going_away(runs: _Runs, clean: Flags, tolerance: float) -> Flags:
    """Tell which cells before an open start and an open end only lead away from the other line."""
    cells, number = runs.cells, np.arange(len(runs.of))
    rise = cells.off_end - cells.off_start
    lost = np.stack([cells.off_start[runs.first], cells.off_end[runs.last]]) >= 0.8 * tolerance
    at_start, at_end = ~clean & lost
    falling_not = np.where(rise < -_LEVEL * cells.length, len(number), number)
    rising_not = np.where(rise > _LEVEL * cells.length, -1, number)
    until = np.minimum.accumulate(falling_not[::-1])[::-1][runs.first]
    since = np.maximum.accumulate(rising_not)[runs.last]
    before, after = number < until[runs.of], number > since[runs.of]
    return np.stack([before & at_start[runs.of], after & at_end[runs.of]])


def _are_drawn_again(segments: Segments, runs: _Runs, core: Flags, tolerance: float) -> Flags:
    """Tell which runs are no crossing, fork or meeting."""
    length = runs.total(runs.cells.length * core)
    whole = (_to_own_ends(segments, runs) <= tolerance) & (
        _to_other_ends(segments, runs) <= 1.5 * tolerance
    )
    slanted = _are_slanted(runs, core, length, tolerance)
    again: Flags = (whole.all(axis=0) & (length >= tolerance)) | (
        (length >= _SHORTEST * tolerance) & ~slanted
    )
    return again


def _are_slanted(runs: _Runs, core: Flags, length: Floats, tolerance: float) -> Flags:
    """Tell which runs go from side to side, or from one line steadily away."""
    cells, number = runs.cells, np.arange(len(core))
    first = np.minimum.reduceat(np.where(core, number, len(core) - 1), runs.first)
    last = np.maximum.reduceat(np.where(core, number, 0), runs.first)
    side = np.sign(cells.nearest.on_end - cells.nearest.on_start)
    start, end = cells.nearest.off_start * side, cells.nearest.off_end * side
    change = np.abs(end[last] - start[first])
    rise = (cells.off_end - cells.off_start) / cells.length
    steady = np.maximum(
        runs.total(core & (rise > _LEVEL)), runs.total(core & (rise < -_LEVEL))
    ) == runs.total(core)
    touches = np.minimum(cells.off_start[first], cells.off_end[last]) <= EXACT
    crossing = (change > tolerance / 3) & (change > _SLANT * length)
    slanted: Flags = crossing | (steady & touches & (change > EXACT))
    return slanted


def _trimmed(runs: _Runs, core: Flags, away: Flags) -> tuple[Floats, Floats]:
    """Cut what leads away where it is farther from the other line than the rest is on average."""
    cells = runs.cells
    middle = (cells.off_start + cells.off_end) / 2
    length = runs.total(cells.length * core)
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = (runs.total(middle * cells.length * core) / length)[runs.of]
        rise = cells.off_end - cells.off_start
        share = np.clip((usual - cells.off_start) / rise, 0, 1)
    at = cells.start + share * cells.length
    start = np.where(away[0], at, cells.start)
    return start, np.where(away[1], at, cells.end)


def _are_shared(segments: Segments, runs: _Runs, exact: Flags) -> Flags:
    """Tell which cells are of a stretch that is exactly shared."""
    cells = runs.cells
    begins = np.concatenate([[True], ~(exact[1:] & exact[:-1])])
    begins[1:] |= (cells.start[1:] - cells.end[:-1] > SNAP) | (cells.line[1:] != cells.line[:-1])
    stretch = np.cumsum(begins) - 1
    length = np.bincount(stretch, cells.length)[stretch]
    own = (segments.end - segments.begin)[cells.line] - SNAP
    shared: Flags = exact & (length >= np.minimum(_EXACT_LENGTH, own))
    return shared


def _bridge(runs: _Runs, start: Floats, end: Floats, kept: Flags) -> None:
    """Let the end of each cell reach the next of its run, where neither is cut there."""
    cells = runs.cells
    meets = kept[1:] & kept[:-1] & (runs.of[1:] == runs.of[:-1])
    meets &= (start[1:] == cells.start[1:]) & (end[:-1] == cells.end[:-1])
    end[:-1][meets] = start[1:][meets]


def _take_in_tails(
    segments: Segments, runs: _Runs, start: Floats, end: Floats, near: Flags
) -> None:
    """Let runs reach the ends of their line, where those are near and the run is not cut there."""
    cells, (first, last) = runs.cells, (runs.first, runs.last)
    line = cells.line[first]
    at_start = near[0] & (start[first] == cells.start[first])
    at_end = near[1] & (end[last] == cells.end[last])
    start[first[at_start]] = segments.begin[line[at_start]]
    end[last[at_end]] = segments.end[line[at_end]]
