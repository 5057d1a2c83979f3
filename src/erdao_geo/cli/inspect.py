"""`erdao-geo inspect`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from erdao_geo.cli._shared import (
    crs_option,
    echo_json,
    encoding_option,
    json_option,
    part_option,
    require_free,
    workspace_or_none,
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@crs_option
@encoding_option
@part_option
@click.option(
    "--map",
    "map_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="HTML",
    help="Draw the file in each CRS it may be in over the district's outline.",
)
@click.option("--overwrite", is_flag=True, help="Replace the page if it is there.")
@json_option
@click.pass_obj
def inspect(
    root: Path | None,
    /,
    file: Path,
    *,
    map_path: Path | None,
    overwrite: bool,
    as_json: bool,
    **answers: Any,
) -> None:
    """Say what a foreign file holds, and whether it can be imported without a question.

    In a workspace its coordinates are held against the district. Exits 0 when it is ready, 1 when
    something must be asked or it is refused.

    \b
    Examples:
        erdao-geo inspect 道路.zip
        erdao-geo inspect 道路.shp --json
        erdao-geo inspect 道路.shp --map candidates.html
    """
    from erdao_geo import importing
    from erdao_geo.cli._inspection import print_inspection
    from erdao_geo.cli._progress import shown_progress
    from erdao_geo.importing.inspect import as_dict, draw_candidates
    from erdao_geo.storage import write_text

    require_free(map_path, overwrite=overwrite)
    workspace = workspace_or_none(root)
    with shown_progress() as progress:
        progress(f"reading {file.name}", 0, 0)
        if workspace:
            inspection = workspace.inspect(file, **answers)
        else:
            inspection = importing.inspect_file(file, **answers)
    if map_path:
        page = draw_candidates(inspection, workspace.district() if workspace else None)
        write_text(map_path, page)
        click.echo(f"Wrote {map_path}", err=True)
    if as_json:
        echo_json(as_dict(inspection))
    else:
        print_inspection(inspection)
    if inspection.decision != "ready":
        sys.exit(1)
