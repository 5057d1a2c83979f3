"""Time the geodesic kernel against other ways to the same figure, and print its errors.

    python benchmarks/measure.py            a million features of each kind: some six minutes
    python benchmarks/measure.py --quick    fifty thousand

All ways run in turn, round after round, and the table has their medians, so that what else the
machine does at the time falls on all of them. Making and loading the features is not timed. The
loop over pyproj's Geod is timed on a tenth of the features and scaled up.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from erdao_geo import measure

GEOD = Geod(a=6_378_137, rf=298.257222101)
WEST, SOUTH, EAST, NORTH = 125.35, 43.76, 125.82, 43.96  # around Erdao
DEGREE = 111_000  # m of latitude, roughly


def make_lines(count: int) -> gpd.GeoDataFrame:
    """Make roads of 20 vertices, some 30 m apart, that wander in any direction."""
    random = np.random.default_rng(2022)
    steps = random.normal(0, 30 / DEGREE, (count, 20, 2))
    steps[:, 0] = random.uniform((WEST, SOUTH), (EAST, NORTH), (count, 2))
    return gpd.GeoDataFrame(geometry=shapely.linestrings(steps.cumsum(axis=1)), crs=4326)


def make_polygons(count: int) -> gpd.GeoDataFrame:
    """Make star-shaped sites of 30 vertices and 20 to 300 m across."""
    random = np.random.default_rng(2022)
    angles = np.linspace(0, 2 * np.pi, 30)[:, None] + [0, np.pi / 2]
    radii = random.uniform(10, 150, (count, 1, 1)) * random.uniform(0.7, 1, (count, 30, 1))
    sites = radii / DEGREE * np.sin(angles) * (1, 1.39)[::-1]
    sites += random.uniform((WEST, SOUTH), (EAST, NORTH), (count, 1, 2))
    sites[:, -1] = sites[:, 0]
    return gpd.GeoDataFrame(geometry=shapely.polygons(sites), crs=4326)


def geod_length(geometry: Any) -> float:
    """Measure one line by GeographicLib."""
    return float(GEOD.geometry_length(geometry))


def geod_area(geometry: Any) -> float:
    """Measure one polygon by GeographicLib; its sign is the ring's direction."""
    return abs(GEOD.geometry_area_perimeter(geometry)[0])


def connect_duckdb(features: gpd.GeoDataFrame) -> Any:
    """Open DuckDB on the features, lat before lon as its spheroid functions want; None without."""
    found = importlib.util.find_spec("duckdb_extension_spatial")
    if found is None or importlib.util.find_spec("duckdb") is None:
        return None
    duckdb = importlib.import_module("duckdb")
    extension = next(Path(str(found.origin)).parent.glob("extensions/*/spatial.duckdb_extension"))
    database = duckdb.connect()
    database.execute(f"LOAD '{extension}'")
    flipped = shapely.transform(features.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    table = pd.DataFrame({"wkb": pd.Series(shapely.to_wkb(flipped), dtype=object)})
    database.register("source", table)
    database.execute("CREATE TABLE feature AS SELECT ST_GeomFromWKB(wkb) AS geometry FROM source")
    database.unregister("source")
    return database


def methods(features: gpd.GeoDataFrame, quantity: str) -> dict[str, tuple[Callable[[], Any], int]]:
    """List the ways to the total: what to call, and which share of the features it takes."""
    geometries = features.geometry.to_numpy()
    sample = geometries[::10]
    kernel = getattr(measure, quantity)
    loop = geod_length if quantity == "length" else geod_area
    planar = getattr(gpd.GeoSeries, quantity).fget
    database = connect_duckdb(features)
    ways: dict[str, tuple[Callable[[], Any], int]] = {
        f"erdao_geo.measure.{quantity}": (lambda: kernel(features).sum(), 1),
        "shapely.get_coordinates (reads only)": (lambda: shapely.get_coordinates(geometries), 1),
        f"to_crs(4551).{quantity} (planar)": (
            lambda: planar(features.geometry.to_crs(4551)).sum(),
            1,
        ),
        "loop over pyproj.Geod": (lambda: sum(loop(geometry) for geometry in sample), 10),
    }
    if database is None:
        print("DuckDB or its spatial extension is missing: see requirements-bench.txt")
        return ways
    query = f"SELECT sum(ST_{quantity}_Spheroid(geometry)) FROM feature"
    for threads in (1, 2):

        def total(threads: int = threads) -> Any:
            database.execute(f"SET threads = {threads}")
            return database.execute(query).fetchone()[0]

        name = f"DuckDB ST_{quantity.title()}_Spheroid, {threads} thread{'s'[: threads - 1]}"
        ways[name] = (total, 1)
    return ways


def run(features: gpd.GeoDataFrame, quantity: str, rounds: int) -> None:
    """Time all ways in turn, and print their medians and totals beside the kernel's."""
    ways = methods(features, quantity)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    totals: dict[str, Any] = {}
    for _ in range(rounds):
        for name, (way, share) in ways.items():
            start = time.perf_counter()
            totals[name] = way()
            seconds[name].append((time.perf_counter() - start) * share)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    ours = next(iter(medians))
    vertices = shapely.get_num_coordinates(features.geometry.to_numpy()).sum() / 1e6
    heading = f"{quantity}: {len(features):,} features, {vertices:.1f} M vertices"
    print(f"\n| {heading} | s | x kernel | total |")
    print("|---|---:|---:|---:|")
    for name, (_, share) in ways.items():
        total = totals[name] if share == 1 and np.isscalar(totals[name]) else None
        note = " (a tenth, scaled)" if share > 1 else ""
        shown = "" if total is None else f"{total:,.4f}"
        ratio = medians[name] / medians[ours]
        print(f"| {name}{note} | {medians[name]:.2f} | {ratio:.2f} | {shown} |")


def errors(features: gpd.GeoDataFrame, quantity: str, count: int) -> None:
    """Print how far the kernel is from GeographicLib on a sample."""
    sample = features.iloc[:count]
    loop = geod_length if quantity == "length" else geod_area
    truth = np.array([loop(geometry) for geometry in sample.geometry])
    found = getattr(measure, quantity)(sample).to_numpy()
    worst = np.max(np.abs(found / truth - 1))
    total = abs(found.sum() / truth.sum() - 1)
    print(f"\nAgainst GeographicLib, {count:,} features: worst {worst:.1e}, total {total:.1e}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="take fifty thousand features")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    count = 50_000 if options.quick else 1_000_000
    packages = ("numpy", "shapely", "pyproj", "geopandas", "duckdb")
    found = {d.metadata["Name"].lower(): d.version for d in importlib.metadata.distributions()}
    versions = ", ".join(f"{name} {found.get(name, 'missing')}" for name in packages)
    print(
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    print(versions)
    for quantity, make in (("length", make_lines), ("area", make_polygons)):
        features = make(count)
        run(features, quantity, options.rounds)
        errors(features, quantity, count // 10)


if __name__ == "__main__":
    main()
