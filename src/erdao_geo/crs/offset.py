"""The shift of Chinese web maps: GCJ-02 (Gaode, Tencent, DataV) and BD-09 (Baidu).

The formula is the one in public use. It is known from its results, not from an official text, so
what is exact here is the way back: four fixed-point steps return to the start within a micrometre.
Outside China's box the formula moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Coordinates = npt.NDArray[np.float64]
"""A row for each position: lon, lat in degrees."""

_SEMI_MAJOR = 6_378_245.0  # metres: of Krassovsky, which the formula was made with
_ECCENTRICITY2 = 0.006_693_421_622_965_943_23
_CHINA = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north of the formula's reach
_BD_TURNS = np.pi * 3000 / 180
_BD_SHIFT = (0.0065, 0.006)  # degrees
_STEPS = 4  # each one is some 200 times closer: 3 m, 1 cm, 0.07 mm, 0.3 um


def to_gcj02(lonlat: Coordinates) -> Coordinates:
    """Shift positions in CGCS2000 to GCJ-02, as Gaode's map shows them.

    Parameters
    ----------
    lonlat
        A row for each position, in degrees.

    Returns
    -------
    numpy.ndarray
        Rows as in `lonlat`; one outside China is as it was, one that is no number stays so.

    Examples
    --------
    >>> to_gcj02(np.array([[125.5, 43.85], [2.35, 48.86]])).round(5).tolist()
    [[125.50639, 43.85235], [2.35, 48.86]]
    """
    return _within_china(lonlat, _gcj02)


def to_bd09(lonlat: Coordinates) -> Coordinates:
    """Shift positions in CGCS2000 to BD-09, as Baidu's map shows them; see `to_gcj02`."""
    return _within_china(lonlat, lambda true: _bd09(_gcj02(true)))


def from_gcj02(lonlat: Coordinates) -> Coordinates:
    """Take positions in GCJ-02 back to CGCS2000, exactly where `to_gcj02` had them."""
    return _within_china(lonlat, lambda shifted: _inverse(_gcj02, shifted))


def from_bd09(lonlat: Coordinates) -> Coordinates:
    """Take positions in BD-09 back to CGCS2000, exactly where `to_bd09` had them."""
    return _within_china(lonlat, lambda shifted: _inverse(_gcj02, _inverse(_bd09, shifted)))


def _within_china(lonlat: Coordinates, shift: Callable[[Coordinates], Coordinates]) -> Coordinates:
    west, south, east, north = _CHINA
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    result = lonlat.astype(np.float64, copy=True)
    result[inside] = shift(result[inside])
    return result


def _inverse(forward: Callable[[Coordinates], Coordinates], shifted: Coordinates) -> Coordinates:
    """Find what `forward` takes to `shifted`: a shift varies slowly, so correct by its error."""
    guess = shifted
    for _ in range(_STEPS):
        guess = guess - (forward(guess) - shifted)
    return guess


def _gcj02(lonlat: Coordinates) -> Coordinates:
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    x, y = lon - 105.0, lat - 35.0
    common = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    root = np.sqrt(np.abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (common + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y)) * 2 / 3
    north += (160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (common + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x)) * 2 / 3
    east += (150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)) * 2 / 3
    phi = np.radians(lat)
    magic = 1 - _ECCENTRICITY2 * np.sin(phi) ** 2
    meridian = _SEMI_MAJOR * (1 - _ECCENTRICITY2) / magic**1.5
    parallel = _SEMI_MAJOR / np.sqrt(magic) * np.cos(phi)
    return lonlat + np.degrees(np.column_stack([east / parallel, north / meridian]))


def _bd09(gcj02: Coordinates) -> Coordinates:
    x, y = gcj02[:, 0], gcj02[:, 1]
    radius = np.hypot(x, y) + 2e-5 * np.sin(y * _BD_TURNS)
    angle = np.arctan2(y, x) + 3e-6 * np.cos(x * _BD_TURNS)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + _BD_SHIFT
