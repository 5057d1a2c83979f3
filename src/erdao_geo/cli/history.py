"""`erdao-geo history`."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import echo_json, json_option, pass_workspace

if TYPE_CHECKING:
    from erdao_geo.workspace import Workspace


@click.group()
def history() -> None:
    """Look after the record of changes.

    \b
    Examples:
        erdao-geo history verify
    """


@history.command()
@json_option
@pass_workspace
def verify(workspace: Workspace, *, as_json: bool) -> None:
    """Find what in the history is tampered with, damaged or missing, and which revisions suffer.

    Reads all of it. Exits 0 when it is what was written, 1 when it is not. Note down the SHA-256 it
    ends with: only that shows later that nobody has rewritten all of the history.

    \b
    Examples:
        erdao-geo history verify
        erdao-geo history verify --json
    """
    faults = workspace.verify_history()
    number, sha256 = workspace.history.head()
    if as_json:
        lost = sorted({fault.revision for fault in faults if fault.lost and fault.revision})
        value = {"revisions": number, "head": sha256, "lost": lost}
        echo_json({**value, "faults": [dataclasses.asdict(fault) for fault in faults]})
    else:
        for fault in faults:
            click.echo(str(fault))
        click.echo(f"{number} revisions, {len(faults)} faults; head {sha256 or '-'}", err=True)
    if faults:
        sys.exit(1)
