"""Roads along the known avenues of a district, as a survey would have them."""

from __future__ import annotations

import numpy as np
from shapely import affinity, ops

from erdao_geo.crs import District


def roads_along(district: District, count: int, *, seed: int) -> np.ndarray:
    """Lay roads along the known lines of a district, a few metres beside them."""
    random = np.random.default_rng(seed)
    pieces = []
    for _ in range(count):
        _, line = district.lines[random.integers(len(district.lines))]
        start = random.uniform(0, 0.7)
        part = ops.substring(line, start, start + 0.3, normalized=True)
        pieces.append(affinity.translate(part, *random.normal(0, 5e-5, 2)))
    return np.array(pieces, dtype=object)
