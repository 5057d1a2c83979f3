"""The README's console sessions, run as they stand in a copy of the workspace."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import LineString

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"^```console\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)
TODAY = dt.date.today().isoformat()  # an import dates the layer
STEPS = [
    (command, expected)
    for block in BLOCKS
    for command, expected in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.M)
    if command.startswith("erdao-geo ")
]


def make_survey(folder: Path) -> None:
    """Zip two surveyed roads as an office delivers them: GBK, CGCS2000, and no .prj."""
    roads = gpd.GeoDataFrame(
        {
            "BH": ["2022-101", "2022-102"],
            "LM": ["测量路一", "测量路二"],
            "ZT": ["竣工", "在建"],
            "XZ": ["new", "new"],
        },
        geometry=[
            LineString([(449_000, 4_858_000), (449_900, 4_858_000)]),
            LineString([(449_000, 4_858_500), (449_000, 4_859_100)]),
        ],
        crs="EPSG:4551",
    )
    roads.to_file(folder / "survey.shp", engine="fiona", encoding="GBK")
    with zipfile.ZipFile(folder / "survey.zip", "w") as archive:
        for extension in ("shp", "shx", "dbf", "cpg"):
            archive.write(folder / f"survey.{extension}", f"survey.{extension}")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("readme")
    for name in ("layers", "data", "maps"):
        shutil.copytree(ROOT / name, copy / name)
    shutil.copy(ROOT / "plan.toml", copy)
    make_survey(copy)
    return copy


def test_the_readme_has_sessions_to_run() -> None:
    assert len(STEPS) >= 5


@pytest.mark.parametrize("step", range(len(STEPS)), ids=lambda i: STEPS[i][0][:60])
def test_a_session_prints_what_the_readme_says(step: int, workspace: Path) -> None:
    command, expected = STEPS[step]
    program = Path(sys.executable).with_name("erdao-geo")
    done = subprocess.run(
        [program, *command.split()[1:]],
        cwd=workspace,
        env={**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    output = done.stdout.replace(f"{workspace}/", "").replace(TODAY, "2026-11-24")
    printed = [line.rstrip() for line in output.splitlines()]
    assert printed == [line.rstrip() for line in expected.splitlines()]
