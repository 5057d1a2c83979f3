"""A TOML file that does not say what it must is named with its key, the value and a way out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from erdao_geo import DefinitionError, Workspace

ROOT = Path(__file__).parents[1]
PLAN, ROADS, SHEET = "plan.toml", "layers/roads.toml", "maps/roads.toml"
FAULTS = [
    (PLAN, "year = 2022", 'year = "2022"', "plan.year is '2022'; input should be a valid integer"),
    (PLAN, "year = 2022", "", "plan.year is missing"),
    (PLAN, "year = 2022", "year = 2022\nmayor = 1", "plan.mayor is unknown"),
    (PLAN, "year = 2022", "year = 2022\ntargets = 5", "plan.targets is unknown"),
    (PLAN, 'lang = "zh"', 'lang = "fr"', "plan.lang is 'fr'; input should be 'zh' or 'en'"),
    (PLAN, '= "boundary"', '= "outline"', "plan.boundary is 'outline'; there are: boundary"),
    (PLAN, "value = 18.8", 'value = "18.8"', "new-road-length.value is '18.8'; write a number"),
    (PLAN, "value = 18.8", "value = true", "new-road-length.value is True; write a number"),
    (PLAN, "value = 18.8", "value = -1", "value is -1; input should be greater than or equal to"),
    (PLAN, "value = 18.8", "value = 1e400", "input should be less than or equal to"),
    (PLAN, "where = { in_18 = true }", "where = { road = [] }", "an empty list matches nothing"),
    (PLAN, "value = 18.8", "value = nan", "value is NaN; input should be a finite number"),
    (PLAN, 'unit = "km"', 'unit = "mu"', "unit is 'mu', but layer roads holds LineString"),
    (PLAN, 'unit = "km"', 'unit = "km"\ncount_by = "road"', "count_by needs unit 'count'"),
    (
        PLAN,
        "value = 18.8",
        "value = 18.8\ndue_on = 2021-12-31",
        "target.new-road-length.due_on is 2021-12-31, before starts_on 2022-01-01; set it",
    ),
    (
        PLAN,
        "value = 18.8",
        "value = 18.8\nstarts_on = 2023-03-01",
        "new-road-length.due_on is 2022-12-31, before starts_on 2023-03-01; set it",
    ),
    (PLAN, "value = 18.8", 'value = 18.8\ndue_on = "2022"', "due_on is '2022'; input should be"),
    *(
        (PLAN, "value = 18.8", f"value = 18.8\nmilestones = [{milestones}]", f"milestones{said}")
        for milestones, said in [
            ("{ on = 2022-06-30, value = -1 }", ".0.value is -1; input should be greater"),
            ('{ on = 2022-06-30, value = "8" }', ".0.value is '8'; write a number, without"),
            ("{ on = 2022-06-30 }", ".0.value is missing"),
            ("{ on = 2022-01-01, value = 1 }", ": has one on 2022-01-01; each must be after"),
            ("{ on = 2023-01-01, value = 1 }", ": has one on 2023-01-01; each must be after"),
            ("{ on = 2022-06-30, value = 19 }", ": has the value 19 on 2022-06-30; the most is"),
            (
                "{ on = 2022-12-31, value = 18 }",
                ": has the value 18 on 2022-12-31; on due_on it is",
            ),
            (
                "{ on = 2022-06-30, value = 8 }, { on = 2022-03-31, value = 9 }",
                ": has 2022-03-31 behind 2022-06-30; sort them",
            ),
            (
                "{ on = 2022-03-31, value = 8 }, { on = 2022-06-30, value = 7 }",
                ": falls from 8 to 7 on 2022-06-30; what is to be done",
            ),
        ]
    ),
    (PLAN, 'count_by = "road"', 'count_by = "name_"', "count_by is 'name_'; there are: id, name"),
    (PLAN, 'bound = "at_least"', 'bound = "more"', "bound is 'more'; input should be 'at_least'"),
    (PLAN, "in_18 = true", "in_19 = true", "roads-built.where is 'in_19'; there are: id, name"),
    (PLAN, "in_18 = true", 'in_18 = "true"', "where.in_18 is 'true'; the field's type is boolean"),
    (PLAN, "in_18 = true", "in_18 = 1.5", "where.in_18 is 1.5; allowed: text, a whole number"),
    (PLAN, 'work = "new"', 'work = "old"', "where.work is 'old'; there are: new, rebuild"),
    (
        PLAN,
        "[target.roads-built]",
        "[target]\nx = 5\n[target.roads-built]",
        "target.x is 5; it must",
    ),
    (PLAN, "[target.roads-built]", '[target.roads-built]\nid = "x"', "roads-built.id is unknown"),
    (PLAN, "[plan]", "[plans]", "[plans] is unknown; allowed: plan, target"),
    (ROADS, 'title = "道路"', 'title = "道路"\nstem = "rivers"', "stem is unknown"),
    (ROADS, "date = 2022-12-31", 'date = "2022"', "source.date is '2022'; input should be a valid"),
    (ROADS, "#8a4b08", "brown", "style.color is 'brown'; string should match"),
    (ROADS, "[fields.evidence]", "[fields.evidences]", "fields.evidences.title is missing"),
    (
        ROADS,
        "[fields.status]",
        '[fields.status]\ntype = "integer"',
        "fields.status.type is the same",
    ),
    *(
        (ROADS, "[fields.id]", f'[fields.id]\ntype = "{kind}"', f"id.type is '{kind}'; a key")
        for kind in ("number", "boolean", "date")
    ),
    (ROADS, 'road = "road"', 'road = "strasse"', "overlap.road is 'strasse'; the fields: "),
    (ROADS, '"centreline"', '"one"', "overlap.carriageways is 'one'"),
    (ROADS, 'road = "road"', "tolerance = -1", "overlap.tolerance is -1"),
    (ROADS, "[fields.note]", "[fields.geometry]", "fields.geometry is the place of a feature"),
    (
        ROADS,
        "[fields.declared_length_km]",
        '[fields.declared_length_km]\nconstraints = { minimum = "0" }',
        "constraints.minimum is '0'; the field's type is number",
    ),
    (SHEET, '"new-road-length"', '"new-roads"', "targets is 'new-roads'; there are: roads-built"),
    (
        SHEET,
        "layers = [",
        'base = "satellite"\nlayers = [',
        "base.kind is 'satellite'; input should be",
    ),
]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "plan.toml", tmp_path)
    for name, pattern in (("layers", "*.toml"), ("data", "*.geojson"), ("maps", "*.toml")):
        (tmp_path / name).mkdir()
        for path in (ROOT / name).glob(pattern):
            shutil.copy(path, tmp_path / name)
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(("name", "old", "new", "message"), FAULTS)
def test_a_fault_is_one_line_with_file_key_and_value(name, old, new, message, workspace) -> None:
    replace(workspace / name, old, new)
    with pytest.raises(DefinitionError, match=re.escape(message)) as caught:
        Workspace(workspace)
    assert str(caught.value).startswith(f"{workspace / name}: ")
    assert "\n" not in str(caught.value)


DEEP = 5000


@pytest.mark.parametrize(
    "title",
    [f"title = {'[' * DEEP}{']' * DEEP}", f"title{'.a' * DEEP} = 1"],
    ids=["lists", "dotted keys"],
)
@pytest.mark.parametrize("name", [PLAN, ROADS, SHEET])
def test_a_bottomless_definition_is_one_line(name, title, workspace: Path) -> None:
    path = workspace / name
    path.write_text(re.sub(r"(?m)^title = .*$", title, path.read_text("utf-8"), count=1), "utf-8")
    with pytest.raises(DefinitionError, match=r"\.toml: nests deeper than 16 levels"):
        Workspace(workspace)


def test_a_map_may_not_take_the_place_of_the_index(workspace: Path) -> None:
    (workspace / "maps" / "roads.toml").rename(workspace / "maps" / "index.toml")
    with pytest.raises(DefinitionError, match="name this otherwise"):
        Workspace(workspace)


def test_a_file_that_is_not_utf8_is_named(workspace: Path) -> None:
    path = workspace / "layers" / "roads.toml"
    path.write_bytes(path.read_text("utf-8").encode("gbk"))
    with pytest.raises(DefinitionError, match=r"roads\.toml: is not UTF-8 \(byte \d+\); save it"):
        Workspace(workspace)


def test_a_byte_order_mark_of_a_windows_editor_is_accepted(workspace: Path) -> None:
    for name in (PLAN, ROADS, SHEET):
        path = workspace / name
        path.write_text(path.read_text("utf-8"), "utf-8-sig")
    assert Workspace(workspace).plan == Workspace(ROOT).plan


def test_a_stated_value_is_kept_as_it_is_written(workspace: Path) -> None:
    replace(workspace / PLAN, "value = 18.8", "value = 18.80")
    assert str(Workspace(workspace).target("new-road-length").value) == "18.80"
