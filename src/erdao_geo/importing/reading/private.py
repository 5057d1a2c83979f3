"""A private folder of one copy: how a file comes into it, and what it is called there."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from erdao_geo.errors import SourceError
from erdao_geo.importing.reading.formats import Format
from erdao_geo.importing.reading.limits import MAX_LAYERS, MAX_SIZE

NAME = "source"
GDB_FILE = re.compile(r"[a-z0-9_]{1,40}(\.[a-z0-9_]{1,20}){0,2}", re.IGNORECASE)
"""All that ArcGIS and GDAL write in a geodatabase: `gdb`, `timestamps`, `a00000009.gdbtable`."""
_BLOCK = 2**20


@dataclass(frozen=True)
class Staged:
    """A private copy that can be read."""

    path: Path
    """`source` with the format's extension in lower case."""
    shown: Path
    """The file as the user named it, with the entry's name where it is in a .zip or a folder."""
    format: Format


def subfolder(folder: Path, number: int) -> Path:
    """Make the folder of one copy."""
    sub = folder / str(number)
    sub.mkdir()
    return sub


def require_size(path: Path, size: int) -> None:
    """Hold a file to the size that is read."""
    if size > MAX_SIZE:
        raise SourceError(
            f"{path}: has {size:,} bytes, and at most {MAX_SIZE:,} are read; split it"
        )


def copy(path: Path, target: Path) -> None:
    """Copy a regular file of a size that is read; a link is not followed."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as source:
        require_size(path, os.fstat(source.fileno()).st_size)
        with target.open("xb") as file:
            shutil.copyfileobj(source, file, _BLOCK)


def require_few(path: Path, layers: Iterable[object]) -> None:
    """Hold a folder or an archive to the number of shapefiles that are read."""
    count = sum(1 for _ in layers)
    if count > MAX_LAYERS:
        raise SourceError(
            f"{path}: holds {count:,} shapefiles, and at most {MAX_LAYERS:,} are read; name one"
        )
