"""Run what reads a foreign file in a process of its own, which may crash, hang or grow.

GDAL is a million lines of C++ that foreign bytes go into. Where it fails, one child process ends,
and one line says so: the workspace and the program go on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from erdao_geo.errors import SourceError

SECONDS = 25
"""How long a child may take, for a small file: no answer to one takes over half a minute. Larger
ones are given more by `limits_for`."""
BYTES_A_SECOND = 2 * 2**20
"""The slowest that a file of an honest kind was seen to be read at, and a margin."""
MEMORY = 4 * 2**30
OUTPUT = 16 * 2**30

_KEPT = ("PATH", "PYTHONPATH", "SYSTEMROOT", "SYSTEMDRIVE", "LD_LIBRARY_PATH")
_LAUNCH = Path(__file__).with_name("launch.py")
_TAIL = 2_000
_WAY_OUT = "it is damaged or made to do harm; open it in QGIS and save it anew"


@dataclass(frozen=True)
class Limits:
    """What a child may use: bytes of memory, seconds, bytes of any one file it writes."""

    memory: int = MEMORY
    seconds: int = SECONDS
    file_size: int = OUTPUT


def limits_for(size: int) -> Limits:
    """Give the limits for reading `size` bytes."""
    return Limits(seconds=SECONDS + size // BYTES_A_SECOND)


def run(
    script: Path,
    arguments: Sequence[str],
    *,
    folder: Path,
    shown: Path,
    limits: Limits | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a Python script in a child process and wait for its end.

    Parameters
    ----------
    script
        A file that imports nothing of this package.
    arguments
        Its arguments; no shell sees them.
    folder
        The child's working and temporary folder; its stderr is kept there.
    shown
        The file being read, for messages.
    limits
        What the child may use.
    env
        Variables for the child, beside the few that Python needs. It inherits no others: no
        proxies, no settings of GDAL, no credentials.

    Raises
    ------
    SourceError
        If the child crashed, took too long or too much memory, or ended with a fault.
    """
    limits = limits or Limits()
    bounds = json.dumps(
        {"memory": limits.memory, "cpu": limits.seconds, "file_size": limits.file_size}
    )
    # -P: else the script's folder would come first in sys.path, and ours has an encoding.py.
    command = [sys.executable, "-P", "-X", "utf8", str(_LAUNCH), bounds, str(script), *arguments]
    log = folder / "stderr.txt"
    with log.open("wb") as stderr:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(folder, env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            code = _wait(child, limits.seconds)
        finally:
            _end(child)
    if code is None:
        raise SourceError(
            f"{shown}: took over {limits.seconds} s to read, which was stopped; {_WAY_OUT}"
        )
    if code:
        raise SourceError(f"{shown}: {_reason(code, _tail(log), limits)}; {_WAY_OUT}")


def _environment(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    temporary = dict.fromkeys(("HOME", "TMPDIR", "TMP", "TEMP", "CPL_TMPDIR"), str(folder))
    # One thread and the plain allocator: others reserve more address space than the limit.
    quiet = {
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {**kept, **temporary, **quiet, **env}


def _wait(child: subprocess.Popen[bytes], seconds: int) -> int | None:
    """Wait for a child's exit code; None where it takes longer.

    Seconds are counted one by one: time in which the machine slept, or this process was stopped
    (and the child with it), is not the file's fault.
    """
    for _ in range(seconds):
        with suppress(subprocess.TimeoutExpired):
            return child.wait(1)
    return None


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.kill()
        child.wait()


def _reason(code: int, log: str, limits: Limits) -> str:
    if any(sign in log for sign in ("MemoryError", "bad_alloc", "Cannot allocate memory")):
        return f"needs more than {limits.memory // 2**20:,} MiB of memory to read"
    if code == -getattr(signal, "SIGXCPU", 0):
        return f"took over {limits.seconds} s to read, which was stopped"
    if code < 0:
        return f"the program that reads it crashed ({signal.Signals(-code).name})"
    last = log.strip().splitlines()[-1:] or [f"exit code {code}"]
    return f"the program that reads it failed ({last[0]})"


def _tail(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL))
        return file.read().decode("utf-8", errors="replace")
