"""The corpus of nasty and real files: each ends as the manifest says, and is read right.

What the manifest says is held against the bytes where we differ: `DEVIATIONS` has the argument.
"""

from __future__ import annotations

import csv
import re
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from erdao_geo.importing import Inspection, inspect_file
from erdao_geo.importing.delivery import geometries_of

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
SECONDS = 30

DEVIATIONS = {
    "fiona/testopenfilegdb.gdb.zip": (
        "ready 476",
        "6 is its first layer alone; all its layers together have 476 records (ogrinfo counts "
        "them, too), and of other files of several layers the manifest wants all",
    ),
    "gdal/csv/csv_with_utf8_bom.csv": (
        "refuse",
        "each of its rows has 4 cells under 3 names, so one column has none: the first, as R "
        "leaves it out, or the last. As is, WKT is LOC and BAY. Nothing of it can be imported",
    ),
    "gdal/csv/unbalanced_double_quotes.csv": (
        "refuse",
        'in its bytes, 1,"foo"" and 2,bar, a quote is never closed and swallows the rest. The '
        "manifest's own note allows to refuse it; GDAL gives 0 rows or 1, by its version",
    ),
    "gdal/flatgeobuf/invalid_compoundcurve_non_contiguous_curves.fgb": (
        "refuse",
        "its header says 1 feature and it is there, with a curve that does not hang together: all "
        "there is would be rejected, so it is refused with that reason; ACCEPT 0 would lose it",
    ),
    "gdal/flatgeobuf/invalid_curvepolygon_linestring_three_points.fgb": (
        "refuse",
        "as the one before: 1 feature in the header, 1 in the file, its ring has three points",
    ),
    "gdal/flatgeobuf/invalid_multisurface_of_polyhedralsurface.fgb": (
        "refuse",
        "322 bytes, most of them 0x20, whose header says 2,105,376 (0x202020) features: it is no "
        "file of no features but a damaged one, and is refused with that reason",
    ),
    "gdal/shp/emptymultiline.shp": (
        "refuse",
        "its one line has 4 points (100 0 to 103 3) and counts no part, so all there is would be "
        "rejected. There is no 'projected number' in it, and without a place nothing to ask",
    ),
    "gdal/topojson/topojson_with_crs.topojson": (
        "ask 2",
        "asked, as it says; but it has two objects (a_layer, foo) with a line each, so 2",
    ),
    "mapshaper/shapefile/shplib/3dpoints.shp": (
        "ready 22",
        "all 22 points lie within -3.2 -0.6 to 11.9 10.5; the manifest itself calls that "
        "degree-like, and wants such files accepted everywhere else",
    ),
}
"""Where we answer otherwise, how, and why the line is wrong."""


@dataclass(frozen=True)
class Line:
    """A line of the manifest."""

    file: str
    special: str
    kind: str
    features: int
    stock: str

    @property
    def path(self) -> Path:
        return CORPUS / self.file


@dataclass(frozen=True)
class Answer:
    """What inspecting a file gave."""

    inspection: Inspection
    seconds: float

    @property
    def features(self) -> int:
        return sum(verdict.features for verdict in self.inspection.verdicts)

    @property
    def asks(self) -> list[str]:
        return [ask for verdict in self.inspection.verdicts for ask in verdict.asks]

    def __str__(self) -> str:
        decision = self.inspection.decision
        return decision if decision == "refuse" else f"{decision} {self.features}"


def _lines() -> Iterator[Line]:
    manifest = CORPUS / "MANIFEST.tsv"
    if not manifest.exists():
        return
    with manifest.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            kind, *count = row["expected"].split()
            features = int(count[0]) if count else 0
            stock = row["pyogrio 0.13 (GDAL 3.12.4)"]
            yield Line(row["file"], row["special"], kind, features, stock)


LINES = list(_lines())
pytestmark = pytest.mark.skipif(not LINES, reason="the corpus (../shared/corpus) is not here")
each_line = pytest.mark.parametrize("line", LINES, ids=lambda line: line.file)


def _inspect(line: Line) -> Answer:
    started = time.monotonic()
    inspection = inspect_file(line.path)
    return Answer(inspection, time.monotonic() - started)


@cache
def _answers() -> dict[str, Answer]:
    """Inspect all: most of the time is spent waiting for a child process each."""
    with ThreadPoolExecutor(4) as pool:
        return dict(zip([line.file for line in LINES], pool.map(_inspect, LINES), strict=True))


def _agrees(line: Line, answer: Answer) -> bool:
    decision, count = answer.inspection.decision, answer.features == line.features
    if line.kind == "REFUSE":
        return decision == "refuse"
    if line.kind == "ASK":
        return decision == "ask" and count
    only_crs = all(ask.startswith("--crs") for ask in answer.asks)
    return count and (decision == "ready" or (decision == "ask" and only_crs))


@each_line
def test_each_file_ends_as_its_line_says_or_the_line_is_argued_against(line: Line) -> None:
    answer = _answers()[line.file]
    if line.file in DEVIATIONS:
        assert str(answer) == DEVIATIONS[line.file][0]
        assert not _agrees(line, answer), "the deviation is none any more: take it out"
    else:
        assert _agrees(line, answer), f"{answer}: {answer.inspection.refusal} {answer.asks}"


def test_no_file_takes_half_a_minute() -> None:
    slow = [line for line in LINES if _answers()[line.file].seconds > SECONDS]
    again = {line.file: _inspect(line).seconds for line in slow}  # alone: a machine may be busy
    assert all(seconds <= SECONDS for seconds in again.values()), again


def test_a_refusal_is_one_line_that_names_the_file() -> None:
    refusals = [a.inspection for a in _answers().values() if a.inspection.refusal]
    assert refusals
    odd = [i.refusal for i in refusals if "\n" in i.refusal or i.path.name not in i.refusal]
    assert not odd


@each_line
def test_records_add_up_and_what_is_rejected_is_among_them(line: Line) -> None:
    for verdict in _answers()[line.file].inspection.verdicts:
        source = verdict.source
        assert len(source.table) == len(source.geometry) == verdict.features
        assert sum(verdict.geometry.values()) == verdict.features
        rejected = {f.record for f in source.rejected if f.record is not None}
        assert rejected <= set(range(verdict.features))


def codec_of(line: Line) -> str | None:
    """Give the encoding that the manifest names for a shapefile's text."""
    found = re.search(r"text ([\w-]+),", line.special)
    return found[1] if found and line.file.endswith(".shp") and line.kind != "REFUSE" else None


def cells_by_field(line: Line) -> dict[int, list[bytes]]:
    """Slice the text cells out of a .dbf, by the place of the field; deleted rows are left out."""
    name = f"{line.path.stem}.dbf".lower()
    data = next(p for p in line.path.parent.iterdir() if p.name.lower() == name).read_bytes()
    count, start, length = struct.unpack_from("<IHH", data, 4)
    kinds, widths, at = [], [], 32
    while data[at] != 0x0D and at + 32 < start:
        kinds.append(chr(data[at + 11]))
        widths.append(data[at + 16])
        at += 32
    ends = np.cumsum([1, *widths]).tolist()
    rows = [data[start + n * length : start + (n + 1) * length] for n in range(count)]
    kept = [row for row in rows if row[:1] != b"*"]
    return {
        place: [row[ends[place] : ends[place + 1]] for row in kept]
        for place, kind in enumerate(kinds)
        if kind == "C"
    }


def text_cells(line: Line) -> list[bytes]:
    """Give all text cells of a shapefile."""
    return [cell for cells in cells_by_field(line).values() for cell in cells]


def _legible(text: str) -> str:
    """Leave out what stands for bytes of a cut or destroyed character, and what fills a cell."""
    return text.replace("\ufffd", "").strip(" \0")


OTHER_CODECS = {
    "nts/Sept_polygones.shp": ("cp1252", "Plan du cadastre du Qu\\xe9bec: French, not Qu閎ec"),
    "nts/crustal_test_bugged.shp": ("cp1252", "between 13\\xb0S and 18\\xb0S: degrees, not 13癝"),
    "pyshp/latin1.shp": ("cp1252", "\\xd1and\\xfa: Ñandú, and the file is called latin1; not 補nd"),
    "shapefilejs/htmlcpg.shp": ("utf-8", "Hněvošický háj is UTF-8; as GB18030 it is nonsense"),
    "shapefilejs/htmlprj.shp": ("utf-8", "the same table, whose .cpg says UTF-8"),
}
"""Where the manifest's codec is wrong: ours, and why."""


@pytest.mark.parametrize("line", [x for x in LINES if codec_of(x)], ids=lambda line: line.file)
def test_text_is_what_the_bytes_say_in_the_encoding_of_the_manifest(line: Line) -> None:
    (verdict,) = _answers()[line.file].inspection.verdicts
    codec = OTHER_CODECS.get(line.file, (codec_of(line),))[0]
    assert codec
    compared = 0
    for place, cells in cells_by_field(line).items():
        ours = verdict.source.table.column(place).to_pylist()
        for mine, cell in zip(ours, cells, strict=False):
            assert _legible(mine or "") == _legible(cell.decode(codec, errors="ignore"))
            compared += not cell.isascii()
    assert compared


def _is_clean(line: Line) -> bool:
    return (
        line.file.endswith(".shp")
        and re.fullmatch(r"ok n=\d+( \[NOCRS\])?", line.stock) is not None
    )


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("line", [x for x in LINES if _is_clean(x)], ids=lambda line: line.file)
def test_shapes_are_those_that_gdal_reads_where_it_reads_them_right(line: Line) -> None:
    (verdict,) = _answers()[line.file].inspection.verdicts
    _, _, wkb, _ = pyogrio.raw.read(line.path, columns=[])
    theirs = shapely.normalize(shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore")))
    ours = shapely.normalize(geometries_of(verdict.source.geometry))
    assert len(ours) == len(theirs)
    same = shapely.equals_exact(ours, theirs) | (
        shapely.is_missing(ours) & shapely.is_missing(theirs)
    )
    assert same.all(), np.flatnonzero(~same)


def test_the_multipatches_of_a_geodatabase_are_rejected_with_the_way_out() -> None:
    inspection = inspect_file(CORPUS / "fiona" / "testopenfilegdb.gdb.zip", part="multipatch")
    [verdict] = inspection.verdicts
    assert len(verdict.source.rejected) == verdict.features == 5
    assert all("save what it covers" in each.message for each in verdict.source.rejected)
