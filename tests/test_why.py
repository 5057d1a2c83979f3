"""Why a figure changed: the causes sum to the difference, and an edit has its own cause."""

from __future__ import annotations

import datetime as dt
import random
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString

from erdao_geo.check import check_target
from erdao_geo.definitions import EVIDENCES, STATUSES, Field, Layer, OverlapRules, Source, Target
from erdao_geo.units import UNITS
from erdao_geo.why import FIGURES, Change, Figure, Side, explain

GEOD = Geod(a=6378137, rf=298.257222101)  # CGCS2000
DAY = dt.date(2022, 6, 30)
FIELDS = ("id", "name", "road", "status", "started_on", "completed_on", "evidence")
TYPES = {"declared_length_km": "number"}
State = dict[str, Any]


def line(slot: int) -> LineString:
    """Draw a road of some 400 m, some 400 m from that of any other slot."""
    x, y = 125.35 + 0.01 * (slot % 40), 43.77 + 0.005 * (slot // 40)
    return LineString([(x, y), (x + 0.002, y), (x + 0.005, y + 0.0005)])


def km(geometry: LineString) -> float:
    return GEOD.geometry_length(geometry) / 1000


def road(slot: int, **fields: Any) -> State:
    fixed = {"name": f"路{slot}", "road": f"路{slot}", "status": "planned", "evidence": "surveyed"}
    return {**fixed, "geometry": line(slot), **fields}


def state(*roads: State, tolerance: float = 3.0, **target: Any) -> State:
    """Give roads, by key in their order, and the rules that they are counted by."""
    rows = {f"k{number}": row for number, row in enumerate(roads)}
    rules = {"unit": "km", "value": Decimal(1), "bound": "at_least", **target}
    return {"roads": rows, "target": rules, "tolerance": tolerance}


def side(given: State, date: dt.date = DAY) -> Side:
    fields = {name: Field(title=name, type=TYPES.get(name, "string")) for name in (*FIELDS, *TYPES)}
    layer = Layer(
        stem="roads",
        title="r",
        geometry="LineString",
        key="id",
        source=Source(by="test", date=date),
        fields=fields,
        overlap=OverlapRules(tolerance=given["tolerance"]),
    )
    rows = [{"id": key, **row} for key, row in given["roads"].items()]
    frame = gpd.GeoDataFrame(
        {name: [row.get(name) for row in rows] for name in fields},
        geometry=[row["geometry"] for row in rows],
        crs="EPSG:4326",
    )
    target = Target(id="t", title="t", clause="c", layer="roads", **given["target"])
    return Side(target, layer, frame, date)


def why(old: State, new: State, of: Figure = "done") -> Change:
    return explain(side(old), side(new), of)


def causes(change: Change) -> dict[str, float]:
    """Give the causes in the target's unit, without what only rounding makes of shared ground."""
    found = {cause.name: float(change.amount(cause)) for cause in change.causes}
    return {name: amount for name, amount in found.items() if abs(amount) > 1e-9}


def figure(given: State, of: Figure) -> Fraction:
    """Give a figure as the ledger has it, in metres or things."""
    one = side(given)
    row = check_target(one.target, one.layer, one.features)
    return getattr(row, of) * UNITS[one.target.unit].si


# --- Any script of edits --------------------------------------------------------------------------


def add(now: State, dice: random.Random, **fields: Any) -> None:
    status, evidence = dice.choice(STATUSES), dice.choice(EVIDENCES)
    given = {"status": status, "evidence": evidence, "geometry": place(dice), **fields}
    now["roads"][f"n{len(now['roads'])}-{dice.randrange(10**6)}"] = road(0, **given)


def place(dice: random.Random) -> LineString | None:
    return line(dice.randrange(400)) if dice.random() < 0.9 else None


def a_road(now: State, dice: random.Random) -> State:
    return now["roads"][dice.choice(sorted(now["roads"]))]


def copy(now: State, dice: random.Random) -> None:
    """Draw a road again: as it is, from its other end, its first part, or beside itself."""
    drawn = a_road(now, dice)["geometry"]
    if drawn is not None:
        moved = LineString([(x, y + 1e-5) for x, y in drawn.coords])
        add(now, dice, geometry=dice.choice([drawn, drawn.reverse(), head(drawn), moved]))


def head(drawn: LineString) -> LineString:
    return LineString(drawn.coords[:2])


def change_plan(now: State, dice: random.Random) -> None:
    unit = dice.choice(["km", "m", "count"])
    edits = [
        {"unit": unit, "count_by": dice.choice([None, "road"]) if unit == "count" else None},
        {"where": dice.choice([{}, {"road": ["路0", "路1"]}])},
        {"done": {"status": dice.choice(["completed", ["completed", "under_construction"]])}},
        {"value": Decimal(dice.randrange(1, 9)), "bound": dice.choice(["at_least", "exactly"])},
    ]
    now["target"] |= dice.choice(edits)


EDITS = {
    "add": add,
    "remove": lambda now, dice: now["roads"].pop(dice.choice(sorted(now["roads"]))),
    "redraw": lambda now, dice: a_road(now, dice).update(geometry=place(dice)),
    "status": lambda now, dice: a_road(now, dice).update(
        status=dice.choice(STATUSES), completed_on=dice.choice([None, "2022-05-01", "2022-07-01"])
    ),
    "evidence": lambda now, dice: a_road(now, dice).update(evidence=dice.choice(EVIDENCES)),
    "declare": lambda now, dice: a_road(now, dice).update(declared_length_km=dice.random()),
    "rename": lambda now, dice: a_road(now, dice).update(road=dice.choice(["路0", "路1", None])),
    "copy": copy,
    "plan": change_plan,
    "tolerance": lambda now, dice: now.update(tolerance=dice.choice([0.0, 3.0])),
}
SCRIPTS = st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.integers(0, 2**16)), max_size=6)


def edited(given: State, script: list[tuple[str, int]]) -> State:
    now = deepcopy(given)
    for name, seed in script:
        if now["roads"] or name in ("add", "plan", "tolerance"):
            EDITS[name](now, random.Random(seed))
    return now


@settings(max_examples=1000, deadline=None)
@given(SCRIPTS, SCRIPTS, st.sampled_from(FIGURES))
def test_the_causes_of_any_edits_sum_to_the_difference(first, second, of) -> None:
    old = edited(state(*map(road, range(4))), first)
    new = edited(old, second)
    change = why(old, new, of)
    assert sum(change.amount(cause) for cause in change.causes) == change.new - change.old
    assert float(change.new * UNITS[change.target.unit].si) == float(figure(new, of))


# --- One edit, one cause --------------------------------------------------------------------------

BASE = state(
    road(0, status="completed"),
    road(1, status="completed", evidence="illustrative"),
    road(2, status="under_construction"),
    road(3, evidence="illustrative"),
)


def with_road(key: str, **fields: Any) -> State:
    new = deepcopy(BASE)
    new["roads"][key] = {**new["roads"].get(key, {}), **fields}
    return new


def without(key: str) -> State:
    return {**BASE, "roads": {k: row for k, row in BASE["roads"].items() if k != key}}


LONGER = LineString([*line(0).coords, (125.36, 43.77)])
SINGLE = {
    "added": (with_road("n", **road(9, status="completed")), {"added": km(line(9))}),
    "added, planned": (with_road("n", **road(9)), {}),
    "removed": (without("k0"), {"removed": -km(line(0))}),
    "redrawn": (with_road("k0", geometry=LONGER), {"redrawn": km(LONGER) - km(line(0))}),
    "unlocated": (with_road("k0", geometry=None), {"redrawn": -km(line(0))}),
    "completed": (
        with_road("k2", status="completed", completed_on="2022-07-02"),
        {"newly_completed": km(line(2))},
    ),
    "completed, undated": (
        with_road("k2", status="completed"),
        {"newly_completed": km(line(2))},
    ),
    "completed long ago": (
        with_road("k2", status="completed", completed_on="2022-05-01"),
        {"status_corrected": km(line(2))},
    ),
    "went back": (
        with_road("k0", status="under_construction"),
        {"status_corrected": -km(line(0))},
    ),
    "only begun": (with_road("k3", status="under_construction"), {}),
    "renamed": (with_road("k0", name="新名"), {}),
    "started, by a new rule": (
        {**BASE, "target": {**BASE["target"], "done": {"status": ["under_construction"]}}},
        {"rule_changed": km(line(2)) - km(line(0)) - km(line(1))},
    ),
    "another value": ({**BASE, "target": {**BASE["target"], "value": Decimal(2)}}, {}),
}


@pytest.mark.parametrize(("new", "expected"), SINGLE.values(), ids=SINGLE)
def test_one_edit_has_its_own_cause_and_no_other(new, expected) -> None:
    assert causes(why(BASE, new)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("key", "evidence", "expected"),
    [
        ("k1", "digitised", {"evidence_upgraded": km(line(1))}),
        ("k0", "approximate", {"evidence_downgraded": -km(line(0))}),
        ("k3", "surveyed", {}),
    ],
)
def test_evidence_changes_what_is_proven_and_nothing_else(key, evidence, expected) -> None:
    new = with_road(key, evidence=evidence)
    assert causes(why(BASE, new, "proven")) == pytest.approx(expected, rel=1e-6)
    assert causes(why(BASE, new, "done")) == {}


@pytest.mark.parametrize("gone", [{"started_on", "completed_on"}, {"status"}])
def test_a_layer_may_have_neither_dates_nor_a_status(gone) -> None:
    old = {**BASE, "target": {**BASE["target"], "unit": "count", "done": {"road": "通"}}}
    new = deepcopy(old)
    new["roads"]["k3"] |= {"road": "通", "status": "completed"}
    one, other = side(old), side(new)
    fields = {name: field for name, field in one.layer.fields.items() if name not in gone}
    layer = one.layer.model_copy(update={"fields": fields})
    change = explain(replace(one, layer=layer), replace(other, layer=layer))
    assert causes(change) == {"newly_completed": 1}


def test_another_declared_size_changes_what_is_reported() -> None:
    change = why(BASE, with_road("k1", declared_length_km=2.0), "reported")
    assert causes(change) == pytest.approx({"redeclared": 2 - km(line(1))}, rel=1e-6)


# --- Ground that is shared ------------------------------------------------------------------------


def test_a_road_drawn_again_is_added_and_found_to_overlap() -> None:
    change = why(BASE, with_road("n", **road(0, status="completed")))
    length = km(line(0))
    assert causes(change) == pytest.approx({"added": length, "overlap_found": -length}, rel=1e-6)
    assert change.causes[-1].effects[0].parts == ("n",)
    assert change.causes[-1].effects[0].beside == ("k0",)


@pytest.mark.parametrize("key", ["k0", "n"])
def test_of_two_that_overlap_one_is_removed_and_the_overlap_resolved(key) -> None:
    both = with_road("n", **road(0, status="completed"))
    one = {**both, "roads": {k: row for k, row in both["roads"].items() if k != key}}
    length = km(line(0))
    expected = {"removed": -length, "overlap_resolved": length}
    assert causes(why(both, one)) == pytest.approx(expected, rel=1e-6)


def test_which_of_two_duplicates_counts_is_no_cause() -> None:
    both = with_road("n", **road(0, status="completed", evidence="digitised"))
    new = deepcopy(both)
    new["roads"]["k0"]["evidence"] = "none"
    assert causes(why(both, new)) == causes(why(both, new, "net")) == {}


# --- Targets that are not the same ----------------------------------------------------------------


def test_a_target_that_is_new_or_gone_is_explained_by_that() -> None:
    there, done = side(BASE), km(line(0)) + km(line(1))
    new, gone = explain(None, there), explain(there, None)
    assert causes(new) == pytest.approx({"rule_changed": done}, rel=1e-6)
    assert causes(gone) == pytest.approx({"rule_changed": -done}, rel=1e-6)
    assert (new.notes, gone.notes) == (
        ("the target was not in the plan then",),
        ("the target is in the plan no more",),
    )


def test_a_unit_of_the_same_measure_changes_no_figure_and_is_named() -> None:
    change = why(BASE, {**BASE, "target": {**BASE["target"], "unit": "m"}})
    assert (change.old, causes(change)) == (change.new, {})
    assert [(rule.name, rule.old, rule.new) for rule in change.rules] == [("unit", "km", "m")]


def test_a_figure_of_another_measure_begins_anew_and_says_what_it_was() -> None:
    new = with_road("k2", status="completed")
    new["target"] = {**BASE["target"], "unit": "count"}
    change = why(BASE, new)
    assert causes(change) == {"rule_changed": 2, "newly_completed": 1}
    assert (change.old, change.new) == (0, 3)
    was = f"{km(line(0)) + km(line(1)):.3f}"
    assert change.notes == (f"the unit was km, and the figure {was}: it is no part of the sum",)


def test_features_under_another_key_are_not_compared_one_by_one() -> None:
    old, new = side(BASE), side(with_road("k2", status="completed"))
    rekeyed = new.layer.model_copy(update={"key": "name"})
    change = explain(old, Side(new.target, rekeyed, new.features, DAY))
    assert causes(change) == pytest.approx({"rule_changed": km(line(2))}, rel=1e-6)
    assert "cannot be compared one by one" in change.notes[0]
    assert [rule.name for rule in change.rules] == ["layer.key"]


def test_a_count_by_value_is_done_when_the_last_of_its_features_is() -> None:
    old = with_road("k2", road="路0")
    old["target"] = {**BASE["target"], "unit": "count", "count_by": "road"}
    new = deepcopy(old)
    new["roads"]["k2"] |= {"status": "completed", "completed_on": "2022-08-01"}
    change = why(old, new)
    assert causes(change) == {"newly_completed": 1}
    assert [effect.parts for effect in change.causes[0].effects] == [("路0",)]
