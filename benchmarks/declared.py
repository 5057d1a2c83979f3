"""Put a right and a wrong .prj to layers of roads, both landing in the district: which are told.

    python benchmarks/declared.py --trials 20

Needs the real files in ../shared/real. The layers and the known lines are those of `sentinel.py`,
but for what leaves the district; each is written in UTM zone 51N or in Gauss-Kruger on the same
meridian, 2 km apart, and judged under its own name and under the other's.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from erdao_geo.crs import CRSVerdict, District, judge_crs
from sentinel import METRE, SIZES, make_layer, real_district, real_roads, shipped_district

PLANES = {"EPSG:4510": ("EPSG:4510", "EPSG:4550"), "EPSG:32651": ("EPSG:32651",)}
"""Each with all its names."""


def write(lonlat: npt.NDArray[np.object_], crs: str) -> npt.NDArray[np.object_]:
    """Bring geometries to a plane."""
    there = pyproj.Transformer.from_crs("EPSG:4490", crs, always_xy=True)
    return shapely.transform(lonlat, lambda xy: np.column_stack(there.transform(*xy.T)))


def measure(
    district: District, size: int, share: float, *, right: bool, trials: int
) -> Counter[str]:
    """Count what is asked, what is believed with the rival named, and what is called certain."""
    random = np.random.default_rng([size, int(share * 100), right])
    pieces = [
        p for p in shapely.get_parts(real_roads().geometry.to_numpy()) if p.length > 300 * METRE
    ]
    answers: Counter[str] = Counter()
    for number in range(trials):
        truth, other = list(PLANES)[:: 1 if number % 2 else -1]
        layer = make_layer(pieces, 4 * size + 20, share, random)
        file = write(layer[shapely.within(layer, district.outline)][:size], truth)
        verdict = judge_crs(
            file,
            declared=pyproj.CRS(truth if right else other),
            declared_by="roads.prj",
            district=district,
        )
        answers[_kind(verdict, truth)] += 1
    return answers


def _kind(verdict: CRSVerdict, truth: str) -> str:
    if verdict.decision == "ready":
        return "believed" if verdict.verdict == "certain" else "believed with doubt"
    first = verdict.candidates[0].crs
    return "asked" if first in PLANES[truth] else "asked, the wrong one first"


def main() -> None:
    """Print a table of answers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=20)
    trials = parser.parse_args().trials
    total: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for known, district in (("shipped", shipped_district()), ("real", real_district())):
        for share in (0.7, 0.3, 0.0):
            for size in SIZES:
                for right in (True, False):
                    answers = measure(district, size, share, right=right, trials=trials)
                    total[right] += answers
                    prj = "right" if right else "wrong"
                    print(f"| {known} | {share:.0%} | {size} | {prj} | {dict(answers)} |")
    print({"right" if right else "wrong": dict(counts) for right, counts in total.items()})


if __name__ == "__main__":
    main()
