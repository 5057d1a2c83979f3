"""The parts of a sheet beside the map: the ledger, the legend, the lists and the notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from erdao_geo.definitions import Lang
from erdao_geo.sheet.content import Entry
from erdao_geo.sheet.fonts import Fonts
from erdao_geo.sheet.letters import fitted, wrapped
from erdao_geo.sheet.palette import COLORS, mixed
from erdao_geo.sheet.paper import (
    GREY,
    INK,
    LEADING,
    LIGHT,
    MM,
    RULE,
    Align,
    Block,
    Box,
    Mark,
    Plate,
    Stroke,
    Words,
    lines_block,
    stacked,
)
from erdao_geo.words import word

PAD = 1.6
"""mm between a cell's text and the next cell."""
_BETWEEN = 0.4
"""mm between two paragraphs."""
_BAR = 15.0
"""mm of a progress bar, at 8 points."""
_MOST_BAR = 30.0
_TO_BAR, _TO_FIGURE = 0.35, 0.09
"""Of the width that is left over: what the bar, and each figure gets."""
_FIGURES = ("stated", "net", "done", "proven", "share")


@dataclass(frozen=True)
class Setting:
    """What text is set in."""

    regular: Fonts
    bold: Fonts
    lang: Lang

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Give the width in mm of a text."""
        return (self.bold if bold else self.regular).width(text, size)

    def heading(self, text: str, size: float, width: float) -> Block:
        """Set the heading of a block."""
        text = fitted(text, width, lambda part: self.width(part, size, bold=True))
        return lines_block([text], size, width, bold=True)


@dataclass(frozen=True)
class _Column:
    """A column of the ledger: its heading, its cells, and how they stand."""

    heading: str
    cells: tuple[str, ...]
    align: Align
    width: float


class Table:
    """The ledger's rows, laid out in a width; it may be parted between rows.

    Parameters
    ----------
    entries
        The rows.
    setting
        What text is set in.
    size, width
        Points; mm.
    is_part
        Whether the rows are those of some features only, which no promise speaks of.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        setting: Setting,
        size: float,
        width: float,
        *,
        is_part: bool = False,
    ) -> None:
        self._entries, self._setting, self._size, self.width = entries, setting, size, width
        self._is_part = is_part
        self._figures = [self._figure(name) for name in _FIGURES]
        self._verdicts = self._column("verdict", [entry.verdict for entry in entries], "left")
        self._bar = _BAR * size / 8 + PAD
        natural = max((self._measure(entry.title) for entry in entries), default=0.0) + PAD
        slack = max(0.0, self._left - natural)
        self._bar += min(_MOST_BAR - _BAR, slack * _TO_BAR)
        self._figures = [
            replace(column, width=column.width + slack * _TO_FIGURE) for column in self._figures
        ]
        self._room = self._left
        self._titles = [
            wrapped(entry.title, self._room - PAD, self._measure, lines=3) for entry in entries
        ]
        self._step = size * MM * LEADING

    @staticmethod
    def least_width(
        entries: Sequence[Entry], setting: Setting, size: float, *, is_part: bool = False
    ) -> float:
        """Give the width in which titles have room: for thirteen characters, at most."""
        bare = [replace(entry, title="") for entry in entries]
        table = Table(bare, setting, size, 0.0, is_part=is_part)
        natural = max((table._measure(entry.title) for entry in entries), default=0.0)
        return min(natural, 13 * size * MM) + 2 * PAD - table._room

    @property
    def _left(self) -> float:
        """What the figures, the bar and the verdict leave of the width."""
        used = sum(column.width for column in self._figures) + self._bar + PAD
        return self.width - used - (0 if self._is_part else self._verdicts.width)

    def height(self, rows: Sequence[int] | None = None) -> float:
        """Give the height of the heading and some rows, or all."""
        chosen = range(len(self._entries)) if rows is None else rows
        return self._head + sum(self._height(row) for row in chosen)

    def rows_in(self, height: float, first: int) -> int:
        """Tell how many rows from `first` on stand in a height, one at least."""
        left, count = height - self._head, 0
        while first + count < len(self._entries) and self._height(first + count) <= left:
            left -= self._height(first + count)
            count += 1
        return max(1, count)

    def block(self, rows: Sequence[int] | None = None) -> Block:
        """Lay out the heading and some rows, or all."""
        chosen = range(len(self._entries)) if rows is None else rows
        marks, top = self._heading(), self._head
        for row in chosen:
            marks += self._row(row, top)
            top += self._height(row)
        marks.append(_rule(top, self.width, INK, 0.8))
        return Block(self.width, top, tuple(marks))

    @property
    def _head(self) -> float:
        return self._step + 1.6

    def _height(self, row: int) -> float:
        return self._step * len(self._titles[row]) + 1.2

    def _measure(self, text: str) -> float:
        return self._setting.width(text, self._size)

    def _figure(self, name: str) -> _Column:
        return self._column(name, [getattr(entry, name) for entry in self._entries], "right")

    def _column(self, name: str, cells: Sequence[str], align: Align) -> _Column:
        name = f"{name}_part" if self._is_part and name in ("stated", "share") else name
        heading = word(name, self._setting.lang)
        widths = [self._measure(cell) for cell in cells]
        widest = max([self._setting.width(heading, self._size, bold=True), *widths])
        return _Column(heading, tuple(cells), align, widest + 2 * PAD)

    def _heading(self) -> list[Mark]:
        size, middle = self._size, self._head / 2
        title = word("target", self._setting.lang)
        marks: list[Mark] = [
            Plate(Box(0, 0, self.width, self._head), LIGHT),
            _rule(0, self.width, INK, 0.8),
            Words(PAD / 2, middle, title, size, bold=True),
        ]
        right = self._room
        for column in self._figures:
            right += column.width
            marks.append(Words(right - PAD, middle, column.heading, size, "right", bold=True))
        if not self._is_part:
            left = right + self._bar + PAD
            marks.append(Words(left, middle, self._verdicts.heading, size, bold=True))
        marks.append(_rule(self._head, self.width, INK, 0.5))
        return marks

    def _row(self, row: int, top: float) -> list[Mark]:
        entry, height, size = self._entries[row], self._height(row), self._size
        middle, lines = top + height / 2, self._titles[row]
        first = middle - self._step * (len(lines) - 1) / 2
        marks: list[Mark] = [
            Words(PAD / 2, first + at * self._step, line, size) for at, line in enumerate(lines)
        ]
        right = self._room
        for column in self._figures:
            right += column.width
            marks.append(Words(right - PAD, middle, column.cells[row], size, "right"))
        marks += self._progress(entry, right, middle)
        if not self._is_part:
            left = right + self._bar + PAD
            marks.append(Words(left, middle, entry.verdict, size))
        return [*marks, _rule(top + height, self.width, RULE, 0.3)]

    def _progress(self, entry: Entry, left: float, middle: float) -> list[Mark]:
        width, height = self._bar - PAD, self._size * MM * 0.7
        blue = COLORS["completed"]
        bars = ((1.0, LIGHT), (entry.done_bar, mixed(blue, 0.55)), (entry.proven_bar, blue))
        marks: list[Mark] = [
            Plate(Box(left, middle - height / 2, width * part, height), fill)
            for part, fill in bars
            if part
        ]
        frame = Plate(Box(left, middle - height / 2, width, height), None, RULE, 0.3)
        return [*marks, frame]


def bars_key(setting: Setting, size: float, width: float) -> Block:
    """Say what the bars of the ledger mean."""
    blue = COLORS["completed"]
    marks: list[Mark] = []
    left, middle, height = 0.0, size * MM * LEADING / 2, size * MM * 0.7
    for code, fill in (("done", mixed(blue, 0.55)), ("proven", blue)):
        text = word(code, setting.lang)
        marks.append(Plate(Box(left, middle - height / 2, 5, height), fill, RULE, 0.3))
        marks.append(Words(left + 6, middle, text, size, color=GREY))
        left += 6 + setting.width(text, size) + 4
    return Block(width, size * MM * LEADING, tuple(marks))


def list_block(
    heading: str, parts: Sequence[str], setting: Setting, size: float, width: float, *, lines: int
) -> Block:
    """Set paragraphs beneath a heading, in so many lines altogether at most."""
    blocks = [setting.heading(heading, size + 0.5, width)]
    for at, part in enumerate(parts):
        if lines < 1:
            break
        reserved = min(len(parts) - at - 1, lines - 1)  # a line for each paragraph that follows
        wide = wrapped(part, width, lambda text: setting.width(text, size), lines=lines - reserved)
        blocks.append(lines_block(wide, size, width))
        lines -= len(wide)
    return stacked(blocks, gap=_BETWEEN) if parts else Block(0, 0)


def lines_in(height: float, size: float) -> int:
    """Tell how many lines of a list surely stand in a height, beneath its heading."""
    step = size * MM * LEADING
    return max(0, int((height - step * 1.2) / (step + _BETWEEN)))


def _rule(y: float, width: float, color: str, weight: float) -> Stroke:
    return Stroke(((0, y), (width, y)), color, weight)
