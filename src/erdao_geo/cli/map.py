"""`erdao-geo map`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import echo_json, json_option, lang_option, pass_workspace

if TYPE_CHECKING:
    from erdao_geo.definitions import Lang
    from erdao_geo.workspace import Workspace


@click.command("map")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@json_option
@lang_option
@pass_workspace
def map_(workspace: Workspace, names: tuple[str, ...], *, as_json: bool, lang: Lang | None) -> None:
    """Render maps (all, or those named) to maps/NAME.html.

    A page is one file that opens by double click and needs no network.

    \b
    Examples:
        erdao-geo map
        erdao-geo map roads --lang en
    """
    sheets = [workspace.sheet(name) for name in names or workspace.maps]
    paths = [str(workspace.render(sheet.stem, lang=lang)) for sheet in sheets]
    if as_json:
        echo_json({"maps": paths})
    else:
        click.echo("\n".join(paths))
