"""Explain the change of a figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from erdao_geo.check import Part, Row, check_target
from erdao_geo.definitions import Layer, Target
from erdao_geo.features import values
from erdao_geo.units import UNITS, from_si
from erdao_geo.why.change import CAUSES, Cause, Change, Effect, Figure, Name, Side
from erdao_geo.why.rules import rules_of
from erdao_geo.why.steps import Step, Tables
from erdao_geo.words import number

Found = tuple[Name, Effect]

_DATED = {"under_construction": "started_on", "completed": "completed_on"}
"""The field that says since when a feature has a status."""


def explain(old: Side | None, new: Side | None, of: Figure = "done") -> Change:
    """Break the change of a target's figure into its causes.

    Parameters
    ----------
    old, new
        The target then and later; None where the plan had it not. One of them must be there.
    of
        The figure.

    Returns
    -------
    Change
        In the unit of the later target. Where the two measure different things, the old figure is
        no part of the sum: it begins with 0, and a note says what it was.
    """
    target = (new or old).target  # type: ignore[union-attr]
    is_same_measure = old is None or _measure(old.target) == _measure(target)
    start = _check(old) if old and is_same_measure else None
    if new is None:
        end, found = None, _by_rule(start, None, of)
    elif old is None or not _is_same_layer(old.layer, new.layer):
        end = _check(new)
        found = _by_rule(start, end, of)
    else:
        end, found = _walk(old, new, start, of)
    causes = _gathered(found)
    return Change(
        target=target,
        of=of,
        old=from_si(_sum(start, of), target.unit),
        new=from_si(_sum(end, of), target.unit),
        causes=causes,
        rules=rules_of(old, new) if old and new else (),
        titles=_titles(causes, filter(None, (old, new))),
        notes=tuple(_notes(old, new, of)),
    )


def _walk(old: Side, new: Side, start: Row | None, of: Figure) -> tuple[Row | None, list[Found]]:
    """Go from the old features by the old rules to the new ones by the new rules."""
    tables = Tables(new.layer, old.features, new.features)
    row = start
    found: list[Found] = []
    if start is None or rules_of(old, new):
        row = check_target(new.target, new.layer, tables.before())
        found += _by_rule(start, row, of)
    for step, features in tables.steps():
        after = check_target(new.target, new.layer, features)
        found += _by_step(step, row, after, of, _Judge(tables, old.date))
        row = after
    return row, found


class _Judge:
    """Tell what the change of a feature's fields is."""

    def __init__(self, tables: Tables, since: dt.date) -> None:
        self._tables, self._since = tables, since

    def cause(self, step: Step, old: Part | None, new: Part | None, rise: Fraction) -> Name:
        """Name the cause of what a step changed in a part's own size."""
        if step == "fields":
            return self._of_fields(old, new)
        if step == "evidence":
            return "evidence_upgraded" if rise > 0 else "evidence_downgraded"
        return step

    def _of_fields(self, old: Part | None, new: Part | None) -> Name:
        if old is None:
            return "added"
        if new is None:
            return "removed"
        if old.done == new.done and old.declared != new.declared:
            return "redeclared"
        is_new = new.done and not old.done and not self._was_done_before(new)
        return "newly_completed" if is_new else "status_corrected"

    def _was_done_before(self, part: Part) -> bool:
        """Tell whether a part's own dates say that it was done before the old features' date."""
        pairs = [(key, *self._tables.pair(key, "status")) for key in part.features]
        fields = [(key, _DATED.get(now, "")) for key, was, now in pairs if was != now]
        dates = [self._tables.pair(key, name)[1] for key, name in fields]
        return bool(dates) and all(
            date is not None and dt.date.fromisoformat(date) < self._since for date in dates
        )


def _by_rule(old: Row | None, new: Row | None, of: Figure) -> list[Found]:
    return [
        ("rule_changed", Effect((name,), _gives(now, of) - _gives(was, of)))
        for name, was, now in _pairs(old, new)
    ]


def _by_step(step: Step, old: Row | None, new: Row, of: Figure, judge: _Judge) -> Iterator[Found]:
    """Tell what a step did: to each part by itself, and to the ground that parts share."""
    shared: dict[str, Fraction] = {}
    for name, was, now in _pairs(old, new):
        own = _alone(now, of) - _alone(was, of)
        if own:
            yield judge.cause(step, was, now, own), Effect((name,), own)
        rest = _gives(now, of) - _gives(was, of) - own
        if rest:
            shared[name] = rest
    for effect in _on_shared_ground(shared, old, new):
        yield ("overlap_resolved" if effect.size > 0 else "overlap_found"), effect


def _on_shared_ground(
    shared: Mapping[str, Fraction], old: Row | None, new: Row
) -> Iterator[Effect]:
    """Sum what parts gave up and took over of ground that they share: which counts may change."""
    pairs = [pair for row in filter(None, (old, new)) for pair in _overlapping(row)]
    leaders = _leaders(pairs)
    groups: dict[str, list[str]] = {}
    for name in shared:
        groups.setdefault(leaders.get(name, name), []).append(name)
    for names in groups.values():
        beside = {b for a, b in pairs if a in names} | {a for a, b in pairs if b in names}
        size = sum((shared[name] for name in names), Fraction())
        yield Effect(tuple(sorted(names)), size, tuple(sorted(beside - set(names))))


def _overlapping(row: Row) -> list[tuple[str, str]]:
    """List the pairs of parts that share ground."""
    part = {key: part.name for part in row.parts for key in part.features}
    return [(part[overlap.counted], part[overlap.other]) for overlap in row.overlaps]


def _leaders(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give all that share ground with each other, in whatever chain, one of them as a leader."""
    leaders: dict[str, str] = {}

    def leader(name: str) -> str:
        while leaders.setdefault(name, name) != name:
            leaders[name] = leaders[leaders[name]]
            name = leaders[name]
        return name

    for one, other in pairs:
        leaders[leader(one)] = leader(other)
    return {name: leader(name) for name in list(leaders)}


def _pairs(old: Row | None, new: Row | None) -> list[tuple[str, Part | None, Part | None]]:
    """Give the parts that are not what they were, by name."""
    was, now = ({part.name: part for part in row.parts} if row else {} for row in (old, new))
    pairs = ((name, was.get(name), now.get(name)) for name in sorted({*was, *now}))
    return [(name, one, other) for name, one, other in pairs if one != other]


def _gives(part: Part | None, of: Figure) -> Fraction:
    """Tell what a part adds to a figure, in SI."""
    if part is None or not part.counted or not (part.done or of == "net"):
        return Fraction()
    return Fraction({"proven": part.proven, "reported": part.reported}.get(of, part.net))


def _alone(part: Part | None, of: Figure) -> Fraction:
    """Tell what a part would add if it shared no ground."""
    return _gives(part and replace(part, net=part.gross, counted=True), of)


def _gathered(found: Iterable[Found]) -> tuple[Cause, ...]:
    effects: dict[Name, list[Effect]] = {name: [] for name in CAUSES}
    for name, effect in found:
        if effect.size:
            effects[name].append(effect)
    return tuple(Cause(name, tuple(each)) for name, each in effects.items() if each)


def _sum(row: Row | None, of: Figure) -> Fraction:
    return sum((_gives(part, of) for part in row.parts), Fraction()) if row else Fraction()


def _check(side: Side) -> Row:
    return check_target(side.target, side.layer, side.features)


def _measure(target: Target) -> str:
    return UNITS[target.unit].measure


def _is_same_layer(old: Layer, new: Layer) -> bool:
    """Tell whether features can be compared one by one."""
    return (old.stem, old.key, old.geometry) == (new.stem, new.key, new.geometry)


def _titles(causes: Iterable[Cause], sides: Iterable[Side]) -> dict[str, str]:
    named = {key for c in causes for e in c.effects for key in (*e.parts, *e.beside)}
    return {
        str(key): str(title)
        for side in sides
        for key, title in zip(
            values(side.features, side.layer.key), values(side.features, "name"), strict=True
        )
        if title is not None and str(key) in named
    }


def _notes(old: Side | None, new: Side | None, of: Figure) -> Iterator[str]:
    if old is None:
        yield "the target was not in the plan then"
    elif new is None:
        yield "the target is in the plan no more"
    elif _measure(old.target) != _measure(new.target):
        unit = old.target.unit
        was = number(from_si(_sum(_check(old), of), unit), unit)
        yield f"the unit was {unit}, and the figure {was}: it is no part of the sum"
    if old and new and not _is_same_layer(old.layer, new.layer):
        yield (
            f"was checked by {old.layer.stem} ({old.layer.geometry}, key {old.layer.key}): the "
            "features of then and now cannot be compared one by one"
        )
