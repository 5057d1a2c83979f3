"""The store of a workspace's history: what changes a layer goes through here, and comes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from erdao_geo.errors import StorageError
from erdao_geo.history import blobs, log
from erdao_geo.history.past import When, find_state, is_by, require_known
from erdao_geo.history.record import (
    Draft,
    Redefinition,
    Store,
    draft_of,
    look,
    record_change,
    record_found,
    record_rules,
    recover,
    unrecorded,
)
from erdao_geo.history.revision import Entry, Revision
from erdao_geo.history.undo import choose, definition_back, inverse, last_change
from erdao_geo.history.verify import Fault, find_faults
from erdao_geo.storage.atomic import fresh_temporary, move, write_text

FOLDER = Path(".erdao-geo") / "history"


def now() -> dt.datetime:
    """Give the time, with the zone of this machine."""
    return dt.datetime.now().astimezone()


class History:
    """The history of a workspace. `commit` and `undo` expect the workspace's lock to be held.

    Nothing else here writes into the workspace or needs the lock, so that a workspace that is
    read-only can be asked for its past.

    Parameters
    ----------
    root
        The workspace.
    clock
        What gives the time, with a zone.
    """

    def __init__(self, root: Path | str, *, clock: Callable[[], dt.datetime] = now) -> None:
        self.root = Path(root)
        folder = self.root / FOLDER
        self._store = Store(log.Log(self.root, folder), folder / "blobs", clock)

    def revisions(self, layer: str | None = None) -> list[Revision]:
        """List the revisions that can be read, of one layer or of all, the oldest first."""
        found = list(log.newest_first(self._store.log))[::-1]
        return [revision for revision in found if layer in (None, revision.layer)]

    def at(self, layer: str, when: When) -> Revision:
        """Give the revision that a layer stood at; see `past.find_state`.

        Raises
        ------
        StorageError
            If that is not known, or not certain.
        """
        return find_state(layer, self.revisions(), when, self.unreadable())

    def reaches_back(self, layer: str, when: When) -> bool:
        """Tell whether a layer has a revision by then.

        Raises
        ------
        StorageError
            If there is no such revision.
        """
        revisions = self.revisions()
        require_known(revisions, when, self.unreadable())
        return any(revision.layer == layer and is_by(revision, when) for revision in revisions)

    def unreadable(self) -> list[int]:
        """List the revisions that `revisions` leaves out, because they are missing or damaged."""
        last, _ = self.head()
        there = {revision.number for revision in self.revisions()}
        return [number for number in range(1, last + 1) if number not in there]

    def content(self, revision: Revision | str) -> bytes:
        """Give the bytes of a layer's file after a revision, or those of a SHA-256.

        Raises
        ------
        StorageError
            If they are missing, or are not what they were.
        """
        return blobs.read_blob(self._store.blobs, _sha(revision))

    def export(self, revision: Revision | str, path: Path) -> None:
        """Write the bytes of a layer's file after a revision to a file, a block at a time.

        Raises
        ------
        StorageError
            If they are missing, or are not what they were, or the file cannot be written; an old
            file is then untouched.
        """
        temporary = fresh_temporary(path)
        blobs.copy_blob(self._store.blobs, _sha(revision), temporary)
        move(temporary, path)

    def commit(
        self,
        layer: str,
        path: Path,
        new: Path | str | None,
        entry: Entry,
        *,
        as_known: str | None = None,
        definition: Redefinition | None = None,
    ) -> Revision | None:
        """Replace a layer's file, its definition or both, and record it. The lock must be held.

        Parameters
        ----------
        layer
            The layer.
        path
            Its file.
        new
            A file with its new bytes, at its `fresh_temporary`, which is moved (or removed); or a
            text; None where it stays as it is.
        entry
            What is known of the change.
        as_known
            The SHA-256 of the file that the change was made from.
        definition
            What the layer's TOML is to become with it.

        Returns
        -------
        Revision or None
            None where all have these bytes already; then nothing is recorded.

        Raises
        ------
        StorageError
            If the file is not `as_known` any more, or something cannot be written; it is then
            untouched. Once it is replaced, whatever goes wrong is mended by the next writer.
        """
        temporary = new if isinstance(new, Path) else None
        try:
            if isinstance(new, str):
                temporary = fresh_temporary(path, within=self.root)
                write_text(temporary, new)
            recover(self._store)
            standing = look(path)
            if as_known not in (None, standing.sha256):
                raise StorageError(
                    f"{path}: was changed since it was read, so this change would undo that; "
                    "read it anew"
                )
            draft = draft_of(standing, temporary, definition)
            if draft == Draft(None, None):
                return None
            record_rules(self._store)
            record_found(self._store, layer, standing)
            return record_change(self._store, layer, standing, draft, entry)
        finally:
            _remove(temporary)

    def record(self, paths: Mapping[str, Path]) -> None:
        """Record what was edited since it was recorded last: the rules, and layers with a history.

        The lock must be held. What has no history is left without one.

        Parameters
        ----------
        paths
            The layers' files.

        Raises
        ------
        StorageError
            If something cannot be read or written.
        """
        recover(self._store)
        record_rules(self._store)
        known = {revision.layer for revision in self.revisions()}
        for layer in sorted(known & paths.keys()):
            record_found(self._store, layer, look(paths[layer]))

    def undo(
        self, layer: str, path: Path, number: int | None = None, *, command: str, note: str = ""
    ) -> Revision:
        """Put a layer back to what it was before a revision. The lock must be held.

        Where the revision wrote the layer's definition, too, that is put back with it; but if it
        was edited since, it is kept, and the undo's note says so.

        Parameters
        ----------
        layer, path
            The layer and its file.
        number
            The revision; by default the layer's last change that stands. An undo can be undone.
        command, note
            As in an entry.

        Raises
        ------
        StorageError
            If it cannot be taken back (see `history.undo`), or something cannot be read or written.
        """
        recover(self._store)
        record_rules(self._store)
        chosen = self.undoable(layer, path, number)
        if chosen.before is None:
            raise StorageError(f"{layer}: revision {chosen.number} made it; remove it by hand")
        definition, kept = definition_back(self._store, chosen)
        note = "; ".join(filter(None, (note, kept)))
        entry = Entry("undo", command, None, inverse(chosen.entry), note, chosen.number)
        temporary = fresh_temporary(path, within=self.root)
        try:
            blobs.copy_blob(self._store.blobs, chosen.before, temporary)
            standing = look(path)
            draft = draft_of(standing, temporary, definition)
            record_found(self._store, layer, standing)
            return record_change(self._store, layer, standing, draft, entry)
        finally:
            _remove(temporary)

    def undoable(self, layer: str, path: Path, number: int | None = None) -> Revision:
        """Say which revision `undo` would take back; writes nothing.

        An edit by another program that is not recorded yet comes as the revision that it would be.

        Raises
        ------
        StorageError
            If none can be taken back.
        """
        revisions, standing = self.revisions(layer), look(path)
        found = unrecorded(self._store, layer, standing)
        if found and found.kind == "outside":
            revisions.append(found)
        chosen = choose(layer, revisions, number)
        if standing.sha256 != chosen.after:
            raise StorageError(
                f"{path}: is not what revision {chosen.number} left, and what came between cannot "
                "be read; `erdao-geo history verify` says why"
            )
        return chosen

    def preview(self, layer: str, path: Path, number: int | None = None) -> Revision:
        """Give the revision that `undo` would take back, as far as it would; writes nothing.

        Where its definition would be kept, it has none, and its note says why.

        Raises
        ------
        StorageError
            If none can be taken back.
        """
        chosen = self.undoable(layer, path, number)
        definition, kept = definition_back(self._store, chosen)
        redefined = chosen.redefined if definition else None
        return replace(chosen, redefined=redefined, entry=replace(chosen.entry, note=kept))

    def last_change(self) -> Revision:
        """Give the last change of any layer that stands and is no undo.

        Raises
        ------
        StorageError
            If there is none.
        """
        found = last_change(self.revisions())
        if found is None:
            raise StorageError(f"{self.root}: has no change to undo")
        return found

    def revision(self, number: int) -> Revision:
        """Give a revision by its number.

        Raises
        ------
        StorageError
            If there is none, or it cannot be read.
        """
        revisions = self.revisions()
        require_known(revisions, number, self.unreadable())
        return next(revision for revision in revisions if revision.number == number)

    def head(self) -> tuple[int, str | None]:
        """Give the number and the SHA-256 of the last revision; 0 and None where there is none."""
        head = log.last(self._store.log)
        return (head.number, head.sha256) if head else (0, None)

    def verify(self) -> list[Fault]:
        """Find what is tampered with, damaged or missing, and which revisions suffer by it."""
        return find_faults(self._store.log, self._store.blobs)


def _sha(revision: Revision | str) -> str:
    return revision if isinstance(revision, str) else revision.after


def _remove(temporary: Path | None) -> None:
    if temporary:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
