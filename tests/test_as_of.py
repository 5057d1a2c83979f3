"""The ledger as it stood: by the features, the plan and the definitions of then."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from erdao_geo import StorageError, Workspace
from erdao_geo.cli import cli
from erdao_geo.history import History

ROOT = Path(__file__).parents[1]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace as shipped, without a history."""
    for name in ("layers", "data"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "plan.toml", tmp_path)
    return tmp_path


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--workspace", str(root), *arguments])


def ledger(root: Path) -> str:
    result = run(root, "check", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def then(root: Path, when: object) -> tuple[str, dict]:
    """Give the ledger of then, less what says that it is one, and that."""
    result = run(root, "check", "--as-of", str(when), "--json")
    assert result.exit_code == 0, result.stderr
    said = json.loads(result.stdout)
    asked = said.pop("asked")
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n", asked


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def complete(root: Path, stem: str, count: int) -> None:
    """Complete the first features of a layer that are not, and store them."""
    workspace = Workspace(root)
    features = workspace.features(stem)
    open_ = features.index[features["status"] != "completed"][:count]
    features.loc[open_, ["status", "started_on", "completed_on"]] = [
        "completed",
        "2022-05-01",
        "2022-12-01",
    ]
    workspace.write(stem, features)


def raise_targets(root: Path) -> None:
    edit(root / "plan.toml", "value = 18.8\n", "value = 20\n")
    edit(root / "plan.toml", 'where = { work = "new" }', 'where = { work = ["new", "rebuild"] }')


def add_field(root: Path) -> None:
    """Let the roads' definition and their target speak of a field that features lack."""
    with (root / "layers" / "roads.toml").open("a", encoding="utf-8") as file:
        file.write('\n[fields.phase]\ntitle = "期"\n')
    edit(root / "plan.toml", 'where = { work = ["new", "rebuild"] }', 'where = { phase = "1" }')


def record(root: Path) -> None:
    Workspace(root).record()


def test_the_ledger_of_each_revision_is_the_one_printed_then(root) -> None:
    steps: list[Callable[[], None]] = [
        lambda: complete(root, "roads", 2),
        lambda: complete(root, "mines", 1),
        lambda: raise_targets(root),
        lambda: complete(root, "roads", 1),
        lambda: edit(root / "data" / "roads.geojson", "125.3907888", "125.3908"),
        lambda: add_field(root),
        lambda: complete(root, "greening", 1),
        lambda: run(root, "undo", "mines"),
        lambda: complete(root, "mines", 2),
    ]
    history = History(root)
    printed = {1: ledger(root)}  # the baseline is what was there before the first change
    for step in steps:
        step()
        record(root)
        printed[history.head()[0]] = ledger(root)
    assert len(set(printed.values())) == len(printed)
    for number, text in printed.items():
        assert then(root, number)[0] == text


def test_an_edit_of_the_plan_is_recorded_before_the_next_change(root) -> None:
    complete(root, "roads", 1)
    raise_targets(root)
    printed = ledger(root)
    complete(root, "mines", 1)
    kinds = [(revision.kind, revision.layer) for revision in History(root).revisions()]
    assert kinds[2:] == [("rules", "plan.toml"), ("baseline", "mines"), ("write", "mines")]
    assert then(root, 3)[0] == printed
    assert then(root, 2)[0] != printed


def test_build_records_the_edits_of_rules_and_of_layers_with_a_history(root) -> None:
    (root / "maps").mkdir()
    assert run(root, "build").exit_code == 0
    assert not (root / ".erdao-geo").exists()
    complete(root, "roads", 1)
    raise_targets(root)
    edit(root / "layers" / "roads.toml", 'title = "道路"', 'title = "路"')
    edit(root / "data" / "roads.geojson", "示例道路01", "另一道路")
    edit(root / "data" / "mines.geojson", "示例", "实例")
    for _ in range(2):
        assert run(root, "build").exit_code == 0
    found = [(revision.kind, revision.layer) for revision in History(root).revisions()[2:]]
    assert found == [("rules", "plan.toml"), ("rules", "roads"), ("outside", "roads")]
    assert "rules edited" in run(root, "log").stdout
    assert run(root, "history", "verify").exit_code == 0


def test_an_edit_of_rules_is_no_change_to_undo(root) -> None:
    complete(root, "roads", 1)
    raise_targets(root)
    edit(root / "layers" / "roads.toml", 'title = "道路"', 'title = "路"')
    record(root)
    plan = (root / "plan.toml").read_bytes()
    for arguments in (["roads", "--revision", "4"], ["--revision", "3"]):
        assert "only records an edit of" in run(root, "undo", *arguments).stderr
    assert run(root, "undo").exit_code == 0
    assert (root / "data" / "roads.geojson").read_bytes() == (
        ROOT / "data" / "roads.geojson"
    ).read_bytes()
    assert (root / "plan.toml").read_bytes() == plan


def test_it_says_what_was_asked_and_what_rests_on_less_than_a_revision(root) -> None:
    complete(root, "roads", 1)
    complete(root, "mines", 1)
    _, asked = then(root, 2)
    assert (asked["when"], asked["revision"]) == ("revision 2", 2)
    assert "greening has no history; it is taken as it is now" in asked["notes"]
    assert any(
        note.startswith("the history of mines begins with revision 3") for note in asked["notes"]
    )
    assert not any("roads" in note for note in asked["notes"])
    result = run(root, "check", "greening-area", "--as-of", "2")
    assert "账目时点 修订 2" in result.stdout
    assert result.stderr == "Note: greening has no history; it is taken as it is now\n"


def test_a_day_within_which_something_was_edited_says_so(root) -> None:
    complete(root, "roads", 1)
    raise_targets(root)
    today = dt.datetime.now().astimezone().date().isoformat()
    notes = then(root, today)[1]["notes"]
    assert (
        "plan.toml was edited since revision 2, in no revision yet; it is taken as revision 2 has "
        "it"
    ) in notes
    between = dt.datetime.now().astimezone()
    record(root)
    notes = then(root, between.isoformat())[1]["notes"]
    assert (
        "plan.toml was edited between revisions 2 and 3; it is taken as revision 2 has it"
    ) in notes
    assert not any("plan.toml" in note for note in then(root, 2)[1]["notes"])


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("2001-01-01", "as of"),
        ("9", "there is no revision 9; the last is 2"),
        ("0", "there is no revision 0; the last is 2"),
    ],
)
def test_what_is_not_known_is_an_error(root, when, message) -> None:
    complete(root, "roads", 1)
    for arguments in (
        ["check", "--as-of", when],
        ["why", "new-road-length", "--since", when],
        ["why", "new-road-length", "--since", "1", "--until", when],
    ):
        result = run(root, *arguments)
        assert (result.exit_code, result.stdout) == (2, "")


def test_a_time_before_the_first_revision_is_an_error_that_says_when_it_begins(root) -> None:
    nothing = run(root, "check", "--as-of", "2001-01-01")
    assert (nothing.exit_code, nothing.stdout) == (2, "")
    assert "2001-01-01 is not known; nothing was changed yet" in nothing.stderr
    complete(root, "roads", 1)
    early = run(root, "check", "--as-of", "2001-01-01")
    assert (early.exit_code, early.stdout) == (2, "")
    assert "2001-01-01 is not known; the history begins with revision 1 of " in early.stderr


def test_a_plan_that_is_lost_is_an_error(root) -> None:
    complete(root, "roads", 1)
    sha = History(root).revisions()[-1].plan
    (root / ".erdao-geo" / "history" / "blobs" / sha[:2] / f"{sha}.zst").unlink()
    with pytest.raises(StorageError, match="is missing"):
        Workspace(root).check(as_of=2)


def test_a_target_is_looked_for_in_the_plan_of_then(root) -> None:
    complete(root, "roads", 1)
    edit(root / "plan.toml", "[target.new-road-length]", "[target.renamed]")
    assert run(root, "check", "renamed", "--as-of", "2").exit_code == 2
    assert run(root, "check", "new-road-length", "--as-of", "2").exit_code == 0


# --- why ------------------------------------------------------------------------------------------


def why(root: Path, *arguments: str) -> dict:
    result = run(root, "why", "new-road-length", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def row(root: Path, *arguments: str) -> dict:
    return json.loads(run(root, "check", "new-road-length", *arguments, "--json").stdout)["rows"][0]


@pytest.mark.parametrize("of", ["net", "done", "proven", "reported"])
def test_why_leads_from_one_printed_figure_to_the_other(root, of) -> None:
    complete(root, "roads", 2)
    raise_targets(root)
    complete(root, "roads", 1)
    said = why(root, "--since", "1", "--of", of)
    assert said["old"] == pytest.approx(row(root, "--as-of", "1")[of], rel=1e-12)
    assert said["new"] == pytest.approx(row(root)[of], rel=1e-12)
    total = sum(cause["amount"] for cause in said["causes"])
    assert total == pytest.approx(said["new"] - said["old"], abs=1e-9)
    assert [rule["name"] for rule in said["rules"]] == ["where", "value"]


def test_why_names_the_features_and_prints_signed_amounts(root) -> None:
    complete(root, "roads", 3)
    said = why(root, "--since", "1", "--until", "2")
    [cause] = said["causes"]
    assert cause["cause"] in ("newly_completed", "status_corrected")
    result = run(root, "why", "new-road-length", "--since", "1", "--until", "2")
    for effect in cause["effects"]:
        assert f"{effect['features'][0]} {effect['titles'][0]}" in result.stdout
        assert f"+{effect['amount']:.3f}" in result.stdout
    assert "修订 1" in result.stdout
    assert (
        "revision 2"
        in run(
            root, "why", "new-road-length", "--since", "1", "--until", "2", "--lang", "en"
        ).stdout
    )


def test_why_explains_a_target_that_is_gone(root) -> None:
    complete(root, "roads", 1)
    edit(root / "plan.toml", "[target.new-road-length]", "[target.renamed]")
    said = why(root, "--since", "2")
    assert (said["new"], [cause["cause"] for cause in said["causes"]]) == (0, ["rule_changed"])
    assert said["notes"] == ["the target is in the plan no more"]


def test_why_refuses_what_it_cannot_answer(root) -> None:
    complete(root, "roads", 1)
    unknown = run(root, "why", "no-such", "--since", "1")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "has no target 'no-such'; there are: roads-built, roads-opened" in unknown.stderr
    for since, until in (("2", "1"), ("2099-01-02", "2099-01-01"), ("2099-01-01", "2")):
        result = run(root, "why", "new-road-length", "--since", since, "--until", until)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{since} is after {until}" in result.stderr
    assert run(root, "why", "new-road-length").exit_code == 2
