"""What `page.py` compares: seeded works, and the pages that are made of them; each in a process.

python benchmarks/page_made.py data FOLDER --features N
python benchmarks/page_made.py ours|folium|explore FOLDER
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from erdao_geo import Workspace
from erdao_geo.definitions import read_layer
from erdao_geo.storage import write_features

Floats = npt.NDArray[np.float64]
METRE = np.array([1 / 80_300, 1 / 111_100])
"""Degrees of longitude and latitude to a metre, at 43.9 N."""
LINES, FEWEST, MOST = 0.6, (20, 30), (61, 81)
"""The share of lines, and how many vertices lines and polygons have: 46 in the mean."""
KINDS = "道路 管网 绿化 照明 桥梁 排水 河道 广场".split()  # noqa: SIM905
OFFICES = "东盛街道 吉林街道 荣光街道 东站街道 远达街道 八里堡街道 英俊镇 四家乡".split()  # noqa: SIM905
CONTRACTORS = [f"长春市第{number}市政工程有限公司" for number in "一二三四五六七八九十"]
STATUSES = {"planned": "#8a8f98", "under_construction": "#d98200", "completed": "#1f7a4d"}
COLUMNS = {
    "name": "项目名称",
    "kind": "类别",
    "street_office": "所属街道",
    "status": "进度",
    "investment": "投资万元",
    "started_on": "开工日期",
    "contractor": "责任单位",
    "note": "备注",
}
TOOLTIP = ["项目名称", "类别", "进度"]
SOURCE = "source.parquet"

PLAN = """[plan]
title = "页面基准"
adcode = "220105"
year = 2022
boundary = "boundary"
report = "合成数据"

[target.bridges]
title = "桥梁"
clause = "桥梁若干座"
layer = "lines"
where = { kind = "桥梁" }
value = 1000
unit = "count"
"""
LAYER = """title = "TITLE"
geometry = "GEOMETRY"
key = "name"

[source]
by = "benchmarks/page_made.py"
date = 2022-12-31

[fields.name]
title = "项目名称"
[fields.kind]
title = "类别"
[fields.street_office]
title = "所属街道"
[fields.status]
title = "进度"
[fields.investment]
title = "投资万元"
type = "number"
[fields.started_on]
title = "开工日期"
[fields.contractor]
title = "责任单位"
[fields.note]
title = "备注"
[fields.evidence]
"""
BOUNDARY = """title = "区界"
geometry = "Polygon"
key = "id"
source = { by = "benchmarks/page_made.py", date = 2022-12-31 }
fields = { id = { title = "编号" }, evidence = {} }
"""
MAP = 'title = "工程图"\nlayers = ["areas", "lines"]\n'


def make_works(count: int) -> gpd.GeoDataFrame:
    """Make seeded works in full doubles; up to 100,000 on one ground, more at the same density."""
    chance = np.random.default_rng(220105)
    width = np.array([0.40, 0.35]) * max(1.0, count / 100_000) ** 0.5
    places = np.array([125.4, 43.7]) + chance.uniform(0, 1, (count, 2)) * width
    lines = round(count * LINES)
    geometries = np.concatenate([_lines(chance, places[:lines]), _polygons(chance, places[lines:])])
    geometries = geometries[chance.permutation(count)]
    return gpd.GeoDataFrame(_columns(chance, count), geometry=geometries, crs=4326)


def _lines(chance: np.random.Generator, places: Floats) -> npt.NDArray[Any]:
    """Walk at random: each line turns a little at each vertex, some 15 m on."""
    counts = chance.integers(FEWEST[0], MOST[0], len(places))
    owner = np.repeat(np.arange(len(places)), counts)
    turns = np.cumsum(chance.normal(0, 0.12, len(owner)))
    heading = turns + np.repeat(chance.uniform(0, 2 * np.pi, len(places)), counts)
    lengths = chance.uniform(8, 22, len(owner))[:, None]
    walked = np.cumsum(lengths * np.column_stack([np.cos(heading), np.sin(heading)]), axis=0)
    firsts = np.cumsum(counts) - counts
    coordinates = places[owner] + (walked - walked[firsts][owner]) * METRE
    return shapely.linestrings(coordinates, indices=owner)


def _polygons(chance: np.random.Generator, places: Floats) -> npt.NDArray[Any]:
    """Go around each place, at a radius that wavers."""
    counts = chance.integers(FEWEST[1], MOST[1], len(places))
    owner = np.repeat(np.arange(len(places)), counts)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    angle = 2 * np.pi * (number + chance.uniform(0, 0.8, len(owner))) / counts[owner]
    radius = chance.uniform(40, 200, len(places))[owner]
    radius = radius * (1 + 0.2 * np.sin(3 * angle) + chance.normal(0, 0.02, len(owner)))
    around = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    rings = shapely.linearrings(places[owner] + around * METRE, indices=owner)
    return shapely.polygons(rings)


def _columns(chance: np.random.Generator, count: int) -> dict[str, Any]:
    def any_of(values: list[str]) -> npt.NDArray[Any]:
        return np.array(values, dtype=object)[chance.integers(0, len(values), count)]

    kinds, offices, status = any_of(KINDS), any_of(OFFICES), any_of(list(STATUSES))
    days = np.datetime64("2022-01-01") + chance.integers(0, 365, count)
    begun = np.where(status == "planned", None, days.astype(str).astype(object))
    numbers = np.arange(count)
    notes = [
        f"{office}{n % 997}号地块，详见图纸{n % 89}"
        for office, n in zip(offices, numbers, strict=True)
    ]
    columns = {
        "name": [
            f"{office}{kind}工程{n:07d}"
            for office, kind, n in zip(offices, kinds, numbers, strict=True)
        ],
        "kind": kinds,
        "street_office": offices,
        "status": status,
        "investment": chance.uniform(10, 9000, count).round(2),
        "started_on": begun,
        "contractor": any_of(CONTRACTORS),
        "note": notes,
    }
    return {COLUMNS[name]: values for name, values in columns.items()}


def write_data(folder: Path, count: int) -> dict[str, Any]:
    """Write the works: as a delivery in full doubles, and as a workspace."""
    works = make_works(count)
    works.to_parquet(folder / SOURCE)
    for name in ("layers", "data", "maps"):
        (folder / "workspace" / name).mkdir(parents=True)
    root = folder / "workspace"
    named = works.rename(columns={title: name for name, title in COLUMNS.items()})
    named["evidence"] = "surveyed"
    edge = gpd.GeoDataFrame(
        {"id": ["1"], "evidence": "approximate"},
        geometry=[shapely.box(*works.total_bounds)],
        crs=4326,
    )
    parts = {
        "lines": ("线状工程", "LineString", named[named.geom_type == "LineString"]),
        "areas": ("面状工程", "Polygon", named[named.geom_type == "Polygon"]),
    }
    (root / "plan.toml").write_text(PLAN, encoding="utf-8")
    (root / "maps" / "works.toml").write_text(MAP, encoding="utf-8")
    _write_layer(root, "boundary", BOUNDARY, edge)
    for stem, (title, geometry, features) in parts.items():
        text = LAYER.replace("TITLE", title).replace("GEOMETRY", geometry)
        _write_layer(root, stem, text, features)
    vertices = int(shapely.get_num_coordinates(works.geometry).sum())
    return {"vertices": vertices / count, "bounds": works.total_bounds.tolist()}


def _write_layer(root: Path, stem: str, text: str, features: gpd.GeoDataFrame) -> None:
    path = root / "layers" / f"{stem}.toml"
    path.write_text(text, encoding="utf-8")
    write_features(root / "data" / f"{stem}.geojson", features, read_layer(path))


def build_ours(folder: Path) -> dict[str, Any]:
    """Render the workspace's map, as its user does."""
    _load("erdao_geo.page", "pypinyin")
    start = time.perf_counter()
    workspace = Workspace(folder / "workspace")
    for stem in workspace.layers:
        workspace.features(stem)
    loaded = time.perf_counter()
    page = workspace.render("works")
    return _made(page, start, loaded)


def build_folium(folder: Path) -> dict[str, Any]:
    """Build what a Folium user builds: a style by status, a tooltip, a popup of every field."""
    start = time.perf_counter()
    works = gpd.read_parquet(folder / SOURCE)
    loaded = time.perf_counter()
    chart = folium.Map(tiles=None)
    folium.GeoJson(
        works,
        style_function=lambda feature: _style(feature["properties"]["进度"]),
        tooltip=folium.GeoJsonTooltip(TOOLTIP),
        popup=folium.GeoJsonPopup(list(COLUMNS.values())),
    ).add_to(chart)
    west, south, east, north = works.total_bounds.tolist()
    chart.fit_bounds([[south, west], [north, east]])
    page = folder / "folium.html"
    chart.save(str(page))
    return _made(page, start, loaded)


def build_explore(folder: Path) -> dict[str, Any]:
    """Build the same by `GeoDataFrame.explore()`."""
    _load("folium", "mapclassify", "matplotlib")
    start = time.perf_counter()
    works = gpd.read_parquet(folder / SOURCE)
    loaded = time.perf_counter()
    chart = works.explore(
        tiles=None,
        tooltip=TOOLTIP,
        popup=list(COLUMNS.values()),
        style_kwds={"style_function": lambda feature: _style(feature["properties"]["进度"])},
    )
    page = folder / "explore.html"
    chart.save(str(page))
    return _made(page, start, loaded)


def _load(*modules: str) -> None:
    """Import what is imported at first use: that is no work on the page."""
    for name in modules:
        import_module(name)


def _style(status: str) -> dict[str, Any]:
    return {"color": STATUSES[status], "weight": 2, "fillOpacity": 0.4}


def _made(page: Path, start: float, loaded: float) -> dict[str, Any]:
    end = time.perf_counter()
    beside = [path for path in page.with_suffix("").rglob("*") if path.is_file()]
    return {
        "page": str(page),
        "load": loaded - start,
        "build": end - loaded,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "bytes": sum(path.stat().st_size for path in (page, *beside)),
    }


BUILDS = {"ours": build_ours, "folium": build_folium, "explore": build_explore}


def main() -> None:
    """Do one, and say what came of it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["data", *BUILDS])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--features", type=int, default=0)
    asked = parser.parse_args()
    if asked.what == "data":
        shutil.rmtree(asked.folder, ignore_errors=True)
        asked.folder.mkdir(parents=True)
        said = write_data(asked.folder, asked.features)
    else:
        said = BUILDS[asked.what](asked.folder)
    print(json.dumps(said))


if __name__ == "__main__":
    main()
