"""The .dbf reader: every cell as it stands, nothing through a float, one bad cell one record."""

from __future__ import annotations

import datetime as dt
import struct
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erdao_geo.errors import SourceError
from erdao_geo.importing.reading.dbf import Dbf, read_dbf
from made import write_dbf

CODE = 220105001001000123


def _read(path: Path, **options: str) -> Dbf:
    return read_dbf(path, shown=path, **options)


def _column(tmp_path: Path, kind: str, width: int, decimals: int, *cells: bytes) -> Dbf:
    path = tmp_path / "a.dbf"
    return _read(write_dbf(path, [(b"F", kind, width, decimals)], [[cell] for cell in cells]))


def _values(dbf: Dbf, name: str = "F") -> list[object]:
    return dbf.table[name].to_pylist()


def test_an_18_digit_code_beside_a_blank_stays_that_code(tmp_path: Path) -> None:
    dbf = _column(tmp_path, "N", 18, 0, str(CODE).encode(), b"")
    assert dbf.table["F"].type == pa.int64()
    assert _values(dbf) == [CODE, None]


def test_a_number_longer_than_64_bits_is_read_as_text(tmp_path: Path) -> None:
    dbf = _column(tmp_path, "N", 25, 0, b"12345678901234567890123", b"7")
    assert _values(dbf) == ["12345678901234567890123", "7"]
    assert [finding.rule for finding in dbf.findings] == ["number-as-text"]


def test_a_number_with_decimals_is_the_nearest_double(tmp_path: Path) -> None:
    dbf = _column(tmp_path, "N", 19, 6, b"0.1", b"-7.25", b"1.5e3", b"+2")
    assert _values(dbf) == [0.1, -7.25, 1500.0, 2.0]


def test_a_decimal_comma_costs_its_record_alone(tmp_path: Path) -> None:
    dbf = _column(tmp_path, "N", 8, 2, b"1.50", b"1,25", b"3.00")
    assert _values(dbf) == [1.5, None, 3.0]
    assert [(each.record, each.rule) for each in dbf.rejected] == [(1, "not-a-number")]
    assert "'1,25'" in dbf.rejected[0].message


@pytest.mark.parametrize("cell", [b"0x1F", b"1 2", b"abc", b"1-2", b"infinity1"])
def test_what_is_no_number_is_never_read_as_one(tmp_path: Path, cell: bytes) -> None:
    dbf = _column(tmp_path, "N", 10, 0, cell, b"5")
    assert _values(dbf) == [None, 5]
    assert dbf.rejected[0].record == 0


@pytest.mark.parametrize("cell", [b"********", b"nan", b"-1.#IND"])
def test_what_stands_for_nothing_is_blank_and_is_said(tmp_path: Path, cell: bytes) -> None:
    dbf = _column(tmp_path, "N", 8, 3, b"1", cell)
    assert _values(dbf) == [1.0, None]
    assert [each.rule for each in dbf.findings] == ["number-missing"]
    assert not dbf.rejected


def test_a_date_is_a_day_and_zeros_are_none(tmp_path: Path) -> None:
    dbf = _column(tmp_path, "D", 8, 0, b"20220930", b"00000000", b"")
    assert _values(dbf) == [dt.date(2022, 9, 30), None, None]


def test_a_field_with_a_date_that_is_none_stays_text(tmp_path: Path) -> None:
    dbf = _column(tmp_path, "D", 8, 0, b"20220930", b"20221331")
    assert _values(dbf) == ["20220930", "20221331"]
    assert "20221331" in dbf.findings[0].message


def test_a_boolean_is_true_false_or_blank(tmp_path: Path) -> None:
    assert _values(_column(tmp_path, "L", 1, 0, b"T", b"n", b"?", b"")) == [True, False, None, None]


def test_a_memo_field_is_left_out_and_named(tmp_path: Path) -> None:
    path = write_dbf(tmp_path / "a.dbf", [(b"A", "C", 5, 0), (b"MEMO", "M", 10, 0)], [[b"x", b"1"]])
    dbf = _read(path)
    assert dbf.table.column_names == ["A"]
    assert "'MEMO'" in dbf.findings[0].message


def test_blanks_and_nuls_at_the_end_of_a_text_are_no_part_of_it(tmp_path: Path) -> None:
    cells = b"a  ", b"b\0\0\0", b"c\0rest", b"  d", b"     ", b"\0\0\0\0\0"
    assert _values(_column(tmp_path, "C", 7, 0, *cells)) == ["a", "b", "c", "  d", None, None]


def test_a_text_cut_within_a_character_loses_that_alone(tmp_path: Path) -> None:
    name = "二道区人民政府".encode("gbk")
    dbf = _column(tmp_path, "C", 13, 0, name, "吉林大路".encode("gbk"))
    assert _values(dbf) == ["二道区人民政", "吉林大路"]
    assert [each.rule for each in dbf.findings] == ["text-cut"]


def test_fields_of_one_name_are_told_apart(tmp_path: Path) -> None:
    fields = [(b"NAME", "C", 3, 0)] * 2
    dbf = _read(write_dbf(tmp_path / "a.dbf", fields, [[b"x", b"y"]]))
    assert dbf.table.to_pylist() == [{"NAME": "x", "NAME_2": "y"}]
    assert dbf.findings[0].rule == "field-renamed"


def test_a_field_name_cut_within_a_character_is_mended_and_said(tmp_path: Path) -> None:
    name = "道路名称".encode()[:10]
    dbf = _read(write_dbf(tmp_path / "a.dbf", [(name, "C", 30, 0)], [["吉林大路".encode()]]))
    assert dbf.table.column_names == ["道路名"]
    assert [each.rule for each in dbf.findings] == ["field-name-cut"]


def test_a_cut_table_gives_its_whole_records(tmp_path: Path) -> None:
    path = write_dbf(tmp_path / "a.dbf", [(b"F", "C", 4, 0)], [[b"a"], [b"b"], [b"c"]])
    path.write_bytes(path.read_bytes()[:-3])
    dbf = _read(path)
    assert _values(dbf) == ["a", "b"]
    assert dbf.claimed == 3


def test_deleted_records_are_marked(tmp_path: Path) -> None:
    rows = [[b"a"], [b"b"]]
    dbf = _read(write_dbf(tmp_path / "a.dbf", [(b"F", "C", 4, 0)], rows, deleted=[1]))
    assert dbf.deleted.tolist() == [False, True]


def test_a_header_that_claims_billions_of_records_takes_no_memory(tmp_path: Path) -> None:
    path = write_dbf(tmp_path / "a.dbf", [(b"F", "C", 4, 0)], [[b"a"]])
    data = bytearray(path.read_bytes())
    data[4:8] = struct.pack("<I", 2**31)
    path.write_bytes(data)
    tracemalloc.start()
    dbf = _read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert _values(dbf) == ["a"]
    assert peak < 50 * 2**20


def test_a_text_in_another_encoding_costs_its_record_alone(tmp_path: Path) -> None:
    names = [f"吉林大路{at}号".encode("gbk") for at in range(20)]
    names[7] = b"\xff\xff\xff!"
    dbf = _column(tmp_path, "C", 20, 0, *names)
    assert [(each.record, each.rule) for each in dbf.rejected] == [(7, "text-undecodable")]
    assert _values(dbf)[8] == "吉林大路8号"


@pytest.mark.parametrize("data", [b"", b"no table", bytes(40)])
def test_what_is_no_dbf_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.dbf"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"its \.dbf .*ask the sender"):
        _read(path)


@given(st.lists(st.one_of(st.none(), st.integers(-(10**17) + 1, 10**18 - 1)), min_size=1))
def test_whole_numbers_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int | None]
) -> None:
    path = tmp_path_factory.mktemp("n")
    cells = [b"" if number is None else str(number).encode() for number in numbers]
    dbf = _column(path, "N", 18, 0, *cells)
    assert _values(dbf) == numbers


@given(st.lists(st.text("吉林大路abc 0é", max_size=9), min_size=1, max_size=30))
def test_texts_come_out_as_they_went_in_but_for_blanks_at_the_end(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("t") / "a.dbf"
    write_dbf(path, [(b"F", "C", 40, 0)], [[text.encode()] for text in texts])
    assert _values(_read(path, encoding="UTF-8")) == [text.rstrip(" ") or None for text in texts]
