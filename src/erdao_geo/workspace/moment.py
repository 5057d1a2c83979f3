"""A workspace as it was: by the features, the plan and the definitions that the history keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from erdao_geo.definitions import Layer, check_references, parse_layer, parse_plan
from erdao_geo.errors import StorageError, WorkspaceError
from erdao_geo.history import (
    PLAN,
    History,
    Revision,
    When,
    find_known,
    find_last,
    hash_file,
    read_file,
)
from erdao_geo.storage import Stored, read_features
from erdao_geo.words import moment
from erdao_geo.workspace.state import State

if TYPE_CHECKING:
    from erdao_geo.check import Asked, Ledger

_FOUND = ("outside", "rules")
"""The kinds of revision whose time is that of the finding, not of the edit."""


class Moment(State):
    """What a workspace was: the layers that the plan of then needs.

    A layer that had no history then is taken as it was found when its history began, or as it is
    where that never did: nothing that went through here had changed it. `asked` says so.

    Parameters
    ----------
    root
        The workspace.
    history
        Its history.
    when
        A revision of any layer, a day (its end) or a moment.

    Raises
    ------
    StorageError
        If the history does not reach back so far, or what it was then is not certain.
    DefinitionError
        If the plan or a definition of then does not say what it must.
    """

    way_out = "so it was then; ask for another time (`erdao-geo log` lists the changes)"

    def __init__(self, root: Path, history: History, when: When) -> None:
        super().__init__(Path(f"{root} as of {moment(when, 'en')}"))
        self._root, self._history, self._when = root, history, when
        self._revisions, unreadable = history.revisions(), history.unreadable()
        self._last = find_last(self._revisions, when, unreadable)
        if self._last.plan is None:
            raise StorageError(f"{self.place}: its plan was not recorded; ask for another time")
        content = history.content(self._last.plan)
        self.plan = parse_plan(content, str(self.place / PLAN))
        needed = (*self.plan.layers, self.plan.boundary, self.plan.context)
        self._found = {
            stem: find_known(stem, self._revisions, when, unreadable)
            for stem in filter(None, needed)
        }
        self.layers = {stem: self._definition(stem) for stem in self._found}
        check_references(self.place, self.plan, self.layers, {})

    def ledger(self, *ids: str) -> Ledger:
        """Check the targets of then; the ledger says what was asked for."""
        ledger = super().ledger(*ids)
        return replace(ledger, asked=self.asked({row.target.layer for row in ledger.rows}))

    def asked(self, stems: Iterable[str]) -> Asked:
        """Say what was asked for, and what of it is not certain in the given layers."""
        from erdao_geo.check import Asked

        notes = [self._note_on_plan(), *map(self._note_on_layer, sorted(stems))]
        last = self._last
        return Asked(self._when, last.number, last.time, tuple(filter(None, notes)))

    def standing(self, stems: Iterable[str]) -> dict[str, Revision]:
        """Give the revisions that layers are taken from, of those that have a history."""
        return {stem: found for stem in stems if (found := self._found[stem]) is not None}

    def _definition(self, stem: str) -> Layer:
        revision, place = self._found[stem], str(self.place / "layers" / f"{stem}.toml")
        if revision and revision.rules:
            return parse_layer(self._history.content(revision.rules), stem, place)
        path = self._toml(stem)
        if revision or not (path.is_file() and self._data(stem).is_file()):
            raise WorkspaceError(f"{place}: was not recorded; ask for another time")
        return parse_layer(read_file(path), stem, place)

    def _read(self, stem: str) -> Stored:
        if stem not in self._stored:
            layer, revision = self.layer(stem), self._found[stem]
            self._stored[stem] = (
                read_revision(self._history, revision, layer)
                if revision
                else read_features(self._data(stem), layer)
            )
        return self._stored[stem]

    def _note_on_plan(self) -> str:
        later = [r for r in self._revisions if r.number > self._last.number]
        if later and (later[0].kind != "rules" or later[0].layer != PLAN):
            return ""
        is_same = hash_file(self._root / PLAN) == self._last.plan
        return self._note_on_edit(PLAN, self._last, later, is_same=is_same)

    def _note_on_layer(self, stem: str) -> str:
        found = self._found[stem]
        if found is None:
            return f"{stem} has no history; it is taken as it is now"
        if found.number > self._last.number:
            return (
                f"the history of {stem} begins with revision {found.number} of "
                f"{found.time:%Y-%m-%d %H:%M:%S}; it is taken as it was found then"
            )
        later = [r for r in self._revisions if r.layer == stem and r.number > found.number]
        if later and later[0].kind not in _FOUND:
            return ""
        is_same = bool(later) or self._stands(found)
        return self._note_on_edit(stem, found, later, is_same=is_same)

    def _note_on_edit(
        self, name: str, found: Revision, later: list[Revision], *, is_same: bool
    ) -> str:
        """Say that an edit may have been made by then, though it was recorded later or not yet.

        A revision's number leaves no doubt.
        """
        if isinstance(self._when, int) or (is_same and not later):
            return ""
        taken = f"it is taken as revision {found.number} has it"
        if not later:
            return f"{name} was edited since revision {found.number}, in no revision yet; {taken}"
        return f"{name} was edited between revisions {found.number} and {later[0].number}; {taken}"

    def _stands(self, found: Revision) -> bool:
        pairs = ((self._data(found.layer), found.after), (self._toml(found.layer), found.rules))
        return all(path.is_file() and hash_file(path) == sha for path, sha in pairs)

    def _data(self, stem: str) -> Path:
        return self._root / "data" / f"{stem}.geojson"

    def _toml(self, stem: str) -> Path:
        return self._root / "layers" / f"{stem}.toml"


def read_revision(history: History, revision: Revision, layer: Layer) -> Stored:
    """Read what a layer's file held after a revision.

    Raises
    ------
    StorageError
        If it is missing, is not what it was, or is no layer's file.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{layer.stem}.geojson"
        history.export(revision, path)
        return read_features(path, layer)
