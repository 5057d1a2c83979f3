"""Take the blocks of data out of a page, into files beside it.

Each file is a script that hands over its block: of all that a page may load, a script alone loads
from a page that was opened by double click (`file://`). It is named by its content, so that a page
finds its own files or none, and old ones can go once the new page stands. That a block arrived
whole is seen when it is inflated, by zlib's checksum.
"""

from __future__ import annotations

import hashlib
import json
import re

from erdao_geo.page.elements import BLOCK_TYPE

PART = 4_000_000
"""Characters of a block in one file: a browser takes larger ones more slowly, by the megabyte."""

_BLOCK = re.compile(rf'<script type="{BLOCK_TYPE}" id="([a-z0-9-]+)">([^<]*)</script>\n?')


def set_apart(content: str, folder: str) -> tuple[str, dict[str, bytes]]:
    """Take the blocks out of a page's data.

    Parameters
    ----------
    content
        The elements that carry the data.
    folder
        The name of the folder beside the page that the files will be in.

    Returns
    -------
    str, dict
        The data without the blocks but with the list of their files, and the files by name.
    """
    files: dict[str, bytes] = {}
    names: dict[str, list[str]] = {}

    def take(found: re.Match[str]) -> str:
        id_, text = found[1], found[2]
        names[id_] = []
        for start in range(0, len(text), PART) or (0,):
            part = json.dumps(text[start : start + PART])
            script = f'erdaoGeo.take("{id_}",{start},{part});\n'.encode()
            names[id_].append(f"{hashlib.sha256(script).hexdigest()[:16]}.js")
            files[names[id_][-1]] = script
        return ""

    rest = _BLOCK.sub(take, content)
    if not files:
        return content, files
    return _index(folder, names) + rest, files


def _index(folder: str, names: dict[str, list[str]]) -> str:
    text = json.dumps({"folder": folder, "files": names}).replace("<", "\\u003c")
    return f'<script type="application/json" id="eg-files">{text}</script>\n'
