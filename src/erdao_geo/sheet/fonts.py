"""A font for a sheet: made of the very characters that are to be printed, so that none is missing.

Fonts are gone through, those known for Chinese first, until a character has a picture; a file with
several faces (TTC) gives its Simplified Chinese one. The pictures go into one small TrueType font,
whatever they came from: a PDF embeds it, and gives its text back. Where a character is nowhere,
nothing is printed: never a box.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import matplotlib as mpl
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, TTLibError
from matplotlib import font_manager

from erdao_geo.errors import SheetError

MM = 25.4 / 72
"""Of a typographic point."""
_EM = 1000
_BEGINNINGS = (b"\0\1\0\0", b"OTTO", b"true", b"ttcf")
_EPOCH = 2_082_844_800
"""1970, in a font's seconds: every font is of the same age."""
_LP = " lp"
"""Matplotlib sets lines by the height of l and p."""
_PREFERRED = (
    "notosanscjk",
    "notosanssc",
    "sourcehansans",
    "msyh",
    "pingfang",
    "hiragino sans gb",
    "wqy",
    "deng",
    "simhei",
    "notoserifcjk",
    "sourcehanserif",
    "simsun",
    "droidsansfallback",
    "dejavusans",
)
"""How the names of fonts begin that read well on a map, the best first."""
_ODD = ("light", "thin", "black", "medium", "italic", "oblique", "mono", "demi", "condensed")
HELP = (
    "install a font (Debian: apt install fonts-noto-cjk; Windows has Microsoft YaHei, 微软雅黑) "
    "or name a font file with --font"
)


class Fonts:
    """The fonts that a sheet's characters are taken from, opened as they are needed.

    Parameters
    ----------
    files
        The font files, in any order.
    first
        One to prefer to all.
    bold
        Whether bold ones are preferred.

    Raises
    ------
    SheetError
        If `first` is no font.
    """

    def __init__(
        self, files: Collection[Path], *, first: Path | None = None, bold: bool = False
    ) -> None:
        ranked = sorted(set(files) - {first}, key=lambda file: _rank(file, bold=bold))
        self._left = iter(ranked)
        self._faces = [_Face(_named(first))] if first else []
        self._found: dict[str, _Face | None] = {}
        self._advances: dict[str, float] = {}

    def width(self, text: str, size: float) -> float:
        """Give the width in mm of a text set in `size` points; an unknown character is square."""
        return sum(map(self._advance, text)) * size * MM

    def missing(self, characters: Iterable[str]) -> list[str]:
        """List the characters that no font has."""
        return sorted(character for character in characters if self._face(character) is None)

    def write(self, characters: Iterable[str], path: Path) -> None:
        """Write a font of these characters, and no others; the same bytes for the same fonts."""
        names = {character: f"u{ord(character):05X}" for character in sorted({*characters, *_LP})}
        drawn = {
            name: face.picture(character)
            for character, name in names.items()
            if (face := self._face(character)) is not None
        }
        builder = FontBuilder(_EM, isTTF=True)
        builder.setupGlyphOrder([".notdef", *drawn])
        cmap = {ord(character): name for character, name in names.items() if name in drawn}
        builder.setupCharacterMap(cmap)
        glyphs = {name: glyph for name, (glyph, _) in drawn.items()}
        builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), **glyphs})
        lefts = {name: getattr(glyph, "xMin", 0) for name, (glyph, _) in drawn.items()}
        widths = {name: (width, lefts[name]) for name, (_, width) in drawn.items()}
        builder.setupHorizontalMetrics({".notdef": (_EM, 0), **widths})
        builder.setupHorizontalHeader(ascent=880, descent=-120)
        builder.setupNameTable({"familyName": "Sheet", "styleName": "Regular", "psName": "Sheet"})
        builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
        builder.setupPost()
        builder.updateHead(created=_EPOCH, modified=_EPOCH)
        builder.save(path)

    def close(self) -> None:
        """Close the files."""
        for face in self._faces:
            face.font.close()

    def _advance(self, character: str) -> float:
        """Give a character's width in em."""
        if character not in self._advances:
            face = self._face(character)
            self._advances[character] = face.advance(character) if face else 1.0
        return self._advances[character]

    def _face(self, character: str) -> _Face | None:
        if character not in self._found:
            self._found[character] = self._look_for(character)
        return self._found[character]

    def _look_for(self, character: str) -> _Face | None:
        for face in self._faces:
            if face.has(character):
                return face
        for file in self._left:
            found = _face_of(file)
            if found is not None:
                self._faces.append(found)
                if found.has(character):
                    return found
        return None


class _Face:
    """One face of a font file, in an em of 1."""

    def __init__(self, font: TTFont) -> None:
        self.font = font
        self._names: dict[int, str] = font.getBestCmap() or {}
        self._units: int = font["head"].unitsPerEm

    @cached_property
    def _glyphs(self) -> Any:
        return self.font.getGlyphSet()

    def has(self, character: str) -> bool:
        return ord(character) in self._names

    def advance(self, character: str) -> float:
        width, _ = self.font["hmtx"][self._names[ord(character)]]
        return float(round(width * _EM / self._units) / _EM)

    def picture(self, character: str) -> tuple[Any, int]:
        """Draw a character in TrueType outlines, in an em of 1000, with its width."""
        name, scale = self._names[ord(character)], _EM / self._units
        recorded, pen = DecomposingRecordingPen(self._glyphs), TTGlyphPen(None)
        self._glyphs[name].draw(recorded)
        is_reversed = "glyf" not in self.font  # PostScript draws the other way round
        quadratic = Cu2QuPen(pen, max_err=0.6, reverse_direction=is_reversed)
        recorded.replay(TransformPen(quadratic, (scale, 0, 0, scale, 0, 0)))
        return pen.glyph(), round(self.advance(character) * _EM)


def installed_fonts() -> list[Path]:
    """List the font files of this machine, and those that come with Matplotlib."""
    own = Path(mpl.get_data_path()) / "fonts" / "ttf"
    found = {*map(Path, font_manager.findSystemFonts()), *own.glob("*.ttf")}
    return sorted(file for file in found if not _has_boxes_only(file))


def _has_boxes_only(file: Path) -> bool:
    """Tell the fonts that have a box, or nothing, for every character there is."""
    return file.stem.lower().replace("-", "").startswith(("lastresort", "adobeblank"))


def _rank(file: Path, *, bold: bool) -> tuple[int, bool, bool, str]:
    name = file.stem.lower().replace("-", "").replace("_", "")
    known = (at for at, begin in enumerate(_PREFERRED) if name.startswith(begin))
    is_bold = "bold" in name or name in ("msyhbd", "dengb")
    is_odd = any(odd in name for odd in _ODD)
    return next(known, len(_PREFERRED)), is_odd, is_bold != bold, str(file)


def _named(file: Path) -> TTFont:
    try:
        return _opened(file)
    except (OSError, TTLibError) as error:
        raise SheetError(f"{file}: cannot be read as a font: {error}; name another") from error


def _face_of(file: Path) -> _Face | None:
    """Open one of the machine's fonts; None where it is damaged or has no outlines."""
    with suppress(Exception):  # whatever a damaged file of somebody else's makes fontTools raise
        return _Face(_opened(file))
    return None


def _opened(file: Path) -> TTFont:
    font = TTFont(file, fontNumber=_simplified(file), lazy=True)
    if not any(table in font for table in ("glyf", "CFF ", "CFF2")):
        font.close()
        raise TTLibError("it has no outlines")
    return font


def _simplified(file: Path) -> int:
    """Give the number of the Simplified Chinese face of a collection; 0 where there is none."""
    with file.open("rb") as stream:
        begin = stream.read(4)
    if begin not in _BEGINNINGS:
        raise TTLibError("it is no TrueType or OpenType file")
    if begin != b"ttcf":
        return 0
    with TTCollection(file, lazy=True) as collection:
        names = [str(font["name"].getDebugName(1) or "") for font in collection.fonts]
    return next((at for at, name in enumerate(names) if name.endswith((" SC", " CN"))), 0)
