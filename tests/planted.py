"""Roads with a known truth: what is drawn twice, what only looks so, and what the net length is.

Each scene stands alone, in metres around its own origin. The first lines are the true ground; what
is drawn again is cut from them, copied, reversed or redrawn, so the truth needs no measuring of
overlaps: it is the length of the lines in `net`. What must never be merged (crossings, junctions,
forks, roundabouts, parallels) has all its lines in `net`.

The truth of the doubtful cases: where roads meet or cross at any angle, nothing is drawn twice,
though they are within the tolerance for a while; where two roads share their vertices over some
metres, those metres are; what is redrawn with noise is drawn twice as far as the true course is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely
from shapely import LineString, MultiLineString
from shapely.ops import substring

from erdao_geo import measure
from erdao_geo.definitions import OverlapRules
from erdao_geo.overlap import net_sizes

LON, LAT = 125.6, 43.86  # within Erdao
EAST, NORTH = 80_380.0, 111_111.0  # m in a degree there, about
APART = 3000.0  # m between the origins of scenes

Rng = np.random.Generator


@dataclass
class Scene:
    """Lines in the order of preference, and the truth about them."""

    kind: str
    lines: list[LineString | MultiLineString]
    net: list[LineString]
    """Lines that together are as long as the net total."""
    pairs: dict[tuple[int, int], float] = field(default_factory=dict)
    """What is drawn twice and is to be named: (counted, other) by number, metres of the other."""
    roads: list[str] | None = None
    """The names of the roads; by default each line has its own."""


def course(rng: Rng, vertices: int = 10) -> LineString:
    """Draw a road of some 300 m that turns gently, and now and then round a corner."""
    turns = rng.normal(0, 0.12, vertices - 1)
    if rng.random() < 0.3:
        turns[rng.integers(1, vertices - 1)] += rng.choice([-1, 1]) * rng.uniform(0.5, 1.5)
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(turns)
    steps = rng.uniform(15, 55, (vertices - 1, 1)) * np.stack([np.cos(heading), np.sin(heading)], 1)
    return LineString(np.concatenate([[[0, 0]], np.cumsum(steps, axis=0)]))


def straight(
    length: float, bearing: float = 0.0, start: tuple[float, float] = (0, 0)
) -> LineString:
    """Draw a straight road with a vertex every 25 m or so; the bearing in radians from east."""
    along = np.linspace(0, length, max(2, round(length / 25) + 1))[:, None]
    return LineString(np.array(start) + along * [np.cos(bearing), np.sin(bearing)])


def redrawn(line: LineString, noise: float, rng: Rng) -> LineString:
    """Draw a road again: other vertices on its course, each up to `noise` metres beside it.

    A careful hand sets a vertex every 10 to 40 m, and at each bend that can be seen.
    """
    xy = np.asarray(line.coords)
    heading = np.unwrap(np.arctan2(*np.diff(xy, axis=0).T[::-1]))
    bends = np.flatnonzero(np.abs(np.diff(heading)) > 0.12) + 1
    places = [line.project(shapely.Point(xy[bend])) for bend in bends]
    places += list(np.cumsum(rng.uniform(10, 40, int(line.length / 10))))
    places = sorted(place for place in places if 5 < place < line.length - 5)
    places = [
        0.0,
        *(p for p, q in pairwise([*places, line.length]) if q - p > 4),
        line.length,
    ]
    points = np.array([line.interpolate(place).coords[0] for place in places])
    angle, radius = rng.uniform(0, 2 * np.pi, len(points)), noise * np.sqrt(rng.random(len(points)))
    return LineString(points + np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1))


def turned(line: LineString, rng: Rng) -> LineString:
    return line.reverse() if rng.random() < 0.5 else line


def joined(*lines: LineString) -> LineString:
    """Draw lines that continue each other as one."""
    xy = [np.asarray(line.coords)[0 if i == 0 else 1 :] for i, line in enumerate(lines)]
    return LineString(np.concatenate(xy))


def end_and_heading(line: LineString) -> tuple[tuple[float, float], float]:
    (x0, y0), (x1, y1) = line.coords[-2:]
    return (x1, y1), float(np.arctan2(y1 - y0, x1 - x0))


def onward(line: LineString, turn: float, length: float) -> LineString:
    """Draw the straight road that goes on from a line's end."""
    start, heading = end_and_heading(line)
    return straight(length, heading + turn, start)


def turning_off(road: LineString, vertices: int, rng: Rng) -> tuple[LineString, LineString]:
    """Follow a road over so many vertices, then turn off it at 30 to 80 degrees."""
    xy = list(road.coords)
    heading = end_and_heading(LineString(xy[: vertices + 1]))[1]
    turn = rng.choice([-1, 1]) * rng.uniform(0.5, 1.4)
    return LineString(xy[:vertices]), straight(
        rng.uniform(50, 200), heading + turn, xy[vertices - 1]
    )


# What is drawn twice


def duplicate(rng: Rng) -> Scene:
    road = course(rng)
    return Scene("duplicate", [road, road], [road], {(0, 1): road.length})


def reversed_(rng: Rng) -> Scene:
    road = course(rng)
    return Scene("reversed", [road, road.reverse()], [road], {(0, 1): road.length})


def split(rng: Rng) -> Scene:
    """One drawing is cut at any places, and each part is turned or not."""
    road = course(rng)
    cuts = np.sort(rng.uniform(5, road.length - 5, rng.integers(1, 4)))
    cuts = np.concatenate([[0.0], cuts[np.diff(cuts, prepend=0) > 5], [road.length]])
    parts = [turned(substring(road, a, b), rng) for a, b in pairwise(cuts)]
    if rng.random() < 0.5:
        pairs = {(0, i + 1): part.length for i, part in enumerate(parts)}
        return Scene("split", [road, *parts], [road], pairs)
    pairs = {(i, len(parts)): part.length for i, part in enumerate(parts)}
    return Scene("split", [*parts, road], [road], pairs)


def contained(rng: Rng) -> Scene:
    road = course(rng)
    start = rng.uniform(5, road.length / 2)
    part = substring(road, start, start + rng.uniform(10, road.length / 2 - 5))
    return Scene("contained", [road, turned(part, rng)], [road], {(0, 1): part.length})


def partial(rng: Rng) -> Scene:
    """The second line is on the first one, then goes on alone: straight on, or at any turn."""
    road = course(rng)
    if rng.random() < 0.5:
        shared = substring(road, rng.uniform(0.2, 0.8) * road.length, road.length)
        own = onward(road, rng.uniform(-1.2, 1.2), rng.uniform(50, 200))
    else:
        shared, own = turning_off(road, int(rng.integers(2, len(road.coords) - 1)), rng)
    pairs = {(0, 1): shared.length}
    return Scene("partial", [road, turned(joined(shared, own), rng)], [road, own], pairs)


def redrawn_at(noise: float) -> Callable[[Rng], Scene]:
    def make(rng: Rng) -> Scene:
        road = course(rng)
        again = turned(redrawn(road, noise, rng), rng)
        return Scene(f"redrawn, {noise} m", [road, again], [road], {(0, 1): again.length})

    return make


def redrawn_split(rng: Rng) -> Scene:
    road = course(rng)
    again = redrawn(road, 1.0, rng)
    cut = rng.uniform(0.3, 0.7) * again.length
    parts = [substring(again, 0, cut), substring(again, cut, again.length)]
    pairs = {(0, i + 1): part.length for i, part in enumerate(parts)}
    return Scene("redrawn and split", [road, *parts], [road], pairs)


def redrawn_partial(rng: Rng) -> Scene:
    """The second line is redrawn with noise, over the end of the first one and on alone."""
    road = course(rng)
    shared = substring(road, rng.uniform(0.2, 0.7) * road.length, road.length)
    own = onward(road, rng.uniform(-0.2, 0.2), rng.uniform(50, 200))
    whole = joined(redrawn(shared, 1.0, rng), own)
    pairs = {(0, 1): shared.length}
    return Scene("redrawn in part", [road, turned(whole, rng)], [road, own], pairs)


def redrawn_then_off(rng: Rng) -> Scene:
    """The second line is redrawn with noise, and turns off at a junction of the first one."""
    road = course(rng)
    shared, own = turning_off(road, int(rng.integers(4, len(road.coords) - 2)), rng)
    whole = joined(redrawn(shared, 1.0, rng), own)
    pairs = {(0, 1): shared.length}
    return Scene("redrawn, then off", [road, whole], [road, own], pairs)


def twice_in_one(rng: Rng) -> Scene:
    road = course(rng)
    both = MultiLineString([road, turned(road, rng)])
    return Scene("twice in one feature", [both], [road], {(0, 0): road.length})


def ring(rng: Rng) -> Scene:
    """A closed road is drawn again from another vertex on."""
    circle = round_road(rng.uniform(20, 100), 24)
    xy = list(circle.coords)[:-1]
    begin = int(rng.integers(1, len(xy)))
    again = LineString([*xy[begin:], *xy[: begin + 1]])
    return Scene(
        "ring from elsewhere", [circle, turned(again, rng)], [circle], {(0, 1): again.length}
    )


def share_5_m(rng: Rng) -> Scene:
    """Two roads that cross share 5 m of linework at the junction."""
    half = rng.uniform(60, 200)
    turn, back = rng.uniform(0.4, 1.3, 2) * rng.choice([-1, 1])
    middle = LineString([(half, 0), (half + 5, 0)])
    road = LineString([(0, 0), (half, 0), (half + 5, 0), (2 * half, 0)])
    before = straight(half, -turn, (half - half * np.cos(turn), half * np.sin(turn)))
    after = onward(middle, back, half)
    pairs = {(0, 1): 5.0}
    other = joined(before, middle, after)
    return Scene("share 5 m", [road, turned(other, rng)], [road, before, after], pairs)


# What only looks so


def crossing(rng: Rng) -> Scene:
    """Two roads cross at 2 to 90 degrees, with a common vertex or none."""
    angle = rng.uniform(2, 90 if rng.random() < 0.5 else 15) * np.pi / 180
    length = rng.uniform(200, 500)
    road = straight(length)
    at = road.coords[int(rng.integers(2, len(road.coords) - 2))]
    shift = 0 if rng.random() < 0.5 else rng.uniform(0, 10)
    before = length * rng.uniform(0.3, 0.7)
    start = (at[0] + shift - before * np.cos(angle), at[1] - before * np.sin(angle))
    other = straight(length, angle, start)
    return Scene("crossing", [road, other], [road, other])


def t_junction(rng: Rng) -> Scene:
    """A road ends on another one at 15 degrees or more, or half a metre before or beyond it."""
    road = course(rng)
    place = rng.uniform(0.2, 0.8) * road.length
    at, along = end_and_heading(substring(road, place - 1, place))
    heading = along + rng.choice([-1, 1]) * np.radians(rng.uniform(15, 165))
    side = straight(rng.uniform(50, 300), heading, at)
    near = shapely.affinity.translate(
        side, *(rng.uniform(-0.5, 0.5) * np.array([np.cos(heading), np.sin(heading)]))
    )
    return Scene("T-junction", [road, turned(near, rng)], [road, near])


def fork(rng: Rng) -> Scene:
    """A road leaves another one at 3 to 30 degrees, straight or curved, from a common vertex."""
    road = straight(400)
    at = road.coords[int(rng.integers(1, 6))]
    angle = np.radians(rng.uniform(3, 30)) * rng.choice([-1, 1])
    side = straight(rng.uniform(80, 200), angle, at)
    if rng.random() < 0.4:
        radius = rng.uniform(80, 300)
        sweep = np.linspace(0, np.pi / 4, 12)
        side = LineString(
            np.array(at)
            + radius * np.stack([np.sin(sweep), np.sign(angle) * (1 - np.cos(sweep))], axis=1)
        )
    lines = [road, turned(side, rng)]
    return Scene("fork", lines, lines)


def fork_in_pieces(rng: Rng) -> Scene:
    """A fork whose branch, or whose road, is cut again some metres after it."""
    scene = fork(rng)
    index = int(rng.integers(0, 2))
    line = scene.lines[index]
    node = scene.lines[1].coords[0]
    if node not in scene.lines[0].coords:
        node = scene.lines[1].coords[-1]
    place = line.project(shapely.Point(node))
    cut = place + rng.uniform(4, 30) * (1 if place < line.length - 40 else -1)
    parts = [substring(line, 0, cut), substring(line, cut, line.length)]
    lines = (
        [*parts, scene.lines[1 - index]] if rng.random() < 0.5 else [scene.lines[1 - index], *parts]
    )
    return Scene("fork in pieces", lines, lines)


def round_road(radius: float, vertices: int) -> LineString:
    angle = np.linspace(0, 2 * np.pi, vertices + 1)
    xy = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    xy[-1] = xy[0]
    return LineString(xy)


def roundabout(rng: Rng) -> Scene:
    """Four roads come to a roundabout, each at one vertex or by two slip roads of a flare."""
    circle = round_road(rng.uniform(10, 30), 16)
    vertices = np.asarray(circle.coords)
    lines = [circle]
    for arm in range(4):
        at, aside = vertices[arm * 4], vertices[arm * 4 + 1]
        out = at / np.hypot(*at)
        if rng.random() < 0.5:
            lines.append(LineString([at, at + 30 * out, at + 120 * out]))
        else:
            tip = at + 40 * out
            lines += [
                LineString([at, tip]),
                LineString([aside, tip]),
                LineString([tip, tip + 90 * out]),
            ]
    return Scene("roundabout", lines, list(lines))


def parallel(rng: Rng, roads: list[str] | None = None) -> Scene:
    """Two roads run side by side, 8 to 30 m apart."""
    road = course(rng)
    beside = road.parallel_offset(rng.uniform(8, 30), rng.choice(["left", "right"]))
    if not isinstance(beside, LineString):
        return parallel(rng, roads)
    lines = [road, turned(beside, rng)]
    return Scene("parallel roads", lines, lines, roads=roads)


def carriageways(rng: Rng) -> Scene:
    """The two carriageways of one road; the pair is to be named, and both count (each)."""
    scene = parallel(rng, ["大街", "大街"])
    scene.kind = "carriageways"
    return scene


def network_redrawn(rng: Rng) -> Scene:
    """Roads that fork or meet at a roundabout, all of them drawn again with noise."""
    scene = rng.choice([fork, roundabout])(rng)
    again = [turned(redrawn(line, 1.0, rng), rng) for line in scene.lines]
    pairs = {(i, len(again) + i): line.length for i, line in enumerate(again)}
    return Scene("network redrawn", [*scene.lines, *again], scene.net, pairs)


TWICE = (
    duplicate, reversed_, split, contained, partial,
    redrawn_at(0.5), redrawn_at(1.0), redrawn_at(2.0), redrawn_split, redrawn_partial,
    redrawn_then_off, network_redrawn, twice_in_one, ring, share_5_m,
)  # fmt: skip
ONCE = (crossing, t_junction, fork, fork_in_pieces, roundabout, parallel, carriageways)


def scenes(count: int, seed: int = 2022) -> Iterator[Scene]:
    """Make so many scenes of each kind."""
    rng = np.random.default_rng(seed)
    for make in (*TWICE, *ONCE):
        for _ in range(count):
            yield make(rng)


def placed(line: shapely.Geometry, number: int) -> shapely.Geometry:
    """Put a scene's line on the map: scenes stand in rows of a hundred."""
    origin = np.array([number % 100 - 50, number // 100 - 50]) * APART
    return shapely.transform(line, lambda xy: (xy + origin) / [EAST, NORTH] + [LON, LAT])


def layer(some: list[Scene]) -> gpd.GeoDataFrame:
    """Put the lines of scenes into one layer, with ids by scene and line."""
    rows = [
        (f"{n:05d}-{i}", f"{n}-{i}" if scene.roads is None else f"{n}-{scene.roads[i]}", n, line)
        for n, scene in enumerate(some)
        for i, line in enumerate(scene.lines)
    ]
    ids, names, numbers, lines = zip(*rows, strict=True)
    geometry = [placed(line, number) for line, number in zip(lines, numbers, strict=True)]
    return gpd.GeoDataFrame({"id": ids, "name": names}, geometry=geometry, crs="EPSG:4326")


def truth(some: list[Scene]) -> gpd.GeoDataFrame:
    """Put the lines that make up the net total into one layer, with the scene's number."""
    rows = [(n, placed(line, n)) for n, scene in enumerate(some) for line in scene.net]
    numbers, geometry = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"scene": numbers}, geometry=list(geometry), crs="EPSG:4326")


@dataclass
class Row:
    """What was found of one kind."""

    scenes: int = 0
    planted: int = 0
    named: int = 0
    """Planted pairs that are named, with the right length: within 5 % or the tolerance."""
    false: int = 0
    """Pairs that change a total and were not planted."""
    truth: float = 0.0
    net: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def net_error(self) -> float:
        return self.net / self.truth - 1


def tally(some: list[Scene], rules: OverlapRules) -> dict[str, Row]:
    """Find what is drawn twice in scenes, all in one layer, and compare with the truth by kind."""
    features, ground = layer(some), truth(some)
    sizes = measure.length(features)
    net = net_sizes(features, "id", sizes, rules)
    true = measure.length(ground).groupby(ground["scene"]).sum()
    found = net.sizes.groupby(features["id"].str[:5].astype(int)).sum()
    rows: dict[str, Row] = defaultdict(Row)
    for number, scene in enumerate(some):
        row = rows[scene.kind]
        row.scenes += 1
        row.planted += len(scene.pairs)
        row.truth += true[number]
        row.net += found[number]
    for overlap in net.overlaps:
        scene = some[int(overlap.other[:5])]
        row = rows[scene.kind]
        row.reasons[overlap.reason] += 1
        metres = scene.pairs.get((int(overlap.counted[6:]), int(overlap.other[6:])))
        row.named += metres is not None and abs(overlap.size - metres) < max(0.05 * metres, 3)
        row.false += metres is None and overlap.changes
    return rows
