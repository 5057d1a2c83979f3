"""Is the store what was written? Every hash of it is taken anew, and each fault named.

The chain is followed from HEAD back: HEAD vouches for the last revision's bytes, each revision for
those of the one before. Whoever rewrites all of the store, HEAD too, is found only by who noted
HEAD's SHA-256 elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from erdao_geo.errors import StorageError
from erdao_geo.history import blobs
from erdao_geo.history.log import (
    Head,
    Log,
    has_taken_place,
    pending_revision,
    read_head,
)
from erdao_geo.history.revision import Revision, parse, sha256

_TRIES = 200
_PAUSE = 0.02  # seconds
_NEEDED = {
    "after": "what the layer held after it",
    "before": "what undoing it would put back",
    "plan": "the plan of its day",
    "definition": "the layer's definition of its day",
    "redefined": "the layer's definition as it left it",
}


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong with the store, and with which revision; `lost`: it cannot be rebuilt."""

    revision: int | None
    layer: str
    rule: str
    message: str
    lost: bool = False

    def __str__(self) -> str:
        where = "history" if self.revision is None else f"revision {self.revision}"
        where += f" ({self.layer})" if self.layer else ""
        lost = "; it cannot be rebuilt" if self.lost else ""
        return f"{where}: {self.message}{lost} [{self.rule}]"


@dataclass(frozen=True)
class _Snapshot:
    """The chain at one moment: HEAD, and the bytes of each revision's file."""

    head: Head | None
    files: dict[int, bytes]
    faults: tuple[Fault, ...] = ()


def find_faults(log: Log, folder: Path) -> list[Fault]:
    """Find what is tampered with, damaged or missing, by revision.

    Parameters
    ----------
    log
        The chain.
    folder
        Where the blobs are.

    Raises
    ------
    StorageError
        If the store cannot be read, or is written to without a pause.
    """
    snapshot = _snapshot(log)
    faults = [*snapshot.faults, *_chain_faults(snapshot)]
    faults += _blob_faults(folder, snapshot, {f.revision for f in faults if f.lost})
    return sorted(faults, key=lambda fault: (fault.revision or 0, fault.rule))


def _snapshot(log: Log) -> _Snapshot:
    """Read the chain between two writes: HEAD and what is pending are the same before and after."""
    for _ in range(_TRIES):
        try:
            before, snapshot, after = _state(log), _read(log), _state(log)
            if before == after:
                return snapshot
        except FileNotFoundError:  # just moved on
            pass
        except OSError as error:
            raise StorageError(f"{log.folder}: cannot be read: {error}") from error
        time.sleep(_PAUSE)
    raise StorageError(f"{log.folder}: is being written to all the time; try again later")


def _state(log: Log) -> tuple[bytes, ...]:
    state = []
    for path in (log.head, log.pending_head, *sorted(log.pending_head.parent.glob("*.json"))):
        try:
            state.append(path.read_bytes())
        except FileNotFoundError:
            state.append(b"")
    return tuple(state)


def _read(log: Log) -> _Snapshot:
    files = {number: log.revision(number).read_bytes() for number in log.numbers()}
    pending = pending_revision(log)
    if pending and has_taken_place(log, pending):
        files[pending.number] = pending.to_bytes()
        return _Snapshot(Head(pending.number, sha256(pending.to_bytes())), files)
    path = log.head if pending or not log.pending_head.exists() else log.pending_head
    try:
        head = read_head(path)
    except ValueError as error:
        fault = Fault(None, "", "head-damaged", f"{path.name} {error}")
        return _Snapshot(None, files, (fault,))
    if head is None and files:
        message = "HEAD is missing; whether the last revisions were cut off cannot be told"
        return _Snapshot(None, files, (Fault(None, "", "head-missing", message),))
    return _Snapshot(head, files)


def _chain_faults(snapshot: _Snapshot) -> Iterator[Fault]:
    head, files = snapshot.head, snapshot.files
    end = head.number if head else max(files, default=0)
    for number in sorted(number for number in files if number > end):
        message = "stands behind the last revision that HEAD names"
        yield Fault(number, _layer(files[number]), "revision-unannounced", message, lost=True)
    vouched = head.sha256 if head else None
    for number in range(end, 0, -1):
        content = files.get(number)
        fault = _link_fault(number, content, vouched)
        if fault:
            yield fault
        revision = _parsed(content)
        vouched = revision.previous if revision and not fault else None


def _link_fault(number: int, content: bytes | None, vouched: str | None) -> Fault | None:
    """Judge a revision's file; where the next one is at fault, nothing vouches for it."""
    if content is None:
        return Fault(number, "", "revision-missing", "its file is missing", lost=True)
    revision = _parsed(content)
    if revision is None:
        return Fault(number, "", "revision-damaged", "its file cannot be understood", lost=True)
    if vouched not in (None, sha256(content)) or revision.number != number:
        message = "its file is not the one that the next revision or HEAD vouches for"
        return Fault(number, revision.layer, "revision-tampered", message, lost=True)
    if (number == 1) != (revision.previous is None):
        message = "it does not name the revision before it"
        return Fault(number, revision.layer, "revision-tampered", message, lost=True)
    return None


def _blob_faults(folder: Path, snapshot: _Snapshot, lost: set[int | None]) -> Iterator[Fault]:
    """Read every blob once, and say which revisions need one that is no longer what it was."""
    needs: dict[str, list[tuple[Revision, str]]] = {}
    for number, content in snapshot.files.items():
        revision = _parsed(content)
        if revision and number not in lost:
            for name in _NEEDED:
                if sha := getattr(revision, name):
                    needs.setdefault(sha, []).append((revision, name))
    for sha, users in needs.items():
        damage = blobs.damage(folder, sha)
        for revision, name in users if damage else ():
            message = f"{_NEEDED[name]} is {damage} ({blobs.blob_path(Path(), sha).as_posix()})"
            rule = f"content-{damage}"
            yield Fault(revision.number, revision.layer, rule, message, lost=name == "after")


def _parsed(content: bytes | None) -> Revision | None:
    with suppress(ValueError):
        return parse(content) if content is not None else None
    return None


def _layer(content: bytes) -> str:
    revision = _parsed(content)
    return revision.layer if revision else ""
