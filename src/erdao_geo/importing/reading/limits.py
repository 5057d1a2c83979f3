"""How much of a foreign file is read: more is refused, with the number that was found."""

from __future__ import annotations

from pathlib import Path

from erdao_geo.errors import SourceError

MAX_SIZE = 4 * 2**30
"""Bytes of a file: a .shp or .dbf cannot be larger anyway."""
MAX_TEXT = 2**30
"""Bytes of a file that is read as text at once: JSON, XML, DXF."""
MAX_TABLE = 2**28
"""Bytes of a CSV: each of its cells is an object of Python's while it is read."""
MAX_LAYERS = 200
MAX_FEATURES = 20_000_000
MAX_FIELDS = 1_000
MAX_VERTICES = 400_000_000
MAX_FILES = 1_000
"""Files in a folder: of a file geodatabase, or beside one another."""


def require_within(path: Path, what: str, found: int, most: int) -> None:
    """Hold a number to its limit.

    Raises
    ------
    SourceError
        If it is larger.
    """
    if found > most:
        raise SourceError(f"{path}: has {found:,} {what}, and at most {most:,} are read; split it")
