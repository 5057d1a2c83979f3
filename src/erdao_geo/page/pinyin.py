"""How the characters of names are read, so that a page's search takes pinyin and its initials."""

from __future__ import annotations

from collections.abc import Iterable

FIRST_HAN, LAST_HAN = "\u3007", "\U000323af"


def readings(names: Iterable[str]) -> dict[str, str]:
    """Give the readings of each Chinese character that stands in a name.

    A table of characters serves any number of names: a page of a million features needs a few
    thousand entries, and a character with several readings is found by each of them.

    Parameters
    ----------
    names
        Any texts.

    Returns
    -------
    dict
        Character to its readings without tones, apart by spaces, in the order of the characters;
        `v` stands for ü, as on a keyboard.

    Examples
    --------
    >>> readings(["长吉路1号"])["长"]
    'zhang chang'
    """
    from pypinyin import Style, pinyin  # noqa: PLC0415 (takes 0.1 s)

    characters = sorted(c for c in set("".join(names)) if FIRST_HAN <= c <= LAST_HAN)
    table = {}
    for character in characters:
        found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
        if found:
            table[character] = " ".join(dict.fromkeys(found[0]))
    return table
