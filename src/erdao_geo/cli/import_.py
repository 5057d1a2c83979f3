"""`erdao-geo import`."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from erdao_geo.cli._shared import (
    crs_option,
    echo_json,
    encoding_option,
    json_option,
    part_option,
    pass_workspace,
)

if TYPE_CHECKING:
    from erdao_geo.workspace import Workspace


class _Pair(click.ParamType[tuple[str, str]]):
    """Two words with an equals sign between them."""

    name = "pair"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        from erdao_geo.storage import readable_name

        first, sign, second = value.partition("=")
        if not (first and sign):
            self.fail(f"{value!r} has no name and '='", param, ctx)
        if readable_name(value) != value:
            self.fail(f"{value!r} is not in UTF-8", param, ctx)
        return first, second


class _Numbers(click.ParamType[tuple[float, ...]]):
    """Three or seven numbers between commas."""

    name = "numbers"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        try:
            numbers = tuple(float(part) for part in value.split(","))
        except ValueError:
            numbers = ()
        if len(numbers) not in (3, 7) or not all(map(math.isfinite, numbers)):
            self.fail(f"{value!r} is not three or seven numbers between commas", param, ctx)
        return numbers


@click.command("import")
@click.argument("layer")
@click.argument("file", type=click.Path(path_type=Path))
@crs_option
@encoding_option
@part_option
@click.option(
    "--field",
    "fields",
    type=_Pair(),
    multiple=True,
    metavar="SRC=DST",
    help="The file's field that fills the layer's; those of like name, title or alias need none.",
)
@click.option(
    "--set",
    "constants",
    type=_Pair(),
    multiple=True,
    metavar="FIELD=VALUE",
    help="A value of the layer's field for every feature.",
)
@click.option(
    "--code",
    "codes",
    type=_Pair(),
    multiple=True,
    metavar="FIELD:WORD=CODE",
    help="What a word of the file means in the layer, e.g. status:收尾=under_construction.",
)
@click.option(
    "--mode",
    type=click.Choice(["add", "update", "replace"]),
    default="update",
    show_default=True,
    help="Leave known keys as they are; overwrite them; or also remove what the file lacks.",
)
@click.option(
    "--key",
    type=click.Choice(["field", "geometry"]),
    default="field",
    show_default=True,
    help="Where keys come from: a field of the file, or by rule each feature's geometry.",
)
@click.option(
    "--datum-shift",
    type=_Numbers(),
    metavar="DX,DY,DZ[,RX,RY,RZ,S]",
    help="From the file's datum to CGCS2000: metres, seconds, ppm (position vector).",
)
@click.option(
    "--control-points",
    "control",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="CSV",
    help="Points known in both: x, y as in the file; lon, lat in CGCS2000.",
)
@click.option("--dry-run", is_flag=True, help="Report, and write nothing.")
@click.option("--save-profile", is_flag=True, help="Keep these answers in the layer's TOML.")
@json_option
@pass_workspace
def import_(  # noqa: PLR0913 - a parameter for each option
    workspace: Workspace,
    /,
    layer: str,
    file: Path,
    *,
    fields: Sequence[tuple[str, str]],
    constants: Sequence[tuple[str, str]],
    codes: Sequence[tuple[str, str]],
    as_json: bool,
    **answers: Any,
) -> None:
    """Bring a foreign file into a layer, by key.

    FILE is a shapefile (a folder or .zip, too), GeoJSON, GPKG, KML, GML, DXF, MapInfo, File
    Geodatabase, FlatGeobuf, GeoParquet, CSV or XLSX. What it leaves open is asked. A record that
    breaks the layer's definition is rejected, listed in rejects.geojson, and costs itself alone;
    the command then exits 1. `undo` takes an import back.

    \b
    Examples:
        erdao-geo import roads 道路.shp --dry-run
        erdao-geo import roads 道路.zip --field 道路编号=id --set evidence=surveyed --save-profile
        erdao-geo import roads roads.shp --crs EPSG:4551 --encoding GB18030
        erdao-geo import roads roads.geojson --mode replace
    """
    from erdao_geo.cli._outcome import print_outcome
    from erdao_geo.cli._progress import shown_progress

    with shown_progress() as progress:
        outcome = workspace.import_file(
            layer,
            file,
            fields=_grouped(fields),
            constants=dict(constants),
            codes=_coded(codes),
            progress=progress,
            **answers,
        )
    if as_json:
        echo_json(outcome.as_dict())
    else:
        print_outcome(outcome)
    if outcome.rejected:
        sys.exit(1)


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Gather what each field of the file fills: one may fill several."""
    grouped: dict[str, list[str]] = {}
    for source, target in pairs:
        grouped.setdefault(source, []).append(target)
    return grouped


def _coded(pairs: Sequence[tuple[str, str]]) -> dict[str, dict[str, str]]:
    """Gather the words of each field and what they mean."""
    codes: dict[str, dict[str, str]] = {}
    for place, code in pairs:
        name, sign, word = place.partition(":")
        if not sign:
            raise click.UsageError(f"--code {place}={code}: write FIELD:WORD=CODE")
        codes.setdefault(name, {})[word] = code
    return codes
