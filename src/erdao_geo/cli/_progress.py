"""How far long work has come, on stderr."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

_PATIENCE = 1.0
"""Seconds that work may take without a word."""


@contextmanager
def shown_progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show what is under way, once it has taken a second, and where somebody watches.

    Gives what is to be called with the work, how much of it is done, and how much there is: 0
    where that is not known.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    bar = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
    task = bar.add_task("", total=None)

    def report(work: str, done: int, total: int) -> None:
        bar.update(task, description=work, completed=done, total=total or None)

    patience = threading.Timer(_PATIENCE, bar.start)
    patience.daemon = True
    if console.is_terminal:
        patience.start()
    try:
        yield report
    finally:
        patience.cancel()
        if console.is_terminal:
            patience.join()
        if bar.live.is_started:  # else it would end a line that it has not begun
            bar.stop()
