"""`erdao-geo why`."""

from __future__ import annotations

import datetime as dt
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
    from rich.table import Table

    from erdao_geo.definitions import Lang
    from erdao_geo.why import Cause, Change, Effect, Figure
    from erdao_geo.workspace import Workspace

SHOWN = 20
"""The features that a cause names in the table; --json has all."""


@click.command()
@click.argument("target")
@click.option("--since", type=When(), metavar="WHEN", required=True, help="The earlier time.")
@click.option("--until", type=When(), metavar="WHEN", help="The later time; by default now.")
@click.option(
    "--of",
    type=click.Choice(["net", "done", "proven", "reported"]),
    default="done",
    show_default=True,
    help="The figure.",
)
@json_option
@lang_option
@pass_workspace
def why(  # noqa: PLR0913 - a parameter for each option
    workspace: Workspace,
    target: str,
    *,
    since: int | dt.date | dt.datetime,
    until: int | dt.date | dt.datetime | None,
    of: Figure,
    as_json: bool,
    lang: Lang | None,
) -> None:
    """Say why a target's figure changed: the causes sum to the difference exactly.

    WHEN is a revision (`erdao-geo log` lists them), a day (its end) or a time.

    \b
    Examples:
        erdao-geo why new-road-length --since 2022-06-30
        erdao-geo why new-road-length --since 3 --until 7 --of proven
        erdao-geo why greening-area --since 2022-06-30 --json
    """
    from erdao_geo.why import as_dict

    change = workspace.why(target, since, until, of=of)
    if as_json:
        echo_json(as_dict(change))
    else:
        _print(change, lang or workspace.plan.lang)
    for note in change.all_notes:
        click.echo(printable(f"Note: {note}"), err=True)


def _print(change: Change, lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from erdao_geo.words import moment, quantity, titled, word

    target = change.target
    ends = [
        moment(end.when, lang) if end else word("now", lang) for end in (change.since, change.until)
    ]
    figures = [quantity(figure, target.unit, lang) for figure in (change.old, change.new)]
    table = Table(
        title=Text(f"{printable(titled(target, lang))}  {word(change.of, lang)}"),
        box=None,
        padding=(0, 2, 0, 0),
        header_style="underline",
    )
    table.add_column(word("why", lang), overflow="fold")
    table.add_column(word("amount", lang), justify="right", no_wrap=True)
    table.add_row(Text(ends[0]), Text(figures[0]))
    for cause in change.causes:
        _add_cause(table, change, cause, lang)
    table.add_row(Text(ends[1]), Text(figures[1]))
    console = Console(highlight=False)
    console.print(table)
    for rule in change.rules:
        text = f"  {word('rule_changed', lang)}: {rule.name} {rule.old} -> {rule.new}"
        console.print(Text(printable(text)))


def _add_cause(table: Table, change: Change, cause: Cause, lang: Lang) -> None:
    """Add a cause and the features it is of, the largest first; not what rounds to nothing."""
    from rich.text import Text

    from erdao_geo.words import change as signed
    from erdao_geo.words import word

    unit = change.target.unit
    shown = change.visible(cause)
    if not shown:
        return
    amount = signed(change.amount(cause), unit)
    table.add_row(Text(word(cause.name, lang), "bold"), Text(amount, "bold"))
    for effect in shown[:SHOWN]:
        amount = signed(change.amount(effect), unit)
        table.add_row(Text(f"  {_named(change, effect)}"), Text(amount))
    if len(shown) > SHOWN:
        table.add_row(Text(f"  {word('more', lang)} {len(shown) - SHOWN} (--json)"), Text(""))


def _named(change: Change, effect: Effect) -> str:
    """Name the features of an effect, each by its key and what it is called."""
    parts, beside = (
        ", ".join(" ".join(dict.fromkeys((key, change.titles.get(key, key)))) for key in keys)
        for keys in (effect.parts, effect.beside)
    )
    return printable(f"{parts} ~ {beside}" if beside else parts)
