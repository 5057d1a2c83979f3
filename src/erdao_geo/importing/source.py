"""Read a foreign file through fiona: its fields, its records one at a time, its CRS.

The driver is chosen by the extension and is the only one GDAL may try, so a VRT or a web service
description under the name of a .geojson is no way in. fiona's own messages are poor ("Failed to
open dataset"), so what we can tell of a file is told before it is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fiona
import orjson
import pyproj
import shapely
from fiona.errors import FionaError
from pyproj.exceptions import CRSError as ProjCRSError

from erdao_geo.errors import CRSError, SourceError
from erdao_geo.importing.encoding import Hints, Raw, decide_encoding, decode
from erdao_geo.importing.shapefile import Table, inspect
from erdao_geo.importing.staging import stage

_DRIVERS = {
    ".shp": "ESRI Shapefile",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".gpkg": "GPKG",
    ".kml": "KML",
}
_AS_BYTES = "ISO-8859-1"
"""In this encoding GDAL passes each byte on as the character of the same number."""
_MAX_LAYERS = 100
_INT64 = (-(2**63), 2**63 - 1)


@dataclass(frozen=True)
class Source:
    """What a foreign file holds, as it stands."""

    path: Path
    """As the user named it."""
    crs: pyproj.CRS | None
    names: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    geometries: tuple[shapely.Geometry | None, ...]
    unreadable: tuple[str, ...] = ()
    """Fields whose values cannot be had: nested or mixed types, or a type fiona does not know."""
    notes: tuple[str, ...] = ()


def read_source(path: Path, *, encoding: str | None = None) -> Source:
    """Read a foreign file.

    Parameters
    ----------
    path
        A shapefile (also in a .zip), GeoJSON, GPKG or KML.
    encoding
        What its text is in, where the file does not say it or says it wrongly.

    Raises
    ------
    SourceError
        If it cannot be read whole, or its encoding must be named.
    CRSError
        If it names a CRS that PROJ does not know.
    """
    with TemporaryDirectory(prefix="erdao-geo-") as folder:
        staged = stage(path, Path(folder))
        if staged.suffix == ".shp":
            return _read_shapefile(staged, path, encoding)
        notes = _prepare(staged, path, encoding)
        source = _read(staged, path)
        return replace(source, notes=(*notes, *source.notes))


def _read_shapefile(staged: Path, path: Path, encoding: str | None) -> Source:
    table = inspect(staged, shown=path)
    source = _read(staged, path, table=table)
    texts = _texts(source, table)
    chosen, note = decide_encoding(
        list(dict.fromkeys(texts)), Hints(encoding, table.ldid, _cpg(staged)), path=path
    )
    names = [decode(_raw(name, 10), chosen) for name in source.names]
    rows = tuple(
        {
            name: decode(_raw(value, _width(table, raw)), chosen)
            if isinstance(value := row[raw], str)
            else value
            for raw, name in zip(source.names, names, strict=True)
        }
        for row in source.rows
    )
    notes = [note] if note else []
    if table.starred:
        notes.append(
            f"{table.starred} number cells hold only asterisks: read as empty, as GDAL and ArcGIS "
            "write it; to dBASE they are numbers too long for their field"
        )
    return replace(source, names=tuple(names), rows=rows, notes=tuple(notes))


def _texts(source: Source, table: Table) -> Iterator[Raw]:
    """Give all texts of a table, values first: they make the better sample."""
    for name in source.names:
        width = _width(table, name)
        for row in source.rows:
            if isinstance(row[name], str):
                yield _raw(row[name], width)
    for name in source.names:
        yield _raw(name, 10)


def _raw(text: str, width: int) -> Raw:
    data = text.encode(_AS_BYTES)
    return Raw(data, full=len(data) >= width > 0)


def _width(table: Table, name: str) -> int:
    return table.widths.get(name.encode(_AS_BYTES), 0)


def _cpg(staged: Path) -> str:
    path = staged.with_suffix(".cpg")
    return path.read_text(encoding="ascii", errors="replace") if path.is_file() else ""


def _prepare(staged: Path, path: Path, encoding: str | None) -> tuple[str, ...]:
    """Hold a text format to UTF-8 (recoding the copy where asked), and JSON to being GeoJSON."""
    if staged.suffix == ".gpkg":
        return ("--encoding was not needed: a GPKG is always UTF-8",) if encoding else ()
    data = staged.read_bytes()
    try:
        text = data.decode(encoding or "utf-8-sig")
    except LookupError as error:
        raise SourceError(f"{path}: --encoding {encoding!r} is unknown; name GB18030") from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path}: is not in {encoding or 'UTF-8'} (byte {error.start + 1}); name its encoding "
            "with --encoding, e.g. --encoding GB18030"
        ) from error
    if staged.suffix == ".kml":
        return _prepare_kml(staged, text, encoding)
    _require_geojson(text, path)
    staged.write_text(text, encoding="utf-8")
    return ()


def _prepare_kml(staged: Path, text: str, encoding: str | None) -> tuple[str, ...]:
    if encoding:
        body = text.partition("?>")[2] if text.lstrip().startswith("<?xml") else text
        staged.write_text(f'<?xml version="1.0" encoding="UTF-8"?>{body}', encoding="utf-8")
    if "<ExtendedData" in text:
        return ("ExtendedData was left out: of a KML only Name and Description can be read",)
    return ()


def _require_geojson(text: str, path: Path) -> None:
    try:
        root = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise SourceError(f"{path}: is no JSON: {error}; ask the sender for it anew") from error
    kind = root.get("type") if isinstance(root, dict) else f"a {type(root).__name__}"
    if kind not in ("FeatureCollection", "Feature"):
        raise SourceError(
            f"{path}: is no GeoJSON FeatureCollection (it is {kind}); save it as one, e.g. in QGIS"
        )


def _read(staged: Path, path: Path, *, table: Table | None = None) -> Source:
    layer = _only_layer(staged, path)
    with _opened(staged, path, layer) as collection:
        nested = [n for n, type_ in collection.schema["properties"].items() if type_ == "json"]
    with _opened(staged, path, layer, ignore_fields=nested) as collection:
        names = tuple(collection.schema["properties"])
        records = list(_records(collection, path))
        expected = table.records if table else len(collection)
        crs = _crs(collection.crs_wkt, path)
    if len(records) != expected:
        raise SourceError(
            f"{path}: only {len(records)} of {expected} features can be read; it is damaged, ask "
            "the sender for it anew"
        )
    extra = {name for row, _ in records[:1] for name in row if name not in names}
    return Source(
        path=path,
        crs=crs,
        names=names,
        rows=tuple({name: row[name] for name in names} for row, _ in records),
        geometries=tuple(geometry for _, geometry in records),
        unreadable=tuple(sorted({*nested, *extra})),
    )


def _only_layer(staged: Path, path: Path) -> int | None:
    """Find the one layer with geometries; None is the first, as fiona has it."""
    layers: list[tuple[int | None, str]] = []
    for number in range(_MAX_LAYERS):
        try:
            with _opened(staged, path, number or None) as collection:
                if collection.schema["geometry"] != "None":
                    layers.append((number or None, str(collection.name)))
        except _NoSuchLayerError:
            break
    if not layers:
        raise SourceError(f"{path}: has no layer with geometries; export the right one and try it")
    if len(layers) > 1:
        there = ", ".join(name for _, name in layers)
        raise SourceError(f"{path}: has several layers; export one of them alone: {there}")
    return layers[0][0]


class _NoSuchLayerError(Exception):
    """The file has fewer layers."""


@contextmanager
def _opened(staged: Path, path: Path, layer: int | None, **options: Any) -> Iterator[Any]:
    driver = _DRIVERS[staged.suffix]
    if staged.suffix == ".shp":
        options["encoding"] = _AS_BYTES
    try:
        # KML is read-only in GDAL and therefore not on fiona's list of supported drivers.
        collection = fiona.open(
            staged, driver=driver, layer=layer, allow_unsupported_drivers=True, **options
        )
    except ValueError as error:
        if layer is None:
            raise SourceError(f"{path}: holds no layer; is it the right file?") from error
        raise _NoSuchLayerError from error
    except (FionaError, OSError) as error:
        raise SourceError(
            f"{path}: cannot be read as {driver}: it is damaged, or of another format under this "
            "name; open it in QGIS and save it anew"
        ) from error
    with collection:
        yield collection


def _records(
    collection: Any, path: Path
) -> Iterator[tuple[dict[str, Any], shapely.Geometry | None]]:
    features = iter(collection)
    for number in range(1, 2**62):
        try:
            feature = next(features)
            geometry = feature.geometry and shapely.geometry.shape(feature.geometry)
            properties = dict(feature.properties)
        except StopIteration:
            return
        except (FionaError, shapely.errors.ShapelyError, OSError, ValueError, TypeError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise SourceError(
                f"{path}: feature {number} cannot be read: {reason}; mend or delete it in QGIS"
            ) from error
        clamped = [name for name, value in properties.items() if value in _INT64]
        if clamped:
            raise SourceError(
                f"{path}: feature {number}: {clamped[0]} is a number of more than 18 digits, which "
                "cannot be read exactly; save it as text"
            )
        yield properties, geometry


def _crs(wkt: str, path: Path) -> pyproj.CRS | None:
    if not wkt:
        return None
    try:
        return pyproj.CRS.from_wkt(wkt)
    except ProjCRSError as error:
        raise CRSError(
            f"{path}: names a CRS that PROJ does not know; name the true one with --crs"
        ) from error
