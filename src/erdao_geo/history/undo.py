"""Which revision can be taken back: the last of its layer that still stands.

A revision *stands* while no standing undo takes it back. Undos are taken back like any other
revision, which makes a redo. What was undone after a revision, together with its undo, is as if it
had never been, so undoing step by step goes back through the log.
"""

from __future__ import annotations

from collections.abc import Sequence

from erdao_geo.errors import StorageError
from erdao_geo.history import blobs
from erdao_geo.history.record import Redefinition, Store
from erdao_geo.history.revision import Entry, Revision, sha256


def choose(layer: str, revisions: Sequence[Revision], number: int | None) -> Revision:
    """Choose the revision to take back.

    Parameters
    ----------
    layer
        The layer.
    revisions
        All of this layer, in order.
    number
        The one that is asked for; by default the last change that stands and is no undo.

    Raises
    ------
    StorageError
        If there is none, or it cannot be taken back: it is no change, is undone already, or later
        revisions stand on it.
    """
    undone_by = _undone_by(revisions)
    if number is None:
        found = [
            r
            for r in revisions
            if r.undoes is None and r.kind != "rules" and r.number not in undone_by
        ]
        if not found or found[-1].kind == "baseline":
            raise StorageError(f"{layer}: has no change to undo; `erdao-geo log` lists all")
        return found[-1]
    chosen = _named(layer, revisions, number)
    if chosen.kind == "baseline":
        raise StorageError(
            f"{layer}: revision {number} is what was there before the first change; "
            "there is nothing behind it"
        )
    if chosen.kind == "rules":
        raise StorageError(
            f"{layer}: revision {number} only records an edit of its definition; edit that again"
        )
    if number in undone_by:
        raise StorageError(
            f"{layer}: revision {number} is undone already, by revision {undone_by[number]}; "
            f"--revision {undone_by[number]} brings it back"
        )
    _require_on_top(layer, revisions, number, undone_by)
    return chosen


def last_change(revisions: Sequence[Revision]) -> Revision | None:
    """Give the last change of any layer that stands and is no undo."""
    undone_by = _undone_by(revisions)
    standing = (
        revision
        for revision in reversed(revisions)
        if revision.kind not in ("baseline", "rules", "undo") and revision.number not in undone_by
    )
    return next(standing, None)


def definition_back(store: Store, chosen: Revision) -> tuple[Redefinition | None, str]:
    """Say what undoing a revision makes of the layer's definition, or why it is kept."""
    path = store.definition(chosen.layer)
    if chosen.redefined is None or chosen.definition is None:
        return None, ""
    current, name = blobs.read_file(path), path.relative_to(store.root).as_posix()
    if sha256(current) == chosen.definition:
        return None, ""
    if sha256(current) != chosen.redefined:
        return None, f"{name} was edited since, and is kept as it is"
    if damage := blobs.damage(store.blobs, chosen.definition):
        return None, f"{name} is kept as it is: what it was is {damage} in the history"
    return Redefinition(current, blobs.read_blob(store.blobs, chosen.definition)), ""


def inverse(entry: Entry) -> dict[str, int] | None:
    """Give the counts of taking a change back."""
    if entry.counts is None:
        return None
    turned = {"added": "removed", "removed": "added"}
    kept = ("added", "updated", "removed", "unchanged")
    return {turned.get(name, name): n for name, n in entry.counts.items() if name in kept}


def _undone_by(revisions: Sequence[Revision]) -> dict[int, int]:
    """Map each revision that does not stand to the undo that took it back, the newest first."""
    undone: dict[int, int] = {}
    for revision in reversed(revisions):
        if revision.undoes is not None and revision.number not in undone:
            undone[revision.undoes] = revision.number
    return undone


def _named(layer: str, revisions: Sequence[Revision], number: int) -> Revision:
    for revision in revisions:
        if revision.number == number:
            return revision
    there = ", ".join(str(revision.number) for revision in revisions[-5:]) or "none"
    raise StorageError(f"{layer}: has no revision {number}; the last are: {there}")


def _require_on_top(
    layer: str, revisions: Sequence[Revision], number: int, undone_by: dict[int, int]
) -> None:
    later = [
        revision.number
        for revision in revisions
        if revision.number > number
        and revision.kind != "rules"
        and revision.number not in undone_by
        and (revision.undoes is None or revision.undoes <= number)
    ]
    if later:
        raise StorageError(
            f"{layer}: revision {number} cannot be undone, revision {later[-1]} stands on it; "
            f"undo that first (standing since: {', '.join(map(str, later))})"
        )
