"""What an import did, in the terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import printable

if TYPE_CHECKING:
    from erdao_geo.importing import Outcome
    from erdao_geo.importing.outcome import Change

_SHOWN = 20
"""Lines of each kind; --json has them all."""
_COUNTS = ("read", "added", "updated", "unchanged", "removed")


def print_outcome(outcome: Outcome) -> None:
    """Print the counts and what was rejected to stdout, all else to stderr."""
    counts = {name: getattr(outcome, name) for name in _COUNTS}
    counts |= {"rejected": len(outcome.rejected)} if outcome.rejected else {}
    would = " (dry run)" if outcome.dry_run else ""
    said = ", ".join(f"{name} {count}" for name, count in counts.items())
    done = f" (revision {outcome.revision})" if outcome.revision else ""
    click.echo(f"{outcome.layer}{would}: {said}{done}")
    if outcome.dry_run:
        _echo_some([_change(change) for change in outcome.changes])
    rejected = [f"rejected {r.feature}: {r.message} [{r.rule}]" for r in outcome.rejected]
    _echo_some(rejected)
    if outcome.rejected and not outcome.dry_run:
        click.echo("The rejected records stand in rejects.geojson of the workspace", err=True)
    repairs = Counter((rule, message) for _, rule, message in outcome.repaired)
    for (rule, message), count in repairs.items():
        _say(f"Repaired: {count} times: {message} [{rule}]")
    for note in outcome.notes:
        _say(f"Note: {note}")


def _say(text: str) -> None:
    click.echo(printable(text), err=True)


def _echo_some(lines: list[str]) -> None:
    for line in lines[:_SHOWN]:
        click.echo(printable(line))
    if len(lines) > _SHOWN:
        click.echo(f"... and {len(lines) - _SHOWN} more; --json lists them")


def _change(change: Change) -> str:
    parts = [f"{name}: {old!r} -> {new!r}" for name, (old, new) in change.fields.items()]
    parts += ["redrawn"] if change.redrawn else []
    return f"{change.kind} {change.feature}" + (f": {'; '.join(parts)}" if parts else "")
