"""XML of foreign files: refused where it may do harm or is cut; its fields named for LIBKML."""

from __future__ import annotations

import html
import re
from pathlib import Path
from xml.parsers import expat

from erdao_geo.errors import SourceError

_KML_NAME = re.compile(
    r"""(<(?:\w+:)?(?:Data|SimpleData|SimpleField)\b[^<>]*?\bname\s*=\s*)("[^"<>]*"|'[^'<>]*')"""
)


def named_plainly(text: str, names: dict[str, str]) -> str:
    """Give fields names in ASCII: LIBKML puts `_` for all else."""
    taken: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        name = html.unescape(match[2][1:-1])
        if name.isidentifier() and name.isascii():
            return match[0]
        plain = taken.setdefault(name, f"erdao_field_{len(taken)}")
        names[plain] = name
        return f'{match[1]}"{plain}"'

    return _KML_NAME.sub(rename, text)


def require_plain_xml(text: str, shown: Path) -> None:
    """Refuse XML that declares a document type: it may pull in files, or grow without end.

    Raises
    ------
    SourceError
        If there is a DOCTYPE before the root element, which is the one place it can be in.
    """
    at = 0
    if "\0" in text:
        raise SourceError(f"{shown}: has NUL bytes in its XML; ask the sender for it anew")
    while (start := text.find("<", at)) >= 0:
        if text.startswith("<!--", start):
            at = _after(text, "-->", start, shown)
        elif text.startswith("<?", start):
            at = _after(text, "?>", start, shown)
        elif text.startswith("<!", start):
            words = " ".join(text[start : start + 40].split())
            raise SourceError(
                f"{shown}: declares a document type ({words!r}), which is never read; delete the "
                "<!DOCTYPE ...> and try again"
            )
        else:
            return _require_whole(text, shown)
    raise SourceError(f"{shown}: has no element, so it is no XML; ask the sender for it anew")


def _require_whole(text: str, shown: Path) -> None:
    """Hold XML to being whole: GDAL gives the records before a fault, and no word of it."""
    parser = expat.ParserCreate("utf-8")
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise SourceError(
            f"{shown}: is damaged or cut short ({error}); ask the sender for it anew"
        ) from error


def _after(text: str, end: str, start: int, shown: Path) -> int:
    found = text.find(end, start)
    if found < 0:
        raise SourceError(f"{shown}: is cut short within its head; ask the sender for it anew")
    return found + len(end)
