"""The command line: `erdao-geo`.

Each command is a module that imports click alone, so that `--help` answers at once; the library is
imported when a command runs. Exit codes: 0 fine; 1 found wanting; 2 could not run.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import click

from erdao_geo.cli._shared import ARGUMENTS, printable
from erdao_geo.cli.build import build
from erdao_geo.cli.check import check
from erdao_geo.cli.diff import diff
from erdao_geo.cli.features import features
from erdao_geo.cli.history import history
from erdao_geo.cli.import_ import import_
from erdao_geo.cli.inspect import inspect
from erdao_geo.cli.log import log
from erdao_geo.cli.map import map_
from erdao_geo.cli.print_ import print_
from erdao_geo.cli.report import report
from erdao_geo.cli.serve import serve
from erdao_geo.cli.undo import undo
from erdao_geo.cli.validate import validate
from erdao_geo.cli.why import why
from erdao_geo.errors import ErdaoGeoError, QuestionError


class _Group(click.Group):
    """A group that tells a failure we know in one line; it ends with 2, a question with 1."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[ARGUMENTS] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ErdaoGeoError as error:
            click.echo(f"Error: {printable(str(error))}", err=True)
            ctx.exit(1 if isinstance(error, QuestionError) else 2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--workspace",
    type=click.Path(path_type=Path),
    envvar="ERDAO_GEO_WORKSPACE",
    metavar="DIR",
    help="The workspace; by default this folder, or the nearest above it with a plan.toml.",
)
@click.version_option(package_name="erdao-geo")
@click.pass_context
def cli(ctx: click.Context, workspace: Path | None) -> None:
    """Put a district's yearly promises on a map, and say how far each is kept.

    Exits 0 when all is well, 1 when something was found wanting, 2 when it could not run.

    \b
    Examples:
        erdao-geo build
        erdao-geo check new-road-length
        erdao-geo --workspace ../chaoyang map overview
    """
    ctx.obj = workspace


for _command in (
    build,
    check,
    diff,
    features,
    history,
    import_,
    inspect,
    log,
    map_,
    print_,
    report,
    serve,
    undo,
    validate,
    why,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command line; a fault of ours prints its traceback and exits 2.

    What the system refuses (stdout on a full disk) is no fault of ours, and told in one line.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure") and not stream.isatty():
            stream.reconfigure(encoding="utf-8")
    try:
        cli()
    except OSError as error:
        click.echo(f"Error: cannot go on: {error.strerror or error}", err=True)
        sys.exit(2)
    except Exception:
        traceback.print_exc()
        sys.exit(2)
