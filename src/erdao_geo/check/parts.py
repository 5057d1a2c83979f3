"""What a target counts or measures: the features it speaks of, as parts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import pandas as pd

from erdao_geo import measure
from erdao_geo.check.row import Gap, Part
from erdao_geo.definitions import DECLARED, EVIDENCES, STATUSES, Condition, Layer, Target
from erdao_geo.features import values
from erdao_geo.overlap import Net
from erdao_geo.units import SIZE_UNITS, UNITS

GAP = 0.05
"""The part of a declared size by which the measured one may differ before it is listed."""


def matches(features: gpd.GeoDataFrame, condition: Condition) -> pd.Series[bool]:
    """Tell which features have the wanted value, or one of the wanted values, in each field."""
    chosen = pd.Series(True, index=features.index)
    for name, wanted in condition.items():
        allowed = wanted if isinstance(wanted, tuple) else [wanted]
        chosen &= features[name].isin(allowed).astype(bool)
    return chosen


def preferred_first(features: gpd.GeoDataFrame, layer: Layer, target: Target) -> gpd.GeoDataFrame:
    """Sort so that of two duplicates the done, then the better known, then the first key counts."""
    order = pd.DataFrame(
        {
            "done": ~matches(features, target.done),
            "evidence": features["evidence"].map(EVIDENCES.index).astype(int),
            "key": features[layer.key].astype(str),
        }
    ).sort_values(["done", "evidence", "key"])
    return features.loc[order.index]


def ground_of(features: gpd.GeoDataFrame, layer: Layer) -> pd.Series[float]:
    """Give the metres of lines or the square metres of areas; 0 for points, and for nothing."""
    if layer.geometry not in measure.BY_GEOMETRY:
        return pd.Series(0.0, index=features.index)
    return measure.BY_GEOMETRY[layer.geometry](features).fillna(0.0)


def parts_of(
    features: gpd.GeoDataFrame, layer: Layer, target: Target, ground: pd.Series[float], net: Net
) -> list[Part]:
    """Give the features as parts, sorted by name; those of one `count_by` value as one.

    What draws a thing again adds nothing to a count. To a length or area it adds its fringe: what
    it covers beyond the first drawing.
    """
    keys = features[layer.key].astype(str)
    done = matches(features, target.done).tolist()
    is_count = UNITS[target.unit].measure == "count"
    one = pd.Series(1.0, index=features.index)
    is_first = ~keys.isin(net.again)
    each = zip(
        keys.tolist(),
        (one if is_count else ground).tolist(),
        (is_first.astype(float) if is_count else net.sizes).tolist(),
        _declared(features, layer, target),
        features["status"].tolist() if layer.has_status else [None] * len(features),
        features["evidence"].tolist(),
        done,
        features.geometry.notna().tolist(),
        strict=True,
    )
    parts = [
        Part(
            name=key,
            features=(key,),
            gross=gross,
            net=size,
            declared=declared,
            status=status,
            evidence=evidence,
            done=is_done,
            begun=is_done or status not in (None, "planned"),
            located=is_located,
            counted=size > 0 or key not in net.again,
        )
        for key, gross, size, declared, status, evidence, is_done, is_located in each
    ]
    if target.count_by is not None:
        named = zip(parts, values(features, target.count_by), strict=True)
        parts = _grouped([(part, value) for part, value in named])
    return sorted(parts, key=lambda part: part.name)


def _grouped(named: Iterable[tuple[Part, Any]]) -> list[Part]:
    """Take the features of one value as one part; one without a value stands for itself."""
    groups: dict[tuple[bool, Any], list[Part]] = {}
    for part, value in named:
        group = (False, part.name) if value is None else (True, value)
        groups.setdefault(group, []).append(part)
    return [_least(str(name), members) for (_, name), members in groups.items()]


def _least(name: str, members: list[Part]) -> Part:
    """Take some features as one thing, as good as the least of them.

    A duplicate has no say beside the ones that count.
    """
    features = tuple(sorted(part.name for part in members))
    counted = any(part.counted for part in members)
    members = [part for part in members if part.counted] if counted else members
    statuses = [part.status for part in members if part.status is not None]
    return Part(
        name=name,
        features=features,
        gross=1.0,
        net=1.0 if counted else 0.0,
        declared=None,
        status=min(statuses, key=STATUSES.index) if statuses else None,
        evidence=max((part.evidence for part in members), key=EVIDENCES.index),
        done=all(part.done for part in members),
        begun=any(part.begun for part in members),
        located=any(part.located for part in members),
        counted=counted,
    )


def gaps_of(
    features: gpd.GeoDataFrame, layer: Layer, ground: pd.Series[float], target: Target
) -> tuple[Gap, ...]:
    """List the located features whose declared size is far from the measured one."""
    located = features.geometry.notna().tolist()
    keys = features[layer.key].astype(str).tolist()
    each = zip(keys, _declared(features, layer, target), ground.tolist(), located, strict=True)
    found = [
        Gap(key, declared, measured)
        for key, declared, measured, is_located in each
        if is_located and declared is not None and abs(measured - declared) > GAP * abs(declared)
    ]
    return tuple(sorted(found, key=lambda gap: (-abs(gap.share), gap.key)))


def _declared(features: gpd.GeoDataFrame, layer: Layer, target: Target) -> list[float | None]:
    """Give what offices report of each feature, in metres or square metres, where they do."""
    if UNITS[target.unit].measure == "count":
        return [None] * len(features)
    name, si = DECLARED[layer.geometry], float(UNITS[SIZE_UNITS[layer.geometry]].si)
    return [None if value is None else float(value) * si for value in values(features, name)]
