"""A layer's file that is a link, or has permissions of its own, stays so when it is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from erdao_geo import StorageError, Workspace
from erdao_geo.storage import write_text
from small import EMPTY, make_workspace, write_lines

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX links and permissions")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "workspace")


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "a.shp", {"d1": "福安街"})


def linked(workspace: Workspace, place: Path, stem: str = "data/lines.geojson") -> Path:
    """Move a file elsewhere, and leave a link."""
    path = workspace.root / stem
    place.parent.mkdir(exist_ok=True)
    path.rename(place)
    path.symlink_to(os.path.relpath(place, path.parent))
    return path


def test_a_link_within_the_workspace_is_followed_by_import_and_undo(workspace, delivery) -> None:
    place = workspace.root / "shared" / "道路.geojson"
    link = linked(workspace, place)
    assert Workspace(workspace.root).import_file("lines", delivery).added == 1
    assert link.is_symlink()
    assert "福安街" in place.read_text("utf-8")
    workspace = Workspace(workspace.root)
    workspace.write("lines", workspace.features("lines").assign(name="阜丰路"))
    assert "阜丰路" in place.read_text("utf-8")
    for _ in range(2):
        Workspace(workspace.root).undo("lines")
    assert (link.is_symlink(), place.read_text("utf-8")) == (True, EMPTY)
    assert sorted(place.parent.iterdir()) == [place]
    assert Workspace(workspace.root).verify_history() == []


def test_a_link_that_leads_out_is_read_and_not_written(workspace, delivery, tmp_path) -> None:
    place = tmp_path / "elsewhere" / "lines.geojson"
    link = linked(workspace, place)
    assert len(Workspace(workspace.root).features("lines")) == 0
    with pytest.raises(StorageError, match=r"lines.geojson: is a link that leads out of the work"):
        Workspace(workspace.root).import_file("lines", delivery)
    assert (link.is_symlink(), place.read_text("utf-8")) == (True, EMPTY)
    assert sorted(place.parent.iterdir()) == [place]


def test_undo_writes_through_no_link_that_leads_out(workspace, delivery, tmp_path) -> None:
    workspace.import_file("lines", delivery)
    place = tmp_path / "elsewhere" / "lines.geojson"
    linked(workspace, place)
    before = place.read_bytes()
    with pytest.raises(StorageError, match="leads out of the workspace"):
        Workspace(workspace.root).undo("lines")
    assert place.read_bytes() == before


def test_answers_are_saved_through_no_link_that_leads_out(workspace, delivery, tmp_path) -> None:
    place = tmp_path / "elsewhere" / "lines.toml"
    linked(workspace, place, "layers/lines.toml")
    before = place.read_bytes()
    with pytest.raises(StorageError, match="leads out of the workspace"):
        Workspace(workspace.root).import_file("lines", delivery, save_profile=True)
    assert place.read_bytes() == before
    assert (workspace.root / "data" / "lines.geojson").read_text("utf-8") == EMPTY
    assert Workspace(workspace.root).import_file("lines", delivery).added == 1  # that needs it not


@pytest.mark.parametrize("name", ["data", "layers", ".erdao-geo"])
def test_nothing_is_written_into_a_folder_that_leads_out(
    name, workspace, delivery, tmp_path
) -> None:
    folder, outside = workspace.root / name, tmp_path / "disk"
    folder.rename(outside) if folder.exists() else outside.mkdir()
    folder.symlink_to(outside)
    before = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    with pytest.raises(StorageError, match="leads out of the workspace"):
        Workspace(workspace.root).import_file("lines", delivery, save_profile=True)
    assert {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()} == before
    assert (workspace.root / "data" / "lines.geojson").read_text("utf-8") == EMPTY


def test_a_data_folder_that_is_a_link_within_the_workspace_is_written(workspace, delivery) -> None:
    (workspace.root / "data").rename(workspace.root / "disk")
    (workspace.root / "data").symlink_to("disk")
    Workspace(workspace.root).import_file("lines", delivery)
    assert "福安街" in (workspace.root / "disk" / "lines.geojson").read_text("utf-8")


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_where_the_rejected_cannot_be_listed_nothing_is_written(kind, workspace, tmp_path) -> None:
    place = workspace.root / "rejects.geojson"
    place.mkdir() if kind == "folder" else place.symlink_to(tmp_path / "x.geojson")
    path = write_lines(tmp_path / "a.shp", {"d1": "福安街", "": "阜丰路"})
    with pytest.raises(StorageError, match=r"rejects.geojson: is a"):
        workspace.import_file("lines", path)
    assert (workspace.root / "data" / "lines.geojson").read_text("utf-8") == EMPTY
    assert not (tmp_path / "x.geojson").exists()


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o444])
def test_permissions_stay(mode, workspace, delivery) -> None:
    path = workspace.root / "data" / "lines.geojson"
    path.chmod(mode)
    for _ in range(2):
        workspace.import_file("lines", delivery)
        assert path.stat().st_mode & 0o777 == mode
        workspace.undo("lines")
        assert path.stat().st_mode & 0o777 == mode


def test_what_a_crash_left_read_only_is_in_nobodys_way(tmp_path) -> None:
    left = tmp_path / ".a.txt.tmp"
    left.touch(mode=0o444)
    write_text(tmp_path / "a.txt", "whole")
    assert [(p.name, p.read_text("utf-8")) for p in tmp_path.iterdir()] == [("a.txt", "whole")]
