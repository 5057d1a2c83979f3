"""Stage what an archive holds: shapefiles, a geodatabase, a GeoPackage, the document of a KMZ."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from erdao_geo.errors import SourceError
from erdao_geo.importing.reading.archive import Archive, opened
from erdao_geo.importing.reading.formats import (
    GEODATABASE,
    GPKG,
    KML,
    SHAPEFILE,
    Format,
    require_format,
)
from erdao_geo.importing.reading.private import (
    GDB_FILE,
    NAME,
    Staged,
    copy,
    require_few,
    subfolder,
)


def stage_archive(path: Path, folder: Path) -> list[Staged]:
    """Unpack what is named into folders of its own, each with its sidecars."""
    private = folder / "archive"
    copy(path, private)
    if not private.stat().st_size:
        raise SourceError(f"{path}: is empty (0 bytes); ask the sender for it anew")
    with opened(private, shown=path) as archive:
        return _unpack(archive, folder)


def _unpack(archive: Archive, folder: Path) -> list[Staged]:
    names = list(archive.entries)
    if archive.path.suffix.lower() == ".kmz":
        documents = [name for name in names if name.suffix.lower() == ".kml"]
        return _unpack_one(archive, documents[:1], KML, folder)
    shapes = sorted(name for name in names if name.suffix.lower() == ".shp")
    if shapes:
        require_few(archive.path, shapes)
        return [_unpack_shapefile(archive, n, s, folder) for n, s in enumerate(shapes)]
    tables = [name for name in names if name.suffix.lower() == ".gdbtable"]
    if tables:
        return [_unpack_geodatabase(archive, tables[0].parent, folder)]
    packages = [name for name in names if name.suffix.lower() == ".gpkg"]
    return _unpack_one(archive, packages, GPKG, folder)


def _unpack_one(
    archive: Archive, names: list[PurePosixPath], format_: Format, folder: Path
) -> list[Staged]:
    if len(names) != 1:
        found = f"several: {', '.join(map(str, names))}" if names else "no .shp, .gdb or .gpkg"
        raise SourceError(f"{archive.path}: holds {found}; unpack it and import the file inside")
    target = subfolder(folder, 0) / f"{NAME}{format_.extensions[0]}"
    archive.extract(names[0], target)
    shown = archive.path / names[0]
    require_format(format_, target, shown)
    return [Staged(target, shown, format_)]


def _unpack_shapefile(archive: Archive, number: int, shape: PurePosixPath, folder: Path) -> Staged:
    target = subfolder(folder, number) / NAME
    for name in archive.entries:
        extension = name.suffix.lower()
        belongs = name.parent == shape.parent and name.stem.lower() == shape.stem.lower()
        if belongs and extension in (".shp", *SHAPEFILE.sidecars):
            archive.extract(name, target.with_suffix(extension))
    staged, shown = target.with_suffix(".shp"), archive.path / shape
    require_format(SHAPEFILE, staged, shown)
    return Staged(staged, shown, SHAPEFILE)


def _unpack_geodatabase(archive: Archive, inside: PurePosixPath, folder: Path) -> Staged:
    target = subfolder(folder, 0) / f"{NAME}.gdb"
    target.mkdir()
    for name in archive.entries:
        if name.parent == inside and GDB_FILE.fullmatch(name.name):
            archive.extract(name, target / name.name)
    return Staged(target, archive.path / inside, GEODATABASE)
