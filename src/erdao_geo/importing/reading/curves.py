"""Curves that a table spells out in WKT, made straight by GDAL, as those of other formats are."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from erdao_geo.importing.reading.columns import UTF8
from erdao_geo.importing.reading.driving import read_table, run_reader
from erdao_geo.importing.reading.formats import CURVES
from erdao_geo.importing.reading.preparing import Prepared
from erdao_geo.importing.reading.private import Staged


def straighten(texts: Sequence[str], shown: Path) -> list[bytes | None]:
    """Give the WKB of WKT with curves, of straight pieces (4 degrees each).

    Parameters
    ----------
    texts
        WKT of one geometry each.
    shown
        The file that they are in, for messages.

    Returns
    -------
    list of bytes or None
        None where a text cannot be read.
    """
    with TemporaryDirectory(prefix="erdao-geo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        path = folder / "source.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["WKT"], *([text] for text in texts)])
        result = run_reader(Staged(path, shown, CURVES), Prepared(UTF8), folder)
        if "error" in result:
            return [None] * len(texts)
        _, geometry = read_table(result["layers"][0], folder)
        return list(geometry.to_pylist())
