"""The one shapefile in a .zip, unpacked under names of our own and within limits.

An entry's name never reaches the disk, so it cannot lead out of the folder; an archive that tries
(absolute names, `..`, links) is refused whole, as is one too large for what it claims to be.
"""

from __future__ import annotations

import lzma
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from erdao_geo.errors import SourceError

MAX_ENTRIES = 1_000
MAX_SIZE = 4 * 2**30
"""Bytes: a .shp or .dbf cannot be larger than 4 GB anyway."""
MAX_RATIO = 100
"""Unpacked to packed size, where the archive is larger than `RATIO_FROM`: coordinates and names
pack to a tenth at best, bombs to a thousandth."""
RATIO_FROM = 100 * 2**20

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


def unpack(path: Path, target: Path, *, extensions: tuple[str, ...]) -> Path:
    """Unpack the shapefile that an archive holds.

    Parameters
    ----------
    path
        The .zip; the shapefile may stand in a sub-folder, its names be in GBK or UTF-8.
    target
        Where to put it: this name with each part's extension.
    extensions
        The parts to unpack.

    Returns
    -------
    Path
        The .shp.

    Raises
    ------
    SourceError
        If it is no .zip, is unsafe or damaged, or holds no or several shapefiles.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _require_safe(path, archive.infolist())
            names = {entry: PurePosixPath(_name(entry)) for entry in entries}
            shape = _only_shapefile(path, names.values())
            for entry, name in names.items():
                if _belongs(name, shape) and name.suffix.lower() in extensions:
                    _extract(archive, entry, target.with_suffix(name.suffix.lower()))
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError) as error:
        raise SourceError(f"{path}: is no .zip that can be unpacked: {error}") from error
    return target.with_suffix(".shp")


def _require_safe(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise SourceError(f"{path}: holds {len(entries)} entries; at most {MAX_ENTRIES} are read")
    size = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if size > MAX_SIZE or (size > RATIO_FROM and size > MAX_RATIO * packed):
        raise SourceError(
            f"{path}: would unpack to {size:,} bytes ({size // packed} times its size), which is "
            "not done; unpack it yourself if you trust it, and import the .shp"
        )
    for entry in entries:
        reason = _danger(entry)
        if reason:
            raise SourceError(f"{path}: entry {_name(entry)!r} {reason}; nothing was unpacked")


def _danger(entry: zipfile.ZipInfo) -> str:
    name = _name(entry).replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name:
        return "leads out of the archive"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted; unpack it with its password first"
    return ""


def _name(entry: zipfile.ZipInfo) -> str:
    """Give an entry's name; without the UTF-8 mark, Chinese tools write either encoding."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    raw = entry.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _only_shapefile(path: Path, names: Iterable[PurePosixPath]) -> PurePosixPath:
    shapes = [n for n in names if n.suffix.lower() == ".shp" and not _is_clutter(n)]
    if not shapes:
        raise SourceError(f"{path}: holds no .shp; unpack it and import the file inside")
    if len(shapes) > 1:
        there = ", ".join(str(name) for name in shapes)
        raise SourceError(f"{path}: holds several shapefiles; unpack it and import one of: {there}")
    return shapes[0]


def _is_clutter(name: PurePosixPath) -> bool:
    """Tell the shadow files that macOS packs beside the real ones."""
    return "__MACOSX" in name.parts or name.name.startswith("._")


def _belongs(name: PurePosixPath, shape: PurePosixPath) -> bool:
    return name.parent == shape.parent and name.stem.lower() == shape.stem.lower()


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Write an entry; zipfile reads no more than the size it declared, and checks its CRC."""
    with archive.open(entry) as packed, target.open("xb") as file:
        shutil.copyfileobj(packed, file)
