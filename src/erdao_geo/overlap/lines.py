"""Net length: what each line adds once every stretch of ground counts once.

A stretch of a line is drawn again where it runs alongside an earlier line, within the tolerance and
in its direction or against it, and does not merely meet or cross it (`judged.py`). This is decided
place by place, so that it does not matter how lines are split, joined or ordered. The preferred
line counts; of the other one, the stretch is an overlap.
"""

from __future__ import annotations

from operator import itemgetter

import geopandas as gpd
import numpy as np
import pandas as pd

from erdao_geo.definitions import OverlapRules
from erdao_geo.overlap.alongside import stretches_alongside
from erdao_geo.overlap.carriageways import carriageways_of
from erdao_geo.overlap.cells import EXACT, cells_of
from erdao_geo.overlap.judged import drawn_again
from erdao_geo.overlap.pairs import ROUNDING, Pairs, pairs_of
from erdao_geo.overlap.result import AGAIN, Net, Overlap
from erdao_geo.overlap.segments import Floats, Segments, segments_of, sums

_STEEPEST = float(np.tan(np.radians(30)))  # redrawn at 2 m of noise, a short edge turns by so much


def net_lengths(
    features: gpd.GeoDataFrame, key: str, sizes: pd.Series[float], rules: OverlapRules
) -> Net:
    """Tell what each line adds to a total in which ground counts once.

    Parameters
    ----------
    features
        Lines in EPSG:4326, the preferred one of two that overlap first. Null and empty geometries
        cover no ground.
    key
        The column that names a feature.
    sizes
        Geodesic metres, indexed as `features`.
    rules
        The tolerance, and how carriageways count.

    Returns
    -------
    Net
        The overlaps in the order of `features` by `other`, then by `counted`; those that change a
        total sum to gross less net. A feature that lies on itself overlaps itself.
    """
    segments = segments_of(features)
    tolerance = max(rules.tolerance, EXACT)
    again, covered = _drawn_again(segments, tolerance)
    beside = Pairs.none()
    if rules.road in features and len(segments.owner):
        beside = carriageways_of(segments, features[rules.road], covered, tolerance)
    centreline = rules.carriageways == "centreline"
    lengths = sums(segments.owner, segments.end - segments.begin, len(features))
    lost = _lost(again, lengths) + (_lost(beside, lengths) if centreline else 0.0)
    all_lost = lost > lengths - ROUNDING
    with np.errstate(divide="ignore", invalid="ignore"):
        metre = sizes.to_numpy() / np.where(all_lost, lost, lengths)
    keys = features[key].astype(str).tolist()
    found = _named(again, keys, metre, changes=True)
    found += _named(beside, keys, metre, changes=centreline)
    left = np.where(all_lost & (lost > 0), 0.0, sizes - np.where(lost > 0, lost * metre, 0.0))
    return Net(
        sizes=pd.Series(left, index=sizes.index, name=sizes.name),
        overlaps=tuple(overlap for _, overlap in sorted(found, key=itemgetter(0))),
        again=frozenset(o.other for _, o in found if o.reason in AGAIN and o.other != o.counted),
    )


def _drawn_again(segments: Segments, tolerance: float) -> tuple[Pairs, Floats]:
    """Find what is drawn again: by pairs of features, and as stretches of the axis."""
    nothing = Pairs.none(), np.empty((0, 2))
    if not len(segments.owner):
        return nothing
    stretches = stretches_alongside(segments, tolerance, _STEEPEST)
    if not len(stretches):
        return nothing
    cells = cells_of(segments, stretches)
    start, end = drawn_again(segments, cells, tolerance)
    covered = np.stack([start, end], axis=1)[end > start]
    return pairs_of(segments, cells, start, end, tolerance), covered


def _lost(pairs: Pairs, lengths: Floats) -> Floats:
    """Sum up what of each feature lies on others, on the axis."""
    return sums(pairs.other, pairs.length, len(lengths))


def _named(
    pairs: Pairs, keys: list[str], metre: Floats, *, changes: bool
) -> list[tuple[tuple[int, int], Overlap]]:
    """Name each pair, with the rows to sort by; `metre` is a metre of the axis, by feature."""
    size = pairs.length * metre[pairs.other]
    columns = pairs.counted, pairs.other, size, pairs.reason
    return [
        ((other, counted), Overlap(keys[counted], keys[other], metres, reason, changes))
        for counted, other, metres, reason in zip(*(c.tolist() for c in columns), strict=True)
    ]
