"""Lines of features on the disk instead of in memory, in any order of theirs.

A million features are some 400 MB of text. They are written as they come, and copied in the order
of their keys into the layer's file: what follows in place in one piece. Several processes may
write, each to a part of its own.
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
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from erdao_geo.errors import StorageError
from erdao_geo.storage.geojson import FOOT, head
from erdao_geo.storage.lines import SEPARATOR, text_of

Sizes = npt.NDArray[np.uint64]
"""Bytes of lines, each with its separator."""

_PIECE = 2**20
"""Bytes that are copied at a time."""


class Spool:
    """Lines of features, numbered from 0 as they are counted in.

    Parameters
    ----------
    parts
        How many may write at a time.
    """

    def __init__(self, parts: int = 1) -> None:
        self.parts = parts
        # Unbuffered: a process that is forked off must not write what another has put in a buffer.
        self._files = [TemporaryFile(buffering=0) for _ in range(parts)]  # noqa: SIM115 - closed below
        self._written = [0] * parts
        self._part = array("B")
        self._starts = array("Q")
        self._stops = array("Q")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files:
            file.close()

    def __len__(self) -> int:
        return len(self._starts)

    def add(self, lines: pa.Array) -> None:
        """Write lines, as `feature_lines` gives them, and number them after those there are."""
        self.count(self.put(lines))

    def put(self, lines: pa.Array, part: int = 0) -> Sizes:
        """Write lines to a part, for whoever numbers them: in the order in which they were put.

        Raises
        ------
        StorageError
            If the disk of temporary files is full.
        """
        rest = memoryview(text_of(lines))
        try:
            while rest:
                rest = rest[self._files[part].write(rest) :]
        except OSError as error:
            raise StorageError(f"temporary files cannot be written: {error.strerror}") from error
        return np.asarray(pc.binary_length(lines), np.uint64)

    def count(self, sizes: Sizes, part: int = 0) -> None:
        """Give numbers to lines that were put to a part, by their sizes."""
        stops = np.cumsum(sizes) + np.uint64(self._written[part])
        self._stops.frombytes(stops.tobytes())
        self._starts.frombytes((stops - sizes).tobytes())
        self._part.frombytes(bytes([part]) * len(sizes))
        self._written[part] += int(sizes.sum())

    def line(self, number: int) -> bytes:
        """Give a line back."""
        start, stop = self._starts[number], self._stops[number] - len(SEPARATOR)
        return os.pread(self._files[self._part[number]].fileno(), stop - start, start)

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
        if not order:
            return
        numbers = np.asarray(order, dtype=np.int64)
        parts = np.frombuffer(self._part, np.uint8)[numbers]
        starts = np.frombuffer(self._starts, np.uint64)[numbers]
        stops = np.frombuffer(self._stops, np.uint64)[numbers]
        breaks = np.flatnonzero((parts[1:] != parts[:-1]) | (starts[1:] != stops[:-1])) + 1
        firsts = np.concatenate([[0], breaks])
        lasts = np.concatenate([breaks, [len(numbers)]]) - 1
        ends = (parts[firsts], starts[firsts], stops[lasts])
        for part, start, stop in zip(*(each.tolist() for each in ends), strict=True):
            for place in range(start, stop, _PIECE):
                yield os.pread(self._files[part].fileno(), min(_PIECE, stop - place), place)
