"""`erdao-geo serve`."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from erdao_geo.cli._shared import pass_workspace

if TYPE_CHECKING:
    from erdao_geo.workspace import Workspace


@click.command()
@click.argument("name", required=False)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="The port on 127.0.0.1; 0 for any that is free.",
)
@click.option("--open", "opens", is_flag=True, help="Open it in the browser.")
@pass_workspace
def serve(workspace: Workspace, name: str | None, *, port: int, opens: bool) -> None:
    """Show the rendered maps (the index, or the map named) to this machine's browser.

    Nobody else can reach them. Pages open by double click as well; serve them where a browser
    forbids that, or where a base map wants to know who asks (OpenStreetMap). Ends with Ctrl-C.

    \b
    Examples:
        erdao-geo serve --open
        erdao-geo serve overview --port 9000
    """
    from erdao_geo import serve as serving

    page = workspace.rendered(name)

    def started(address: str) -> None:
        url = f"{address}{quote(page.name)}"
        click.echo("Ctrl-C ends it", err=True)
        click.echo(url)
        if opens:
            webbrowser.open(url)

    serving.run(page.parent, port=port, started=started)
