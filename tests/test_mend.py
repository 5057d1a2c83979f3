"""What arrives broken is mended and said, or rejected and said; what is whole is left alone."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from erdao_geo.importing.mend import mend

GRID = 1e-7
BOWTIE = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])


def from_wkb(*numbers: float):
    """Make a line, or a point, of numbers that shapely would rather not take."""
    count = len(numbers) // 2
    head = struct.pack("<BI", 1, 1) if count == 1 else struct.pack("<BII", 1, 2, count)
    with np.errstate(invalid="ignore"):
        return shapely.from_wkb(head + struct.pack(f"<{len(numbers)}d", *numbers))


def mended(geometry, wanted):
    result = mend(np.array([geometry], dtype=object), wanted, grid=GRID)
    rules = [rule for _, rule, _ in result.repairs]
    return result.geometries[0], rules, result.rejects.get(0, ("", ""))[0]


@pytest.mark.parametrize(
    ("geometry", "wanted", "expected", "rule"),
    [
        (LineString([(0, 0), (0, 0), (1, 1)]), "LineString", LineString([(0, 0), (1, 1)]),
         "repeated-vertex"),
        (MultiLineString([[(0, 0), (1, 1)], [(3, 3), (3, 3)]]), "LineString",
         LineString([(0, 0), (1, 1)]), "zero-length"),
        (LineString(), "LineString", None, "geometry-empty"),
        (GeometryCollection([LineString([(0, 0), (1, 1)])]), "LineString",
         LineString([(0, 0), (1, 1)]), "collection"),
        (LineString([(0, 0), (2, 0), (2, 2), (0, 0)]), "Polygon",
         Polygon([(0, 0), (2, 0), (2, 2)]), "ring-from-line"),
        (BOWTIE, "Polygon",
         MultiPolygon([Polygon([(0, 0), (1, 1), (0, 2)]), Polygon([(2, 2), (1, 1), (2, 0)])]),
         "geometry-invalid"),
    ],
)  # fmt: skip
def test_a_fault_is_mended_and_named(geometry, wanted, expected, rule) -> None:
    result, rules, rejected = mended(geometry, wanted)
    assert (rules, rejected) == ([rule], "")
    assert result is None if expected is None else shapely.equals(result, expected)


@pytest.mark.parametrize(
    ("geometry", "wanted", "rule"),
    [
        (Point(1, 1), "LineString", "geometry-type"),
        (LineString([(0, 0), (1, 1)]), "Polygon", "geometry-type"),
        (GeometryCollection([Point(0, 0), LineString([(0, 0), (1, 1)])]), "Point",
         "geometry-type"),
        (LineString([(1, 1), (1, 1)]), "LineString", "zero-length"),
        (Polygon([(0, 0), (1, 1), (2, 2), (0, 0)]), "Polygon", "geometry-invalid"),
        (from_wkb(0, 0, float("nan"), 1), "LineString", "not-a-number"),
        (from_wkb(float("inf"), 1), "Point", "not-a-number"),
    ],
)  # fmt: skip
def test_what_cannot_be_mended_is_rejected_by_rule(geometry, wanted, rule) -> None:
    result, _, rejected = mended(geometry, wanted)
    assert (result, rejected) == (None, rule)


@pytest.mark.parametrize(
    ("geometry", "wanted"),
    [(box(0, 0, 1, 1), "Polygon"), (LineString([(0, 0), (1, 0)]), "LineString"),
     (Point(1, 1), "Point"), (MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)]), "Polygon"),
     (None, "Point")],
)  # fmt: skip
def test_what_is_whole_is_left_alone(geometry, wanted) -> None:
    result, rules, rejected = mended(geometry, wanted)
    assert (rules, rejected) == ([], "")
    assert result is geometry or result.equals_exact(geometry)


def test_a_broken_neighbour_costs_nothing() -> None:
    good = LineString([(0, 0), (1, 1)])
    result = mend(np.array([good, Point(0, 0), None, good], dtype=object), "LineString")
    assert result.geometries.tolist() == [good, None, None, good]
    assert list(result.rejects) == [1]


corners = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda p: (p[0] / 1e4, p[1] / 1e4)),
    min_size=3,
    max_size=9,
)


@given(corners)
def test_any_ring_is_valid_on_the_grid_or_rejected(ring) -> None:
    result, _, rejected = mended(Polygon(ring), "Polygon")
    assert (result is None) == bool(rejected)
    if result is not None:
        rounded = shapely.transform(result, lambda xy: np.round(xy, 7))
        assert shapely.is_valid(rounded)
        assert rounded.area > 0
