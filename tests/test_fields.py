"""Which of a file's fields fills which of a layer's."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from erdao_geo import SourceError
from erdao_geo.definitions import Layer
from erdao_geo.importing.fields import map_fields

FILE = Path("a.shp")


def layer(**more) -> Layer:
    return Layer.model_validate(
        {
            "stem": "roads",
            "title": "t",
            "geometry": "LineString",
            "key": "id",
            "source": {"by": "test", "date": dt.date(2022, 1, 1)},
            "fields": {
                "id": {"title": "编号", "aliases": ["道路编号"]},
                "name": {},
                "status": {},
                "evidence": {},
                "completed_on": {},
                "declared_length_km": {},
            },
            **more,
        }
    )


def mapped(*names: str, wanted=None, constants=None, **more) -> dict[str, str]:
    found = map_fields(
        layer(**more), names, wanted=wanted or {}, constants=constants or {}, path=FILE
    )
    return found.fields


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("ID", "id"),
        ("编号", "id"),
        ("道路编号", "id"),
        ("Name", "name"),
        ("项目状态", "status"),
        ("竣工时间", "completed_on"),
        ("上报里程", "declared_length_km"),
        ("declared_l", "declared_length_km"),
        ("completed_", "completed_on"),
    ],
)
def test_a_field_is_found_by_name_title_alias_and_cut_name(name, target) -> None:
    assert mapped(name) == {target: name}


def test_a_name_beats_a_title_and_the_title_is_left() -> None:
    found = map_fields(layer(), ("名称", "name"), wanted={}, constants={}, path=FILE)
    assert (found.fields, found.left) == ({"name": "name"}, ("名称",))


def test_two_fields_with_equal_right_are_asked_about() -> None:
    with pytest.raises(SourceError, match="both '竣工日期' and '竣工时间' would fill completed_on"):
        mapped("竣工日期", "竣工时间")


def test_one_field_fills_several_where_the_user_says_so() -> None:
    assert mapped("LM", wanted={"LM": ["id", "name"]}) == {"id": "LM", "name": "LM"}


def test_what_the_user_names_is_mapped_in_no_other_way() -> None:
    assert mapped("name", wanted={"name": "id"}) == {"id": "name"}


def test_a_name_given_to_another_field_leaves_its_own_to_be_filled() -> None:
    found = {"id": "name", "name": "名称"}
    assert mapped("name", "名称", wanted={"name": "id"}) == found
    profile = {"import": {"fields": {"XX": "name"}}}
    assert mapped("name", "XX", wanted={"name": "id"}, **profile) == {"id": "name", "name": "XX"}


def test_a_cut_name_that_begins_several_is_asked_about() -> None:
    two = {name: {"title": name, "type": "number"} for name in ("declared_x_mu", "declared_x_ha")}
    fields = {"id": {"title": "编号"}, "evidence": {}, **two}
    with pytest.raises(SourceError, match="'declared_x' may be declared_x_mu or declared_x_ha"):
        mapped("declared_x", fields=fields)


def test_the_profile_maps_what_the_file_has_and_yields_to_the_user() -> None:
    profile = {"import": {"fields": {"BH": "id", "LM": "name"}, "set": {"status": "planned"}}}
    found = map_fields(
        layer(**profile), ("BH", "LM", "XM"), wanted={"XM": "name"}, constants={}, path=FILE
    )
    assert found.fields == {"id": "BH", "name": "XM"}
    assert found.constants == {"status": "planned"}
    assert found.left == ("LM",)


@pytest.mark.parametrize(
    ("wanted", "constants", "message"),
    [
        ({"XX": "id"}, {}, "--field XX=... names no field of the file; it has: BH"),
        ({"BH": "no"}, {}, "roads has no field 'no'; it has: id"),
        ({"BH": "id"}, {"id": "1"}, "id is given by both --field and --set"),
    ],
)
def test_a_name_that_is_nowhere_is_named(wanted, constants, message) -> None:
    with pytest.raises(SourceError, match=f"a.shp: {message}"):
        mapped("BH", wanted=wanted, constants=constants)
