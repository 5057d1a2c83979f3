"""What a page shows, as plain values: the ledger, the layers, the features, the words.

Every figure is computed and printed here, from the full geometry; the browser only lays it out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import orjson
import shapely

from erdao_geo import measure
from erdao_geo.check import Ledger, Row
from erdao_geo.definitions import EVIDENCES, STATUSES, Lang, Layer, MapSheet
from erdao_geo.features import values
from erdao_geo.page.base import Tiles, displayed
from erdao_geo.storage.geojson import rounded
from erdao_geo.units import UNITS, from_si
from erdao_geo.words import WORDS, number, percent, period, quantity, stated

SIZE_UNITS = {"LineString": "km", "Polygon": "mu"}
"""The unit that a popup measures a feature in, by its layer's geometry."""

LANGS: tuple[Lang, ...] = ("zh", "en")

JAVASCRIPT_EXACT = 2**53 - 1
"""The largest whole number that a browser's JSON.parse keeps."""


def page_payload(
    sheet: MapSheet,
    ledger: Ledger,
    layers: Mapping[str, Layer],
    features: Mapping[str, gpd.GeoDataFrame],
    dates: Mapping[str, dt.date],
    *,
    base: Tiles | None = None,
) -> dict[str, Any]:
    """Gather what a map's page shows, in both languages.

    Parameters
    ----------
    sheet
        The map.
    ledger
        Every target's row; the page shows those the map asks for, or those of its layers.
    layers, features, dates
        By stem, at least for the map's layers and the shown targets' layers; features in EPSG:4326.
    base
        The tiles beneath, if any.

    Returns
    -------
    dict
        Values that JSON can hold.
    """
    rows = [row for row in ledger.rows if _is_shown(row, sheet)]
    works = [dates[stem] for stem in sheet.layers if layers[stem].has_status]
    shown = [*works, *(row.as_of for row in rows if row.as_of is not None)]
    return {
        "title": both(sheet.title, sheet.title_en),
        "report": both(ledger.plan.report, ledger.plan.report_en),
        "asOf": {lang: period(shown, lang) for lang in LANGS},
        "words": WORDS,
        "statuses": STATUSES,
        "evidences": EVIDENCES,
        "base": base.payload() if base else None,
        "layers": [
            _layer(layers[stem], features[stem], dates[stem], base=base) for stem in sheet.layers
        ],
        "targets": [_target(row) for row in rows],
    }


def both(title: str, title_en: str) -> dict[Lang, str]:
    """Give a title in both languages; without an English one, the Chinese stands for it."""
    return {"zh": title, "en": title_en or title}


def _is_shown(row: Row, sheet: MapSheet) -> bool:
    if sheet.targets is not None:
        return row.target.id in sheet.targets
    return row.target.layer in sheet.layers


def _target(row: Row) -> dict[str, Any]:
    target = row.target

    def said(value: Any) -> dict[Lang, str]:
        return {lang: quantity(value, target.unit, lang) for lang in LANGS}

    return {
        "id": target.id,
        "title": both(target.title, target.title_en),
        "clause": target.clause,
        "note": both(target.note, target.note_en),
        "layer": target.layer,
        "stated": {lang: stated(target, lang) for lang in LANGS},
        "net": said(row.net),
        "done": said(row.done),
        "proven": said(row.proven),
        "overlap": said(row.overlap) if row.overlap else None,
        "share": percent(row.share),
        "doneBar": min(1.0, float(row.share)),
        "provenBar": min(1.0, float(row.proven / row.stated)),
        "byStatus": {name: said(value) for name, value in row.by_status.items()},
        "byEvidence": {name: said(value) for name, value in row.by_evidence.items()},
        "features": list(row.features),
        "unlocated": len(row.unlocated),
        "verdict": row.verdict,
        "asOf": row.as_of.isoformat() if row.as_of else None,
    }


def _layer(
    layer: Layer, features: gpd.GeoDataFrame, date: dt.date, *, base: Tiles | None
) -> dict[str, Any]:
    names = [name for name in layer.fields if name in features.columns]
    columns = [values(features, name) for name in names]
    unit = SIZE_UNITS.get(layer.geometry)
    sizes = _sizes(layer, features)
    geometries = shapely.to_geojson(rounded(displayed(features.geometry, base)))
    return {
        "stem": layer.stem,
        "title": both(layer.title, layer.title_en),
        "geometry": layer.geometry,
        "style": layer.style.model_dump(),
        "hasStatus": layer.has_status,
        "date": date.isoformat(),
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
        "features": [
            {
                "values": [_exact(value) for value in row],
                "size": size,
                "geometry": orjson.loads(geometry) if geometry else None,
            }
            for row, size, geometry in zip(
                zip(*columns, strict=True), sizes, geometries, strict=True
            )
        ],
    }


def _exact(value: Any) -> Any:
    """Write a whole number that JavaScript would round as text."""
    is_long = isinstance(value, int) and abs(value) > JAVASCRIPT_EXACT
    return str(value) if is_long else value


def _sizes(layer: Layer, features: gpd.GeoDataFrame) -> list[str | None]:
    """Print each feature's length or area, without its unit."""
    unit = SIZE_UNITS.get(layer.geometry)
    if unit is None:
        return [None] * len(features)
    sizes = measure.length(features) if unit == "km" else measure.area(features)
    located = features.geometry.notna().tolist()
    return [
        number(from_si(size, unit), unit) if there else None
        for size, there in zip(sizes.tolist(), located, strict=True)
    ]
