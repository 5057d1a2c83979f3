"""The chain of revisions on the disk: it is read, grows at its end, and mends what a crash left."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from erdao_geo.errors import StorageError
from erdao_geo.history.blobs import hash_file
from erdao_geo.history.revision import SEEN, Revision, parse, sha256
from erdao_geo.storage.atomic import sync_folder

_GIT = {
    ".gitignore": "pending/\n*.tmp\n",
    ".gitattributes": "* -text\n",
}


@dataclass(frozen=True)
class Head:
    """The last revision, as HEAD names it."""

    number: int
    sha256: str

    def to_bytes(self) -> bytes:
        """Give the bytes of HEAD."""
        return orjson.dumps({"revision": self.number, "sha256": self.sha256}) + b"\n"


@dataclass(frozen=True)
class Log:
    """Where the chain is: the workspace, and the store in it."""

    root: Path
    folder: Path

    @property
    def head(self) -> Path:
        """The file that names the last revision."""
        return self.folder / "HEAD"

    @property
    def pending_head(self) -> Path:
        """The HEAD that a change under way will leave."""
        return self.folder / "pending" / "HEAD"

    def revision(self, number: int) -> Path:
        """Where a revision is."""
        return self.folder / "revisions" / f"{number:06d}.json"

    def numbers(self) -> list[int]:
        """List the revisions that have a file, in order."""
        return _numbers(self.folder / "revisions")


def read_head(path: Path) -> Head | None:
    """Read HEAD, where there is one.

    Raises
    ------
    ValueError
        If it does not say what it must.
    """
    try:
        data = orjson.loads(path.read_bytes())
        return Head(int(data["revision"]), str(data["sha256"]))
    except FileNotFoundError:
        return None
    except (TypeError, KeyError) as error:
        raise ValueError(f"names no revision: {error}") from error


def newest_first(log: Log) -> Iterator[Revision]:
    """Give the revisions that can be trusted, and the pending one if its change has taken place.

    What is missing, damaged or tampered with is left out here, so that it hides no other; `verify`
    tells of it.
    """
    pending = pending_revision(log)
    numbers = log.numbers()
    vouched = _vouched(log)
    if pending and pending.number not in numbers and has_taken_place(log, pending):
        vouched[pending.number - 1] = pending.previous
        yield pending
    end = max(vouched, default=max(numbers, default=0))
    for number in (number for number in reversed(numbers) if number <= end):
        revision = read_revision(log.revision(number), vouched.get(number))
        if revision:
            vouched[number - 1] = revision.previous
            yield revision


def read_revision(path: Path, vouched: str | None) -> Revision | None:
    """Read a revision, if it can be read, and has the SHA-256 that is vouched for, if one is."""
    try:
        content = path.read_bytes()
        revision = parse(content)
    except (OSError, ValueError):
        return None
    is_itself = revision.number == int(path.stem) and vouched in (None, sha256(content))
    return revision if is_itself else None


def _vouched(log: Log) -> dict[int, str | None]:
    """Give the SHA-256 that HEAD, and the one that is to follow it, vouch for, by revision."""
    vouched: dict[int, str | None] = {}
    for path in (log.head, log.pending_head):
        with suppress(OSError, ValueError):
            if head := read_head(path):
                vouched[head.number] = head.sha256
    return vouched


def last(log: Log) -> Head | None:
    """Say which revision the next one follows: the one that HEAD names, else the last file's.

    A number that a file has is never given again, whatever HEAD says.

    Raises
    ------
    StorageError
        If the last revision cannot be read where HEAD is of no use.
    """
    numbers = log.numbers()
    try:
        head = read_head(log.head)
    except (OSError, ValueError):
        head = None
    if head or not numbers:
        return head and Head(max([head.number, *numbers]), head.sha256)
    with _failure_told(log):
        return Head(numbers[-1], sha256(log.revision(numbers[-1]).read_bytes()))


def pending_revision(log: Log) -> Revision | None:
    """Give the revision that is under way or was cut short, where there is one."""
    for number in _numbers(log.folder / "pending"):
        with suppress(FileNotFoundError, ValueError):  # just finished; or never begun
            return parse(_pending(log, number).read_bytes())
    return None


def has_taken_place(log: Log, pending: Revision) -> bool:
    """Tell whether a pending revision is a fact: what it records was found, or the file is new."""
    if pending.kind in SEEN:
        return True
    file = log.root / pending.file
    return file.is_file() and hash_file(file) == pending.after


def prepare(log: Log, revision: Revision) -> None:
    """Write a revision as pending: step (2) of a change.

    Raises
    ------
    StorageError
        If it cannot be written; then there is none.
    """
    content = revision.to_bytes()
    head = Head(revision.number, sha256(content)).to_bytes()
    try:
        with _failure_told(log):
            _make_folders(log)
            _write(_pending(log, revision.number), content)
            _write(log.pending_head, head)
            sync_folder(log.pending_head.parent)
    except StorageError:
        drop(log, revision)
        raise


def finish(log: Log, revision: Revision) -> None:
    """Put a pending revision and its HEAD in their places: steps (4) and (5) of a change.

    Raises
    ------
    StorageError
        If that fails; it stays pending, and the next writer will finish it.
    """
    with _failure_told(log):
        if not log.pending_head.exists():
            content = _pending(log, revision.number).read_bytes()
            _write(log.pending_head, Head(revision.number, sha256(content)).to_bytes())
        _pending(log, revision.number).replace(log.revision(revision.number))
        sync_folder(log.revision(revision.number).parent)
        _finish_head(log)


def drop(log: Log, revision: Revision) -> None:
    """Forget a pending revision whose change has not taken place."""
    with suppress(OSError):
        log.pending_head.unlink(missing_ok=True)
        _pending(log, revision.number).unlink(missing_ok=True)


def recover(log: Log) -> None:
    """Finish what a crash cut short, or drop it where the change has not taken place.

    Raises
    ------
    StorageError
        If the store cannot be written.
    """
    pending = pending_revision(log)
    if pending and log.revision(pending.number).exists():
        _drop_copy(log, pending)
    elif pending and has_taken_place(log, pending):
        finish(log, pending)
    elif pending:
        drop(log, pending)
    if log.pending_head.exists():
        with _failure_told(log):
            _finish_head(log)


def _drop_copy(log: Log, pending: Revision) -> None:
    """Forget a pending revision whose number stands: what stands is never written again.

    A power cut may leave both names of one file; then HEAD is still to be moved. Else somebody has
    put it here.
    """
    with _failure_told(log):
        copy, there = _pending(log, pending.number), log.revision(pending.number)
        if copy.read_bytes() != there.read_bytes():
            log.pending_head.unlink(missing_ok=True)
        copy.unlink()


def _finish_head(log: Log) -> None:
    log.pending_head.replace(log.head)
    sync_folder(log.folder)
    sync_folder(log.pending_head.parent)


def _pending(log: Log, number: int) -> Path:
    return log.folder / "pending" / f"{number:06d}.json"


def _numbers(folder: Path) -> list[int]:
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageError(f"{folder}: cannot be read: {error.strerror or error}") from error
    return sorted(int(name[:-5]) for name in names if re.fullmatch(r"[0-9]+\.json", name))


def _make_folders(log: Log) -> None:
    """Make the store, with what keeps git from storing its loose ends and changing its bytes."""
    for name in ("revisions", "pending"):
        (log.folder / name).mkdir(parents=True, exist_ok=True)
    for name, text in _GIT.items():
        if not (log.folder / name).exists():
            _write(log.folder / name, text.encode())
    sync_folder(log.folder)


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _failure_told(log: Log) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{log.folder}: cannot be used: {error.strerror or error}") from error
