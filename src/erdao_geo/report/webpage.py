"""A report as one page to print: no script, nothing from outside, every text escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from html import escape

from erdao_geo.report.figures import figures
from erdao_geo.report.tables import SHORT, Cell, Code, Column, Report, Share, Table, cell_text
from erdao_geo.report.values import LONGEST_LIST
from erdao_geo.words import word

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

STYLE = """
@page { size: A4 landscape; margin: 12mm; }
body { margin: 0 auto; max-width: 84rem; padding: 1.2rem; color: #1d2733;
  font: 14px/1.45 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .3rem; break-after: avoid; }
p { margin: .2rem 0 .6rem; color: #4a5765; }
.banner { padding: .3rem .8rem; background: #fff3d6; color: #5c3b00; border: 1px solid #e5c98a; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid #d9dfe6; text-align: left;
  vertical-align: top; }
th { background: #eef1f5; font-weight: 600; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td svg { margin-right: .5rem; }
.months { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr));
  gap: .6rem 1.4rem; margin: .6rem 0 1rem; }
figure { margin: 0; break-inside: avoid; }
figcaption { font-weight: 600; }
figure svg { display: block; width: 100%; }
.w { white-space: nowrap; }
.verdict { font-weight: 600; }
.behind { color: #8a2f1f; font-weight: 600; }
.met { color: #0b6b3a; } .shown { color: #14588f; } .short { color: #8a5200; }
.not_started { color: #4a5765; } .unmapped { color: #8a2f6d; }
@media print { body { padding: 0; max-width: none; font-size: 7.5pt; }
  .months { grid-template-columns: repeat(4, 1fr); }
  th, td { padding: .12rem .35rem; } h1 { font-size: 14pt; } h2 { font-size: 11pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""


def to_html(report: Report) -> bytes:
    """Give the page."""
    return "".join(_page(report)).encode()


def _page(report: Report) -> Iterator[str]:
    title = escape(report.title)
    yield (
        f'<!DOCTYPE html>\n<html lang="{report.lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n<p>{escape(report.subtitle)}</p>\n"
    )
    if report.banner:
        yield f'<p class="banner" role="note">{escape(report.banner)}</p>\n'
    for table in report.tables:
        yield from _section(table, report)
    yield "</body>\n</html>\n"


def _section(table: Table, report: Report) -> Iterator[str]:
    yield f"<section>\n<h2>{escape(table.title)}</h2>\n"
    if table.note:
        yield f"<p>{escape(table.note)}</p>\n"
    if table.id == "months" and not table.is_layer:
        yield from figures(report)
    if len(table):
        yield from _table(table, report)
    else:
        yield f"<p>{word('nothing', report.lang)}</p>\n"
    yield "</section>\n"


def _table(table: Table, report: Report) -> Iterator[str]:
    yield "<table>\n<thead><tr>"
    for column in table.columns:
        yield f"<th{_class(column)}>{escape(column.title)}</th>"
    yield "</tr></thead>\n<tbody>\n"
    for row, _ in zip(table.rows(), range(LONGEST_LIST), strict=False):
        cells = zip(table.columns, row, strict=True)
        yield "<tr>" + "".join(_cell(column, cell, report) for column, cell in cells) + "</tr>\n"
    yield "</tbody>\n</table>\n"
    if len(table) > LONGEST_LIST:
        yield f"<p>{word('more_rows', report.lang).format(len(table) - LONGEST_LIST)}</p>\n"


def _class(column: Column) -> str:
    return ' class="n"' if column.is_number else ""


def _cell(column: Column, cell: Cell, report: Report) -> str:
    text = escape(cell_text(cell, report.lang))
    if column.id == "verdict" and isinstance(cell, Code):
        return f'<td class="w verdict {cell.code}">{text}</td>'
    if isinstance(cell, dt.date) or column.id in SHORT:
        late = " behind" if column.id == "behind" and cell == Code(True, text) else ""
        return f'<td class="w{late}">{text}</td>'
    bar = _bar(cell) if isinstance(cell, Share) and not cell.is_difference else ""
    return f"<td{_class(column)}>{bar}{text}</td>"


def _bar(share: Share) -> str:
    """Draw how much is done, up to all of it."""
    width = round(50 * min(1.0, max(0.0, float(share.value))), 1)
    return (
        '<svg width="50" height="7" aria-hidden="true"><rect width="50" height="7" fill="#e3e7ec"/>'
        f'<rect width="{width}" height="7" fill="#14588f"/></svg>'
    )
