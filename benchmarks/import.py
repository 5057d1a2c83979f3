"""Time the import of a large shapefile against ogr2ogr, whole processes in turn in one run.

A million polylines of five vertices, eight attributes in GBK, EPSG:4530, into a validated layer of
a workspace; ogr2ogr converts the same file to RFC 7946 GeoJSON with seven decimals. Then all
attributes and coordinates of the two are compared. Needs ogr2ogr (Debian: apt install gdal-bin).

    python benchmarks/import.py [--features N] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import orjson
import pyogrio
import pyproj
import shapely

ROOT = Path(__file__).parents[1]
FIELDS = {"BH": "id", "LM": "name", "ROAD": "road", "JD": "street_office", "ZT": "status"}
FIELDS |= {"LC": "declared_length_km", "CODE": "note", "NIAN": "clause"}
CODES = {"计划": "planned", "在建": "under_construction", "竣工": "completed"}
ROADS = "吉林大路 自由大路 福安街 阜丰路 东盛大街 乐群街 和顺街 临河街 洋浦大街 东荣大路".split()  # noqa: SIM905
OFFICES = "东盛街道 吉林街道 荣光街道 东站街道 远达街道 八里堡街道 英俊镇 四家乡".split()  # noqa: SIM905
VERTICES = 5


def make_source(path: Path, count: int) -> None:
    """Write the shapefile: seeded roads of some 200 m within the district."""
    chance = np.random.default_rng(220105)
    first = np.column_stack(
        [chance.uniform(42_448_000, 42_486_000, count), chance.uniform(4_847_000, 4_870_000, count)]
    )[:, None, :]
    steps = chance.normal(0, 40, (count, VERTICES - 1, 2)).cumsum(axis=1)
    lines = shapely.linestrings(np.concatenate([first, first + steps], axis=1).round(3))
    number = np.arange(count)
    roads, offices, words = (np.array(each) for each in (ROADS, OFFICES, list(CODES)))
    columns = {
        "BH": np.char.add("DL", np.char.zfill(number.astype(str), 7)).astype(object),
        "LM": np.char.add(roads[chance.integers(0, len(roads), count)], number.astype(str)),
        "ROAD": roads[chance.integers(0, len(roads), count)].astype(object),
        "JD": offices[chance.integers(0, len(offices), count)].astype(object),
        "ZT": words[chance.integers(0, len(words), count)].astype(object),
        "LC": chance.uniform(0.01, 3, count).round(3),
        "CODE": 220105001001000000 + number,
        "NIAN": chance.integers(2010, 2023, count).astype(np.int32),
    }
    columns["LM"] = columns["LM"].astype(object)
    pyogrio.raw.write(
        path,
        shapely.to_wkb(lines),
        list(columns.values()),
        list(columns),
        driver="ESRI Shapefile",
        geometry_type="LineString",
        crs="EPSG:4530",
        encoding="GBK",
    )


def make_workspace(root: Path) -> None:
    """Copy the workspace, its roads left out."""
    for name in ("layers", "data", "maps"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "plan.toml", root)
    (root / "data" / "roads.geojson").write_text(
        '{"type":"FeatureCollection",\n"features":[\n\n]}\n', encoding="utf-8"
    )


def import_command(root: Path, source: Path) -> list[str]:
    """Give the command of our import."""
    fields = [part for pair in FIELDS.items() for part in ("--field", "=".join(pair))]
    constants = ["--set", "evidence=surveyed", "--set", "work=new"]
    command = [str(Path(sys.executable).with_name("erdao-geo")), "--workspace", str(root)]
    return [*command, "import", "roads", str(source), *fields, *constants]


def ogr2ogr_command(target: Path, source: Path) -> list[str]:
    """Give the command of ogr2ogr's conversion."""
    options = ["-f", "GeoJSON", "-lco", "RFC7946=YES", "-lco", "COORDINATE_PRECISION=7"]
    return ["ogr2ogr", *options, str(target), str(source)]


def seconds(command: list[str]) -> float:
    """Run a command; give its wall time, from a disk that has nothing left to write."""
    os.sync()
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def peak_memory(command: list[str]) -> float:
    """Run a command; give the greatest sum, over its processes, of their share of memory in MB."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        peak = [0]

        def watch() -> None:
            while process.poll() is None:
                peak[0] = max(peak[0], _share(process.pid))
                time.sleep(0.1)

        watcher = threading.Thread(target=watch)
        watcher.start()
        watcher.join()
    return peak[0] / 1000


def _share(pid: int) -> int:
    """Give the proportional set size of a process and its children, in kB."""
    total = 0
    for one in [pid, *_children(pid)]:
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += int(text.partition("\nPss:")[2].split()[0])
    return total


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def compare(ours: Path, theirs: Path, source: Path) -> tuple[int, int, float, float]:
    """Hold every feature of the two files against each other, and against PROJ.

    Returns
    -------
    tuple
        How many features have another attribute; how many coordinates are over 1e-7 degrees
        apart; and how far ours and ogr2ogr's are at most from PROJ's of the source, in degrees.
    """
    different, coordinates = 0, ([], [])
    with ours.open("rb") as one, theirs.open("rb") as other:
        for mine, old in zip(_features(one), _features(other), strict=True):
            new, was = mine["properties"], old["properties"]
            expected = {target: was[name] for name, target in FIELDS.items()}
            expected["status"] = CODES[was["ZT"]]
            expected |= {name: str(expected[name]) for name in ("note", "clause")}
            different += any(new[name] != value for name, value in expected.items())
            for kept, feature in zip(coordinates, (mine, old), strict=True):
                kept.append(np.array(feature["geometry"]["coordinates"]))
    new, old = (np.concatenate(kept) for kept in coordinates)
    wkb = pyogrio.raw.read(source, columns=[])[2]
    planar = shapely.get_coordinates(shapely.from_wkb(wkb))
    to_lonlat = pyproj.Transformer.from_crs("EPSG:4530", "EPSG:4490", always_xy=True)
    truth = np.column_stack(to_lonlat.transform(*planar.T))
    apart = int((np.abs(new - old) > 1.000001e-7).sum())  # one unit of the last place
    return different, apart, float(np.abs(new - truth).max()), float(np.abs(old - truth).max())


def _features(file):
    for line in file:
        if line.startswith(
            (b'{"type":"Feature","properties"', b'{ "type": "Feature", "properties"')
        ):
            yield orjson.loads(line.rstrip().rstrip(b","))


def main() -> None:
    """Make the file, time both in turn, compare their results, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if shutil.which("ogr2ogr") is None:
        sys.exit("no ogr2ogr; install it (Debian: apt install gdal-bin)")
    with TemporaryDirectory() as name:
        folder = Path(name)
        source, target = folder / "roads.shp", folder / "ogr.geojson"
        make_source(source, options.features)
        ours, theirs = [], []
        for number in range(options.rounds):
            root = folder / f"workspace{number}"
            make_workspace(root)
            ours.append(seconds(import_command(root, source)))
            target.unlink(missing_ok=True)
            theirs.append(seconds(ogr2ogr_command(target, source)))
        found = compare(root / "data" / "roads.geojson", target, source)
        fresh = folder / "memory"
        make_workspace(fresh)
        memory = peak_memory(import_command(fresh, source))
    ratios = [other / one for one, other in zip(ours, theirs, strict=True)]
    print(
        f"{options.features:,} features, {options.rounds} rounds, {os.cpu_count()} cores; medians"
    )
    print(f"erdao-geo import: {statistics.median(ours):.1f} s, peak {memory:.0f} MB in all")
    print(f"ogr2ogr:          {statistics.median(theirs):.1f} s")
    print(f"ratio of the rounds: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
    different, apart, mine, other = found
    print(f"features whose attributes differ: {different}; coordinates over 1e-7 apart: {apart}")
    print(f"farthest from PROJ, in degrees: ours {mine:.1e}, ogr2ogr's {other:.1e}")


if __name__ == "__main__":
    main()
