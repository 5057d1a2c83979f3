"""Text as it stands on paper: nothing in it commands anything, and it fits its place."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from itertools import groupby

MOST = 120
"""Characters of one text that are looked at; what is longer is cut with an ellipsis anyway."""
ELLIPSIS = "…"
_COMMANDS = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
_CLOSING = "，。、；：！？）》」』】〕％%,.;:!?)]}·…～ "
"""What no line begins with."""

Width = Callable[[str], float]


def plain(text: str) -> str:
    r"""Show as escapes what has no picture: controls, marks of direction, what is no character.

    Blanks are one space; selectors of a variant are left out. The text is cut to `MOST`.

    Examples
    --------
    >>> print(plain("\x1b[31m道路\u202e  一\n二"))
    \x1b[31m道路\u202e 一 二
    """
    text = text[: 4 * MOST].replace("\r\n", " ").translate(_BLANKS)
    shown = "".join(_shown(character) for character in text)
    return cut_to(" ".join(shown.split()), MOST)


_BLANKS = {ord(character): " " for character in "\t\n\r\u00a0\u2002\u2003\u2009"}
_SELECTORS = [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]
_BLANKS |= dict.fromkeys(_SELECTORS, "")


def _shown(character: str) -> str:
    if unicodedata.category(character) in _COMMANDS:
        return character.encode("unicode_escape").decode()
    return character


def cut_to(text: str, most: int) -> str:
    """Cut a text to some characters, the last of them an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + ELLIPSIS


def fitted(text: str, room: float, width: Width) -> str:
    """Cut a text so that it is no wider than `room`."""
    if width(text) <= room:
        return text
    return text[: _fitting(text, room - width(ELLIPSIS), width)].rstrip() + ELLIPSIS


def _fitting(text: str, room: float, width: Width) -> int:
    """Tell how many characters of a text are no wider than `room`."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    return low


def wrapped(text: str, room: float, width: Width, *, lines: int = 99) -> list[str]:
    """Break a text into lines no wider than `room`, between words or Chinese characters.

    Parameters
    ----------
    text
        One paragraph.
    room
        Of a line, in the unit that `width` gives.
    width
        Measures a text.
    lines
        At most so many; the last is cut with an ellipsis where there is more.

    Returns
    -------
    list of str
        At least one.
    """
    made: list[str] = []
    line, left = "", list(_pieces(text))
    while left:
        piece = left.pop(0)
        fits = len(piece) if line else max(1, _fitting(piece.rstrip(), room, width))
        if width((line + piece).rstrip()) <= room or (not line and len(piece) == 1):
            line += piece
        elif not line:  # a word longer than a line
            left[:0] = [piece[:fits], piece[fits:]]
        elif len(made) + 1 == lines:
            return [*made, fitted((line + piece + "".join(left))[: 4 * MOST], room, width)]
        else:
            made.append(line.rstrip())
            line = ""
            left.insert(0, piece.lstrip() or piece)
    return [*made, line.rstrip()]


def _pieces(text: str) -> Iterator[str]:
    """Part a text where a line may end."""
    piece = ""
    for is_wide, run in groupby(text, _is_wide):
        for part in run if is_wide else _words("".join(run)):
            if piece and part[0] not in _CLOSING:
                yield piece
                piece = ""
            piece += part
    if piece:
        yield piece


def _words(text: str) -> list[str]:
    parts = text.split(" ")
    return [part for part in [*(f"{part} " for part in parts[:-1]), parts[-1]] if part]


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")


def is_chinese(text: str) -> bool:
    """Tell whether a text is of square characters only, which can stand one under another."""
    return bool(text) and all(_is_wide(character) for character in text)
