"""Read a file through GDAL, as a script of its own: `gdal.py REQUEST`, REQUEST being JSON.

Run by `isolate`, and never imported by the program. It writes one Arrow file
for each layer, with text as bytes (it may be in any encoding), and `result.json`, which says what
each is. The drivers that may be tried are named in the request; all others are taken away before
the file is opened, so that a VRT under another name is no way in.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any


class _Without(MetaPathFinder):
    """Hides packages that pyogrio loads and a child has no use for: it starts twice as fast."""

    def find_spec(self, name: str, *_: Any) -> None:
        """Say of these that they are not there, and nothing of others."""
        if name in ("pandas", "geopandas"):
            raise ModuleNotFoundError(name=name)


sys.meta_path.insert(0, _Without())

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyogrio  # noqa: E402
import shapely  # noqa: E402
from pyogrio.raw import open_arrow, read  # noqa: E402

BATCH = 65_536
STEP = 1_024
"""Records that are read at a time, and halved, where a file cannot be read in one go."""
SMALL = 16 * 2**20
"""Bytes up to which a file is read again to ask GDAL what else it knows of it."""
MAX_BAD = 1_000
"""Bad records after which a file is given up: it is damaged as a whole."""
_LAST_SIMPLE = 7
"""GEOS's type numbers up to GeometryCollection; above are curves."""
_COLLECTION = re.compile(rb'"type"\s*:\s*"FeatureCollection"')
_OTHER_JSON = re.compile(rb'"(Topology|conformsTo|coordRefSys|geometryType|fieldAliases)"')
_NAME = re.compile(rb'"name"\s*:\s*"([^"\\]{1,200})"\s*,\s*"')
_SURFACE_TYPES = re.compile(r"Unknown WKB type 1[5-7]\b")
_SURFACE = "it is a surface in space (a multipatch, a TIN); save what it covers as polygons"
_FAILURES = (Exception,)

Rejects = list[tuple[int, str]]


class TooLargeError(Exception):
    """The file has more of something than is read."""


def main(text: str) -> None:
    """Read the file that a request names."""
    request = json.loads(text)
    _take_away_drivers(request["drivers"])
    heard = _listen()
    folder = Path(request["folder"])
    try:
        result: dict[str, Any] = {"layers": _read(request, folder, heard)}
    except MemoryError:
        raise
    except Exception as error:  # GDAL's reason goes to the parent, whatever it is
        result = {"error": _words(error), "large": isinstance(error, TooLargeError)}
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


def _take_away_drivers(wanted: list[str]) -> None:
    """Start anew without the drivers that are not wanted: GDAL reads which only at its start."""
    others = set(pyogrio.list_drivers()) - {*wanted, "MEM"}
    if not others:
        return
    if "GDAL_SKIP" in os.environ:
        raise SystemExit(f"GDAL keeps drivers that it must not have: {', '.join(sorted(others))}")
    skipped = {**os.environ, "GDAL_SKIP": ",".join(sorted({*others, "VRT", "GTI"}))}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], skipped)


def _listen() -> list[str]:
    """Collect what GDAL complains of."""
    heard: list[str] = []

    def said(message: str) -> None:
        if "does not support open option" not in message:  # one of several drivers has the option
            heard.append(message)

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said(record.getMessage())

    logger = logging.getLogger("pyogrio")
    logger.addHandler(Listener(logging.WARNING))
    logger.propagate = False
    warnings.simplefilter("always")
    warnings.showwarning = lambda message, *_, **__: said(str(message))
    return heard


def _read(request: dict[str, Any], folder: Path, heard: list[str]) -> list[dict[str, Any]]:
    layers = _layers(request)
    if len(layers) > request["max_layers"]:
        raise TooLargeError(f"{len(layers):,} layers; at most {request['max_layers']:,} are read")
    results = []
    for number, (name, _) in enumerate(layers):
        result = _Layer(request, number, str(name)).write(folder / f"{number}.arrow")
        results.append({**result, "heard": list(dict.fromkeys(heard))[:20]})
        heard.clear()
    return results


def _layers(request: dict[str, Any]) -> list[tuple[str, Any]]:
    """List the layers; GDAL reads all of a GeoJSON for it, which for a large one is spared."""
    path = Path(request["path"])
    if "GeoJSON" in request["drivers"] and path.stat().st_size > SMALL:
        with path.open("rb") as file:
            head = file.read(SMALL // 64)
        if _COLLECTION.search(head) and not _OTHER_JSON.search(head):
            name = _NAME.search(head.partition(b'"features"')[0])
            return [(name[1].decode("utf-8", "replace") if name else path.stem, None)]
    return list(pyogrio.list_layers(request["path"]))


class _Layer:
    """One layer being read, and what was found on the way."""

    def __init__(self, request: dict[str, Any], number: int, name: str) -> None:
        self.path = request["path"]
        self.limits = request
        self.options = {"layer": number, **request["options"]}
        self.name = name
        self.rejects: Rejects = []
        self.curves: list[int] = []
        self.rows = 0
        self.vertices = 0
        self.left_out: list[str] = []

    def write(self, target: Path) -> dict[str, Any]:
        meta: dict[str, Any] = {}
        writer = None
        with pa.OSFile(str(target), "wb") as sink:
            for meta, batch in self._batches():
                plain = self._plain(batch, _geometry_name(meta, batch.schema))
                writer = writer or pa.ipc.new_file(sink, plain.schema)
                writer.write_batch(plain)
            if writer:
                writer.close()
        driver = self._driver()
        if driver == "FlatGeobuf" and self.rows < self.declared():
            # Of a cut one GDAL gives no record and no word; others' counts are not to be trusted.
            raise ValueError(
                f"it says it has {self.declared():,} features, {self.rows:,} are there"
            )
        return {
            "name": self.name,
            "file": target.name if writer else None,
            "rows": self.rows,
            "crs": meta.get("crs"),
            "geometry": _geometry_name(meta, plain.schema) if writer else None,
            "driver": driver,
            "rejects": self.rejects,
            "curves": len(self.curves),
            "left_out": self.left_out,
        }

    def _driver(self) -> str:
        """Give the driver that GDAL chose, where asking does not cost another reading."""
        drivers = self.limits["drivers"]
        if len(drivers) == 1 or Path(self.path).stat().st_size > SMALL:
            return str(drivers[0])
        return str(pyogrio.read_info(self.path, **self.options)["driver"])

    def _batches(self) -> Iterator[tuple[dict[str, Any], pa.RecordBatch]]:
        """Read all in one go, and record by record from where that fails."""
        done = 0
        try:
            for meta, batch in self._stream(batch_size=BATCH):
                yield meta, batch
                done += batch.num_rows
        except TooLargeError:
            raise
        except _FAILURES as error:
            if isinstance(error, MemoryError):
                raise
            yield from self._salvage(done, error)

    def _stream(self, **options: Any) -> Iterator[tuple[dict[str, Any], pa.RecordBatch]]:
        with open_arrow(
            self.path,
            use_pyarrow=True,
            encoding="UTF-8",
            datetime_as_string=True,
            **self.options,
            **options,
        ) as (meta, reader):
            self._require_fields(len(reader.schema))
            yield meta, _empty(reader.schema)
            yield from ((meta, batch) for batch in reader)

    def _salvage(
        self, start: int, error: Exception
    ) -> Iterator[tuple[dict[str, Any], pa.RecordBatch]]:
        """Read ranges, and halve those that fail until the bad records stand alone."""
        meta, empty = next(iter(self._stream()))
        yield meta, empty
        size = STEP
        while True:
            try:
                found = self._range(start, size)
            except _FAILURES as failure:
                if size > 1:
                    size //= 2
                    continue
                if len(self.rejects) >= MAX_BAD:
                    raise error from failure
                if not self._reaches(start):
                    return
                self.rejects.append((start, _words(failure)))
                yield meta, _nulls(empty.schema, 1)
                start += 1
                continue
            yield from ((meta, batch) for batch in found)
            rows = sum(batch.num_rows for batch in found)
            start += rows
            if rows < size:
                return
            size = min(size * 2, STEP)

    def _range(self, start: int, size: int) -> list[pa.RecordBatch]:
        # Of an Arrow stream the first batch is taken: it has no such thing as `max_features`.
        stream = self._stream(skip_features=start, batch_size=size)
        return next(([batch] for _, batch in stream if batch.num_rows), [])

    def _reaches(self, start: int) -> bool:
        """Tell whether there is a record at all, by its fields alone."""
        stream = self._stream(skip_features=start, batch_size=1, read_geometry=False)
        try:
            return any(batch.num_rows for _, batch in stream)
        except _FAILURES:
            return start < self.declared()

    def declared(self) -> int:
        info = pyogrio.read_info(self.path, force_feature_count=False, **self.options)
        return int(info["features"])

    def _require_fields(self, count: int) -> None:
        most = self.limits["max_fields"]
        if count > most:
            raise TooLargeError(f"{count:,} fields in {self.name!r}; at most {most:,} are read")

    def _plain(self, batch: pa.RecordBatch, geometry: str | None) -> pa.RecordBatch:
        """Give text as bytes and geometry as WKB that GEOS can read."""
        start = self.rows
        self._count("rows", batch.num_rows, "max_features", "features")
        names = batch.schema.names
        # The geometry is GDAL's last: a field may well have the same name.
        place = len(names) - 1 - names[::-1].index(geometry) if geometry else -1
        kept = [
            n for n, type_ in enumerate(batch.schema.types) if n == place or not _is_data(type_)
        ]
        self.left_out = [name for n, name in enumerate(names) if n not in kept]
        columns = [
            self._simple(batch.column(n), start) if n == place else _storage(batch.column(n))
            for n in kept
        ]
        return pa.RecordBatch.from_arrays(columns, names=[names[n] for n in kept])

    def _simple(self, column: pa.Array, start: int) -> pa.Array:
        """Make curves straight; give null for what is no geometry that can be had."""
        wkb = column.to_numpy(zero_copy_only=False)
        geometries = _geometries(wkb)
        types = shapely.get_type_id(geometries)
        self._count(
            "vertices",
            int(shapely.get_num_coordinates(geometries).sum()),
            "max_vertices",
            "vertices",
        )
        there = np.array([value is not None for value in wkb], dtype=bool)
        odd = np.flatnonzero(there & ((types < 0) | (types > _LAST_SIMPLE)))
        if not odd.size:
            return column.cast(pa.binary())
        for row in odd:
            wkb[row] = self._straight(start + int(row))
        return pa.array(wkb, pa.binary())

    def _straight(self, record: int) -> bytes | None:
        try:
            _, _, wkb, _ = read(
                self.path, columns=[], skip_features=record, max_features=1, **self.options
            )
            geometry = shapely.from_wkb(wkb[0])
        except (*_FAILURES, shapely.errors.ShapelyError) as error:
            reason = _SURFACE if _SURFACE_TYPES.search(str(error)) else _words(error)
            self.rejects.append((record, reason))
            return None
        if shapely.get_type_id(geometry) > _LAST_SIMPLE:
            self.rejects.append((record, f"a {geometry.geom_type} cannot be made straight"))
            return None
        self.curves.append(record)
        return bytes(wkb[0])

    def _count(self, what: str, more: int, limit: str, word: str) -> None:
        total = getattr(self, what) + more
        setattr(self, what, total)
        if total > self.limits[limit]:
            raise TooLargeError(f"more than {self.limits[limit]:,} {word} in {self.name!r}")


def _geometries(wkb: np.ndarray) -> np.ndarray:
    """Parse what can be parsed: None is what is a curve, or no geometry at all."""
    try:
        return np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"))
    except NotImplementedError:  # a curve among them
        found = np.empty(len(wkb), dtype=object)
        for row, value in enumerate(wkb):
            with suppress(NotImplementedError):
                found[row] = shapely.from_wkb(value, on_invalid="ignore")
        return found


def _geometry_name(meta: dict[str, Any], schema: pa.Schema) -> str | None:
    name = meta.get("geometry_name") or "wkb_geometry"
    return name if name in schema.names else None


def _storage(column: pa.Array) -> pa.Array:
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_string(column.type):
        return column.view(pa.binary())
    return column.view(pa.large_binary()) if pa.types.is_large_string(column.type) else column


def _is_data(type_: pa.DataType) -> bool:
    return bool(pa.types.is_binary(type_) or pa.types.is_large_binary(type_))


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return _nulls(schema, 0)


def _nulls(schema: pa.Schema, rows: int) -> pa.RecordBatch:
    arrays = [pa.nulls(rows, field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, names=schema.names)


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    main(sys.argv[1])
