"""The months of each target as drawings in a page: what is done beside the plan's line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from erdao_geo.definitions import Lang
from erdao_geo.report.schedule import with_line
from erdao_geo.report.tables import Report
from erdao_geo.schedule import Schedule, place_line, place_points
from erdao_geo.words import quantity, titled, word

WIDTH, HEIGHT = 320, 118
LEFT, RIGHT, TOP, BOTTOM = 6, 314, 18, 98
"""The plot within the drawing."""
DONE, LATE, LINE, GROUND = "#14588f", "#c4501b", "#6b7785", "#d9dfe6"
DASHED = ' stroke-dasharray="6 4"'


def figures(report: Report) -> Iterator[str]:
    """Draw a figure for each target that has a line; the section's table says the same."""
    told = with_line(report.schedules)
    if not told:
        return
    yield f'<p>{escape(word("charts?", report.lang))}</p>\n<div class="months">\n'
    yield from (_figure(schedule, report.lang) for schedule in told)
    yield "</div>\n"


def _figure(schedule: Schedule, lang: Lang) -> str:
    title, unit = titled(schedule.row.target, lang), schedule.row.target.unit
    late = f' <span class="behind">{word("behind", lang)}</span>' if schedule.behind else ""
    said = f"{title}{word('and', lang)}{_said(schedule, lang)}"
    return (
        f"<figure>\n<figcaption>{escape(title)}{late}</figcaption>\n"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(said)}">'
        f"{_drawn(schedule, quantity(schedule.row.stated, unit, lang))}</svg>\n</figure>\n"
    )


def _said(schedule: Schedule, lang: Lang) -> str:
    """Say in words what stands on the day of the data."""
    row, said = schedule.row, []
    for point in schedule.points:
        if point.day == row.as_of and point.done is not None:
            said.append(f"{word('as_of', lang)} {point.day}")
            said.append(f"{word('done', lang)} {quantity(point.done, row.target.unit, lang)}")
        if point.day == row.as_of and point.expected is not None:
            said.append(f"{word('line', lang)} {quantity(point.expected, row.target.unit, lang)}")
    return word("and", lang).join([*said, *([word("behind", lang)] if schedule.behind else [])])


def _drawn(schedule: Schedule, stated: str) -> str:
    row, points = schedule.row, schedule.points
    places = zip(place_points(row, points), points, strict=True)
    known = [(x, y, point.behind) for (x, y), point in places if y is not None]
    most = max([1.0, *(y for _, y, _ in known)])

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + (RIGHT - LEFT) * x, BOTTOM - (BOTTOM - TOP) * y / most

    level = _path([at(0, 1), at(1, 1)], GROUND)
    line = _path([at(*corner) for corner in place_line(row, points)], LINE, DASHED)
    done = _path([at(x, y) for x, y, _ in known], DONE)
    dots = [_dot(*at(x, y), LATE if behind else DONE) for x, y, behind in known]
    labels = [
        _label(LEFT, at(0, 1)[1] - 4, "start", stated),
        _label(LEFT, HEIGHT - 5, "start", points[0].month),
        _label(RIGHT, HEIGHT - 5, "end", points[-1].month),
    ]
    return "".join([_path([at(0, 0), at(1, 0)], GROUND), level, line, done, *dots, *labels])


def _path(places: Iterable[tuple[float, float]], color: str, dashes: str = "") -> str:
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{drawn}" fill="none" stroke="{color}" stroke-width="2"{dashes}/>'


def _dot(x: float, y: float, color: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>'


def _label(x: float, y: float, anchor: str, text: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11" fill="#4a5765">'
        f"{escape(text)}</text>"
    )
