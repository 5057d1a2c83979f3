"""Check the targets against the features: the ledger, a row for each target.

A total counts ground once (net), and a target is *met* only by features that are surveyed or
digitised. What is reached on weaker evidence is *shown*, not met.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import geopandas as gpd
import pandas as pd

from erdao_geo import measure
from erdao_geo.definitions import EVIDENCES, PROVEN, STATUSES, Condition, Layer, Plan, Target
from erdao_geo.overlap import Overlap, find_overlaps
from erdao_geo.units import UNITS, from_si

Verdict = Literal["met", "shown", "short", "not_started", "unmapped"]


@dataclass(frozen=True)
class Row:
    """One target's answer; quantities are exact, in the target's unit."""

    target: Target
    as_of: dt.date | None
    """The date of the layer's data, where it is known."""
    gross: Fraction
    """The plain sum over all features the target speaks of, whatever their status."""
    net: Fraction
    done: Fraction
    """The part of net that keeps the promise, on any evidence."""
    proven: Fraction
    """The part of done that is surveyed or digitised."""
    by_status: dict[str, Fraction]
    """Net, split by status; sums to net."""
    by_evidence: dict[str, Fraction]
    """Net, split by evidence; sums to net."""
    done_by_evidence: dict[str, Fraction]
    features: tuple[str, ...]
    done_features: tuple[str, ...]
    unlocated: tuple[str, ...]
    overlaps: tuple[Overlap, ...]
    verdict: Verdict

    @property
    def stated(self) -> Fraction:
        """The promise's own figure."""
        return Fraction(self.target.value)

    @property
    def overlap(self) -> Fraction:
        """What the plain sum counts twice."""
        return self.gross - self.net

    @property
    def remaining(self) -> Fraction:
        """What is left to do; negative where more is done than was promised."""
        return self.stated - self.done

    @property
    def share(self) -> Fraction:
        """Done over stated: 1 is all of it."""
        return self.done / self.stated


@dataclass(frozen=True)
class Ledger:
    """The answer of `check`."""

    plan: Plan
    rows: tuple[Row, ...]

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """The dates of the rows, each once, the oldest first."""
        return tuple(sorted({row.as_of for row in self.rows if row.as_of is not None}))

    @property
    def as_of(self) -> dt.date | None:
        """The date that no row is older than."""
        return min(self.dates, default=None)

    @property
    def has_sample(self) -> bool:
        """Whether a figure rests in part on illustrative features."""
        return any("illustrative" in row.by_evidence for row in self.rows)


@dataclass(frozen=True)
class _Item:
    """What is counted or measured as one: a feature, or the features of one `count_by` value."""

    size: float
    status: str | None
    evidence: str
    done: bool
    begun: bool
    located: bool
    counted: bool
    """False for a duplicate of ground that another item already covers."""


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
    chosen = _preferred_first(features[_matches(features, target.where)], layer, target)
    sizes = _sizes(chosen, target)
    overlaps = find_overlaps(chosen, layer.key, sizes)
    items = _items(chosen, layer, target, sizes, {overlap.other for overlap in overlaps})
    counted = [item for item in items if item.counted]
    done = _total((item for item in counted if item.done), target)
    proven = _total((i for i in counted if i.done and i.evidence in PROVEN), target)
    located = chosen.geometry.notna()
    is_done = _matches(chosen, target.done)
    return Row(
        target=target,
        as_of=as_of,
        gross=_total(items, target),
        net=_total(counted, target),
        done=done,
        proven=proven,
        by_status=_split(counted, "status", STATUSES, target),
        by_evidence=_split(counted, "evidence", EVIDENCES, target),
        done_by_evidence=_split([i for i in counted if i.done], "evidence", EVIDENCES, target),
        features=_keys(chosen, layer),
        done_features=_keys(chosen[is_done], layer),
        unlocated=_keys(chosen[~located], layer),
        overlaps=tuple(overlaps),
        verdict=_verdict(target, items, done, proven),
    )


def _matches(features: gpd.GeoDataFrame, condition: Condition) -> pd.Series[bool]:
    """Tell which features have the wanted value, or one of the wanted values, in each field."""
    chosen = pd.Series(True, index=features.index)
    for name, wanted in condition.items():
        values = list(wanted) if isinstance(wanted, tuple) else [wanted]
        chosen &= features[name].isin(values).astype(bool)
    return chosen


def _preferred_first(features: gpd.GeoDataFrame, layer: Layer, target: Target) -> gpd.GeoDataFrame:
    """Sort so that of two duplicates the done, then the better known, then the first key counts."""
    order = pd.DataFrame(
        {
            "done": ~_matches(features, target.done),
            "evidence": features["evidence"].map(EVIDENCES.index).astype(int),
            "key": features[layer.key].astype(str),
        }
    ).sort_values(["done", "evidence", "key"])
    return features.loc[order.index]


def _sizes(features: gpd.GeoDataFrame, target: Target) -> pd.Series[float]:
    """Give metres or square metres (0 where there is no geometry), or 1 each."""
    kind = UNITS[target.unit].measure
    if kind == "count":
        return pd.Series(1.0, index=features.index)
    size = measure.length(features) if kind == "length" else measure.area(features)
    return size.fillna(0.0)


def _items(
    features: gpd.GeoDataFrame,
    layer: Layer,
    target: Target,
    sizes: pd.Series[float],
    duplicates: set[str],
) -> list[_Item]:
    done = _matches(features, target.done)
    keys = features[layer.key].astype(str)
    items = pd.Series(
        [
            _Item(
                size=size,
                status=status,
                evidence=evidence,
                done=is_done,
                begun=is_done or status not in (None, "planned"),
                located=is_located,
                counted=key not in duplicates,
            )
            for size, status, evidence, is_done, is_located, key in zip(
                sizes.tolist(),
                features["status"].tolist() if layer.has_status else [None] * len(features),
                features["evidence"].tolist(),
                done.tolist(),
                features.geometry.notna().tolist(),
                keys.tolist(),
                strict=True,
            )
        ],
        index=features.index,
        dtype=object,
    )
    if target.count_by is None:
        return items.tolist()
    groups = (
        features[target.count_by]
        .astype(object)
        .where(features[target.count_by].notna(), keys.radd("#"))
    )
    return [_least(members.tolist()) for _, members in items.groupby(groups, sort=True)]


def _least(members: list[_Item]) -> _Item:
    """Take the features of one `count_by` value as one thing, as good as the least of them.

    A duplicate has no say beside the ones that count.
    """
    counted = any(item.counted for item in members)
    members = [item for item in members if item.counted] if counted else members
    statuses = [item.status for item in members if item.status is not None]
    return _Item(
        size=1.0,
        status=min(statuses, key=STATUSES.index) if statuses else None,
        evidence=max((item.evidence for item in members), key=EVIDENCES.index),
        done=all(item.done for item in members),
        begun=any(item.begun for item in members),
        located=any(item.located for item in members),
        counted=counted,
    )


def _total(items: Iterable[_Item], target: Target) -> Fraction:
    """Sum the sizes, in the target's unit; the sum is exact, so order does not matter."""
    return from_si(math.fsum(item.size for item in items), target.unit)


def _split(
    items: Sequence[_Item], name: str, order: Sequence[str], target: Target
) -> dict[str, Fraction]:
    present = {getattr(item, name) for item in items}
    return {
        value: _total((item for item in items if getattr(item, name) == value), target)
        for value in order
        if value in present
    }


def _keys(features: gpd.GeoDataFrame, layer: Layer) -> tuple[str, ...]:
    return tuple(sorted(features[layer.key].astype(str)))


def _verdict(target: Target, items: list[_Item], done: Fraction, proven: Fraction) -> Verdict:
    if not any(item.located for item in items):
        return "unmapped"
    if not any(item.begun for item in items):
        return "not_started"
    if not _holds(target, done):
        return "short"
    # Where more may be too much, what is only claimed counts against the bound as well, even what
    # has no geometry and so measures nothing.
    claimed = any(i.counted and i.done and i.evidence not in PROVEN for i in items)
    by_proof = _holds(target, proven) and (target.bound == "at_least" or not claimed)
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
