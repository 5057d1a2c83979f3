"""A delivery: what a foreign file brings to a layer, batch by batch, in its fields and lon, lat.

A file of a million features is never held as geometries: they are read, moved, mended and given
on, some ten thousands at a time.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from erdao_geo.crs import TOLERABLE
from erdao_geo.definitions import PROVEN, Layer
from erdao_geo.importing.fields import Mapped
from erdao_geo.importing.foreign import Source
from erdao_geo.importing.mend import mend
from erdao_geo.importing.values import Misfit, Taken, codes_of, fill
from erdao_geo.storage import DECIMALS

BATCH = 8_192
"""Features that are worked on at a time."""

Move = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
"""From the file's coordinates, x, y by row, to longitude and latitude."""
_GRID = 10.0**-DECIMALS


@dataclass(frozen=True)
class Delivery:
    """A file's features, and all that was decided of them."""

    source: Source
    mapped: Mapped
    move: Move
    codes: Mapping[str, Mapping[str, str]]
    keyed_by_geometry: bool
    uncertainty: float
    """Metres that the places may be off, since their datum's parameters are not known."""
    notes: tuple[str, ...]

    @cached_property
    def unread(self) -> dict[int, tuple[str, str]]:
        """The records that could not be read, each with the first rule and reason."""
        rejected = reversed(self.source.rejected)
        return {f.record: (f.rule, f.message) for f in rejected if f.record is not None}


@dataclass(frozen=True)
class Batch:
    """Some consecutive records, as the layer would have them."""

    first: int
    """The number of the first record, from 0."""
    columns: dict[str, list[Any]]
    """The layer's fields that the file, or the user, gives."""
    geometries: npt.NDArray[Any]
    """In lon, lat, rounded and oriented as they are stored; None where there is none."""
    repairs: list[tuple[int, str, str]]
    """Row of the batch, rule, message."""
    rejects: dict[int, tuple[str, str]]
    """Row of the batch to rule and reason."""
    taken: Taken
    """The words that were taken as codes."""


def starts(delivery: Delivery) -> range:
    """Give the numbers of the records that batches begin with."""
    return range(0, len(delivery.source.table), BATCH)


def batch_from(first: int, delivery: Delivery, layer: Layer, keys: Counter[str]) -> Batch:
    """Bring some records to a layer's fields.

    Parameters
    ----------
    first
        The number of the first one, of `starts`.
    delivery, layer
        The file, and the layer it is for.
    keys
        The keys by geometry that were given so far; it is added to.
    """
    source = delivery.source
    placed, broken = _placed(source.geometry.slice(first, BATCH), delivery.move)
    mended = mend(placed, layer.geometry, grid=_GRID)
    geometries = mended.geometries
    if layer.geometry == "Polygon":
        geometries = shapely.orient_polygons(geometries, exterior_cw=False)
    taken = Taken()
    columns, misfits = _columns(delivery, layer, _records(source.table, first), taken)
    if delivery.keyed_by_geometry:
        columns[layer.key] = _keys(geometries, keys)
    _weigh_evidence(columns, geometries, delivery)
    unread, rows = delivery.unread, range(first, first + BATCH)
    rejects = {row - first: unread[row] for row in rows if row in unread} if unread else {}
    for more in (broken, mended.rejects, _reasons(misfits, layer)):
        rejects = {**more, **rejects}
    return Batch(first, columns, geometries, mended.repairs, rejects, taken)


def _records(table: pa.Table, first: int) -> pa.Table:
    """Give the records of a batch; Arrow counts past the end of a table that has no fields."""
    return table.slice(first, min(BATCH, len(table) - first))


def geometries_of(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Make geometries of WKB; None where there is none, or it cannot be read."""
    texts = column.to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):  # of a NaN, which is named later
        return np.asarray(shapely.from_wkb(texts, on_invalid="ignore"))


def placed_geometries(delivery: Delivery, rows: Sequence[int]) -> npt.NDArray[Any]:
    """Give some records' geometries in lon, lat, unmended; None where one has no such place."""
    column = delivery.source.geometry.take(pa.array(rows, pa.int64()))
    geometries, _ = _placed(column, delivery.move)
    geometries[shapely.is_empty(geometries)] = None
    coordinates, index = shapely.get_coordinates(geometries, return_index=True)
    geometries[index[~np.isfinite(coordinates).all(axis=1)]] = None
    return geometries


def _placed(
    column: pa.ChunkedArray, move: Move
) -> tuple[npt.NDArray[Any], dict[int, tuple[str, str]]]:
    """Move geometries to lon, lat, rounded as they are stored; name those that cannot be."""
    lines = _plain_lines(column)
    if lines is not None:
        coordinates, ends = lines
        moved = np.round(move(coordinates), DECIMALS) + 0.0
        return shapely.from_ragged_array(shapely.GeometryType.LINESTRING, moved, (ends,)), {}
    flat = geometries_of(column)
    flat = shapely.force_2d(flat) if shapely.has_z(flat).any() else flat
    unread = np.flatnonzero(shapely.is_missing(flat) & ~np.asarray(column.is_null()))
    curved = np.flatnonzero(shapely.get_type_id(flat) >= _CURVES)
    flat[curved] = None
    broken = dict.fromkeys(unread.tolist(), _UNREADABLE) | dict.fromkeys(curved.tolist(), _CURVED)
    return shapely.transform(flat, lambda xy: np.round(move(xy), DECIMALS) + 0.0), broken


def _plain_lines(
    column: pa.ChunkedArray,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]] | None:
    """Take the coordinates out of WKB that is nothing but plain lines, and the end of each line.

    Most large layers are roads; so read, they are built but once, where they lie in the end.
    """
    array = column.combine_chunks()
    if array.null_count or not len(array):
        return None
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    texts = np.frombuffer(data, np.uint8)[starts[0] : starts[-1]]
    places = (starts[:-1] - starts[0])[:, None] + np.arange(_HEAD)
    sizes = np.diff(starts)
    if sizes.min() < _HEAD:
        return None
    heads = texts[places]
    counts = heads[:, 5:].copy().view("<u4")[:, 0].astype(np.int64)
    plain = (heads[:, :5] == _LINE).all() and (sizes == _HEAD + 16 * counts).all()
    if not plain or counts.min() < 2:  # noqa: PLR2004 - a line has two ends
        return None
    body = np.ones(len(texts), dtype=bool)
    body[places] = False
    return texts[body].view("<f8").reshape(-1, 2), np.concatenate([[0], counts.cumsum()])


_HEAD = 9
"""Bytes of WKB before a line's coordinates: byte order, type, and how many there are."""
_LINE = np.array([1, 2, 0, 0, 0], np.uint8)
"""Little-endian, a line."""
_CURVES = 8
"""GEOS's numbers of curved types start here."""
_CURVED = ("geometry-curved", "has curves; turn them into lines first")
_UNREADABLE = ("geometry-unreadable", "has a geometry that is damaged")


def _columns(
    delivery: Delivery, layer: Layer, table: pa.Table, taken: Taken
) -> tuple[dict[str, list[Any]], list[Misfit]]:
    columns: dict[str, list[Any]] = {}
    misfits: list[Misfit] = []
    mapped = delivery.mapped
    for name, definition in layer.fields.items():
        if name in mapped.constants:
            column = pa.array([mapped.constants[name]])
        elif name in mapped.fields:
            column = table.column(mapped.fields[name])
        else:
            continue
        codes = codes_of(layer, name) | dict(delivery.codes.get(name, {}))
        words = Taken() if name in mapped.constants else taken
        filled, odd = fill(name, definition, column, codes=codes, taken=words)
        columns[name] = _listed(filled)
        if name in mapped.constants:
            columns[name] *= len(table)
            odd = [Misfit(row, name, odd[0].value) for row in range(len(table))] if odd else []
        misfits += odd
    return columns, misfits


def _listed(array: pa.Array) -> list[Any]:
    """Give a column's values as Python has them: strings by the quicker way."""
    if array.type == pa.string():
        return list(array.to_numpy(zero_copy_only=False))
    return list(array.to_pylist())


def _keys(geometries: npt.NDArray[Any], known: Counter[str]) -> list[str | None]:
    """Name features by where they are: the same geometry, in whatever direction, the same key.

    Of several with one geometry the second is numbered -2, in the file's order. A feature that is
    nowhere has no key.
    """
    keys: list[str | None] = []
    for text in shapely.to_wkb(shapely.normalize(geometries)):
        if text is None:
            keys.append(None)
            continue
        key = f"g{hashlib.sha256(text).hexdigest()[:12]}"
        known[key] += 1
        keys.append(key if known[key] == 1 else f"{key}-{known[key]}")
    return keys


def _weigh_evidence(
    columns: dict[str, list[Any]], geometries: npt.NDArray[Any], delivery: Delivery
) -> None:
    """Let evidence speak only of places that are there, and no better than their datum is known."""
    if "evidence" not in columns:
        return
    evidence = columns["evidence"]
    if "evidence" in delivery.mapped.constants:
        gone = shapely.is_missing(geometries).tolist()
        evidence = [None if g else value for value, g in zip(evidence, gone, strict=True)]
    if delivery.uncertainty > TOLERABLE:
        evidence = ["approximate" if value in PROVEN else value for value in evidence]
    columns["evidence"] = evidence


_TYPE_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false"}


def _reasons(misfits: list[Misfit], layer: Layer) -> dict[int, tuple[str, str]]:
    reasons: dict[int, tuple[str, str]] = {}
    for misfit in misfits:
        wanted = layer.fields[misfit.name].type
        word = _TYPE_WORDS.get(wanted, wanted)
        message = f"{misfit.name} is {misfit.value!r}, which is no {word}"
        reasons.setdefault(misfit.row, ("type", message))
    return reasons
