"""Inspect damaged files where all that is written, left or raised is seen."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import shapely

from erdao_geo.cli._inspection import print_inspection
from erdao_geo.crs import District
from erdao_geo.errors import ErdaoGeoError
from erdao_geo.importing import Inspection, inspect_file
from erdao_geo.importing.inspect import as_dict
from mutants import mutate
from seeds import Parts, Seed

SECONDS = 30
"""Longer than this is a hang. Where this process was stopped meanwhile, or the machine slept, is
not counted (`Clock`)."""
DISTRICT = District(
    shapely.box(125.352, 43.757, 125.826, 43.965),
    (("吉林大路", shapely.LineString([(125.36, 43.9), (125.6, 43.9)])),),
)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant."""

    name: str
    kinds: tuple[str, ...]
    decision: str
    seconds: float
    failures: tuple[str, ...]


class Scene:
    """Folders in which mutants are inspected one after the other, and what is written is seen.

    `source` holds the mutant, `workspace` is the working folder and stands for the user's, `tmp`
    takes the private copies and must be empty in the end.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tmp = root / "tmp"
        for folder in (self.tmp, root / "source", root / "workspace" / "data"):
            folder.mkdir(parents=True, exist_ok=True)
        (root / "workspace" / "data" / "roads.geojson").write_text("{}", encoding="utf-8")
        (root / "workspace" / "plan.toml").write_text("", encoding="utf-8")

    def set_up(self, name: str, parts: Parts, main: str) -> Path:
        """Write a mutant; give the file to inspect."""
        for path in (self.root / "source").iterdir():
            path.unlink()
        stem = Path(name).stem
        for extension, content in parts.items():
            (self.root / "source" / f"{stem}{extension}").write_bytes(content)
        return self.root / "source" / f"{stem}{main}"

    def listing(self) -> dict[str, tuple[int, int, int]]:
        """Give size, time and number of all that stands outside of `tmp`."""
        found = {}
        for folder in (self.root, *self.root.glob("source/"), *self.root.glob("workspace/**/")):
            for entry in os.scandir(folder):
                stat = entry.stat(follow_symlinks=False)
                is_file = entry.is_file(follow_symlinks=False)
                mark = (stat.st_size, stat.st_mtime_ns, stat.st_ino) if is_file else (0, 0, 0)
                found[entry.path] = mark
        return found

    def left_over(self) -> list[str]:
        """Give what stands in `tmp`, and clear it."""
        names = [path.name for path in self.tmp.iterdir()]
        for name in names:
            shutil.rmtree(self.tmp / name, ignore_errors=True)
        return names

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Make `workspace` the working folder and `tmp` the temporary one."""
        folder, temporary = Path.cwd(), tempfile.tempdir
        os.chdir(self.root / "workspace")
        tempfile.tempdir = str(self.tmp)
        try:
            yield
        finally:
            os.chdir(folder)
            tempfile.tempdir = temporary


class Hang(BaseException):
    """A mutant took too long; no `except Exception` may swallow it."""


def try_mutant(seed: Seed, number: int, others: list[Seed], scene: Scene) -> Outcome:
    """Inspect a mutant and say all that went wrong."""
    parts, kinds = mutate(seed, number, others)
    path = scene.set_up(seed.name, parts, seed.main)
    before = scene.listing()
    clock = Clock()
    clock.start()
    with scene.entered(), watched_writes(), _time_limit():
        decision, failures = _inspect(path, DISTRICT if number % 2 else None)
    seconds = clock.end()
    if seconds > SECONDS:
        failures.append(f"took {seconds:.0f} s")
    failures += [f"wrote {p}" for p in WRITES if not _within(p, scene.tmp)]
    after = scene.listing()
    failures += [f"changed {p}" for p in before.keys() | after if before.get(p) != after.get(p)]
    failures += [f"left {name}" for name in scene.left_over()]
    return Outcome(f"{seed.name}#{number}", kinds, decision, seconds, tuple(failures))


def _inspect(path: Path, district: District | None) -> tuple[str, list[str]]:
    try:
        inspection = inspect_file(path, district=district)
        failures = list(_faults(inspection))
    except ErdaoGeoError as error:
        return "error", [] if _is_line(str(error)) else [f"of several lines: {error!r}"]
    except Hang:
        return "hang", [f"took over {SECONDS} s"]
    except BaseException as error:
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
        said = " ".join(str(error).split())[:150]
        return "exception", [f"{type(error).__name__}: {said} ({where})"]
    return inspection.decision, failures


def _faults(inspection: Inspection) -> Iterator[str]:
    """Hold an answer to what any answer must be, and print it both ways."""
    text = json.dumps(as_dict(inspection), ensure_ascii=False)
    text.encode("utf-8")
    with contextlib.redirect_stdout(io.StringIO()) as page:
        print_inspection(inspection)
    page.getvalue().encode("utf-8")
    if inspection.refusal and not _is_line(inspection.refusal):
        yield f"a refusal of several lines: {inspection.refusal!r}"
    for verdict in inspection.verdicts:
        source = verdict.source
        rows = len(source.table)
        if not rows == len(source.geometry) == sum(verdict.geometry.values()):
            yield f"{rows} rows, {len(source.geometry)} geometries, {verdict.geometry}"
        named = [f.record for f in (*source.rejected, *verdict.problems) if f.record is not None]
        if named and not 0 <= min(named) <= max(named) < rows:
            yield f"names record {max(named)} of {rows}"


def _is_line(text: str) -> bool:
    return bool(text.strip()) and "\n" not in text and "\r" not in text


class Clock(threading.Thread):
    """Counts the time in which this process could run, tick by tick."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.ticked, self.last = 0.0, time.monotonic()
        self.spent = time.process_time()

    def run(self) -> None:
        """Tick until it ends; a tick that took long is a stop."""
        while not self.ended.wait(_TICK):
            self._tick()

    def _tick(self) -> None:
        now = time.monotonic()
        self.ticked += min(now - self.last, 2 * _TICK)
        self.last = now

    def end(self) -> float:
        """Stop, and give the seconds: of the ticks, or of the processor where these are more."""
        self.ended.set()
        self.join()
        self._tick()
        return max(self.ticked, time.process_time() - self.spent)


_TICK = 0.5


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    """Raise `Hang` after so many seconds of the processor; a child has limits of its own."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Hang

    if not hasattr(signal, "SIGPROF"):
        yield
        return
    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS + 5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


WRITES: list[str] = []
"""What this process has opened for writing, made, moved or removed for the mutant."""
_CHANGES = (
    "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate",
    "os.chmod", "os.utime", "shutil.rmtree",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_HOOKED: list[bool] = []
_WATCHING: list[bool] = []


@contextlib.contextmanager
def watched_writes() -> Iterator[None]:
    """Note whatever Python code of this process writes."""
    if not _HOOKED:
        sys.addaudithook(_note)  # which nobody can take away again
        _HOOKED.append(True)
    WRITES.clear()
    _WATCHING.append(True)
    try:
        yield
    finally:
        _WATCHING.clear()


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if not _WATCHING:
        return
    if event == "open":
        path, _, flags = arguments
        if isinstance(path, str | os.PathLike) and flags & _WRITING:
            WRITES.append(os.fspath(path))
    elif event in _CHANGES:
        # Of a link the second name is made, of a renamed file both change.
        names = {
            "os.rename": arguments[:2],
            "os.link": arguments[1:2],
            "os.symlink": arguments[1:2],
        }
        paths = names.get(event, arguments[:1])
        WRITES.extend(os.fspath(path) for path in paths if isinstance(path, str | os.PathLike))


def _within(path: str, folder: Path) -> bool:
    # Relative names are those that rmtree gives to a folder that it holds open.
    where = Path(os.path.normpath(path))
    return path == os.devnull or not where.is_absolute() or where.is_relative_to(folder)
