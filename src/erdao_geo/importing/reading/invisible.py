"""Characters that cannot be seen, by which texts that look alike differ: they are named.

Word processors, web pages and byte order marks leave them. In a key they are left out, for a key is
what the next delivery is held against; in any other text they stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from erdao_geo.importing.foreign import Finding

_UNSEEN = (
    "\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
"""Soft hyphens, blanks without width, marks of direction and of variants, Hangul fillers."""
_BLANKS = "\u00a0\u2007\u202f"
"""Blanks that do not break: they look like the plain one."""
_SHOWN = 40
"""Characters of a value that are shown."""
_ANY = re.compile(f"[{_UNSEEN}{_BLANKS}]")
_BEGINNINGS = (
    *(b"\xc2\xad", b"\xc2\xa0", b"\xd8\x9c", b"\xe1\xa0\x8e"),
    *(b"\xe1\x85", b"\xe3\x85\xa4", b"\xef\xb8", b"\xef\xbe\xa0"),
    *(b"\xe2\x80", b"\xe2\x81", b"\xef\xbb\xbf"),
)
"""What each of them begins with in UTF-8: to be sought in all text of a column at once."""


def find_unseen(table: pa.Table) -> Iterator[Finding]:
    """Name the fields whose values have characters that cannot be seen."""
    for name in table.column_names:
        rows = rows_with_unseen(table.column(name))
        if rows:
            first = table.column(name)[rows[0]].as_py()[:_SHOWN]
            message = (
                f"field {name!r} has characters that cannot be seen in {len(rows):,} of its "
                f"values, e.g. {first!r} in #{rows[0] + 1}: left out of keys, kept elsewhere"
            )
            yield Finding(None, "unseen-characters", message)


def rows_with_unseen(column: pa.ChunkedArray) -> list[int]:
    """Give the rows of a column whose text has characters that cannot be seen."""
    if not pa.types.is_string(column.type) or not any(map(_may_have, column.chunks)):
        return []
    found = pc.match_substring_regex(column, f"[{_UNSEEN}{_BLANKS}]")
    return list(pc.indices_nonzero(pc.fill_null(found, False)).to_pylist())


def without_unseen(text: str) -> str:
    """Leave out what cannot be seen; a blank that does not break becomes a plain one."""
    return _ANY.sub(lambda match: " " if match[0] in _BLANKS else "", text).strip()


def _may_have(chunk: pa.Array) -> bool:
    data = chunk.buffers()[2]
    text = b"" if data is None else data.to_pybytes()
    # The first byte of a character is found in no time; that it is there at all is seldom.
    return any(beginning[:1] in text and beginning in text for beginning in _BEGINNINGS)
