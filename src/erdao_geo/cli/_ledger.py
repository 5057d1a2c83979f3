"""The ledger as a table in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from erdao_geo.cli._shared import printable
from erdao_geo.words import moment, number, percent, period, stated, titled, word

if TYPE_CHECKING:
    from erdao_geo.check import Ledger, Row
    from erdao_geo.definitions import Lang

STYLES = {
    "met": "bold green",
    "shown": "cyan",
    "short": "yellow",
    "not_started": "dim",
    "unmapped": "magenta",
}


def print_ledger(ledger: Ledger, lang: Lang) -> None:
    """Print a row for each target, and what the verdicts that occur mean."""
    title = titled(ledger.plan, lang)
    heading = f"{printable(title)}  {word('as_of', lang)} {period(ledger.dates, lang)}"
    if ledger.asked:
        heading += f"  {word('asked', lang)} {moment(ledger.asked.when, lang)}"
    table = Table(title=Text(heading), box=None, padding=(0, 2, 0, 0), header_style="underline")
    table.add_column(word("target", lang), overflow="fold")
    for name in ("stated", "net", "done", "proven", "share"):
        table.add_column(word(name, lang), justify="right", no_wrap=True)
    table.add_column(word("verdict", lang), no_wrap=True)
    differ = len(ledger.dates) > 1
    if differ:
        table.add_column(word("as_of", lang), no_wrap=True)
    for row in ledger.rows:
        table.add_row(*_cells(row, lang), *([f"{row.as_of or '-'}"] if differ else []))
    console = Console(highlight=False)
    console.print(table)
    for verdict, style in STYLES.items():
        if any(row.verdict == verdict for row in ledger.rows):
            console.print(
                Text(f"  {word(verdict, lang)}", style),
                Text(f": {word(f'{verdict}?', lang)}"),
                sep="",
            )
    console.print(Text(f"  {word('method', lang)}", "dim"))
    if ledger.has_sample:
        console.print(Text(f"  {word('sample', lang)}", "bold"))


def _cells(row: Row, lang: Lang) -> list[Text]:
    target = row.target
    amounts = [number(value, target.unit) for value in (row.net, row.done, row.proven)]
    texts = (printable(titled(target, lang)), stated(target, lang), *amounts, percent(row.share))
    return [
        *(Text(text) for text in texts),
        Text(word(row.verdict, lang), STYLES[row.verdict]),
    ]
