"""The ledger by month in the terminal: all targets at a glance, or some at length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from erdao_geo.cli._shared import printable
from erdao_geo.words import number, percent, period, stated, titled, word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from erdao_geo.check import Ledger
    from erdao_geo.definitions import Lang, Plan, Target
    from erdao_geo.schedule import Point, Schedule

MONTHS = 12
"""Those that stand side by side."""
AT_A_GLANCE, AT_LENGTH = 3, 20
"""Overdue features that are listed of a target; --json has them all."""
BEHIND = "bold yellow"


def print_months(
    ledger: Ledger, schedules: Sequence[Schedule], lang: Lang, *, at_length: bool
) -> None:
    """Print the targets' months, and the features that are overdue."""
    console = Console(highlight=False)
    heading = f"{_title(ledger.plan, lang)}  {word('as_of', lang)} {period(ledger.dates, lang)}"
    console.print(Text(heading, "italic"))
    if at_length:
        for schedule in schedules:
            console.print(_length(schedule, lang))
    else:
        console.print(_glance(schedules, lang))
    for schedule in schedules:
        _print_overdue(console, schedule, lang, AT_LENGTH if at_length else AT_A_GLANCE)
    console.print(Text(f"  {word('line?', lang)}", "dim"))
    if ledger.has_sample:
        console.print(Text(f"  {word('sample', lang)}", "bold"))


def _glance(schedules: Sequence[Schedule], lang: Lang) -> Table:
    """Lay out the share that is done, a line for each target, beneath that which was to be."""
    months = _window(schedules)
    table = _table()
    table.add_column(f"{word('target', lang)} (%)", overflow="fold", min_width=12)
    for month in months:
        title = month[5:] if months[0][:4] == months[-1][:4] else f"{month[2:4]}\n{month[5:]}"
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    line: list[str] = []
    for schedule in schedules:
        total, known = schedule.row.stated, {point.month: point for point in schedule.points}
        points = [known.get(month) for month in months]
        before, line = line, [_share(point.expected if point else None, total) for point in points]
        if line != before:
            table.add_row(f"- {word('line', lang)} -", *line, "", style="dim")
        done = [_done(point, total) for point in points]
        table.add_row(
            _title(schedule.row.target, lang), *done, Text(_flags(schedule, lang), BEHIND)
        )
    return table


def _flags(schedule: Schedule, lang: Lang) -> str:
    late = len(schedule.row.overdue)
    flags = [word("behind", lang)] if schedule.behind else []
    return ", ".join([*flags, *([f"{word('overdue', lang)} {late}"] if late else [])])


def _window(schedules: Sequence[Schedule]) -> list[str]:
    """Choose the months that fit: those up to the newest data, and the next if there is room."""
    months = sorted({point.month for schedule in schedules for point in schedule.points})
    dates = [schedule.row.as_of for schedule in schedules if schedule.row.as_of is not None]
    now = f"{max(dates):%Y-%m}" if dates else ""
    first = max(0, sum(month <= now for month in months) - MONTHS)
    return months[first : first + MONTHS]


def _length(schedule: Schedule, lang: Lang) -> Table:
    """Lay out a line for each month of a target."""
    target, total = schedule.row.target, schedule.row.stated
    table = _table(f"{_title(target, lang)}  {stated(target, lang)}")
    table.add_column(word("day", lang), no_wrap=True)
    for name in ("done", "share", "line", "share"):
        table.add_column(word(name, lang), justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for point in schedule.points:
        table.add_row(
            point.day.isoformat(),
            _number(point.done, target),
            _share(point.done, total, "%"),
            _number(point.expected, target),
            _share(point.expected, total, "%"),
            Text(word("behind", lang) if point.behind else "", BEHIND),
        )
    return table


def _print_overdue(console: Console, schedule: Schedule, lang: Lang, most: int) -> None:
    """List a target's overdue features, the latest first."""
    late = schedule.row.overdue
    if not late:
        return
    title = _title(schedule.row.target, lang)
    console.print(Text(f"{title}: {word('overdue', lang)} {len(late)}", BEHIND))
    for one in late[:most]:
        name = "" if one.name == one.key else f" {printable(one.name)}"
        days = word("days_late", lang).format(one.days)
        console.print(Text(f"  {printable(one.key)}{name}  {one.due_on}  {days}"))
    if len(late) > most:
        console.print(Text(f"  {word('rest', lang)} {len(late) - most} (--json)", "dim"))


def _table(title: str | None = None) -> Table:
    return Table(
        title=None if title is None else Text(title),
        title_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
        header_style="underline",
    )


def _title(thing: Plan | Target, lang: Lang) -> str:
    return printable(titled(thing, lang))


def _number(value: Fraction | None, target: Target) -> str:
    return "" if value is None else number(value, target.unit)


def _done(point: Point | None, total: Fraction) -> Text:
    if point is None:
        return Text("")
    return Text(_share(point.done, total), BEHIND if point.behind else "")


def _share(value: Fraction | None, total: Fraction, unit: str = "") -> str:
    return "" if value is None else percent(value / total).replace("%", unit)
