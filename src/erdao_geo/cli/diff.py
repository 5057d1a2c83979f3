"""`erdao-geo diff`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import click

from erdao_geo.cli._shared import When, echo_json, json_option, pass_workspace

if TYPE_CHECKING:
    from rich.text import Text

    from erdao_geo.history import Diff, Redrawn
    from erdao_geo.workspace import Workspace


@click.command()
@click.argument("old", type=When(), metavar="A")
@click.argument("new", type=When(), metavar="[B]", required=False)
@click.option("--layer", metavar="LAYER", help="One layer; by default all that have a history.")
@json_option
@pass_workspace
def diff(
    workspace: Workspace,
    old: int | dt.date | dt.datetime,
    new: int | dt.date | dt.datetime | None,
    *,
    layer: str | None,
    as_json: bool,
) -> None:
    """Say what differs between A and B: features added, removed, redrawn, and changed fields.

    A and B are revisions (of any layer), days (their end) or times; without B, what there is now.

    \b
    Examples:
        erdao-geo diff 3 7
        erdao-geo diff 2022-06-30 --layer roads
        erdao-geo diff 2022-06-30 2022-12-31 --json
    """
    stems, unknown = ([layer], []) if layer else workspace.layers_known_at(old)
    diffs = {stem: workspace.diff(stem, old, new) for stem in stems}
    if as_json:
        echo_json({"layers": [_as_dict(stem, diff) for stem, diff in diffs.items()]})
    else:
        _print(diffs)
    for stem in unknown:
        click.echo(f"Note: the history of {stem} begins after {old}; it is left out", err=True)


def _as_dict(layer: str, diff: Diff) -> dict[str, Any]:
    return {"layer": layer, **dataclasses.asdict(diff), "counts": diff.counts}


def _print(diffs: dict[str, Diff]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for stem, diff in diffs.items():
        counts = ", ".join(f"{name} {number}" for name, number in diff.counts.items())
        console.print(f"{stem}: {counts}", style="bold", markup=False, soft_wrap=True)
        for line in _lines(diff):
            console.print(line, soft_wrap=True)


def _lines(diff: Diff) -> list[Text]:
    from rich.text import Text

    lines = [Text(f"  + {name}", "green") for name in diff.added]
    lines += [Text(f"  - {name}", "red") for name in diff.removed]
    lines += [Text(f"  ~ {redrawn.feature}: {_drawn(redrawn)}", "cyan") for redrawn in diff.redrawn]
    lines += [
        Text(f"  ~ {change.feature}: {change.field} {_shown(change.old)} -> {_shown(change.new)}")
        for change in diff.changed
    ]
    return lines


def _drawn(redrawn: Redrawn) -> str:
    """Say how another drawing differs: how far it lies, how long or large it is."""
    parts = ["redrawn" if redrawn.moved is None else f"redrawn by up to {redrawn.moved:,.1f} m"]
    for sizes, unit in ((redrawn.length, "m"), (redrawn.area, "m2")):
        if sizes:
            parts.append(f"{sizes[0]:,.1f} -> {sizes[1]:,.1f} {unit}")
    return ", ".join(parts)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
