"""Files that are the old one or the new one, whatever happens in between.

The new text goes to a temporary file in the same folder, reaches the disk, and then takes the old
one's name in one step (POSIX rename(2); MoveFileEx on Windows). One writer at a time holds the
workspace's lock, so a temporary file left by a crash is simply written over by the next writer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from erdao_geo.errors import StorageError

LOCK_NAME = ".erdao-geo.lock"
LOCK_TIMEOUT = 10.0
"""Seconds to wait for another writer."""


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file so that a crash at any moment leaves the old file or the new one.

    Raises
    ------
    StorageError
        If it cannot be written (no permission, a full disk); the old file is then untouched.
    """
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes as `write_text` writes text."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error


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
