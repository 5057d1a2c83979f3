"""What a foreign file holds, as it stands: before anything is decided for a layer of ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyproj

Certainty = Literal["certain", "likely", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd in a file: at a record, or of the file as a whole."""

    record: int | None
    """0-based; None where it is of the file."""
    rule: str
    message: str


def counted(count: int, noun: str) -> str:
    """Write so many of a thing: `1 ring`, `2 rings`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the texts of a file are in, and how that is known."""

    value: str | None
    """Python's name of the codec, e.g. utf-8 or gb18030; None where none fits."""
    verdict: Certainty
    """`certain` and `likely` can be gone on with; `unknown` is to be asked about."""
    evidence: tuple[str, ...] = ()
    readings: tuple[tuple[str, str], ...] = ()
    """Each codec that may be meant, the likeliest first, with a sample of the text read so."""
    doubts: tuple[str, ...] = ()
    """What speaks against it, though the user named it."""


@dataclass(frozen=True)
class Source:
    """One layer of a foreign file."""

    path: Path
    """The file as the user named it."""
    driver: str
    """GDAL's name of the format."""
    name: str
    table: pa.Table
    """A row for each record, in the file's order: string, int64, double, bool, date32 or
    timestamp; lists and objects as JSON text. Nothing went through a float on the way."""
    geometry: pa.ChunkedArray
    """WKB in the file's coordinates, as binary; null where a record has none."""
    crs: pyproj.CRS | None
    """What the file says; None where it says nothing that can be read."""
    crs_evidence: tuple[str, ...]
    encoding: Encoding
    findings: tuple[Finding, ...] = ()
    """Oddities, and what was mended in reading."""
    rejected: tuple[Finding, ...] = ()
    """Records that cannot be read right: they stand in the table, and must not be imported."""
