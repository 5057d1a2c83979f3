"""Elements that carry text and data into a page, none of which is ever read as a template.

Bytes travel as text by 13 bits in two letters, which is 8 % shorter than base64. The alphabet is
what ASCII shows (`!` to `~`) without `<`, `>` and `&`, 91 letters in ASCII's order; the bytes, the
lowest first, are one long number, and each 13 bits of it, the lowest first, are the letters number
n % 91 and n // 91. Noughts follow until the letters are a multiple of 16, which is 13 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
from branca.element import Element

from erdao_geo.page.compact import Compact

JSON_TYPE, BLOCK_TYPE = DATA_TYPES = ("application/json", "application/octet-stream")
"""The types of script elements that hold data: no browser runs them."""

ALPHABET = bytes(code for code in range(ord("!"), ord("~") + 1) if code not in b"<>&")
_PAIRS = np.frombuffer(
    bytes(ALPHABET[part] for n in range(2**13) for part in (n % 91, n // 91)), "<u2"
)


class Raw(Element):
    """An element whose text is put into the page as it is, and never read as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "Raw"
        self._text = text

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002
        """Give the text."""
        return self._text


class Data(Raw):
    """Data that a script of the page reads from an element of its own."""


def json_element(name: str, value: Any) -> Data:
    """Put a value into the page so that no text in it can end the element or start a tag.

    Parameters
    ----------
    name
        The element's id.
    value
        What JSON can hold.
    """
    text = orjson.dumps(value).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Data(f'<script type="{JSON_TYPE}" id="{name}">{text}</script>\n')


def block_elements(compact: Compact, name: str) -> Iterator[Data]:
    """Put a layer's blocks into the page, as text, where `decode.js` looks for a layer's name."""
    for kind, blocks in (("geometry", compact.geometry), ("values", compact.values)):
        for number, block in enumerate(blocks):
            text = as_text(block)
            where = f"eg-layer-{name}-{kind}-{number}"
            yield Data(f'<script type="{BLOCK_TYPE}" id="{where}">{text}</script>\n')


def as_text(data: bytes) -> str:
    """Write bytes as text that stands in a page as it is.

    Examples
    --------
    >>> as_text(bytes([1])), as_text(bytes([255, 31]))
    ('"!!!!!!!!!!!!!!!', '"~!!!!!!!!!!!!!!')
    """
    lines = np.zeros((-(-len(data) // 13), 14), np.uint8)  # of 13 bytes, thus of 8 numbers
    padded = data + bytes(13 * len(lines) - len(data))
    lines[:, :13] = np.frombuffer(padded, np.uint8).reshape(-1, 13)
    numbers = np.empty((len(lines), 8), np.uint16)
    for place in range(8):
        byte, shift = divmod(13 * place, 8)
        low, middle, high = (lines[:, byte + n].astype(np.uint32) for n in range(3))
        numbers[:, place] = (low | middle << 8 | high << 16) >> shift & 0x1FFF
    return _PAIRS[numbers.ravel()].tobytes().decode("ascii")
