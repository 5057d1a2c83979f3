"""`erdao-geo report`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import (
    When,
    echo_json,
    json_option,
    lang_option,
    pass_workspace,
    printable,
    require_free,
)

if TYPE_CHECKING:
    from erdao_geo.definitions import Lang
    from erdao_geo.workspace import Workspace


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    required=True,
    help="The file; its ending says the format: .xlsx, .md, .csv, .json or .html.",
)
@click.option("--by", metavar="FIELD", help="Split each target by the values of a field, too.")
@click.option(
    "--as-of",
    type=When(),
    metavar="WHEN",
    help="A revision, a day (its end) or a time: the report as it stood then; by default now.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")
@json_option
@lang_option
@pass_workspace
def report(  # noqa: PLR0913 - a parameter for each option
    workspace: Workspace,
    *,
    output: Path,
    by: str | None,
    as_of: int | dt.date | dt.datetime | None,
    overwrite: bool,
    as_json: bool,
    lang: Lang | None,
) -> None:
    """Write the ledger to hand in: with each feature, overlap, gap and source it rests on.

    \b
    Examples:
        erdao-geo report -o ledger.xlsx
        erdao-geo report -o offices.xlsx --by street_office
        erdao-geo report -o june.xlsx --as-of 2022-06-30
        erdao-geo report -o ledger.html --lang en --overwrite
    """
    require_free(output, overwrite=overwrite)
    path = workspace.report(output, by=by, lang=lang, as_of=as_of)
    if as_json:
        echo_json({"output": str(path), "by": by})
    else:
        click.echo(printable(f"Wrote {path}"), err=True)
