"""A report as Markdown: tables that render as such, whatever stands in a cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from erdao_geo.report.tables import Report, Table, cell_text
from erdao_geo.report.values import LONGEST_LIST
from erdao_geo.words import word

_SPECIAL = re.compile(r"([\\`*_\[\]<>&|~$])")
"""What would mark a text up, or end its cell."""
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def to_markdown(report: Report) -> bytes:
    """Give every section as a table."""
    lines = [f"# {escaped(report.title)}", "", escaped(report.subtitle), ""]
    if report.banner:
        lines += [f"> **{escaped(report.banner)}**", ""]
    for table in report.tables:
        lines += [f"## {escaped(table.title)}", "", *_section(table, report), ""]
    return "\n".join(lines).encode()


def escaped(text: str) -> str:
    r"""Write a text so that Markdown shows it as it is, on one line.

    Examples
    --------
    >>> print(escaped("a|b\n<i>_c_"))
    a\|b \<i\>\_c\_
    """
    return _SPECIAL.sub(r"\\\1", _BREAKS.sub(" ", text))


def _section(table: Table, report: Report) -> Iterator[str]:
    if table.note:
        yield from (escaped(table.note), "")
    if not len(table):
        yield word("nothing", report.lang)
        return
    yield _line(escaped(column.title) for column in table.columns)
    yield _line("---:" if column.is_number else "---" for column in table.columns)
    for number, row in enumerate(table.rows()):
        if number == LONGEST_LIST:
            yield from ("", word("more_rows", report.lang).format(len(table) - LONGEST_LIST))
            return
        yield _line(escaped(cell_text(cell, report.lang)) for cell in row)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
