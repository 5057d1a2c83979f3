"""What every definition is: frozen, strict, and without unknown keys."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

Scalar = str | int | bool
"""A value of a field that a condition or an enum can name."""


class Frozen(BaseModel):
    """A table of a TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def as_tuple(value: Any) -> Any:
    """Make a list of TOML a tuple; anything else stays."""
    return tuple(value) if isinstance(value, list) else value
