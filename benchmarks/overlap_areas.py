"""Prove net areas on planted overlaps, and time them against DuckDB's intersection self-join.

    python benchmarks/overlap_areas.py            100,000 and 1,000,000 plots: some four minutes
    python benchmarks/overlap_areas.py --quick    20,000

The plots are those of `tests/plots.py`: 30 vertices each, a fifth of them in families that overlap
or touch, their net area known by construction. Each engine is a process of its own, which loads the
plots and then takes the time; the peak is that of the whole process. DuckDB intersects the pairs
and adds up their areas in a plane; ours gives the geodesic net of each plot, and each overlap's
size and reason.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import geopandas as gpd

from erdao_geo import measure
from erdao_geo.definitions import OverlapRules
from erdao_geo.overlap import Net, net_sizes

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from measure import connect_duckdb
from plots import Plots, make_plots

JOIN = """
SELECT count(*) FILTER (WHERE a.row < b.row),
    sum(CASE WHEN a.row < b.row THEN ST_Area(ST_Intersection(a.geometry, b.geometry)) END)
FROM feature a JOIN feature b ON ST_Intersects(a.geometry, b.geometry)
"""
"""The order of the rows is no condition of the join: DuckDB would join by it, and not by place."""


def prove(plots: Plots, net: Net) -> None:
    """Print what was found of what was planted."""
    named = {frozenset((each.counted, each.other)): each for each in net.overlaps}
    print("\n| planted | pairs | named | reasons | slivers |\n|---|---:|---:|---|---:|")
    for kind, pairs in plots.planted.items():
        found = [named[pair] for pair in pairs if pair in named]
        reasons = ", ".join(f"{why} {n}" for why, n in Counter(o.reason for o in found).items())
        slivers = sum(each.sliver for each in found)
        print(
            f"| {kind} | {len(pairs):,} | {len(found) / len(pairs):.4f} | {reasons} | {slivers} |"
        )
    planted = set().union(*plots.planted.values())
    print(f"| side or corner shared | {len(plots.apart):,} | {len(plots.apart & set(named))} | | |")
    print(f"| none | | {len(set(named) - planted - plots.apart)} | | |")
    total = net.sizes.sum()
    print(f"\nNet {total:,.1f} m2, truth {plots.net:,.1f} m2: error {total / plots.net - 1:.1e}")


def take(engine: str, folder: Path) -> dict[str, Any]:
    """Run one engine on the plots of a folder: seconds, peak and figures."""
    features = gpd.read_parquet(folder / "plots.parquet")
    sizes = measure.area(features)
    database = connect_duckdb(features) if engine == "DuckDB" else None
    if database is not None:
        database.execute("ALTER TABLE feature ADD COLUMN row INTEGER")
        database.execute("UPDATE feature SET row = rowid")
        del features
    start = time.perf_counter()
    if database is None:
        net = net_sizes(features, "id", sizes, OverlapRules())
        pairs = len(net.overlaps)
    else:
        pairs = database.execute(JOIN).fetchone()[0]
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if database is None:
        (folder / "net.pickle").write_bytes(pickle.dumps(net))
    return {"seconds": seconds, "peak": peak, "pairs": pairs}


def compare(count: int, rounds: int) -> None:
    """Let each engine run on so many plots, in turn, and print its best time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plots = make_plots(count)
        plots.features.to_parquet(folder / "plots.parquet")
        print(f"\n| {count:,} plots | wall s, best of {rounds} | peak MB | pairs |")
        print("|---|---:|---:|---:|")
        taken: dict[str, list[dict[str, Any]]] = {"erdao_geo.overlap": [], "DuckDB": []}
        for _ in range(rounds):
            for engine, runs in taken.items():
                command = [sys.executable, __file__, "--engine", engine, "--folder", name]
                runs.append(json.loads(subprocess.check_output(command)))
        for engine, runs in taken.items():
            best = min(runs, key=lambda run: float(run["seconds"]))
            figures = f"{best['seconds']:.2f} | {best['peak']:,.0f} | {best['pairs']:,}"
            print(f"| {engine} | {figures} |")
        prove(plots, pickle.loads((folder / "net.pickle").read_bytes()))


def main() -> None:
    """Run the benchmark, or one engine of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="take 20,000 plots")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        print(json.dumps(take(options.engine, options.folder)))
        return
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"Python {platform.python_version()}")
    for count in (20_000,) if options.quick else (100_000, 1_000_000):
        compare(count, options.rounds)


if __name__ == "__main__":
    main()
