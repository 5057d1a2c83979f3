"""Compose a report from the ledger and the layers it rests on."""

from __future__ import annotations

from collections.abc import Mapping

from erdao_geo.check import Ledger, Row
from erdao_geo.definitions import Lang
from erdao_geo.report.about import method_table, notes_table, sources_table
from erdao_geo.report.by import by_table
from erdao_geo.report.findings import gaps_table, overlaps_table, unlocated_table
from erdao_geo.report.layers import LayerData, layer_table
from erdao_geo.report.ledger import ledger_table, splits_table
from erdao_geo.report.schedule import months_table, overdue_table
from erdao_geo.report.tables import Report, Table
from erdao_geo.schedule import Schedule, schedule_of
from erdao_geo.words import moment, period, titled, word

__all__ = ["LayerData", "compose"]


def compose(
    ledger: Ledger, layers: Mapping[str, LayerData], *, lang: Lang, by: str | None = None
) -> Report:
    """Gather all that a report says.

    Parameters
    ----------
    ledger
        Every target's row.
    layers
        By stem, each layer of the targets.
    lang
        The language of titles and words.
    by
        A field, to split the ledger by its values.

    Returns
    -------
    Report
        What every format writes.

    Raises
    ------
    WorkspaceError
        If no layer has the field `by`.
    """
    plan = ledger.plan
    schedules = tuple(_schedule(row, layers[row.target.layer]) for row in ledger.rows)
    split = [by_table(ledger, layers, by, lang)] if by is not None else []
    tables: list[Table] = [
        ledger_table(ledger, lang),
        *split,
        splits_table(ledger, lang),
        months_table(schedules, layers, lang),
        overdue_table(ledger, lang),
        overlaps_table(ledger, layers, lang),
        gaps_table(ledger, layers, lang),
        unlocated_table(ledger, layers, lang),
        *(layer_table(data, ledger, lang, by=by) for data in layers.values()),
        notes_table(ledger, layers, lang),
        sources_table(layers, lang),
        method_table(ledger, lang, split=split[0].title if split else None),
    ]
    return Report(
        ledger=ledger,
        schedules=schedules,
        lang=lang,
        title=titled(plan, lang),
        subtitle=_subtitle(ledger, lang),
        banner=word("sample", lang) if ledger.has_sample else "",
        tables=tuple(tables),
        main=(split or tables)[0].id,
    )


def _schedule(row: Row, data: LayerData) -> Schedule:
    return schedule_of(row, data.layer, data.features, cut=True)


def _subtitle(ledger: Ledger, lang: Lang) -> str:
    """Give the report cited, the moment that was asked for, and the dates of the data."""
    plan, asked = ledger.plan, ledger.asked
    said = [(plan.report_en or plan.report) if lang == "en" else plan.report]
    if asked:
        said.append(f"{word('asked', lang)} {moment(asked.when, lang)}")
    said.append(f"{word('as_of', lang)} {period(ledger.dates, lang)}")
    return " · ".join(said)
