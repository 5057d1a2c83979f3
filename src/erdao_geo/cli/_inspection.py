"""The verdict on a foreign file, as a page in the terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from erdao_geo.importing import Inspection, Verdict

_STYLES = {"ready": "bold green", "ask": "bold yellow", "refuse": "bold red"}
_CERTAINTIES = {"certain": "green", "likely": "cyan", "unknown": "yellow"}
_FIELDS = 30
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
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    table.add_row("layer", Text(f"{source.name} ({source.driver})"))
    table.add_row("features", Text(f"{verdict.features}: {kinds or 'none has a geometry'}"))
    table.add_row("encoding", _judged(encoding.value, encoding.verdict, encoding.evidence))
    for name, sample in encoding.readings:
        table.add_row("", Text(f"{name}: {sample}"))
    table.add_row("CRS", _judged(crs.value, crs.verdict, crs.evidence))
    for candidate in crs.candidates:
        option = Text(f"--crs {candidate.crs} ", "bold")
        table.add_row("", option.append(f"{candidate.title}: {candidate.reason}", "default"))
    for field in verdict.fields[:_FIELDS]:
        filled = "" if field.filled == verdict.features else f", {field.filled} filled"
        samples = ", ".join(field.samples)
        table.add_row("field", Text(f"{field.name} ({field.type}{filled}): {samples}"))
    if len(verdict.fields) > _FIELDS:
        table.add_row("", Text(f"... and {len(verdict.fields) - _FIELDS} more fields"))
    for line in _problem_lines(verdict):
        table.add_row("problem", Text(line, "yellow"))
    console.print(table)


def _judged(value: str | None, certainty: str, evidence: tuple[str, ...]) -> Text:
    text = Text(f"{value or 'unknown'}, ").append(certainty, _CERTAINTIES[certainty])
    return text.append(f": {'; '.join(evidence)}" if evidence else "", "default")


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
