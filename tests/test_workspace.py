"""The workspace is the one door: what goes in and out is right, or it does not pass."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from shapely import Polygon

from erdao_geo import CRSError, DataError, StorageError, Workspace, WorkspaceError

ROOT = Path(__file__).parents[1]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "plan.toml", tmp_path)
    for name in ("layers", "data"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "maps").mkdir()
    return tmp_path


def test_it_is_found_from_any_folder_below(root: Path) -> None:
    below = root / "a" / "b"
    below.mkdir(parents=True)
    assert Workspace.find(below).root == root.resolve()
    with pytest.raises(WorkspaceError, match=r"plan\.toml; go to a workspace, or name one"):
        Workspace.find(root.anchor)


@pytest.mark.parametrize("kind", ["layer", "target", "sheet"])
def test_an_unknown_name_is_answered_with_those_there_are(kind: str) -> None:
    with pytest.raises(WorkspaceError, match=r"has no \w+ 'nope'; there are: \w+"):
        getattr(Workspace(ROOT), kind)("nope")


def test_features_come_sorted_by_key_whatever_the_file_says(root: Path) -> None:
    path = root / "data" / "mines.geojson"
    collection = json.loads(path.read_text("utf-8"))
    collection["features"].reverse()
    path.write_text(json.dumps(collection), "utf-8")
    features = Workspace(root).features("mines")
    assert features["id"].tolist() == sorted(features["id"])
    assert features.index.tolist() == list(range(len(features)))


def test_changing_what_it_gave_does_not_change_what_it_gives(root: Path) -> None:
    workspace = Workspace(root)
    workspace.features("mines")["status"] = "lost"
    assert "lost" not in workspace.features("mines")["status"].tolist()


def test_a_fault_is_refused_and_the_file_left(root: Path) -> None:
    workspace, path = Workspace(root), root / "data" / "mines.geojson"
    before = path.read_bytes()
    with pytest.raises(
        DataError, match=r"status is 'lost'.* nothing was written to mines"
    ) as caught:
        workspace.write("mines", workspace.features("mines").assign(status="lost"))
    assert len(caught.value.problems) == len(workspace.features("mines"))
    assert path.read_bytes() == before


def test_a_polygon_that_rounding_would_ruin_is_refused(root: Path) -> None:
    workspace = Workspace(root)
    mines = workspace.features("mines")
    lon, lat, tiny = 125.6, 43.85, 1e-8  # a millimetre: 7 decimals are a centimetre
    mines.loc[0, "geometry"] = Polygon([(lon, lat), (lon + tiny, lat), (lon + tiny, lat + tiny)])
    with pytest.raises(DataError, match="geometry-invalid"):
        workspace.write("mines", mines)


def test_features_of_another_datum_or_of_none_are_refused(root: Path) -> None:
    workspace = Workspace(root)
    mines = workspace.features("mines")
    with pytest.raises(CRSError, match="Beijing 1954"):
        workspace.write("mines", mines.set_crs("EPSG:4214", allow_override=True))
    with pytest.raises(CRSError, match="no CRS"):
        workspace.write("mines", mines.set_crs(None, allow_override=True))


def test_features_in_a_gauss_kruger_zone_are_brought_home(root: Path) -> None:
    workspace = Workspace(root)
    mines = workspace.features("mines")
    workspace.write("mines", mines.to_crs("EPSG:4549"))
    again = workspace.features("mines")
    assert again.geometry.geom_equals_exact(mines.geometry, 2e-7).all()


def test_what_is_written_is_read_again_and_dated(root: Path) -> None:
    workspace = Workspace(root)
    mines = workspace.features("mines")
    workspace.write("mines", mines.iloc[::-1])
    assert workspace.features("mines").equals(mines)
    assert workspace.date("mines") > workspace.layer("mines").source.date


def test_a_changed_definition_is_seen(root: Path) -> None:
    path = root / "layers" / "mines.toml"
    assert Workspace(root).validate() == []
    path.write_text(f'{path.read_text("utf-8")}\n[fields.depth]\ntitle = "深"\n', "utf-8")
    assert Workspace(root).features("mines")["depth"].isna().all()


def test_a_temporary_file_of_a_crash_disturbs_nothing(root: Path) -> None:
    for name in (".mines.geojson.tmp", ".other.geojson.tmp"):
        (root / "data" / name).write_text("half a fi", "utf-8")
    workspace = Workspace(root)
    workspace.write("mines", workspace.features("mines"))
    assert Workspace(root).validate() == []
    assert not (root / "data" / ".mines.geojson.tmp").exists()


def test_a_whole_number_beyond_64_bits_breaks_nothing(root: Path) -> None:
    layer, data = root / "layers" / "mines.toml", root / "data" / "mines.geojson"
    definition = '\n[fields.n]\ntitle = "n"\ntype = "integer"\n'
    layer.write_text(layer.read_text("utf-8") + definition, "utf-8")
    text = data.read_text("utf-8").replace('"id":', f'"n":{2**63},"id":')
    data.write_text(text, "utf-8")
    assert set(Workspace(root).features("mines")["n"]) == {2**63}


def test_a_property_that_would_shadow_the_geometry_is_named(root: Path) -> None:
    data = root / "data" / "mines.geojson"
    data.write_text(data.read_text("utf-8").replace('"id":', '"geometry":"x","id":'), "utf-8")
    with pytest.raises(StorageError, match=r"mines\.geojson: has a property 'geometry'"):
        Workspace(root).validate()
