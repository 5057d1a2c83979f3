"""What a user says of a file, beside what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from erdao_geo.importing.fields import Wanted

Progress = Callable[[str, int, int], None]
"""Called with what is under way, how much of it is done, and how much there is; 0: not known."""
Mode = Literal["add", "update", "replace"]
Key = Literal["field", "geometry"]


@dataclass(frozen=True)
class Options:
    """The answers to what an import may ask, and how it is to be merged."""

    crs: str | None = None
    encoding: str | None = None
    part: str | None = None
    """The file's own layer, where it holds several."""
    fields: Wanted = field(default_factory=dict)
    """From the file's field to the layer's, beside those that match."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """The layer's field to a value for every feature."""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The layer's field to words and the codes they stand for."""
    mode: Mode = "update"
    """`add` leaves known keys as they are; `update` overwrites what the file gives; `replace` also
    removes what the file does not have."""
    key: Key = "field"
    """Where the key comes from: a field of the file, or, by rule, from the geometry."""
    datum_shift: Sequence[float] | None = None
    """Three or seven parameters from the file's datum to CGCS2000."""
    control: Path | None = None
    """A CSV of control points: x, y in the file; lon, lat in truth."""
