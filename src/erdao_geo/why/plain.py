"""A change as other programs take it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from erdao_geo.why.change import Change, Effect


def as_dict(change: Change) -> dict[str, Any]:
    """Give a change as plain values: full doubles, in the target's unit and in SI (`_si`)."""
    target = change.target
    return {
        "id": target.id,
        "title": target.title,
        "title_en": target.title_en,
        "layer": target.layer,
        "of": change.of,
        "unit": target.unit,
        "since": change.since.as_dict() if change.since else None,
        "until": change.until.as_dict() if change.until else None,
        "old": float(change.old),
        "new": float(change.new),
        "change": float(change.new - change.old),
        "causes": [
            {
                "cause": cause.name,
                "amount": float(change.amount(cause)),
                "amount_si": float(cause.size),
                "effects": [_effect(change, effect) for effect in cause.effects],
            }
            for cause in change.causes
        ],
        "rules": [asdict(rule) for rule in change.rules],
        "notes": list(change.notes),
    }


def _effect(change: Change, effect: Effect) -> dict[str, Any]:
    return {
        "features": list(effect.parts),
        "titles": [change.titles.get(part, part) for part in effect.parts],
        "beside": list(effect.beside),
        "amount": float(change.amount(effect)),
        "amount_si": float(effect.size),
    }
