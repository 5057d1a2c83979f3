"""Every figure of the shipped ledger, summed again from the files with geographiclib alone."""

from __future__ import annotations

import json
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from geographiclib.geodesic import Geodesic

from erdao_geo.cli import cli

ROOT = Path(__file__).parents[1]
EARTH = Geodesic(6_378_137, 1 / 298.257222101)
UNITS = {"km": 1000, "mu": 10_000 / 15, "wan_m2": 10_000, "count": 1}
STATUSES = ["planned", "under_construction", "completed"]
EVIDENCES = ["surveyed", "digitised", "approximate", "illustrative", "none"]
TARGETS = tomllib.loads((ROOT / "plan.toml").read_text("utf-8"))["target"]


def length(geometry: dict) -> float:
    lines = geometry["coordinates"]
    if geometry["type"] == "LineString":
        lines = [lines]
    return sum(
        EARTH.Inverse(a[1], a[0], b[1], b[0])["s12"] for line in lines for a, b in pairwise(line)
    )


def ring_area(ring: list) -> float:
    polygon = EARTH.Polygon()
    for lon, lat in ring[:-1]:
        polygon.AddPoint(lat, lon)
    return abs(polygon.Compute(False, True)[2])


def area(geometry: dict) -> float:
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    return sum(ring_area(p[0]) - sum(ring_area(hole) for hole in p[1:]) for p in polygons)


def size(target: dict, feature: dict) -> float:
    if target["unit"] == "count":
        return 1.0
    if feature["geometry"] is None:
        return 0.0
    measure = length if target["unit"] == "km" else area
    return measure(feature["geometry"]) / UNITS[target["unit"]]


def matches(feature: dict, condition: dict) -> bool:
    wanted = {name: v if isinstance(v, list) else [v] for name, v in condition.items()}
    return all(feature["properties"][name] in values for name, values in wanted.items())


def things(target: dict) -> list[tuple[float, str, str, bool]]:
    """Give size, status, evidence and done of each thing that the target counts or measures."""
    text = (ROOT / "data" / f"{target['layer']}.geojson").read_text("utf-8")
    chosen = [f for f in json.loads(text)["features"] if matches(f, target.get("where", {}))]
    groups: dict[str, list] = {}
    for number, feature in enumerate(chosen):
        name = feature["properties"][target["count_by"]] if "count_by" in target else number
        groups.setdefault(name, []).append(feature)
    done = target.get("done", {"status": "completed"})
    return [
        (
            size(target, members[0]),
            min((m["properties"]["status"] for m in members), key=STATUSES.index),
            max((m["properties"]["evidence"] for m in members), key=EVIDENCES.index),
            all(matches(m, done) for m in members),
        )
        for members in groups.values()
    ]


def split(found: list, place: int) -> dict[str, float]:
    sums: dict[str, float] = {}
    for thing in found:
        sums[thing[place]] = sums.get(thing[place], 0) + thing[0]
    return sums


@pytest.mark.accuracy
@pytest.mark.parametrize("id_", TARGETS)
def test_a_shipped_total_is_what_geographiclib_sums(id_: str) -> None:
    # The shipped layers hold no duplicates, so net and gross are the same plain sum.
    done = CliRunner().invoke(cli, ["--workspace", str(ROOT), "check", id_, "--json"])
    [row] = json.loads(done.stdout)["rows"]
    found = things(TARGETS[id_])
    total = sum(thing[0] for thing in found)
    assert row["gross"] == pytest.approx(total, rel=1e-9)
    assert row["net"] == pytest.approx(total, rel=1e-9)
    assert row["done"] == pytest.approx(sum(t[0] for t in found if t[3]), rel=1e-9)
    assert row["by_status"] == pytest.approx(split(found, 1), rel=1e-9)
    assert row["by_evidence"] == pytest.approx(split(found, 2), rel=1e-9)
    assert row["proven"] == 0  # nothing shipped is surveyed or digitised
    assert row["overlap"] == 0
