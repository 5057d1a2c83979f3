"""The commands as a person or a program runs them."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import erdao_geo
from erdao_geo import errors
from erdao_geo.cli import cli

ROOT = Path(__file__).parents[1]
PROGRAM = str(Path(sys.executable).with_name("erdao-geo"))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    for name in ("layers", "data", "maps"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("*.html"))
    shutil.copy(ROOT / "plan.toml", root)
    return root


def run(workspace: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--workspace", str(workspace), *arguments])


def as_mortal(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program bound by permissions, which root is not unless it lays that power down."""
    command = [PROGRAM, *arguments]
    if os.name != "posix":
        pytest.skip("needs POSIX permissions")
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root ignores permissions, and there is no setpriv to lay that power down")
        powers = "-dac_override,-dac_read_search,-fowner"
        command = ["setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}", *command]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("name", [None, *cli.commands])
def test_help_ends_in_examples(name: str | None) -> None:
    result = CliRunner().invoke(cli, [*([name] if name else []), "--help"])
    assert result.exit_code == 0
    assert "\n  Examples:\n      erdao-geo" in result.stdout
    assert "\\b" not in result.stdout


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom erdao_geo.cli import cli\n"
        "try: cli(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'geopandas', 'folium', 'fiona', 'rich', 'pydantic'}\n"
        "heavy |= {'matplotlib'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_csv_and_json_say_the_same(workspace) -> None:
    rows = json.loads(run(workspace, "check", "--json").stdout)["rows"]
    lines = list(csv.DictReader(io.StringIO(run(workspace, "check", "--csv").stdout)))
    assert [line["id"] for line in lines] == [row["id"] for row in rows]
    for line, row in zip(lines, rows, strict=True):
        assert [float(line[name]) for name in ("net", "done")] == [row["net"], row["done"]]
        assert line["verdict"] == row["verdict"]
        assert line["features"].split("; ") == row["features"]


def test_json_and_csv_at_once_are_refused(workspace) -> None:
    result = run(workspace, "check", "--json", "--csv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--json and --csv exclude each other" in result.stderr


def test_each_row_has_the_date_of_its_own_layer(workspace) -> None:
    redate(workspace / "data" / "roads.geojson", "2024-05-01")
    ledger = json.loads(run(workspace, "check", "--json").stdout)
    dates = {row["id"]: row["as_of"] for row in ledger["rows"]}
    assert (dates["new-road-length"], dates["mines-restored"]) == ("2024-05-01", "2022-12-31")
    assert ledger["as_of"] == "2022-12-31"
    lines = csv.DictReader(io.StringIO(run(workspace, "check", "--csv").stdout))
    assert {line["id"]: line["as_of"] for line in lines} == dates


def test_the_heading_says_from_when_to_when_the_rows_are(workspace) -> None:
    redate(workspace / "data" / "roads.geojson", "2024-05-01")
    arguments = ["--lang", "en"]
    printed = run(workspace, "check", "new-road-length", "mines-restored", *arguments).stdout
    assert "Data as of 2022-12-31 to 2024-05-01" in printed
    assert [line.split()[-1] for line in printed.splitlines() if "km" in line] == ["2024-05-01"]
    [heading, *_] = run(workspace, "check", "mines-restored", *arguments).stdout.splitlines()
    assert heading.strip().endswith("Data as of 2022-12-31")


def redate(path: Path, date: str) -> None:
    text = path.read_text("utf-8")
    path.write_text(text.replace('"as_of":"2022-12-31"', f'"as_of":"{date}"'), "utf-8")


def test_a_spreadsheet_finds_no_formula_in_the_csv(workspace) -> None:
    plan = workspace / "plan.toml"
    text = plan.read_text("utf-8").replace('title = "新增道路"', 'title = "=1+1"')
    plan.write_text(text, "utf-8")
    [line] = csv.DictReader(io.StringIO(run(workspace, "check", "new-road-length", "--csv").stdout))
    assert line["title"] == "'=1+1"


CLEAR = "\x1b[2J\x9b31m\x7f\n\u202e"
"""Clear the screen, write in red, delete, begin a line, write backwards."""
COMMANDS = set(CLEAR) - set("[2J31m\n")


def test_no_title_commands_the_terminal(workspace) -> None:
    plan = workspace / "plan.toml"
    text = plan.read_text("utf-8").replace('"新增道路"', json.dumps(f"新增{CLEAR}"))
    plan.write_text(text, "utf-8")
    assert not COMMANDS & set(run(workspace, "check", "new-road-length").stdout)
    printed = run(workspace, "check", "new-road-length", "--json").stdout
    assert COMMANDS & set(printed) <= {"\u202e"}
    assert json.loads(printed)["rows"][0]["title"] == f"新增{CLEAR}"


@pytest.mark.parametrize("command", ["validate", "build", "check"])
def test_no_key_commands_the_terminal(command, workspace) -> None:
    data = workspace / "data" / "mines.geojson"
    collection = json.loads(data.read_text("utf-8"))
    collection["features"][0]["properties"] |= {"id": f"m{CLEAR}", "status": CLEAR}
    data.write_text(json.dumps(collection), "utf-8")
    printed = run(workspace, command).output
    assert r"mines m\x1b[2J\x9b31m\x7f\n\u202e: " in printed
    assert not COMMANDS & set(printed)


def test_strict_finds_wanting_what_is_not_met(workspace) -> None:
    assert run(workspace, "check").exit_code == 0
    assert run(workspace, "check", "--strict").exit_code == 1


def test_no_map_is_rendered_when_one_of_the_names_is_unknown(workspace) -> None:
    result = run(workspace, "map", "roads", "nope")
    assert (result.exit_code, result.stdout) == (2, "")
    assert list((workspace / "maps").glob("*.html")) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_output_on_a_full_disk_is_one_line(workspace) -> None:
    command = [PROGRAM, "--workspace", str(workspace), "check", "--csv"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr == b"Error: cannot go on: No space left on device\n"


def test_an_unknown_name_is_answered_with_those_there_are(workspace) -> None:
    for command, known in (("check", "new-road-length"), ("map", "overview")):
        result = run(workspace, command, "nothing")
        assert (result.exit_code, result.stdout) == (2, "")
        assert known in result.stderr
    result = run(workspace, "import", "nothing", "x.shp")
    assert (result.exit_code, "roads" in result.stderr) == (2, True)


def test_the_workspace_is_found_from_below_and_from_the_environment(workspace, monkeypatch) -> None:
    monkeypatch.chdir(workspace / "data")
    assert CliRunner().invoke(cli, ["validate"]).exit_code == 0
    monkeypatch.chdir(workspace.parent)
    assert CliRunner().invoke(cli, ["validate"]).exit_code == 2
    monkeypatch.setenv("ERDAO_GEO_WORKSPACE", str(workspace))
    assert CliRunner().invoke(cli, ["validate"]).exit_code == 0


def test_build_writes_every_page_and_prints_the_ledger(workspace) -> None:
    result = run(workspace, "build", "--lang", "en")
    assert result.exit_code == 0
    pages = {path.stem for path in (workspace / "maps").glob("*.html")}
    assert pages == {"index", "overview", "roads", "renewal", "ecology"}
    assert "New road" in result.stdout
    assert "New road" in (workspace / "maps" / "index.html").read_text("utf-8")


def test_build_stops_at_faults_and_renders_nothing(workspace) -> None:
    data = workspace / "data" / "mines.geojson"
    data.write_text(data.read_text("utf-8").replace('"planned"', '"later"'), "utf-8")
    result = run(workspace, "build", "--json")
    assert result.exit_code == 1
    assert {problem["rule"] for problem in json.loads(result.stdout)["problems"]} >= {"enum"}
    assert list((workspace / "maps").glob("*.html")) == []


def spoil(path: Path, key: str) -> None:
    """Give a feature a geometry that nobody can build, and a status that nobody knows."""
    collection = json.loads(path.read_text("utf-8"))
    [feature] = [f for f in collection["features"] if f["properties"]["id"] == key]
    feature["geometry"] = {"type": "LineString", "coordinates": [[125.4, 43.8]]}
    if "status" in feature["properties"]:
        feature["properties"]["status"] = "lost"
    path.write_text(json.dumps(collection), "utf-8")


def test_validate_lists_a_geometry_that_cannot_be_built_beside_all_else(workspace) -> None:
    spoil(workspace / "data" / "roads.geojson", "road-02-1")
    spoil(workspace / "data" / "mines.geojson", "mine-01")
    result = run(workspace, "validate", "--json")
    assert result.exit_code == 1
    found = {(p["feature"], p["rule"]) for p in json.loads(result.stdout)["problems"]}
    rules = ("geometry-unreadable", "enum")
    assert found == {(key, rule) for key in ("road-02-1", "mine-01") for rule in rules}


@pytest.mark.parametrize("command", [["check"], ["map", "roads"]])
def test_a_geometry_that_cannot_be_built_is_never_left_out(command, workspace) -> None:
    spoil(workspace / "data" / "roads.geojson", "road-02-1")
    result = run(workspace, *command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "road-02-1" in result.stderr
    assert list((workspace / "maps").glob("*.html")) == []


def test_an_outline_that_cannot_be_built_is_listed_and_lets_nothing_pass(workspace) -> None:
    spoil(workspace / "data" / "boundary.geojson", "220105")
    spoil(workspace / "data" / "mines.geojson", "mine-01")
    listed = run(workspace, "validate").stdout
    assert "boundary 220105: has a geometry that cannot be read" in listed
    assert "mines mine-01: has a geometry that cannot be read" in listed
    result = run(workspace, "check", "new-road-length")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be held against the box of boundary; mend that first" in result.stderr


def test_a_blank_makes_no_second_road_of_one(workspace) -> None:
    data = workspace / "data" / "roads.geojson"
    text = data.read_text("utf-8")
    data.write_text(text.replace('"road":"示例道路02"', '"road":"示例道路02 "', 1), "utf-8")
    result = run(workspace, "check", "roads-built")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "road is '示例道路02 '; remove the blanks" in result.stderr


def test_the_months_of_all_targets_stand_side_by_side(workspace) -> None:
    result = run(workspace, "check", "--by", "month", "--lang", "en")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [f"{month:02}" for month in range(1, 13)] in [line[2:] for line in lines if line]
    new = next(line for line in lines if line[:2] == ["New", "road"])
    assert new[-2:] == ["overdue", "1"]
    assert "  road-06-1 示例道路06  2022-10-31  61 days late" in result.stdout


def test_a_named_target_tells_its_months_at_length(workspace) -> None:
    result = run(workspace, "check", "new-road-length", "--by", "month", "--strict")
    assert result.exit_code == 1
    [row] = json.loads(
        run(workspace, "check", "new-road-length", "--by", "month", "--json").stdout
    )["rows"]
    assert (row["months"][-1]["done"], row["months"][-1]["day"]) == (row["done"], "2022-12-31")
    for month in row["months"]:
        line = next(
            line for line in result.stdout.splitlines() if line.startswith(month["day"])
        ).split()
        assert line[1] == f"{month['done']:.3f}"
        assert line[3] == f"{month['expected']:.3f}"
        assert (line[-1] == "落后") is month["behind"]


def test_a_read_only_folder_is_one_line_and_nothing_changes(workspace) -> None:
    folder = workspace / "maps"
    workspace.chmod(0o555)
    folder.chmod(0o555)
    done = as_mortal("--workspace", str(workspace), "map", "roads")
    workspace.chmod(0o755)
    folder.chmod(0o755)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(folder.glob("*.html")) == []


@pytest.mark.parametrize("name", ["data/roads.geojson", "layers/roads.toml", "plan.toml"])
def test_an_unreadable_file_is_one_line(name, workspace) -> None:
    (workspace / name).chmod(0)
    done = as_mortal("--workspace", str(workspace), "check")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{Path(name).name}: cannot be read: Permission denied" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_dry_run_with_rejections_exits_1(workspace) -> None:
    bad = workspace.parent / "bad.geojson"
    point = {"type": "Point", "coordinates": [125.4, 43.85]}
    feature = {"type": "Feature", "properties": {"id": "x", "name": "x"}, "geometry": point}
    bad.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    arguments = ["import", "roads", str(bad), "--set", "road=x"]
    result = run(workspace, *arguments, "--dry-run", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["rejected"][0]["rule"] == "geometry-type"
    imported = run(workspace, *arguments)
    assert imported.exit_code == 1
    assert "rejected x: is a Point; the layer holds LineString [geometry-type]" in imported.stdout


def test_the_public_names_are_sorted_complete_and_there() -> None:
    assert erdao_geo.__all__ == sorted(erdao_geo.__all__)
    assert all(getattr(erdao_geo, name) for name in erdao_geo.__all__)
    kinds = {
        n
        for n, v in vars(errors).items()
        if isinstance(v, type) and v.__module__ == errors.__name__
    }
    assert kinds | {"Workspace"} == set(erdao_geo.__all__)
