"""Read archives of tiles: MBTiles (an SQLite file) and PMTiles."""

from __future__ import annotations

import gzip
import html
import json
import mmap
import re
import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pmtiles.tile import (
    Compression,
    Entry,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from erdao_geo.errors import StorageError

_HEADER = 127  # bytes
_DEPTH = 4  # of directories in a PMTiles archive, at most
_FAULTS = (
    MagicNumberNotFound,
    SpecVersionUnsupported,
    sqlite3.Error,
    struct.error,
    zlib.error,
    EOFError,
    LookupError,
    OSError,
    OverflowError,
    TypeError,
    ValueError,
)
"""What a damaged archive makes the libraries raise."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An open archive."""

    get: Callable[[int, int, int], bytes | None]
    """Give the tile of a zoom, a column from the west, a row from the north; None where none is."""
    zooms: tuple[int, int]
    attribution: str


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive of tiles of either kind.

    Raises
    ------
    StorageError
        If there is none, or it is damaged: also while its tiles are read.
    """
    if not path.is_file():
        raise StorageError(f"{path}: there is no such archive of tiles; mind base.file")
    try:
        with path.open("rb") as file:
            is_pmtiles = file.read(7) == b"PMTiles"
        with _pmtiles(path) if is_pmtiles else _mbtiles(path) as archive:
            yield archive
    except _FAULTS as error:
        raise StorageError(
            f"{path}: is no MBTiles or PMTiles archive, or a damaged one: {error!s:.100}"
        ) from error


@contextmanager
def _mbtiles(path: Path) -> Iterator[Archive]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        zooms = database.execute(
            "SELECT (SELECT min(zoom_level) FROM tiles), (SELECT max(zoom_level) FROM tiles)"
        ).fetchone()
        if not all(isinstance(zoom, int) for zoom in zooms):
            raise ValueError("it has no tiles")
        said = dict(database.execute("SELECT name, value FROM metadata"))

        def get(z: int, x: int, y: int) -> bytes | None:
            row = database.execute(
                "SELECT tile_data FROM tiles "
                "WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?",
                (z, x, 2**z - 1 - y),  # rows are counted from the south
            ).fetchone()
            return bytes(row[0]) if row and isinstance(row[0], bytes) else None

        yield Archive(get, zooms, _attribution(said))


@contextmanager
def _pmtiles(path: Path) -> Iterator[Archive]:
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        header = deserialize_header(content[:_HEADER])

        @lru_cache(maxsize=64)
        def directory(offset: int, length: int) -> list[Entry]:
            return deserialize_directory(content[offset : offset + length])

        def get(z: int, x: int, y: int) -> bytes | None:
            offset, length = header["root_offset"], header["root_length"]
            for _ in range(_DEPTH):
                entry = find_tile(directory(offset, length), zxy_to_tileid(z, x, y))
                if entry is None:
                    return None
                if entry.run_length:
                    start = header["tile_data_offset"] + entry.offset
                    return content[start : start + entry.length]
                offset = header["leaf_directory_offset"] + entry.offset
                length = entry.length
            raise ValueError("its directories lead nowhere")

        start, length = header["metadata_offset"], header["metadata_length"]
        said = content[start : start + length]
        if header["internal_compression"] == Compression.GZIP:
            said = gzip.decompress(said)
        yield Archive(get, (header["min_zoom"], header["max_zoom"]), _attribution(json.loads(said)))


def _attribution(said: Mapping[str, Any]) -> str:
    """Give an archive's attribution as text: the links that are usual in it fall away."""
    text = html.unescape(re.sub(r"<[^<>]*>", "", str(said.get("attribution") or "")))
    return " ".join(text.split())[:300]
