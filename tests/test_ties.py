"""What ties a supplier's files to the ground is said once, and never taken for another datum."""

from __future__ import annotations

import tomllib
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import LineString
from shapely.affinity import translate

from erdao_geo import QuestionError, Workspace
from small import make_workspace

SHIFT = (12.5, -96.25, -48.0)
LINE = LineString([(125.42, 43.87), (125.43, 43.88)])


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "workspace")


def write(path: Path, crs: int, names: tuple[str, ...] = ("a",), **columns: list[str]) -> Path:
    """Write lines along LINE, which are called so in a CRS."""
    rows = columns or {"id": list(names)}
    place = gpd.GeoSeries([LINE] * len(names), crs=4490).to_crs(crs)
    gpd.GeoDataFrame(rows, geometry=place).to_file(path, engine="pyogrio")
    return path


def imported(workspace: Workspace, path: Path, **answers):
    """Import as the next user would, with the workspace as it is on the disk."""
    again = Workspace(workspace.root)
    outcome = again.import_file("lines", path, mode="replace", **answers)
    return outcome, Workspace(workspace.root).features("lines").geometry.tolist()


def saved(workspace: Workspace) -> dict[str, object]:
    return tomllib.loads((workspace.root / "layers" / "lines.toml").read_text("utf-8"))["import"]


def test_a_datum_shift_is_said_once(workspace, tmp_path) -> None:
    _, first = imported(
        workspace, write(tmp_path / "a.shp", 2436), datum_shift=SHIFT, save_profile=True
    )
    assert saved(workspace)["datum_shift"] == {"Beijing 1954": list(SHIFT)}
    outcome, second = imported(workspace, write(tmp_path / "b.shp", 21421))  # another zone
    assert second[0].equals_exact(first[0], 2e-7)
    assert not second[0].equals_exact(LINE, 1e-4)
    assert "the datum shift of Beijing 1954 by the layer's import profile" in outcome.notes


@pytest.mark.parametrize("crs", [4490, 4551])
def test_a_datum_shift_comes_to_no_file_of_another_datum(crs, workspace, tmp_path) -> None:
    imported(workspace, write(tmp_path / "a.shp", 2436), datum_shift=SHIFT, save_profile=True)
    outcome, [line] = imported(workspace, write(tmp_path / "b.shp", crs))
    assert line.equals_exact(LINE, 1e-7)
    assert "datum shift" not in " ".join(outcome.notes)


def control(path: Path) -> Path:
    """Write points that lie 100 m east and 50 m north of where a file in EPSG:4551 has them."""
    places = gpd.GeoSeries.from_xy([125.4, 125.5, 125.45], [43.85, 43.86, 43.9], crs=4490)
    plane = places.to_crs(4551)
    rows = [
        f"{xy.x - 100:.4f},{xy.y - 50:.4f},{truth.x},{truth.y}"
        for xy, truth in zip(plane, places, strict=True)
    ]
    path.write_text("\n".join(["x,y,lon,lat", *rows]), "utf-8")
    return path


def shifted(path: Path, *, crs: int | None) -> Path:
    plane = (
        gpd.GeoSeries([LINE], crs=4490).to_crs(4551).map(lambda line: translate(line, -100, -50))
    )
    gpd.GeoDataFrame({"id": ["a"]}, geometry=plane, crs=4551).to_file(path, engine="pyogrio")
    if crs is None:
        path.with_suffix(".prj").unlink()
    return path


def test_control_points_are_given_once(workspace, tmp_path) -> None:
    points = control(tmp_path / "points.csv")
    imported(workspace, shifted(tmp_path / "a.shp", crs=4551), control=points, save_profile=True)
    points.unlink()
    outcome, [line] = imported(workspace, shifted(tmp_path / "b.shp", crs=4551))
    assert line.equals_exact(LINE, 2e-7)
    assert "control points by the layer's import profile" in outcome.notes
    assert "EPSG:4551" in saved(workspace)["control_points"]


def test_control_points_come_to_no_file_of_another_crs(workspace, tmp_path) -> None:
    points = control(tmp_path / "points.csv")
    imported(workspace, shifted(tmp_path / "a.shp", crs=4551), control=points, save_profile=True)
    _, [line] = imported(workspace, write(tmp_path / "b.shp", 4490))
    assert line.equals_exact(LINE, 1e-7)


def test_a_datum_shift_that_is_named_later_ends_the_control_points(workspace, tmp_path) -> None:
    path = shifted(tmp_path / "a.shp", crs=4551)
    imported(workspace, path, control=control(tmp_path / "points.csv"), save_profile=True)
    imported(workspace, path, datum_shift=(0.0, 0.0, 0.0), save_profile=True)
    assert "control_points" not in saved(workspace)


def test_a_local_plane_is_tied_once(workspace, tmp_path) -> None:
    places = gpd.GeoSeries.from_xy([125.4, 125.5, 125.45], [43.85, 43.86, 43.9], crs=4490)
    plane = places.to_crs(4551).translate(-454_000, -4_857_000)
    rows = [f"{a.x},{a.y},{b.x},{b.y}" for a, b in zip(plane, places, strict=True)]
    points = tmp_path / "points.csv"
    points.write_text("\n".join(["x,y,lon,lat", *rows]), "utf-8")
    lines = gpd.GeoSeries([LINE], crs=4490).to_crs(4551).translate(-454_000, -4_857_000)
    path = tmp_path / "a.shp"
    gpd.GeoDataFrame({"id": ["a"]}, geometry=lines).to_file(path, engine="pyogrio")
    path.with_suffix(".prj").unlink()
    local = {"crs": "local", "control": points, "save_profile": True}
    with pytest.raises(QuestionError):
        imported(workspace, path)
    imported(workspace, path, **local)
    _, [line] = imported(workspace, path)
    assert line.equals_exact(LINE, 2e-5)


def two_layers(path: Path, names: tuple[str, str]) -> Path:
    """Write a GeoPackage of two layers, the lines of each called by its name."""
    for name in names:
        frame = gpd.GeoDataFrame({"id": [name]}, geometry=[LINE], crs=4490)
        frame.to_file(path, layer=name, engine="pyogrio")
    return path


def test_the_part_of_a_file_is_chosen_once(workspace, tmp_path) -> None:
    first = two_layers(tmp_path / "a.gpkg", ("new", "old"))
    imported(workspace, first, part="new", save_profile=True)
    outcome, _ = imported(workspace, two_layers(tmp_path / "b.gpkg", ("old", "new")))
    assert Workspace(workspace.root).features("lines").id.tolist() == ["new"]
    assert "new taken of the file's layers, by the layer's import profile" in outcome.notes


def test_a_file_without_that_part_is_asked_about(workspace, tmp_path) -> None:
    first = two_layers(tmp_path / "a.gpkg", ("new", "old"))
    imported(workspace, first, part="new", save_profile=True)
    with pytest.raises(QuestionError, match="choose one with --part"):
        imported(workspace, two_layers(tmp_path / "b.gpkg", ("one", "two")))


def test_a_key_of_the_geometry_is_chosen_once(workspace, tmp_path) -> None:
    path = write(tmp_path / "a.shp", 4490, number=["7"])
    with pytest.raises(QuestionError, match="--key geometry"):
        imported(workspace, path)
    imported(workspace, path, key="geometry", save_profile=True)
    outcome, _ = imported(workspace, path)
    assert (outcome.unchanged, outcome.revision) == (1, None)
