"""The rules that a figure follows, and which of them changed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from erdao_geo.definitions import Layer
from erdao_geo.why.change import Rule, Side

_WORDING = {"id", "title", "title_en", "clause", "section", "note", "note_en"}
"""What of a target is no rule."""
_SHAPING = {"geometry", "key", "overlap"}
"""What of a layer is."""


def rules_of(old: Side, new: Side) -> tuple[Rule, ...]:
    """List the rules of the plan and of the layer that are others now, as text."""
    was, now = (
        {**side.target.model_dump(exclude=_WORDING), **_layer_rules(side.layer)}
        for side in (old, new)
    )
    return tuple(
        Rule(name, _said(was[name]), _said(now[name])) for name in was if was[name] != now[name]
    )


def _layer_rules(layer: Layer) -> dict[str, Any]:
    rules = layer.model_dump(include=_SHAPING)
    return {f"layer.{name}": value for name, value in rules.items()}


def _said(value: Any) -> str:
    if isinstance(value, str | Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
