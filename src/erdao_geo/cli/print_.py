"""`erdao-geo print`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from erdao_geo.cli._shared import echo_json, json_option, lang_option, pass_workspace

if TYPE_CHECKING:
    from erdao_geo.definitions import Lang
    from erdao_geo.workspace import Workspace


@click.command("print")
@click.argument("name", metavar="MAP")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file to write: .pdf, or .png (several pages are numbered).",
)
@click.option("--paper", type=click.Choice(["A3", "A4"]), default="A3", show_default=True)
@click.option("--landscape", is_flag=True, help="Lay the sheet on its long side.")
@click.option("--by", metavar="FIELD", help="An atlas: a page for each value of this field.")
@click.option(
    "--font",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A font file to prefer; by default a Chinese one that is installed.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")
@json_option
@lang_option
@pass_workspace
def print_(
    workspace: Workspace,
    /,
    name: str,
    *,
    output: Path,
    overwrite: bool,
    as_json: bool,
    lang: Lang | None,
    **options: Any,
) -> None:
    """Print a map with the ledger of its targets, on paper of an exact size.

    Print the PDF at 100 % ("actual size"): then the scale holds.

    \b
    Examples:
        erdao-geo print overview -o overview.pdf --landscape
        erdao-geo print roads -o roads.png --paper A4
        erdao-geo print overview -o atlas.pdf --landscape --by street_office
    """
    paths = workspace.print_sheet(name, output, lang=lang, overwrite=overwrite, **options)
    if as_json:
        echo_json({"files": [str(path) for path in paths]})
    else:
        click.echo("\n".join(map(str, paths)))
