"""A workspace with the district's outline, its known lines, and two empty layers."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

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


def make_workspace(root: Path) -> Workspace:
    """Write the workspace and open it."""
    for folder in ("layers", "data", "maps"):
        (root / folder).mkdir(parents=True)
    for stem in ("boundary", "context"):
        for name in (f"layers/{stem}.toml", f"data/{stem}.geojson"):
            shutil.copy(ROOT / name, root / name)
    (root / "plan.toml").write_text(PLAN, "utf-8")
    for stem, text in (("lines", LINES), ("areas", AREAS)):
        (root / "layers" / f"{stem}.toml").write_text(text, "utf-8")
        (root / "data" / f"{stem}.geojson").write_text(EMPTY, "utf-8")
    return Workspace(root)


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
