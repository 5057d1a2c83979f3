"""Children that work on a workspace: beside each other, or killed at it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def run_at_once(*commands: tuple[object, ...]) -> None:
    """Run scripts, each with its arguments: all say "ready", start at once, and end well."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", *map(str, command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        for command in commands
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        print("go", file=process.stdin, flush=True)
    assert [process.wait() for process in processes] == [0] * len(processes)
    for process in processes:
        process.stdin.close()
        process.stdout.close()


@contextlib.contextmanager
def parent_of(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run a script that says "ready", and forks a child for each seed it is given."""
    with subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.stdin.close()


def kill_one(process: subprocess.Popen[str], seed: int, after: float) -> None:
    """Have a child forked, and kill it some seconds later."""
    print(seed, file=process.stdin, flush=True)
    child = int(process.stdout.readline())
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    assert process.stdout.readline() == f"{-signal.SIGKILL}\n"  # it had not ended by itself


def sha_of(path: Path) -> str:
    """Give the SHA-256 of what a file holds."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
