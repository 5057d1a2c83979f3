"""RFC 7946 GeoJSON: sorted by key, a feature a line, 7 decimals, right-hand rule, no `crs`.

Coordinates are lon, lat in CGCS2000 taken as WGS 84; 7 decimals are about 1 cm. The collection's
`as_of` (a foreign member, RFC 7946 section 6.1) is the date of the data, where it is known.
"""

from __future__ import annotations

import datetime as dt
import re
from codecs import BOM_UTF8  # editors and some GIS on Windows write one; no JSON allows it
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely

from erdao_geo.definitions import FieldType, Layer
from erdao_geo.errors import StorageError
from erdao_geo.features import values
from erdao_geo.storage.atomic import write_bytes
from erdao_geo.storage.lines import SEPARATOR, feature_lines, text_of

CRS = "EPSG:4326"
DECIMALS = 7


@dataclass(frozen=True)
class Stored:
    """What a layer's file holds: its features, and the date it gives for them."""

    features: gpd.GeoDataFrame
    as_of: dt.date | None
    unreadable: Mapping[int, str] = field(default_factory=dict)
    """By place in `features`, why a geometry cannot be built; it stands there as missing, so that
    whoever takes the features must refuse these first (`validate` lists them)."""


def read_features(path: Path, layer: Layer) -> Stored:
    """Read a layer's features.

    Parameters
    ----------
    path
        A GeoJSON FeatureCollection.
    layer
        Its definition: the columns come in its order, typed where all values fit (integer to
        `Int64`, number to `float64`, boolean to `boolean`; text and ISO dates stay `object`).

    Returns
    -------
    Stored
        Features in EPSG:4326, in the file's order; a missing value is None, NaN or NA, a missing
        geometry None, and so is one that cannot be built, which `unreadable` then names. A property
        the layer does not define becomes a column after the others.

    Raises
    ------
    StorageError
        If the file cannot be read, or is no FeatureCollection.
    """
    collection = _load(path)
    features = collection["features"]
    properties = [
        _member(path, i, feature, "properties") or {} for i, feature in enumerate(features)
    ]
    geometries, unreadable = _geometries([row.get("geometry", ...) for row in features])
    names = dict.fromkeys([*layer.fields, *(name for row in properties for name in row)])
    if "geometry" in names:
        raise StorageError(
            f"{path}: has a property 'geometry', which is no field's name; rename it"
        )
    columns = {name: _column([row.get(name) for row in properties], layer, name) for name in names}
    frame = gpd.GeoDataFrame(columns, geometry=geometries, crs=CRS)
    return Stored(frame, _date(path, collection.get("as_of")), unreadable)


def write_features(
    path: Path, features: gpd.GeoDataFrame, layer: Layer, *, as_of: dt.date | None = None
) -> None:
    """Write a layer's features, replacing the file whole or not at all.

    Parameters
    ----------
    path
        The file to write.
    features
        In EPSG:4326. Every field of the layer is written, in its order, then what else there is;
        Z is dropped; missing values and columns become null.
    layer
        Its definition.
    as_of
        The date of the data, kept in the file.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    ordered = features.sort_values(layer.key, kind="stable")
    names = list(layer.fields)
    names += [name for name in ordered.columns if name not in (*names, ordered.geometry.name)]
    columns = {name: values(ordered, name) for name in names}
    lines = feature_lines(columns, rounded(ordered.geometry))
    text = head(as_of) + bytes(text_of(lines)).removesuffix(SEPARATOR) + FOOT
    write_bytes(path, text)


FOOT = b"\n]}\n"
"""What stands after the lines of a layer's file."""


def head(as_of: dt.date | None) -> bytes:
    """Give what stands before the lines of a layer's file."""
    dated = f'"as_of":"{as_of.isoformat()}",\n' if as_of else ""
    return f'{{"type":"FeatureCollection",\n{dated}"features":[\n'.encode()


def rounded(geometries: gpd.GeoSeries) -> Any:
    """Round geometries as they are stored: 2-D, 7 decimals, shells anticlockwise.

    Returns
    -------
    numpy.ndarray of shapely.Geometry
        None stays None.
    """
    flat = shapely.force_2d(geometries.to_numpy())
    return shapely.transform(
        shapely.orient_polygons(flat, exterior_cw=False), lambda xy: np.round(xy, DECIMALS) + 0.0
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        collection = orjson.loads(path.read_bytes().removeprefix(BOM_UTF8))
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise StorageError(f"{path}: is no JSON: {error}") from error
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise StorageError(f"{path}: is no GeoJSON FeatureCollection")
    if not isinstance(collection.get("features"), list):
        raise StorageError(f"{path}: has no list of features")
    return collection


def _member(path: Path, number: int, feature: Any, name: str) -> dict[str, Any] | None:
    member = feature.get(name, ...) if isinstance(feature, dict) else ...
    if member is not None and not isinstance(member, dict):
        raise StorageError(f"{path}: feature {number + 1} has no {name}")
    return member


def _geometries(members: list[Any]) -> tuple[Any, dict[int, str]]:
    """Build geometries from GeoJSON's values; say of each that cannot be built why."""
    unreadable = {row: why for row, member in enumerate(members) if (why := _unfit(member))}
    texts = np.array(
        [
            None if member is None or row in unreadable else _text(member)
            for row, member in enumerate(members)
        ],
        dtype=object,
    )
    geometries = shapely.from_geojson(texts, on_invalid="ignore")
    for row in np.flatnonzero(shapely.is_missing(geometries)).tolist():
        if texts[row] is not None:
            unreadable[row] = _refusal(texts[row])
    return geometries, unreadable


def _unfit(member: Any) -> str | None:
    """Say why a value is no geometry, where GEOS would not."""
    if member is ...:
        return "there is none; write null"
    if member is not None and not isinstance(member, dict):
        return "it is no object"
    if member and str(member.get("type")).startswith("Feature"):
        return f"it is a {member['type']}"
    return None


def _text(member: dict[str, Any]) -> bytes:
    """Write a geometry for GEOS; one too deep to write is an empty text, which GEOS refuses."""
    try:
        return orjson.dumps(member)
    except orjson.JSONEncodeError:
        return b""


def _refusal(text: bytes) -> str:
    """Say why GEOS builds no geometry from a text, in its words."""
    if not text:
        return "it nests too deeply"
    try:
        shapely.from_geojson(text)
    except shapely.errors.GEOSException as error:
        return _NOISE.sub("", str(error).splitlines()[0]).rstrip("'")
    return "it cannot be built"


_NOISE = re.compile(r"^\w+Exception: (Error parsing JSON: )?'?(\[json\.[^]]*\] )?")


_CASTS: dict[FieldType, tuple[tuple[type, ...], str]] = {
    "integer": ((int,), "Int64"),
    "number": ((int, float), "float64"),
    "boolean": ((bool,), "boolean"),
}


def _column(entries: list[Any], layer: Layer, name: str) -> pd.Series[Any]:
    """Type a column by its field; values that do not fit stay as they are, for `validate`."""
    field = layer.fields.get(name)
    types, dtype = _CASTS.get(field.type, ((), "object")) if field else ((), "object")
    fits = all(v is None or (isinstance(v, types) and _fits(v, types)) for v in entries)
    return pd.Series(entries, dtype=dtype if types and fits else "object")


def _fits(value: Any, types: tuple[type, ...]) -> bool:
    """Tell a bool from an int, since to Python True is one; and an int from one over 64 bits."""
    is_whole = types == (int,)
    return isinstance(value, bool) == (bool in types) and (
        not is_whole or -(2**63) <= value < 2**63
    )


def _date(path: Path, text: Any) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise StorageError(f"{path}: as_of is {text!r}; write a date as YYYY-MM-DD") from error
