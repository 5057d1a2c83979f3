"""`erdao-geo import`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import echo_json, json_option, pass_workspace

if TYPE_CHECKING:
    from erdao_geo.importing import ImportReport
    from erdao_geo.workspace import Workspace


class _Pair(click.ParamType[tuple[str, str]]):
    """Two words with an equals sign between them."""

    name = "pair"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        first, sign, second = value.partition("=")
        if not (first and sign):
            self.fail(f"{value!r} has no name and '='", param, ctx)
        return first, second


@click.command("import")
@click.argument("layer")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--crs", metavar="CRS", help="The file's CRS, e.g. EPSG:4551.")
@click.option("--encoding", metavar="NAME", help="The encoding of its text: GB18030 or UTF-8.")
@click.option(
    "--field",
    "fields",
    type=_Pair(),
    multiple=True,
    metavar="SRC=DST",
    help="The file's field that fills the layer's; those of like name or title need none.",
)
@click.option(
    "--set",
    "constants",
    type=_Pair(),
    multiple=True,
    metavar="FIELD=VALUE",
    help="A value of the layer's field for every feature.",
)
@click.option("--dry-run", is_flag=True, help="Report, and write nothing.")
@json_option
@pass_workspace
def import_(  # noqa: PLR0913 - a parameter for each option
    workspace: Workspace,
    layer: str,
    file: Path,
    *,
    crs: str | None,
    encoding: str | None,
    fields: Sequence[tuple[str, str]],
    constants: Sequence[tuple[str, str]],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring a foreign file into a layer: add new keys, update known ones, remove nothing.

    FILE is a shapefile (also zipped), GeoJSON, GPKG or KML. Where a feature breaks the layer's
    definition nothing is written; --dry-run lists what is wrong and then exits 1.

    \b
    Examples:
        erdao-geo import roads 道路.shp --dry-run
        erdao-geo import roads 道路.zip --field 道路编号=id --set evidence=surveyed
        erdao-geo import roads roads.shp --crs EPSG:4551 --encoding GB18030
    """
    report = workspace.import_file(
        layer,
        file,
        crs=crs,
        encoding=encoding,
        fields=_grouped(fields),
        constants=dict(constants),
        dry_run=dry_run,
    )
    if as_json:
        echo_json(report.as_dict())
    else:
        _print(report)
    if report.rejected:
        sys.exit(1)


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Gather what each field of the file fills: one may fill several."""
    grouped: dict[str, list[str]] = {}
    for source, target in pairs:
        grouped.setdefault(source, []).append(target)
    return grouped


def _print(report: ImportReport) -> None:
    counts = report.as_dict()
    words = ("read", "added", "updated", "unchanged", "removed")
    would = " (dry run)" if report.dry_run else ""
    click.echo(f"{report.layer}{would}: " + ", ".join(f"{word} {counts[word]}" for word in words))
    for problem in report.rejected:
        click.echo(f"rejected {problem}")
    for note in report.notes:
        click.echo(f"Note: {note}", err=True)
