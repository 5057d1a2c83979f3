"""Names of encodings, as a .cpg, a language byte or a user writes them."""

from __future__ import annotations

import codecs
import re

UTF8 = "utf-8"
GB = "gb18030"
"""The superset of GB2312, GBK and code page 936: whatever is declared as one of them is read so."""
WESTERN = "cp1252"
"""What ISO-8859-1 is read as, too: the two differ only in characters that nobody writes."""
_TITLES = {UTF8: "UTF-8", GB: "GB18030", WESTERN: "Windows-1252"}
_GB_NAMES = re.compile(
    r"((cp|ansi|oem|ms|windows|x)?[\s_-]*(936|54936))|x?[\s_-]*gbk|euc[\s_-]*(gb|cn)"
    r"|gb[\s_-]*(2312|18030)([\s_-]*(80|2000|2005|2022))?"
)
_UTF8_NAMES = re.compile(r"(cp|ansi)?[\s_-]*65001|utf[\s_-]*8([\s_-]*sig)?|unicode")
_WESTERN_NAMES = re.compile(r"iso[\s_-]*8859[\s_-]*1|8859[\s_-]*1|88591|latin[\s_-]*1|l1")
_NO_TEXT = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7"}


def lookup(name: str) -> str | None:
    """Give Python's name of an encoding as a .cpg or a user may write it; None if it is none."""
    plain = name.strip().strip("\0\ufeff\"'").strip().lower()
    if _GB_NAMES.fullmatch(plain):
        return GB
    if _UTF8_NAMES.fullmatch(plain):
        return UTF8
    if _WESTERN_NAMES.fullmatch(plain):
        return WESTERN
    plain = re.sub(r"^big[\s_-]*5$", "big5", plain)
    page = re.sub(r"^(ansi|oem|cp|windows|dos|ibm)?[\s_-]*(\d{3,4})$", r"cp\2", plain)
    page = re.sub(r"^(?:iso)?[\s_-]*8859[\s_-]*(\d{1,2})$", r"iso8859-\1", page)
    return _codec(page) or _codec(plain)


def title(encoding: str) -> str:
    """Give an encoding's name as a person writes it."""
    return _TITLES.get(encoding, encoding)


def _codec(name: str) -> str | None:
    """Look a name up among Python's codecs for text that leave ASCII as it is."""
    printable = bytes(range(0x20, 0x7F))
    try:
        codec = codecs.lookup(name).name
        known = codec not in _NO_TEXT and printable.decode(codec) == printable.decode("ascii")
    except (LookupError, ValueError, UnicodeError):
        return None
    return codec if known else None
