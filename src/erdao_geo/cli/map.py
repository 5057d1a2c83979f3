"""`erdao-geo map`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import echo_json, json_option, lang_option, pass_workspace, print_beside

if TYPE_CHECKING:
    from erdao_geo.definitions import Lang
    from erdao_geo.workspace import Workspace


@click.command("map")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--one-file-mb",
    type=click.IntRange(0, 4096),
    metavar="MB",
    help="Above this size the layers are files beside the page; by default as the map says (64).",
)
@json_option
@lang_option
@pass_workspace
def map_(
    workspace: Workspace,
    names: tuple[str, ...],
    *,
    one_file_mb: int | None,
    as_json: bool,
    lang: Lang | None,
) -> None:
    """Render maps (all, or those named) to maps/NAME.html.

    A page is one file that opens by double click and needs no network. A very large one is a page
    and a folder of the same name beside it: pass on both.

    \b
    Examples:
        erdao-geo map
        erdao-geo map roads --lang en
        erdao-geo map overview --one-file-mb 500
    """
    sheets = [workspace.sheet(name) for name in names or workspace.maps]
    paths = []
    for sheet in sheets:
        paths.append(str(workspace.render(sheet.stem, lang=lang, one_file_mb=one_file_mb)))
        print_beside(workspace, sheet.stem)
    if as_json:
        echo_json({"maps": paths})
    else:
        click.echo("\n".join(paths))
