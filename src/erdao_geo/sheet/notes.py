"""What a sheet says in words beside the map: what has no place, and what the figures rest on."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from erdao_geo.definitions import EVIDENCES
from erdao_geo.sheet.content import Scope, Subject
from erdao_geo.sheet.ground import Ground, said_angle
from erdao_geo.sheet.letters import plain
from erdao_geo.words import word

_NAMED = 500
"""Unlocated features of a layer that are looked at, to be named as far as there is room."""


def unlocated_lines(subject: Subject, scope: Scope) -> Iterator[str]:
    """Name the features of a page that have no place, a paragraph for each layer."""
    colon, comma = ("：", "、") if subject.lang == "zh" else (": ", ", ")
    for stem, layer in subject.works.items():
        is_out = subject.features[stem].geometry.isna().to_numpy() & scope.chosen[stem]
        if is_out.any():
            title = subject.titled(layer.title, layer.title_en)
            names = subject.named(stem)
            some = dict.fromkeys(names[at] for at in np.flatnonzero(is_out)[:_NAMED])
            yield f"{title} ({int(is_out.sum())}){colon}{comma.join(some)}"


def note_lines(subject: Subject, scope: Scope, ground: Ground, by: str) -> Iterator[str]:
    """Say on what evidence, from which sources and by which method a page speaks."""
    lang, plan = subject.lang, subject.ledger.plan
    colon, comma = ("：", "；") if lang == "zh" else (": ", "; ")

    def said(code: str, parts: Iterable[str]) -> str:
        return f"{word(code, lang)}{colon}{comma.join(parts)}"

    if scope.is_part:
        yield word("sheet_dimmed", lang)
        if scope.splits:
            yield word("sheet_splits", lang).format(field=by)
    counts = _evidence_counts(subject, scope)
    if counts:
        yield said("sheet_evidence", (f"{word(e, lang)} {n:,}" for e, n in counts.items()))
    if plan.boundary in subject.sheet.layers:
        evidences = dict.fromkeys(subject.features[plan.boundary]["evidence"])
        note = plain(subject.layers[plan.boundary].source.note) if lang == "zh" else ""
        said_of_it = [*(word(evidence, lang) for evidence in evidences), *([note] if note else [])]
        yield said("sheet_boundary", said_of_it)
    sources = dict.fromkeys(
        [subject.titled(plan.report, plan.report_en)]
        + [plain(subject.layers[stem].source.by) for stem in subject.sheet.layers]
    )
    yield said("sheet_source", sources)
    meridian = said_angle(round(ground.lon * 60) * 60, "EW")
    yield word("sheet_projection", lang).format(meridian=meridian)
    yield word("method", lang)


def _evidence_counts(subject: Subject, scope: Scope) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for stem in subject.works:
        counts.update(subject.features[stem]["evidence"].to_numpy()[scope.chosen[stem]].tolist())
    return {evidence: counts[evidence] for evidence in EVIDENCES if counts[evidence]}


def dates_of(subject: Subject) -> list[dt.date]:
    """Give the dates of the works, and of the ledger's rows."""
    shown = [subject.dates[stem] for stem in subject.works]
    return [*shown, *subject.ledger.dates]


def has_samples(subject: Subject) -> bool:
    """Tell whether something on the sheet is invented."""
    return subject.ledger.has_sample or any(
        (subject.features[stem]["evidence"] == "illustrative").any()
        for stem in subject.sheet.layers
    )
