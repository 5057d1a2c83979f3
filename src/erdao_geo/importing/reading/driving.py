"""Have GDAL or pyarrow read a staged file in a child process, and take over what it wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyproj
from pyproj.exceptions import CRSError as ProjCRSError

from erdao_geo.errors import SourceError
from erdao_geo.importing.foreign import Finding, Source, counted
from erdao_geo.importing.reading.columns import Settled, null_table, settle
from erdao_geo.importing.reading.completeness import require_whole
from erdao_geo.importing.reading.formats import GPKG, Format
from erdao_geo.importing.reading.isolate import limits_for, run
from erdao_geo.importing.reading.limits import MAX_FEATURES, MAX_FIELDS, MAX_LAYERS, MAX_VERTICES
from erdao_geo.importing.reading.literals import as_written, unread_geometries
from erdao_geo.importing.reading.preparing import Prepared, prepare
from erdao_geo.importing.reading.private import Staged

_HERE = Path(__file__).parent
_KNOWN_DRIVERS = (
    "ADBC", "AIVector", "AVCBin", "AVCE00", "AmigoCloud", "CSV", "CSW", "Carto", "DGN", "DXF",
    "EDIGEO", "EEDA", "ESRI Shapefile", "ESRIJSON", "Elasticsearch", "FlatGeobuf", "GDALG", "GML",
    "GPKG", "GPSBabel", "GPX", "GTFS", "GeoJSON", "GeoJSONSeq", "GeoRSS", "HTTP", "Idrisi", "JML",
    "JSONFG", "KML", "LIBKML", "LVBAG", "MBTiles", "MVT", "MapInfo File", "MapML",
    "MiraMonVector", "NGW", "OAPIF", "ODS", "OGCAPI", "OGR_GMT", "OGR_PDS", "OGR_VRT", "OSM",
    "OpenFileGDB", "PCIDSK", "PDF", "PDS4", "PGDUMP", "PLSCENES", "PMTiles", "Parquet",
    "PostgreSQL", "S57", "SQLite", "SXF", "Selafin", "TopoJSON", "VDV", "VFK", "VICAR", "WAsP",
    "WFS", "XLSX",
)  # fmt: skip
"""GDAL's, so that they are away from the start; the child makes sure of those it has beside."""
_GUARDS = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "PROJ_NETWORK": "OFF",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "200",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    "LIBKML_RESOLVE_STYLE": "NO",
    "OGR_SQLITE_LOAD_EXTENSIONS": "",
}
_ALWAYS_LONLAT = ("LIBKML", "GPX")
_KML_EXTRAS = ("timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility",
               "drawOrder", "icon")  # fmt: skip
_UNSET = (None, -1, 0, "")
_HEARD = 5


def read_in_child(staged: Staged, *, encoding: str | None = None) -> list[Source]:
    """Read all layers of a staged file.

    Parameters
    ----------
    staged
        The private copy.
    encoding
        What its text is in, as the user names it.

    Returns
    -------
    list of Source
        In the file's order.

    Raises
    ------
    SourceError
        If the child says that it cannot be read, or did not live to say it.
    """
    least = require_whole(staged)
    prepared = prepare(staged, encoding=encoding)
    folder = staged.path.parent / "out"
    folder.mkdir()
    result = run_reader(staged, prepared, folder)
    if "error" in result:
        raise SourceError(_refusal(staged, result))
    if staged.format is GPKG:
        _add_mistyped(staged, result["layers"], folder)
    sources = [
        _source(staged, prepared, layer, folder, encoding=encoding) for layer in result["layers"]
    ]
    found = sum(len(source.geometry) for source in sources)
    if least is not None and found < least:
        raise SourceError(
            f"{staged.shown}: only {found:,} of {least:,} records can be read; a part is damaged, "
            "ask the sender for all parts anew"
        )
    if not sources:
        raise SourceError(f"{staged.shown}: holds no layer; open it in QGIS to see what is in it")
    return sources


def run_reader(staged: Staged, prepared: Prepared, folder: Path) -> dict[str, Any]:
    """Have a child read a staged file: it writes what `result.json`, given here, lists."""
    format_ = staged.format
    request = {
        "path": str(staged.path),
        "shown": str(staged.shown),
        "folder": str(folder),
        "drivers": format_.drivers,
        "options": dict(format_.options),
        "max_layers": MAX_LAYERS,
        "max_features": MAX_FEATURES,
        "max_fields": MAX_FIELDS,
        "max_vertices": MAX_VERTICES,
    }
    script = "parquet.py" if format_.reader == "parquet" else "gdal.py"
    run(
        _HERE / script,
        [json.dumps(request)],
        folder=folder,
        shown=staged.shown,
        limits=limits_for(_size(staged.path)),
        env={**_GUARDS, **prepared.env, "GDAL_SKIP": _skipped(format_)},
    )
    return dict(json.loads((folder / "result.json").read_text(encoding="utf-8")))


def _add_mistyped(staged: Staged, layers: list[dict[str, Any]], folder: Path) -> None:
    """Have the values of a GeoPackage looked at that are not of their field's type."""
    request = {
        "path": str(staged.path),
        "folder": str(folder),
        "layers": [layer["name"] for layer in layers],
    }
    limits = limits_for(_size(staged.path))
    run(_HERE / "gpkg.py", [json.dumps(request)], folder=folder, shown=staged.shown, limits=limits)
    found = json.loads((folder / "mistyped.json").read_text(encoding="utf-8"))
    for layer in layers:
        layer["mistyped"] = found.get(layer["name"], [])


def _skipped(format_: Format) -> str:
    others = [driver for driver in _KNOWN_DRIVERS if driver not in format_.drivers]
    return ",".join([*others, "VRT", "GTI"])


def _size(path: Path) -> int:
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


def _refusal(staged: Staged, result: dict[str, Any]) -> str:
    reason = str(result["error"]).replace(str(staged.path), staged.shown.name)
    reason = reason.split("; It might help")[0].rstrip(".")
    if "Geometry type is not supported" in reason:
        return (
            f"{staged.shown}: holds surfaces in space (multipatch, TIN), which are not read; save "
            "what they cover as polygons"
        )
    if result.get("large"):
        return f"{staged.shown}: has {reason}; split it and import the parts"
    return (
        f"{staged.shown}: cannot be read as {staged.format.title} ({reason}); it is damaged, or of "
        "another format under this name: open it in QGIS and save it anew"
    )


def _source(
    staged: Staged,
    prepared: Prepared,
    layer: dict[str, Any],
    folder: Path,
    *,
    encoding: str | None,
) -> Source:
    table, geometry = read_table(layer, folder)
    changed: tuple[Finding, ...] = ()
    unread: list[Finding] = []
    if staged.format.kind == "json":
        text = staged.path.read_text(encoding="utf-8")
        table, changed = as_written(table, text)
        unread = unread_geometries(geometry, text)
    table = table.rename_columns([prepared.names.get(n, n) for n in table.column_names])
    settled = settle(table, known=prepared.encoding, named=encoding, declared=prepared.declared)
    if staged.path.suffix == ".kml":
        settled = Settled(_without_unset(settled.table), *_rest(settled))
    crs, evidence = _crs(layer["crs"], staged)
    return Source(
        path=staged.shown,
        driver="Parquet" if staged.format.reader == "parquet" else layer["driver"],
        name=_layer_name(staged, layer),
        table=settled.table,
        geometry=geometry,
        crs=crs,
        crs_evidence=(evidence,),
        encoding=settled.encoding,
        findings=(
            *prepared.findings,
            *changed,
            *settled.findings,
            *_findings(layer, geometry),
        ),
        rejected=(*prepared.rejected, *settled.rejected, *_rejected(layer), *unread),
    )


def _rest(settled: Settled) -> tuple[Any, ...]:
    return settled.encoding, settled.findings, settled.rejected


def read_table(layer: dict[str, Any], folder: Path) -> tuple[pa.Table, pa.ChunkedArray]:
    """Give a layer's fields and its geometry, mapped from the file that the child wrote."""
    if layer["file"] is None:
        return pa.table({}), pa.chunked_array([], pa.binary())
    with pa.memory_map(str(folder / layer["file"])) as file:
        table = pa.ipc.open_file(file).read_all()
    table.validate()
    name = layer["geometry"]
    if not table.column_names:
        table = null_table(layer["rows"])
    if name is None:
        return table, pa.chunked_array([pa.nulls(table.num_rows, pa.binary())])
    place = len(table.column_names) - 1 - table.column_names[::-1].index(name)
    return table.remove_column(place), table.column(place).cast(pa.binary())


def _without_unset(table: pa.Table) -> pa.Table:
    """Leave out what LIBKML adds to every placemark and none of these sets."""
    extras = [
        name
        for name in _KML_EXTRAS
        if name in table.column_names and set(pc.unique(table[name]).to_pylist()) <= set(_UNSET)
    ]
    kept = [name for name in table.column_names if name not in extras]
    return table.select(kept)


def _layer_name(staged: Staged, layer: dict[str, Any]) -> str:
    """Give a layer's name; GDAL names some after the file, which is ours."""
    name = str(layer["name"])
    return staged.shown.name.partition(".")[0] if name == staged.path.stem else name


def _crs(text: str | None, staged: Staged) -> tuple[pyproj.CRS | None, str]:
    if staged.format.drivers and staged.format.drivers[0] in _ALWAYS_LONLAT:
        return pyproj.CRS.from_epsg(4326), f"{staged.format.title} is always in WGS 84 lon/lat"
    if not text:
        return None, f"the {staged.format.title} names no CRS"
    try:
        crs = pyproj.CRS.from_user_input(text)
    except ProjCRSError:
        return None, f"it names a CRS that PROJ does not know: {' '.join(text.split())[:80]!r}"
    if crs.is_engineering or crs.name.startswith("Undefined"):
        return None, f"the {staged.format.title} says {crs.name!r}: coordinates of no known place"
    if (
        staged.format.kind == "json"
        and text in ("EPSG:4326", "OGC:CRS84")
        and not _says_crs(staged)
    ):
        return crs, "it names no CRS, and GeoJSON without one is WGS 84 lon/lat (RFC 7946)"
    return crs, f"the {staged.format.title} says {crs.name!r}"


def _says_crs(staged: Staged) -> bool:
    data = staged.path.read_bytes()
    return any(word in data for word in (b'"crs"', b'"coordRefSys"', b'"spatialReference"'))


def _findings(layer: dict[str, Any], geometry: pa.ChunkedArray) -> list[Finding]:
    heard = layer["heard"][:_HEARD]
    found = [Finding(None, "gdal", " ".join(words.split())[:300]) for words in heard]
    if layer["curves"]:
        found.append(straightened(layer["curves"]))
    found += [
        Finding(None, "field-left-out", f"field {name!r} holds no text or number: left out")
        for name in layer.get("left_out", ())
    ]
    if geometry.null_count == len(geometry) and not layer["rejects"]:
        found.append(Finding(None, "no-geometry", "none of its records has a geometry"))
    return found


def straightened(count: int) -> Finding:
    """Say of how many geometries the curves were made straight."""
    message = f"{counted(count, 'curve')} made straight, in pieces of 4 degrees"
    return Finding(None, "curve-straightened", message)


def _rejected(layer: dict[str, Any]) -> list[Finding]:
    unread = [
        Finding(int(record), "geometry-unreadable", f"its geometry cannot be read: {reason}")
        for record, reason in layer["rejects"]
    ]
    mistyped = layer.get("mistyped", ())
    return unread + [Finding(int(record), "type", reason) for record, reason in mistyped]
