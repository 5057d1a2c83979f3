"""Lines of features on the disk instead of in memory, in any order of theirs.

A million features are some 400 MB of text. They are written as they come, and copied in the order
of their keys into the layer's file: runs that follow each other in one piece.
"""

from __future__ import annotations

import datetime as dt
import os
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

import numpy as np

from erdao_geo.errors import StorageError
from erdao_geo.storage.geojson import FOOT, SEPARATOR, head

_PIECE = 4 * 2**20
"""Bytes that are copied at a time."""


class Spool:
    """Lines of features, numbered from 0 as they are added."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed with the spool
        self._ends = array("Q", [0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, lines: Sequence[bytes]) -> None:
        """Add lines after those that are there."""
        if not lines:
            return
        sizes = np.fromiter(map(len, lines), np.uint64, len(lines)) + np.uint64(len(SEPARATOR))
        self._ends.frombytes((np.cumsum(sizes) + np.uint64(self._ends[-1])).tobytes())
        self._file.write(SEPARATOR.join(lines) + SEPARATOR)

    def line(self, number: int) -> bytes:
        """Give a line back."""
        self._file.flush()
        start, end = self._ends[number], self._ends[number + 1] - len(SEPARATOR)
        return os.pread(self._file.fileno(), end - start, start)

    def write(self, path: Path, order: Sequence[int], *, as_of: dt.date | None) -> None:
        """Write a layer's file of some of the lines, in an order of them.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        try:
            with path.open("wb") as file:
                file.write(head(as_of))
                last = b""
                for piece in self._pieces(order):
                    file.write(last)
                    last = piece
                file.write(last.removesuffix(SEPARATOR) + FOOT)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error

    def _pieces(self, order: Sequence[int]) -> Iterator[bytes]:
        """Give the lines in order, each with its separator: in one piece what follows in place."""
        self._file.flush()
        handle = self._file.fileno()
        for first, last in _runs(order):
            start, stop = self._ends[first], self._ends[last + 1]
            for place in range(start, stop, _PIECE):
                yield os.pread(handle, min(_PIECE, stop - place), place)


def _runs(order: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Give the first and the last of each run of numbers that follow each other."""
    first = last = None
    for number in order:
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = number
    if first is not None and last is not None:
        yield first, last
