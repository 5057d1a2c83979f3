"""The matrix of shapefiles that an office may send, each made byte by byte from known truth.

A case says how a file is written; `write_case` writes it and gives the truth: names, and places in
longitude and latitude. Nothing of the project takes part, and no GDAL: coordinates go to the file's
CRS by PROJ on the CRS's own datum. What lies between that datum and CGCS2000 is made up here
(`DATUM_MOVES`), of the size and direction that are known of Changchun.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyproj

from chinese import name
from made import parted, write_dbf, write_shp

ENCODINGS = ("utf-8", "gbk", "gb18030")
HINTS = ("right", "wrong", "missing")
LANGUAGES = ("right", "wrong", "zero")
ROWS = (1, 5, 100)
LENGTHS = (2, 6, 40)
PARTS = ("whole", "no .shx", "no .dbf", "neither")
PLANES = {  # what the coordinates are in: EPSG, whether y comes first, a wrong .prj
    "degrees": (4490, False, 4551),
    "3-degree zone 42": (4530, False, 4529),
    "3-degree 126E": (4551, False, 4550),
    "6-degree zone 21": (4499, False, 4530),
    "6-degree 123E": (4510, False, 4551),
    "3-degree 123E": (4550, False, 4551),
    "Xian zone 42": (2366, False, 2365),
    "Xian 126E": (2387, False, 32651),
    "Beijing zone 42": (2418, False, 4490),
    "Beijing 126E": (2439, False, 2438),
    "UTM 51N": (32651, False, 32652),
    "Web Mercator": (3857, False, 4326),
    "lat, lon": (4490, True, 4530),
    "126E, y before x": (4551, True, 4490),
}
"""All wrong ones put the features out of the district. Of another datum on the same plane the
numbers tell nothing, and an older one's is tested apart; so is a plane that is 2 km away
(`test_crs_rivals`)."""
DATUM_MOVES = {2366: (45, 30), 2387: (45, 30), 2418: (76, 38), 2439: (76, 38)}
"""Metres east and north from the file's own degrees to the truth in CGCS2000."""
_RIGHT_CPG = {"utf-8": ("UTF-8", "65001"), "gbk": ("GBK", "936", "CP936"), "gb18030": ("GB18030",)}
_WRONG_CPG = {"utf-8": ("GBK", "ISO-8859-1", "936"), "gbk": ("UTF-8", "ISO-8859-1", "Big5")}
_WRONG_LANGUAGE = {"utf-8": (0x4D, 0x03), "gbk": (0x03, 0x57, 0x4F)}
_CODECS = {"GBK": "gb18030", "936": "gb18030", "UTF-8": "utf-8", "Big5": "big5"}
_BY_BYTE = {0x4D: "gb18030", 0x4F: "big5"}


@dataclass(frozen=True)
class Case:
    """How a shapefile is written."""

    encoding: str
    cpg: str
    language: str
    rows: int
    length: int
    plane: str
    prj: str
    parts: str

    @property
    def has_table(self) -> bool:
        return self.parts in ("whole", "no .shx")

    @property
    def epsg(self) -> int:
        return PLANES[self.plane][0]

    @property
    def crs(self) -> str:
        """As --crs takes it."""
        return f"EPSG:{self.epsg}" + ("-swapped" if PLANES[self.plane][1] else "")


@dataclass(frozen=True)
class Truth:
    """What a file holds."""

    path: Path
    names: list[str]
    lines: list[np.ndarray]
    """Longitude, latitude by vertex."""
    encoding_knowable: bool
    """It, or nothing else, is declared; or the texts are valid in no other that is declared or
    usual (UTF-8, GB18030). Windows-1252, in which nearly all bytes are valid, does not count."""
    crs_knowable: bool
    """The right .prj is there, and the axes are in their order."""


def every_case() -> list[Case]:
    """List the whole matrix; what a missing table makes equal stands once."""
    texts = itertools.product(ENCODINGS, HINTS, LANGUAGES, ROWS, LENGTHS)
    texts = [each for each in texts if each[0] != "utf-8" or each[2] != "right"]  # it has no byte
    places = list(itertools.product(PLANES, HINTS))
    whole = [Case(*t, *p, parts) for t in texts for p in places for parts in PARTS[:2]]
    bare = [
        Case("utf-8", "missing", "zero", rows, 2, *place, parts)
        for rows in ROWS
        for place in places
        for parts in PARTS[2:]
    ]
    return whole + bare


def sampled(count: int, seed: int) -> list[Case]:
    """Choose cases that hold every pair of values there is, and more at random."""
    cases = every_case()
    random.Random(seed).shuffle(cases)
    chosen: list[Case] = []
    met: set[tuple[object, ...]] = set()
    for case in cases:
        pairs = set(_pairs(case))
        if not pairs <= met:
            met |= pairs
            chosen.append(case)
    taken = set(chosen)
    rest = (case for case in cases if case not in taken)
    return chosen + list(itertools.islice(rest, max(0, count - len(chosen))))


def _pairs(case: Case) -> Iterator[tuple[object, ...]]:
    return itertools.combinations(enumerate(astuple(case)), 2)


def write_case(folder: Path, case: Case) -> Truth:
    """Write a case's file, and give what is in it."""
    rng = random.Random(repr(case))
    path = folder / "lines.shp"
    names = [name(rng, case.length, rare=case.encoding == "gb18030") for _ in range(case.rows)]
    lines = _along_avenues(rng, case.rows) if rng.random() < 1 / 3 else _anywhere(rng, case.rows)
    content = [parted(3, [_in_plane(line, case).tolist()]) for line in lines]
    write_shp(path, 3, content, shx=case.parts in ("whole", "no .dbf"))
    knowable = _write_table(path, case, names, rng) if case.has_table else True
    if case.prj != "missing":
        code = PLANES[case.plane][0 if case.prj == "right" else 2]
        path.with_suffix(".prj").write_text(pyproj.CRS(code).to_wkt("WKT1_ESRI"), "ascii")
    crs_knowable = case.prj == "right" and not PLANES[case.plane][1]
    return Truth(path, names, lines, knowable, crs_knowable)


def _write_table(path: Path, case: Case, names: list[str], rng: random.Random) -> bool:
    """Write the .dbf and .cpg; tell whether the encoding can be known."""
    codec = "utf-8" if case.encoding == "utf-8" else "gb18030"
    kind = "utf-8" if codec == "utf-8" else "gbk"
    cells = [text.encode(codec) for text in names]
    longest = max(map(len, cells))
    width = rng.choice((longest, min(254, longest + 10)))  # filled to the brim, or not
    title = rng.choice(("NAME", "名称")).encode(codec)
    wrong_byte, wrong_cpg = rng.choice(_WRONG_LANGUAGE[kind]), rng.choice(_WRONG_CPG[kind])
    language = {"right": 0x4D, "wrong": wrong_byte, "zero": 0}[case.language]
    fields = [(b"ID", "C", 8, 0), (title, "C", width, 0)]
    rows = [[f"r{number:04}".encode(), cell] for number, cell in enumerate(cells)]
    write_dbf(path.with_suffix(".dbf"), fields, rows, language=language)
    right_cpg = rng.choice(_RIGHT_CPG[case.encoding])
    if case.cpg != "missing":
        written = right_cpg if case.cpg == "right" else wrong_cpg
        path.with_suffix(".cpg").write_text(written, "ascii")
    if case.cpg == "right" or (case.cpg == "missing" and case.language == "right"):
        return True
    rivals = {"utf-8", "gb18030"} - {codec}
    rivals |= {_CODECS.get(wrong_cpg, codec)} if case.cpg == "wrong" else set()
    rivals |= {_BY_BYTE.get(language, codec)}
    return not any(_is_valid([title, *cells], rival) for rival in rivals - {codec})


def _is_valid(texts: list[bytes], codec: str) -> bool:
    try:
        for text in texts:
            text.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _anywhere(rng: random.Random, count: int) -> list[np.ndarray]:
    """Draw lines of some hundred metres, well inside the district."""
    lines = []
    for _ in range(count):
        at = np.array([rng.uniform(125.41, 125.49), rng.uniform(43.86, 43.90)])
        steps = [[rng.uniform(-4e-3, 4e-3), rng.uniform(-3e-3, 3e-3)] for _ in range(4)]
        lines.append(at + np.cumsum(steps, axis=0))
    return lines


def _along_avenues(rng: random.Random, count: int) -> list[np.ndarray]:
    """Draw pieces of known avenues, a few metres beside their middle."""
    lines = []
    for _ in range(count):
        avenue = np.array(rng.choice(avenues()))
        number = rng.randrange(len(avenue) - 1)
        start, end = sorted((rng.random(), rng.random()))
        share = np.linspace(start, end + 0.05, 4)[:, None]
        piece = avenue[number] + (avenue[number + 1] - avenue[number]) * share
        lines.append(piece + rng.gauss(0, 3e-5))
    return lines


@cache
def avenues() -> tuple[tuple[tuple[float, float], ...], ...]:
    """Give the lines of the district's context layer."""
    path = Path(__file__).parents[1] / "data" / "context.geojson"
    features = json.loads(path.read_text("utf-8"))["features"]
    located = [f["geometry"] for f in features if f["geometry"]]
    lines = [g["coordinates"] for g in located if g["type"] == "LineString"]
    return tuple(tuple(map(tuple, line)) for line in lines)


@cache
def _to_plane(epsg: int) -> pyproj.Transformer:
    crs = pyproj.CRS(epsg)
    return pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)


def _in_plane(line: np.ndarray, case: Case) -> np.ndarray:
    """Bring a line to a case's numbers."""
    east, north = DATUM_MOVES.get(case.epsg, (0, 0))
    own = line - np.array([east / 80_400, north / 111_100])  # metres of a degree here
    xy = np.column_stack(_to_plane(case.epsg).transform(own[:, 0], own[:, 1]))
    return xy[:, ::-1] if PLANES[case.plane][1] else xy
