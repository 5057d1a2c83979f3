"""A target against its line: what was to be done by a day, what was, and what is overdue."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from fractions import Fraction

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from erdao_geo import report
from erdao_geo.check import Ledger, Row, check_target
from erdao_geo.definitions import Layer, Milestone, Plan, Target
from erdao_geo.report import monthly
from erdao_geo.schedule import Schedule, expected_on, is_behind, schedule_of

LAYER = Layer.model_validate(
    {
        "stem": "sites",
        "title": "地块",
        "geometry": "Point",
        "key": "id",
        "source": {"by": "test", "date": dt.date(2022, 6, 30)},
        "fields": {
            "id": {"title": "编号"},
            "name": {},
            "status": {},
            "started_on": {},
            "completed_on": {},
            "due_on": {},
            "evidence": {},
        },
    }
)
UNDATED = LAYER.model_copy(
    update={"fields": {n: f for n, f in LAYER.fields.items() if not n.endswith("_on")}}
)
JUNE = dt.date(2022, 6, 30)
Site = tuple[str, str | None, str | None, str | None]  # status, started, completed, due


def target(**options: object) -> Target:
    wanted = {
        "id": "t",
        "title": "t",
        "clause": "c",
        "layer": "sites",
        "value": Decimal(4),
        "unit": "count",
        "starts_on": dt.date(2022, 1, 1),
        "due_on": dt.date(2022, 12, 31),
    }
    return Target(**(wanted | options))


def sites(*rows: Site) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "id": [f"s{number}" for number in range(len(rows))],
            "name": [f"地块{number}" for number in range(len(rows))],
            **{
                name: [row[at] for row in rows]
                for at, name in enumerate(("status", "started_on", "completed_on", "due_on"))
            },
            "evidence": "surveyed",
        },
        geometry=[Point(125.4, 43.8 + number / 100) for number in range(len(rows))],
        crs=4326,
    )


def row_of(features: gpd.GeoDataFrame, as_of: dt.date | None = JUNE, **options: object) -> Row:
    return check_target(target(**options), LAYER, features, as_of=as_of)


def done(day: str) -> Site:
    return "completed", None, day, None


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


# --- the line ---


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2021-12-31", 0),
        ("2022-01-01", 0),
        ("2022-07-02", Fraction(4 * 182, 364)),  # 364 days from 1 January to 31 December
        ("2022-12-30", Fraction(4 * 363, 364)),
        ("2022-12-31", 4),
        ("2030-01-01", 4),
    ],
)
def test_the_line_is_straight_from_the_start_to_the_due_date(on, expected) -> None:
    assert expected_on(target(), day(on)) == expected


def test_a_leap_year_has_a_day_more() -> None:
    leap = target(starts_on=day("2024-01-01"), due_on=day("2024-12-31"), value=Decimal(365))
    assert expected_on(leap, day("2024-02-29")) == 59
    assert expected_on(leap, day("2024-03-01")) == 60


def test_milestones_bend_the_line() -> None:
    milestones = (
        Milestone(on=day("2022-04-01"), value=Decimal(0)),
        Milestone(on=day("2022-05-01"), value=Decimal("1.5")),
        Milestone(on=day("2022-10-31"), value=Decimal(4)),
    )
    bent = target(milestones=milestones)
    told = [expected_on(bent, day(on)) for on in ("2022-03-31", "2022-04-16", "2022-05-01")]
    assert told == [0, Fraction(3, 4), Fraction(3, 2)]  # 15 of April's 30 days
    assert expected_on(bent, day("2022-05-02")) == Fraction(3, 2) + Fraction(5, 2) / 183
    assert expected_on(bent, day("2022-11-15")) == 4


def test_what_is_due_on_the_day_it_starts_is_due_whole() -> None:
    short = target(due_on=day("2022-01-01"))
    assert [expected_on(short, day(on)) for on in ("2021-12-31", "2022-01-01")] == [0, 4]


@given(st.dates(day("2021-06-01"), day("2023-06-01")), st.integers(0, 60))
def test_the_line_never_falls_and_stays_within_the_promise(on, days) -> None:
    now, later = (expected_on(target(), one) for one in (on, on + dt.timedelta(days)))
    assert 0 <= now <= later <= 4


def test_a_ceiling_has_no_line() -> None:
    row = row_of(sites(done("2022-03-01")), bound="at_most")
    assert expected_on(row.target, JUNE) is None
    assert is_behind(row, JUNE) is None


# --- behind ---


@pytest.mark.parametrize(("count", "behind"), [(1, True), (2, False), (3, False)])
def test_behind_is_less_done_than_the_line_asks_for(count, behind) -> None:
    row = row_of(sites(*[done("2022-03-01")] * count))  # by 30 June the line asks for 1.98
    assert is_behind(row, row.as_of) is behind


def test_without_a_day_nothing_is_behind_or_overdue() -> None:
    row = row_of(sites(("planned", None, None, "2022-02-01")), as_of=None)
    assert (is_behind(row, row.as_of), row.overdue) == (None, ())


def test_what_holds_by_its_rounding_is_not_behind() -> None:
    road = LineString([(125.4, 43.85), (125.4, 43.861615)])  # 1.2905 km by geographiclib
    features = sites(done("2022-03-01")).set_geometry([road], crs=4326)
    lines = LAYER.model_copy(update={"geometry": "LineString"})
    promise = target(unit="km", value=Decimal("1.3"), bound="exactly")
    row = check_target(promise, lines, features, as_of=day("2022-12-31"))
    assert (row.done < row.stated, row.verdict) == (True, "met")
    assert is_behind(row, row.as_of) is False


# --- overdue ---


def test_overdue_is_due_before_the_day_and_not_done() -> None:
    features = sites(
        ("planned", None, None, "2022-06-29"),
        ("planned", None, None, "2022-06-30"),  # it has the whole day
        ("under_construction", "2022-03-01", None, "2022-05-31"),
        ("completed", "2022-03-01", "2022-06-01", "2022-05-31"),  # late, but done
        ("under_construction", "2022-03-01", None, None),
    )
    late = [(one.key, one.name, one.days) for one in row_of(features).overdue]
    assert late == [("s2", "地块2", 30), ("s0", "地块0", 1)]


def test_what_keeps_the_promise_by_its_start_is_not_overdue() -> None:
    features = sites(("under_construction", "2022-03-01", None, "2022-05-31"))
    started = {"status": ["under_construction", "completed"]}
    assert row_of(features, done=started).overdue == ()


def test_a_work_drawn_again_is_not_overdue_beside_the_one_that_is_done() -> None:
    features = sites(
        ("completed", None, "2022-03-01", None), ("planned", None, None, "2022-02-01")
    ).set_geometry([LineString([(125.4, 43.8), (125.41, 43.81)])] * 2, crs=4326)
    lines = LAYER.model_copy(update={"geometry": "LineString"})
    row = check_target(target(), lines, features, as_of=JUNE)
    assert [overlap.other for overlap in row.overlaps] == ["s1"]
    assert row.overdue == ()


# --- by month ---

SITES = sites(done("2022-02-10"), done("2022-02-28"), done("2022-05-01"), done("2022-06-15"))


def course(features: gpd.GeoDataFrame = SITES, layer: Layer = LAYER, **options: object) -> Schedule:
    row = check_target(target(**options), layer, features, as_of=dt.date(2022, 6, 20))
    return schedule_of(row, layer, features)


def test_the_months_run_from_the_start_to_the_due_date() -> None:
    points = course(due_on=day("2022-08-31")).points
    assert [point.month for point in points] == [f"2022-0{month}" for month in range(1, 9)]
    assert [point.done for point in points] == [0, 2, 2, 2, 3, 4, None, None]
    assert points[5].day == dt.date(2022, 6, 20)  # that of the data
    assert points[-1].expected == 4


def test_each_month_is_held_against_the_line() -> None:
    points = course(due_on=day("2022-08-31")).points
    for point in points:
        days = (min(point.day, day("2022-08-31")) - day("2022-01-01")).days
        assert point.expected == Fraction(4 * days, 242)
    assert [point.behind for point in points] == [True, False, False, False, False, False] + [
        None
    ] * 2


def test_data_older_than_the_due_date_go_on_behind_it() -> None:
    points = course(starts_on=day("2022-01-01"), due_on=day("2022-03-31")).points
    assert [(point.month, point.expected) for point in points[2:]] == [
        (f"2022-0{month}", 4) for month in range(3, 7)
    ]


def test_a_layer_without_dates_tells_of_the_day_of_its_data_alone() -> None:
    features = SITES.drop(columns=["started_on", "completed_on", "due_on"])
    points = course(features, UNDATED).points
    assert [(point.month, point.done) for point in points if point.done is not None] == [
        ("2022-06", 4)
    ]
    assert all(point.expected is not None for point in points)


def test_what_is_done_by_another_field_than_the_status_has_no_known_past() -> None:
    points = course(done={"evidence": "surveyed"}).points
    assert [(point.month, point.done) for point in points if point.done is not None] == [
        ("2022-06", 4)
    ]


def test_a_layer_without_features_has_done_nothing_at_any_time() -> None:
    points = course(SITES.iloc[:0], due_on=day("2022-06-30")).points
    assert [point.done for point in points] == [0] * 6


# --- as other programs take it ---


def plan_of(one: Target) -> Plan:
    return Plan(title="p", adcode="220105", year=2022, boundary="b", report="r", targets=(one,))


def test_the_ledger_in_json_says_what_was_to_be_done_and_what_is_late() -> None:
    row = row_of(sites(("planned", None, None, "2022-06-20")))
    [told] = report.as_dict(Ledger(plan_of(row.target), (row,)))["rows"]
    assert (told["behind"], told["starts_on"], told["due_on"]) == (True, "2022-01-01", "2022-12-31")
    assert told["expected"] == pytest.approx(4 * 180 / 364, rel=1e-15)
    assert told["overdue"] == [{"key": "s0", "name": "地块0", "due_on": "2022-06-20", "days": 10}]


def test_the_months_in_json_stand_in_their_row() -> None:
    schedule = course(due_on=day("2022-08-31"))
    [told] = monthly.as_dict(Ledger(plan_of(schedule.row.target), (schedule.row,)), [schedule])[
        "rows"
    ]
    assert told["id"] == "t"
    assert told["months"][1] == {
        "month": "2022-02",
        "day": "2022-02-28",
        "done": 2.0,
        "expected": pytest.approx(4 * 58 / 242, rel=1e-15),
        "share": 0.5,
        "behind": False,
    }
    assert told["months"][-1]["done"] is None


def test_the_months_in_csv_run_no_formula() -> None:
    text = monthly.as_csv([course(title="=1+1", due_on=day("2022-08-31"))])
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["month"] for line in lines] == [f"2022-0{month}" for month in range(1, 9)]
    assert {line["title"] for line in lines} == {"'=1+1"}
    assert (lines[1]["done"], lines[-1]["done"]) == ("2.0", "")
