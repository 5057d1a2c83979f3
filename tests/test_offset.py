from __future__ import annotations

import coord_convert.transform as coord_convert
import numpy as np
import prcoords
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erdao_geo.crs.offset import from_bd09, from_gcj02, to_bd09, to_gcj02

GEOD = pyproj.Geod(ellps="GRS80")
LON, LAT = st.floats(75, 134), st.floats(18, 53)


def metres(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.max(GEOD.inv(*one.T, *other.T)[2]))


def positions() -> np.ndarray:
    random = np.random.default_rng(7)
    return np.column_stack([random.uniform(75, 134, 500), random.uniform(18, 53, 500)])


def test_the_shift_to_gcj02_is_that_of_coord_convert() -> None:
    true = positions()
    expected = np.array([coord_convert.wgs2gcj(*row) for row in true.tolist()])
    assert metres(to_gcj02(true), expected) < 1e-6


def test_the_shift_to_bd09_is_that_of_coord_convert() -> None:
    true = positions()
    expected = np.array([coord_convert.wgs2bd(*row) for row in true.tolist()])
    assert metres(to_bd09(true), expected) < 1e-6


@pytest.mark.parametrize(("ours", "theirs"), [(to_gcj02, "wgs_gcj"), (to_bd09, "wgs_bd")])
def test_the_shifts_are_those_of_prcoords(ours, theirs) -> None:
    true = np.array([[125.4, 43.88], [121.47, 31.23], [104.07, 30.67]])
    answers = [getattr(prcoords, theirs)((lat, lon)) for lon, lat in true.tolist()]
    assert metres(ours(true), np.array([[each.lon, each.lat] for each in answers])) < 1e-6


def test_the_way_back_from_gcj02_agrees_with_prcoords_to_a_few_millimetres() -> None:
    shifted = np.array([[125.4, 43.88], [125.6, 43.80]])
    answers = [prcoords.gcj_wgs_bored((lat, lon)) for lon, lat in shifted.tolist()]
    assert metres(from_gcj02(shifted), np.array([[a.lon, a.lat] for a in answers])) < 0.005


@given(LON, LAT)
def test_gcj02_and_back_is_where_it_began(lon: float, lat: float) -> None:
    true = np.array([[lon, lat]])
    assert metres(from_gcj02(to_gcj02(true)), true) < 1e-4


@given(LON, LAT)
def test_bd09_and_back_is_where_it_began(lon: float, lat: float) -> None:
    true = np.array([[lon, lat]])
    assert metres(from_bd09(to_bd09(true)), true) < 1e-3


@pytest.mark.parametrize("shift", [to_gcj02, to_bd09, from_gcj02, from_bd09])
def test_nothing_is_shifted_outside_china(shift) -> None:
    abroad = np.array([[2.35, 48.86], [-74.0, 40.7], [151.2, -33.9]])
    assert shift(abroad).tolist() == abroad.tolist()


def test_the_shift_here_is_what_was_measured_for_the_district() -> None:
    here = np.array([[125.589, 43.861]])
    assert 530 < metres(to_gcj02(here), here) < 606
    assert 1324 < metres(to_bd09(here), here) < 1445


def test_what_is_no_number_stays_so_and_the_input_is_not_changed() -> None:
    given_ = np.array([[np.nan, 43.0], [125.5, 43.85]])
    shifted = to_gcj02(given_)
    assert np.isnan(shifted[0, 0])
    assert given_[1].tolist() == [125.5, 43.85]
