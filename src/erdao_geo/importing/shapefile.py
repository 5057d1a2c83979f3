"""What a shapefile says of itself in its headers, and whether its parts are whole.

GDAL reads a cut file without a word: fewer records, or null geometries. So the sizes that the
headers claim are held against the files first (ESRI Shapefile Technical Description, 1998; dBASE
III header).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

from erdao_geo.errors import SourceError

_SHP_HEADER = 100
_SHP_MAGIC = 9994
_DBF_HEADER = 32
_DBF_FIELDS_END = 0x0D
_DELETED = ord("*")
_NUMERIC = b"NF"
_NUMBER = re.compile(rb"([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)?")
"""A number, or nothing: GDAL would read `1,25` as 1."""
_STARS = re.compile(rb"\*+")
"""Nothing as GDAL and ArcGIS write it; to dBASE, a number too long for its field."""


@dataclass(frozen=True)
class Table:
    """A .dbf's header: its language mark, its fields, and how many records are not deleted."""

    ldid: int
    widths: dict[bytes, int]
    """Bytes that each field's values may take."""
    records: int
    starred: int
    """Cells of number fields that hold asterisks, which are read as empty."""


@dataclass(frozen=True)
class _Field:
    """A field of a .dbf: its name, the letter of its type, and where it stands in a record."""

    name: bytes
    kind: int
    start: int
    width: int


def inspect(staged: Path, *, shown: Path) -> Table:
    """Check that a shapefile's parts are there and whole, and read its table's header.

    Parameters
    ----------
    staged
        The private copy.
    shown
        The file as the user named it, for messages.

    Raises
    ------
    SourceError
        If a part is missing or cut, or two fields share a name (GDAL would mix them up).
    """
    missing = [ext for ext in (".shx", ".dbf") if not staged.with_suffix(ext).is_file()]
    if missing:
        raise SourceError(
            f"{shown}: has no {' and no '.join(missing)} beside it; ask the sender for all parts "
            "of the shapefile (.shp, .shx, .dbf, .prj)"
        )
    table, records = _read_table(staged.with_suffix(".dbf"), shown)
    shapes = (_shape_size(staged.with_suffix(".shx"), shown) - _SHP_HEADER) // 8
    _shape_size(staged, shown)
    if shapes != records:
        raise SourceError(
            f"{shown}: its .shx counts {shapes} shapes and its .dbf {records} records; a part is "
            "damaged or of another file, ask the sender for all parts anew"
        )
    return table


def _shape_size(path: Path, shown: Path) -> int:
    """Give the size in bytes that a .shp or .shx claims, and has."""
    with path.open("rb") as file:
        header = file.read(_SHP_HEADER)
    if len(header) < _SHP_HEADER or struct.unpack_from(">i", header)[0] != _SHP_MAGIC:
        raise SourceError(f"{shown}: its {path.suffix} is no such file; ask the sender for it anew")
    size = 2 * int(struct.unpack_from(">i", header, 24)[0])
    _require_whole(path, size, shown)
    return size


def _read_table(path: Path, shown: Path) -> tuple[Table, int]:
    data = path.read_bytes()
    if len(data) <= _DBF_HEADER:
        raise SourceError(f"{shown}: its .dbf is no such file; ask the sender for it anew")
    count, start, length = struct.unpack_from("<IHH", data, 4)
    _require_whole(path, start + count * length, shown)
    fields = _fields(data[_DBF_HEADER:start])
    names = [field.name for field in fields]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError(
            f"{shown}: its .dbf has several fields named {twice[0].decode('gb18030', 'replace')!r};"
            " rename them, so that each can be told"
        )
    records = [data[i : i + length] for i in range(start, start + count * length, max(length, 1))]
    present = [record for record in records if record[0] != _DELETED]
    starred = _require_numbers(present, fields, shown)
    widths = {field.name: field.width for field in fields}
    return Table(data[29], widths, len(present), starred), count


def _fields(header: bytes) -> list[_Field]:
    entries = [header[i : i + 32] for i in range(0, len(header) - 31, 32)]
    end = next((i for i, e in enumerate(entries) if e[0] == _DBF_FIELDS_END), len(entries))
    fields, start = [], 1  # after the mark of deletion
    for entry in entries[:end]:
        fields.append(_Field(entry[:11].split(b"\0")[0].strip(), entry[11], start, entry[16]))
        start += entry[16]
    return fields


def _require_numbers(records: list[bytes], fields: list[_Field], shown: Path) -> int:
    """Refuse what is no number; count the cells that are asterisks."""
    starred = 0
    for field in (field for field in fields if field.kind in _NUMERIC):
        for number, record in enumerate(records):
            cell = record[field.start : field.start + field.width].strip(b" \0")
            if _STARS.fullmatch(cell):
                starred += 1
            elif _NUMBER.fullmatch(cell) is None:
                name = field.name.decode("gb18030", "replace")
                raise SourceError(
                    f"{shown}: record {number + 1} has {cell.decode('ascii', 'replace')!r} in the "
                    f"number field {name!r}; correct it, or save the field as text"
                )
    return starred


def _require_whole(path: Path, size: int, shown: Path) -> None:
    actual = path.stat().st_size
    if actual < size:
        raise SourceError(
            f"{shown}: its {path.suffix} is cut short ({actual:,} of {size:,} bytes); ask the "
            "sender for it anew"
        )
