"""Texts as they stand in a file: read in an encoding, and what of them no encoding brings back."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from erdao_geo.importing.foreign import Finding, counted
from erdao_geo.importing.reading.codepages import GB, UTF8, WESTERN, title
from erdao_geo.importing.reading.plausible import SENSE, cost

UNREAD = "\x1a"
"""Stands for bytes that are in no encoding; as ASCII it weighs nothing."""
_CLEARLY = 20.0
"""Bits by which a text must gain to be called saved twice."""
_SAMPLE = 24
_FEWER = 500
"""Texts that are tried for having been saved twice."""
_LOST = re.compile("\ufffd|锟斤拷|\\?\\?")
_HOPELESS = 5000
"""Broken texts after which, if they are the most, the rest need no reading."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A text as it stands in a file; or many that are not full, parted by line breaks."""

    data: bytes
    full: bool = False
    """It fills its field, so it may be cut within its last character."""


def decode(text: Raw, encoding: str) -> str:
    """Read a text; a character cut at the end of a full field is left out.

    Raises
    ------
    UnicodeDecodeError
        If the text is not in this encoding.
    """
    return codecs.getincrementaldecoder(encoding)().decode(text.data, final=not text.full)


def text_findings(texts: Sequence[Raw], encoding: str) -> tuple[Finding, ...]:
    """Find texts that no encoding brings back: destroyed, saved twice, or cut in a character."""
    text = join_texts(texts, encoding)[0]
    lines = [line for line in text.split("\n") if line] if _LOST.search(text) else []
    lost = [line for line in lines if "\ufffd" in line or "锟斤拷" in line]
    asked = [line for line in lines if "??" in line]
    cut = [decode(raw, encoding) for raw in texts if raw.full and _is_cut(raw, encoding)]
    found = [
        _finding("text-destroyed", lost, "with U+FFFD: destroyed before this file was made"),
        _finding("text-destroyed", asked, "with ?? in place of what its encoding could not hold"),
        _finding("text-cut", cut, "cut within the last character, which is left out"),
    ]
    twice = _saved_twice(text)
    if twice:
        before, after, through = twice
        message = (
            f"text was read as {title(through)} and saved again in another encoding: "
            f"{before!r} was {after!r}; ask the sender for the table as it was before"
        )
        found.append(Finding(None, "text-double-encoded", message))
    return tuple(finding for finding in found if finding)


def join_texts(texts: Sequence[Raw], encoding: str) -> tuple[str, int]:
    """Read all texts at once, or each alone where some are broken or cut."""
    try:
        return b"\n".join(text.data for text in texts).decode(encoding), 0
    except UnicodeDecodeError:
        return _read_each(texts, encoding)


def _read_each(texts: Sequence[Raw], encoding: str) -> tuple[str, int]:
    """Read each text alone; where most are broken, the rest are taken to be."""
    values: list[str] = []
    broken = 0
    for text in _each(texts):
        try:
            values.append(decode(text, encoding))
        except UnicodeDecodeError:
            values.append(text.data.decode(encoding, "replace").replace("\ufffd", UNREAD))
            broken += 1
            if broken > _HOPELESS and 2 * broken > len(values):
                return "\n".join(values), sum(each.data.count(b"\n") + 1 for each in texts)
    return "\n".join(values), broken


def _each(texts: Sequence[Raw]) -> Iterator[Raw]:
    for text in texts:
        if text.full or b"\n" not in text.data:
            yield text
        else:
            yield from (Raw(line) for line in text.data.split(b"\n"))


def _is_cut(text: Raw, encoding: str) -> bool:
    """Tell whether a text ends within a character."""
    try:
        return len(decode(text, encoding).encode(encoding)) < len(text.data)
    except UnicodeError:
        return False


def _finding(rule: str, values: list[str], message: str) -> Finding | None:
    if not values:
        return None
    return Finding(
        None, rule, f"{counted(len(values), 'value')} {message}, e.g. {short(values[0])!r}"
    )


def _saved_twice(text: str) -> tuple[str, str, str] | None:
    """Find out whether a text makes more sense after one more round: before, after, through."""
    lines = [line for line in text.split("\n", _FEWER)[:_FEWER] if not line.isascii()]
    bits, _ = cost("\n".join(lines), UTF8)
    for through in ("gb18030", WESTERN, "latin-1"):
        for origin in (UTF8, GB):
            again = [_again(line, through, origin) for line in lines]
            pairs = [(a, b) for a, b in zip(lines, again, strict=True) if b]
            better, count = cost("\n".join(b for _, b in pairs), UTF8)
            enough = len(pairs) * 2 > len(lines) and through != origin
            if enough and count and better <= SENSE * count and better + _CLEARLY < bits / 2:
                return short(pairs[0][0]), short(pairs[0][1]), through
    return None


def _again(line: str, through: str, origin: str) -> str:
    try:
        return line.encode(through).decode(origin)
    except UnicodeError:
        return ""


def short(text: str) -> str:
    """Give the beginning of a text, in one line."""
    plain = " ".join(text.split())
    return plain if len(plain) <= _SAMPLE else f"{plain[:_SAMPLE]}…"
