"""Whatever a file of ours holds, in whatever format: no record is lost, and nothing comes twice."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon, box

from erdao_geo import Workspace
from erdao_geo.importing import Outcome
from small import make_workspace

FORMATS = ("a.shp", "a.geojson", "a.gpkg")
LON = st.integers(125_400, 125_500).map(lambda n: n / 1000)
LAT = st.integers(43_850, 43_900).map(lambda n: n / 1000)
PLACE = st.tuples(LON, LAT)
LINE = st.lists(PLACE, min_size=2, max_size=5).map(LineString)  # some have no length
FAR = st.just(LineString([(12.5, 43.8), (12.6, 43.9)]))
GEOMETRY = st.one_of(LINE, LINE, FAR, st.none(), st.just(LineString()), st.just(Point(125.4, 43.8)))
KEY = st.one_of(
    st.none(), st.sampled_from(["k1", "k2", "路3"]), st.uuids().map(lambda u: u.hex[:9])
)
STATUS = st.sampled_from([None, "planned", "在建", "收尾"])
RECORD = st.tuples(KEY, st.text("路街道abc 1", max_size=8), STATUS, GEOMETRY)
SLOW = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@contextmanager
def folders() -> Iterator[tuple[Workspace, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        yield make_workspace(Path(folder) / "workspace"), Path(folder)


def write(path: Path, records: list[tuple[object, ...]]) -> Path:
    """Write records; a shapefile holds no points among its lines."""
    if path.suffix == ".shp":
        records = [(*rest, None if isinstance(g, Point) else g) for *rest, g in records]
    keys, names, statuses, geometries = zip(*records, strict=True)
    columns = {"id": keys, "name": names, "status": statuses}
    frame = gpd.GeoDataFrame(columns, geometry=list(geometries), crs=4326)
    frame[["id", "name", "status"]] = frame[["id", "name", "status"]].astype("string")
    kind = {"geometry_type": "LineString"} if path.suffix == ".shp" else {}
    frame.to_file(path, engine="pyogrio", encoding="utf-8", **kind)
    return path


def became(outcome: Outcome) -> int:
    return outcome.added + outcome.updated + outcome.unchanged + len(outcome.rejected)


@pytest.mark.parametrize("name", FORMATS)
@given(records=st.lists(RECORD, min_size=1, max_size=12))
@SLOW
def test_each_record_is_taken_or_rejected_and_comes_once(name, records) -> None:
    with folders() as (workspace, folder):
        path = write(folder / name, records)
        first = workspace.import_file("lines", path)
        assert first.read == became(first) == len(records)
        data = workspace.root / "data" / "lines.geojson"
        before, revisions = data.read_bytes(), len(workspace.log())
        again = workspace.import_file("lines", path)
        assert (again.unchanged, again.changed) == (first.added, False)
        assert again.rejected == first.rejected
        assert (data.read_bytes(), len(workspace.log())) == (before, revisions)


@given(old=st.lists(RECORD, max_size=6), new=st.lists(RECORD, min_size=1, max_size=6))
@SLOW
def test_what_a_replacing_import_leaves_is_what_the_file_has(old, new) -> None:
    with folders() as (workspace, folder):
        if old:
            workspace.import_file("lines", write(folder / "old.shp", old))
        before = len(workspace.features("lines"))
        outcome = workspace.import_file("lines", write(folder / "new.shp", new), mode="replace")
        after = workspace.features("lines")
        assert outcome.read == became(outcome) == len(new)
        assert len(after) == before + outcome.added - outcome.removed
        assert set(after["id"]) <= {key for key, *_ in (*old, *new)}
        rejected = {record.feature for record in outcome.rejected}
        taken = outcome.read > len(outcome.rejected)  # else nothing is removed
        assert not taken or set(after["id"]) <= {key for key, *_ in new} | rejected


def squares(count: int) -> list[Polygon]:
    """Give squares with a hole, side by side."""
    west = [round(125.41 + number / 100, 3) for number in range(count)]
    return [
        box(x, 43.86, round(x + 0.004, 3), 43.864).difference(
            box(round(x + 0.001, 3), 43.861, round(x + 0.002, 3), 43.863)
        )
        for x in west
    ]


@pytest.mark.parametrize("exterior", [False, True])
@pytest.mark.parametrize("interior", [False, True])
def test_ring_direction_changes_nothing(exterior, interior, tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    [square] = squares(1)
    outer, inner = square.exterior.coords, square.interiors[0].coords
    turned = Polygon(outer[::-1] if exterior else outer, [inner[::-1] if interior else inner])
    for number, shape in enumerate((square, turned)):
        frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shape], crs=4326)
        frame.to_file(tmp_path / f"{number}.geojson")
    workspace.import_file("areas", tmp_path / "0.geojson")
    assert workspace.import_file("areas", tmp_path / "1.geojson").unchanged == 1


@pytest.mark.parametrize("stem", ["areas", "lines"])
@given(order=st.permutations(range(3)), turned=st.booleans())
@SLOW
def test_keys_by_geometry_care_for_no_order_or_direction(stem, order, turned) -> None:
    if stem == "areas":
        parts, join = squares(3), MultiPolygon
    else:
        parts, join = [square.exterior for square in squares(3)], MultiLineString
    moved = [parts[number].reverse() if turned else parts[number] for number in order]
    with folders() as (workspace, folder):
        for name, shape in (("a", join(parts)), ("b", join(moved))):
            frame = gpd.GeoDataFrame({"name": ["路"]}, geometry=[shape], crs=4326)
            frame.to_file(folder / f"{name}.shp")
            workspace.import_file(stem, folder / f"{name}.shp", key="geometry")
        features = workspace.features(stem)
        assert len(features) == 1
        assert features.geometry[0].equals(join(parts))
