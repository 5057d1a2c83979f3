"""What an import did, or in a dry run would do."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Tally = Counter[str]
"""How many features were added, updated, left unchanged, removed."""


@dataclass(frozen=True)
class Change:
    """What became of one feature."""

    feature: str
    kind: str
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    """Each changed field, from what to what."""
    redrawn: bool = False


@dataclass(frozen=True)
class Rejected:
    """A record that was not taken, as the file has it, and why."""

    feature: str
    """Its key, or its number in the file."""
    record: int
    """Its number in the file, from 0."""
    rule: str
    message: str
    properties: dict[str, Any]
    geometry: dict[str, Any] | None
    """GeoJSON in lon, lat, where it has a place."""


@dataclass(frozen=True)
class Outcome:
    """The report of an import."""

    layer: str
    source: Path
    read: int
    tally: Tally
    rejected: tuple[Rejected, ...]
    """One for each record that was not taken: read is the sum of all that became of records."""
    repaired: tuple[tuple[str, str, str], ...]
    """Feature, rule, what was done."""
    changes: tuple[Change, ...]
    """What became of which feature; the first thousand of each kind."""
    notes: tuple[str, ...]
    revision: int | None = None
    dry_run: bool = False

    @property
    def added(self) -> int:
        """Features whose key is new to the layer."""
        return self.tally["added"]

    @property
    def updated(self) -> int:
        """Features that the layer had, and that are now another."""
        return self.tally["updated"]

    @property
    def unchanged(self) -> int:
        """Features that are in the layer as they are in the file."""
        return self.tally["unchanged"]

    @property
    def removed(self) -> int:
        """Features of the layer that the file did not have, in the mode `replace`."""
        return self.tally["removed"]

    @property
    def counts(self) -> dict[str, int]:
        """How many of the file's records became what."""
        kinds = ("added", "updated", "removed", "unchanged")
        return {kind: self.tally[kind] for kind in kinds} | {"rejected": len(self.rejected)}

    @property
    def changed(self) -> bool:
        """Whether the layer is another one than before."""
        return self.added + self.updated + self.removed > 0

    def rejects_text(self) -> str:
        """Write the rejected records as GeoJSON: all that the file says, the rule, the reason."""
        collection = {
            "type": "FeatureCollection",
            "layer": self.layer,
            "source": self.source.name,
            "features": [
                {
                    "type": "Feature",
                    "properties": {
                        **{name: _writable(value) for name, value in rejected.properties.items()},
                        "_record": rejected.record + 1,
                        "_rule": rejected.rule,
                        "_reason": rejected.message,
                    },
                    "geometry": rejected.geometry,
                }
                for rejected in self.rejected
            ],
        }
        return json.dumps(collection, ensure_ascii=False, default=str, indent=1) + "\n"

    def as_dict(self) -> dict[str, Any]:
        """Give the report as JSON has it."""
        return {
            "layer": self.layer,
            "source": str(self.source),
            "read": self.read,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "rejected": [
                {"feature": r.feature, "rule": r.rule, "message": r.message, "record": r.record + 1}
                for r in self.rejected
            ],
            "repaired": [
                {"feature": feature, "rule": rule, "message": message}
                for feature, rule, message in self.repaired
            ],
            "changes": [
                {
                    "feature": change.feature,
                    "change": change.kind,
                    "redrawn": change.redrawn,
                    "fields": {name: list(pair) for name, pair in change.fields.items()},
                }
                for change in self.changes
            ],
            "notes": list(self.notes),
            "revision": self.revision,
            "dry_run": self.dry_run,
        }


def _writable(value: Any) -> Any:
    """Write what JSON has no number for as text."""
    odd = isinstance(value, float) and not math.isfinite(value)
    return str(value) if odd else value
