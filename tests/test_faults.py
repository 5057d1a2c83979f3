"""What happens to the files when a write is cut short."""

from __future__ import annotations

import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REWRITE = """
import sys
from erdao_geo import Workspace
workspace = Workspace(sys.argv[1])
features = workspace.features("roads")
other = features.assign(name="另一版")
stored = workspace.root / "data" / "roads.geojson"
for version, content in (("other", other), ("same", features)):
    workspace.write("roads", content)
    (workspace.root / version).write_bytes(stored.read_bytes())
print("ready", flush=True)
while True:
    workspace.write("roads", other)
    workspace.write("roads", features)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name in ("layers", "data", "maps"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "plan.toml", tmp_path)
    return tmp_path


def run(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("erdao-geo"))
    return subprocess.run(
        [program, *arguments], capture_output=True, encoding="utf-8", check=False, **options
    )


def test_kill_9_leaves_the_old_file_or_the_new_one(workspace: Path) -> None:
    chance = random.Random(9)
    for _ in range(20):
        with subprocess.Popen(
            [sys.executable, "-c", REWRITE, str(workspace)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, 0.2))
            child.send_signal(signal.SIGKILL)
        stored = (workspace / "data" / "roads.geojson").read_bytes()
        assert stored in {(workspace / version).read_bytes() for version in ("other", "same")}
    assert run("--workspace", str(workspace), "validate").returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX resource limits")
def test_a_full_disk_is_one_line_and_leaves_the_old_page(workspace: Path) -> None:
    page = workspace / "maps" / "roads.html"
    page.write_text("old", "utf-8")

    def fill_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = run("--workspace", str(workspace), "map", "roads", preexec_fn=fill_disk)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "roads.html: cannot be written" in done.stderr
    assert page.read_text("utf-8") == "old"
    assert list((workspace / "maps").glob("*.tmp")) == []


def test_no_workspace_is_one_line(tmp_path: Path) -> None:
    done = run("check", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "plan.toml" in done.stderr
    assert done.stderr.count("\n") == 1


FAULTS = {
    "plan.toml": [
        ('unit = "km"', 'unit = "mile"', "target.new-road-length: unit is 'mile'; allowed: m, km"),
        ("value = 18.8", 'value = "much"', "target.new-road-length.value is 'much'"),
        ('layer = "roads"', 'layer = "rods"', "layer is 'rods'; there are: boundary"),
        ("year = 2022", "yaer = 2022", "yea?r"),
        ("[plan]", "[plan", "is no TOML"),
    ],
    "layers/roads.toml": [
        ('geometry = "LineString"', 'geometry = "Line"', "geometry is 'Line'"),
        ('key = "id"', 'key = "no"', r"has no \[fields.no\]"),
    ],
    "maps/roads.toml": [('"roads"', '"streets"', "layers is 'streets'; there are")],
    "data/roads.geojson": [
        ('"id":"road-02-1"', '"id":"road-01-1"', "road-01-1: .*stands 2 times"),
        ('"status":"completed"', '"status":"finished"', "status is 'finished'; allowed: planned"),
        ('"type":"FeatureCollection"', '"type":"Nonsense"', "is no GeoJSON FeatureCollection"),
        ('"features"', "features", "is no JSON"),
    ],
}


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [(name, *case) for name, cases in FAULTS.items() for case in cases],
)
def test_a_fault_is_one_line_that_names_it(name, old, new, message, workspace: Path) -> None:
    path = workspace / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    done = run("--workspace", str(workspace), "check")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert Path(name).stem in done.stderr
    assert re.search(message, done.stderr), done.stderr


@pytest.mark.parametrize("gone", ["data/mines.geojson", "layers/mines.toml"])
def test_a_stem_without_its_twin_is_named(gone: str, workspace: Path) -> None:
    (workspace / gone).unlink()
    done = run("--workspace", str(workspace), "check")
    assert done.returncode == 2
    assert f"has no twin {gone}" in done.stderr


def test_a_district_without_an_outline_is_named(workspace: Path) -> None:
    empty = '{"type":"FeatureCollection","features":[]}'
    (workspace / "data" / "boundary.geojson").write_text(empty, "utf-8")
    done = run("--workspace", str(workspace), "check")
    assert done.returncode == 2
    assert "boundary.geojson: has no geometry" in done.stderr


def test_validate_lists_all_faults_at_once(workspace: Path) -> None:
    path = workspace / "data" / "roads.geojson"
    text = path.read_text("utf-8").replace('"status":"completed"', '"status":"finished"')
    path.write_text(text, "utf-8")
    done = run("--workspace", str(workspace), "validate")
    assert done.returncode == 1
    assert done.stdout.count("[enum]") == text.count("finished") > 5
