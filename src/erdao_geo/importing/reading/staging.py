"""A private copy of a foreign file, so that nothing is ever written beside the source.

GDAL writes sidecars (.gfs, .aux, a restored .shx) next to what it opens, follows odd file names
(`!`, `/vsi...`, `http:`) to other places, and is picky about letter case. So it only ever sees a
folder of ours, with one file named `source` and the sidecars that belong to it. A name is taken
for nothing but a name: of a regular file, or of a folder, that exists and is no link.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from erdao_geo.errors import SourceError
from erdao_geo.importing.reading.archive import opened
from erdao_geo.importing.reading.formats import (
    ARCHIVES,
    GEODATABASE,
    HEAD,
    SHAPEFILE,
    Format,
    format_of,
    require_format,
    unknown,
)
from erdao_geo.importing.reading.limits import MAX_FILES
from erdao_geo.importing.reading.private import (
    GDB_FILE,
    NAME,
    Staged,
    copy,
    require_few,
    require_size,
    subfolder,
)
from erdao_geo.importing.reading.unpacking import stage_archive


def stage(path: Path, folder: Path) -> list[Staged]:
    """Copy what is named into `folder`, with its sidecars, or unpack what an archive holds.

    Parameters
    ----------
    path
        A file; a folder that holds shapefiles; a `.gdb` folder; a .zip.
    folder
        An empty folder, of which each copy gets a folder of its own.

    Returns
    -------
    list of Staged
        One, or as many as there are shapefiles in the folder or the .zip, by name.

    Raises
    ------
    SourceError
        If it is missing, a link, no regular file, of no known format, too large, unsafe to
        unpack, empty, encrypted, or something else than its name says.
    """
    try:
        is_folder = _require_real(path)
        if is_folder:
            return _stage_folder(path, folder)
        if path.suffix.lower() in ARCHIVES:
            return stage_archive(path, folder)
        format_ = format_of(path)
        if format_ is None or format_.kind == "folder":
            raise unknown(path)
        return [_stage_file(path, subfolder(folder, 0), format_)]
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror or error}); see that it is there and yours"
        ) from error
    except ValueError as error:  # a NUL in a name
        raise SourceError(f"{path!r}: is no name of a file ({error})") from error


def file_sha256(path: Path) -> str:
    """Give the SHA-256 of a file; with sidecars or in a folder, of the list of their SHA-256.

    Raises
    ------
    SourceError
        If a part cannot be read.
    """
    _require_real(path)
    try:
        parts = _parts(path)
        sums = {part.suffix.lower(): _sha256(part) for part in parts}
        if path.is_dir():
            sums = {part.name: _sha256(part) for part in parts}
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror or error})") from error
    if len(parts) == 1 and not path.is_dir():
        return next(iter(sums.values()))
    listing = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    return hashlib.sha256(listing.encode()).hexdigest()


def sidecar(path: Path, extension: str) -> Path | None:
    """Find the file beside `path` that shares its stem, in any letter case.

    Raises
    ------
    SourceError
        If several could be meant, or it is a link.
    """
    wanted = f"{path.stem}{extension}".lower()
    found = [Path(entry.path) for entry in os.scandir(path.parent) if entry.name.lower() == wanted]
    exact = [other for other in found if other.stem == path.stem] or found
    if len(exact) > 1:
        names = ", ".join(sorted(other.name for other in exact))
        raise SourceError(f"{path}: which of {names} belongs to it? keep one of them")
    if exact and not exact[0].is_symlink() and exact[0].is_file():
        return exact[0]
    if exact:
        raise SourceError(f"{exact[0]}: is a link or no file; put the file itself in its place")
    return None


def _require_real(path: Path) -> bool:
    """Hold a name to a file or a folder; tell whether it is a folder."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceError(
            f"{path}: there is no such file; name one that is on this disk"
        ) from error
    if stat.S_ISLNK(mode):
        raise SourceError(f"{path}: is a link to '{path.readlink()}'; name the file itself")
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise SourceError(f"{path}: is no regular file (a device or a pipe); name a file")
    return stat.S_ISDIR(mode)


def _stage_file(path: Path, folder: Path, format_: Format) -> Staged:
    staged = folder / f"{NAME}{path.suffix.lower()}"
    take = _lend if format_.reader == "shapefile" else copy
    take(path, staged)
    require_format(format_, staged, path)
    for extension in format_.sidecars:
        beside = sidecar(path, extension)
        if beside:
            take(beside, folder / f"{NAME}{extension}")
    if path.suffix.lower() == ".xlsx":
        _require_safe_workbook(staged, path)
    return Staged(staged, path, format_)


def _require_safe_workbook(staged: Path, shown: Path) -> None:
    """Hold an .xlsx to the limits of any .zip, and its XML to having no DOCTYPE."""
    with opened(staged, shown=shown) as archive:
        for name, entry in archive.entries.items():
            with archive.opened.open(entry) as file:
                head = file.read(HEAD).replace(b"\0", b"").upper()  # as well in UTF-16
            if b"<!DOCTYPE" in head and name.suffix.lower() in (".xml", ".rels"):
                raise SourceError(
                    f"{shown}: {str(name)!r} in it declares a document type, which is never read; "
                    "save it anew in a spreadsheet program"
                )


def _lend(path: Path, target: Path) -> None:
    """Let a file be read where it is, by our own reader, which writes nothing beside it."""
    require_size(path, path.stat().st_size)
    try:
        target.symlink_to(path.absolute())
    except OSError:  # Windows, without the right to make links
        copy(path, target)


def _stage_folder(path: Path, folder: Path) -> list[Staged]:
    files = _files(path)
    if path.suffix.lower() == ".gdb":
        target = subfolder(folder, 0) / f"{NAME}.gdb"
        target.mkdir()
        for file in files:
            if GDB_FILE.fullmatch(file.name):
                copy(file, target / file.name)
        _require_geodatabase(target, path)
        return [Staged(target, path, GEODATABASE)]
    shapes = [file for file in files if file.suffix.lower() == ".shp"]
    if not shapes:
        raise SourceError(
            f"{path}: is a folder without a .shp; name one file in it, or a folder of shapefiles"
        )
    require_few(path, shapes)
    return [_stage_file(s, subfolder(folder, n), SHAPEFILE) for n, s in enumerate(shapes)]


def _files(path: Path) -> list[Path]:
    with os.scandir(path) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    if len(entries) > MAX_FILES:
        raise SourceError(
            f"{path}: holds {len(entries):,} files, and at most {MAX_FILES:,} are looked at; name "
            "the one file"
        )
    links = [entry.name for entry in entries if entry.is_symlink()]
    if links:
        raise SourceError(f"{path}: holds a link ({links[0]!r}); put the file itself in its place")
    return [Path(entry.path) for entry in entries if entry.is_file()]


def _require_geodatabase(target: Path, shown: Path) -> None:
    if not any(file.suffix == ".gdbtable" for file in target.iterdir()):
        raise SourceError(f"{shown}: is no File Geodatabase (no .gdbtable in it); send it whole")


def _parts(path: Path) -> list[Path]:
    if path.is_dir():
        return _files(path)
    format_ = format_of(path)
    beside = [sidecar(path, extension) for extension in (format_.sidecars if format_ else ())]
    return [path, *(part for part in beside if part)]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
