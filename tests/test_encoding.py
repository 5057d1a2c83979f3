"""The encoding verdict: right or asked, over a matrix of hints and texts and over real files."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinese import PLACES, ROADS, WORDS, level1, name
from erdao_geo.errors import SourceError
from erdao_geo.importing.foreign import Encoding
from erdao_geo.importing.reading.dbf import read_dbf
from erdao_geo.importing.reading.encoding import GB, UTF8, Raw, decode, judge_encoding, lookup

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"


def _judge(texts: Sequence[str], codec: str, **says: str) -> Encoding:
    declared = [(f"its {who}", what) for who, what in says.items()]
    return judge_encoding([Raw(text.encode(codec)) for text in texts], declared=declared)


def _verdict(encoding: Encoding) -> tuple[str | None, str]:
    return encoding.value, encoding.verdict


@pytest.mark.parametrize("codec", [UTF8, GB])
@pytest.mark.parametrize("text", ["吉林大路", "和顺小区一期", "二道区人民政府"])
def test_a_chinese_name_is_told_without_any_hint(text: str, codec: str) -> None:
    judged = _judge([text], codec)
    assert judged.value == codec
    assert judged.verdict != "unknown"


@pytest.mark.parametrize("text", ["未知", "医院", "山", "水", "太原", "梅园", "双鸭山", "沙头"])
def test_names_whose_gbk_is_whole_utf8_too_are_never_read_wrong(text: str) -> None:
    judged = _judge([text], "gbk")
    assert judged.value == GB or judged.verdict == "unknown"


def test_ascii_alone_is_certain() -> None:
    assert _verdict(judge_encoding([Raw(b"ROAD_1")])) == (UTF8, "certain")


def test_a_right_cpg_makes_it_certain() -> None:
    assert _verdict(_judge(["吉林大路"], UTF8, cpg="UTF-8")) == (UTF8, "certain")
    assert _verdict(_judge(["吉林大路"], "gbk", cpg="ANSI 936")) == (GB, "certain")


@pytest.mark.parametrize(("codec", "lie"), [(UTF8, "GBK"), ("gbk", "ISO-8859-1"), (UTF8, "936")])
def test_a_cpg_that_lies_loses_and_is_named(codec: str, lie: str) -> None:
    judged = _judge(["吉林大路", "福安街", "和顺小区"], codec, cpg=lie)
    assert judged.value == lookup(codec)
    assert any(note.startswith("its cpg says") for note in judged.evidence)


def test_a_cpg_that_is_a_web_page_says_nothing() -> None:
    judged = _judge(["吉林大路"], "gbk", cpg="<!DOCTYPE html>")
    assert judged.value == GB
    assert "'<!DOCTYPE html>', which names no encoding" in judged.evidence[0]


@pytest.mark.parametrize(
    ("codec", "cpg", "texts"),
    [
        ("cp1251", "Windows-1251", ["Смешанный 12345", "Кириллица"]),
        ("cp1252", "ISO-8859-1", ["Lomé", "Asunción", "Reykjavík"]),
        ("iso8859-2", "latin2", ["čeština", "Řeka Šárka"]),
        ("cp874", "874", ["ภาษาไทย"]),
        ("shift_jis", "shiftjis", ["カタカナひらがな"]),
        ("cp866", "OEM 866", ["Москва", "улица Ленина"]),
        ("big5", "Big-5", ["中山北路二段", "忠孝東路四段", "臺北市政府", "國語實驗小學"]),
    ],
)
def test_another_encoding_counts_where_it_is_declared(
    codec: str, cpg: str, texts: list[str]
) -> None:
    judged = _judge(texts, codec, cpg=cpg)
    assert judged.value is not None
    assert judged.verdict != "unknown"
    assert [raw.encode(codec).decode(judged.value) for raw in texts] == texts


@pytest.mark.parametrize("text", ["México", "Ministère des Ressources", "Ñandú"])
def test_western_words_are_likely_and_never_certain_without_a_hint(text: str) -> None:
    assert _verdict(_judge([text], "cp1252")) == ("cp1252", "likely")


@pytest.mark.parametrize(
    ("text", "codec"),
    [("ひたちなか市", "shift_jis"), ("Π. ΑΝΑΤΟΛΙΚΗΣ", "iso8859-7"), ("Hněvošický", "cp1250")],
)
def test_what_cannot_be_known_is_asked_with_samples(text: str, codec: str) -> None:
    judged = _judge([text], codec)
    assert judged.verdict == "unknown"
    assert all(sample for _, sample in judged.readings)


@pytest.mark.parametrize("says", ["ISO-8859-1", "GBK"])
def test_a_declaration_over_what_is_nonsense_so_is_asked_about(says: str) -> None:
    texts = ["ひたちなか市", "西東京市", "かすみがうら市"]
    assert _judge(texts, "shift_jis", cpg=says).verdict == "unknown"


def test_the_user_is_believed_where_the_text_fits() -> None:
    raws = [Raw("吉林大路".encode("gbk"))]
    assert _verdict(judge_encoding(raws, named="GBK")) == (GB, "certain")


def test_a_name_that_the_text_refutes_is_asked_about() -> None:
    judged = judge_encoding([Raw("吉林大路".encode("gbk"))], named="utf-8")
    assert judged.verdict == "unknown"
    assert "is not in UTF-8, as --encoding names it" in judged.evidence[0]
    assert ("gb18030", "吉林大路") in judged.readings


def test_one_broken_value_of_many_is_enough_to_ask_where_another_encoding_reads_all() -> None:
    raws = [Raw(road.encode()) for road in ("东盛大街", "吉林大路", "福安街")]
    raws += [Raw(text.encode()) for text in ("é", "ab路街", "洋浦大街", "四通路")]
    assert any(_breaks(raw, "gb18030") for raw in raws)
    judged = judge_encoding(raws, named="gb18030")
    assert (judged.value, judged.verdict) == ("utf-8", "unknown")
    assert [name for name, _ in judged.readings] == ["utf-8"]


def test_one_broken_value_that_no_encoding_reads_costs_itself_alone() -> None:
    raws = [Raw(road.encode("gbk")) for road in ("东盛大街", "吉林大路", "福安街", "四通路")]
    judged = judge_encoding([*raws, Raw(b"\xff\xff")], named="GBK")
    assert _verdict(judged) == (GB, "likely")


def _breaks(raw: Raw, codec: str) -> bool:
    try:
        decode(raw, codec)
    except UnicodeDecodeError:
        return True
    return False


@pytest.mark.parametrize("named", ["klingon", "hex", "utf-16", "idna", ""])
def test_an_encoding_that_is_none_is_refused_in_one_line(named: str) -> None:
    with pytest.raises(SourceError, match=r"--encoding .* is unknown; name UTF-8 or GB18030"):
        judge_encoding([], named=named)


@pytest.mark.parametrize("codec", [UTF8, GB])
@given(text=st.text("吉林大路福安街𠮷", min_size=1, max_size=9), cut=st.integers(0, 3))
def test_a_cut_text_loses_its_last_character_alone(codec: str, text: str, cut: int) -> None:
    data = text.encode(codec)
    kept = data[: len(data) - min(cut, len(text[-1].encode(codec)) - 1)]
    whole = text if len(kept) == len(data) else text[:-1]
    assert decode(Raw(kept, full=True), codec) == whole


def test_text_saved_twice_is_named_with_what_it_was() -> None:
    twice = [text.encode().decode("cp1252", "ignore") for text in ("é", "ü")]
    names = ["吉林大路南侧", "福安街道办事处", "和顺小区居民"]
    mangled = [text.encode().decode("gb18030", "ignore") for text in names]
    notes = " ".join(_judge(mangled, UTF8).evidence)
    assert "read as GB18030 and saved again" in notes
    assert twice == ["Ã©", "Ã¼"]


@pytest.mark.parametrize(("text", "found"), [("吉\ufffd\ufffd路", "U+FFFD"), ("吉林??路", "??")])
def test_destroyed_text_is_named(text: str, found: str) -> None:
    judged = _judge(["福安街", text], UTF8)
    assert any(found in note for note in judged.evidence)


SAYS = {
    UTF8: {"right": ["UTF-8"], "wrong": ["GBK", "ISO-8859-1", "Big5"]},
    GB: {"right": ["GBK"], "wrong": ["UTF-8", "ISO-8859-1", "Big5"]},
}
LANGUAGE = {
    UTF8: {"right": [""], "wrong": ["gb18030"]},
    GB: {"right": ["gb18030"], "wrong": ["cp950", "cp1252", "cp932"]},
}


def _case(rng: random.Random, kind: str, cpg: str, byte: str, size: tuple[int, int]) -> str:
    """Judge a made column: right, asked or wrong."""
    codec = UTF8 if kind == "UTF-8" else GB
    rows, length = size
    names = {name(rng, length, rare=kind == "GB18030").encode(codec) for _ in range(rows)}
    longest = max(map(len, names))
    width = rng.choice((254, longest, max(longest - 1, 3)))
    declared = [
        (who, rng.choice(says[codec][how]))
        for who, says, how in (("its .cpg", SAYS, cpg), ("its byte", LANGUAGE, byte))
        if how in says[codec]
    ]
    judged = judge_encoding([Raw(n[:width], len(n) >= width) for n in names], declared=declared)
    if judged.verdict == "unknown":
        return "asked"
    return "right" if judged.value == codec else "wrong"


def test_over_the_matrix_none_is_wrong_and_few_are_asked() -> None:
    rng = random.Random(20220105)
    cases = itertools.product(
        ("UTF-8", "GBK", "GB18030"),
        ("right", "wrong", "missing"),
        ("right", "wrong", "0"),
        itertools.product((1, 5, 100), (2, 3, 4, 6, 10, 20, 40)),
    )
    outcomes = Counter(_case(rng, *case) for case in cases for _ in range(4))
    assert outcomes["wrong"] == 0
    assert outcomes["asked"] < 0.05 * outcomes.total()
    assert outcomes.total() == 3 * 3 * 3 * 21 * 4


def test_of_single_hanzi_in_gbk_and_utf8_few_are_read_wrong() -> None:
    wrong = [
        (char, codec)
        for char in level1()
        for codec in (GB, UTF8)
        if (judged := _judge([char], codec)).verdict != "unknown" and judged.value != codec
    ]
    assert len(wrong) <= 5, wrong


def test_of_real_names_alone_none_is_read_wrong() -> None:
    for text, codec in itertools.product((*ROADS, *PLACES, *WORDS), (GB, UTF8)):
        judged = _judge([text], codec)
        assert judged.verdict == "unknown" or judged.value == codec, text


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_of_the_chinese_tables_of_the_corpus_all_are_right_without_hints() -> None:
    manifest = (CORPUS / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines()[1:]
    lines = [line.split("\t") for line in manifest if line.startswith(("cn/", "derived/"))]
    told = 0
    for path, special in ((CORPUS / line[0], line[3]) for line in lines):
        dbf = path.with_suffix(".dbf")
        if dbf.is_file() and "text " in special:
            expected = GB if "text gb18030" in special else UTF8
            assert read_dbf(dbf, shown=path, cpg=None).encoding.value == expected, path
            told += 1
    assert told >= 20
