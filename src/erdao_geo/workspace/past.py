"""What the layers of a workspace were, and how a change is taken back."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd

from erdao_geo.errors import StorageError
from erdao_geo.history import (
    PLAN,
    Diff,
    Fault,
    Revision,
    When,
    compare,
    hash_file,
    read_file,
    require_order,
)
from erdao_geo.storage import locked, write_bytes
from erdao_geo.workspace.files import Files
from erdao_geo.workspace.moment import Moment, read_revision

if TYPE_CHECKING:
    from erdao_geo.why import Change, Figure


class Past(Files):
    """A workspace that remembers."""

    def log(self, stem: str | None = None) -> list[Revision]:
        """List the revisions of a layer, or of all, the oldest first.

        Raises
        ------
        WorkspaceError
            If there is no such layer.
        """
        return self.history.revisions(self.layer(stem).stem if stem else None)

    def layers_known_at(self, when: When) -> tuple[list[str], list[str]]:
        """List the layers with a known past at that time, and those whose history begins later.

        Raises
        ------
        StorageError
            If there is no such revision.
        """
        stems = [stem for stem in self.layers if self.history.revisions(stem)]
        known = [stem for stem in stems if self.history.reaches_back(stem, when)]
        return known, [stem for stem in stems if stem not in known]

    def at(self, when: When) -> Moment:
        """Give what the workspace was at a revision, at the end of a day or at a moment.

        Raises
        ------
        StorageError
            If the history does not reach back so far, or what it was then is not certain.
        DefinitionError
            If the plan or a definition of then does not say what it must.
        """
        return Moment(self.root, self.history, when)

    def why(
        self, id_: str, since: When, until: When | None = None, *, of: Figure = "done"
    ) -> Change:
        """Break the change of a target's figure into causes that sum to it exactly.

        Parameters
        ----------
        id_
            The target, as the plan of one of the two times has it.
        since, until
            Revisions, days (their ends) or moments; by default until now.
        of
            The figure.

        Raises
        ------
        WorkspaceError
            If neither plan has such a target, there is no such past, or `since` is after `until`.
        DataError
            If features of its layer break the definition.
        """
        from erdao_geo.why import explain

        if until is not None:
            require_order(since, until, self.history.revisions(), self.history.unreadable())
        old = self.at(since)
        new = self if until is None else self.at(until)
        was, now = old.side(id_), new.side(id_)
        if was is None and now is None:
            new.target(id_)
        return replace(
            explain(was, now, of),
            since=old.asked([was.layer.stem] if was else []),
            until=new.asked([now.layer.stem] if now else []) if isinstance(new, Moment) else None,
        )

    def record(self) -> None:
        """Record the edits of other programs: of the plan, and of layers that have a history.

        Raises
        ------
        StorageError
            If something cannot be read or written.
        """
        with locked(self.root):
            self.history.record({stem: self._data(stem) for stem in self.layers})

    def diff(self, stem: str, old: When, new: When | None = None) -> Diff:
        """Compare a layer at a revision, day or moment with another; by default with what it is.

        Raises
        ------
        WorkspaceError
            If there is no such layer or past, or a file cannot be read.
        """
        layer = self.layer(stem)
        was = self.history.content(self.history.at(stem, old))
        if new is not None:
            now = self.history.content(self.history.at(stem, new))
            return compare(stem, layer.key, was, now)
        return compare(stem, layer.key, was, read_file(self._data(stem)))

    def features(self, stem: str, *, as_of: When | None = None) -> gpd.GeoDataFrame:
        """Give a layer's features, valid, in EPSG:4326, sorted by key.

        Parameters
        ----------
        stem
            The layer.
        as_of
            A revision, a day (its end) or a moment of the past. What the layer was then comes with
            the fields of today, and is not validated: it need not be right by today's definition.

        Raises
        ------
        WorkspaceError
            If there is no such layer or past, or a file cannot be read.
        DataError
            If features break the layer's definition; it carries every problem.
        """
        return super().features(stem) if as_of is None else self._past_features(stem, as_of)

    def content(self, stem: str, *, as_of: When | None = None) -> bytes:
        """Give the bytes of a layer's file, as they are or once were.

        Raises
        ------
        WorkspaceError
            If there is no such layer or past, or a file cannot be read.
        """
        path = self._data(self.layer(stem).stem)
        if as_of is None:
            return read_file(path)
        return self.history.content(self.history.at(stem, as_of))

    def export_content(self, stem: str, path: Path, *, as_of: When | None = None) -> str:
        """Write a layer's file, as it is or once was, to another; give its SHA-256.

        Raises
        ------
        WorkspaceError
            If there is no such layer or past, or a file cannot be read or written.
        """
        if as_of is None:
            write_bytes(path, self.content(stem))
            return hash_file(path)
        revision = self.history.at(self.layer(stem).stem, as_of)
        self.history.export(revision, path)
        return revision.after

    def undo(
        self, stem: str | None = None, *, revision: int | None = None, dry_run: bool = False
    ) -> Revision:
        """Put a layer's file back, byte for byte, to what it was before a revision.

        Parameters
        ----------
        stem
            The layer; by default that of the last recorded change.
        revision
            The one to take back; by default the layer's last change. An undo can be undone.
        dry_run
            Write nothing.

        Returns
        -------
        Revision
            The undo; in a dry run, the revision that it would take back, with the undo's note.

        Raises
        ------
        WorkspaceError
            If there is no such layer or revision, or others stand on it.
        """
        with nullcontext() if dry_run else locked(self.root):
            stem = self._undo_layer(stem, revision)
            if dry_run:
                return self.history.preview(stem, self._data(stem), revision)
            self._forget(stem)
            self._known.pop(stem, None)
            return self.history.undo(stem, self._data(stem), revision, command=self.command)

    def verify_history(self) -> list[Fault]:
        """Find what in the history is tampered with, damaged or missing.

        Raises
        ------
        WorkspaceError
            If it cannot be read at all.
        """
        return self.history.verify()

    def _undo_layer(self, stem: str | None, revision: int | None) -> str:
        if stem is None:
            past = self.history
            chosen = past.last_change() if revision is None else past.revision(revision)
            if chosen.layer == PLAN:
                raise StorageError(
                    f"revision {chosen.number} only records an edit of {PLAN}; edit that again"
                )
            stem = chosen.layer
        return self.layer(stem).stem

    def _past_features(self, stem: str, when: When) -> gpd.GeoDataFrame:
        layer, revision = self.layer(stem), self.history.at(stem, when)
        stored = read_revision(self.history, revision, layer)
        for row, reason in stored.unreadable.items():
            raise StorageError(
                f"{stem}, revision {revision.number}: feature {row + 1} has a geometry that cannot "
                f"be read: {reason}; ask for another state (`erdao-geo log {stem}` lists them)"
            )
        return stored.features.sort_values(layer.key, kind="stable", ignore_index=True)
