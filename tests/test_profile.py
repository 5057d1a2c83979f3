from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import LineString

from erdao_geo import CRSError, SourceError, StorageError, Workspace
from erdao_geo.history import record
from small import EMPTY, LINES, make_workspace, write_lines

NAMES = {"d1": "福安街", "d2": "阜丰路"}
ANSWERS = {
    "fields": {"总长": ["declared_length_km"]},
    "constants": {"evidence": "surveyed"},
    "codes": {"status": {"收尾": "under_construction"}},
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "workspace")


def delivery(path: Path, *, crs: int | None = 4490, length: str = "1.25") -> Path:
    return write_lines(path, NAMES, crs=crs, 状态="收尾", 总长=length)


def definition(workspace: Workspace) -> Path:
    return workspace.root / "layers" / "lines.toml"


def profile(workspace: Workspace) -> dict[str, object]:
    return tomllib.loads(definition(workspace).read_text("utf-8"))["import"]


def test_the_second_delivery_needs_no_options(workspace, tmp_path) -> None:
    first = delivery(tmp_path / "first.shp")
    workspace.import_file("lines", first, save_profile=True, **ANSWERS)
    second = delivery(tmp_path / "second.shp", length="2.5")
    report = Workspace(workspace.root).import_file("lines", second)
    assert (report.updated, report.rejected) == (2, ())
    rows = Workspace(workspace.root).features("lines").to_dict("records")
    assert [row["declared_length_km"] for row in rows] == [2.5, 2.5]
    assert [(row["status"], row["evidence"]) for row in rows] == [
        ("under_construction", "surveyed")
    ] * 2


def test_without_a_profile_the_word_is_rejected_with_its_way_out(workspace, tmp_path) -> None:
    report = workspace.import_file("lines", delivery(tmp_path / "a.shp"))
    assert [rejected.rule for rejected in report.rejected] == ["enum", "enum"]
    assert "--code status:收尾=planned" in report.rejected[0].message


def test_comments_and_order_stay(workspace, tmp_path) -> None:
    workspace.import_file("lines", delivery(tmp_path / "a.shp"), save_profile=True, **ANSWERS)
    assert definition(workspace).read_text("utf-8").startswith(LINES.rstrip("\n"))


def test_the_profile_says_what_was_answered(workspace, tmp_path) -> None:
    workspace.import_file("lines", delivery(tmp_path / "a.shp"), save_profile=True, **ANSWERS)
    saved = profile(workspace)
    assert saved["fields"]["总长"] == "declared_length_km"
    assert saved["set"] == {"evidence": "surveyed"}
    assert saved["codes"] == {"status": {"收尾": "under_construction"}}


def test_a_later_answer_is_added_to_the_profile(workspace, tmp_path) -> None:
    path = delivery(tmp_path / "a.shp")
    workspace.import_file("lines", path, save_profile=True, **ANSWERS)
    codes = {"status": {"停工": "planned"}}
    Workspace(workspace.root).import_file("lines", path, save_profile=True, codes=codes)
    words = {"收尾": "under_construction", "停工": "planned"}
    assert profile(workspace)["codes"] == {"status": words}
    assert profile(workspace)["set"] == {"evidence": "surveyed"}


def test_saving_the_same_profile_again_changes_no_byte(workspace, tmp_path) -> None:
    path = delivery(tmp_path / "a.shp")
    workspace.import_file("lines", path, save_profile=True, **ANSWERS)
    once = definition(workspace).read_bytes()
    Workspace(workspace.root).import_file("lines", path, save_profile=True)
    assert definition(workspace).read_bytes() == once


def test_a_later_answer_overrules_the_profile_and_stays(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", NAMES, A="一", B="二")
    for answers in ({"A": ["name"]}, {"B": ["name"]}, {}):
        Workspace(workspace.root).import_file("lines", path, save_profile=True, fields=answers)
    assert profile(workspace)["fields"]["B"] == "name"
    assert Workspace(workspace.root).features("lines").name.tolist() == ["二", "二"]


def test_a_field_that_is_named_later_ends_what_was_set_before(workspace, tmp_path) -> None:
    path = write_lines(tmp_path / "a.shp", NAMES, EV="approximate")
    workspace.import_file("lines", path, save_profile=True, constants={"evidence": "surveyed"})
    fields = {"EV": ["evidence"]}
    Workspace(workspace.root).import_file("lines", path, save_profile=True, fields=fields)
    assert "set" not in profile(workspace)
    assert Workspace(workspace.root).import_file("lines", path).unchanged == len(NAMES)


def test_names_of_another_office_stay_in_the_profile(workspace, tmp_path) -> None:
    for name in ("A", "B"):
        path = write_lines(tmp_path / f"{name}.shp", NAMES, **{name: "2.5"})
        fields = {name: ["declared_length_km"]}
        Workspace(workspace.root).import_file("lines", path, save_profile=True, fields=fields)
    wanted = dict.fromkeys(("A", "B"), "declared_length_km")
    assert profile(workspace)["fields"].items() >= wanted.items()


def test_a_dry_run_saves_no_profile(workspace, tmp_path) -> None:
    path = delivery(tmp_path / "a.shp")
    workspace.import_file("lines", path, save_profile=True, dry_run=True, **ANSWERS)
    assert definition(workspace).read_text("utf-8") == LINES


def test_a_failed_import_saves_no_profile(workspace, tmp_path) -> None:
    path = delivery(tmp_path / "a.shp")
    with pytest.raises(SourceError, match="no field of the file"):
        workspace.import_file("lines", path, save_profile=True, fields={"无": ["name"]})
    assert definition(workspace).read_text("utf-8") == LINES


def test_the_crs_of_the_profile_answers_where_the_file_says_none(workspace, tmp_path) -> None:
    first = delivery(tmp_path / "first.shp", crs=None)
    with pytest.raises(CRSError, match=r"--crs EPSG:4490 "):
        workspace.import_file("lines", first, **ANSWERS)
    workspace.import_file("lines", first, crs="EPSG:4490", save_profile=True, **ANSWERS)
    report = Workspace(workspace.root).import_file("lines", first)
    assert (report.unchanged, report.revision) == (2, None)
    assert "by the layer's import profile" in " ".join(report.notes)


def test_the_crs_of_the_profile_does_not_overrule_the_file(workspace, tmp_path) -> None:
    first = delivery(tmp_path / "first.shp", crs=None)
    workspace.import_file("lines", first, crs="GCJ-02", save_profile=True, **ANSWERS)
    second = delivery(tmp_path / "second.shp", crs=4490)
    Workspace(workspace.root).import_file("lines", second)
    start = Workspace(workspace.root).features("lines").geometry[0].coords[0]
    assert start == (125.42, 43.87)


def test_the_crs_of_the_profile_is_not_taken_where_it_does_not_fit(workspace, tmp_path) -> None:
    first = delivery(tmp_path / "first.shp")
    workspace.import_file("lines", first, crs="EPSG:4490", save_profile=True, **ANSWERS)
    second = delivery(tmp_path / "second.shp", crs=None)
    content = bytearray(second.read_bytes())
    content[152:160] = (8).to_bytes(8, "little")  # an x that is nowhere near
    for start in range(100, len(content), 88):
        content[start + 56 : start + 88] = bytes(32)
    second.write_bytes(content)
    with pytest.raises(CRSError, match="name its CRS with --crs"):
        Workspace(workspace.root).import_file("lines", second)


def read_names(workspace: Workspace, path: Path) -> list[str]:
    workspace.import_file("lines", path)
    return Workspace(workspace.root).features("lines").name.tolist()


def with_encoding(workspace: Workspace) -> Workspace:
    path = definition(workspace)
    path.write_text(path.read_text("utf-8") + '\n[import]\nencoding = "GB18030"\n', "utf-8")
    return Workspace(workspace.root)


def write_names(path: Path, names: list[str], encoding: str, *, said: bool) -> Path:
    """Write a shapefile with ASCII field names; `said` is whether it says its encoding."""
    lines = [LineString([(125.42, 43.87), (125.43, 43.87 + i / 100)]) for i in range(len(names))]
    rows = {"id": [f"d{i}" for i in range(len(names))], "name": names}
    frame = gpd.GeoDataFrame(rows, geometry=lines, crs=4490)
    frame.to_file(path, encoding=encoding, engine="pyogrio")
    if not said:
        path.with_suffix(".cpg").unlink()
        dbf = path.with_suffix(".dbf").read_bytes()
        path.with_suffix(".dbf").write_bytes(dbf[:29] + b"\0" + dbf[30:])
    return path


@pytest.mark.parametrize("said", [True, False])
def test_the_encoding_of_the_profile_does_not_overrule_the_file(said, workspace, tmp_path) -> None:
    names = ["福安大街", "阜丰大路"]  # in UTF-8 they are whole characters of GB18030, too
    path = write_names(tmp_path / "a.shp", names, "utf-8", said=said)
    assert read_names(with_encoding(workspace), path) == names


def test_the_encoding_of_the_profile_answers_where_the_file_leaves_it_open(
    workspace, tmp_path
) -> None:
    path = write_names(tmp_path / "a.shp", ["涓"], "gbk", said=False)
    with pytest.raises(SourceError, match="its encoding is not clear"):
        workspace.import_file("lines", path)
    assert read_names(with_encoding(workspace), path) == ["涓"]


# --- Undo -----------------------------------------------------------------------------------------


def taught(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Import a delivery and keep the answers."""
    workspace.import_file("lines", delivery(tmp_path / "a.shp"), save_profile=True, **ANSWERS)
    return Workspace(workspace.root)


def data(workspace: Workspace) -> bytes:
    return (workspace.root / "data" / "lines.geojson").read_bytes()


def test_undo_takes_the_answers_back_with_the_features_and_redo_brings_both(
    workspace, tmp_path
) -> None:
    before = definition(workspace).read_bytes(), data(workspace)
    workspace = taught(workspace, tmp_path)
    after = definition(workspace).read_bytes(), data(workspace)
    undone = workspace.undo("lines")
    assert (definition(workspace).read_bytes(), data(workspace)) == before
    workspace.undo("lines", revision=undone.number)
    assert (definition(workspace).read_bytes(), data(workspace)) == after
    assert workspace.verify_history() == []


def test_undo_keeps_a_definition_that_was_edited_since_and_says_so(workspace, tmp_path) -> None:
    before = data(workspace)
    workspace = taught(workspace, tmp_path)
    edited = definition(workspace).read_bytes() + b"# by hand\n"
    definition(workspace).write_bytes(edited)
    preview = workspace.undo("lines", dry_run=True)
    assert preview.redefined is None
    undone = workspace.undo("lines")
    assert "layers/lines.toml was edited since, and is kept" in undone.entry.note
    assert preview.entry.note == undone.entry.note
    assert (definition(workspace).read_bytes(), data(workspace)) == (edited, before)


def test_answers_that_are_saved_without_a_change_of_features_are_undone(
    workspace, tmp_path
) -> None:
    path = delivery(tmp_path / "a.shp")
    workspace.import_file("lines", path, **ANSWERS)
    before = definition(workspace).read_bytes(), data(workspace)
    outcome = Workspace(workspace.root).import_file("lines", path, save_profile=True, **ANSWERS)
    assert (outcome.unchanged, outcome.revision) == (len(NAMES), 3)
    assert data(workspace) == before[1]
    Workspace(workspace.root).undo("lines")
    assert (definition(workspace).read_bytes(), data(workspace)) == before
    Workspace(workspace.root).undo("lines")
    assert data(workspace) == EMPTY.encode()


def test_a_profile_that_was_edited_since_does_not_block_older_undos(workspace, tmp_path) -> None:
    path = delivery(tmp_path / "a.shp")
    workspace.import_file("lines", path, **ANSWERS)
    Workspace(workspace.root).import_file("lines", path, save_profile=True, **ANSWERS)
    definition(workspace).write_bytes(definition(workspace).read_bytes() + b"# by hand\n")
    undone = [Workspace(workspace.root).undo("lines").undoes for _ in range(2)]
    assert undone == [3, 2]
    assert data(workspace) == EMPTY.encode()


@pytest.mark.parametrize("killed_at", [1, 2, 3])
def test_a_crash_between_features_and_answers_is_mended_by_the_next_writer(
    killed_at, workspace, tmp_path, monkeypatch
) -> None:
    before = definition(workspace).read_bytes()
    moves: list[Path] = []

    def killed(temporary: Path, path: Path) -> None:
        moves.append(path)
        if len(moves) == killed_at:
            raise KeyboardInterrupt
        move(temporary, path)

    move = record.move
    monkeypatch.setattr(record, "move", killed)
    if killed_at < 3:
        with pytest.raises(KeyboardInterrupt):
            taught(workspace, tmp_path)
    else:
        taught(workspace, tmp_path)
    monkeypatch.undo()
    workspace = Workspace(workspace.root)
    assert workspace.verify_history() == []
    workspace.write("areas", workspace.features("areas"))
    stands = hashlib.sha256(definition(workspace).read_bytes()).hexdigest()
    last = workspace.log("lines")[-1]
    assert stands == (last.redefined or last.definition)
    assert (definition(workspace).read_bytes() == before) == (data(workspace) == EMPTY.encode())
    assert sorted(path.name for path in (workspace.root / "layers").glob(".*")) == []


def blob(workspace: Workspace, content: bytes) -> Path:
    sha = hashlib.sha256(content).hexdigest()
    return workspace.root / ".erdao-geo" / "history" / "blobs" / sha[:2] / f"{sha}.zst"


def test_features_are_undone_though_the_old_definition_is_lost(workspace, tmp_path) -> None:
    before = definition(workspace).read_bytes()
    workspace = taught(workspace, tmp_path)
    after = definition(workspace).read_bytes()
    blob(workspace, before).write_bytes(b"")
    undone = workspace.undo("lines")
    assert "layers/lines.toml is kept as it is: what it was is damaged" in undone.entry.note
    assert (definition(workspace).read_bytes(), data(workspace)) == (after, EMPTY.encode())


def test_where_the_definition_cannot_be_written_nothing_is(workspace, tmp_path) -> None:
    before = definition(workspace).read_bytes()
    (workspace.root / "layers" / ".lines.toml.tmp").mkdir()
    with pytest.raises(StorageError, match=r"lines.toml.*cannot be written"):
        taught(workspace, tmp_path)
    assert (definition(workspace).read_bytes(), data(workspace)) == (before, EMPTY.encode())
    assert [revision.kind for revision in workspace.log("lines")] == ["baseline"]
    assert workspace.verify_history() == []


def test_a_definition_that_is_lost_from_the_history_is_told(workspace, tmp_path) -> None:
    workspace = taught(workspace, tmp_path)
    blob(workspace, definition(workspace).read_bytes()).unlink()
    [fault] = workspace.verify_history()
    assert (fault.rule, fault.revision) == ("content-missing", 2)
    assert "the layer's definition as it left it" in fault.message


def test_two_that_save_answers_at_once_lose_none(workspace, tmp_path) -> None:
    path = delivery(tmp_path / "a.shp")
    other = Workspace(workspace.root)  # has read the definition before the first saves to it
    workspace.import_file("lines", path, save_profile=True, **ANSWERS)
    codes = {"status": {"收尾": "under_construction", "停工": "planned"}}
    other.import_file("lines", path, save_profile=True, codes=codes)
    assert profile(workspace)["set"] == ANSWERS["constants"]
    assert profile(workspace)["codes"] == codes


def test_line_ends_of_windows_stay_and_a_bom_goes(workspace, tmp_path) -> None:
    text = definition(workspace).read_text("utf-8")
    windows = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    definition(workspace).write_bytes(windows)
    workspace = taught(Workspace(workspace.root), tmp_path)
    saved = definition(workspace).read_bytes()
    assert saved.startswith(windows[3:].rstrip(b"\r\n"))
    assert saved.count(b"\n") == saved.count(b"\r\n")
    workspace.undo("lines")
    assert definition(workspace).read_bytes() == windows
