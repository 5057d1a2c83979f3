"""`erdao-geo log`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import echo_json, json_option, pass_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from erdao_geo.history import Revision
    from erdao_geo.workspace import Workspace


@click.command()
@click.argument("layer", required=False)
@click.option("-n", "--last", type=click.IntRange(min=1), metavar="N", help="The last N only.")
@json_option
@pass_workspace
def log(workspace: Workspace, layer: str | None, *, last: int | None, as_json: bool) -> None:
    """List the recorded changes of a layer, or of all, the newest first.

    \b
    Examples:
        erdao-geo log
        erdao-geo log roads -n 5
        erdao-geo log --json
    """
    revisions = workspace.log(layer)[::-1][:last]
    if as_json:
        echo_json({"revisions": [revision.as_dict() for revision in revisions]})
    else:
        _print(revisions)
    unreadable = workspace.history.unreadable()
    if unreadable:
        numbers = ", ".join(map(str, unreadable))
        click.echo(
            f"Revisions that cannot be read: {numbers}; `erdao-geo history verify` says why",
            err=True,
        )


_FOUND = {
    "baseline": "what was there",
    "outside": "edited by another program",
    "rules": "rules edited",
}


def _print(revisions: Sequence[Revision]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not revisions:
        click.echo("Nothing was changed yet", err=True)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="underline")
    for name in ("Revision", "Time", "Who", "Layer", "Kind"):
        table.add_column(name, no_wrap=True, justify="right" if name == "Revision" else "left")
    table.add_column("What", overflow="fold")
    for revision in revisions:
        time = f"{revision.time:%Y-%m-%d %H:%M:%S}" + ("*" if revision.clock else "")
        cells = (str(revision.number), time, revision.who, revision.layer, revision.kind)
        table.add_row(*(Text(cell) for cell in cells), Text(_what(revision)))
    console = Console(highlight=False)
    console.print(table)
    if any(revision.clock for revision in revisions):
        console.print("  * the clock said an earlier time; --json has it", style="dim")


def _what(revision: Revision) -> str:
    """Say what a revision did: what it undoes, its counts, its source, its note."""
    entry = revision.entry
    counts = ", ".join(f"{name} {n}" for name, n in (entry.counts or {}).items() if n)
    parts = (
        f"undoes {entry.undoes}" if entry.undoes else "",
        _FOUND.get(entry.kind, ""),
        counts,
        f"from {entry.source.name}" if entry.source else "",
        f"wrote layers/{revision.layer}.toml" if revision.redefined else "",
        entry.note,
    )
    return "; ".join(part for part in parts if part)
