"""Whatever an import is killed at, and whoever imports beside it: no feature is lost."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString

from erdao_geo import SourceError, Workspace
from killing import kill_one, parent_of, run_at_once, sha_of
from small import make_workspace, write_lines

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork, SIGKILL and /proc")

# A process that has loaded all there is to load forks an importer for each line that it is sent.
IMPORTERS = """
import os, random, sys
from pathlib import Path
from erdao_geo import Workspace

def import_forever(root, files, done, seed):
    chance = random.Random(seed)
    workspace = Workspace(root)
    while True:
        if chance.random() < 0.3:
            try:
                number = workspace.undo("lines").number
            except Exception as error:
                if "no change to undo" not in str(error):
                    raise
                continue
        else:
            saves, path = chance.random() < 0.5, chance.choice(files)
            outcome = workspace.import_file("lines", path, mode="replace", save_profile=saves)
            number = outcome.revision
        if number:
            os.write(done, f"{number}\\n".encode())

root, done = sys.argv[1], os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
files = sys.argv[3:]
Workspace(root).import_file("lines", files[0], dry_run=True)
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            import_forever(root, files, done, int(line))
        finally:
            os._exit(3)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "workspace")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two deliveries of 40 lines, of which 30 have one key and another name; the second rejects."""
    first = {f"k{number}": f"福安街{number}" for number in range(40)}
    second = {f"k{number}": f"阜丰路{number}" for number in range(10, 50)}
    return [
        write_lines(tmp_path / "first.shp", first),
        write_lines(tmp_path / "second.shp", second | {"": "无编号"}),
    ]


def states_of(root: Path, files: list[Path], folder: Path) -> set[str]:
    """Give the SHA-256 of the layer as each file makes it, and as it is: there is nothing else."""
    states = {sha_of(root / "data" / "lines.geojson")}
    for number, path in enumerate(files):
        copy = shutil.copytree(root, folder / str(number))
        Workspace(copy).import_file("lines", path, mode="replace")
        states.add(sha_of(copy / "data" / "lines.geojson"))
    return states


def require_whole(root: Path, done: Path, states: set[str]) -> None:
    """Hold a workspace that a killed importer left to all that must be so."""
    workspace = Workspace(root)
    assert workspace.verify_history() == []
    assert workspace.validate() == []
    stands = sha_of(root / "data" / "lines.geojson")
    assert stands in states
    revisions = {revision.number: revision for revision in workspace.log("lines")}
    assert not revisions or stands == revisions[max(revisions)].after
    require_definition(workspace)
    assert {int(number) for number in done.read_text("utf-8").split()} <= set(revisions)
    rejects = root / "rejects.geojson"
    if rejects.exists():
        assert len(json.loads(rejects.read_text("utf-8"))["features"]) == 1


def require_definition(workspace: Workspace) -> None:
    """Hold the layer's TOML to the last revision: as it left it, or, if killed then, found it."""
    stands = sha_of(workspace.root / "layers" / "lines.toml")
    if revisions := workspace.log("lines"):
        last = revisions[-1]
        assert stands in {last.redefined, last.definition}
        is_open = (workspace.root / ".erdao-geo" / "history" / "pending" / "HEAD").exists()
        assert is_open or stands == (last.redefined or last.definition)


def crash(workspace: Workspace, files: list[Path], tmp_path: Path, kills: int) -> None:
    done = tmp_path / "done"
    done.touch()
    root = workspace.root
    states = states_of(root, files, tmp_path / "copies")
    chance = random.Random(kills)
    with parent_of(IMPORTERS, root, done, *files) as process:
        for number in range(kills):
            # On a busy machine little would be done in so short a time: a fourth have longer.
            kill_one(process, number, chance.uniform(0.02, 0.4 if number % 4 else 1.2))
            require_whole(root, done, states)
    kinds = {revision.kind for revision in Workspace(root).log("lines")}
    assert "import" in kinds
    assert any(revision.redefined for revision in Workspace(root).log("lines"))
    for revision in Workspace(root).log("lines"):
        content = Workspace(root).history.content(revision)
        assert hashlib.sha256(content).hexdigest() == revision.after


def test_kill_9_while_importing_and_undoing_loses_nothing(workspace, files, tmp_path) -> None:
    crash(workspace, files, tmp_path, 20)


@pytest.mark.slow
def test_kill_9_of_two_hundred_imports_loses_nothing(workspace, files, tmp_path) -> None:
    crash(workspace, files, tmp_path, 200)


IMPORT = """
import sys
from erdao_geo import StorageError, Workspace
root, *files = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
for path in files:
    while True:
        try:
            Workspace(root).import_file("lines", path)
            break
        except StorageError as error:
            assert "was changed since" in str(error) or "is writing here" in str(error), error
"""


def test_two_imports_at_once_lose_nothing(workspace: Workspace, tmp_path: Path) -> None:
    files = {
        who: [
            write_lines(tmp_path / f"{who}{n}.shp", {f"{who}{n}-{k}": "路" * 9 for k in range(3)})
            for n in range(5)
        ]
        for who in ("a", "b")
    }
    run_at_once(*((IMPORT, workspace.root, *paths) for paths in files.values()))
    after = Workspace(workspace.root)
    wanted = {f"{who}{n}-{k}" for who in "ab" for n in range(5) for k in range(3)}
    assert set(after.features("lines")["id"]) == wanted
    assert after.verify_history() == []
    assert len(after.log("lines")) == 1 + 10


UNDO = """
import sys
from erdao_geo import StorageError, Workspace
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    try:
        Workspace(sys.argv[1]).undo("lines")
    except StorageError as error:
        assert "no change to undo" in str(error) or "is writing here" in str(error), error
"""


def test_undo_beside_an_import_leaves_no_gap_in_the_history(workspace, tmp_path) -> None:
    paths = [write_lines(tmp_path / f"{n}.shp", {f"k{n}": "路"}) for n in range(8)]
    run_at_once((IMPORT, workspace.root, *paths), (UNDO, workspace.root, 8))
    after = Workspace(workspace.root)
    revisions = after.log("lines")
    assert [r.before for r in revisions[1:]] == [r.after for r in revisions[:-1]]
    assert [r.kind for r in revisions].count("import") == len(paths)
    assert after.verify_history() == []


@pytest.mark.parametrize("mode", ["add", "update", "replace"])
def test_the_second_import_changes_nothing(mode, workspace, files) -> None:
    workspace.import_file("lines", files[0], mode=mode)
    data = workspace.root / "data" / "lines.geojson"
    before, revisions = data.read_bytes(), len(workspace.log())
    report = workspace.import_file("lines", files[0], mode=mode)
    assert (report.read, report.unchanged, report.revision) == (40, 40, None)
    assert (data.read_bytes(), len(workspace.log())) == (before, revisions)


def children_of(pid: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread just ended
            children += map(int, (task / "children").read_text().split())
    return children


def kill_a_child(stop: threading.Event, killed: list[int], others: set[int]) -> None:
    """Kill the first child of ours that comes to work; others are of other tests (a browser)."""
    while not stop.is_set() and not killed:
        for child in set(children_of(os.getpid())) - others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
                killed.append(child)
                return
        time.sleep(0.001)


@contextlib.contextmanager
def killing() -> Iterator[list[int]]:
    stop, killed = threading.Event(), []
    arguments = (stop, killed, set(children_of(os.getpid())))
    thread = threading.Thread(target=kill_a_child, args=arguments)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()


def require_one_line(error: pytest.ExceptionInfo[SourceError]) -> None:
    assert "\n" not in str(error.value)
    assert "was ended" in str(error.value) or "crashed (SIGKILL)" in str(error.value)


def test_a_killed_gdal_is_told_in_one_line(workspace: Workspace, tmp_path: Path) -> None:
    line = LineString([(125.42, 43.87), (125.43, 43.88)])
    path = tmp_path / "lines.gpkg"
    gpd.GeoDataFrame({"id": ["a"]}, geometry=[line], crs=4490).to_file(path)
    before = sha_of(workspace.root / "data" / "lines.geojson")
    with pytest.raises(SourceError) as error, killing() as killed:
        workspace.import_file("lines", path)
    assert killed
    require_one_line(error)
    assert sha_of(workspace.root / "data" / "lines.geojson") == before


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core: nothing goes beside")
def test_a_killed_worker_is_told_in_one_line(workspace: Workspace, tmp_path: Path) -> None:
    count = 70_000  # as many batches as it takes to start processes
    path = write_many(tmp_path / "many.shp", count)
    before = sha_of(workspace.root / "data" / "lines.geojson")
    with pytest.raises(SourceError) as error, killing() as killed:
        workspace.import_file("lines", path)
    assert killed
    require_one_line(error)
    assert sha_of(workspace.root / "data" / "lines.geojson") == before
    assert workspace.import_file("lines", path).added == count


def write_many(path: Path, count: int) -> Path:
    """Write a shapefile of many lines by one template of its records."""
    write_lines(path, {"k": "路"})
    content = bytearray(path.read_bytes()[108:])
    size = len(content) + 8
    records = np.zeros((count, size), np.uint8)
    records[:, 8:] = np.frombuffer(content, np.uint8)
    head = records[:, :8].view(">i4")
    head[:, 0], head[:, 1] = np.arange(1, count + 1), len(content) // 2
    header = bytearray(path.read_bytes()[:100])
    header[24:28] = ((100 + count * size) // 2).to_bytes(4, "big")
    path.write_bytes(bytes(header) + records.tobytes())
    path.with_suffix(".shx").unlink()
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    start, length = (int.from_bytes(table[at : at + 2], "little") for at in (8, 10))
    table[4:8] = count.to_bytes(4, "little")
    rest = bytes(table[start + 9 : start + length])
    rows = b"".join(b" " + f"k{number}".encode().ljust(8) + rest for number in range(count))
    path.with_suffix(".dbf").write_bytes(bytes(table[:start]) + rows)
    return path
