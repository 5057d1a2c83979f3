"""From a file's fields to a layer's: which one fills which.

A field is matched by what the user says, by the layer's import profile, by its name, its title,
its aliases; and, since a .dbf cuts names to 10 bytes, by the beginning of one of these. Where two
of the file's fields would fill one of the layer's with equal right, the user is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from erdao_geo.definitions import Field, Layer
from erdao_geo.errors import QuestionError, SourceError

Wanted = Mapping[str, str | Sequence[str]]
"""From a file's field to the layer's field, or to several."""

_CUT = 10
"""Bytes to which a .dbf cuts the name of a field."""
_CUT_LEAST = 3
"""Characters that a cut name must have left to be recognised."""


@dataclass(frozen=True)
class Mapped:
    """Which of a file's fields fills which of the layer's."""

    fields: dict[str, str]
    """The layer's field to the file's."""
    constants: dict[str, str]
    """The layer's field to a value for every feature."""
    left: tuple[str, ...]
    """The file's fields that go nowhere."""
    notes: tuple[str, ...]


def map_fields(
    layer: Layer,
    names: Sequence[str],
    *,
    wanted: Wanted,
    constants: Mapping[str, str],
    path: Path,
    empty: Collection[str] = (),
) -> Mapped:
    """Decide which of a file's fields fills which of the layer's.

    Parameters
    ----------
    layer
        The layer, with its import profile.
    names
        The file's fields.
    wanted
        What the user says; a field so named is mapped in no other way.
    constants
        The layer's fields that are given a value for all features, and so need no field.
    path
        The file, for messages.
    empty
        Fields without a single value: they fill only what no other does.

    Raises
    ------
    SourceError
        If a named field does not exist, two fields claim one with equal right, or two the key.
    """
    named = {_find(names, name, path): listed_targets(targets) for name, targets in wanted.items()}
    mapping: dict[str, str] = {}
    for name, targets in named.items():
        for target in targets:
            _claim(mapping, _known(layer, target, path), name, path)
    for target in constants:
        if _known(layer, target, path) in mapping:
            raise SourceError(f"{path}: {target} is given by both --field and --set")
    profile = layer.profile
    fixed = {n: v for n, v in profile.set.items() if n not in mapping} | dict(constants)
    free = [name for name in names if name not in named]
    notes = _profiled(layer, free, mapping, fixed=fixed)
    told = {n: v for n, v in profile.set.items() if n in fixed and n not in constants}
    notes += [f"{n} set to {v!r}, by the layer's import profile" for n, v in told.items()]
    filled = [name for name in free if name not in empty]
    for some in (filled, free):
        notes += _matched(layer, some, mapping, fixed=fixed, path=path)
    left = tuple(name for name in names if name not in mapping.values())
    return Mapped(mapping, fixed, left, tuple(notes))


def listed_targets(targets: str | Sequence[str]) -> list[str]:
    """Give the layer's fields that a file's field fills, one or several, as a list."""
    return [targets] if isinstance(targets, str) else list(targets)


def _profiled(
    layer: Layer, names: Sequence[str], mapping: dict[str, str], *, fixed: Collection[str]
) -> list[str]:
    """Map what the layer's import profile says of fields that this file has."""
    notes = []
    for name, targets in layer.profile.fields.items():
        if name not in names:
            continue
        for target in listed_targets(targets):
            if target not in mapping and target not in fixed:
                mapping[target] = name
                notes.append(f"field {name!r} taken as {target}, by the layer's import profile")
    return notes


def _matched(
    layer: Layer,
    names: Sequence[str],
    mapping: dict[str, str],
    *,
    fixed: Collection[str],
    path: Path,
) -> list[str]:
    """Map by likeness, the surest first: what one way has matched is not left to the next."""
    notes = []
    known = layer.key in mapping or layer.key in fixed
    for rank in _RANKS:
        free = {n: f for n, f in layer.fields.items() if n not in mapping and n not in fixed}
        used = set(mapping.values())
        found: dict[str, str] = {}
        for name in (n for n in names if n not in used):
            targets = list(rank(name, free))
            if len(targets) > 1:
                raise SourceError(
                    f"{path}: {name!r} may be {' or '.join(targets)}; choose with --field, e.g. "
                    f"--field {name}={targets[0]}"
                )
            for target in targets:
                _claim(found, target, name, path)
        mapping |= found
        if rank is _by_cut_name:
            notes += [f"field {n!r} taken as {t}, whose name it cuts" for t, n in found.items()]
    if not known and layer.key in mapping:
        _require_one_key(layer, names, mapping, path)
    return notes


def _require_one_key(
    layer: Layer, names: Sequence[str], mapping: dict[str, str], path: Path
) -> None:
    """Ask where an `ID` stands beside a field titled as the key: one of them is a row's number."""
    key = {layer.key: layer.fields[layer.key]}
    used = set(mapping.values())
    for name in names:
        if name not in used and any(True for rank in _RANKS[:3] for _ in rank(name, key)):
            _claim(mapping, layer.key, name, path)


def _find(names: Sequence[str], name: str, path: Path) -> str:
    found = [n for n in names if n == name] or [n for n in names if n.lower() == name.lower()]
    if len(found) != 1:
        raise SourceError(
            f"{path}: --field {name}=... names no field of the file; it has: {listed(names)}"
        )
    return found[0]


def _known(layer: Layer, name: str, path: Path) -> str:
    if name not in layer.fields:
        raise SourceError(
            f"{path}: {layer.stem} has no field {name!r}; it has: {listed(layer.fields)}"
        )
    return name


def _claim(mapping: dict[str, str], target: str, name: str, path: Path) -> None:
    if mapping.get(target, name) != name:
        raise QuestionError(
            f"{path}: both {mapping[target]!r} and {name!r} would fill {target}; choose with "
            f"--field, e.g. --field {name}={target}"
        )
    mapping[target] = name


def _by_name(name: str, fields: Mapping[str, Field]) -> Iterator[str]:
    yield from (target for target in fields if _fold(target) == _fold(name))


def _by_title(name: str, fields: Mapping[str, Field]) -> Iterator[str]:
    word = _fold(name)
    for target, field in fields.items():
        if word and word in (_fold(field.title), _fold(field.title_en)):
            yield target


def _by_alias(name: str, fields: Mapping[str, Field]) -> Iterator[str]:
    for target, field in fields.items():
        if _fold(name) in map(_fold, field.aliases):
            yield target


def _by_cut_name(name: str, fields: Mapping[str, Field]) -> Iterator[str]:
    """Match a name that fills its 10 bytes, in whichever encoding, with the one that it begins."""
    sizes = {len(name.encode("utf-8")), len(name.encode("gb18030", "replace"))}
    if len(name) < _CUT_LEAST or not sizes & {_CUT, _CUT - 1}:
        return
    for target, field in fields.items():
        words = (target, field.title, field.title_en, *field.aliases)
        if any(_fold(word).startswith(_fold(name)) for word in words if word):
            yield target


def _fold(word: str) -> str:
    return word.strip().casefold()


_RANKS = (_by_name, _by_title, _by_alias, _by_cut_name)


def listed(names: Sequence[str] | Mapping[str, object]) -> str:
    """List names in a message."""
    return ", ".join(names) or "none"
