"""How a value that was found is put into a message."""

from __future__ import annotations

import textwrap
from collections.abc import Collection
from decimal import Decimal
from typing import Any

_SHOWN = 60
"""Characters of a wrong value that a message shows."""


def shown(value: Any) -> str:
    """Show a value, cut where it is long."""
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return textwrap.shorten(text, _SHOWN) if len(text) > _SHOWN else text


def listed(known: Collection[Any]) -> str:
    """List what there is."""
    return ", ".join(str(item) for item in known) or "none"
