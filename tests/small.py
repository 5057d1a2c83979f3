"""Small workspaces: of any layers; and of the district's outline, its known lines and two empty."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyproj

from erdao_geo import Workspace
from made import parted, write_dbf, write_shp

ROOT = Path(__file__).parents[1]
PLAN = """[plan]
title = "t"
adcode = "220105"
year = 2022
boundary = "boundary"
context = "context"
report = "r"
"""
LINES = """# What this layer is.
title = "lines"
geometry = "LineString"
key = "id"

[source]
by = "test"
date = 2022-01-01

[fields.id]
title = "编号"

[fields.name]  # of the road
title = "名称"

[fields.status]

[fields.evidence]

[fields.declared_length_km]
"""
AREAS = LINES.replace("lines", "areas").replace("LineString", "Polygon")
EMPTY = '{"type":"FeatureCollection","features":[]}'


def write_workspace(
    root: Path,
    *,
    plan: str,
    layers: Mapping[str, tuple[str, str]],
    maps: Mapping[str, str] | None = None,
) -> Workspace:
    """Write a workspace and open it: of each layer the definition and the data, of each map one."""
    files = {"plan.toml": plan}
    for stem, (definition, data) in layers.items():
        files |= {f"layers/{stem}.toml": definition, f"data/{stem}.geojson": data}
    files |= {f"maps/{name}.toml": text for name, text in (maps or {}).items()}
    for folder in ("layers", "data", "maps"):
        (root / folder).mkdir(parents=True)
    for name, text in files.items():
        (root / name).write_text(text, "utf-8", newline="")
    return Workspace(root)


def collection(features: Sequence[Mapping[str, Any]]) -> str:
    """Write features, each with `properties` and `geometry`, as a layer's data."""
    members = [{"type": "Feature", **feature} for feature in features]
    return json.dumps({"type": "FeatureCollection", "features": members})


def make_workspace(root: Path) -> Workspace:
    """Write the workspace of the district and open it."""
    shipped = {
        stem: (
            (ROOT / f"layers/{stem}.toml").read_text("utf-8"),
            (ROOT / f"data/{stem}.geojson").read_text("utf-8"),
        )
        for stem in ("boundary", "context")
    }
    empty = {"lines": (LINES, EMPTY), "areas": (AREAS, EMPTY)}
    return write_workspace(root, plan=PLAN, layers=shipped | empty)


def write_lines(
    path: Path, names: Mapping[str, str], *, crs: int | None = 4490, **more: str
) -> Path:
    """Write a GBK shapefile, a line for each key; `more` has a text for each field."""
    fields = [(b"ID", "C", 8, 0), ("名称".encode("gbk"), "C", 40, 0)]
    fields += [(name.encode("gbk"), "C", 40, 0) for name in more]
    rest = [text.encode("gbk") for text in more.values()]
    rows = [[key.encode(), name.encode("gbk"), *rest] for key, name in names.items()]
    write_dbf(path.with_suffix(".dbf"), fields, rows, language=0x4D)
    at = [(125.42 + number / 1000, 43.87) for number in range(len(rows))]
    write_shp(path, 3, [parted(3, [[(x, y), (x + 0.003, y + 0.002)]]) for x, y in at])
    if crs is not None:
        path.with_suffix(".prj").write_text(pyproj.CRS(crs).to_wkt("WKT1_ESRI"), "ascii")
    return path
