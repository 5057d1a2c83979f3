"""Work on batches beside each other, and give the results in their order.

A batch of a million features' file takes a tenth of a second, and none needs another. Where the
system can fork, a large file's batches are worked on by a process for each core: they share what
is read, and hand back only what has become of it.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from erdao_geo.errors import SourceError

_T = TypeVar("_T")

Work = Callable[[int, int, Counter[str]], _T]
"""From a batch's first record, the process's number and what it has counted, to the result."""

_WORTH = 8
"""Batches from which on it is worth to start processes."""
_MOST = 4
"""Processes; more would wait for whoever gathers the results."""


def processes_for(batches: int, *, alone: bool) -> int:
    """Tell how many processes to work with.

    Parameters
    ----------
    batches
        How many there are.
    alone
        Whether a batch needs what those before it have counted, so that one process does all.
    """
    can_fork = (
        hasattr(os, "sched_getaffinity") and "fork" in multiprocessing.get_all_start_methods()
    )
    if alone or not can_fork or batches < _WORTH:
        return 1
    return min(len(os.sched_getaffinity(0)), _MOST)


def in_order(work: Work[_T], firsts: Sequence[int], *, processes: int) -> Iterator[_T]:
    """Work on batches, and give their results in the order of the batches.

    Parameters
    ----------
    work
        What is done to each.
    firsts
        The first record of each.
    processes
        How many work; a single one is this one.

    Raises
    ------
    SourceError
        If a process ends before its work is done.
    """
    if processes == 1:
        counts: Counter[str] = Counter()
        for first in firsts:
            yield work(first, 0, counts)
        return
    yield from _beside(work, firsts, processes)


def _beside(work: Work[_T], firsts: Sequence[int], count: int) -> Iterator[_T]:
    """Let each of some processes do every so-many-th batch, and take them in turn."""
    context = multiprocessing.get_context("fork")
    ends: list[Connection] = []
    processes = []
    for number in range(count):
        ours, theirs = context.Pipe(duplex=False)
        shared = (theirs, work, firsts[number::count], number)
        process = context.Process(target=_serve, args=shared, daemon=True)
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            process.start()  # other threads are Arrow's, which minds a fork
        theirs.close()
        ends.append(ours)
        processes.append(process)
    try:
        for number in range(len(firsts)):
            result: _T = _received(ends[number % count])
            yield result
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _received(end: Connection) -> Any:
    try:
        result = end.recv()
    except (EOFError, OSError) as error:  # at its end, or within a result
        raise SourceError(
            "a process that worked on the file was ended, perhaps for want of memory; close other "
            "programs, and import again"
        ) from error
    if isinstance(result, Exception):
        raise result
    return result


def _serve(end: Connection, work: Work[_T], firsts: Sequence[int], number: int) -> None:
    counts: Counter[str] = Counter()
    gc.disable()  # it would go through all that is shared, and so copy it
    try:
        for first in firsts:
            end.send(work(first, number, counts))
    except Exception as error:  # it is raised where the result is awaited
        end.send(error)
