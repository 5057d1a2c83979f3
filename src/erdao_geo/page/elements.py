"""Elements that carry text and data into a page, none of which is ever read as a template."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import orjson
from branca.element import Element

from erdao_geo.page.compact import Compact

DATA_TYPES = ("application/json", "application/octet-stream")
"""The types of script elements that hold data: no browser runs them."""


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
    return Data(f'<script type="{DATA_TYPES[0]}" id="{name}">{text}</script>\n')


def block_elements(compact: Compact, name: str) -> Iterator[Data]:
    """Put a layer's blocks into the page, as base64, where `decode.js` looks for a layer's name."""
    for kind, blocks in (("geometry", compact.geometry), ("values", compact.values)):
        for number, block in enumerate(blocks):
            text = base64.b64encode(block).decode()
            where = f"eg-layer-{name}-{kind}-{number}"
            yield Data(f'<script type="{DATA_TYPES[1]}" id="{where}">{text}</script>\n')
