"""The verdict on a foreign file, as a page in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from erdao_geo.importing.decide import without_choice

if TYPE_CHECKING:
    from erdao_geo.importing import Inspection, Verdict

_STYLES = {"ready": "bold green", "ask": "bold yellow", "refuse": "bold red"}
_CERTAINTIES = {"certain": "green", "likely": "cyan", "unknown": "yellow"}
_FIELDS = 30
_TYPED = 40
"""Characters of an answer that can be typed; a WKT is longer."""
_PROBLEMS = 3
"""Examples that are shown of each rule; --json has them all."""


def print_inspection(inspection: Inspection) -> None:
    """Print each layer's verdict with its evidence, the decision last."""
    console = Console(highlight=False)
    console.print(Text(str(inspection.path), "bold"))
    for verdict in inspection.verdicts:
        _print_verdict(console, verdict)
    if len(inspection.verdicts) > 1:
        names = ", ".join(verdict.source.name for verdict in inspection.verdicts)
        console.print(Text(f"Several layers: import one at a time with --part NAME: {names}"))
    line = Text("Decision: ").append(inspection.decision, _STYLES[inspection.decision])
    asks = dict.fromkeys(ask for verdict in inspection.verdicts for ask in verdict.asks)
    if asks:
        line.append(f"; answer with {' or '.join(asks)}")
    if inspection.refusal:
        line.append(f": {inspection.refusal}")
    console.print(line)


def _print_verdict(console: Console, verdict: Verdict) -> None:
    source, crs, encoding = verdict.source, verdict.crs, verdict.source.encoding
    kinds = ", ".join(f"{count} {kind}" for kind, count in verdict.geometry.items())
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    table.add_row("layer", Text(f"{source.name} ({source.driver})"))
    table.add_row("features", Text(f"{verdict.features}: {kinds or 'none has a geometry'}"))
    table.add_row("encoding", _judged(encoding.value, encoding.verdict))
    table.add_row("", _lines(map(Text, encoding.evidence)))
    if len(encoding.readings) > 1:
        table.add_row("", _lines(_option("encoding", *each) for each in encoding.readings))
    table.add_row("CRS", _judged(crs.value, crs.verdict))
    table.add_row("", _lines(Text(without_choice(reason)) for reason in crs.evidence))
    if crs.decision == "ask":
        options = ((c.crs, f"{c.title}: {c.reason}") for c in crs.candidates)
        table.add_row("", _lines(_option("crs", *each) for each in options))
    table.add_row("fields", _lines(map(Text, _field_lines(verdict))))
    if verdict.problems:
        table.add_row("problems", _lines(Text(line, "yellow") for line in _problem_lines(verdict)))
    console.print(table)


def _judged(value: str | None, certainty: str) -> Text:
    return Text(f"{value or 'unknown'}, ").append(certainty, _CERTAINTIES[certainty])


def _option(name: str, value: str, reason: str) -> Text:
    """Give an answer: the option that is typed, and below it what speaks for it."""
    typed = value if len(value) <= _TYPED else f"{value[:_TYPED]}..."
    return Text(f"--{name} {typed}", "bold").append(f"\n{reason}", "not bold")


def _lines(texts: Iterable[Text]) -> Table:
    """Set each text under a mark of its own, so that a long one does not run into the next."""
    lines = Table.grid(padding=(0, 1, 0, 0))
    lines.add_column(no_wrap=True, style="dim")
    lines.add_column(overflow="fold")
    for text in texts:
        lines.add_row("-", text)
    return lines


def _field_lines(verdict: Verdict) -> list[str]:
    lines = []
    for field in verdict.fields[:_FIELDS]:
        filled = "" if field.filled == verdict.features else f", {field.filled} filled"
        lines.append(f"{field.name} ({field.type}{filled}): {', '.join(field.samples)}")
    if len(verdict.fields) > _FIELDS:
        lines.append(f"... and {len(verdict.fields) - _FIELDS} more fields")
    return lines


def _problem_lines(verdict: Verdict) -> list[str]:
    """Sum the problems up by rule, with the first features of each."""
    counts = Counter(problem.rule for problem in verdict.problems)
    lines = []
    for rule, count in counts.items():
        some = [p for p in verdict.problems if p.rule == rule][:_PROBLEMS]
        shown = "; ".join(
            p.message if p.record is None else f"#{p.record + 1} {p.message}" for p in some
        )
        more = f"; and {count - len(some)} more" if count > len(some) else ""
        lines.append(f"{rule}: {shown}{more}")
    return lines
