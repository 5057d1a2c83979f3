"""Plots of land of which the net area is known by construction, with overlaps planted in them.

They are laid out on an equal-area plane (Lambert's cylinder, true to scale at 43.9 N), where areas
are a matter of multiplying: plots that overlap share a cell of a grid, turned at random. No overlay
takes part in what is known of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

Floats = npt.NDArray[np.float64]
Pair = frozenset[str]
Rings = tuple[Floats, Floats]
"""Rings of n families of k plots (n, k, 30, 2), in metres from the cell's middle; their nets."""

_PLANE = "+proj=cea +lat_ts=43.9 +lon_0=125.6 +ellps=GRS80 +units=m"
_ORIGIN = (0.0, 6_110_000.0)
"""Metres on that plane of 125.6 E, 43.7 N, roughly."""
_CELL = 250.0
"""Metres: more than any family reaches."""
_HALF = np.r_[np.c_[np.arange(10) / 10, np.zeros(10)], np.c_[np.ones(5), np.arange(5) / 5]]
_SQUARE = np.r_[_HALF, 1 - _HALF]
"""The border of the unit square by 30 vertices, counter-clockwise."""
_RAYS = np.linspace(0, 2 * np.pi, 30, endpoint=False)


@dataclass(frozen=True)
class Plots:
    """Plots in no particular order, and what is known of them."""

    features: gpd.GeoDataFrame
    """The column `id` and polygons in EPSG:4326, of full double precision."""
    net: float
    """Square metres that they cover."""
    planted: dict[str, set[Pair]]
    """The pairs that share ground, by kind."""
    apart: set[Pair]
    """The pairs that share a border or a corner."""


def make_plots(count: int, seed: int = 2022, share: float = 0.2) -> Plots:
    """Make about `count` plots, that share of them in families that overlap or touch."""
    random = np.random.default_rng(seed)
    each = round(count * share / sum(size for _, _, size in KINDS.values()))
    alone = count - each * sum(size for _, _, size in KINDS.values())
    cells = random.permutation(each * len(KINDS) + alone)
    rings, net = _alone(random, alone)
    plots, total, start = [_placed(rings, cells[:alone], random)], float(net.sum()), alone
    planted: dict[str, set[Pair]] = {}
    for nth, (kind, (draw, pairs, size)) in enumerate(KINDS.items()):
        rings, net = draw(random, each)
        place = cells[alone + nth * each : alone + (nth + 1) * each]
        plots.append(_placed(rings, place, random))
        planted[kind] = _named(start, each, size, pairs)
        total, start = total + float(net.sum()), start + each * size
    features = gpd.GeoDataFrame(
        {"id": [_name(row) for row in range(start)]},
        geometry=shapely.polygons(np.concatenate(plots)),
        crs="EPSG:4326",
    )
    apart = planted.pop("neighbours") | planted.pop("corners")
    return Plots(features.iloc[random.permutation(start)], total, planted, apart)


def _name(row: int) -> str:
    return f"p{row:07d}"


def _named(start: int, families: int, size: int, pairs: list[tuple[int, int]]) -> set[Pair]:
    firsts = range(start, start + families * size, size)
    return {frozenset((_name(row + i), _name(row + j))) for row in firsts for i, j in pairs}


def _placed(rings: Floats, cells: npt.NDArray[np.int64], random: np.random.Generator) -> Floats:
    """Turn each family, put it into its cell, and bring it to degrees: (plots, 30, 2)."""
    angle = random.uniform(0, 2 * np.pi, len(rings))
    turn = np.stack([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rings = np.einsum("ijn,nkvj->nkvi", turn, rings)
    corner = np.stack([cells % 1000 - 500, cells // 1000], axis=1) * _CELL + _ORIGIN
    rings = (rings + corner[:, None, None]).reshape(-1, 2)
    lon, lat = Transformer.from_crs(_PLANE, 4326, always_xy=True).transform(*rings.T)
    return np.stack([lon, lat], axis=1).reshape(-1, 30, 2)


def _boxes(random: np.random.Generator, count: int) -> tuple[Floats, Floats, Floats]:
    """Draw boxes of 20 to 60 by 15 to 40 m: rings, widths, heights."""
    width, height = random.uniform(20, 60, count), random.uniform(15, 40, count)
    return _SQUARE * np.stack([width, height], axis=1)[:, None], width, height


def _moved(rings: Floats, right: Floats, up: Floats) -> Floats:
    return rings + np.stack([right, up], axis=1)[:, None]


def _radii(random: np.random.Generator, count: int) -> Floats:
    """Draw stars, as metres from their middle along 30 rays."""
    return random.uniform(20, 40, (count, 1)) * random.uniform(0.9, 1, (count, 30))


def _star(radii: Floats) -> Floats:
    return radii[..., None] * np.stack([np.cos(_RAYS), np.sin(_RAYS)], axis=1)


def _star_area(radii: Floats) -> Floats:
    """Sum the triangles between the rays."""
    return (radii * np.roll(radii, -1, axis=1)).sum(axis=1) * np.sin(_RAYS[1]) / 2


def _alone(random: np.random.Generator, count: int) -> Rings:
    radii = _radii(random, count)
    return _star(radii)[:, None], _star_area(radii)


def _duplicate(random: np.random.Generator, count: int) -> Rings:
    rings, net = _alone(random, count)
    return np.concatenate([rings, rings], axis=1), net


def _reversed(random: np.random.Generator, count: int) -> Rings:
    rings, net = _alone(random, count)
    return np.concatenate([rings, np.roll(rings[:, :, ::-1], 7, axis=2)], axis=1), net


def _contained(random: np.random.Generator, count: int) -> Rings:
    rings, net = _alone(random, count)
    return np.concatenate([rings, rings * 0.4], axis=1), net


def _redrawn(noise: float, random: np.random.Generator, count: int) -> Rings:
    """Draw stars again, each vertex moved along its ray by up to `noise` metres.

    Between two rays the union is the outer of two triangles or, where the borders cross, a
    triangle up to the crossing and another one from there.
    """
    radii = _radii(random, count)
    again = radii + random.uniform(-noise, noise, radii.shape)
    a1, b1, a2, b2 = radii, again, np.roll(radii, -1, axis=1), np.roll(again, -1, axis=1)
    sine = np.sin(_RAYS[1])
    # In coordinates along the two rays, an edge is x/r1 + y/r2 = 1.
    with np.errstate(divide="ignore", invalid="ignore"):
        determinant = 1 / (a1 * b2) - 1 / (a2 * b1)
        x, y = (1 / b2 - 1 / a2) / determinant, (1 / a1 - 1 / b1) / determinant
        crossed = (np.maximum(a1, b1) * y + np.maximum(a2, b2) * x) * sine / 2
    plain = np.maximum(a1 * a2, b1 * b2) * sine / 2
    crosses = (a1 - b1) * (a2 - b2) < 0
    net = np.where(crosses, crossed, plain).sum(axis=1)
    return np.stack([_star(radii), _star(again)], axis=1), net


def _partial(random: np.random.Generator, count: int) -> Rings:
    rings, width, height = _boxes(random, count)
    right, up = random.uniform(0.2, 0.8, (2, count)) * (width, height)
    net = 2 * width * height - (width - right) * (height - up)
    return np.stack([rings, _moved(rings, right, up)], axis=1), net


def _sliver(random: np.random.Generator, count: int) -> Rings:
    rings, width, height = _boxes(random, count)
    strip = random.uniform(0.1, 2.5, count)
    up = random.uniform(0.1, 0.4, count) * height
    net = 2 * width * height - strip * (height - up)
    return np.stack([rings, _moved(rings, width - strip, up)], axis=1), net


def _triple(random: np.random.Generator, count: int) -> Rings:
    """Draw three boxes in a row, of which the outer ones meet in the middle one."""
    rings, width, height = _boxes(random, count)
    right, up = random.uniform(0.1, 0.4, (2, count)) * (width, height)
    net = 3 * width * height - 2 * (width - right) * (height - up)
    steps = [_moved(rings, step * right, step * up) for step in (0, 1, 2)]
    return np.stack(steps, axis=1), net


def _touching(right: float, up: float, random: np.random.Generator, count: int) -> Rings:
    """Draw two boxes that share a side or a corner."""
    rings, width, height = _boxes(random, count)
    size = np.stack([width, height], axis=1)[:, None]
    neighbours = (_SQUARE + np.array([right, up])) * size
    return np.stack([rings, neighbours], axis=1), 2 * width * height


Draw = Callable[[np.random.Generator, int], Rings]
_TWO = [(0, 1)]
KINDS: dict[str, tuple[Draw, list[tuple[int, int]], int]] = {
    "duplicate": (_duplicate, _TWO, 2),
    "reversed": (_reversed, _TWO, 2),
    "contained": (_contained, _TWO, 2),
    "partial": (_partial, _TWO, 2),
    "redrawn, 0.5 m": (partial(_redrawn, 0.5), _TWO, 2),
    "redrawn, 1 m": (partial(_redrawn, 1.0), _TWO, 2),
    "redrawn, 2 m": (partial(_redrawn, 2.0), _TWO, 2),
    "sliver": (_sliver, _TWO, 2),
    "triple": (_triple, [(0, 1), (0, 2), (1, 2)], 3),
    "neighbours": (partial(_touching, 1, 0), _TWO, 2),
    "corners": (partial(_touching, 1, 1), _TWO, 2),
}
"""How each kind is drawn, which plots of a family share ground or a border, and how many it has."""
