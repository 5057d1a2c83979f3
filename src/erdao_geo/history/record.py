"""A change as it is recorded: what was found first, then the change; the steps stand in `history`.

All that is here expects the workspace's lock to be held.
"""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from erdao_geo.errors import StorageError
from erdao_geo.history import blobs, log
from erdao_geo.history.revision import Entry, Revision
from erdao_geo.storage.atomic import sync_file, sync_folder

_Mark = tuple[int, int, int] | None


@dataclass(frozen=True)
class Store:
    """Where a history is kept, and what gives it the time."""

    log: log.Log
    blobs: Path
    clock: Callable[[], dt.datetime]

    @property
    def root(self) -> Path:
        """The workspace."""
        return self.log.root


@dataclass(frozen=True)
class Standing:
    """A layer's file as it stands: the SHA-256, and a mark that shows whether it was touched."""

    path: Path
    sha256: str | None
    mark: _Mark


def look(path: Path) -> Standing:
    """Look at a layer's file; one that is not there has no SHA-256.

    Raises
    ------
    StorageError
        If it cannot be read.
    """
    mark = _mark(path)
    return Standing(path, blobs.hash_file(path) if mark else None, mark)


def unrecorded(store: Store, layer: str, standing: Standing) -> Revision | None:
    """Give the revision that would record a file as other programs left it, if one is needed."""
    current = standing.sha256
    own = next((r for r in log.newest_first(store.log) if r.layer == layer), None)
    if current is None or (own and own.after == current):
        return None
    if own is None:
        return next_revision(store, layer, standing.path, (None, current), Entry("baseline", ""))
    return next_revision(store, layer, standing.path, (own.after, current), Entry("outside", ""))


def record_found(store: Store, layer: str, standing: Standing) -> None:
    """Record a file as other programs left it, if its last revision is another.

    Raises
    ------
    StorageError
        If it is being changed, or the store cannot be written.
    """
    found = unrecorded(store, layer, standing)
    if found is None:
        return
    if blobs.put_file(store.blobs, standing.path) != found.after:
        raise _touched(standing)
    found = _with_rules(store, found)
    log.prepare(store.log, found)
    log.finish(store.log, found)


def record_change(
    store: Store, layer: str, standing: Standing, temporary: Path, entry: Entry
) -> Revision:
    """Put a new file in the place of the one that stands there, and record it.

    Raises
    ------
    StorageError
        If something cannot be written, or the file was touched meanwhile: then it is as it was.
    """
    after = blobs.put_file(store.blobs, temporary)
    sides = (standing.sha256, after)
    revision = _with_rules(store, next_revision(store, layer, standing.path, sides, entry))
    log.prepare(store.log, revision)
    try:
        if _mark(standing.path) != standing.mark:
            raise _touched(standing)
        move(temporary, standing.path)
    except StorageError:
        if look(standing.path).sha256 != after:
            log.drop(store.log, revision)
        raise
    log.finish(store.log, revision)
    return revision


def next_revision(
    store: Store, layer: str, path: Path, sides: tuple[str | None, str], entry: Entry
) -> Revision:
    """Make the next revision, in the log's order though the clock may have gone backwards."""
    head = log.last(store.log)
    newest = next(log.newest_first(store.log), None)
    clock = store.clock()
    time = max(clock, newest.time) if newest else clock
    return Revision(
        number=head.number + 1 if head else 1,
        time=time,
        clock=None if time == clock else clock,
        who=_user(),
        layer=layer,
        file=path.relative_to(store.root).as_posix(),
        entry=entry,
        before=sides[0],
        after=sides[1],
        plan=None,
        definition=None,
        previous=head.sha256 if head else None,
    )


def move(temporary: Path, path: Path) -> None:
    """Give a finished file its name, durably.

    Raises
    ------
    StorageError
        If that cannot be done; the old file is untouched, and the finished one gone.
    """
    try:
        sync_file(temporary)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error


def _with_rules(store: Store, revision: Revision) -> Revision:
    """Keep the plan and the layer's definition of this day beside the layer."""
    plan = store.root / "plan.toml"
    definition = store.root / "layers" / f"{revision.layer}.toml"
    shas = [
        blobs.put_file(store.blobs, path) if path.is_file() else None for path in (plan, definition)
    ]
    return replace(revision, plan=shas[0], definition=shas[1])


def _mark(path: Path) -> _Mark:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror or error}") from error
    return status.st_ino, status.st_size, status.st_mtime_ns


def _touched(standing: Standing) -> StorageError:
    return StorageError(f"{standing.path}: is being changed by another program; try again")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user, or Windows without USERNAME
        return "unknown"
