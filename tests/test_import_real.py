"""Real roads of the district, as an office would deliver them, from the file to the page."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pytest
from geographiclib.geodesic import Geodesic
from shapely.geometry import shape

from erdao_geo import Workspace, measure

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "real" / "erdao_osm_roads_subset_wgs84.geojson"
EARTH = Geodesic(6_378_137, 1 / 298.257222101)
FIELDS = {"BH": "id", "LM": ["name", "road"], "ZT": "status"}

pytestmark = pytest.mark.skipif(
    not REAL.exists(), reason="needs ../shared/real, which is not part of the project"
)


def lines() -> list[dict]:
    features = json.loads(REAL.read_text("utf-8"))["features"]
    return [f for f in features if f["geometry"]["type"].endswith("LineString")]


def true_length(geometry: dict) -> float:
    parts = geometry["coordinates"]
    if geometry["type"] == "LineString":
        parts = [parts]
    return sum(
        EARTH.Inverse(a[1], a[0], b[1], b[0])["s12"] for part in parts for a, b in pairwise(part)
    )


@pytest.fixture
def delivered(tmp_path: Path) -> tuple[Workspace, Path]:
    """Copy the workspace, and write the real lines as a GBK shapefile in EPSG:4551."""
    for name in ("layers", "data", "maps"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "plan.toml", tmp_path)
    real = lines()
    roads = gpd.GeoDataFrame(
        {
            "BH": [f"osm-{number:02}" for number in range(len(real))],
            "LM": [f["properties"]["name"] or "无名河" for f in real],
            "ZT": ["完工"] * len(real),
        },
        geometry=[shape(f["geometry"]) for f in real],
        crs="EPSG:4490",
    ).to_crs("EPSG:4551")
    path = tmp_path / "实测道路.shp"
    roads.to_file(path, engine="fiona", encoding="GBK")
    assert path.with_suffix(".cpg").exists()
    return Workspace(tmp_path), path


@pytest.mark.accuracy
def test_real_roads_keep_their_length_and_their_names(delivered) -> None:
    workspace, path = delivered
    report = workspace.import_file("roads", path, fields=FIELDS, constants={"evidence": "surveyed"})
    assert report.as_dict()["added"] == len(lines())
    features = workspace.features("roads").set_index("id")
    lengths = measure.length(features)
    for number, feature in enumerate(lines()):
        key = f"osm-{number:02}"
        expected = true_length(feature["geometry"])
        assert lengths[key] == pytest.approx(expected, rel=1e-9, abs=0.01)
        assert features.name[key] == (feature["properties"]["name"] or "无名河")


def test_a_second_import_of_the_same_file_changes_nothing(delivered) -> None:
    workspace, path = delivered
    workspace.import_file("roads", path, fields=FIELDS)
    stored = workspace.root / "data" / "roads.geojson"
    before = stored.read_bytes(), stored.stat().st_mtime_ns
    again = workspace.import_file("roads", path, fields=FIELDS).as_dict()
    assert again["unchanged"] == len(lines())
    assert (again["added"], again["updated"], again["removed"]) == (0, 0, 0)
    assert (stored.read_bytes(), stored.stat().st_mtime_ns) == before


def test_check_and_map_run_on_real_roads(delivered) -> None:
    workspace, path = delivered
    workspace.import_file("roads", path, fields=FIELDS, constants={"work": "new"})
    [row] = workspace.check("new-road-length").rows
    assert {f"osm-{number:02}" for number in range(len(lines()))} <= set(row.features)
    assert workspace.render("roads").is_file()


@pytest.mark.browser
def test_the_page_draws_real_roads_where_the_boundary_is(delivered, visit) -> None:
    workspace, path = delivered
    workspace.import_file("roads", path, fields=FIELDS)
    visited = visit(workspace.render("roads"))
    boxes, names = visited.page.evaluate(
        """() => [erdaoGeo.page.layers.map(({ meta, count, box }) => [meta.stem,
             Array.from({ length: count }, (_, i) => [...box.slice(4 * i, 4 * i + 4)])
               .filter(([left, , right]) => left <= right)]),
           erdaoGeo.page.layers.flatMap((layer) => Array.from({ length: layer.count },
             (_, i) => erdaoGeo.nameOf(layer, i)))]"""
    )
    [district], roads = dict(boxes)["boundary"], dict(boxes)["roads"]
    assert any("延长高速" in name for name in names)
    assert visited.complaints == []
    shipped = json.loads((ROOT / "data" / "roads.geojson").read_text("utf-8"))["features"]
    assert len(roads) == len(lines()) + sum(f["geometry"] is not None for f in shipped)
    for left, top, right, bottom in roads:
        assert left < district[2]
        assert right > district[0]
        assert top < district[3]
        assert bottom > district[1]
