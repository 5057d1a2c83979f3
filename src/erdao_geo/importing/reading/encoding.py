"""Which encoding the texts of a table are in: their bytes decide; what is declared is a hint.

A GBK table without a .cpg reads as nonsense and raises nothing; so does one whose .cpg lies. Here
each encoding that may be meant is tried on all texts, field names among them, and what comes out
is weighed (`plausible`). One that is declared has a start over the others, and never wins against
a reading that is clearly better. Where none is clearly better, the user is shown each and asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from erdao_geo.errors import SourceError
from erdao_geo.importing.foreign import Certainty, Encoding, counted
from erdao_geo.importing.reading.codepages import GB, UTF8, WESTERN, lookup, title
from erdao_geo.importing.reading.plausible import SENSE, cost
from erdao_geo.importing.reading.texts import UNREAD, Raw, decode, join_texts, short, text_findings

__all__ = ["GB", "UTF8", "Raw", "decode", "judge_encoding", "lookup", "text_findings"]

_LATIN_CORE = frozenset("éèêëçàâîïôûäöüßñáíóúåøæãÉÈÀÂÁÎÍÔÓÖÜÄÇÑÅØ°±²³´’ ")
"""Of the western letters those that are common, and are seldom a letter of another code page."""

_BONUS = 10.0
"""Bits of start for what is declared."""
_CLEAR = 10.0
"""Bits by which a reading must be better than the next to be taken."""
_OVERRULES = 20.0
"""Bits by which one must be better than the declared one to be taken against it."""
_BROKEN_COST = 40.0
_BROKEN_SHARE = 5
"""One text in so many may be broken: one bad value costs one record, not the file."""
_PLAIN = 14.0
"""Bits for a character up to which a text may be plain Chinese, whatever else is declared."""
_RARE_SENSE = 19.0
"""Bits for a character up to which it may be Chinese names with rare characters."""
_FIRST_HANZI = "\u2e80"
_SHORT = 12
"""Characters below which a text is too short to believe what is declared against Chinese."""
_ELSEWHERE = ("big5", "cp932", "cp1251", "iso8859-7")
_FEW = 3
_WEIGHED = 5000
"""Texts that are weighed; all are read."""
_MARKED = re.compile(rf"[^\x00-\x7f]|{UNREAD}")


@dataclass(frozen=True, slots=True)
class _Reading:
    """The texts read in one encoding: how many are broken, and what the rest take in bits."""

    encoding: str
    text: str
    broken: int
    bits: float
    foreign: int

    @property
    def sensible(self) -> bool:
        """Whether it reads like what people write."""
        return self.foreign == 0 or self.bits <= SENSE * self.foreign


def judge_encoding(
    texts: Sequence[Raw],
    *,
    named: str | None = None,
    declared: Sequence[tuple[str, str]] = (),
) -> Encoding:
    """Decide which encoding the texts of a file are in.

    Parameters
    ----------
    texts
        All texts of the file, its field names among them.
    named
        The encoding that the user names. It is taken where it fits, with a doubt where another
        reads better; where it does not fit, or less well than another, the verdict is `unknown`.
    declared
        Who says what of the encoding, as it stands: ("its .cpg", "GBK"). What names no encoding
        says nothing.

    Returns
    -------
    Encoding
        `certain` where one reading fits and makes sense, declared or not; `likely` where it is
        clearly better than the others that fit; else `unknown`, with each reading and a sample.
        Texts that are all ASCII are `certain` in UTF-8.

    Raises
    ------
    SourceError
        If the name that the user gives is no encoding.
    """
    marked = [text for text in texts if not text.data.isascii()]
    if named is not None:
        return _judge_named(marked, _named(named))
    hints = [(who, says, lookup(says)) for who, says in declared if says.strip()]
    notes = [
        f"{who} says {short(says)!r}, which names no encoding" for who, says, c in hints if not c
    ]
    claims: dict[str, str] = {}
    for who, _, codec in hints:
        if codec:
            claims.setdefault(codec, who)
    if not marked:
        return Encoding(UTF8, "certain", (*notes, "all of its text is ASCII"))
    return _weigh(marked, claims, notes)


def _weigh(texts: Sequence[Raw], claims: dict[str, str], notes: list[str]) -> Encoding:
    readings = {codec: _read(texts, codec) for codec in dict.fromkeys((*claims, UTF8, GB))}
    if _is_western(texts[:_FEW]) and _is_western(texts):
        readings.setdefault(WESTERN, _read(texts, WESTERN))
    for codec, who in claims.items():
        if not _fits(readings[codec], texts):
            notes.append(f"{who} says {title(codec)}, which its text is not in")
    fitting = [reading for reading in readings.values() if _fits(reading, texts)]
    ranked = sorted(fitting, key=lambda reading: _rank(reading, claims))
    if not ranked:
        others = [*_alternatives([], texts), *(_read(texts, codec) for codec in (GB, UTF8))]
        return _unknown(others, None, [*notes, "its text fits neither UTF-8 nor GB18030"])
    return _decide(ranked, claims, notes, texts)


def _is_western(texts: Sequence[Raw]) -> bool:
    text, broken = join_texts(texts, WESTERN)
    return not broken and set(text) - _ascii() <= _LATIN_CORE


def _decide(
    ranked: list[_Reading], claims: dict[str, str], notes: list[str], texts: Sequence[Raw]
) -> Encoding:
    best, others = ranked[0], ranked[1:]
    doubt = _doubt(best, others, claims, texts)
    if doubt:
        return _unknown([*ranked, *_alternatives(ranked, texts)], best.encoding, [*notes, doubt])
    reason = (
        f"{claims[best.encoding]} says so" if best.encoding in claims else "its text fits no other"
    )
    if others and best.encoding not in claims:
        reason = f"it reads better than as {title(others[0].encoding)} ({_sample(others[0])})"
    for other in others:
        if other.encoding in claims and best.encoding not in claims:
            notes.append(f"{claims[other.encoding]} says {title(other.encoding)}, against its text")
    if best.broken:
        notes.append(f"{counted(best.broken, 'value')} in no encoding that fits the rest")
    sure = _is_sure(best, others, claims)
    notes.append(f"{title(best.encoding)}: {reason}; e.g. {_sample(best)}")
    notes.extend(finding.message for finding in text_findings(texts, best.encoding))
    readings = tuple((reading.encoding, _excerpt(reading)) for reading in ranked)
    return Encoding(best.encoding, "certain" if sure else "likely", tuple(notes), readings)


def _doubt(
    best: _Reading, others: list[_Reading], claims: dict[str, str], texts: Sequence[Raw]
) -> str:
    """Say why the best reading may not be gone on with; empty where it may."""
    for other in others:
        if other.bits - best.bits < _lead(best, other, claims):
            return (
                f"it can be read as {title(best.encoding)} and as {title(other.encoding)}; "
                "neither is clearly better"
            )
    if best.sensible or _is_odd_but_right(best, texts, claimed=best.encoding in claims):
        return ""
    return f"it looks odd in {title(best.encoding)}, and fits nothing better"


def _is_odd_but_right(best: _Reading, texts: Sequence[Raw], *, claimed: bool) -> bool:
    """Tell whether a reading that makes little sense is right all the same."""
    if best.encoding == UTF8:  # by chance, three in a row are next to never whole UTF-8
        return not best.broken and (claimed or best.foreign >= _FEW)
    if best.encoding == GB and best.bits <= _RARE_SENSE * best.foreign:
        return claimed or _is_best_left(best, texts)  # rare names
    return False


def _lead(best: _Reading, other: _Reading, claims: dict[str, str]) -> float:
    """Give the bits by which the best reading must be ahead of another to be taken."""
    if best.encoding not in claims:
        return _OVERRULES if other.encoding in claims else _CLEAR
    plain = other.bits <= _PLAIN * other.foreign
    least = _CLEAR if other.encoding in claims else 0.0
    if best.encoding in (UTF8, GB):
        chinese = any(char >= _FIRST_HANZI for char in best.text)
        return _OVERRULES if plain and not chinese else least
    if best.foreign < _SHORT:
        return _OVERRULES  # such an encoding is seldom right in this country
    return _CLEAR if plain else least


def _is_best_left(best: _Reading, texts: Sequence[Raw]) -> bool:
    others = [_read(texts, codec) for codec in _ELSEWHERE]
    return all(other.broken or other.bits > best.bits + _CLEAR for other in others)


def _is_sure(best: _Reading, others: list[_Reading], claims: dict[str, str]) -> bool:
    if best.broken or not best.sensible or (best.encoding == WESTERN and WESTERN not in claims):
        return False
    if best.encoding in claims:
        return all(not other.sensible or other.bits > best.bits + _CLEAR for other in others)
    return not others


def _rank(reading: _Reading, claims: dict[str, str]) -> float:
    return reading.bits - (_BONUS if reading.encoding in claims else 0)


def _unknown(readings: list[_Reading], value: str | None, notes: list[str]) -> Encoding:
    shown = {reading.encoding: _excerpt(reading) for reading in readings}
    return Encoding(value, "unknown", tuple(notes), tuple(shown.items()))


def _alternatives(ranked: list[_Reading], texts: Sequence[Raw]) -> list[_Reading]:
    """Read an odd text in what else may be meant, to show it."""
    if any(reading.sensible for reading in ranked):
        return []
    others = [_read(texts, codec) for codec in (*_ELSEWHERE, WESTERN)]
    return sorted(
        (other for other in others if not other.broken), key=lambda other: not other.sensible
    )


def _judge_named(texts: Sequence[Raw], codec: str) -> Encoding:
    """Take the user's word where the text is in it; ask where it is not, and is in another."""
    reading = _read(texts, codec)
    others = [_read(texts, other) for other in (UTF8, GB) if other != codec]
    whole = [other for other in others if not other.broken and other.sensible]
    if _fits(reading, texts) and not (reading.broken and whole):
        notes = [f"{title(codec)}: named by the user; e.g. {_sample(reading)}"] if texts else []
        notes.extend(finding.message for finding in text_findings(texts, codec))
        better = [o for o in others if not o.broken and o.bits + _OVERRULES < reading.bits]
        verdict: Certainty = "likely" if better or reading.broken else "certain"
        shown = tuple((each.encoding, _excerpt(each)) for each in (reading, *better))
        doubts = tuple(_doubted(reading, other) for other in better)
        return Encoding(codec, verdict, tuple(notes), shown, doubts)
    judged = judge_encoding(texts)
    readings = [each for each in judged.readings if each[0] != codec]
    note = f"its text is not in {title(codec)}, as --encoding names it: {_sample(reading)}"
    shown = tuple(readings) or ((codec, _excerpt(reading)),)
    return Encoding(judged.value, "unknown", (note, *judged.evidence), shown)


def _doubted(named: _Reading, other: _Reading) -> str:
    return (
        f"read as {title(named.encoding)}, as --encoding names it, e.g. {_sample(named)}; as "
        f"{title(other.encoding)} it makes more sense, e.g. {_sample(other)}: leave --encoding out "
        "if that is right"
    )


def _named(name: str) -> str:
    codec = lookup(name)
    if codec is None:
        raise SourceError(f"--encoding {name!r} is unknown; name UTF-8 or GB18030")
    return codec


def _fits(reading: _Reading, texts: Sequence[Raw]) -> bool:
    count = sum(text.data.count(b"\n") + 1 for text in texts)
    return reading.broken * _BROKEN_SHARE <= count


def _read(texts: Sequence[Raw], encoding: str) -> _Reading:
    """Read all texts, and weigh the first some thousands."""
    text, broken = join_texts(texts, encoding)
    bits, foreign = cost("\n".join(text.split("\n", _WEIGHED)[:_WEIGHED]), encoding)
    return _Reading(encoding, text, broken, bits + _BROKEN_COST * broken, foreign)


def _sample(reading: _Reading) -> str:
    return repr(_excerpt(reading))


def _excerpt(reading: _Reading) -> str:
    """Give the first text that is not all ASCII, or could not be read."""
    text = reading.text
    marked = _MARKED.search(text)
    if marked is None:
        return ""
    start, stop = text.rfind("\n", 0, marked.start()) + 1, text.find("\n", marked.start())
    return short(text[start : stop if stop >= 0 else None].replace(UNREAD, "\ufffd"))


def _ascii() -> frozenset[str]:
    return frozenset(map(chr, range(0x80)))
