"""`erdao-geo features`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import When, echo_json, json_option, pass_workspace, require_free

if TYPE_CHECKING:
    from erdao_geo.workspace import Workspace


@click.command()
@click.argument("layer")
@click.option(
    "--as-of",
    type=When(),
    metavar="WHEN",
    help="A revision, a day (its end) or a time; by default now.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file."
)
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")
@json_option
@pass_workspace
def features(
    workspace: Workspace,
    layer: str,
    *,
    as_of: int | dt.date | dt.datetime | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Write a layer's file as it is or once was, byte for byte, as GeoJSON.

    \b
    Examples:
        erdao-geo features roads --as-of 2022-06-30 -o roads-june.geojson
        erdao-geo features roads --as-of 7 > roads-7.geojson
    """
    if output is None:
        click.echo(workspace.content(layer, as_of=as_of), nl=False)
        return
    require_free(output, overwrite=overwrite)
    sha256 = workspace.export_content(layer, output, as_of=as_of)
    if as_json:
        echo_json({"layer": layer, "output": str(output), "sha256": sha256})
    else:
        click.echo(f"Wrote {output}", err=True)
