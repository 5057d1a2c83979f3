"""What a page shows, as plain values: the ledger, the layers, the features, the words.

Every figure is computed and printed here, from the full geometry; the browser only lays it out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from erdao_geo import measure
from erdao_geo.check import Ledger, Row
from erdao_geo.definitions import EVIDENCES, STATUSES, Layer, MapSheet
from erdao_geo.features import values
from erdao_geo.history import Revision
from erdao_geo.page.base import Tiles, displayed
from erdao_geo.page.compact import Compact, encode
from erdao_geo.page.course import schedule_payload
from erdao_geo.page.overlaps import overlaps_payload
from erdao_geo.page.pinyin import readings
from erdao_geo.page.targets import LANGS, both, target_payload
from erdao_geo.schedule import earlier_rows, is_small, months_of, plan_months, points_of
from erdao_geo.units import SIZE_UNITS, UNITS
from erdao_geo.words import WORDS, period

FACETS = ("street_office", "contractor")
"""The fields that features are filtered by, where a layer has them, besides status and evidence."""


@dataclass(frozen=True)
class Origin:
    """How old a layer's features are, and the revision they stand at; None without a history."""

    date: dt.date
    revision: Revision | None = None


def page_payload(
    sheet: MapSheet,
    ledger: Ledger,
    layers: Mapping[str, Layer],
    features: Mapping[str, gpd.GeoDataFrame],
    origins: Mapping[str, Origin],
    *,
    base: Tiles | None = None,
) -> tuple[dict[str, Any], list[Compact]]:
    """Gather what a map's page shows, in both languages.

    Parameters
    ----------
    sheet
        The map.
    ledger
        Every target's row; the page shows those the map asks for, or those of its layers.
    layers, features, origins
        By stem, at least for the map's layers and the shown targets' layers; features in EPSG:4326.
    base
        The tiles beneath, if any.

    Returns
    -------
    dict, list of Compact
        Values that JSON can hold, and the map's layers with their features.
    """
    dates = {stem: origin.date for stem, origin in origins.items()}
    rows = [row for row in ledger.rows if sheet.speaks_of(row.target)]
    works = {stem: layers[stem] for stem in sheet.layers if layers[stem].has_status}
    shown = [
        *(dates[stem] for stem in works),
        *(row.as_of for row in rows if row.as_of is not None),
    ]
    months = months_of(works, features, dates)
    fields = {name: field for layer in works.values() for name, field in layer.fields.items()}
    coded = [
        _layer(layers[stem], features[stem], origins[stem], base=base) for stem in sheet.layers
    ]
    overlaps, overlaps_by_target = overlaps_payload(rows, layers)
    payload = {
        "title": both(sheet.title, sheet.title_en),
        "report": both(ledger.plan.report, ledger.plan.report_en),
        "asOf": {lang: period(shown, lang) for lang in LANGS},
        "words": WORDS,
        "statuses": STATUSES,
        "evidences": EVIDENCES,
        "facets": [name for name in FACETS if name in fields],
        "dateFields": [name for name, field in fields.items() if field.type == "date"],
        "fieldTitles": {name: both(field.title, field.title_en) for name, field in fields.items()},
        "months": months,
        "readings": readings(_names(sheet, layers, features)),
        "boundary": ledger.plan.boundary,
        "base": base.payload() if base else None,
        "layers": [meta for meta, _ in coded],
        "targets": [
            {
                **_target(row, layers[row.target.layer], features[row.target.layer], months),
                "overlaps": overlaps_by_target[row.target.id],
            }
            for row in rows
        ],
        "overlaps": overlaps,
    }
    return payload, [compact for _, compact in coded]


def _target(
    row: Row, layer: Layer, features: gpd.GeoDataFrame, months: list[str]
) -> dict[str, Any]:
    """Give a target; a month of its plan before the first of `months` has a number below 0."""
    keys = features[layer.key].astype(str).tolist()
    span = sorted({*months, *plan_months(row)})
    first = span.index(months[0]) if months else 0
    earlier = earlier_rows(row, layer, features, span) if is_small(features, span) else []
    return {
        **target_payload(row, [(number - first, then) for number, then in earlier], keys),
        "schedule": schedule_payload(row, points_of(row, earlier, span), keys),
    }


def _names(
    sheet: MapSheet, layers: Mapping[str, Layer], features: Mapping[str, gpd.GeoDataFrame]
) -> set[str]:
    """Give every name that the page's search can find."""
    columns = (
        values(features[stem], _name_field(layers[stem], features[stem])) for stem in sheet.layers
    )
    return {str(name) for column in columns for name in column if name is not None}


def _name_field(layer: Layer, features: gpd.GeoDataFrame) -> str:
    return "name" if "name" in layer.fields and "name" in features else layer.key


def _layer(
    layer: Layer, features: gpd.GeoDataFrame, origin: Origin, *, base: Tiles | None
) -> tuple[dict[str, Any], Compact]:
    names = [name for name in layer.fields if name in features.columns]
    unit = SIZE_UNITS.get(layer.geometry)
    sizes = _sizes(layer, features)
    shown = features.set_geometry(displayed(features.geometry, base))
    compact = encode(shown, names, layer.geometry, sizes)
    meta = {
        "stem": layer.stem,
        "title": both(layer.title, layer.title_en),
        "geometry": layer.geometry,
        "style": layer.style.model_dump(),
        "hasStatus": layer.has_status,
        "date": origin.date.isoformat(),
        "revision": _revision(origin.revision),
        "source": layer.source.by,
        "note": layer.source.note,
        "sizeUnit": both(UNITS[unit].symbol_zh, UNITS[unit].symbol) if unit else None,
        "key": names.index(layer.key),
        "name": names.index("name") if "name" in names else names.index(layer.key),
        "status": names.index("status") if "status" in names else None,
        "evidence": names.index("evidence"),
        "fields": [
            {
                "name": name,
                "title": both(layer.fields[name].title, layer.fields[name].title_en),
                "labels": {
                    code: both(label, layer.fields[name].labels_en.get(code, ""))
                    for code, label in layer.fields[name].labels.items()
                },
            }
            for name in names
        ],
        **compact.meta,
    }
    return meta, compact


def _revision(revision: Revision | None) -> dict[str, Any] | None:
    """Tell a revision's number and day; who made it stays in the workspace."""
    if revision is None:
        return None
    return {"number": revision.number, "time": revision.time.date().isoformat()}


def _sizes(layer: Layer, features: gpd.GeoDataFrame) -> npt.NDArray[np.float64] | None:
    """Measure each feature's length or area in SI, at full resolution; NaN where there is none."""
    if layer.geometry not in measure.BY_GEOMETRY:
        return None
    sizes = measure.BY_GEOMETRY[layer.geometry](features)
    return np.asarray(sizes.where(features.geometry.notna()), np.float64)
