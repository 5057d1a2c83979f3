"""Which revision a layer stood at: at a revision of any layer, a moment, or the end of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from erdao_geo.errors import StorageError
from erdao_geo.history.revision import Revision

When = int | dt.date | dt.datetime


def find_state(
    layer: str, revisions: Sequence[Revision], when: When, unreadable: Sequence[int]
) -> Revision:
    """Find the revision that a layer stood at.

    Parameters
    ----------
    layer
        The layer.
    revisions
        Those of all layers that can be read, in order.
    when
        A revision of any layer, a moment, or a day (its end, by the clock of who wrote).
    unreadable
        The numbers of those that cannot.

    Raises
    ------
    StorageError
        If there is no such revision, it is before the layer's first, or one that cannot be read may
        have changed the layer in between.
    """
    require_known(revisions, when, unreadable)
    own = [revision for revision in revisions if revision.layer == layer]
    if not own:
        raise StorageError(f"{layer}: has no history; it begins with the first change")
    found = [revision for revision in own if is_by(revision, when)]
    if not found:
        raise StorageError(
            f"{layer}: what it was at {when} is not known; its history begins with revision "
            f"{own[0].number} of {own[0].time:%Y-%m-%d %H:%M:%S}"
        )
    following = own[len(found)] if len(found) < len(own) else None
    if following is None or following.before != found[-1].after:
        _require_certain(found[-1], revisions, when, unreadable)
    return found[-1]


def require_known(revisions: Sequence[Revision], when: When, unreadable: Sequence[int]) -> None:
    """Refuse a number that no revision has.

    Raises
    ------
    StorageError
        If there is none, or it cannot be read.
    """
    numbers = {revision.number for revision in revisions}
    if not isinstance(when, int) or when in numbers:
        return
    if when in unreadable:
        raise StorageError(f"revision {when} cannot be read; `erdao-geo history verify` says why")
    there = f"the last is {max(numbers)}" if numbers else "nothing was changed yet"
    raise StorageError(f"there is no revision {when}; {there}")


def is_by(revision: Revision, when: When) -> bool:
    """Tell whether a revision was made by then."""
    if isinstance(when, int):
        return revision.number <= when
    if isinstance(when, dt.datetime):
        return revision.time <= when.astimezone()
    return revision.time.date() <= when


def _require_certain(
    found: Revision, revisions: Sequence[Revision], when: When, unreadable: Sequence[int]
) -> None:
    end = next((revision.number for revision in revisions if not is_by(revision, when)), None)
    doubtful = [n for n in unreadable if found.number < n and (end is None or n < end)]
    if doubtful:
        raise StorageError(
            f"{found.layer}: revision {doubtful[0]} cannot be read, so what it was at {when} "
            "is not certain; `erdao-geo history verify` says why"
        )
