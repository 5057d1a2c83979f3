"""Ready a private copy of a text format for GDAL: in UTF-8, and without what could do harm.

GDAL takes JSON for UTF-8, reads XML in four encodings, and believes what a MapInfo file or a DXF
declares, or Latin-1. So the text is judged here first, and the copy rewritten where that helps.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path

from erdao_geo.errors import SourceError
from erdao_geo.importing.foreign import Encoding, Finding
from erdao_geo.importing.reading.columns import UTF8
from erdao_geo.importing.reading.encoding import Raw, judge_encoding, lookup
from erdao_geo.importing.reading.json_text import mended, without_bad_lines
from erdao_geo.importing.reading.limits import MAX_TABLE, MAX_TEXT
from erdao_geo.importing.reading.private import Staged
from erdao_geo.importing.reading.xml_text import named_plainly, require_plain_xml

_PARTS = re.compile(rb"[\x00-\x1f\x22,;:<>{}\[\]]+")
"""What parts values in JSON, XML, CSV, DXF and MIF; no encoding has these within a character."""
_XML_ENCODING = re.compile(rb"""\A<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,400}?\?>")
_CODE_PAGE = re.compile(rb"\$DWGCODEPAGE\s*[\r\n]+\s*3\s*[\r\n]+\s*(\S+)")
_CHARSET = re.compile(rb'^[ \t]*!?charset[ \t]+"?(\w+(?:[ -]\w+)*)"?', re.IGNORECASE | re.MULTILINE)
_CHARSETS = {
    "windowssimpchinese": "gb18030",
    "windowstradchinese": "big5",
    "windowslatin1": "cp1252",
    "windowslatin2": "cp1250",
    "windowscyrillic": "cp1251",
    "windowsjapanese": "cp932",
    "utf-8": "utf-8",
}
_TO_CHARSET = {"gb18030": "WindowsSimpChinese", "utf-8": "UTF-8", "cp1252": "WindowsLatin1"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DXF_HEAD = 65_536


@dataclass(frozen=True)
class Prepared:
    """How a staged file is to be opened, and what was found of its text."""

    encoding: Encoding | None = None
    """None where its text comes as bytes and is judged when it is read."""
    declared: tuple[tuple[str, str], ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    """GDAL's settings for this file."""
    findings: tuple[Finding, ...] = ()
    rejected: tuple[Finding, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    """Fields' true names, by those that they have in the copy."""


def prepare(staged: Staged, *, encoding: str | None = None) -> Prepared:
    """Ready a staged file for GDAL.

    Parameters
    ----------
    staged
        The private copy, which may be rewritten.
    encoding
        What its text is in, as the user names it.

    Raises
    ------
    SourceError
        If it is too large for its kind, in no encoding that fits, or XML with a DOCTYPE.
    """
    suffix = staged.path.suffix
    if staged.format.kind == "json":
        return _prepare_json(staged, encoding)
    if staged.format.kind == "xml":
        return _prepare_xml(staged, encoding)
    if suffix == ".dxf":
        return _prepare_dxf(staged, encoding)
    if suffix in (".tab", ".mif"):
        return _prepare_mapinfo(staged, encoding)
    return Prepared(UTF8)


def read_text(staged: Staged, *, encoding: str | None, declared: str = "") -> tuple[str, Encoding]:
    """Read a whole text file in the encoding that its bytes decide.

    Raises
    ------
    SourceError
        If it is larger than what is read as text, or no encoding fits.
    """
    data = _bytes(staged)
    bom = next((codec for mark, codec in _BOMS if data.startswith(mark)), None)
    if bom and encoding is None:
        try:
            return data.decode(bom), Encoding(bom, "certain", ("it begins with a byte order mark",))
        except UnicodeDecodeError:
            data = data.removeprefix(codecs.BOM_UTF8)
    if encoding is None and _is_utf8(data) and lookup(declared or "utf-8") == "utf-8":
        says = "all of its bytes are UTF-8" if not data.isascii() else "all of its text is ASCII"
        return data.decode(), Encoding("utf-8", "certain", (says,))
    claims = (("its header", declared),) if declared else ()
    judged = judge_encoding([Raw(run) for run in texts_in(data)], named=encoding, declared=claims)
    if judged.value is None and not judged.readings:
        raise SourceError(
            f"{staged.shown}: its text is in no encoding that fits; name it with --encoding, e.g. "
            "--encoding GB18030"
        )
    codec = judged.value or judged.readings[0][0]
    return data.decode(codec, errors="replace").removeprefix("\ufeff"), judged


def texts_in(data: bytes) -> list[bytes]:
    """Give the different runs of text that are not all ASCII, in their order."""
    return list(dict.fromkeys(run for run in _PARTS.split(data) if not run.isascii()))


def _bytes(staged: Staged) -> bytes:
    size, most = staged.path.stat().st_size, MAX_TEXT
    if staged.format.reader == "csv":
        most = MAX_TABLE
    if size > most:
        raise SourceError(
            f"{staged.shown}: has {size:,} bytes, and at most {most:,} of "
            f"{staged.format.title} are read; save it as a .gpkg"
        )
    return staged.path.read_bytes()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _prepare_json(staged: Staged, encoding: str | None) -> Prepared:
    text, judged = read_text(staged, encoding=encoding)
    plain, findings = mended(text)
    plain, rejected = without_bad_lines(plain, staged.path.suffix)
    if plain is not text or judged.value != "utf-8":
        staged.path.write_text(plain, encoding="utf-8", newline="")
    return Prepared(judged, findings=tuple(findings), rejected=tuple(rejected))


def _prepare_xml(staged: Staged, encoding: str | None) -> Prepared:
    head = staged.path.read_bytes()[:400] if staged.path.stat().st_size < MAX_TEXT else b""
    match = _XML_ENCODING.search(head.removeprefix(codecs.BOM_UTF8).lstrip())
    declared = match[1].decode("ascii") if match else ""
    text, judged = read_text(staged, encoding=encoding, declared=declared)
    require_plain_xml(text, staged.shown)
    if judged.value != "utf-8" or (declared and lookup(declared) != "utf-8"):
        body = _XML_DECLARATION.sub("", text, count=1)
        text = f'<?xml version="1.0" encoding="UTF-8"?>{body}'
        staged.path.write_text(text, encoding="utf-8", newline="")
    names: dict[str, str] = {}
    if staged.path.suffix == ".kml":
        staged.path.write_text(named_plainly(text, names), encoding="utf-8", newline="")
    schema = staged.path.with_suffix(".xsd")
    if schema.is_file():
        schema_text = schema.read_text(encoding="utf-8", errors="replace")
        require_plain_xml(schema_text, staged.shown)
    return Prepared(judged, names=names)


def _prepare_dxf(staged: Staged, encoding: str | None) -> Prepared:
    """Put a DXF's text in UTF-8: GDAL believes its code page, which is often another."""
    data = _bytes(staged)
    if data.startswith(b"AutoCAD Binary DXF"):
        return Prepared()
    match = _CODE_PAGE.search(data[:_DXF_HEAD])
    declared = (("its $DWGCODEPAGE", match[1].decode("latin-1")),) if match else ()
    judged = judge_encoding([Raw(run) for run in texts_in(data)], named=encoding, declared=declared)
    codec = judged.value or (judged.readings[0][0] if judged.readings else "utf-8")
    if codec != "utf-8":
        staged.path.write_text(data.decode(codec, errors="replace"), encoding="utf-8", newline="")
    return Prepared(judged, env={"DXF_ENCODING": "UTF-8"})


def _prepare_mapinfo(staged: Staged, encoding: str | None) -> Prepared:
    """Make the copy declare the encoding that its text is in."""
    data = _bytes(staged)
    match = _CHARSET.search(data)
    charset = match[1].decode("ascii") if match else ""
    says = (("its charset", _CHARSETS.get(charset.lower(), "")),)
    side = staged.path.with_suffix(".mid")
    texts = [*texts_in(data), *(texts_in(side.read_bytes()) if side.is_file() else [])]
    if staged.path.suffix == ".tab" and encoding is None and says[0][1]:
        claimed = Encoding(says[0][1], "likely", (f"its charset is {charset}",))
        return Prepared(claimed)
    if staged.path.suffix == ".tab" and not texts:
        named = lookup(encoding) if encoding else None
        return _rewritten(staged, data, named) if named else Prepared(declared=says)
    judged = judge_encoding([Raw(run) for run in texts], named=encoding, declared=says)
    codec = judged.value or (judged.readings[0][0] if judged.readings else None)
    if staged.path.suffix == ".mif" and codec and match:
        for part in (staged.path, side):
            if part.is_file():
                _recode(part, codec)
        return Prepared(judged, env=_rewritten(staged, staged.path.read_bytes(), "utf-8").env)
    return Prepared(judged, env=_rewritten(staged, data, codec).env)


def _recode(path: Path, codec: str) -> None:
    text = path.read_bytes().decode(codec, errors="replace")
    path.write_text(text, encoding="utf-8", newline="")


def _rewritten(staged: Staged, data: bytes, codec: str | None) -> Prepared:
    """Have the copy declare an encoding."""
    match = _CHARSET.search(data)
    charset = _TO_CHARSET.get(codec or "", "")
    if match and charset:
        start, end = match.span(1)
        staged.path.write_bytes(data[:start] + charset.encode() + data[end:])
    return Prepared(Encoding(codec, "likely", ("as named",)) if codec else None)
