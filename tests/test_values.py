"""A file's values in a field's type: exact, or a misfit that is named."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erdao_geo.definitions import Field
from erdao_geo.importing.values import Taken, fill, word_notes


def filled(values, type_="string", *, arrow=None, codes=None):
    column = pa.array(values, arrow) if not isinstance(values, pa.Array) else values
    definition = Field(title="t", type=type_)
    array, misfits = fill("f", definition, column, codes=codes or {}, taken=Taken())
    return array.to_pylist(), [(misfit.row, misfit.value) for misfit in misfits]


def test_an_18_digit_code_beside_a_null_stays_that_code() -> None:
    assert filled([220105001001000123, None]) == (["220105001001000123", None], [])
    assert filled([220105001001000123, None], "integer") == ([220105001001000123, None], [])


@pytest.mark.parametrize("values", [["1", "2", None], [1, 2, None], [1.0, 2.0, None]])
def test_a_code_may_be_a_number(values) -> None:
    codes = {"1": "planned", "2": "completed"}
    assert filled(values, codes=codes) == (["planned", "completed", None], [])


@pytest.mark.parametrize("type_", ["integer", "number", "boolean", "date"])
@pytest.mark.parametrize("digits", [30, 5_000])
def test_a_number_that_is_too_long_is_a_misfit(type_, digits) -> None:
    values, misfits = filled(["9" * digits], type_)
    assert (values, [row for row, _ in misfits]) == ([None], [0])


def test_a_text_of_more_digits_than_a_double_has_is_no_number() -> None:
    assert filled(["9007199254740993"], "number") == ([None], [(0, 9007199254740993)])


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))))
def test_whole_numbers_come_through_as_they_are(values) -> None:
    assert filled(values, "integer", arrow=pa.int64()) == (values, [])


@pytest.mark.parametrize(
    ("values", "type_", "expected"),
    [
        ([" 甲  ", "", "\0", None], "string", ["甲", None, None, None]),
        ([1.0, 2.5], "string", ["1", "2.5"]),
        (["007"], "string", ["007"]),
        (["12", " 3 "], "integer", [12, 3]),
        (["1.5", "-2e3", "7"], "number", [1.5, -2000.0, 7.0]),
        (["是", "N", "1"], "boolean", [True, False, True]),
        (["2022/3/1", "20220301", "2022年3月1日"], "date", ["2022-03-01"] * 3),
        ([20220301], "date", ["2022-03-01"]),
        ([dt.date(2022, 3, 1)], "date", ["2022-03-01"]),
        ([dt.datetime(2022, 3, 1)], "date", ["2022-03-01"]),
    ],
)
def test_values_are_brought_to_the_type(values, type_, expected) -> None:
    assert filled(values, type_) == (expected, [])


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("soon", "date"),
        ("2022-13-01", "date"),
        (dt.datetime(2022, 3, 1, 23, 30), "date"),
        ("12,5", "number"),
        (2**60 + 1, "number"),
        ("1.5", "integer"),
        (1.5, "integer"),
        ("maybe", "boolean"),
    ],
)
def test_what_does_not_fit_is_a_misfit_and_its_neighbour_is_not(value, type_) -> None:
    array, misfits = filled([value, None], type_)
    assert array == [None, None]
    assert [row for row, _ in misfits] == [0]


def test_words_become_codes_and_are_counted() -> None:
    taken = Taken()
    column = pa.chunked_array([["在建", "竣工"], ["在建", "completed"]])
    codes = {"在建": "under_construction", "竣工": "completed"}
    array, _ = fill("status", Field(title="t"), column, codes=codes, taken=taken)
    assert array.to_pylist() == ["under_construction", "completed"] * 2
    assert sorted(word_notes(taken.words)) == [
        "status: '在建' taken as 'under_construction' (2 times)",
        "status: '竣工' taken as 'completed' (1 times)",
    ]
