"""Prove net areas on planted overlaps, and time them against DuckDB's intersection self-join.

    python benchmarks/overlap_areas.py            100,000 and 1,000,000 plots: some minutes
    python benchmarks/overlap_areas.py --quick    20,000

The plots are those of `tests/plots.py`: 30 vertices each, a fifth of them in families that overlap
or touch, their net area known by construction. Each engine is a process of its own, which loads the
plots and then takes the time; the peak is that of the whole process. DuckDB intersects the pairs
and adds up their areas in the plane of degrees; ours gives the geodesic net of each plot, and the
size and reason of each overlap.
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
from collections.abc import Callable
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
SELECT count(*), sum(ST_Area(ST_Intersection(a.geometry, b.geometry)))
FROM feature a JOIN feature b ON ST_Intersects(a.geometry, b.geometry)
"""
"""The self-join as it is written: each pair both ways, and each plot with itself."""
ONCE = """
SELECT count(*) FILTER (WHERE a.row < b.row),
    sum(CASE WHEN a.row < b.row THEN ST_Area(ST_Intersection(a.geometry, b.geometry)) END)
FROM feature a JOIN feature b ON ST_Intersects(a.geometry, b.geometry)
"""
"""Each pair intersected once. (The order of rows as a condition of the join makes DuckDB join by
that, and not by place: over 5 minutes for 20,000 plots.)"""
OURS = "erdao_geo.overlap"
QUERIES = {"DuckDB, self-join": JOIN, "DuckDB, each pair once": ONCE}


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
    run = run_ours(features, folder) if engine == OURS else run_duckdb(features, QUERIES[engine])
    del features
    start, before = time.perf_counter(), time.process_time()
    pairs = run()
    seconds, cpu = time.perf_counter() - start, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": cpu, "peak": peak, "pairs": pairs}


def run_ours(features: gpd.GeoDataFrame, folder: Path) -> Callable[[], int]:
    """Make ready our net sizes; what they are is kept for the proof."""
    sizes = measure.area(features)

    def run() -> int:
        net = net_sizes(features, "id", sizes, OverlapRules())
        (folder / "net.pickle").write_bytes(pickle.dumps(net))
        return len(net.overlaps)

    return run


def run_duckdb(features: gpd.GeoDataFrame, query: str) -> Callable[[], int]:
    """Make ready a query on the features."""
    database = connect_duckdb(features)
    database.execute("ALTER TABLE feature ADD COLUMN row INTEGER")
    database.execute("UPDATE feature SET row = rowid")
    return lambda: int(database.execute(query).fetchone()[0])


def compare(count: int, rounds: int) -> None:
    """Let each engine run on so many plots, in turn, and print its best time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plots = make_plots(count)
        plots.features.to_parquet(folder / "plots.parquet")
        taken: dict[str, list[dict[str, Any]]] = {engine: [] for engine in (OURS, *QUERIES)}
        for _ in range(rounds):
            for engine, runs in taken.items():
                command = [sys.executable, __file__, "--engine", engine, "--folder", name]
                runs.append(json.loads(subprocess.check_output(command)))
        print(f"\n| {count:,} plots, best of {rounds} | wall s | CPU s | peak MB | pairs |")
        print("|---|---:|---:|---:|---:|")
        for engine, runs in taken.items():
            best = min(runs, key=lambda run: float(run["seconds"]))
            times = f"{best['seconds']:.2f} | {best['cpu']:.2f}"
            print(f"| {engine} | {times} | {best['peak']:,.0f} | {best['pairs']:,} |")
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
