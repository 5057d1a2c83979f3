"""Find what is drawn twice: how much of it, and how fast beside DuckDB's buffered self-join.

    python benchmarks/overlap.py            both tables, up to a million roads: some minutes
    python benchmarks/overlap.py --quick    up to a hundred thousand

The first table is about planted truth (tests/planted.py). For the second, each engine finds the net
length of the same streets in a process of its own. Making and loading the streets is not timed.
DuckDB is given them in plane metres, and joins every street with all that its tolerance's buffer
meets; as it cannot tell a junction from an overlap, it leaves out what is shorter than 10 m.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from erdao_geo import measure
from erdao_geo.definitions import OverlapRules
from erdao_geo.overlap import net_sizes

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import planted

TOLERANCE = 3.0  # m
BLOCK = 300.0  # m from street to street
VERTICES = 10
TWICE = 0.18  # of the streets are drawn again
SCENES = 500  # of each kind


def streets(count: int, seed: int = 2022) -> tuple[np.ndarray, float]:
    """Draw a town of streets that wind a little and meet at their ends, some of them twice.

    Returns the streets in metres, in a random order, and their net length. Of those drawn twice, a
    third each is exact (half of it reversed), exact in part, or redrawn with 1 m of noise.
    """
    rng = np.random.default_rng(seed)
    base = count - int(count * TWICE)
    town = _town(base, rng)
    exact, part, noisy = np.array_split(town[rng.choice(base, count - base, replace=False)], 3)
    exact[::2] = exact[::2, ::-1]
    share = rng.random((len(part), 1))
    part = np.concatenate(
        [(part[:, 2] + share * (part[:, 3] - part[:, 2]))[:, None], part[:, 3:]], 1
    )
    every = [shapely.linestrings(lines) for lines in (town, exact, part, _redrawn(noisy, rng))]
    return rng.permutation(np.concatenate(every)), shapely.length(every[0]).sum()


def _town(count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw streets east and north from the corners of blocks."""
    side = int(np.ceil(np.sqrt(count / 2)))
    corner = np.stack(np.divmod(np.arange(side * side), side), axis=1) * BLOCK
    share = np.linspace(0, 1, VERTICES)
    share = share + np.pad(
        rng.uniform(-0.04, 0.04, (2 * side * side, VERTICES - 2)), ((0, 0), (1, 1))
    )
    bow = rng.uniform(-25, 25, (2 * side * side, 1)) * np.sin(np.pi * share)
    bow += np.pad(rng.normal(0, 1.5, bow[:, 1:-1].shape), ((0, 0), (1, 1)))
    lines = np.stack([share * BLOCK, bow], axis=2)
    lines[::2] = lines[::2, :, ::-1]
    return (lines + np.repeat(corner, 2, axis=0)[:, None])[:count]


def _redrawn(lines: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Set each vertex elsewhere on its street, and up to a metre beside it."""
    at = np.arange(VERTICES) + np.pad(
        rng.uniform(-0.3, 0.3, (len(lines), VERTICES - 2)), ((0, 0), (1, 1))
    )
    low = np.minimum(at.astype(int), VERTICES - 2)
    row = np.arange(len(lines))[:, None]
    on_it = lines[row, low] + (at - low)[..., None] * (lines[row, low + 1] - lines[row, low])
    angle, radius = rng.uniform(0, 2 * np.pi, at.shape), np.sqrt(rng.random(at.shape))
    return on_it + np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)


def as_features(lines: np.ndarray) -> gpd.GeoDataFrame:
    """Put streets in metres on the map; a town of a million is some 200 km wide."""
    centre = shapely.get_coordinates(lines).mean(axis=0)
    geometry = shapely.transform(
        lines, lambda xy: (xy - centre) / [planted.EAST, planted.NORTH] + [planted.LON, planted.LAT]
    )
    names = [f"{number:07d}" for number in range(len(lines))]
    return gpd.GeoDataFrame({"id": names}, geometry=geometry, crs=4326)


def ours(count: int) -> tuple[float, float]:
    """Find the net length by this project: seconds, and net over gross."""
    features = as_features(streets(count)[0])
    sizes = measure.length(features)
    start = time.perf_counter()
    net = net_sizes(features, "id", sizes, OverlapRules(tolerance=TOLERANCE))
    return time.perf_counter() - start, net.sizes.sum() / sizes.sum()


QUERY = """
    WITH met AS MATERIALIZED (
        SELECT counted.id AS first, counted.near, other.id, other.line
        FROM street counted JOIN street other ON ST_Intersects(counted.near, other.line)
    ), pair AS (
        SELECT id, ST_Length(ST_Intersection(line, near)) AS metres FROM met WHERE first < id
    ), again AS (
        SELECT id, sum(metres) AS metres FROM pair WHERE metres > 10 GROUP BY id
    )
    SELECT sum(ST_Length(line) - least(ST_Length(line), coalesce(metres, 0))) / sum(ST_Length(line))
    FROM street LEFT JOIN again USING (id)
"""  # with the ids in the join's condition, DuckDB compares every street with every other


def duckdb(count: int) -> tuple[float, float]:
    """Find the net length by DuckDB: seconds, and net over gross."""
    engine: Any = importlib.import_module("duckdb")
    found = importlib.util.find_spec("duckdb_extension_spatial")
    folder = Path(str(found.origin)).parent
    database = engine.connect()
    database.execute(f"LOAD '{next(folder.glob('extensions/*/spatial.duckdb_extension'))}'")
    lines = streets(count)[0]
    table = pd.DataFrame(
        {"id": range(count), "wkb": pd.Series(shapely.to_wkb(lines), dtype=object)}
    )
    database.register("source", table)
    database.execute("CREATE TABLE line AS SELECT id, ST_GeomFromWKB(wkb) AS line FROM source")
    database.unregister("source")
    del lines, table
    start = time.perf_counter()
    database.execute(
        f"CREATE TABLE street AS SELECT *, ST_Buffer(line, {TOLERANCE}) AS near FROM line"
    )
    share = database.execute(QUERY).fetchone()[0]
    return time.perf_counter() - start, share


ENGINES = {"erdao_geo.overlap": ours, "DuckDB, buffered self-join": duckdb}


def run_alone(engine: str, count: int) -> dict[str, float]:
    """Run one engine in a process of its own."""
    command = [sys.executable, __file__, "--engine", engine, "--count", str(count)]
    result = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    return json.loads(result.stdout.splitlines()[-1])


def report_one(engine: str, count: int) -> None:
    """Print one engine's seconds, share and peak as JSON."""
    seconds, share = ENGINES[engine](count)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "share": share, "peak": peak}))


def print_speed(counts: list[int]) -> None:
    """Print the table of seconds and memory, the engines side by side."""
    print("\n| streets | engine | s | peak MiB | net / gross | truth |")
    print("|---:|---|---:|---:|---:|---:|")
    for count in counts:
        lines, net = streets(count)
        truth = net / shapely.length(lines).sum()
        del lines
        for engine in ENGINES:
            found = run_alone(engine, count)
            print(
                f"| {count:,} | {engine} | {found['seconds']:.1f} | {found['peak']:,.0f} |"
                f" {found['share']:.5f} | {truth:.5f} |",
                flush=True,
            )


def print_truth(count: int) -> None:
    """Print the table of recall, false merges and net error by kind."""
    tally = planted.tally(list(planted.scenes(count)), OverlapRules(tolerance=TOLERANCE))
    print("\n| kind | scenes | named / planted | false | net error | reasons |")
    print("|---|---:|---:|---:|---:|---|")
    for kind, row in tally.items():
        reasons = ", ".join(f"{name} {n}" for name, n in row.reasons.most_common())
        print(
            f"| {kind} | {row.scenes} | {row.named} / {row.planted} | {row.false} |"
            f" {row.net_error:+.4%} | {reasons} |"
        )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="up to a hundred thousand streets")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        report_one(options.engine, options.count)
        return
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print_truth(50 if options.quick else SCENES)
    print_speed([100_000] if options.quick else [100_000, 1_000_000])


if __name__ == "__main__":
    main()
