"""What offices report stands beside what was measured; a lost place lowers what is proven."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString

from erdao_geo.check import Row, check_target
from erdao_geo.definitions import EVIDENCES, STATUSES, Field, Layer, Source, Target

GEOD = Geod(a=6378137.0, rf=298.257222101)  # CGCS2000
ROADS = [LineString([(125.4, 43.8 + i / 100), (125.41, 43.8 + i / 90)]) for i in range(6)]
KM = [GEOD.geometry_length(road) / 1000 for road in ROADS]
LAYER = Layer(
    stem="roads",
    title="r",
    geometry="LineString",
    key="id",
    source=Source(by="test", date=dt.date(2022, 1, 1)),
    fields={name: Field(title=name) for name in ("id", "status", "evidence")}
    | {"declared_length_km": Field(title="d", type="number")},
)
WORKS = st.lists(
    st.tuples(
        st.sampled_from(STATUSES),
        st.sampled_from(EVIDENCES[:-1]),
        st.one_of(st.none(), st.floats(0.2, 3)),
    ),
    min_size=1,
    max_size=6,
)


def check(works: list[tuple], unit: str = "km") -> Row:
    """Check works of status, evidence, place and declared kilometres, with the keys 0, 1, ..."""
    columns = zip(*works, strict=True)
    names = ("status", "evidence", "geometry", "declared_length_km")
    table = dict(zip(names, map(list, columns), strict=True))
    geometry = table.pop("geometry")
    features = gpd.GeoDataFrame(
        {"id": [f"{i}" for i in range(len(works))], **table}, geometry=geometry, crs="EPSG:4326"
    )
    target = Target(id="t", title="t", clause="c", layer="roads", value=Decimal(1), unit=unit)
    return check_target(target, LAYER, features)


def located(drawn: list[tuple]) -> list[tuple]:
    """Put each work on a road of its own, its declared size as a part of what the road measures."""
    return [
        (status, evidence, road, None if part is None else part * km)
        for (status, evidence, part), road, km in zip(drawn, ROADS, KM, strict=False)
    ]


@settings(max_examples=60, deadline=None)
@given(WORKS, st.sampled_from(["km", "count"]))
def test_what_is_reported_lies_between_what_is_proven_and_what_is_claimed(drawn, unit) -> None:
    row = check(located(drawn), unit)
    assert 0 <= row.proven <= row.reported <= row.proven + row.claimed
    weak = sum(
        part.reported for part in row.parts if part.evidence not in ("surveyed", "digitised")
    )
    assert row.claimed >= Fraction(weak) / (1000 if unit == "km" else 1) - Fraction(1, 10**9)


@settings(max_examples=60, deadline=None)
@given(WORKS, st.sampled_from(["km", "count"]), st.data())
def test_a_lost_place_lowers_what_is_proven_by_its_size_and_leaves_what_is_reported(
    drawn, unit, data
) -> None:
    drawn = [(status, evidence, max(1.0, part or 1.0)) for status, evidence, part in drawn]
    works = located(drawn)
    lost = data.draw(st.integers(0, len(works) - 1))
    status, evidence, _, declared = works[lost]
    before = check(works, unit)
    after = check([*works[:lost], (status, "none", None, declared), *works[lost + 1 :]], unit)
    counts = status == "completed" and evidence in ("surveyed", "digitised")
    size = (KM[lost] if unit == "km" else 1) if counts else 0
    assert float(before.proven - after.proven) == pytest.approx(size, rel=1e-9, abs=1e-12)
    assert float(after.reported) == pytest.approx(float(before.reported), rel=1e-9)
    assert after.unlocated == (f"{lost}",)


def test_gaps_of_over_five_percent_are_listed_the_widest_first() -> None:
    parts = [1.04, 1.2, 0.96, 0.5, None, 0.0]
    works = [
        ("completed", "surveyed", road, None if part is None else part * km)
        for road, km, part in zip(ROADS, KM, parts, strict=True)
    ]
    gaps = check([*works, ("completed", "none", None, 9.0)]).gaps
    assert [gap.key for gap in gaps] == ["3", "5", "1"]  # 100 %, all of it, 17 %
    assert [gap.share for gap in gaps] == pytest.approx([1.0, 1.0, 1 / 1.2 - 1])
    assert [gap.measured for gap in gaps] == pytest.approx([1000 * KM[i] for i in (3, 5, 1)])
