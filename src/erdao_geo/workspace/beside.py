"""The files beside a page, in `maps/<stem>/`: blocks of data and tiles, each named by its content.

What is new is put there first, then the page takes its place in one step, and only then what the
page does not use goes: a crash at any moment leaves a page with all its files.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from erdao_geo.storage import write_bytes

_OURS = re.compile(r"[0-9a-f]{16}\.js|\.[0-9a-f]{16}\.js\.tmp|\.?tiles-[0-9a-f]{16}(\.tmp)?")


def write_files(folder: Path, files: Mapping[str, bytes], *, within: Path | None = None) -> None:
    """Write the files that are not there yet; a name says what they hold.

    Nothing is written through a link that leads out of `within`.

    Raises
    ------
    StorageError
        If one cannot be written.
    """
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != len(content):
            write_bytes(path, content, within=within)


def sweep(folder: Path, keep: Collection[str]) -> None:
    """Remove what earlier pages left, never what somebody else put there.

    What cannot be removed stays: it harms nothing.
    """
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name in keep or not _OURS.fullmatch(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()
    with suppress(OSError):
        folder.rmdir()  # where it is empty now
