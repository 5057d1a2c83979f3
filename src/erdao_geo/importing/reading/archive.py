"""What a .zip holds, unpacked under names of our own and within limits.

An entry's name never reaches the disk, so it cannot lead out of the folder; an archive that tries
(absolute names, `..`, links) is refused whole, as is one too large for what it claims to be. An
archive in an archive is not opened.
"""

from __future__ import annotations

import lzma
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from erdao_geo.errors import SourceError
from erdao_geo.importing.reading.limits import MAX_SIZE

MAX_ENTRIES = 1_000
MAX_RATIO = 100
"""Unpacked to packed size, where the archive is larger than `RATIO_FROM`: coordinates and names
pack to a tenth at best, bombs to a thousandth."""
RATIO_FROM = 100 * 2**20

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_FAULTS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError)


@dataclass(frozen=True)
class Archive:
    """An open .zip whose entries were found to be safe."""

    path: Path
    entries: Mapping[PurePosixPath, zipfile.ZipInfo]
    """The files, by name in the archive's order; without what macOS adds."""
    opened: zipfile.ZipFile

    def extract(self, name: PurePosixPath, target: Path) -> None:
        """Write an entry; zipfile reads no more than the size it declared, and checks its CRC."""
        try:
            with self.opened.open(self.entries[name]) as packed, target.open("xb") as file:
                shutil.copyfileobj(packed, file)
        except FileExistsError as error:
            raise SourceError(
                f"{self.path}: holds several files that could be {name}; keep one of them"
            ) from error


@contextmanager
def opened(path: Path, *, shown: Path) -> Iterator[Archive]:
    """Open an archive, or refuse it before a byte is written.

    Parameters
    ----------
    path
        The private copy.
    shown
        The file as the user named it, for messages.

    Raises
    ------
    SourceError
        If it is no .zip, is unsafe or damaged; also for damage found while it is open.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            _require_safe(shown, infos)
            files = [info for info in infos if not info.is_dir()]
            names = {PurePosixPath(_name(info).replace("\\", "/")): info for info in files}
            kept = {name: info for name, info in names.items() if not _is_clutter(name)}
            yield Archive(shown, kept, archive)
    except _FAULTS as error:
        raise SourceError(
            f"{shown}: is no .zip that can be unpacked ({error}); ask the sender for it anew"
        ) from error


def _require_safe(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if not entries:
        raise SourceError(f"{path}: is a .zip without anything in it; ask the sender for it anew")
    if len(entries) > MAX_ENTRIES:
        raise SourceError(
            f"{path}: holds {len(entries):,} entries, and at most {MAX_ENTRIES:,} are looked at; "
            "unpack it yourself and import the file inside"
        )
    size = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if size > MAX_SIZE or (size > RATIO_FROM and size > MAX_RATIO * packed):
        raise SourceError(
            f"{path}: would unpack to {size:,} bytes ({size // packed} times its size), which is "
            "not done; unpack it yourself if you trust it, and import the file inside"
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
        return "is encrypted: unpack it with its password first"
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


def _is_clutter(name: PurePosixPath) -> bool:
    """Tell the shadow files that macOS packs beside the real ones."""
    return "__MACOSX" in name.parts or name.name.startswith("._")
