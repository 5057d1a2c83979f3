"""`erdao-geo check`."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Literal

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
    from erdao_geo.check import Ledger
    from erdao_geo.definitions import Lang
    from erdao_geo.schedule import Schedule
    from erdao_geo.workspace import Workspace

Form = Literal["table", "json", "csv"]


@click.command()
@click.argument("ids", nargs=-1, metavar="[TARGET]...")
@click.option("--by", type=click.Choice(["month"]), help="Tell how each target came along.")
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
    by: str | None,
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
        erdao-geo check --by month
        erdao-geo check new-road-length --by month
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; give one")
    form: Form = "json" if as_json else "csv" if as_csv else "table"
    standing = workspace if as_of is None else workspace.at(as_of)
    ledger = standing.ledger(*ids)
    if by is None:
        _print_ledger(ledger, form, lang or workspace.plan.lang)
    else:
        _print_months(
            ledger,
            standing.schedules(ledger),
            form,
            lang or workspace.plan.lang,
            at_length=bool(ids),
        )
    for note in ledger.asked.notes if ledger.asked else ():
        click.echo(printable(f"Note: {note}"), err=True)
    if strict and any(row.verdict != "met" for row in ledger.rows):
        sys.exit(1)


def _print_ledger(ledger: Ledger, form: Form, lang: Lang) -> None:
    from erdao_geo import report
    from erdao_geo.cli._ledger import print_ledger

    if form == "json":
        echo_json(report.as_dict(ledger))
    elif form == "csv":
        click.echo(report.as_csv(ledger), nl=False)
    else:
        print_ledger(ledger, lang)


def _print_months(
    ledger: Ledger, schedules: list[Schedule], form: Form, lang: Lang, *, at_length: bool
) -> None:
    from erdao_geo.cli._months import print_months
    from erdao_geo.report import monthly

    if form == "json":
        echo_json(monthly.as_dict(ledger, schedules))
    elif form == "csv":
        click.echo(monthly.as_csv(schedules), nl=False)
    else:
        print_months(ledger, schedules, lang, at_length=at_length)
