"""Characters that cannot be seen: named in every field, left out of keys."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import LineString

from erdao_geo import Workspace
from erdao_geo.importing.reading import read_sources
from small import make_workspace

LINES = [
    LineString([(125.42, 43.87), (125.43, 43.88)]),
    LineString([(125.43, 43.87), (125.44, 43.88)]),
]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "workspace")


def _file(tmp_path: Path, keys: list[str], names: list[str]) -> Path:
    path = tmp_path / "a.geojson"
    columns = {"id": keys, "name": names, "evidence": ["surveyed"] * len(keys)}
    gpd.GeoDataFrame(columns, geometry=LINES[: len(keys)], crs=4326).to_file(path)
    return path


@pytest.mark.parametrize(
    "key",
    [
        "r\u200b1",
        "\ufeffr1",
        "r\u00ad1",
        "\u200er1\u200f",
        "\u202ar1\u202c",
        "\u2060r1",
        "r1\u00a0",
    ],
    ids=ascii,
)
def test_a_key_is_taken_without_what_cannot_be_seen_and_that_is_said(
    key: str, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.import_file("lines", _file(tmp_path, ["r1"], ["a"]))
    outcome = workspace.import_file("lines", _file(tmp_path, [key], ["b"]))
    assert (outcome.updated, outcome.added, outcome.rejected) == (1, 0, ())
    [(feature, rule, message)] = [r for r in outcome.repaired if r[1] == "key-unseen"]
    assert (feature, rule) == ("r1", "key-unseen")
    assert "taken as 'r1'" in message


def test_a_blank_within_a_key_stays_one(workspace: Workspace, tmp_path: Path) -> None:
    workspace.import_file("lines", _file(tmp_path, ["r\u00a01"], ["a"]))
    assert list(workspace.features("lines")["id"]) == ["r 1"]


def test_keys_that_only_look_alike_are_one_key(workspace: Workspace, tmp_path: Path) -> None:
    outcome = workspace.import_file("lines", _file(tmp_path, ["r1", "r1\u200b"], ["a", "b"]))
    assert [each.rule for each in outcome.rejected] == ["key-duplicate"] * 2


def test_another_field_keeps_them_and_is_named(workspace: Workspace, tmp_path: Path) -> None:
    path = _file(tmp_path, ["r1"], ["东盛\u200b大街"])
    outcome = workspace.import_file("lines", path)
    assert list(workspace.features("lines")["name"]) == ["东盛\u200b大街"]
    [note] = [note for note in outcome.notes if "cannot be seen" in note]
    assert "'name'" in note
    assert "in 1 of its values" in note


def test_plain_chinese_and_its_punctuation_are_no_finding(tmp_path: Path) -> None:
    path = _file(tmp_path, ["r1"], ["“东盛大街”——二道区…（吉林大路）　é\u2019"])
    [source] = read_sources(path)
    assert [finding.rule for finding in source.findings] == []


@pytest.mark.parametrize("sign", ["\u3164", "\ufe0f", "\u1160", "\uffa0"])
def test_fillers_and_marks_of_variants_are_left_out_of_keys(
    sign: str, workspace: Workspace, tmp_path: Path
) -> None:
    outcome = workspace.import_file("lines", _file(tmp_path, [f"r1{sign}"], ["a"]))
    assert list(workspace.features("lines")["id"]) == ["r1"]
    assert [rule for _, rule, _ in outcome.repaired] == ["key-unseen"]
