"""Read a shapefile by its own description, without GDAL, and say what is odd in it.

Stock readers drop the shapes of a cut file without a word, and refuse one whose .shx is missing.
Here each record is read or listed with a reason, and one bad record costs one record (ESRI
Shapefile Technical Description, 1998).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyproj
from pyproj.exceptions import CRSError as ProjError

from erdao_geo.errors import SourceError
from erdao_geo.importing.foreign import Encoding, Finding, Source
from erdao_geo.importing.reading.dbf import read_dbf
from erdao_geo.importing.reading.limits import MAX_FEATURES, require_within
from erdao_geo.importing.reading.pairing import Shapes, count_lost, pair
from erdao_geo.importing.reading.plain import Bytes, Numbers, read_plain
from erdao_geo.importing.reading.shapes import FAMILIES, LARGEST, read_shape
from erdao_geo.importing.reading.shx import HEADER, Index, find_records

DRIVER = "ESRI Shapefile"
_MAGIC = 9994
_BLOCK_RECORDS = 65_536
_BLOCK_BYTES = 64 * 2**20
_LONGEST_PRJ = 65_536
_NO_TEXT = Encoding("utf-8", "certain", ("there is no .dbf, and so no text",))


def read_shapefile(shp: Path, *, shown: Path, encoding: str | None = None) -> Source:
    """Read a shapefile.

    Parameters
    ----------
    shp
        The .shp; its parts stand beside it, under the same stem with .shx, .dbf, .prj and .cpg.
    shown
        The file as the user named it; its stem is the layer's name.
    encoding
        The encoding that the user names.

    Returns
    -------
    Source
        A row for each record that is not deleted, in the file's order. A record whose shape or
        whose row is lost or cannot be read is in `rejected`, and null where nothing is known.

    Raises
    ------
    SourceError
        If it is no shapefile, or `encoding` is no encoding.
    """
    kind = _read_kind(shp, shown)
    index = find_records(shp, _beside(shp, ".shx"))
    require_within(shown, "records", len(index.starts), MAX_FEATURES)
    geometry = _read_geometry(shp, index)
    dbf_path, cpg_path = _beside(shp, ".dbf"), _beside(shp, ".cpg")
    claimed = _claimed_bytes(shp)
    findings = [*index.findings, *_dropped(kind), *_cut(shp, claimed)]
    if dbf_path is None:
        dbf = None
        findings.append(Finding(None, "dbf-missing", "there is no .dbf beside it: no fields"))
    else:
        cpg = cpg_path.read_bytes()[:64].decode("latin-1") if cpg_path else None
        dbf = read_dbf(dbf_path, shown=shown, encoding=encoding, cpg=cpg)
        findings += dbf.findings
    crs, evidence, faults = _read_crs(_beside(shp, ".prj"))
    lost = count_lost(index, dbf, shown, claimed=claimed)
    table, wkb, found, rejected = pair(dbf, geometry, lost)
    return Source(
        path=shown,
        driver=DRIVER,
        name=shown.stem,
        table=table,
        geometry=wkb,
        crs=crs,
        crs_evidence=evidence,
        encoding=dbf.encoding if dbf else _NO_TEXT,
        findings=(*findings, *faults, *found),
        rejected=rejected,
    )


def _beside(shp: Path, suffix: str) -> Path | None:
    path = shp.with_suffix(suffix)
    return path if path.is_file() and path.stat().st_size else None


def _read_kind(shp: Path, shown: Path) -> int:
    """Give the type of a .shp's shapes."""
    with shp.open("rb") as file:
        header = file.read(HEADER)
    if len(header) < HEADER or struct.unpack_from(">i", header)[0] != _MAGIC:
        raise SourceError(
            f"{shown}: begins with {header[:8]!r} and is no shapefile; ask the sender for it anew"
        )
    return int(struct.unpack_from("<i", header, 32)[0])


def _dropped(kind: int) -> list[Finding]:
    """Say what of the coordinates is left out."""
    if FAMILIES.get(kind, kind) == kind:
        return []
    what = "heights (Z)" if kind < 20 else "measures (M)"  # noqa: PLR2004 - 11 to 18 have heights
    return [Finding(None, "dimensions-dropped", f"its {what} are left out: features are flat")]


def _claimed_bytes(shp: Path) -> int:
    with shp.open("rb") as file:
        return 2 * int(struct.unpack_from(">i", file.read(HEADER), 24)[0])


def _cut(shp: Path, claimed: int) -> list[Finding]:
    """Say whether a .shp is shorter than its header says."""
    size = shp.stat().st_size
    if size >= claimed:
        return []
    return [Finding(None, "truncated", f"its .shp has {size:,} of {claimed:,} bytes: it is cut")]


def _read_geometry(shp: Path, index: Index) -> Shapes:
    chunks: list[pa.Array] = []
    findings: list[Finding] = []
    rejected: list[Finding] = []
    for rows in _blocks(index):
        starts, lengths = index.starts[rows], index.lengths[rows]
        data = np.memmap(shp, dtype=np.uint8, mode="r")  # anew, so that memory is freed
        there = np.flatnonzero(starts >= 0)
        chunk, plain = _read_block(data, starts, lengths, there)
        others = np.setdiff1d(np.arange(len(starts)), plain, assume_unique=True)
        careful: list[bytes | None] = []
        for at in map(int, others):
            wkb, notes, fault = _read_one(data, int(starts[at]), int(lengths[at]))
            careful.append(wkb)
            findings += [Finding(rows.start + at, rule, text) for rule, text in notes]
            rejected += [Finding(rows.start + at, rule, text) for rule, text in fault]
        chunks.append(_in_order(chunk, plain, pa.array(careful, pa.binary()), others))
    wkb = pa.chunked_array(chunks, type=pa.binary())
    return Shapes(wkb, tuple(findings), tuple(rejected))


def _blocks(index: Index) -> Iterator[slice]:
    """Part the records into blocks of bounded number and bytes."""
    ends = np.cumsum(index.lengths)
    at = 0
    while at < len(ends):
        before = int(ends[at - 1]) if at else 0
        fits = int(np.searchsorted(ends, before + _BLOCK_BYTES, side="right"))
        stop = min(max(fits, at + 1), at + _BLOCK_RECORDS)
        yield slice(at, stop)
        at = stop


def _read_block(
    data: Bytes, starts: Numbers, lengths: Numbers, there: Numbers
) -> tuple[pa.Array, Numbers]:
    """Read the plain shapes of a block that stand close together in the file."""
    if len(there):
        first = int(starts[there].min()) // 4 * 4
        last = int((starts[there] + lengths[there]).max())
        if last - first <= 2 * _BLOCK_BYTES:
            block = np.array(data[first : last + 3])
            wkb, plain = read_plain(block, starts[there] - first, lengths[there])
            return wkb, there[plain]
    return pa.array([], pa.binary()), np.zeros(0, dtype=np.int64)


def _read_one(
    data: Bytes, start: int, length: int
) -> tuple[bytes | None, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    if start < 0:
        return None, (), (("truncated", "its shape is lost: the .shp is cut or damaged"),)
    if length > LARGEST:
        return None, (), (("geometry-too-large", f"its shape takes {length:,} bytes"),)
    shape = read_shape(data[start : start + length].tobytes())
    return shape.wkb, shape.notes, (shape.fault,) if shape.fault else ()


def _in_order(plain: pa.Array, at: Numbers, others: pa.Array, others_at: Numbers) -> pa.Array:
    """Join what was read in two ways, in the order of the file."""
    if not len(others):
        return plain
    order = np.argsort(np.concatenate([at, others_at]), kind="stable")
    return pa.concat_arrays([plain, others]).take(pa.array(order))


def _read_crs(
    prj: Path | None,
) -> tuple[pyproj.CRS | None, tuple[str, ...], tuple[Finding, ...]]:
    """Read what a .prj says."""
    if prj is None:
        return None, ("there is no .prj beside it",), ()
    with prj.open("rb") as file:
        text = file.read(_LONGEST_PRJ).decode("utf-8-sig", "replace").strip("\0 \r\n\t")
    try:
        crs = _parse_prj(text)
    except ProjError:
        begins = " ".join(text[:30].split())
        message = f"its .prj says {begins!r}, which is no CRS"
        return None, (message,), (Finding(None, "prj-unreadable", message),)
    return crs, (f"its .prj says {crs.name}",), ()


@lru_cache(maxsize=64)  # Esri's words take PROJ 15 ms; of a delivery most files say the same
def _parse_prj(text: str) -> pyproj.CRS:
    return pyproj.CRS.from_wkt(text)
