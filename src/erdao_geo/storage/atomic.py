"""Files that are the old one or the new one, whatever happens in between.

The new text goes to a temporary file in the same folder, reaches the disk, and then takes the old
one's name in one step (POSIX rename(2); MoveFileEx on Windows). One writer at a time holds the
workspace's lock, so a temporary file left by a crash is simply removed by the next writer.

Where a file is a link, the file that it leads to is replaced, and the link stays; a new file has
the permissions of the old one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from erdao_geo.errors import StorageError

LOCK_NAME = ".erdao-geo.lock"
LOCK_TIMEOUT = 10.0
"""Seconds to wait for another writer."""


def write_text(path: Path, text: str, *, within: Path | None = None) -> None:
    """Write a UTF-8 file so that a crash at any moment leaves the old file or the new one.

    Parameters
    ----------
    path
        The file.
    text
        What it is to hold.
    within
        A folder that a link must not lead out of.

    Raises
    ------
    StorageError
        If it cannot be written (no permission, a full disk, a link that leads out of `within`);
        the old file is then untouched.
    """
    write_bytes(path, text.encode(), within=within)


def write_bytes(path: Path, content: bytes, *, within: Path | None = None) -> None:
    """Write bytes as `write_text` writes text."""
    temporary = fresh_temporary(path, within=within)
    try:
        temporary.parent.mkdir(exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error
    move(temporary, path)


def fresh_temporary(path: Path, *, within: Path | None = None) -> Path:
    """Give where a file's new bytes are to be written: in the folder of the file, not of a link.

    What a crash left there is removed.

    Raises
    ------
    StorageError
        If the file, or a folder that it is in, is a link that leads out of the folder `within`:
        whoever made such a workspace would have a file of his choice written over.
    """
    real = _real(path)
    if within is not None:
        require_inside(path, within)
    temporary = real.with_name(f".{real.name}.tmp")
    with suppress(OSError):
        temporary.unlink()
    return temporary


def require_inside(path: Path, root: Path) -> None:
    """Refuse to write where links lead out of a folder.

    Raises
    ------
    StorageError
        If the path is, or goes through, a link that leads out.
    """
    try:
        real, top = path.resolve(), root.resolve()
    except (OSError, RuntimeError) as error:
        raise StorageError(f"{path}: is a link that leads nowhere: {error}") from error
    if not real.is_relative_to(top):
        raise StorageError(
            f"{path}: is a link that leads out of the workspace, to {real}; nothing is written "
            "there: put the file or the folder itself in the link's place"
        )


def move(temporary: Path, path: Path) -> None:
    """Give a finished file its name, and the permissions of the file that had it, durably.

    Raises
    ------
    StorageError
        If that cannot be done; the old file is untouched, and the finished one gone.
    """
    try:
        real = _real(path)
        sync_file(temporary)
        with suppress(OSError):  # there was none, or its file system knows no permissions
            temporary.chmod(stat.S_IMODE(real.stat().st_mode))
        temporary.replace(real)
        sync_folder(real.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error


def _real(path: Path) -> Path:
    try:
        return path.resolve() if path.is_symlink() else path
    except (OSError, RuntimeError) as error:
        raise StorageError(f"{path}: is a link that leads nowhere: {error}") from error


def sync_file(path: Path) -> None:
    """Make what a file holds durable, whoever wrote it; an OSError passes through."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a new name itself durable, where folders can be opened at all (not on Windows)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the workspace's write lock. It cannot be taken twice, not even by one process.

    Raises
    ------
    StorageError
        If another process holds it for longer than `LOCK_TIMEOUT`, or it cannot be made.
    """
    lock = FileLock(root / LOCK_NAME, timeout=LOCK_TIMEOUT)
    try:
        lock.acquire()
    except Timeout as error:
        raise StorageError(
            f"{root}: another erdao-geo is writing here; try again when it has finished"
        ) from error
    except OSError as error:
        raise StorageError(f"{root}: cannot be written: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()
