"""Plant shifts in layers of roads and see which the offset sentinel finds, and what it invents.

    python benchmarks/sentinel.py --trials 40

Needs the real files in ../shared/real. A layer is made of pieces of OpenStreetMap's roads, set off
sideways by some 8 m, among side streets of the same directions that are on no map; it is compared
with the shipped context (approximate: true to some 100 m) and with OpenStreetMap's own avenues and
Tianditu's outline (a better district than most will have, and kin to the layer).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from shapely import ops

from erdao_geo.crs import District
from erdao_geo.crs.offset import to_bd09, to_gcj02
from erdao_geo.crs.sentinel import judge_offset

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "real"
SIZES = (1, 5, 20, 100)
METRE = 1 / 111_000
Shift = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]


def shipped_district() -> District:
    """Give the workspace's own outline and context."""
    context = gpd.read_file(ROOT / "data" / "context.geojson").dropna(subset="geometry")
    outline = gpd.read_file(ROOT / "data" / "boundary.geojson").geometry.iloc[0]
    return District(outline, tuple(zip(context["name"], context.geometry, strict=True)))


def real_district() -> District:
    """Give Tianditu's outline and OpenStreetMap's avenues."""
    districts = gpd.read_file(REAL / "changchun_districts_tianditu_cgcs2000.geojson")
    outline = districts[districts["adcode"].astype(str) == "220105"].geometry.iloc[0]
    roads = real_roads()
    return District(outline, tuple(zip(roads["name"], roads.geometry, strict=True)))


def real_roads() -> gpd.GeoDataFrame:
    """Read OpenStreetMap's roads, all of them lines."""
    roads = gpd.read_file(REAL / "erdao_osm_roads_subset_wgs84.geojson")
    return roads[roads.geom_type != "Point"]


def beijing_1954(lonlat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Write positions in Beijing 1954, by another of PROJ's sets than the sentinel's."""
    pipeline = (
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        "+step +proj=cart +ellps=krass "
        "+step +proj=helmert +x=12.646 +y=-155.176 +z=-80.863 +step +inv +proj=cart +ellps=WGS84 "
        "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    inverse = pyproj.enums.TransformDirection.INVERSE
    shift = pyproj.Transformer.from_pipeline(pipeline)
    return np.column_stack(shift.transform(*lonlat.T, direction=inverse))


SHIFTS: dict[str, tuple[str, Shift]] = {
    "none": ("EPSG:4490", lambda lonlat: lonlat),
    "GCJ-02": ("GCJ-02", to_gcj02),
    "BD-09": ("BD-09", to_bd09),
    "Beijing 1954": ("EPSG:4214", beijing_1954),
}


def make_layer(
    pieces: list[shapely.LineString], size: int, share: float, random: np.random.Generator
) -> npt.NDArray[np.object_]:
    """Make a layer of roads, `share` of them along known ones."""
    made = [
        _along(pieces, random) if random.random() < share else _side_street(random)
        for _ in range(size)
    ]
    return np.array(made, dtype=object)


def _along(pieces: list[shapely.LineString], random: np.random.Generator) -> shapely.LineString:
    weights = np.array([piece.length for piece in pieces])
    line = pieces[random.choice(len(pieces), p=weights / weights.sum())]
    length = min(line.length, random.uniform(400, 2000) * METRE)
    start = random.uniform(0, line.length - length)
    part = ops.substring(line, start, start + length)
    east, north = random.normal(0, 8, 2) * METRE
    return shapely.transform(part, lambda xy: xy + np.array([east, north]))


def _side_street(random: np.random.Generator) -> shapely.LineString:
    """Lay a street in the built-up west, in one of the town's two directions."""
    middle = random.uniform((125.35, 43.85), (125.50, 43.93))
    angle = random.choice([0, np.pi / 2]) + random.normal(0, np.radians(3))
    half = random.uniform(200, 800) * METRE * np.array([np.cos(angle) / 0.72, np.sin(angle)])
    return shapely.LineString([middle - half, middle, middle + half])


def measure(district: District, shift: str, size: int, share: float, trials: int) -> Counter[str]:
    """Count the sentinel's answers: right, wrong, or none."""
    random = np.random.default_rng([size, int(share * 100), len(shift)])
    pieces = [
        p for p in shapely.get_parts(real_roads().geometry.to_numpy()) if p.length > 300 * METRE
    ]
    truth, move = SHIFTS[shift]
    answers: Counter[str] = Counter()
    for _ in range(trials):
        layer = shapely.transform(make_layer(pieces, size, share, random), move)
        offset = judge_offset(layer, district)
        answers[_kind(offset.value, truth, fine=offset.fine)] += 1
    return answers


def _kind(value: str | None, truth: str, *, fine: bool) -> str:
    if value is None:
        return "unknown"
    if value == truth or (value, truth, fine) == ("EPSG:4490", "EPSG:4214", False):
        return "right" if value == truth else "unknown"  # "as it is, to some 100 m" is no claim
    return "wrong"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=40)
    trials = parser.parse_args().trials
    print("| known lines | roads along them | planted | features | right | wrong | cannot tell |")
    print("|---|---|---|---|---|---|---|")
    for name, district in (("shipped", shipped_district()), ("real", real_district())):
        for share in (0.7, 0.3, 0.0):
            for shift in SHIFTS if share else ("none",):
                for size in SIZES:
                    got = measure(district, shift, size, share, trials)
                    cells = " | ".join(
                        f"{got[k] / trials:.0%}" for k in ("right", "wrong", "unknown")
                    )
                    print(f"| {name} | {share:.0%} | {shift} | {size} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
