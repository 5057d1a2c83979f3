"""How the figures were got, and of what: what a reader needs before he signs."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from importlib.metadata import version
from typing import get_args

from erdao_geo.check import Ledger, Verdict
from erdao_geo.definitions import EVIDENCES, Lang
from erdao_geo.report.layers import LayerData
from erdao_geo.report.ledger import columns_of, target_cell
from erdao_geo.report.tables import Cell, Code, Quantity, Table
from erdao_geo.words import moment, word


def notes_table(ledger: Ledger, layers: Mapping[str, LayerData], lang: Lang) -> Table:
    """Say how each target is counted, in the plan's words."""
    targets = [row.target for row in ledger.rows]
    cells: dict[str, list[Cell]] = {
        "target": [target_cell(row, lang) for row in ledger.rows],
        "layer": [layers[target.layer].cell(lang) for target in targets],
        "section": [target.section for target in targets],
        "note": [(t.note_en or t.note) if lang == "en" else t.note for t in targets],
    }
    return Table("notes", word("notes", lang), columns_of(cells, lang))


def sources_table(layers: Mapping[str, LayerData], lang: Lang) -> Table:
    """Say where each layer comes from, how old it is, and by which rules its ground counts once."""
    datas = list(layers.values())
    rules = [data.layer.overlap for data in datas]
    cells: dict[str, list[Cell]] = {
        "layer": [data.cell(lang) for data in datas],
        "features": [Quantity(Fraction(len(data.features)), "count") for data in datas],
        "as_of": [data.date for data in datas],
        "revision": [_revision(data, lang) for data in datas],
        "source_by": [data.layer.source.by for data in datas],
        "crs": [data.layer.source.crs for data in datas],
        "tolerance": [Quantity(Fraction(rule.tolerance), "m", 1) for rule in rules],
        "carriageways": [Code(rule.carriageways, word(rule.carriageways, lang)) for rule in rules],
        "note": [data.layer.source.note for data in datas],
    }
    return Table("sources", word("sources", lang), columns_of(cells, lang))


def _revision(data: LayerData, lang: Lang) -> Cell:
    if data.revision is None:
        return Code(None, word("no_revision", lang))
    number, time = data.revision.number, data.revision.time
    return Code(number, f"{number} ({time:%Y-%m-%d %H:%M})")


def method_table(ledger: Ledger, lang: Lang, *, split: str | None) -> Table:
    """Say what the figures and the words mean; `split` is the title of the ledger by value."""
    said = [*_asked(ledger, lang), *_rules(ledger, lang)]
    if split is not None:
        said.append((split, word("by?", lang)))
    for code in EVIDENCES:
        said.append((f"{word('evidence', lang)}: {word(code, lang)}", word(f"{code}?", lang)))
    for verdict in get_args(Verdict):
        said.append((f"{word('verdict', lang)}: {word(verdict, lang)}", word(f"{verdict}?", lang)))
    said.append((word("tool", lang), f"erdao-geo {version('erdao-geo')}"))
    cells: dict[str, list[Cell]] = {
        "item": [item for item, _ in said],
        "says": [text for _, text in said],
    }
    return Table("method", word("method_title", lang), columns_of(cells, lang))


def _asked(ledger: Ledger, lang: Lang) -> list[tuple[str, str]]:
    """Say of a ledger of the past when that is, and what of it is not certain."""
    asked = ledger.asked
    if asked is None:
        return []
    last = word("last_revision", lang).format(asked.revision, asked.time)
    lines = [f"{moment(asked.when, lang)} ({last})", *asked.notes]
    return [(word("asked", lang), "\n".join(lines))]


def _rules(ledger: Ledger, lang: Lang) -> list[tuple[str, str]]:
    names = ("measuring", "net", "proven", "reported", "gap", "line")
    rules = [(word(name, lang), word(f"{name}?", lang)) for name in names]
    return [(word("caution", lang), word("sample", lang)), *rules] if ledger.has_sample else rules
