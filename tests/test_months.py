"""The ledger of earlier months, told from the dates of features."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pytest
from shapely import Point

from erdao_geo.check import check_target
from erdao_geo.definitions import Layer, Target
from erdao_geo.schedule import earlier_rows, months, months_of
from erdao_geo.schedule.months import last_day, statuses_at

LAYER = Layer.model_validate(
    {
        "stem": "sites",
        "title": "地块",
        "geometry": "Point",
        "key": "id",
        "source": {"by": "test", "date": dt.date(2022, 6, 30)},
        "fields": {
            "id": {"title": "编号"},
            "status": {},
            "started_on": {},
            "completed_on": {},
            "evidence": {},
        },
    }
)
TARGET = Target(id="t", title="t", clause="c", layer="sites", value=3, unit="count")
TODAY = dt.date(2022, 6, 30)


def sites(*rows: tuple[str, str | None, str | None]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "id": [str(number) for number in range(len(rows))],
            "status": [row[0] for row in rows],
            "started_on": [row[1] for row in rows],
            "completed_on": [row[2] for row in rows],
            "evidence": "surveyed",
        },
        geometry=[Point(125.4, 43.8)] * len(rows),
        crs=4326,
    )


SITES = sites(
    ("completed", "2022-01-15", "2022-03-31"),
    ("completed", "2022-02-01", "2022-05-01"),
    ("under_construction", "2022-05-31", None),
    ("planned", None, None),
    ("completed", None, None),
)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2022-01-14", "pppp"),
        ("2022-01-15", "uppp"),
        ("2022-03-30", "uupp"),
        ("2022-03-31", "cupp"),
        ("2022-05-01", "ccpp"),
        ("2022-05-31", "ccup"),
    ],
)
def test_a_feature_has_come_as_far_as_its_dates_prove(day, expected) -> None:
    told = statuses_at(SITES, dt.date.fromisoformat(day))
    assert "".join(status[0] for status in told[:4]) == expected


def test_a_feature_without_dates_had_not_begun() -> None:
    assert statuses_at(SITES, dt.date(2022, 5, 31))[4] == "planned"


def test_a_status_is_never_further_than_it_is_today() -> None:
    slipped = sites(("planned", "2022-01-01", "2022-02-01"))
    assert statuses_at(slipped, dt.date(2022, 3, 1)) == ["planned"]


def test_the_months_span_from_the_first_date_to_the_data() -> None:
    found = months_of({"sites": LAYER}, {"sites": SITES}, {"sites": TODAY})
    assert found == [f"2022-0{month}" for month in range(1, 7)]


def test_without_a_date_there_are_no_months() -> None:
    undated = sites(("completed", None, None))
    assert months_of({"sites": LAYER}, {"sites": undated}, {"sites": TODAY}) == []


def test_a_date_of_long_ago_is_before_the_first_month() -> None:
    old = sites(("completed", "1900-01-01", "1901-01-01"))
    found = months_of({"sites": LAYER}, {"sites": old}, {"sites": TODAY})
    assert (len(found), found[-1]) == (months.MOST_MONTHS, "2022-06")


def test_the_ledger_goes_from_month_to_month_and_ends_with_today() -> None:
    span = months_of({"sites": LAYER}, {"sites": SITES}, {"sites": TODAY})
    today = check_target(TARGET, LAYER, SITES, as_of=TODAY)
    rows = earlier_rows(today, LAYER, SITES, span)
    assert [(number, int(row.done)) for number, row in rows[:-1]] == [
        (0, 0),
        (1, 0),
        (2, 1),
        (4, 2),
    ]
    assert rows[-1] == (5, today)
    assert int(today.done) == 3  # the one without a date counts today


def test_the_last_day_of_a_month_knows_leap_years() -> None:
    assert (last_day("2024-02").day, last_day("2100-02").day) == (29, 28)
