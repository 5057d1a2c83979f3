"""Take the pictures of a district out of an archive of tiles, into a folder that a page can show.

A browser cannot read an archive from a page that was opened by double click, but it can show
pictures. Those of the district and its surroundings are taken, no more.
"""

from __future__ import annotations

import hashlib
import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from erdao_geo.errors import StorageError
from erdao_geo.page.archive import opened

MOST_TILES = 50_000
"""Files that a base map may become."""

Box = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""

_BEGINNINGS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"RIFF": "webp"}
_MERCATOR_MAX = 85.05  # degrees of latitude
_DEEPEST = 22


@dataclass(frozen=True, slots=True)
class Wanted:
    """The tiles of an archive that a map wants."""

    path: Path
    box: Box
    zooms: tuple[int, int]
    extension: str
    attribution: str
    folder: str
    """Its folder's name: another archive, or another part of it, has another one."""

    def unpack(self, place: Path) -> None:
        """Put the tiles into their folder in `place`, unless they are there already.

        Raises
        ------
        StorageError
            If the archive cannot be read, or the tiles cannot be written.
        """
        final, temporary = place / self.folder, place / f".{self.folder}.tmp"
        if final.is_dir():
            return
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            self._write(temporary)
            temporary.rename(final)
        except OSError as error:
            shutil.rmtree(temporary, ignore_errors=True)
            raise StorageError(f"{final}: cannot be written: {error.strerror or error}") from error

    def _write(self, folder: Path) -> None:
        with opened(self.path) as archive:
            for z, x, y in _tiles(self.box, self.zooms):
                tile = archive.get(z, x, y)
                if tile and picture_kind(tile):
                    column = folder / str(z) / str(x)
                    column.mkdir(parents=True, exist_ok=True)
                    (column / f"{y}.{self.extension}").write_bytes(tile)


def wanted_of(
    path: Path, box: Box, *, min_zoom: int | None = None, max_zoom: int | None = None
) -> Wanted:
    """Say what of an archive a map of a district wants: its box, and half as much on each side.

    Parameters
    ----------
    path
        An `.mbtiles` or `.pmtiles` file of pictures (PNG, JPEG or WebP).
    box
        The district's.
    min_zoom, max_zoom
        By default the archive's own.

    Raises
    ------
    StorageError
        If there is no such archive, it is damaged, holds no pictures there, or too many tiles.
    """
    wide = _widened(box)
    with opened(path) as archive:
        low, high = archive.zooms
        zooms = max(low, min_zoom or 0), min(high, _DEEPEST if max_zoom is None else max_zoom)
        tiles = list(islice(_tiles(wide, zooms), MOST_TILES + 1))
        if len(tiles) > MOST_TILES:
            raise StorageError(
                f"{path}: over {MOST_TILES:,} tiles lie around the district up to zoom {zooms[1]}; "
                "lower base.max_zoom"
            )
        found = (archive.get(*tile) for tile in tiles)
        kind = next((kind for tile in found if tile and (kind := picture_kind(tile))), None)
    if kind is None:
        raise StorageError(
            f"{path}: has no picture (PNG, JPEG, WebP) around the district at zooms {zooms[0]} to "
            f"{zooms[1]}; tiles of vectors must be drawn to pictures first"
        )
    return Wanted(path, wide, zooms, kind, archive.attribution, _folder(path, wide, zooms))


def picture_kind(tile: bytes) -> str | None:
    """Tell what a tile is by how it begins; None where it is no picture."""
    return next((kind for begin, kind in _BEGINNINGS.items() if tile.startswith(begin)), None)


def _folder(path: Path, box: Box, zooms: tuple[int, int]) -> str:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror or error}") from error
    digest.update(repr((box, zooms)).encode())
    return f"tiles-{digest.hexdigest()[:16]}"


def _widened(box: Box) -> Box:
    west, south, east, north = box
    wide, high = (east - west) / 2, (north - south) / 2
    return (
        max(west - wide, -180.0),
        max(south - high, -_MERCATOR_MAX),
        min(east + wide, 180.0),
        min(north + high, _MERCATOR_MAX),
    )


def _tiles(box: Box, zooms: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Walk the tiles that a box touches: zoom, column from the west, row from the north."""
    west, south, east, north = box
    for z in range(zooms[0], zooms[1] + 1):
        (left, top), (right, bottom) = _tile_at(west, north, z), _tile_at(east, south, z)
        for x in range(left, right + 1):
            for y in range(top, bottom + 1):
                yield z, x, y


def _tile_at(lon: float, lat: float, z: int) -> tuple[int, int]:
    count = 2**z
    x = (lon + 180) / 360 * count
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * count
    return min(max(int(x), 0), count - 1), min(max(int(y), 0), count - 1)
