"""The ledger of earlier months, told from the dates that features carry.

At the end of a month a feature had come as far as its dates prove, and never further than it is
today: begun once `started_on` has passed, completed once `completed_on` has. A feature without a
date had not begun. From the date of the layer's data on, everything is as it is.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from erdao_geo.check import Row, check_target
from erdao_geo.definitions import STATUSES, Layer
from erdao_geo.features import values

MOST_MONTHS = 120
"""The most that are told; what is older is before the first of them."""
MOST_CHECKS = 200_000
"""Features times months, beyond which pages and reports leave the earlier months out."""

Strings = npt.NDArray[np.str_]


def months_of(
    layers: Mapping[str, Layer],
    features: Mapping[str, gpd.GeoDataFrame],
    dates: Mapping[str, dt.date],
) -> list[str]:
    """List the months from the first date in the features to that of the newest data.

    Parameters
    ----------
    layers, features, dates
        By stem.

    Returns
    -------
    list of str
        As `2022-05`, without a gap; empty where no feature with a status has a date.
    """
    dated = [stem for stem, layer in layers.items() if _has_dates(layer)]
    known = {
        date
        for stem in dated
        for name in ("started_on", "completed_on")
        for date in _texts(features[stem], name).tolist()
    } - {""}
    if not known:
        return []
    last = max(dates[stem] for stem in dated)
    return months_between(dt.date.fromisoformat(min(known)), last)


def months_between(first: dt.date, last: dt.date) -> list[str]:
    """List the months of two days and between them, the last `MOST_MONTHS` of them.

    Examples
    --------
    >>> months_between(dt.date(2022, 11, 30), dt.date(2023, 1, 1))
    ['2022-11', '2022-12', '2023-01']
    """
    start, end = (day.year * 12 + day.month - 1 for day in (first, last))
    start = max(start, end + 1 - MOST_MONTHS)
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(start, end + 1)]


def last_day(month: str) -> dt.date:
    """Give the last day of a month.

    Examples
    --------
    >>> last_day("2024-02")
    datetime.date(2024, 2, 29)
    """
    year, number = map(int, month.split("-"))
    return dt.date(year, number, calendar.monthrange(year, number)[1])


def is_small(features: gpd.GeoDataFrame, months: Sequence[str]) -> bool:
    """Tell whether checking the features for each of the months is soon done."""
    return len(features) * len(months) <= MOST_CHECKS


def statuses_at(features: gpd.GeoDataFrame, day: dt.date) -> list[str | None]:
    """Tell how far each feature had come by the end of a day, as far as its dates prove."""
    end = day.isoformat()
    started, completed = (_texts(features, name) for name in ("started_on", "completed_on"))
    done = (completed != "") & (completed <= end)
    begun = (started != "") & (started <= end)
    proven = np.where(done, 2, np.where(begun, 1, 0))
    return [
        None if status is None else STATUSES[min(STATUSES.index(status), rank)]
        for status, rank in zip(values(features, "status"), proven.tolist(), strict=True)
    ]


def earlier_rows(
    row: Row, layer: Layer, features: gpd.GeoDataFrame, months: Sequence[str]
) -> list[tuple[int, Row]]:
    """Check a target at the end of each month before that of its data.

    Parameters
    ----------
    row
        The target's row of today.
    layer, features
        What it is checked by.
    months
        As `months_of` gives them.

    Returns
    -------
    list of (int, Row)
        The number of the first month that the row holds from; a month like the one before it has
        none of its own. Ends with today's row. Empty where the layer has no dates.
    """
    target, today = row.target, row.as_of
    if today is None or not _has_dates(layer):
        return []
    found: list[tuple[int, Row]] = []
    before: list[str | None] | None = None
    for number, month in enumerate(months):
        if last_day(month) >= today:
            return [*found, (number, row)]
        now = statuses_at(features, last_day(month))
        if now != before:
            then = features.assign(status=np.array(now, dtype=object))
            found.append((number, check_target(target, layer, then, as_of=last_day(month))))
        before = now
    return found


def _has_dates(layer: Layer) -> bool:
    return layer.has_status and any(name in layer.fields for name in ("started_on", "completed_on"))


def _texts(features: gpd.GeoDataFrame, name: str) -> Strings:
    """Give a date field as ISO text, empty where there is none."""
    return np.array([str(value or "")[:10] for value in values(features, name)], dtype="U10")
