"""Which formats are read, how each is told, and what belongs to it.

A file is of a format only where its name and its first bytes agree: GDAL goes by the bytes alone,
and so would read a list of other files under the name of a .geojson.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from erdao_geo.errors import SourceError

HEAD = 4_096
"""Bytes that tell a format."""

Reader = Literal["shapefile", "gdal", "parquet", "csv"]
Kind = Literal["binary", "json", "xml", "text", "folder"]


@dataclass(frozen=True)
class Format:
    """A format: its names, its first bytes, and what reads it."""

    title: str
    extensions: tuple[str, ...]
    kind: Kind
    magic: re.Pattern[bytes]
    reader: Reader = "gdal"
    drivers: tuple[str, ...] = ()
    """GDAL's, of which one will recognise the file."""
    sidecars: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    """GDAL's opening options."""


_BLANK = rb"\A(?:\xef\xbb\xbf)?[\s\x00]*"
_XML = re.compile(_BLANK + rb"<|\A(?:\xff\xfe<\x00|\xfe\xff\x00<)")
_JSON = re.compile(_BLANK + rb"[\[{\x1e]")
_ZIP = re.compile(rb"\APK(?:\x03\x04|\x05\x06)")
_ANY = re.compile(rb"")
_JSON_DRIVERS = ("GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON", "JSONFG")

SHAPEFILE = Format(
    "shapefile",
    (".shp",),
    "binary",
    re.compile(rb"\A\x00\x00\x27\x0a|"),
    "shapefile",
    sidecars=(".shx", ".dbf", ".prj", ".cpg"),
)
GEODATABASE = Format("File Geodatabase", (".gdb",), "folder", _ANY, drivers=("OpenFileGDB",))
GPKG = Format(
    "GeoPackage",
    (".gpkg",),
    "binary",
    re.compile(rb"\ASQLite format 3\x00"),
    drivers=("GPKG",),
    sidecars=(".gpkg-wal",),
)
KML = Format("KML", (".kml",), "xml", _XML, drivers=("LIBKML",))
JSON = Format(
    "GeoJSON",
    (
        ".geojson",
        ".json",
        ".topojson",
        ".geojsonl",
        ".geojsons",
        ".ndjson",
        ".jsonl",
        ".geojsonseq",
    ),
    "json",
    _JSON,
    drivers=_JSON_DRIVERS,
    options=(("DATE_AS_STRING", "YES"),),
)
FORMATS = (
    SHAPEFILE,
    JSON,
    GPKG,
    KML,
    Format("GML", (".gml",), "xml", _XML, drivers=("GML",), sidecars=(".xsd",)),
    Format("GPX", (".gpx",), "xml", _XML, drivers=("GPX",)),
    Format(
        "DXF",
        (".dxf",),
        "text",
        re.compile(rb"\AAutoCAD Binary DXF|\A(?:\xef\xbb\xbf)?\s*\d+\s*[\r\n]"),
        drivers=("DXF",),
    ),
    Format(
        "MapInfo TAB",
        (".tab",),
        "text",
        re.compile(rb"!table", re.IGNORECASE),
        drivers=("MapInfo File",),
        sidecars=(".dat", ".dbf", ".map", ".id", ".ind"),
    ),
    Format(
        "MapInfo MIF",
        (".mif",),
        "text",
        re.compile(rb"\A(?:\xef\xbb\xbf)?\s*version", re.IGNORECASE),
        drivers=("MapInfo File",),
        sidecars=(".mid",),
    ),
    GEODATABASE,
    Format("FlatGeobuf", (".fgb",), "binary", re.compile(rb"\Afgb"), drivers=("FlatGeobuf",)),
    Format("GeoParquet", (".parquet", ".geoparquet"), "binary", re.compile(rb"\APAR1"), "parquet"),
    Format("CSV", (".csv", ".tsv"), "text", _ANY, "csv"),
    Format(
        "XLSX",
        (".xlsx",),
        "binary",
        _ZIP,
        drivers=("XLSX",),
        options=(("HEADERS", "FORCE"), ("FIELD_TYPES", "AUTO")),
    ),
)
CURVES = Format(
    "WKT",
    (".csv",),
    "text",
    _ANY,
    drivers=("CSV",),
    options=(("GEOM_POSSIBLE_NAMES", "WKT"), ("KEEP_GEOM_COLUMNS", "NO")),
)
"""A table of our own making, of the curves that stand in another as WKT."""
ARCHIVES = (".zip", ".kmz")

_OTHERS: tuple[tuple[bytes, str], ...] = (
    (rb"\A%TSD-Header-###%", "encrypted by an office's document security"),
    (_BLANK + rb"<(!doctype\s+)?html", "an HTML page, perhaps an error page saved by a browser"),
    (rb"\A\s*<(OGRVRT|VRT)", "a VRT: a list of other files"),
    (_ZIP.pattern, "a .zip"),
    (rb"\ASQLite format 3", "an SQLite database"),
    (rb"\A%PDF", "a PDF"),
    (rb"\A(\x89PNG|\xff\xd8\xff|II\*\x00|MM\x00\*)", "an image"),
    (rb"\A(7z\xbc\xaf|Rar!|\x1f\x8b)", "an archive"),
    (rb"\A\xd0\xcf\x11\xe0", "an old Office document"),
    (rb"\APAR1", "a Parquet file"),
    (rb"\Afgb", "a FlatGeobuf"),
    (rb"\A\x00\x00\x27\x0a", "a shapefile"),
    (_BLANK + rb"<", "XML"),
    (_BLANK + rb"[\[{]", "JSON"),
)
_ALWAYS_TOLD = 3
"""So many of these are told whatever the name is; the others where the magic does not fit."""


def format_of(path: Path) -> Format | None:
    """Give the format that a name says, if it says one."""
    extension = path.suffix.lower()
    return next((format_ for format_ in FORMATS if extension in format_.extensions), None)


def listed() -> str:
    """List the formats, for messages."""
    return (
        ", ".join(f"{format_.title} ({' '.join(format_.extensions[:4])})" for format_ in FORMATS)
        + "; a .zip of shapefiles, of a .gdb or of a .gpkg, and .kmz"
    )


def unknown(path: Path) -> SourceError:
    """Say why a name is of no format, and what there is."""
    extension = path.suffix.lower()
    if extension in SHAPEFILE.sidecars:
        return SourceError(
            f"{path}: is a part of a shapefile, and the .shp is missing or not named; name the "
            ".shp (without one nothing is located)"
        )
    if extension in (".7z", ".rar", ".gz", ".tar", ".tgz", ".bz2", ".xz"):
        return SourceError(f"{path}: is a {extension}, but only .zip is opened; unpack it first")
    if extension in (".xls", ".dwg", ".mdb", ".sbn", ".vrt"):
        return SourceError(f"{path}: {_UNREAD[extension]}; there are: {listed()}")
    return SourceError(
        f"{path}: is of no format that can be imported ({extension or 'no extension'}); "
        f"there are: {listed()}"
    )


_UNREAD = {
    ".xls": "is an old Excel file; save it as .xlsx",
    ".dwg": "is a DWG; save it as .dxf in the CAD program",
    ".mdb": "is an Access database; export it as a .gdb or .gpkg",
    ".sbn": "is an index of a shapefile; name its .shp",
    ".vrt": "is a VRT, a list of other files, which is never followed; name the file it lists",
}


def require_format(format_: Format, staged: Path, shown: Path) -> None:
    """Hold a file's first bytes to the format that its name says.

    Raises
    ------
    SourceError
        If it is empty, or something else under this name.
    """
    with staged.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise SourceError(f"{shown}: is empty (0 bytes); ask the sender for it anew")
    for pattern, what in _OTHERS[:_ALWAYS_TOLD]:
        if re.match(pattern, head, re.IGNORECASE):
            raise SourceError(f"{shown}: is {what}; ask the sender for the data itself")
    if format_.magic.search(head) is None:
        what = next((w for p, w in _OTHERS if re.match(p, head, re.IGNORECASE)), "something else")
        raise SourceError(
            f"{shown}: is no {format_.title} but {what} under this name; give it its true name, or "
            "ask the sender for it anew"
        )
