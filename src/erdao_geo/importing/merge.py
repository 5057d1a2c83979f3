"""Merge a delivery into a layer by key.

The file's fields overwrite; what it does not give stays. Features are compared as the lines that
they are stored as, so the second import of a file changes nothing. A record that cannot be taken
is rejected with its reason and costs itself alone: read = added + updated + unchanged + rejected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy.typing as npt
import orjson
import pandas as pd
import shapely

from erdao_geo.definitions import Layer
from erdao_geo.features import values
from erdao_geo.importing.delivery import Batch, Delivery, batches
from erdao_geo.importing.options import Mode
from erdao_geo.importing.outcome import Change, Outcome, Rejected, Tally
from erdao_geo.importing.values import word_notes
from erdao_geo.storage import CRS, feature_lines, rounded
from erdao_geo.validate import Bounds, problems_by_row

_SHOWN = 1_000
"""Changes that are kept to be shown."""


@dataclass(frozen=True)
class Merged:
    """What a layer would be after an import."""

    lines: list[str]
    """All features, sorted by key, as they are stored."""
    outcome: Outcome


class _Layer:
    """The layer as it stands: its values by field, its geometries, its lines, by row."""

    def __init__(self, layer: Layer, current: gpd.GeoDataFrame) -> None:
        self.fields = {name: values(current, name) for name in layer.fields}
        self.geometries = rounded(current.geometry)
        self.lines = feature_lines(self.fields, self.geometries)
        self.keys: list[Any] = self.fields[layer.key]
        self.rows = {key: row for row, key in enumerate(self.keys)}

    def find(self, keys: Sequence[Any]) -> list[int]:
        """Give each key's row; -1 where it is new."""
        if not self.rows:
            return [-1] * len(keys)
        return [self.rows.get(key, -1) for key in keys]


@dataclass
class _Arrived:
    """What has come in so far, by record."""

    keys: list[Any] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    unique: dict[str, list[Any]] = field(default_factory=dict)
    """Values of the fields that allow each but once, the key apart."""
    rejected: dict[int, tuple[str, str]] = field(default_factory=dict)
    repaired: list[tuple[int, str, str]] = field(default_factory=list)
    assumed: Counter[str] = field(default_factory=Counter)

    def name(self, row: int) -> str:
        return f"#{row + 1}" if self.keys[row] is None else str(self.keys[row])


def merge(
    layer: Layer,
    current: gpd.GeoDataFrame,
    delivery: Delivery,
    *,
    bounds: Bounds | None = None,
    mode: Mode = "update",
) -> Merged:
    """Merge a delivery into a layer's features, by key.

    Parameters
    ----------
    layer
        The layer.
    current
        Its features, valid, in EPSG:4326.
    delivery
        What comes in.
    bounds
        The district's box, to hold new features against.
    mode
        What becomes of known keys, and of those the file does not have; see `Options`.

    Returns
    -------
    Merged
        Valid: what is not is among the outcome's rejected.
    """
    old = _Layer(layer, current)
    arrived = _Arrived(unique={n: [] for n in _unique_fields(layer)})
    for batch in batches(delivery, layer):
        _arrive(arrived, batch, layer, old, bounds)
    _reject_repeated_keys(arrived, layer)
    _reject_repeated_values(arrived, old)
    return _merged(arrived, layer, old, delivery, mode)


def _unique_fields(layer: Layer) -> list[str]:
    fields = layer.fields.items()
    return [name for name, f in fields if f.constraints.unique and name != layer.key]


def _arrive(
    arrived: _Arrived, batch: Batch, layer: Layer, old: _Layer, bounds: Bounds | None
) -> None:
    """Complete a batch by what the layer knows, judge it, and write its lines."""
    keys = batch.columns.get(layer.key) or [None] * len(batch.geometries)
    columns, geometries = _completed(batch, layer, old, old.find(keys), arrived.assumed)
    frame = gpd.GeoDataFrame(
        {name: pd.Series(column, dtype=object) for name, column in columns.items()},
        geometry=geometries,
        crs=CRS,
    )
    rejects = dict(batch.rejects)
    for row, problems in problems_by_row(layer, frame, bounds=bounds).items():
        message = "; ".join(problem.message for problem in problems)
        hint = _hint(geometries[row], bounds) if problems[0].rule == "outside" else ""
        rejects.setdefault(row, (problems[0].rule, message + hint))
    arrived.keys += keys
    arrived.lines += feature_lines(columns, geometries)
    for name in arrived.unique:
        arrived.unique[name] += columns[name]
    arrived.rejected |= {batch.first + row: reason for row, reason in rejects.items()}
    arrived.repaired += [(batch.first + row, rule, said) for row, rule, said in batch.repairs]


def _completed(
    batch: Batch, layer: Layer, old: _Layer, found: list[int], assumed: Counter[str]
) -> tuple[dict[str, list[Any]], npt.NDArray[Any]]:
    """Give every field of the layer: the file's values, else what the layer had."""
    geometries = batch.geometries.copy()
    columns = {}
    for name in layer.fields:
        given = batch.columns.get(name)
        columns[name] = _had(old.fields[name], found) if given is None else given
    if "evidence" not in batch.columns or None in batch.columns["evidence"]:
        given = batch.columns.get("evidence") or [None] * len(found)
        columns["evidence"] = _assume_evidence(given, geometries, old, found, assumed)
    if layer.has_status:
        columns["status"] = _assume_status(columns["status"], old, found, assumed)
    return columns, geometries


def _had(column: list[Any], found: list[int]) -> list[Any]:
    return [column[row] if row >= 0 else None for row in found]


def _assume_evidence(
    given: list[Any],
    geometries: npt.NDArray[Any],
    old: _Layer,
    found: list[int],
    assumed: Counter[str],
) -> list[Any]:
    """Say how a place is known that the file says nothing of: as before, or but roughly.

    A known feature that comes without a geometry keeps its own.
    """
    result = list(given)
    for row, (evidence, before) in enumerate(zip(given, found, strict=True)):
        if evidence is not None:
            continue
        placed = geometries[row] is not None
        had = old.geometries[before] if before >= 0 else None
        if before >= 0 and (not placed or _is_same(geometries[row], had)):
            geometries[row] = had
            result[row] = old.fields["evidence"][before]
            assumed["kept"] += not placed and had is not None
            continue
        result[row] = "approximate" if placed else "none"
        assumed[result[row]] += 1
    return result


def _assume_status(
    given: list[Any], old: _Layer, found: list[int], assumed: Counter[str]
) -> list[Any]:
    if None not in given:
        return given
    before = _had(old.fields["status"], found)
    assumed["status"] += sum(s is None and b is None for s, b in zip(given, before, strict=True))
    return [s or b or "planned" for s, b in zip(given, before, strict=True)]


def _is_same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return bool(shapely.to_wkb(one) == shapely.to_wkb(other))


def _hint(geometry: Any, bounds: Bounds | None) -> str:
    """Say which slip would explain that a feature lies outside."""
    if bounds is None or geometry is None:
        return ""
    x, y = shapely.get_coordinates(shapely.centroid(geometry))[0].tolist()
    slips = {"its axes are swapped": (y, x), "its longitude has the wrong sign": (-x, y)}
    slips["its latitude has the wrong sign"] = (x, -y)
    west, south, east, north = bounds
    found = [w for w, (a, b) in slips.items() if west <= a <= east and south <= b <= north]
    return f"; it would lie inside if {found[0]}" if found else ""


def _reject_repeated_keys(arrived: _Arrived, layer: Layer) -> None:
    """Reject all features that share a key and differ, and all but the first that are the same."""
    rejected = arrived.rejected
    keys = [None if row in rejected else key for row, key in enumerate(arrived.keys)]
    counts = Counter(keys)
    if len(counts) == len(keys):
        return
    rows: dict[Any, list[int]] = {}
    for row, key in enumerate(keys):
        if key is not None and counts[key] > 1:
            rows.setdefault(key, []).append(row)
    for key, same in rows.items():
        if len({arrived.lines[row] for row in same}) == 1:
            reason = ("repeated", f"is record {same[0] + 1} once more, in every field")
            rejected.update(dict.fromkeys(same[1:], reason))
        else:
            reason = ("key-duplicate", f"{layer.key} {key!r} stands {len(same)} times")
            rejected.update(dict.fromkeys(same, reason))


def _reject_repeated_values(arrived: _Arrived, old: _Layer) -> None:
    """Reject what would make a value that must be unique stand twice in the layer."""
    incoming = {key for row, key in enumerate(arrived.keys) if row not in arrived.rejected}
    for name, column in arrived.unique.items():
        staying = [v for v, k in zip(old.fields[name], old.keys, strict=True) if k not in incoming]
        taken = {row: v for row, v in enumerate(column) if row not in arrived.rejected}
        counts = Counter([v for v in (*staying, *taken.values()) if v is not None])
        for row, value in taken.items():
            if value is not None and counts[value] > 1:
                reason = ("unique", f"{name} {value!r} stands {counts[value]} times")
                arrived.rejected[row] = reason


def _merged(arrived: _Arrived, layer: Layer, old: _Layer, delivery: Delivery, mode: Mode) -> Merged:
    tally = Tally()
    changes: list[Change] = []
    final: list[tuple[Any, str]] = []
    replaced: set[int] = set()
    for row, (key, line) in enumerate(zip(arrived.keys, arrived.lines, strict=True)):
        if row in arrived.rejected:
            continue
        before = old.rows.get(key, -1)
        kind = _kind(line, old.lines[before] if before >= 0 else None, mode)
        tally[kind] += 1
        if kind == "unchanged":
            continue
        replaced.add(before)
        final.append((key, line))
        if len(changes) < _SHOWN:
            changes.append(
                _change(str(key), kind, old.lines[before] if before >= 0 else None, line)
            )
    gone = _gone(arrived, old) if mode == "replace" else set()
    tally["removed"] = len(gone)
    changes += [Change(str(old.keys[row]), "removed") for row in sorted(gone)[:_SHOWN]]
    kept = (row for row in range(len(old.lines)) if row not in replaced and row not in gone)
    final += [(old.keys[row], old.lines[row]) for row in kept]
    final.sort(key=lambda pair: pair[0])
    outcome = Outcome(
        layer=layer.stem,
        source=delivery.source.path,
        read=len(arrived.keys),
        tally=tally,
        rejected=tuple(_rejected(arrived, delivery)),
        repaired=tuple((arrived.name(row), rule, said) for row, rule, said in arrived.repaired),
        changes=tuple(changes),
        notes=(*delivery.notes, *word_notes(delivery.taken), *_assumptions(arrived.assumed)),
    )
    return Merged([line for _, line in final], outcome)


def _kind(line: str, before: str | None, mode: Mode) -> str:
    if before is None:
        return "added"
    return "unchanged" if line == before or mode == "add" else "updated"


def _gone(arrived: _Arrived, old: _Layer) -> set[int]:
    """Find what the file does not have; a record that was rejected is there all the same."""
    there = set(arrived.keys)
    return {row for row, key in enumerate(old.keys) if key not in there}


def _change(key: str, kind: str, before: str | None, after: str) -> Change:
    if before is None:
        return Change(key, kind)
    was, now = orjson.loads(before), orjson.loads(after)
    old, new = was["properties"], now["properties"]
    fields = {n: (old.get(n), v) for n, v in new.items() if old.get(n) != v}
    return Change(key, kind, fields, redrawn=was["geometry"] != now["geometry"])


def _rejected(arrived: _Arrived, delivery: Delivery) -> Iterator[Rejected]:
    """Give each record that was not taken as the file has it."""
    table = delivery.source.table
    for row, (rule, message) in sorted(arrived.rejected.items()):
        record = table.slice(row, 1).to_pylist()[0] if table.num_columns else {}
        line = orjson.loads(arrived.lines[row])
        yield Rejected(arrived.name(row), row, rule, message, record, line["geometry"])


def _assumptions(count: Counter[str]) -> list[str]:
    texts = {
        "approximate": "{} without evidence: taken as 'approximate', which proves nothing; say "
        "--set evidence=surveyed or --set evidence=digitised if you know",
        "none": "{} without a geometry: taken as not located (evidence 'none')",
        "kept": "{} without a geometry: the one in the layer was kept",
        "status": "{} without a status: taken as 'planned'",
    }
    return [text.format(_features(count[name])) for name, text in texts.items() if count[name]]


def _features(count: int) -> str:
    return f"{count} feature" if count == 1 else f"{count} features"
