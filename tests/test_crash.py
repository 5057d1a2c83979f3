"""Whatever moment a writer is killed at: the layer is the old or the new one, and the log true."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from erdao_geo import Workspace
from killing import kill_one, parent_of, run_at_once, sha_of

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")

# A process that has loaded all there is to load forks a writer for each line that it is sent.
WRITERS = """
import os, random, sys
from erdao_geo import Workspace

def write_forever(root, done, seed):
    chance = random.Random(seed)
    workspace = Workspace(root)
    while True:
        mines = workspace.features("mines")
        if chance.random() < 0.4:
            try:
                revision = workspace.undo("mines")
            except Exception as error:
                if "no change to undo" not in str(error):
                    raise
                continue
        else:
            changed = mines.assign(name=str(chance.random())).iloc[: chance.randint(1, 9)]
            workspace.write("mines", changed)
            revision = workspace.log("mines")[-1]
        os.write(done, f"{revision.number} {revision.after}\\n".encode())

root, done = sys.argv[1], os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
Workspace(root).features("mines")
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            write_forever(root, done, int(line))
        finally:
            os._exit(3)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    for name in ("layers", "data", "maps"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("*.html"))
    shutil.copy(ROOT / "plan.toml", root)
    return root


def require_whole(root: Path, done: Path) -> None:
    """Hold a workspace that was just left by a killed writer to all that must be so."""
    workspace = Workspace(root)
    assert workspace.verify_history() == []
    assert workspace.history.unreadable() == []
    revisions = {revision.number: revision for revision in workspace.log("mines")}
    for line in done.read_text("utf-8").splitlines():
        number, after = line.split()
        assert revisions[int(number)].after == after
    stands = sha_of(root / "data" / "mines.geojson")
    assert not revisions or stands == revisions[max(revisions)].after
    assert workspace.validate() == []


def crash(root: Path, tmp_path: Path, kills: int) -> None:
    done = tmp_path / "done"
    done.touch()
    original = sha_of(root / "data" / "mines.geojson")
    chance = random.Random(kills)
    with parent_of(WRITERS, root, done) as process:
        for number in range(kills):
            kill_one(process, number, chance.uniform(0, 0.25))
            require_whole(root, done)
    revisions = Workspace(root).log("mines")
    assert revisions[0].after == original
    assert {"write", "undo"} <= {revision.kind for revision in revisions}
    for revision in revisions:
        content = Workspace(root).history.content(revision)
        assert hashlib.sha256(content).hexdigest() == revision.after


def test_kill_9_while_writing_and_undoing_loses_nothing(root: Path, tmp_path: Path) -> None:
    crash(root, tmp_path, 20)


@pytest.mark.slow
def test_kill_9_two_hundred_times_loses_nothing(root: Path, tmp_path: Path) -> None:
    crash(root, tmp_path, 200)


# Forks a writer for each of its renames, and kills it right after that one; ends when one is done.
STOP = """
import os, pathlib, shutil, signal, sys
from erdao_geo import Workspace

def write_until(root, stop):
    names, rename = [], pathlib.Path.replace
    def replace(self, target):
        moved = rename(self, target)
        names.append(target)
        if len(names) == stop:
            os.kill(os.getpid(), signal.SIGKILL)
        return moved
    pathlib.Path.replace = replace
    workspace = Workspace(root)
    workspace.write("mines", workspace.features("mines").assign(name="新"))

root, folder = map(pathlib.Path, sys.argv[1:])
code, number = 1, 0
while code:
    number += 1
    copy = shutil.copytree(root, folder / str(number))
    child = os.fork()
    if child == 0:
        write_until(copy, number)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL), code
"""


def test_a_kill_after_any_rename_is_mended_by_the_next_writer(root: Path, tmp_path: Path) -> None:
    before = sha_of(root / "data" / "mines.geojson")
    stops = tmp_path / "stops"
    subprocess.run([sys.executable, "-c", STOP, str(root), str(stops)], check=True)
    seen = set()
    for copy in stops.iterdir():
        workspace = Workspace(copy)
        assert workspace.verify_history() == []
        stands = sha_of(copy / "data" / "mines.geojson")
        seen.add((stands == before, len(workspace.log())))
        workspace.write("mines", workspace.features("mines").assign(name="后"))
        assert workspace.verify_history() == []
        assert list((copy / ".erdao-geo" / "history" / "pending").iterdir()) == []
        assert stands in {revision.after for revision in workspace.log()}
    assert seen == {(True, 0), (True, 1), (False, 2)}  # nothing; what was there; the change
    assert len(list(stops.iterdir())) > 10


def test_a_reader_meets_a_pending_change_without_touching_it(root: Path, tmp_path: Path) -> None:
    workspace = Workspace(root)
    workspace.write("mines", workspace.features("mines").assign(name="一"))
    store = root / ".erdao-geo" / "history"
    head = (store / "HEAD").read_bytes()
    workspace.write("mines", workspace.features("mines").assign(name="二"))
    last = store / "revisions" / "000003.json"
    last.rename(store / "pending" / "000003.json")  # as if killed before step (4)
    (store / "HEAD").rename(store / "pending" / "HEAD")
    (store / "HEAD").write_bytes(head)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    assert [revision.number for revision in Workspace(root).log()] == [1, 2, 3]
    assert Workspace(root).verify_history() == []
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before
    assert Workspace(root).undo().undoes == 3


def test_a_power_cut_that_leaves_both_names_of_a_revision_is_mended(root: Path) -> None:
    workspace = Workspace(root)
    workspace.write("mines", workspace.features("mines").assign(name="一"))
    store = root / ".erdao-geo" / "history"
    head = (store / "HEAD").read_bytes()
    workspace.write("mines", workspace.features("mines").assign(name="二"))
    shutil.copy(store / "revisions" / "000003.json", store / "pending")
    (store / "HEAD").rename(store / "pending" / "HEAD")
    (store / "HEAD").write_bytes(head)
    assert Workspace(root).verify_history() == []
    assert Workspace(root).undo().number == 4
    assert Workspace(root).verify_history() == []
    assert list((store / "pending").iterdir()) == []


def test_what_somebody_put_in_as_pending_replaces_no_revision(root: Path) -> None:
    workspace = Workspace(root)
    workspace.write("mines", workspace.features("mines").assign(name="一"))
    store = root / ".erdao-geo" / "history"
    forged = (store / "revisions" / "000002.json").read_text("utf-8").replace("python", "nobody")
    (store / "pending" / "000002.json").write_text(forged, "utf-8")
    workspace.write("mines", workspace.features("mines").assign(name="二"))
    assert workspace.log()[1].entry.command == "python"
    assert workspace.verify_history() == []


ADD = """
import sys
from erdao_geo import StorageError, Workspace
root, name = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
for number in range(8):
    while True:
        workspace = Workspace(root)
        mines = workspace.features("mines")
        one = mines.iloc[[0]].assign(id=f"{name}-{number}")
        try:
            workspace.write("mines", mines.merge(one, how="outer"))
            break
        except StorageError as error:
            assert "was changed since" in str(error) or "is writing here" in str(error), error
"""


def test_two_processes_that_write_at_once_lose_nothing(root: Path) -> None:
    before = set(Workspace(root).features("mines")["id"])
    run_at_once(*((ADD, root, name) for name in ("one", "two")))
    workspace = Workspace(root)
    added = {f"{name}-{number}" for name in ("one", "two") for number in range(8)}
    assert set(workspace.features("mines")["id"]) == before | added
    assert len(workspace.log("mines")) == 1 + 16
    assert workspace.verify_history() == []


def test_verify_is_not_confused_by_a_writer(root: Path, tmp_path: Path) -> None:
    done = tmp_path / "done"
    done.touch()
    with parent_of(WRITERS, root, done) as process:
        print(1, file=process.stdin, flush=True)
        child = int(process.stdout.readline())
        while not done.read_text("utf-8"):
            time.sleep(0.01)
        found = [Workspace(root).verify_history() for _ in range(10)]
        os.kill(child, signal.SIGKILL)
        process.stdout.readline()
    assert found == [[]] * 10
