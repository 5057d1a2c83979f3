"""A change as it is recorded: what was found first, then the change; the steps stand in `history`.

All that is here expects the workspace's lock to be held.
"""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from erdao_geo.errors import StorageError
from erdao_geo.history import blobs, log
from erdao_geo.history.revision import PLAN, Entry, Revision, sha256
from erdao_geo.storage.atomic import fresh_temporary, move, require_inside, write_bytes

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

    def definition(self, layer: str) -> Path:
        """Where a layer's definition is."""
        return self.root / "layers" / f"{layer}.toml"


@dataclass(frozen=True)
class Redefinition:
    """What a layer's definition holds, and what it is to hold."""

    old: bytes
    new: bytes


@dataclass(frozen=True)
class Draft:
    """What a change is to bring."""

    data: Path | None
    """The layer's new file under another name, None where it stays."""
    definition: Redefinition | None


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


def draft_of(standing: Standing, temporary: Path | None, definition: Redefinition | None) -> Draft:
    """Leave out of a change what is so already."""
    is_new = temporary is not None and not _holds(standing, temporary)
    is_other = definition is not None and definition.old != definition.new
    return Draft(temporary if is_new else None, definition if is_other else None)


def _holds(standing: Standing, other: Path) -> bool:
    """Tell whether a file stands there byte for byte as another has it."""
    if standing.mark is None:
        return False
    try:
        is_as_long = other.stat().st_size == standing.mark[1]
    except OSError as error:
        raise StorageError(f"{other}: cannot be read: {error.strerror or error}") from error
    return is_as_long and blobs.hash_file(other) == standing.sha256


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
        _keep_standing(store, standing)
        return
    if blobs.put_file(store.blobs, standing.path) != found.after:
        raise _touched(standing.path)
    found = _with_rules(store, found)
    log.prepare(store.log, found)
    log.finish(store.log, found)


def record_rules(store: Store) -> None:
    """Record the plan, and the definitions of layers with a history, where they were edited since.

    What an edit of the rules changes in the ledger then has a revision of its own.

    Raises
    ------
    StorageError
        If a file cannot be read, or the store not be written.
    """
    revisions = list(log.newest_first(store.log))
    if not revisions:
        return
    plan, was = store.root / PLAN, revisions[0].plan
    if plan.is_file() and (now := blobs.hash_file(plan)) != was:
        _record_edit(store, PLAN, plan, (was, now))
    newest = {revision.layer: revision for revision in reversed(revisions)}
    for layer, own in newest.items():
        path = store.definition(layer)
        if layer != PLAN and path.is_file() and blobs.hash_file(path) != own.rules:
            _record_edit(store, layer, store.root / own.file, (own.after, own.after))


def _record_edit(store: Store, layer: str, path: Path, sides: tuple[str | None, str]) -> None:
    found = _with_rules(store, next_revision(store, layer, path, sides, Entry("rules", "")))
    if layer == PLAN and found.plan != found.after:
        raise _touched(path)
    log.prepare(store.log, found)
    log.finish(store.log, found)


def record_change(
    store: Store, layer: str, standing: Standing, draft: Draft, entry: Entry
) -> Revision:
    """Put what is new in the place of what stands there, and record it.

    Raises
    ------
    StorageError
        If something cannot be written, or was touched meanwhile: then the layer is as it was, and
        so is its definition. Once the layer's file is replaced, the next writer mends the rest.
    """
    after = blobs.put_file(store.blobs, draft.data) if draft.data else standing.sha256
    if after is None:
        raise StorageError(f"{standing.path}: is missing; put it back")
    sides = (standing.sha256, after)
    revision = _with_rules(store, next_revision(store, layer, standing.path, sides, entry))
    with _written_beside(store.definition(layer), draft.definition, store.root) as toml:
        if draft.definition and toml:
            revision = _redefining(store, revision, draft.definition, toml)
        log.prepare(store.log, revision)
        _replace(store, standing, draft, revision)
        if toml:
            move(toml, store.definition(layer))
    log.finish(store.log, revision)
    return revision


def _replace(store: Store, standing: Standing, draft: Draft, revision: Revision) -> None:
    """Put a layer's new file in its place; where that fails, the pending revision never was."""
    try:
        if _mark(standing.path) != standing.mark:
            raise _touched(standing.path)
        if draft.data:
            move(draft.data, standing.path)
    except StorageError:
        if draft.data is None or look(standing.path).sha256 != revision.after:
            log.drop(store.log, revision)
        raise


def recover(store: Store) -> None:
    """Finish what a crash cut short, or drop it where the change has not taken place.

    Raises
    ------
    StorageError
        If it cannot be written, or its folder is a link that leads out of the workspace.
    """
    require_inside(store.log.folder, store.root)
    require_inside(store.blobs, store.root)
    pending = log.pending_revision(store.log)
    if pending and pending.redefined and not store.log.revision(pending.number).exists():
        path, sha = store.definition(pending.layer), pending.redefined
        is_due = path.is_file() and blobs.hash_file(path) == pending.definition
        if (
            is_due
            and log.has_taken_place(store.log, pending)
            and not blobs.damage(store.blobs, sha)
        ):
            write_bytes(path, blobs.read_blob(store.blobs, sha), within=store.root)
    log.recover(store.log)


@contextmanager
def _written_beside(path: Path, change: Redefinition | None, root: Path) -> Iterator[Path | None]:
    """Write a new definition beside the old one, ready to be moved; what is not is removed."""
    if change is None:
        yield None
        return
    temporary = fresh_temporary(path, within=root)
    try:
        write_bytes(temporary, change.new)
        yield temporary
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _redefining(store: Store, revision: Revision, change: Redefinition, toml: Path) -> Revision:
    """Keep a new definition with the revision, if it was made from the one that stands."""
    if revision.definition != sha256(change.old):
        raise _touched(store.definition(revision.layer))
    return replace(revision, redefined=blobs.put_file(store.blobs, toml))


def _keep_standing(store: Store, standing: Standing) -> None:
    """Keep a file that is about to be replaced, should its content be lost or damaged."""
    sha = standing.sha256
    if sha and blobs.damage(store.blobs, sha) and blobs.put_file(store.blobs, standing.path) != sha:
        raise _touched(standing.path)


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


def _with_rules(store: Store, revision: Revision) -> Revision:
    """Keep the plan and the layer's definition of this day beside the layer."""
    plan = store.root / "plan.toml"
    definition = store.definition(revision.layer)
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


def _touched(path: Path) -> StorageError:
    return StorageError(f"{path}: is being changed by another program; try again")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user, or Windows without USERNAME
        return "unknown"
