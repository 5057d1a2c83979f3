"""What a sheet says: of the whole map, or of the features that share one value of a field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from erdao_geo.check import Figures, Ledger, Row, figures_of
from erdao_geo.definitions import Lang, Layer, MapSheet
from erdao_geo.errors import SheetError
from erdao_geo.features import values
from erdao_geo.sheet.letters import plain
from erdao_geo.words import number, percent, stated, titled, word

MOST_PAGES = 300
"""Of an atlas."""

Chosen = Mapping[str, npt.NDArray[np.bool_]]
"""By stem: which features of a layer a page is about."""


@dataclass(frozen=True)
class Subject:
    """What is to be printed: a map, the rows of its targets, its layers and their features."""

    sheet: MapSheet
    ledger: Ledger
    layers: Mapping[str, Layer]
    features: Mapping[str, gpd.GeoDataFrame]
    dates: Mapping[str, dt.date]
    lang: Lang

    @property
    def works(self) -> dict[str, Layer]:
        """The map's layers whose features have a status, by stem."""
        return {
            stem: self.layers[stem] for stem in self.sheet.layers if self.layers[stem].has_status
        }

    def titled(self, title: str, title_en: str) -> str:
        """Give a title in the sheet's language."""
        return plain(title if self.lang == "zh" else title_en or title)

    def named(self, stem: str) -> list[str]:
        """Name each feature of a layer."""
        layer, features = self.layers[stem], self.features[stem]
        keys = features[layer.key].astype(str).tolist()
        names = values(features, "name") if "name" in layer.fields else keys
        return [
            plain(key if name is None else str(name)) for name, key in zip(names, keys, strict=True)
        ]


@dataclass(frozen=True)
class Entry:
    """A row of the printed ledger, every figure as text."""

    title: str
    stated: str
    net: str
    done: str
    proven: str
    share: str
    verdict: str
    done_bar: float
    """0 to 1."""
    proven_bar: float


@dataclass(frozen=True)
class Scope:
    """What one page is about."""

    value: str
    """What the page's features share; empty on the page of the whole map."""
    entries: tuple[Entry, ...]
    chosen: Chosen
    is_part: bool = False
    splits: bool = False
    """Whether a figure counts a thing here that counts on another page, too."""


def scopes_of(subject: Subject, by: str | None) -> list[Scope]:
    """Give what each page is about: the whole map, then each value of the field `by`.

    Raises
    ------
    SheetError
        If no layer of works has the field, or it has too many values.
    """
    everything = {stem: np.ones(len(f), bool) for stem, f in subject.features.items()}
    whole = Scope("", tuple(_entry(row, subject.lang) for row in subject.ledger.rows), everything)
    return [whole] if by is None else [whole, *_parts(subject, by)]


def _entry(row: Row, lang: Lang) -> Entry:
    target = row.target
    net, done, proven = (number(value, target.unit) for value in (row.net, row.done, row.proven))
    return Entry(
        title=plain(titled(target, lang)),
        stated=stated(target, lang),
        net=net,
        done=done,
        proven=proven,
        share=percent(row.share),
        verdict=word(row.verdict, lang),
        done_bar=min(1.0, float(row.share)),
        proven_bar=min(1.0, float(row.proven / row.stated)),
    )


def _parts(subject: Subject, by: str) -> list[Scope]:
    """Give a scope for each value of a field, and one for the features without a value."""
    fields = {stem: layer.fields[by] for stem, layer in subject.works.items() if by in layer.fields}
    if not fields:
        known = dict.fromkeys(name for layer in subject.works.values() for name in layer.fields)
        raise SheetError(
            f"no layer of the map has a field {by!r}; the fields: {', '.join(known) or 'none'}"
        )
    columns = {stem: values(subject.features[stem], by) for stem in subject.works}
    found = {value for column in columns.values() for value in column}
    named = sorted((value for value in found if value is not None), key=str)
    if len(named) > MOST_PAGES:
        raise SheetError(
            f"{by} has {len(named)} values, a page each; an atlas has {MOST_PAGES} at most: "
            "name another field"
        )
    scopes = []
    for value in [*named, *([None] if None in found else [])]:
        chosen = {
            stem: np.array([item == value for item in column], bool)
            for stem, column in columns.items()
        }
        label = next(iter(fields.values()))
        labels = label.labels if subject.lang == "zh" else {**label.labels, **label.labels_en}
        shown = (
            word("no_value", subject.lang) if value is None else labels.get(str(value), str(value))
        )
        scopes.append(_part(subject, plain(shown), chosen))
    return scopes


def _part(subject: Subject, value: str, chosen: Chosen) -> Scope:
    """Give the rows of some features alone: what their parts add to the totals."""
    entries, splits = [], False
    for row in subject.ledger.rows:
        layer = subject.layers[row.target.layer]
        column = subject.features[layer.stem][layer.key].astype(str)
        keys = set(column[chosen.get(layer.stem, np.zeros(len(column), bool))])
        parts = [part for part in row.parts if part.counted and not keys.isdisjoint(part.features)]
        if parts:
            entries.append(_part_entry(row, subject.lang, figures_of(parts, row.target.unit)))
            splits |= any(not keys.issuperset(part.features) for part in parts)
    return Scope(value, tuple(entries), chosen, is_part=True, splits=splits)


def _part_entry(row: Row, lang: Lang, figures: Figures) -> Entry:
    net, done, proven = figures.net, figures.done, figures.proven
    whole, share = _entry(row, lang), done / net if net else Fraction(0)
    net_said, done_said, proven_said = (
        number(value, row.target.unit) for value in (net, done, proven)
    )
    return Entry(
        title=whole.title,
        stated=whole.stated,
        net=net_said,
        done=done_said,
        proven=proven_said,
        share=percent(share) if net else "-",
        verdict="",
        done_bar=min(1.0, float(share)),
        proven_bar=min(1.0, float(proven / net)) if net else 0.0,
    )
