"""Find values of a GeoPackage that are not of their field's type: `gpkg.py REQUEST`, as JSON.

SQLite keeps any value in any field, and GDAL reads the text `abc` in one of whole numbers as 0
without a word. Run by `isolate`, and never imported by the program. It writes `mistyped.json`: for
each layer, the numbers of the records and what is wrong.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_KINDS = (
    ("BOOL", "true or false"),
    ("INT", "whole number"),
    ("TINYINT", "whole number of 32 bits"),
    ("SMALLINT", "whole number of 16 bits"),
    ("MEDIUMINT", "whole number of 32 bits"),
    ("FLOAT", "number of 32 bits"),
    ("DOUBLE", "number"),
    ("REAL", "number"),
    ("NUMERIC(", ""),
    ("NUMERIC", "number"),
    ("DATETIME", ""),
    ("DATE", "date like 2022-05-01"),
    ("TEXT", "text"),
)
"""What a declared type begins with, and what GDAL can read its values as (GeoPackage 1.4, table 1).

GDAL has no field of 8 bits, leaves out `NUMERIC(5,2)`, and gives moments as the text they are.
"""
_DAY = "replace(substr({0}, 1, 10), '/', '-')"
_STORED = {
    "true or false": "{0} IN (0, 1)",
    "whole number": "typeof({0}) = 'integer'",
    "whole number of 16 bits": "typeof({0}) = 'integer' AND {0} BETWEEN -32768 AND 32767",
    "whole number of 32 bits": "typeof({0}) = 'integer' AND {0} BETWEEN -2147483648 AND 2147483647",
    "number": "typeof({0}) IN ('integer', 'real')",
    "number of 32 bits": "typeof({0}) IN ('integer', 'real') AND abs({0}) < 3.4028235e38",
    "date like 2022-05-01": (
        f"typeof({{0}}) = 'text' AND date({_DAY}, '+0 days') IS {_DAY} "
        "AND substr({0}, 11, 1) IN ('', ' ', 'T')"
    ),
    "text": "typeof({0}) <> 'blob'",
}
_LONGEST = 60


def main(text: str) -> None:
    """Look through the layers that a request names."""
    request = json.loads(text)
    database = sqlite3.connect(f"{Path(request['path']).as_uri()}?mode=ro", uri=True)
    database.text_factory = lambda data: data.decode("utf-8", "replace")
    found: dict[str, list[tuple[int, str]]] = {}
    for layer in request["layers"]:
        with suppress(sqlite3.Error):  # GDAL, which reads through SQLite, too, has said so
            found[layer] = list(_mistyped(database, layer))
    target = Path(request["folder"]) / "mistyped.json"
    target.write_text(json.dumps(found), encoding="utf-8")


def _mistyped(database: sqlite3.Connection, layer: str) -> Iterator[tuple[int, str]]:
    table = _quoted(layer)
    columns = database.execute(f"PRAGMA table_info({table})").fetchall()
    # GDAL numbers the records by fid; an index on the field alone would have them in its own order.
    found = database.execute("SELECT type FROM sqlite_master WHERE name = ?", [layer]).fetchone()
    order = " ORDER BY _rowid_" if found == ("table",) else ""
    kinds = {str(column[1]): _kind(str(column[2])) for column in columns}
    for name, kind in kinds.items():
        if kind:
            column = _quoted(name)
            bad = f"{column} IS NOT NULL AND NOT ({_STORED[kind].format(column)})"
            if database.execute(f"SELECT 1 FROM {table} WHERE {bad} LIMIT 1").fetchone():
                rows = database.execute(f"SELECT {bad}, {column} FROM {table}{order}")
                for record, (is_bad, value) in enumerate(rows):
                    if is_bad:
                        yield record, f"{_shown(value)} in field {name!r} is no {kind}"


def _kind(declared: str) -> str:
    return next((kind for word, kind in _KINDS if declared.upper().startswith(word)), "")


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


if __name__ == "__main__":
    main(sys.argv[1])
