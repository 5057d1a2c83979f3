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
crs_option = click.option("--crs", metavar="CRS", help="The file's CRS, e.g. EPSG:4551.")
encoding_option = click.option(
    "--encoding", metavar="NAME", help="The encoding of its text: GB18030 or UTF-8."
)
part_option = click.option(
    "--part", metavar="NAME", help="The file's own layer, where it holds several."
)


def workspace_or_none(root: Path | None) -> Workspace | None:
    """Open the workspace that is named, or the one we are in; None where there is none."""
    from erdao_geo.errors import WorkspaceError
    from erdao_geo.workspace import Workspace

    if root:
        return Workspace(root)
    try:
        found = Workspace.locate(Path.cwd())
    except WorkspaceError:
        return None
    return Workspace(found)


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
