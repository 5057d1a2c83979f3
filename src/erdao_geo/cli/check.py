"""`erdao-geo check`."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import (
    When,
    echo_json,
    json_option,
    lang_option,
    pass_workspace,
    printable,
)

if TYPE_CHECKING:
    from erdao_geo.definitions import Lang
    from erdao_geo.workspace import Workspace


@click.command()
@click.argument("ids", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--as-of",
    type=When(),
    metavar="WHEN",
    help="A revision, a day (its end) or a time: the ledger as it stood then; by default now.",
)
@click.option("--strict", is_flag=True, help="Exit 1 where a target is not met.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV to stdout.")
@json_option
@lang_option
@pass_workspace
def check(  # noqa: PLR0913 - a parameter for each option
    workspace: Workspace,
    ids: tuple[str, ...],
    *,
    as_of: int | dt.date | dt.datetime | None,
    strict: bool,
    as_csv: bool,
    as_json: bool,
    lang: Lang | None,
) -> None:
    """Check measured totals against the stated targets.

    With --as-of, by the features, the plan and the layers' definitions of then.

    Exits 0 when it could answer, 2 when it could not; with --strict, 1 when a target is not met.

    \b
    Examples:
        erdao-geo check
        erdao-geo check new-road-length --json
        erdao-geo check --as-of 2022-06-30
        erdao-geo check --csv > ledger.csv
    """
    from erdao_geo import report
    from erdao_geo.cli._ledger import print_ledger

    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; give one")
    ledger = workspace.check(*ids, as_of=as_of)
    if as_json:
        echo_json(report.as_dict(ledger))
    elif as_csv:
        click.echo(report.as_csv(ledger), nl=False)
    else:
        print_ledger(ledger, lang or workspace.plan.lang)
    for note in ledger.asked.notes if ledger.asked else ():
        click.echo(printable(f"Note: {note}"), err=True)
    if strict and any(row.verdict != "met" for row in ledger.rows):
        sys.exit(1)
