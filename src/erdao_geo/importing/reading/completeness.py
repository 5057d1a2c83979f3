"""Whether the parts of a CAD or MapInfo file are whole: GDAL reads a cut one without a word."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from erdao_geo.errors import SourceError
from erdao_geo.importing.reading.private import Staged

_BLOCK = 512
"""A .map is made of such blocks (MapInfo's, as MITAB documents them)."""
_DAT_HEADER = 32
_DELETED = ord("*")
_DXF_END = re.compile(rb"\n\s*0\s*\r?\n\s*EOF\s*\Z")
_SECTION_END = re.compile(rb"\n\s*0\s*\r?\n\s*ENDSEC\s*\Z")
_MIF_OBJECT = re.compile(
    rb"^[ \t]*(none|point|line|pline|region|arc|text|rect|roundrect|ellipse|multipoint"
    rb"|collection)\b",
    re.IGNORECASE | re.MULTILINE,
)
_MIF_DATA = re.compile(rb"^[ \t]*data[ \t\r]*$", re.IGNORECASE | re.MULTILINE)


def require_whole(staged: Staged) -> int | None:
    """Hold a DXF, TAB or MIF to being whole, as far as it says how long it is.

    Returns
    -------
    int or None
        How many records must come out of it at least; None where it does not say.

    Raises
    ------
    SourceError
        If a part is cut short.
    """
    if staged.path.suffix == ".dxf":
        _require_dxf_end(staged)
    elif staged.path.suffix == ".tab":
        return _tab_records(staged)
    elif staged.path.suffix == ".mif":
        return _mif_records(staged)
    return None


def _require_dxf_end(staged: Staged) -> None:
    with staged.path.open("rb") as file:
        if file.read(18) == b"AutoCAD Binary DXF":
            return
        file.seek(max(0, staged.path.stat().st_size - _BLOCK))
        tail = file.read()
    if not _DXF_END.search(tail) and not _SECTION_END.search(tail):
        raise SourceError(
            f"{staged.shown}: is cut short (a DXF ends with EOF); ask the sender for it anew"
        )


def _tab_records(staged: Staged) -> int | None:
    map_, dat = staged.path.with_suffix(".map"), staged.path.with_suffix(".dat")
    if map_.is_file() and map_.stat().st_size % _BLOCK:
        raise _cut(staged, ".map")
    if not dat.is_file():
        return None
    data = dat.read_bytes()
    if len(data) < _DAT_HEADER:
        raise _cut(staged, ".dat")
    count, start, length = struct.unpack_from("<IHH", data, 4)
    if len(data) < start + count * length:
        raise _cut(staged, ".dat")
    return sum(data[start + n * length] != _DELETED for n in range(count)) if length else None


def _mif_records(staged: Staged) -> int | None:
    data = staged.path.read_bytes()
    begin = _MIF_DATA.search(data)
    if begin is None:
        raise SourceError(f"{staged.shown}: is cut short (it has no Data); ask for it anew")
    kinds = [match[1].lower() for match in _MIF_OBJECT.finditer(data, begin.end())]
    mid = staged.path.with_suffix(".mid")
    if b"collection" in kinds or not mid.is_file():
        return None  # the parts of a collection look like objects
    rows = _rows(mid)
    if rows != len(kinds):
        raise SourceError(
            f"{staged.shown}: has {len(kinds):,} objects, and its .mid {rows:,} rows; one is cut "
            "short, ask the sender for both anew"
        )
    return rows


def _rows(mid: Path) -> int:
    data = mid.read_bytes().rstrip(b"\r\n\x1a")
    return data.count(b"\n") + 1 if data else 0


def _cut(staged: Staged, part: str) -> SourceError:
    return SourceError(f"{staged.shown}: its {part} is cut short; ask the sender for it anew")
