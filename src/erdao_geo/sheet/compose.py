"""Lay the pages out: the map gets what the ledger, the legend and the notes leave.

On a page that lies, the ledger, the list of the unlocated and the notes stand right of the map, the
legend beneath it; on one that stands, all is beneath it. Where the ledger would not be legible
there, or leave the map too little room, it goes to pages of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from erdao_geo.sheet.blocks import Setting, Table, bars_key, lines_in, list_block
from erdao_geo.sheet.chart import Chart, chart_of, crowded_bounds, map_bounds, outline_of
from erdao_geo.sheet.content import Scope, Subject
from erdao_geo.sheet.ground import Bounds, Ground, ground_of
from erdao_geo.sheet.heading import foot_panel, head_block
from erdao_geo.sheet.legend import ground_key, scale_bar, scale_height, works_legend
from erdao_geo.sheet.notes import note_lines, unlocated_lines
from erdao_geo.sheet.paper import (
    LEADING,
    MM,
    Block,
    Box,
    Form,
    Mark,
    Panel,
    stacked,
)
from erdao_geo.words import word

_SPARE, _LARGER = 55.0, 1.5
"""mm of height that a second map needs; how much larger it must show things."""
_LINES = 10
"""Of a list beneath the map."""
GAP = 3.5
"""mm between two parts of a page."""
_STRIP = 0.3
"""Of the height between head and foot: the legend, at most."""
_SIDE_LEAST, _SIDE_MOST = 0.28, 0.46
"""Of the page's width: what stands right of the map."""


@dataclass(frozen=True)
class Page:
    """A page, ready to be drawn."""

    width: float
    height: float
    panels: tuple[Panel, ...]
    charts: tuple[Chart, ...] = ()

    @property
    def marks(self) -> list[Mark]:
        """All that stands on it beside the map's features."""
        return [mark for panel in self.panels for mark in panel.marks]


def compose(
    subject: Subject, scopes: Sequence[Scope], setting: Setting, form: Form, *, by: str = ""
) -> list[Page]:
    """Lay out the pages of a sheet or an atlas.

    Parameters
    ----------
    subject, scopes
        What is printed, and what each page, or pages, are about.
    setting, form
        What text is set in, and the paper.
    by
        The title of the field that an atlas goes by.

    Returns
    -------
    list of Page
    """
    pages = [page for scope in scopes for page in _pages(subject, scope, setting, form, by)]
    return [
        replace(page, panels=(*page.panels, foot_panel(subject, setting, form, number, len(pages))))
        for number, page in enumerate(pages, start=1)
    ]


def _pages(subject: Subject, scope: Scope, setting: Setting, form: Form, by: str) -> Iterator[Page]:
    head = head_block(subject, scope, setting, form, by)
    inside = form.inside
    body = inside.within(0, head.height + GAP, 0, form.small * MM * LEADING + 1.5)
    bounds = map_bounds(subject, scope)
    parts = _Parts(subject, scope, setting, form, by, ground_of(body, bounds))
    arrange = _beside if form.width > form.height else _beneath
    layout = arrange(parts, body, bounds)
    chart = chart_of(subject, scope, layout.place, bounds, setting, form.body)
    scale = scale_bar(chart.ground, setting, form.small)
    inset = _inset(parts, layout.spare, chart) if layout.spare else None
    panels = (
        _panel(head, inside.x, inside.y),
        Panel(layout.place, chart.marks),
        _panel(scale, *layout.scale),
        *layout.panels,
        *(inset[1] if inset else ()),
    )
    yield Page(form.width, form.height, panels, (chart, inset[0]) if inset else (chart,))
    if layout.table is not None:
        yield from _ledger_pages(parts, layout.table, head, body)


def _inset(parts: _Parts, spare: Box, chart: Chart) -> tuple[Chart, tuple[Panel, ...]] | None:
    """Show the part of a map where most works are larger, in room that is left."""
    crowded = crowded_bounds(parts.subject, parts.scope)
    if crowded is None or parts.scope.is_part:
        return None
    size, setting = parts.form.small, parts.setting
    place = spare.within(0, size * MM * LEADING + 1.5, 0, 0)
    inset = chart_of(parts.subject, parts.scope, place, crowded, setting, size)
    if inset.ground.ratio > chart.ground.ratio / _LARGER:
        return None
    text = f"{word('sheet_larger', setting.lang)}　1 : {inset.ground.ratio:,.0f}"
    heading = setting.heading(text, size + 0.5, spare.width)
    outline = Panel(chart.ground.frame, (outline_of(inset.ground, chart.ground),))
    return inset, (outline, _panel(heading, spare.x, spare.y), Panel(place, inset.marks))


@dataclass(frozen=True)
class _Layout:
    """Where the parts of a page stand."""

    place: Box
    """The map, with its border."""
    scale: tuple[float, float]
    """The corner of the scale bar."""
    panels: tuple[Panel, ...]
    table: Table | None = None
    """The ledger, where it goes to pages of its own."""
    spare: Box | None = None
    """Room that is left."""


@dataclass(frozen=True)
class _Parts:
    """Makes the parts of a page in the width that they are given."""

    subject: Subject
    scope: Scope
    setting: Setting
    form: Form
    by: str
    ground: Ground

    def table(self, size: float, width: float) -> Table:
        return Table(self.scope.entries, self.setting, size, width, is_part=self.scope.is_part)

    def ledger(self, table: Table) -> Block:
        """Give the whole ledger with what its bars mean."""
        if not self.scope.entries:
            return Block(0, 0)
        key = bars_key(self.setting, self.form.small, table.width)
        return stacked([table.block(), key], gap=0.8)

    def strip(self, width: float, height: float) -> tuple[Block, float, float]:
        """Give the legend, no higher than `height`, and where in it the scale bar stands."""
        size = self.form.small
        works = works_legend(self.subject, self.scope, self.setting, size, height)
        room = scale_height(size) + 1.5
        if works.width + GAP + 70 > width:
            key = ground_key(self.subject, self.setting, size, width)
            block = stacked([Block(width, room), key, works], gap=0.1)
            return block, 0.0, 0.0
        left = works.width + 2 * GAP if works.width else 0.0
        key = ground_key(self.subject, self.setting, size, width - left)
        marks = (*works.marks, *key.at(left, room))
        return Block(width, max(works.height, room + key.height), marks), left, 0.0

    def unlocated(self, width: float, lines: int) -> Block:
        named = list(unlocated_lines(self.subject, self.scope))
        heading = word("sheet_unlocated", self.setting.lang)
        return list_block(heading, named, self.setting, self.form.small, width, lines=lines)

    def notes(self, width: float, lines: int) -> Block:
        heading = word("sheet_notes", self.setting.lang)
        said = list(note_lines(self.subject, self.scope, self.ground, self.by))
        return list_block(heading, said, self.setting, self.form.small, width, lines=lines)


def _beside(parts: _Parts, body: Box, bounds: Bounds) -> _Layout:  # noqa: ARG001
    """Put the map left, with the legend beneath it, and all else right of it."""
    side, table = _side(parts, body)
    width = body.width - side.width - GAP
    strip, left, top = parts.strip(width, _STRIP * body.height)
    place = Box(body.x, body.y, width, body.height - strip.height - GAP)
    y = place.bottom + GAP
    panels = (
        _panel(strip, body.x, y),
        _panel(side, body.right - side.width, body.y),
    )
    used = side.height + GAP if side.height else 0.0
    spare = Box(body.right - side.width, body.y + used, side.width, body.height - used)
    is_enough = spare.height >= _SPARE
    return _Layout(place, (body.x + left, y + top), panels, table, spare if is_enough else None)


def _side(parts: _Parts, body: Box) -> tuple[Block, Table | None]:
    """Give what stands right of the map; with the ledger, where it fits."""
    form, entries = parts.form, parts.scope.entries
    for size in _sizes(form):
        least = Table.least_width(entries, parts.setting, size, is_part=parts.scope.is_part)
        if least > _SIDE_MOST * form.width:
            continue
        width = max(least, _SIDE_LEAST * form.width)
        ledger = parts.ledger(parts.table(size, width))
        if ledger.height + 30 <= body.height:
            return _filled(parts, ledger, width, body.height), None
    width = _SIDE_LEAST * form.width
    table = parts.table(form.body, body.width)
    return _filled(parts, Block(0, 0), width, body.height), table


def _sizes(form: Form) -> list[float]:
    """Give the sizes that a ledger may be set in, in points, the best first."""
    steps = int((form.body - 6.5) / 0.5) + 1
    return [form.body - 0.5 * step for step in range(steps)]


def _filled(parts: _Parts, ledger: Block, width: float, height: float) -> Block:
    """Put the lists under the ledger, with as many lines as there is room for."""
    size, used = parts.form.small, ledger.height + GAP if ledger.height else 0.0
    lines = lines_in(height - used - GAP, size)
    notes = parts.notes(width, lines // 2)
    unlocated = parts.unlocated(width, lines_in(height - used - notes.height - GAP, size))
    blocks = [ledger, *([unlocated, notes] if lines else [])]
    return replace(stacked(blocks, gap=GAP), width=width)


def _beneath(parts: _Parts, body: Box, bounds: Bounds) -> _Layout:
    """Put the map above, the full width, and all else beneath it."""
    width, entries = body.width, parts.scope.entries
    strip, left, top = parts.strip(width, _STRIP * body.height)
    west, south, east, north = bounds
    slope = (north - south) / max(1e-9, (east - west) * math.cos(math.radians(north + south) / 2))
    wanted = min(max(slope * width * 0.8, 0.28 * body.height), 0.5 * body.height)
    lists = _two_columns(parts, width)
    below = stacked([strip, lists], gap=GAP)
    table: Table | None = parts.table(parts.form.body, width)
    for size in _sizes(parts.form):
        least = Table.least_width(entries, parts.setting, size, is_part=parts.scope.is_part)
        ledger = parts.ledger(parts.table(size, width))
        made = stacked([strip, ledger, lists], gap=GAP)
        if least <= width and body.height - made.height - GAP >= wanted:
            below, table = made, None
            break
    place = Box(body.x, body.y, width, body.height - below.height - GAP)
    y = place.bottom + GAP
    return _Layout(place, (body.x + left, y + top), (_panel(below, body.x, y),), table)


def _two_columns(parts: _Parts, width: float) -> Block:
    """Put the unlocated beside the notes."""
    half = (width - 2 * GAP) / 2
    unlocated = parts.unlocated(half, _LINES)
    if not unlocated.height:
        return parts.notes(width, _LINES)
    notes = parts.notes(half, _LINES)
    height = max(unlocated.height, notes.height)
    return Block(width, height, (*unlocated.marks, *notes.at(half + 2 * GAP, 0)))


def _ledger_pages(parts: _Parts, table: Table, head: Block, body: Box) -> Iterator[Page]:
    """Give the ledger on pages of its own."""
    form, first, count = parts.form, 0, len(parts.scope.entries)
    key = bars_key(parts.setting, form.small, body.width)
    while first < count:
        rows = range(first, min(count, first + table.rows_in(body.height - key.height - 2, first)))
        block = stacked([table.block(rows), key], gap=0.8)
        first = rows.stop
        panels = (_panel(head, form.margin, form.margin), _panel(block, body.x, body.y))
        yield Page(form.width, form.height, panels)


def _panel(block: Block, x: float, y: float) -> Panel:
    return Panel(Box(x, y, block.width, block.height), block.at(x, y))
