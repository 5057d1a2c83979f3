"""What the commands share: the workspace, the options that mean the same everywhere, JSON."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import click

if TYPE_CHECKING:
    from erdao_geo.workspace import Workspace

P = ParamSpec("P")

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
lang_option = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    help="The language of titles and words; by default the plan's.",
)


def pass_workspace(command: Callable[Concatenate[Workspace, P], None]) -> Callable[P, None]:
    """Open the workspace and give it to the command as its first argument."""

    @click.pass_obj
    @functools.wraps(command)
    def with_workspace(root: Path | None, /, *args: P.args, **kwargs: P.kwargs) -> None:
        from erdao_geo.workspace import Workspace

        workspace = Workspace(root) if root else Workspace.find(Path.cwd())
        command(workspace, *args, **kwargs)

    return with_workspace


def echo_json(value: Any) -> None:
    """Write a value to stdout as JSON, Chinese as it is."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
