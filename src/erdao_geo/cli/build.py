"""`erdao-geo build`."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import (
    echo_json,
    json_option,
    lang_option,
    pass_workspace,
    print_beside,
    printable,
)

if TYPE_CHECKING:
    from erdao_geo.definitions import Lang
    from erdao_geo.workspace import Workspace


@click.command()
@json_option
@lang_option
@pass_workspace
def build(workspace: Workspace, *, as_json: bool, lang: Lang | None) -> None:
    """Validate, check, render all maps and the index: the main job.

    Exits 1, and renders nothing, when the data have faults.

    \b
    Examples:
        erdao-geo build
        erdao-geo build --lang en
        erdao-geo build --json
    """
    from erdao_geo import report
    from erdao_geo.cli._ledger import print_ledger

    problems = workspace.validate()
    for problem in problems:
        click.echo(printable(str(problem)), err=True)
    if problems:
        if as_json:
            echo_json({"problems": [dataclasses.asdict(problem) for problem in problems]})
        click.echo(f"{len(problems)} problems; nothing was rendered", err=True)
        sys.exit(1)
    workspace.record()
    paths = []
    for name in workspace.maps:
        paths.append(str(workspace.render(name, lang=lang)))
        click.echo(f"Rendered {paths[-1]}", err=True)
        print_beside(workspace, name)
    paths.append(str(workspace.render_index(lang=lang)))
    if as_json:
        echo_json({"problems": [], "maps": paths, **report.as_dict(workspace.check())})
    else:
        print_ledger(workspace.check(), lang or workspace.plan.lang)
        click.echo(f"Open {paths[-1]}", err=True)
