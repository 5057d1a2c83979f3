"""What a .dbf says of itself: its fields, and how many records of it are there.

What the header claims is held against the file's size, so that no claim takes memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from erdao_geo.errors import SourceError

_HEADER = 32
_FIELDS_END = 0x0D


@dataclass(frozen=True, slots=True)
class Field:
    """A field as the header has it: its name in bytes, its kind, and where it stands."""

    name: bytes
    kind: str
    start: int
    width: int
    decimals: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a .dbf says of itself, and how many of its records are there."""

    fields: tuple[Field, ...]
    records: int
    claimed: int
    start: int
    length: int
    language: int


def read_header(path: Path, shown: Path) -> Header:
    """Read the header of a .dbf; raise if it is none."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEADER)
        if len(head) < _HEADER:
            raise SourceError(
                f"{shown}: its .dbf is cut off within its head; ask the sender for it anew"
            )
        claimed, start, length = struct.unpack_from("<IHH", head, 4)
        entries = file.read(max(start - _HEADER, 0))
    fields = tuple(_fields(entries, length))
    if start <= _HEADER or length == 0:
        raise SourceError(f"{shown}: its .dbf has no fields; ask the sender for it anew")
    whole = max(size - start, 0) // length
    return Header(fields, min(claimed, whole), claimed, start, length, head[29])


def _fields(entries: bytes, length: int) -> Iterator[Field]:
    """Read the fields; what stands after the last that fits a record is padding."""
    start = 1  # after the mark of deletion
    for at in range(0, len(entries) - 31, 32):
        entry = entries[at : at + 32]
        if entry[0] in (_FIELDS_END, 0):
            return
        name = entry[:11].split(b"\0")[0].strip()
        kind, width, decimals = chr(entry[11]).upper(), entry[16], entry[17]
        if kind == "C":
            width, decimals = width + 256 * decimals, 0  # as Clipper and FoxPro write long ones
            if start + width > length:
                width = entry[16]
        if start + width > length:
            return
        yield Field(name, kind, start, width, decimals)
        start += width
