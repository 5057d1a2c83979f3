"""Which encoding a .dbf is in: its bytes decide, and what it declares only where they agree.

A GBK table without a .cpg reads as nonsense and raises nothing; so does one whose .cpg lies. Here
text is taken only in an encoding that all of it fits. Where two are left, or where a declared one
gives rare characters and the other plain Chinese, the user is shown both and asked.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from erdao_geo.errors import SourceError

UTF8 = "utf-8"
GB = "gb18030"
"""The superset of GB2312, GBK and code page 936: whatever is declared as one of them is read so."""

_TITLES = {UTF8: "UTF-8", GB: "GB18030"}
_GB_LDIDS = (0x4D, 0x7A)
_GB_NAMES = re.compile(r"(cp|ansi|ms|windows)?[\s_-]*936|gbk|gb[\s_-]*2312|gb[\s_-]*18030|54936")
_SAMPLE = 20
"""Characters of a text to show."""
_HALF = 0.5


@dataclass(frozen=True)
class Raw:
    """A text as it stands in the table; one that fills its field may be cut in a character."""

    data: bytes
    full: bool = False


@dataclass(frozen=True)
class Hints:
    """What is said of an encoding: by the user, by the table's language mark, by the .cpg."""

    named: str | None
    ldid: int
    cpg: str


def decide_encoding(texts: Sequence[Raw], hints: Hints, *, path: Path) -> tuple[str, str]:
    """Decide which encoding texts are in.

    Parameters
    ----------
    texts
        All texts of the table, its field names among them.
    hints
        What is said of the encoding.
    path
        The file, for messages.

    Returns
    -------
    tuple of str
        Python's name of the encoding; and a note on why, with a sample, empty where all is ASCII.

    Raises
    ------
    SourceError
        If no encoding fits, more than one may be meant, or a declaration is refuted.
    """
    marked = [text for text in texts if not text.data.isascii()]
    if hints.named:
        chosen = _named(hints.named, path)
        if not _fits(marked, chosen):
            others = [encoding for encoding in (UTF8, GB) if _fits(marked, encoding)]
            _ask(marked, [chosen, *others], path, f"is not in {_title(chosen)}")
        return chosen, _note(marked, chosen, "as named")
    if not marked:
        return UTF8, ""
    by_ldid = GB if hints.ldid in _GB_LDIDS else None
    by_cpg = _declared(hints.cpg)
    readings = [e for e in dict.fromkeys((by_ldid, by_cpg, UTF8, GB)) if e and _fits(marked, e)]
    if not readings:
        _ask(marked, [UTF8, GB], path, "fits neither")
    declared = [e for e in dict.fromkeys((by_ldid, by_cpg)) if e in readings]
    if by_cpg and not declared:
        _ask(marked, [by_cpg, *readings], path, f"is not in {_title(by_cpg)}, as its .cpg says")
    chosen = (declared or readings)[0]
    _require_sure(marked, declared, readings, path)
    return chosen, _note(marked, chosen, _reason(chosen, by_ldid, by_cpg))


def decode(text: Raw, encoding: str) -> str:
    """Decode a text that fits; a character cut at the end of a full field is left out."""
    return codecs.getincrementaldecoder(encoding)().decode(text.data, final=not text.full)


def _fits(texts: Sequence[Raw], encoding: str) -> bool:
    try:
        for text in texts:
            decode(text, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _require_sure(
    texts: Sequence[Raw], declared: list[str], readings: list[str], path: Path
) -> None:
    """Stop where two answers are left, or where the one that is left reads like nonsense."""
    candidates = declared or readings
    if len(candidates) > 1:
        _ask(texts, candidates, path, "can be read in more than one way")
    chosen = candidates[0]
    plainer = [e for e in readings if e != chosen and _plain_share(texts, e) == 1]
    if _plain_share(texts, chosen) < 1 and plainer:
        _ask(texts, [chosen, *plainer], path, f"looks odd in {_title(chosen)}, as it declares")
    if chosen == GB and not declared and _plain_share(texts, GB) <= _HALF:
        _ask(texts, [GB, "latin-1"], path, "looks odd in the only encoding that fits")


def _plain_share(texts: Sequence[Raw], encoding: str) -> float:
    """Tell how many texts are plain Chinese: GB2312 has what print and names mostly use."""
    return sum(_is_plain(decode(text, encoding)) for text in texts) / len(texts)


def _is_plain(text: str) -> bool:
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _named(name: str, path: Path) -> str:
    encoding = _lookup(name)
    if encoding is None:
        raise SourceError(f"{path}: --encoding {name!r} is unknown; name UTF-8 or GB18030")
    return encoding


def _declared(cpg: str) -> str | None:
    """Give the encoding that a .cpg names; one that nobody knows says nothing."""
    words = cpg.strip()
    return _lookup(words) or _lookup(re.sub(r"^(ansi|oem)?\s*(\d+)$", r"cp\2", words.lower()))


def _lookup(name: str) -> str | None:
    if _GB_NAMES.fullmatch(name.lower()):
        return GB
    if name.strip().lower() in ("65001", "cp65001"):
        return UTF8
    try:
        "".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError, UnicodeError):
        return None


def _reason(chosen: str, by_ldid: str | None, by_cpg: str | None) -> str:
    if chosen == by_cpg:
        return "as its .cpg says"
    if chosen == by_ldid:
        refuted = f", against its .cpg, which says {_title(by_cpg)}" if by_cpg else ""
        return f"as the .dbf's language mark says{refuted}"
    return "the only encoding that fits; nothing is declared"


def _note(texts: Sequence[Raw], encoding: str, reason: str) -> str:
    if not texts:
        return ""
    cut = sum(_is_cut(text, encoding) for text in texts)
    lost = sum("\ufffd" in decode(text, encoding) for text in texts)
    note = f"text read as {_title(encoding)} ({reason}), e.g. {_sample(texts, encoding)}"
    if cut:
        note += f"; {cut} values are cut within their last character, which was left out"
    if lost:
        note += f"; {lost} values hold U+FFFD: they were destroyed before this file was written"
    return note


def _is_cut(text: Raw, encoding: str) -> bool:
    """Tell whether a text ends within a character."""
    try:
        text.data.decode(encoding)
    except UnicodeDecodeError:
        return True
    return False


def _ask(texts: Sequence[Raw], encodings: Sequence[str], path: Path, finding: str) -> NoReturn:
    readings = list(dict.fromkeys(encodings))
    samples = ", ".join(f"{_sample(texts, e)} as {_title(e)}" for e in readings)
    options = " or ".join(f"--encoding {_title(e)}" for e in readings)
    raise SourceError(f"{path}: its text {finding}: {samples}; name the right one with {options}")


def _sample(texts: Sequence[Raw], encoding: str) -> str:
    text = texts[0].data.decode(encoding, errors="replace").strip()
    return repr(text if len(text) <= _SAMPLE else f"{text[:_SAMPLE]}…")


def _title(encoding: str) -> str:
    return _TITLES.get(encoding, encoding)
