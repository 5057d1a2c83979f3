"""A delivery: what a foreign file brings to a layer, in the layer's fields and in lon, lat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from erdao_geo.crs import parse_crs, to_lonlat
from erdao_geo.definitions import Layer
from erdao_geo.errors import CRSError
from erdao_geo.importing.fields import Wanted, coerce, map_fields, translate, unmapped
from erdao_geo.importing.source import Source, read_source


@dataclass(frozen=True)
class Delivery:
    """The features of a file, as the layer would have them."""

    source: Path
    features: gpd.GeoDataFrame
    """In EPSG:4326 and the file's order, with those fields of the layer that the file gives."""
    notes: tuple[str, ...]
    """What was decided on the way, for the user to know."""


def read_delivery(
    path: Path,
    layer: Layer,
    *,
    crs: str | None = None,
    encoding: str | None = None,
    fields: Wanted | None = None,
    constants: Mapping[str, str] | None = None,
) -> Delivery:
    """Read a foreign file and bring it to a layer's fields and to longitude and latitude.

    Parameters
    ----------
    path
        A shapefile (also in a .zip), GeoJSON, GPKG or KML.
    layer
        The layer it is for.
    crs, encoding
        What the file does not say of itself, or says wrongly.
    fields
        From the file's field to the layer's, beside those that match by name or title.
    constants
        The layer's field to a value for every feature.

    Returns
    -------
    Delivery
        Not yet validated: a value that does not fit its field stands as it was read.

    Raises
    ------
    SourceError
        If the file cannot be read whole, its encoding must be named, or fields do not meet.
    CRSError
        If its CRS must be named, or cannot be brought to CGCS2000.
    """
    source = read_source(path, encoding=encoding)
    mapping = map_fields(layer, source, wanted=fields or {}, constants=constants or {})
    columns, words = _columns(layer, source, mapping, constants or {})
    chosen, notes = _choose_crs(source, crs)
    index = pd.RangeIndex(len(source.rows))
    typed = {n: pd.Series(values, index=index, dtype="object") for n, values in columns.items()}
    geometry = gpd.GeoSeries(np.array(source.geometries, dtype=object), index=index, crs=chosen)
    try:
        features = to_lonlat(gpd.GeoDataFrame(typed, index=index, geometry=geometry))
    except CRSError as error:
        raise CRSError(f"{path}: {error}") from error
    left = _note_unmapped(source, mapping)
    return Delivery(path, features, (*source.notes, *notes, *words, *left))


def _columns(
    layer: Layer, source: Source, mapping: Mapping[str, str], constants: Mapping[str, str]
) -> tuple[dict[str, list[Any]], list[str]]:
    columns: dict[str, list[Any]] = {}
    notes: list[str] = []
    for name, field in layer.fields.items():
        if name in constants:
            values = [constants[name]] * len(source.rows)
        elif name in mapping:
            values = [row[mapping[name]] for row in source.rows]
        else:
            continue
        columns[name], words = translate(coerce(values, field), name, field)
        notes += words
    if "evidence" in constants:  # it speaks of the places that are there
        located = zip(columns["evidence"], source.geometries, strict=True)
        columns["evidence"] = [value if place is not None else None for value, place in located]
    return columns, notes


def _choose_crs(source: Source, named: str | None) -> tuple[pyproj.CRS, list[str]]:
    if named is None:
        if source.crs is None:
            raise CRSError(
                f"{source.path}: has no .prj, so its CRS is unknown; name it with --crs, e.g. "
                "--crs EPSG:4551 (CGCS2000, 3-degree zone, central meridian 126E)"
            )
        return source.crs, []
    chosen = parse_crs(named)
    if source.crs is None or source.crs.equals(chosen, ignore_axis_order=True):
        return chosen, []
    return chosen, [f"the file says {source.crs.name}; read as {chosen.name}, as named"]


def _note_unmapped(source: Source, mapping: Mapping[str, str]) -> list[str]:
    left = unmapped(source, mapping)
    if not left:
        return []
    return [f"fields left out: {', '.join(left)}; bring one in with --field {left[0]}=NAME"]
