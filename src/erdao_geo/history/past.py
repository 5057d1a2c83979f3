"""Which revision a layer stood at: at a revision of any layer, a moment, or the end of a day."""

from __future__ import annotations

import datetime as dt
import sys
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


def find_known(
    layer: str, revisions: Sequence[Revision], when: When, unreadable: Sequence[int]
) -> Revision | None:
    """Find the revision that tells best what a layer was.

    Before a layer's first change, that is what was found at that change: nothing that went through
    here had touched it. A layer that never was changed has none.

    Raises
    ------
    StorageError
        As `find_state`.
    """
    require_known(revisions, when, unreadable)
    own = [revision for revision in revisions if revision.layer == layer]
    if not own and unreadable:
        raise _uncertain(layer, unreadable[0], when)
    if not own:
        return None
    if own[0].kind == "baseline" and not is_by(own[0], when):
        return own[0]
    return find_state(layer, revisions, when, unreadable)


def find_last(revisions: Sequence[Revision], when: When, unreadable: Sequence[int]) -> Revision:
    """Find the last revision of any layer by then: it has the plan of that time.

    Raises
    ------
    StorageError
        If the history does not reach back so far, or the one that may have had another plan cannot
        be read.
    """
    require_known(revisions, when, unreadable)
    found = [revision for revision in revisions if is_by(revision, when)]
    if not found:
        begins = (
            f"the history begins with revision {revisions[0].number} of "
            f"{revisions[0].time:%Y-%m-%d %H:%M:%S}"
            if revisions
            else "nothing was changed yet, and the history begins with the first change"
        )
        raise StorageError(f"what the workspace was at {when} is not known; {begins}")
    following = revisions[len(found)] if len(found) < len(revisions) else None
    if following is None or following.plan != found[-1].plan:
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


def require_order(
    since: When, until: When, revisions: Sequence[Revision], unreadable: Sequence[int]
) -> None:
    """Refuse a time that ends before it begins.

    Raises
    ------
    StorageError
        If it does, or there is no such revision.
    """
    for when in (since, until):
        require_known(revisions, when, unreadable)
    if _end(since, revisions) > _end(until, revisions):
        raise StorageError(f"{since} is after {until}; let the time begin before it ends")


def _end(when: When, revisions: Sequence[Revision]) -> tuple[dt.datetime, int]:
    """Give a revision's time and number; a moment or the end of a day is after all by then."""
    if isinstance(when, int):
        return next(revision.time for revision in revisions if revision.number == when), when
    if not isinstance(when, dt.datetime):
        when = dt.datetime.combine(when, dt.time.max)
    return when.astimezone(), sys.maxsize


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
        raise _uncertain(found.layer, doubtful[0], when)


def _uncertain(layer: str, number: int, when: When) -> StorageError:
    return StorageError(
        f"{layer}: revision {number} cannot be read, so what it was at {when} is not certain; "
        "`erdao-geo history verify` says why"
    )
