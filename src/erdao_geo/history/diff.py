"""What differs between two states of a layer: added, removed, redrawn, changed fields, by key.

The states are compared as they are written. In our own form a feature is a line, so lines that
stand in both are equal without being understood; only the others are read.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import orjson
import shapely

from erdao_geo.errors import StorageError
from erdao_geo.measure import area, length

_BEGIN, _END = b'"features":[', b"]}"
_FEATURE = b'{"type":"Feature",'
_LONLAT = "EPSG:4326"

Json = dict[str, Any]
_Pair = tuple[str, Json, Json]


@dataclass(frozen=True)
class Change:
    """A field of a feature that has another value."""

    feature: str
    field: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Redrawn:
    """A feature with another geometry.

    `length` and `area` are the old and the new, in m and m2, where the geometry has one; `moved` is
    how far, in m, a vertex of either drawing is from the other at most. None where one has no
    geometry.
    """

    feature: str
    length: tuple[float, float] | None
    area: tuple[float, float] | None
    moved: float | None


@dataclass(frozen=True)
class Diff:
    """What differs between two states of a layer, each list in the order of keys."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    redrawn: tuple[Redrawn, ...]
    changed: tuple[Change, ...]
    unchanged: int
    dates: tuple[str | None, str | None]
    """The `as_of` of the data, before and after."""

    @property
    def is_empty(self) -> bool:
        """Whether every feature is as it was."""
        return not (self.added or self.removed or self.redrawn or self.changed)

    @property
    def counts(self) -> dict[str, int]:
        """How many features were added, updated, removed and unchanged."""
        updated = {change.feature for change in self.changed}
        updated |= {redrawn.feature for redrawn in self.redrawn}
        return {
            "added": len(self.added),
            "updated": len(updated),
            "removed": len(self.removed),
            "unchanged": self.unchanged,
        }


def compare(layer: str, key: str, old: bytes, new: bytes) -> Diff:
    """Compare two states of a layer.

    Parameters
    ----------
    layer
        Its name, for the message of an error.
    key
        Its key field. Features that share a key, or have none, are paired in their order.
    old, new
        What its file held.

    Raises
    ------
    StorageError
        If one of them is no GeoJSON FeatureCollection.
    """
    diff, pairs = _compare(layer, key, old, new)
    return replace(diff, redrawn=tuple(_redrawn(pairs)))


def count_changes(layer: str, key: str, old: Path, new: Path) -> dict[str, int] | None:
    """Count what differs between two files of a layer, as `Diff.counts` does.

    None where that cannot be told, because one of them cannot be read as GeoJSON.
    """
    try:
        diff, _ = _compare(layer, key, old.read_bytes(), new.read_bytes())
    except (OSError, StorageError):
        return None
    return diff.counts


def _compare(layer: str, key: str, old: bytes, new: bytes) -> tuple[Diff, list[_Pair]]:
    """Compare two states, and give the features to be measured beside what differs."""
    was, now = _read(layer, old), _read(layer, new)
    same = _in_both(was.lines, now.lines)
    olds, news = _others(layer, key, was, same), _others(layer, key, now, same)
    pairs = [(name, olds[name], news[name]) for name in sorted(olds.keys() & news.keys())]
    redrawn = [pair for pair in pairs if pair[1]["geometry"] != pair[2]["geometry"]]
    changed = tuple(change for pair in pairs for change in _changes(*pair))
    touched = {name for name, _, _ in redrawn} | {change.feature for change in changed}
    diff = Diff(
        added=tuple(sorted(news.keys() - olds.keys())),
        removed=tuple(sorted(olds.keys() - news.keys())),
        redrawn=tuple(Redrawn(name, None, None, None) for name, _, _ in redrawn),
        changed=changed,
        unchanged=len(same) + len(pairs) - len(touched),
        dates=(was.date, now.date),
    )
    return diff, redrawn


@dataclass(frozen=True)
class _State:
    """A layer as it is written: a text for each feature, and the date of the data."""

    lines: list[bytes]
    date: str | None


def _read(layer: str, content: bytes) -> _State:
    content = content.removeprefix(BOM_UTF8)
    head, begin, body = content.partition(_BEGIN + b"\n")
    is_ours = begin != b"" and body.endswith(b"\n" + _END + b"\n")
    lines = body.removesuffix(b"\n" + _END + b"\n").split(b",\n") if is_ours else []
    if is_ours and all(line.startswith(_FEATURE) for line in lines):
        return _State(lines, _object(layer, head + begin + _END).get("as_of"))
    collection = _object(layer, content)
    features = collection.get("features")
    if not isinstance(features, list):
        raise StorageError(f"{layer}: a state to compare is no GeoJSON FeatureCollection")
    return _State([orjson.dumps(feature) for feature in features], collection.get("as_of"))


def _object(layer: str, content: bytes) -> Json:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise StorageError(f"{layer}: a state to compare is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise StorageError(f"{layer}: a state to compare is no GeoJSON FeatureCollection")
    return found


def _in_both(lines: list[bytes], others: list[bytes]) -> set[bytes]:
    """Give the lines that stand in both; none where a line stands twice, so that all are read."""
    kinds, other_kinds = set(lines), set(others)
    if len(kinds) < len(lines) or len(other_kinds) < len(others):
        return set()
    return kinds & other_kinds


def _others(layer: str, key: str, state: _State, same: set[bytes]) -> dict[str, Json]:
    """Read the features that do not stand in both states, by key."""
    found: dict[str, Json] = {}
    seen: Counter[str] = Counter()
    for feature in (_object(layer, line) for line in state.lines if line not in same):
        properties = feature.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        name = base = str(properties.get(key, "(no key)"))
        seen[base] += 1
        while name in found:
            seen[base] += name != base
            name = f"{base} ({seen[base]})"
        found[name] = {"properties": properties, "geometry": feature.get("geometry")}
    return found


def _changes(name: str, old: Json, new: Json) -> list[Change]:
    was, now = old["properties"], new["properties"]
    return [
        Change(name, field, was.get(field), now.get(field))
        for field in dict.fromkeys([*was, *now])
        if not _is_same(was.get(field), now.get(field))
    ]


def _is_same(old: Any, new: Any) -> bool:
    """Compare values as JSON does, where true is not 1."""
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def _redrawn(pairs: Sequence[_Pair]) -> Iterator[Redrawn]:
    if not pairs:
        return
    olds, news = _geometries(pair[1] for pair in pairs), _geometries(pair[2] for pair in pairs)
    lengths = list(zip(length(olds), length(news), strict=True))
    areas = list(zip(area(olds), area(news), strict=True))
    kinds = shapely.get_dimensions(olds.geometry), shapely.get_dimensions(news.geometry)
    moved = _moved(olds, news)
    for i, (name, _, _) in enumerate(pairs):
        yield Redrawn(
            name,
            length=lengths[i] if kinds[0][i] == kinds[1][i] == 1 else None,
            area=areas[i] if kinds[0][i] == kinds[1][i] == 2 else None,  # noqa: PLR2004 - surfaces
            moved=None if np.isnan(moved[i]) else float(moved[i]),
        )


def _geometries(features: Iterable[Json]) -> gpd.GeoDataFrame:
    texts = [feature["geometry"] and orjson.dumps(feature["geometry"]) for feature in features]
    geometries = shapely.from_geojson(np.array(texts, dtype=object), on_invalid="ignore")
    return gpd.GeoDataFrame(geometry=geometries, crs=_LONLAT)


def _moved(olds: gpd.GeoDataFrame, news: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Measure how far a vertex of either drawing is from the other drawing at most, in metres.

    The nearest point is sought where a degree is as long either way; the way there is geodesic.
    """
    old, new = np.asarray(olds.geometry), np.asarray(news.geometry)
    middle = np.nanmean(shapely.bounds(np.concatenate([old, new]))[:, [1, 3]])
    narrow = float(np.cos(np.radians(0.0 if np.isnan(middle) else middle)))
    flat_old, flat_new = _stretched(old, narrow), _stretched(new, narrow)
    moved = np.full(len(old), np.nan)
    for here, there in ((flat_old, flat_new), (flat_new, flat_old)):
        xy, owners = shapely.get_coordinates(here, return_index=True)
        shapely.prepare(there)
        ways = shapely.shortest_line(there[owners], shapely.points(xy))
        lines = gpd.GeoDataFrame(geometry=_stretched(ways, 1 / narrow), crs=_LONLAT)
        np.fmax.at(moved, owners, length(lines).to_numpy())
    return moved


def _stretched(geometries: npt.NDArray[Any], factor: float) -> npt.NDArray[Any]:
    stretched: npt.NDArray[Any] = shapely.transform(geometries, lambda xy: xy * [factor, 1.0])
    return stretched
