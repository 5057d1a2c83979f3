"""Check targets against features."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import geopandas as gpd

from erdao_geo.check.late import overdue_of
from erdao_geo.check.parts import gaps_of, ground_of, matches, parts_of, preferred_first
from erdao_geo.check.row import Figures, Ledger, Part, Row, Verdict, figures_of
from erdao_geo.definitions import EVIDENCES, PROVEN, STATUSES, Layer, Plan, Target
from erdao_geo.overlap import net_sizes
from erdao_geo.units import total


def check_targets(
    plan: Plan,
    targets: Iterable[Target],
    layers: Mapping[str, Layer],
    features: Mapping[str, gpd.GeoDataFrame],
    *,
    dates: Mapping[str, dt.date],
) -> Ledger:
    """Check targets against the features of their layers.

    Parameters
    ----------
    plan
        The plan the targets are of.
    targets
        The targets to answer, in the order wanted.
    layers, features, dates
        By stem: each target's layer, its features in EPSG:4326, valid, and their date.

    Returns
    -------
    Ledger
        A row for each target, in order.
    """
    rows = tuple(
        check_target(
            target,
            layers[target.layer],
            features[target.layer],
            as_of=dates.get(target.layer),
        )
        for target in targets
    )
    return Ledger(plan, rows)


def check_target(
    target: Target,
    layer: Layer,
    features: gpd.GeoDataFrame,
    *,
    as_of: dt.date | None = None,
) -> Row:
    """Check one target.

    Parameters
    ----------
    target
        The promise.
    layer
        The layer that it is checked by.
    features
        The layer's features, in EPSG:4326, valid, in any order.
    as_of
        The date of the features.

    Returns
    -------
    Row
        With no matching feature, zeros and the verdict `unmapped`. Null geometries count in a
        count and measure nothing. With `count_by`, the features of one value are one thing: done
        when all of them are, its status and evidence those of the least of them.
    """
    chosen = preferred_first(features[matches(features, target.where)], layer, target)
    ground = ground_of(chosen, layer)
    net = net_sizes(chosen, layer.key, ground, layer.overlap)
    parts = parts_of(chosen, layer, target, ground, net)
    counted = [part for part in parts if part.counted]
    done = [part for part in counted if part.done]
    located = chosen.geometry.notna()
    done_keys = _keys(chosen[matches(chosen, target.done)], layer)
    figures = figures_of(parts, target.unit)
    return Row(
        target=target,
        as_of=as_of,
        gross=total((part.gross for part in parts), target.unit),
        net=figures.net,
        done=figures.done,
        proven=figures.proven,
        by_status=_split(counted, "status", STATUSES, target),
        by_evidence=_split(counted, "evidence", EVIDENCES, target),
        done_by_evidence=_split(done, "evidence", EVIDENCES, target),
        reported=figures.reported,
        parts=tuple(parts),
        features=_keys(chosen, layer),
        done_features=done_keys,
        unlocated=_keys(chosen[~located], layer),
        overlaps=net.overlaps,
        gaps=gaps_of(chosen, layer, ground, target),
        overdue=overdue_of(chosen, layer, net.again.union(done_keys), as_of=as_of),
        verdict=_verdict(target, parts, figures),
    )


def _split(
    parts: Sequence[Part], name: str, order: Sequence[str], target: Target
) -> dict[str, Fraction]:
    present = {getattr(part, name) for part in parts}
    return {
        value: total((part.net for part in parts if getattr(part, name) == value), target.unit)
        for value in order
        if value in present
    }


def _keys(features: gpd.GeoDataFrame, layer: Layer) -> tuple[str, ...]:
    return tuple(sorted(features[layer.key].astype(str)))


def _verdict(target: Target, parts: list[Part], figures: Figures) -> Verdict:
    if not any(part.located for part in parts):
        return "unmapped"
    if not any(part.begun for part in parts):
        return "not_started"
    if not _holds(target, figures.done):
        return "short"
    # Where more may be too much, what is only claimed counts against the bound as well, even what
    # has no geometry and so measures nothing.
    claimed = any(p.counted and p.done and p.evidence not in PROVEN for p in parts)
    by_proof = _holds(target, figures.proven) and (target.bound == "at_least" or not claimed)
    return "met" if by_proof else "shown"


def _holds(target: Target, value: Fraction) -> bool:
    stated = Fraction(target.value)
    if target.bound == "at_least":
        return value >= stated
    if target.bound == "at_most":
        return value <= stated
    exponent = target.value.as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return round(value, decimals) == stated
