"""Paper, and what is put on it: marks in mm, from the upper left corner of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Paper = Literal["A3", "A4"]
Align = Literal["left", "center", "right"]

SIZES: dict[Paper, tuple[float, float]] = {"A3": (297.0, 420.0), "A4": (210.0, 297.0)}
"""Width and height in mm, upright."""
INK, GREY, RULE, LIGHT = "#1b1f24", "#555d66", "#9aa3ad", "#e6eaee"
LEAST = 6.0
"""Points: no text is smaller."""
LEADING = 1.42
"""Of a line, in sizes of its text."""
MM = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the page, in mm; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    def within(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Give what is left of it inside some margins."""
        return Box(
            self.x + left,
            self.y + top,
            self.width - left - right,
            self.height - top - bottom,
        )


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; y is its middle."""

    x: float
    y: float
    text: str
    size: float
    align: Align = "left"
    color: str = INK
    bold: bool = False
    angle: float = 0.0
    """Degrees, against the clock."""
    column: bool = False
    """Whether its characters stand one under another."""
    halo: bool = False


@dataclass(frozen=True, slots=True)
class Plate:
    """A rectangle."""

    box: Box
    fill: str | None = None
    edge: str | None = None
    weight: float = 0.5
    """Points."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line, or an area where it is filled."""

    points: tuple[tuple[float, float], ...]
    color: str = INK
    weight: float = 0.5
    dash: tuple[float, ...] | None = None
    """Points."""
    fill: str | None = None
    hatch: str | None = None


@dataclass(frozen=True, slots=True)
class Dot:
    """A round symbol."""

    x: float
    y: float
    diameter: float
    fill: str
    edge: str
    weight: float = 0.8
    dash: tuple[float, ...] | None = None


Mark = Words | Plate | Stroke | Dot


@dataclass(frozen=True)
class Block:
    """Marks that stand together, from their own upper left corner."""

    width: float
    height: float
    marks: tuple[Mark, ...] = ()

    def at(self, x: float, y: float) -> tuple[Mark, ...]:
        """Give the marks where the block stands on the page."""
        return tuple(_moved(mark, x, y) for mark in self.marks)


def stacked(blocks: Iterable[Block], *, gap: float) -> Block:
    """Put blocks under one another; those without height are left out."""
    marks: list[Mark] = []
    height, width = 0.0, 0.0
    for block in blocks:
        if not block.height:
            continue
        top = height + gap if height else 0.0
        marks += block.at(0, top)
        height, width = top + block.height, max(width, block.width)
    return Block(width, height, tuple(marks))


def lines_block(
    lines: Sequence[str], size: float, width: float, *, color: str = INK, bold: bool = False
) -> Block:
    """Set lines of text under one another."""
    step = size * MM * LEADING
    marks = tuple(
        Words(0, (at + 0.5) * step, line, size, color=color, bold=bold)
        for at, line in enumerate(lines)
    )
    return Block(width, step * len(lines), marks)


def page_size(paper: Paper, *, landscape: bool) -> tuple[float, float]:
    """Give a page's width and height in mm."""
    width, height = SIZES[paper]
    return (height, width) if landscape else (width, height)


@dataclass(frozen=True)
class Form:
    """The sizes that a paper asks for."""

    width: float
    height: float
    margin: float
    title: float
    """Points, as the next two."""
    body: float
    small: float

    @property
    def inside(self) -> Box:
        """The page without its margins."""
        return Box(0, 0, self.width, self.height).within(*[self.margin] * 4)


@dataclass(frozen=True)
class Panel:
    """A part of the page, and the marks that stand in it."""

    box: Box
    marks: tuple[Mark, ...]


def form_of(paper: Paper, *, landscape: bool) -> Form:
    """Give the sizes that a paper asks for."""
    width, height = page_size(paper, landscape=landscape)
    if paper == "A3":
        return Form(width, height, 10.0, title=24.0, body=8.5, small=7.0)
    return Form(width, height, 8.0, title=17.0, body=7.0, small=6.0)


def _moved(mark: Mark, x: float, y: float) -> Mark:
    if isinstance(mark, Plate):
        box = mark.box
        return replace(mark, box=Box(box.x + x, box.y + y, box.width, box.height))
    if isinstance(mark, Stroke):
        return replace(mark, points=tuple((px + x, py + y) for px, py in mark.points))
    return replace(mark, x=mark.x + x, y=mark.y + y)
