"""Merge a delivery into a layer by key.

The file's fields overwrite; what it does not give stays. Features are compared as the lines that
they are stored as, so the second import of a file changes nothing. A record that cannot be taken
is rejected with its reason and costs itself alone: read = added + updated + unchanged + rejected.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import geopandas as gpd
import orjson
import shapely

from erdao_geo.definitions import Layer
from erdao_geo.importing import parallel
from erdao_geo.importing.complete import Standing, assumption_notes, complete, count_assumed
from erdao_geo.importing.delivery import Delivery, batch_from, placed_geometries, starts
from erdao_geo.importing.options import Mode, Progress
from erdao_geo.importing.outcome import Change, Outcome, Rejected, Tally
from erdao_geo.importing.values import Taken, word_notes
from erdao_geo.storage import Sizes, Spool, feature_lines
from erdao_geo.validate import Bounds, problems_by_row

_ASTRAY = ("outside", "coordinates")
_REMOVED = "so nothing was removed from the layer: see what was rejected"
_SHOWN = 1_000
"""Changes that are kept to be shown."""


@dataclass(frozen=True)
class Merged:
    """What a layer would be after an import."""

    order: list[int]
    """Its features, sorted by key: their numbers in the spool."""
    outcome: Outcome


@dataclass
class _Arrived:
    """What has come in so far, by record."""

    spool: Spool
    """The layer's own lines, then those of the records."""
    standing: Standing
    keys: list[Any] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    """The row of each record's feature in the layer; -1 where it is new."""
    unique: dict[str, list[Any]] = field(default_factory=dict)
    """Values of the fields that allow each but once, the key apart."""
    rejected: dict[int, tuple[str, str]] = field(default_factory=dict)
    repaired: list[tuple[int, str, str]] = field(default_factory=list)
    cut: bool = False
    """Whether the file once had more records, nobody knows which."""
    assumed: Counter[str] = field(default_factory=Counter)
    words: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def name(self, row: int) -> str:
        return f"#{row + 1}" if self.keys[row] is None else str(self.keys[row])

    def line(self, row: int) -> bytes:
        return self.spool.line(len(self.standing.keys) + row)

    def accepted(self) -> Sequence[int]:
        """Give the records that are not rejected."""
        everything = range(len(self.keys))
        return [r for r in everything if r not in self.rejected] if self.rejected else everything


def merge(  # noqa: PLR0913 - the layer, what comes in, and what both are held against
    layer: Layer,
    current: gpd.GeoDataFrame,
    delivery: Delivery,
    *,
    spool: Spool,
    bounds: Bounds | None = None,
    groupings: Collection[str] = (),
    mode: Mode = "update",
    progress: Progress = lambda *_: None,
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
    spool
        An empty one, where the lines of all features are put, with as many parts as processes may
        work (see `processes_for`).
    bounds, groupings
        The district's box, and the fields that targets count by: as `validate` takes them.
    mode
        What becomes of known keys, and of those the file does not have; see `Options`.
    progress
        Called with the work, and the records that are done of all.

    Returns
    -------
    Merged
        Valid: what is not is among the outcome's rejected.
    """
    standing = Standing(layer, current)
    spool.add(feature_lines(standing.fields, standing.geometries))
    arrived = _Arrived(spool, standing, unique={n: [] for n in _unique_fields(layer)})
    found = delivery.source.findings
    arrived.repaired += [(f.record, f.rule, f.message) for f in found if f.record is not None]
    arrived.cut = any(f.rule == "truncated" and f.record is None for f in found)
    work = partial(
        _work,
        delivery=delivery,
        layer=layer,
        standing=standing,
        bounds=bounds,
        groupings=groupings,
        spool=spool,
    )
    for piece in parallel.in_order(work, starts(delivery), processes=spool.parts):
        _arrive(arrived, piece)
        progress("importing", len(arrived.keys), len(delivery.source.table))
    _reject_repeated_keys(arrived, layer)
    _reject_repeated_values(arrived, mode)
    return _merged(arrived, layer, delivery, mode)


def processes_for(delivery: Delivery) -> int:
    """Tell how many processes a delivery is worth.

    Keys by geometry take one: the second feature of a geometry is numbered after the first.
    """
    return parallel.processes_for(len(starts(delivery)), alone=delivery.keyed_by_geometry)


def _unique_fields(layer: Layer) -> list[str]:
    fields = layer.fields.items()
    return [name for name, f in fields if f.constraints.unique and name != layer.key]


@dataclass(frozen=True)
class _Piece:
    """What has become of a batch."""

    first: int
    keys: list[Any]
    before: list[int]
    part: int
    """Where its lines were put."""
    sizes: Sizes
    unique: dict[str, list[Any]]
    rejected: dict[int, tuple[str, str]]
    """By row of the batch, as the repairs."""
    repaired: list[tuple[int, str, str]]
    assumed: Counter[str]
    taken: Taken


def _work(  # noqa: PLR0913 - what a process needs that shares nothing else
    first: int,
    number: int,
    keys: Counter[str],
    *,
    delivery: Delivery,
    layer: Layer,
    standing: Standing,
    bounds: Bounds | None,
    groupings: Collection[str],
    spool: Spool,
) -> _Piece:
    """Read a batch, complete it by what the layer knows, judge it, and write its lines."""
    batch = batch_from(first, delivery, layer, keys)
    named = batch.columns.get(layer.key) or [None] * len(batch.geometries)
    found, assumed = standing.find(named), defaultdict[str, list[int]](list)
    columns, geometries = complete(batch, layer, standing, found, assumed)
    rejects = dict(batch.rejects)
    found_wanting = problems_by_row(layer, columns, geometries, bounds=bounds, groupings=groupings)
    for row, problems in found_wanting.items():
        message = "; ".join(problem.message for problem in problems)
        hint = _hint(geometries[row], bounds) if problems[0].rule in _ASTRAY else ""
        hint += _code_hint(layer, columns, row) if problems[0].rule == "enum" else ""
        hint += (
            _absent_hint(layer, delivery, columns, row) if problems[0].rule == "required" else ""
        )
        rejects.setdefault(row, (problems[0].rule, message + hint))
    return _Piece(
        first=first,
        keys=named,
        before=found,
        part=number,
        sizes=spool.put(feature_lines(columns, geometries), number),
        unique={name: columns[name] for name in _unique_fields(layer)},
        rejected=rejects,
        repaired=batch.repairs,
        assumed=count_assumed(assumed, rejects),
        taken=batch.taken,
    )


def _arrive(arrived: _Arrived, piece: _Piece) -> None:
    arrived.keys += piece.keys
    arrived.before += piece.before
    arrived.spool.count(piece.sizes, piece.part)
    for name, column in piece.unique.items():
        arrived.unique[name] += column
    arrived.rejected |= {piece.first + row: reason for row, reason in piece.rejected.items()}
    arrived.repaired += [(piece.first + row, rule, said) for row, rule, said in piece.repaired]
    arrived.assumed += piece.assumed
    arrived.words += piece.taken.words


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


def _absent_hint(layer: Layer, delivery: Delivery, columns: dict[str, list[Any]], row: int) -> str:
    """Name the options that give the required field that is empty, where the file has none."""
    given = {**delivery.mapped.fields, **delivery.mapped.constants, layer.key: ""}
    for name, definition in layer.fields.items():
        if definition.constraints.required and columns[name][row] in (None, ""):
            if name in given:
                return ""
            return f"; give it with --field SOURCE={name} or --set {name}=VALUE"
    return ""


def _code_hint(layer: Layer, columns: dict[str, list[Any]], row: int) -> str:
    """Name the option that says what an unknown word means."""
    for name, definition in layer.fields.items():
        enum, word = definition.constraints.enum, columns[name][row]
        if enum is not None and word is not None and word not in enum:
            return f"; say what it means with --code {name}:{word}={enum[0]}"
    return ""


def _reject_repeated_keys(arrived: _Arrived, layer: Layer) -> None:
    """Reject all features that share a key and differ, and all but the first that are the same."""
    rejected = arrived.rejected
    if not rejected and len(set(arrived.keys)) == len(arrived.keys):
        return
    counts = Counter(key for row, key in enumerate(arrived.keys) if row not in rejected)
    if len(counts) == len(arrived.keys) - len(rejected):
        return
    rows: dict[Any, list[int]] = {}
    for row, key in enumerate(arrived.keys):
        if row not in rejected and counts[key] > 1:
            rows.setdefault(key, []).append(row)
    for key, same in rows.items():
        if len({arrived.line(row) for row in same}) == 1:
            reason = ("repeated", f"is record {same[0] + 1} once more, in every field")
            rejected.update(dict.fromkeys(same[1:], reason))
        else:
            reason = ("key-duplicate", f"{layer.key} {key!r} stands {len(same)} times")
            rejected.update(dict.fromkeys(same, reason))


def _reject_repeated_values(arrived: _Arrived, mode: Mode) -> None:
    """Reject what would make a value that must be unique stand twice in the layer.

    A feature whose record is rejected keeps its old value, which may be another's new one: so
    until nothing more is rejected.
    """
    while arrived.unique:
        found: dict[int, tuple[str, str]] = {}
        for name, column in arrived.unique.items():
            found |= _repeated_values(arrived, name, column, mode)
        if not found:
            return
        arrived.rejected |= found


def _repeated_values(
    arrived: _Arrived, name: str, column: list[Any], mode: Mode
) -> dict[int, tuple[str, str]]:
    standing, rows = arrived.standing, arrived.accepted()
    if mode == "add":
        rows = [row for row in rows if arrived.before[row] < 0]
    replaced = {arrived.keys[row] for row in rows}
    if mode == "replace":
        replaced.update(_gone(arrived))
    pairs = zip(standing.fields[name], standing.keys, strict=True)
    staying = [value for value, key in pairs if key not in replaced]
    counts = Counter([v for v in (*staying, *(column[row] for row in rows)) if v is not None])
    return {
        row: ("unique", f"{name} {column[row]!r} stands {counts[column[row]]} times")
        for row in rows
        if counts[column[row]] > 1
    }


def _merged(arrived: _Arrived, layer: Layer, delivery: Delivery, mode: Mode) -> Merged:
    standing, rows = arrived.standing, arrived.accepted()
    kinds = _kinds(arrived, rows, mode)
    made = [row for row, kind in zip(rows, kinds, strict=True) if kind != "unchanged"]
    gone = _gone(arrived) if mode == "replace" else []
    tally = Tally(kinds) + Tally(removed=len(gone))
    changes = [_change(arrived, row) for row in made[:_SHOWN]]
    changes += [Change(str(key), "removed") for key in gone[:_SHOWN]]
    keys = [arrived.keys[row] for row in made]
    left = {*keys, *gone}
    numbers = [row for row, key in enumerate(standing.keys) if key not in left]
    keys = [standing.keys[row] for row in numbers] + keys
    numbers += [len(standing.keys) + row for row in made]
    outcome = Outcome(
        layer=layer.stem,
        source=delivery.source.path,
        read=len(arrived.keys),
        tally=tally,
        rejected=tuple(_rejected(arrived, delivery)),
        repaired=tuple((arrived.name(row), rule, said) for row, rule, said in arrived.repaired),
        changes=tuple(changes),
        notes=(
            *delivery.notes,
            *word_notes(arrived.words),
            *assumption_notes(arrived.assumed),
            *(_spared(arrived) if mode == "replace" else []),
        ),
    )
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return Merged([numbers[place] for place in order], outcome)


def _kinds(arrived: _Arrived, rows: Sequence[int], mode: Mode) -> list[str]:
    if not arrived.standing.keys:
        return ["added"] * len(rows)
    return [_kind(arrived, row, arrived.before[row], mode) for row in rows]


def _kind(arrived: _Arrived, row: int, before: int, mode: Mode) -> str:
    if before < 0:
        return "added"
    same = mode == "add" or arrived.line(row) == arrived.spool.line(before)
    return "unchanged" if same else "updated"


def _gone(arrived: _Arrived) -> list[Any]:
    """Find what the file does not have; a record that was rejected is there all the same."""
    return [] if _spared(arrived) else _absent(arrived)


def _absent(arrived: _Arrived) -> list[Any]:
    there = set(arrived.keys)
    return [key for key in arrived.standing.keys if key not in there]


def _spared(arrived: _Arrived) -> list[str]:
    """Say why what the file does not have is no reason to remove it, where it is none."""
    lost = [row for row, (rule, _) in arrived.rejected.items() if rule != "key-missing"]
    nameless = sum(arrived.keys[row] is None for row in lost)
    if not arrived.accepted():
        return [f"nothing of the file was taken, {_REMOVED}"]
    if not (arrived.cut or nameless) or not _absent(arrived):
        return []
    if arrived.cut:
        return ["the file is cut, and what it has lost may be in the layer: nothing was removed"]
    return [f"{nameless} rejected whose key is lost may be any feature of the layer, {_REMOVED}"]


def _change(arrived: _Arrived, row: int) -> Change:
    key, before = str(arrived.keys[row]), arrived.before[row]
    if before < 0:
        return Change(key, "added")
    was, now = orjson.loads(arrived.spool.line(before)), orjson.loads(arrived.line(row))
    old, new = was["properties"], now["properties"]
    fields = {n: (old.get(n), v) for n, v in new.items() if old.get(n) != v}
    return Change(key, "updated", fields, redrawn=was["geometry"] != now["geometry"])


def _rejected(arrived: _Arrived, delivery: Delivery) -> Iterator[Rejected]:
    """Give each record that was not taken as the file has it."""
    table = delivery.source.table
    rows = sorted(arrived.rejected)
    texts = shapely.to_geojson(placed_geometries(delivery, rows))
    for row, text in zip(rows, texts, strict=True):
        rule, message = arrived.rejected[row]
        record = table.slice(row, 1).to_pylist()[0] if table.num_columns else {}
        geometry = None if text is None else orjson.loads(text)
        yield Rejected(arrived.name(row), row, rule, message, record, geometry)
