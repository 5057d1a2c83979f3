"""The commands that show the past, bring it back, and vouch for it."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from erdao_geo import Workspace
from erdao_geo.cli import cli

ROOT = Path(__file__).parents[1]
PROGRAM = str(Path(sys.executable).with_name("erdao-geo"))
STORE = Path(".erdao-geo") / "history"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace in which the first mine was renamed, and then the last one removed."""
    for name in ("layers", "data", "maps"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.html"))
    shutil.copy(ROOT / "plan.toml", tmp_path)
    workspace = Workspace(tmp_path)
    mines = workspace.features("mines")
    mines.loc[0, "name"] = "新名"
    workspace.write("mines", mines)
    workspace.write("mines", mines.iloc[:-1])
    return tmp_path


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--workspace", str(root), *arguments])


def said(root: Path, *arguments: str) -> dict:
    result = run(root, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def mines(root: Path) -> bytes:
    return (root / "data" / "mines.geojson").read_bytes()


def files(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def original() -> bytes:
    return (ROOT / "data" / "mines.geojson").read_bytes()


def test_log_lists_the_newest_first(root: Path) -> None:
    revisions = said(root, "log", "mines")["revisions"]
    assert [r["revision"] for r in revisions] == [3, 2, 1]
    assert [r["kind"] for r in revisions] == ["write", "write", "baseline"]
    assert [r["counts"] and r["counts"]["removed"] for r in revisions] == [1, 0, None]
    assert said(root, "log", "-n", "1")["revisions"] == revisions[:1]
    assert said(root, "log", "roads")["revisions"] == []


def test_log_is_a_table_for_people(root: Path) -> None:
    lines = run(root, "log").stdout.splitlines()
    assert lines[0].split() == ["Revision", "Time", "Who", "Layer", "Kind", "What"]
    assert "removed 1" in lines[1]
    assert lines[-1].split()[-3:] == ["what", "was", "there"]


def test_log_says_which_revisions_cannot_be_read(root: Path) -> None:
    (root / STORE / "revisions" / "000002.json").write_text("{", "utf-8")
    result = run(root, "log", "--json")
    assert result.exit_code == 0
    assert [r["revision"] for r in json.loads(result.stdout)["revisions"]] == [3, 1]
    assert "Revisions that cannot be read: 2; `erdao-geo history verify`" in result.stderr


def test_undo_says_what_it_did_and_the_log_by_which_command(root: Path) -> None:
    assert said(root, "undo", "--dry-run") == {
        "layer": "mines",
        "undoes": 3,
        "dry_run": True,
        "revision": None,
        "definition": False,
        "note": "",
    }
    assert said(root, "undo", "mines") == {
        "layer": "mines",
        "undoes": 3,
        "dry_run": False,
        "revision": 4,
        "definition": False,
        "note": "",
    }
    command = said(root, "log", "-n", "1")["revisions"][0]["command"]
    assert command == f"erdao-geo --workspace {root} undo mines --json"


def test_undo_all_the_way_restores_the_file(root: Path) -> None:
    assert run(root, "undo").stdout == "mines: undid revision 3; this is revision 4\n"
    run(root, "undo")
    assert mines(root) == original()
    result = run(root, "undo")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "has no change to undo" in result.stderr


def test_a_dry_run_writes_nothing(root: Path) -> None:
    before = files(root)
    assert run(root, "undo", "--dry-run").exit_code == 0
    assert files(root) == before


def test_undo_by_revision(root: Path) -> None:
    result = run(root, "undo", "--revision", "2")
    assert result.exit_code == 2
    assert "revision 2 cannot be undone, revision 3 stands on it" in result.stderr
    result = run(root, "undo", "roads", "--revision", "3")
    assert "roads: has no revision 3" in result.stderr
    assert said(root, "undo", "--revision", "3")["revision"] == 4
    assert said(root, "undo", "--revision", "4")["revision"] == 5
    assert mines(root).count(b'"Feature"') == original().count(b'"Feature"') - 1


def test_undo_warns_of_a_past_that_breaks_the_definition_of_today(root: Path) -> None:
    layer = root / "layers" / "mines.toml"
    text = (
        layer.read_text("utf-8") + '\n[fields.depth]\ntitle = "深"\nconstraints = {required=true}'
    )
    layer.write_text(text, "utf-8")
    result = run(root, "undo")
    assert result.exit_code == 0
    assert "by today's definition mines has" in result.stderr


def test_diff_names_what_differs(root: Path) -> None:
    (layer,) = said(root, "diff", "1", "3")["layers"]
    last = json.loads(original())["features"][-1]["properties"]["id"]
    first = json.loads(original())["features"][0]["properties"]
    assert (layer["layer"], layer["added"], layer["removed"]) == ("mines", [], [last])
    assert layer["changed"] == [
        {"feature": first["id"], "field": "name", "old": first["name"], "new": "新名"}
    ]
    assert said(root, "diff", "1", "--layer", "mines")["layers"] == [layer]


def test_diff_is_lines_for_people(root: Path) -> None:
    lines = run(root, "diff", "2").stdout.splitlines()
    assert lines[0].startswith("mines: added 0, updated 0, removed 1")
    assert lines[1].startswith("  - mine-")


def test_diff_with_now_sees_what_other_programs_did(root: Path) -> None:
    path = root / "data" / "mines.geojson"
    path.write_bytes(original())
    (layer,) = said(root, "diff", "3")["layers"]
    assert (len(layer["added"]), len(layer["changed"])) == (1, 1)


def test_features_as_of_are_the_bytes_of_then(root: Path, tmp_path: Path) -> None:
    result = run(root, "features", "mines", "--as-of", "1")
    assert result.stdout_bytes == original()
    file = tmp_path / "then.geojson"
    assert said(root, "features", "mines", "--as-of", "1", "-o", str(file))["output"] == str(file)
    assert file.read_bytes() == original()
    assert run(root, "features", "mines").stdout_bytes == mines(root)


def test_features_replaces_no_file_unasked(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "there.geojson"
    file.write_text("mine", "utf-8")
    command = ("features", "mines", "--as-of", "1", "-o", str(file))
    result = run(root, *command)
    assert (result.exit_code, file.read_text("utf-8")) == (2, "mine")
    assert run(root, *command, "--overwrite").exit_code == 0
    assert file.read_bytes() == original()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("features", "mines", "--as-of", "2022-01-01"), "its history begins with revision 1"),
        (("features", "mines", "--as-of", "77"), "there is no revision 77; the last is 3"),
        (("features", "roads", "--as-of", "1"), "roads: has no history"),
        (("diff", "77"), "there is no revision 77"),
        (("diff", "yesterday"), "'yesterday' is no revision, day"),
        (("log", "nowhere"), "has no layer 'nowhere'"),
    ],
)
def test_what_is_not_known_is_one_error(arguments, message, root: Path) -> None:
    result = run(root, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_verify_is_clean_or_names_what_is_lost(root: Path) -> None:
    clean = said(root, "history", "verify")
    assert (clean["revisions"], clean["lost"], clean["faults"]) == (3, [], [])
    path = next((root / STORE / "blobs").rglob(f"{said(root, 'log')['revisions'][1]['after']}.zst"))
    path.write_bytes(path.read_bytes()[:-1])
    result = run(root, "history", "verify", "--json")
    assert (result.exit_code, json.loads(result.stdout)["lost"]) == (1, [2])
    result = run(root, "history", "verify")
    assert "revision 2 (mines): what the layer held after it is damaged" in result.stdout


def as_mortal(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program bound by permissions, which root is not unless it lays that power down."""
    command = [PROGRAM, *arguments]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root ignores permissions, and there is no setpriv to lay that power down")
        powers = "-dac_override,-dac_read_search,-fowner"
        command = ["setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}", *command]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def read_only(root: Path) -> list[Path]:
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    return folders


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_a_workspace_that_is_read_only_can_be_asked_and_refuses_in_one_line(root: Path) -> None:
    before = files(root)
    (root / ".erdao-geo.lock").unlink()
    folders = read_only(root)
    asked = [("log",), ("diff", "1"), ("features", "mines", "--as-of", "1"), ("history", "verify")]
    try:
        answers = [as_mortal("--workspace", str(root), *command) for command in asked]
        refused = as_mortal("--workspace", str(root), "undo")
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert [answer.returncode for answer in answers] == [0, 0, 0, 0]
    assert answers[2].stdout.encode() == original()
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "cannot be written" in refused.stderr
    assert files(root) == {name: held for name, held in before.items() if "lock" not in name}


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX resource limits")
@pytest.mark.parametrize("limit", [0, 200, 700, 1200, 2000])
def test_a_full_disk_is_one_line_and_changes_nothing(limit: int, root: Path) -> None:
    (root / "plan.toml").write_text((ROOT / "plan.toml").read_text("utf-8") + "\n# 另", "utf-8")
    before = files(root)

    def fill_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [PROGRAM, "--workspace", str(root), "undo"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        preexec_fn=fill_disk,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert files(root) == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_a_layer_that_cannot_be_replaced_leaves_no_revision(root: Path) -> None:
    before = files(root)
    (root / "data").chmod(0o555)
    try:
        done = as_mortal("--workspace", str(root), "undo")
    finally:
        (root / "data").chmod(0o755)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be written" in done.stderr
    assert files(root) == before
