"""Control points: places that are known both in a file's coordinates and in truth."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from erdao_geo.errors import SourceError

_FIELDS = ("x", "y", "lon", "lat")


def read_control(path: Path) -> npt.NDArray[np.float64]:
    """Read control points from a CSV with the columns x, y, lon, lat.

    Parameters
    ----------
    path
        x, y as in the file; lon, lat in CGCS2000 degrees.

    Returns
    -------
    numpy.ndarray of float
        A row of four for each point.

    Raises
    ------
    SourceError
        If it cannot be read, or a row does not hold the four numbers.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{path}: cannot be read as control points ({error}); give a CSV in UTF-8"
        ) from error
    points = []
    for number, row in enumerate(rows, start=2):
        try:
            points.append([_finite(row[name]) for name in _FIELDS])
        except (KeyError, TypeError, ValueError) as error:
            raise SourceError(
                f"{path}: line {number} does not hold {', '.join(_FIELDS)} as numbers; the first "
                "line must name these columns"
            ) from error
    return np.array(points, dtype=np.float64).reshape(-1, len(_FIELDS))


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text!r} is no place")
    return number
