"""Hold the definitions of a workspace against each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from erdao_geo.definitions.frozen import Scalar
from erdao_geo.definitions.layer import FieldType, Layer
from erdao_geo.definitions.messages import listed
from erdao_geo.definitions.plan import MapSheet, Plan, Target
from erdao_geo.errors import DefinitionError
from erdao_geo.units import UNITS


def check_references(
    root: Path, plan: Plan, layers: Mapping[str, Layer], maps: Mapping[str, MapSheet]
) -> None:
    """Hold the definitions of a workspace against each other.

    Raises
    ------
    DefinitionError
        If one names a layer, field, value or target that another does not have.
    """
    path = root / "plan.toml"
    _require(path, "plan.boundary", plan.boundary, layers)
    if plan.context:
        _require(path, "plan.context", plan.context, layers)
    for target in plan.targets:
        _check_target(path, target, layers)
    for sheet in maps.values():
        path = root / "maps" / f"{sheet.stem}.toml"
        for stem in sheet.layers:
            _require(path, "layers", stem, layers)
        for id_ in sheet.targets or ():
            _require(path, "targets", id_, {target.id: target for target in plan.targets})


def _check_target(path: Path, target: Target, layers: Mapping[str, Layer]) -> None:
    key = f"target.{target.id}"
    _require(path, f"{key}.layer", target.layer, layers)
    layer = layers[target.layer]
    measured = {"length": "LineString", "area": "Polygon"}.get(UNITS[target.unit].measure)
    if measured not in (None, layer.geometry):
        raise DefinitionError(
            f"{path}: {key}.unit is {target.unit!r}, but layer {layer.stem} holds "
            f"{layer.geometry}, not {measured}"
        )
    if "done" not in target.model_fields_set and not layer.has_status:
        raise DefinitionError(
            f"{path}: {key} has no done, and layer {layer.stem} no status; say what keeps the "
            f"promise with done = {{ FIELD = VALUE }}; its fields: {listed(layer.fields)}"
        )
    if target.count_by is not None:
        _require(path, f"{key}.count_by", target.count_by, layer.fields)
    for part, condition in (("where", target.where), ("done", target.done)):
        for name, wanted in condition.items():
            _require(path, f"{key}.{part}", name, layer.fields)
            allowed = layer.fields[name].constraints.enum
            for value in wanted if isinstance(wanted, tuple) else (wanted,):
                _require_type(path, f"{key}.{part}.{name}", value, layer.fields[name].type)
                if allowed is not None:
                    _require(path, f"{key}.{part}.{name}", value, allowed)


def _require(path: Path, key: str, value: Scalar, known: Collection[Scalar]) -> None:
    if value not in known:
        raise DefinitionError(f"{path}: {key} is {value!r}; there are: {listed(known)}")


def _require_type(path: Path, key: str, value: Scalar, type_: FieldType) -> None:
    """Refuse a value that no feature could have: it would match nothing, in silence."""
    fits = {"string": str, "date": str, "boolean": bool}.get(type_, int)
    if type(value) is not fits:
        raise DefinitionError(f"{path}: {key} is {value!r}; the field's type is {type_}")
