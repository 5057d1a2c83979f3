"""How soon `erdao-geo --help` answers, beside `import geopandas`: whole processes, in turn.

Run: `.venv/bin/python benchmarks/startup.py`
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15
HELP = [str(Path(sys.executable).with_name("erdao-geo")), "--help"]
GEOPANDAS = [sys.executable, "-c", "import geopandas"]


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    for command in (HELP, GEOPANDAS):
        seconds(command)
    pairs = [(seconds(HELP), seconds(GEOPANDAS)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"erdao-geo --help         {ours:.3f} s (median of {ROUNDS})")
    print(f"python -c 'import geopandas' {theirs:.3f} s")
    print(f"ratio, pair by pair      {ratio:.2f} (to hold: under 0.33)")


if __name__ == "__main__":
    main()
