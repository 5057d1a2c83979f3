"""Bytes kept by the SHA-256 of what they are: written once, verified whenever they are read."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa

from erdao_geo.errors import StorageError
from erdao_geo.storage.atomic import sync_file, sync_folder

_BLOCK = 1 << 20  # bytes held at a time
_PIECE = 4 << 20  # bytes compressed at a time: a Zstandard frame each


def put_file(folder: Path, path: Path) -> str:
    """Keep what a file holds, and give its SHA-256.

    What is kept already is not written again, but where it is no longer what it was.

    Raises
    ------
    StorageError
        If the file cannot be read or the store not be written; then nothing is kept.
    """
    temporary = folder / ".blob.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sha = _compress(path, temporary)
        kept = blob_path(folder, sha)
        if kept.is_file() and _holds(kept, temporary):
            temporary.unlink()
            return sha
        if not kept.parent.is_dir():
            kept.parent.mkdir()
            sync_folder(folder)
        sync_file(temporary)
        temporary.replace(kept)
        sync_folder(kept.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StorageError(
            f"{folder}: {path.name} cannot be kept there: {error.strerror or error}"
        ) from error
    return sha


def hash_file(path: Path) -> str:
    """Give the SHA-256 of what a file holds.

    Raises
    ------
    StorageError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_file(path: Path) -> bytes:
    """Give what a file holds.

    Raises
    ------
    StorageError
        If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_blob(folder: Path, sha: str) -> bytes:
    """Give what is kept under a SHA-256.

    Raises
    ------
    StorageError
        If it is missing, or is not what it was.
    """
    return b"".join(blocks(folder, sha))


def copy_blob(folder: Path, sha: str, path: Path) -> None:
    """Write what is kept under a SHA-256 to a new file, durably.

    Raises
    ------
    StorageError
        If it is missing or is not what it was, or the file cannot be written; then there is none.
    """
    try:
        with path.open("wb") as file:
            for block in blocks(folder, sha):
                file.write(block)
        sync_file(path)
    except OSError as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error
    except StorageError:
        path.unlink(missing_ok=True)
        raise


def blocks(folder: Path, sha: str) -> Iterator[bytes]:
    """Give what is kept under a SHA-256 in blocks; only after the last one is it verified.

    Raises
    ------
    StorageError
        If it is missing, or is not what it was.
    """
    path = blob_path(folder, sha)
    digest = hashlib.sha256()
    with _damage_told(path), path.open("rb") as file:
        with pa.CompressedInputStream(file, "zstd") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
                yield block
        if digest.hexdigest() != sha:
            raise StorageError(f"{path}: is damaged: its bytes are not those it is named by")


def damage(folder: Path, sha: str) -> str | None:
    """Read what is kept to its end, and say what is wrong with it: `missing` or `damaged`."""
    if not blob_path(folder, sha).is_file():
        return "missing"
    try:
        for _ in blocks(folder, sha):
            pass
    except StorageError:
        return "damaged"
    return None


def blob_path(folder: Path, sha: str) -> Path:
    """Give where the bytes of a SHA-256 are kept.

    `parse` has seen to it that a revision names nothing else, which might lead elsewhere.
    """
    return folder / sha[:2] / f"{sha}.zst"


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise StorageError(f"{path}: is missing") from error
    except (OSError, pa.ArrowException) as error:
        if getattr(error, "errno", None):
            raise StorageError(f"{path}: cannot be read: {error}") from error
        raise StorageError(f"{path}: is damaged: {str(error).splitlines()[0]}") from error


def _holds(kept: Path, other: Path) -> bool:
    """Tell whether a blob is byte for byte another; what is damaged is not."""
    return kept.stat().st_size == other.stat().st_size and hash_file(kept) == hash_file(other)


def _compress(path: Path, temporary: Path) -> str:
    """Compress a file piece by piece, in a thread for each core, and hash it beside."""
    digest, threads = hashlib.sha256(), os.cpu_count() or 1
    with (
        path.open("rb") as file,
        temporary.open("wb") as kept,
        ThreadPoolExecutor(threads) as beside,
    ):
        pending = deque([beside.submit(_compressed, b"")])  # so that there is a frame at least
        while piece := file.read(_PIECE):
            pending.append(beside.submit(_compressed, piece))
            digest.update(piece)
            if len(pending) > threads:
                kept.write(pending.popleft().result())
        for compressed in pending:
            kept.write(compressed.result())
    return digest.hexdigest()


def _compressed(piece: bytes) -> bytes:
    return bytes(pa.compress(piece, "zstd", asbytes=True))
