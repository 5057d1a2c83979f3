"""A private copy of a foreign file, so that nothing is ever written beside the source.

GDAL writes sidecars (.gfs, .aux, a restored .shx) next to what it opens, follows odd file names
(`!`, `/vsi...`, `http:`) to other places, and is picky about letter case. So it only ever sees a
folder of ours, with one file named `source` and the sidecars that belong to it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from erdao_geo.errors import SourceError
from erdao_geo.importing.archive import unpack

SIDECARS = (".shx", ".dbf", ".prj", ".cpg")
"""What travels with a .shp; indexes (.sbn, .qix) are not needed to read it."""
FORMATS = (".shp", ".zip", ".geojson", ".json", ".gpkg", ".kml")
NAME = "source"

_ENCRYPTED = b"%TSD-Header-###%"


def stage(path: Path, folder: Path) -> Path:
    """Copy a file and its sidecars into `folder`, or unpack the shapefile that a .zip holds.

    Returns
    -------
    Path
        The copy: `source` with the format's extension in lower case, never .zip.

    Raises
    ------
    SourceError
        If `path` is no regular file of a known format, cannot be read, or is encrypted.
    """
    extension = path.suffix.lower()
    if not path.is_file():
        raise SourceError(f"{path}: there is no such file")
    if extension not in FORMATS:
        raise SourceError(_unknown_format(path, extension))
    try:
        if extension == ".zip":
            staged = unpack(path, folder / NAME, extensions=(".shp", *SIDECARS))
        else:
            staged = _copy(path, folder)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from error
    _refuse_encrypted(path, folder)
    return staged


def sidecar(path: Path, extension: str) -> Path | None:
    """Find the file beside `path` that shares its stem, in any letter case.

    Raises
    ------
    SourceError
        If several could be meant.
    """
    wanted = f"{path.stem}{extension}"
    found = [other for other in path.parent.iterdir() if other.name.lower() == wanted.lower()]
    exact = [other for other in found if other.stem == path.stem] or found
    if len(exact) > 1:
        names = ", ".join(sorted(other.name for other in exact))
        raise SourceError(f"{path}: which of {names} belongs to it? keep one of them")
    return exact[0] if exact and exact[0].is_file() else None


def _copy(path: Path, folder: Path) -> Path:
    staged = folder / f"{NAME}{path.suffix.lower()}"
    shutil.copyfile(path, staged)
    extensions = {".shp": SIDECARS, ".gpkg": (".gpkg-wal",)}.get(staged.suffix, ())
    for extension in extensions:
        beside = sidecar(path, extension)
        if beside:
            shutil.copyfile(beside, folder / f"{NAME}{extension}")
    return staged


def _unknown_format(path: Path, extension: str) -> str:
    if extension in SIDECARS:
        return f"{path}: is a part of a shapefile; name its .shp (without one nothing is located)"
    return f"{path}: is of no format that can be imported; there are: {', '.join(FORMATS)}"


def _refuse_encrypted(path: Path, folder: Path) -> None:
    for staged in folder.iterdir():
        with staged.open("rb") as file:
            if file.read(len(_ENCRYPTED)) == _ENCRYPTED:
                raise SourceError(
                    f"{path}: is encrypted by an office's document security (it begins "
                    f"{_ENCRYPTED.decode()}); ask the sender for a decrypted copy"
                )
