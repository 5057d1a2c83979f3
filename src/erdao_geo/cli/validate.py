"""`erdao-geo validate`."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import echo_json, json_option, pass_workspace, printable

if TYPE_CHECKING:
    from erdao_geo.workspace import Workspace


@click.command()
@json_option
@pass_workspace
def validate(workspace: Workspace, *, as_json: bool) -> None:
    """List every fault in the layers' data.

    Exits 0 when there is none, 1 when there are some, 2 when a file cannot be read at all.

    \b
    Examples:
        erdao-geo validate
        erdao-geo validate --json
    """
    problems = workspace.validate()
    if as_json:
        echo_json({"problems": [dataclasses.asdict(problem) for problem in problems]})
    else:
        for problem in problems:
            click.echo(printable(str(problem)))
        click.echo(f"{len(problems)} problems in {len(workspace.layers)} layers", err=True)
    if problems:
        sys.exit(1)
