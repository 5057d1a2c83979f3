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
LANGUAGES = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x08: "cp865", 0x09: "cp437", 0x0A: "cp850",
    0x0B: "cp437", 0x0D: "cp437", 0x0E: "cp850", 0x0F: "cp437", 0x10: "cp850", 0x11: "cp437",
    0x12: "cp850", 0x13: "cp932", 0x14: "cp850", 0x15: "cp437", 0x16: "cp850", 0x17: "cp865",
    0x18: "cp437", 0x19: "cp437", 0x1A: "cp850", 0x1B: "cp437", 0x1C: "cp863", 0x1D: "cp850",
    0x1F: "cp852", 0x22: "cp852", 0x23: "cp852", 0x24: "cp860", 0x25: "cp850", 0x26: "cp866",
    0x37: "cp850", 0x40: "cp852", 0x4D: "gb18030", 0x4E: "cp949", 0x4F: "cp950", 0x50: "cp874",
    0x58: "cp1252", 0x59: "cp1252", 0x64: "cp852", 0x65: "cp866", 0x66: "cp865", 0x67: "cp861",
    0x6A: "cp737", 0x6B: "cp857", 0x6C: "cp863", 0x78: "cp950", 0x79: "cp949", 0x7A: "gb18030",
    0x7B: "cp932", 0x7C: "cp874", 0x86: "cp737", 0x87: "cp852", 0x88: "cp857", 0xC8: "cp1250",
    0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253", 0xCC: "cp1257",
}  # fmt: skip
"""What the language byte of a .dbf says. 0x57, "ANSI", says nothing: in Chinese files it is GBK."""


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
