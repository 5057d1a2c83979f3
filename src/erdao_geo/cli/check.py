"""`erdao-geo check`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import echo_json, json_option, lang_option, pass_workspace

if TYPE_CHECKING:
    from erdao_geo.definitions import Lang
    from erdao_geo.workspace import Workspace


@click.command()
@click.argument("ids", nargs=-1, metavar="[TARGET]...")
@click.option("--by", type=click.Choice(["month"]), help="Tell how each target came along.")
@click.option("--strict", is_flag=True, help="Exit 1 where a target is not met.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV to stdout.")
@json_option
@lang_option
@pass_workspace
def check(  # noqa: PLR0913
    workspace: Workspace,
    ids: tuple[str, ...],
    *,
    by: str | None,
    strict: bool,
    as_csv: bool,
    as_json: bool,
    lang: Lang | None,
) -> None:
    """Check measured totals against the stated targets.

    Exits 0 when it could answer, 2 when it could not; with --strict, 1 when a target is not met.

    \b
    Examples:
        erdao-geo check
        erdao-geo check new-road-length --json
        erdao-geo check --csv > ledger.csv
        erdao-geo check --by month
        erdao-geo check new-road-length --by month
    """
    from erdao_geo import report
    from erdao_geo.cli._ledger import print_ledger
    from erdao_geo.cli._months import print_months
    from erdao_geo.report import monthly

    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; give one")
    ledger = workspace.check(*ids)
    lang = lang or workspace.plan.lang
    if by is None and as_json:
        echo_json(report.as_dict(ledger))
    elif by is None and as_csv:
        click.echo(report.as_csv(ledger), nl=False)
    elif by is None:
        print_ledger(ledger, lang)
    elif as_json:
        echo_json(monthly.as_dict(ledger, workspace.schedules(ledger)))
    elif as_csv:
        click.echo(monthly.as_csv(workspace.schedules(ledger)), nl=False)
    else:
        print_months(ledger, workspace.schedules(ledger), lang, at_length=bool(ids))
    if strict and any(row.verdict != "met" for row in ledger.rows):
        sys.exit(1)
