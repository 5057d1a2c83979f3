"""A revision: one recorded change of a layer, and its form on the disk."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import orjson

Kind = Literal["baseline", "outside", "rules", "write", "import", "undo"]
SEEN: frozenset[str] = frozenset({"baseline", "outside", "rules"})
"""The kinds that record what was found, and change no file."""
PLAN = "plan.toml"
"""What a revision that records an edit of the plan has in the place of a layer."""


@dataclass(frozen=True)
class SourceFile:
    """The foreign file that a change came from."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Entry:
    """What the caller knows of a change.

    `counts` are of features: added, updated, removed, unchanged, and where it applies rejected.
    """

    kind: Kind
    command: str
    source: SourceFile | None = None
    counts: Mapping[str, int] | None = None
    note: str = ""
    undoes: int | None = None


@dataclass(frozen=True)
class Revision:
    """One recorded change of a layer.

    `time` never runs backwards along the log; where the clock did, `clock` has what it said.
    `before` and `after` are the SHA-256 of the layer's file, `plan` and `definition` those of
    `plan.toml` and the layer's TOML at that time, `redefined` that of the layer's TOML as the
    change left it, where it wrote that, too (an import that saved its answers), `previous` that of
    the revision before.
    """

    number: int
    time: dt.datetime
    clock: dt.datetime | None
    who: str
    layer: str
    file: str
    entry: Entry
    before: str | None
    after: str
    plan: str | None
    definition: str | None
    previous: str | None
    redefined: str | None = None

    @property
    def kind(self) -> Kind:
        """What made the change."""
        return self.entry.kind

    @property
    def rules(self) -> str | None:
        """The SHA-256 of the layer's definition after the change."""
        return self.redefined or self.definition

    @property
    def undoes(self) -> int | None:
        """The revision that this one takes back."""
        return self.entry.undoes

    def as_dict(self) -> dict[str, Any]:
        """Give the revision as JSON has it, on the disk and on stdout."""
        entry = self.entry
        return {
            "revision": self.number,
            "time": self.time.isoformat(),
            "clock": self.clock.isoformat() if self.clock else None,
            "who": self.who,
            "command": entry.command,
            "layer": self.layer,
            "file": self.file,
            "kind": entry.kind,
            "undoes": entry.undoes,
            "source": asdict(entry.source) if entry.source else None,
            "counts": dict(entry.counts) if entry.counts is not None else None,
            "note": entry.note,
            "before": self.before,
            "after": self.after,
            "plan": self.plan,
            "definition": self.definition,
            "redefined": self.redefined,
            "previous": self.previous,
        }

    def to_bytes(self) -> bytes:
        """Give the bytes of the revision's file."""
        return orjson.dumps(self.as_dict(), option=orjson.OPT_INDENT_2) + b"\n"


def parse(content: bytes) -> Revision:
    """Read a revision from the bytes of its file.

    Raises
    ------
    ValueError
        If they are no revision.
    """
    try:
        data = orjson.loads(content)
        revision = _revision(data)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"is no revision: {error}") from error
    if revision.kind not in get_args(Kind):
        raise ValueError(f"has the kind {revision.kind!r}")
    return revision


def sha256(content: bytes) -> str:
    """Give the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _revision(data: Mapping[str, Any]) -> Revision:
    source, clock = data["source"], data["clock"]
    entry = Entry(
        kind=data["kind"],
        command=data["command"],
        source=SourceFile(**source) if source else None,
        counts=data["counts"],
        note=data["note"],
        undoes=data["undoes"],
    )
    return Revision(
        number=int(data["revision"]),
        time=_time(data["time"]),
        clock=_time(clock) if clock else None,
        who=str(data["who"]),
        layer=_stem(data["layer"]),
        file=str(data["file"]),
        entry=entry,
        before=_sha(data["before"]),
        after=str(_sha(data["after"] or "")),
        plan=_sha(data["plan"]),
        definition=_sha(data["definition"]),
        previous=_sha(data["previous"]),
        redefined=_sha(data.get("redefined")),
    )


def _stem(name: str) -> str:
    if not re.fullmatch(r"[^./\\][^/\\]*", name):  # it becomes a part of a path
        raise ValueError(f"has {name!r} where a layer should be")
    return name


def _sha(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError(f"has {text!r} where a SHA-256 should be")
    return text


def _time(text: str) -> dt.datetime:
    time = dt.datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"has a time without a zone: {text!r}")
    return time
