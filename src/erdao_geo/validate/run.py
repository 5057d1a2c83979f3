"""Every rule over every feature: the faults are listed, none is mended."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy.typing as npt

from erdao_geo.definitions import Layer
from erdao_geo.errors import Problem
from erdao_geo.features import values
from erdao_geo.validate.fields import check_blanks, check_fields, check_keys
from erdao_geo.validate.geometry import Bounds, check_geometries, check_place
from erdao_geo.validate.rows import Fault, Rows
from erdao_geo.validate.works import check_dates, check_evidence


def validate(
    layer: Layer,
    features: gpd.GeoDataFrame,
    *,
    bounds: Bounds | None = None,
    unreadable: Mapping[int, str] | None = None,
    groupings: Collection[str] = (),
) -> list[Problem]:
    """List every fault in a layer's features.

    Parameters
    ----------
    layer
        What the features must be.
    features
        In EPSG:4326, in any order.
    bounds
        The district's box; a feature wholly outside it (by more than `MARGIN`) is a fault.
    unreadable
        By place in `features`, why a geometry that stands in the file could not be built.
    groupings
        The fields that features are counted by: like a key, a text there bears no blanks about it,
        which nobody sees and which would make two of one.

    Returns
    -------
    list of Problem
        Sorted by feature and rule; empty where there is nothing to say.
    """
    place = features.geometry.name
    names = [name for name in features.columns if name != place]
    columns = {name: values(features, name) for name in dict.fromkeys([*layer.fields, *names])}
    rows = Rows(layer, columns, features.geometry.to_numpy(), unreadable or {}, groupings)
    return sorted(problem for _, problem in _judged(rows, bounds))


def problems_by_row(
    layer: Layer,
    columns: Mapping[str, list[Any]],
    geometries: npt.NDArray[Any],
    *,
    bounds: Bounds | None = None,
    groupings: Collection[str] = (),
) -> dict[int, list[Problem]]:
    """List the faults that single features have of themselves, by their place in the columns.

    What only the whole layer can tell (two features with one key) is left out; else as `validate`.
    """
    found: dict[int, list[Problem]] = {}
    rows = Rows(layer, columns, geometries, {}, groupings)
    for row, problem in _judged(rows, bounds):
        if row is not None:
            found.setdefault(row, []).append(problem)
    return found


def _judged(rows: Rows, bounds: Bounds | None) -> Iterator[Fault]:
    yield from check_keys(rows)
    yield from check_fields(rows)
    yield from check_evidence(rows)
    yield from check_dates(rows)
    yield from check_geometries(rows)
    yield from check_place(rows, bounds)
    for name in sorted({rows.layer.key, *rows.groupings}):
        yield from check_blanks(rows, name)
