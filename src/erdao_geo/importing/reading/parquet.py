"""Read a GeoParquet file, as a script of its own: `parquet.py REQUEST`, REQUEST being JSON.

Run by `isolate`, and never imported by the program: pyarrow, too, is C++ that
foreign bytes go into. It writes `0.arrow` and `result.json` as `gdal.py` does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

_CRS84 = "OGC:CRS84"
"""What GeoParquet 1.1 means where it has no `crs`."""
_LAST_SIMPLE = 7


def main(text: str) -> None:
    """Read the file that a request names."""
    request = json.loads(text)
    folder = Path(request["folder"])
    try:
        result: dict[str, Any] = {"layers": [_read(request, folder)]}
    except MemoryError:
        raise
    except Exception as error:  # the reason goes to the parent, whatever it is
        result = {"error": " ".join(str(error).split())}
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


def _read(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    file = pq.ParquetFile(request["path"])
    _require_few(file.metadata.num_rows, request["max_features"], "features")
    _require_few(len(file.schema_arrow), request["max_fields"], "fields")
    geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"null")) or {}
    name = geo.get("primary_column")
    about = geo.get("columns", {}).get(name, {})
    if name and about.get("encoding", "WKB") != "WKB":
        raise ValueError(f"its geometry is in {about['encoding']}; save it with WKB encoding")
    others = [other for other in geo.get("columns", {}) if other != name]
    table = file.read().drop_columns([o for o in others if o in file.schema_arrow.names])
    table = table.replace_schema_metadata()
    rejects: list[tuple[int, str]] = []
    if name:
        table = table.set_column(
            table.column_names.index(name), name, _checked(table[name], rejects, request)
        )
    with pa.OSFile(str(folder / "0.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as w:
        w.write_table(table)
    return {
        "name": Path(request["shown"]).stem,
        "file": "0.arrow",
        "rows": table.num_rows,
        "crs": _crs(about) if name else None,
        "geometry": name,
        "rejects": rejects,
        "curves": 0,
        "heard": [],
        "left_out": others,
    }


def _crs(about: dict[str, Any]) -> str | None:
    if "crs" not in about:
        return _CRS84
    return json.dumps(about["crs"]) if about["crs"] else None


def _checked(
    column: pa.ChunkedArray, rejects: list[tuple[int, str]], request: dict[str, Any]
) -> pa.Array:
    wkb = column.cast(pa.binary()).to_numpy()
    geometries = shapely.from_wkb(wkb, on_invalid="ignore")
    _require_few(
        int(shapely.get_num_coordinates(geometries).sum()), request["max_vertices"], "vertices"
    )
    types = shapely.get_type_id(geometries)
    for row, value in enumerate(wkb):
        if value is not None and not 0 <= types[row] <= _LAST_SIMPLE:
            rejects.append((row, "its geometry is no WKB of a point, line or polygon"))
            wkb[row] = None
    return pa.array(wkb, pa.binary())


def _require_few(count: int, most: int, word: str) -> None:
    if count > most:
        raise ValueError(f"{count:,} {word}; at most {most:,} are read")


if __name__ == "__main__":
    main(sys.argv[1])
