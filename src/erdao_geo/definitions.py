"""What a workspace says of itself: the plan, its targets, the layers and the maps.

Everything here is frozen and read from TOML; a fault is one line that names the file, the key, the
value found and what is allowed.
"""

from __future__ import annotations

import datetime as dt
import textwrap
import tomllib
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    model_validator,
)
from pydantic import Field as Limits

from erdao_geo.errors import DefinitionError
from erdao_geo.units import UNITS

Status = Literal["planned", "under_construction", "completed"]
Evidence = Literal["surveyed", "digitised", "approximate", "illustrative", "none"]
Bound = Literal["at_least", "exactly", "at_most"]
Geometry = Literal["Point", "LineString", "Polygon"]
FieldType = Literal["string", "integer", "number", "boolean", "date"]
Lang = Literal["zh", "en"]
Scalar = str | int | bool

STATUSES: tuple[Status, ...] = ("planned", "under_construction", "completed")
EVIDENCES: tuple[Evidence, ...] = (
    "surveyed",
    "digitised",
    "approximate",
    "illustrative",
    "none",
)
"""Best first."""
KEY_TYPES: tuple[FieldType, ...] = ("string", "integer")
"""What a key can be: it names a feature in other programs' files and on the page, as text."""
PROVEN: frozenset[str] = frozenset({"surveyed", "digitised"})
"""The evidence that can keep a promise; what is reached on weaker evidence is only shown."""

STANDARD_FIELDS: dict[str, dict[str, Any]] = {
    "name": {"title": "名称", "title_en": "Name", "aliases": ("项目名称", "工程名称", "MC")},
    "status": {
        "title": "状态",
        "title_en": "Status",
        "aliases": ("建设状态", "项目状态", "工程状态", "进展", "ZT"),
        "constraints": {"required": True, "enum": STATUSES},
    },
    "started_on": {
        "title": "开工日期",
        "title_en": "Started on",
        "type": "date",
        "aliases": ("开工时间", "KGRQ"),
    },
    "completed_on": {
        "title": "完工日期",
        "title_en": "Completed on",
        "type": "date",
        "aliases": ("竣工日期", "完工时间", "竣工时间", "JGRQ", "WGRQ"),
    },
    "evidence": {
        "title": "位置依据",
        "title_en": "Evidence",
        "aliases": ("依据",),
        "constraints": {"required": True, "enum": EVIDENCES},
    },
    "declared_length_km": {
        "title": "上报里程（公里）",
        "title_en": "Declared length (km)",
        "type": "number",
        "aliases": ("上报里程", "上报长度（公里）"),
    },
    "declared_area_mu": {
        "title": "上报面积（亩）",
        "title_en": "Declared area (mu)",
        "type": "number",
        "aliases": ("上报面积",),
    },
}
"""Fields with one meaning in every layer; a layer that names one may leave its definition empty."""


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _limit(value: Any) -> Any:
    if isinstance(value, Decimal | int | str) and not isinstance(value, bool):
        return value
    raise ValueError(f"is {_shown(value)}; write a number, or a quoted text or date")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Constraints(_Frozen):
    """What a field's values must satisfy, in Table Schema's words."""

    required: bool = False
    unique: bool = False
    enum: Annotated[tuple[Scalar, ...] | None, BeforeValidator(_tuple)] = None
    minimum: Annotated[Decimal | int | str | None, BeforeValidator(_limit)] = None
    maximum: Annotated[Decimal | int | str | None, BeforeValidator(_limit)] = None


class Field(_Frozen):
    """A field of a layer."""

    title: str
    title_en: str = ""
    aliases: Annotated[tuple[str, ...], BeforeValidator(_tuple)] = ()
    """What else offices call it: a file's field of such a name fills it."""
    type: FieldType = "string"
    constraints: Constraints = Constraints()
    labels: dict[str, str] = {}
    """What a code of the enum is called where people read it."""
    labels_en: dict[str, str] = {}

    @model_validator(mode="after")
    def _labels_are_of_codes(self) -> Field:
        codes = [str(code) for code in self.constraints.enum or ()]
        for name in ("labels", "labels_en"):
            for code in getattr(self, name):
                if code not in codes:
                    raise ValueError(f"{name} speaks of {code!r}; there are: {_listed(codes)}")
        return self

    @model_validator(mode="after")
    def _limits_fit(self) -> Field:
        wanted = str if self.type in ("string", "date") else (int, Decimal)
        for name in ("minimum", "maximum"):
            limit = getattr(self.constraints, name)
            if limit is not None and not isinstance(limit, wanted):
                raise ValueError(
                    f"constraints.{name} is {limit!r}; the field's type is {self.type}"
                )
        return self


class Source(_Frozen):
    """Where a layer's features came from."""

    by: str
    date: dt.date
    crs: str = "EPSG:4490"
    note: str = ""


class Style(_Frozen):
    """How a layer is drawn; where it has a status, the status gives the colour."""

    color: Annotated[str, Limits(pattern=r"^#[0-9A-Fa-f]{6}$")] = "#5b6770"
    weight: Annotated[int, Limits(ge=1, le=20)] = 3
    fill: bool = True
    label: bool = False


class ImportProfile(_Frozen):
    """What an earlier delivery taught: how the office that sends this layer writes it."""

    fields: dict[str, Annotated[str | tuple[str, ...], BeforeValidator(_tuple)]] = {}
    """From the file's field to the layer's, or to several."""
    set: dict[str, str] = {}
    """The layer's field to a value for every feature."""
    codes: dict[str, dict[str, str]] = {}
    """The layer's field to the office's words and the codes they stand for."""
    crs: str = ""
    """Of files that do not say theirs."""
    encoding: str = ""
    """Of files whose bytes leave it open."""


class Layer(_Frozen):
    """One kind of thing: `layers/<stem>.toml`; its features are in `data/<stem>.geojson`."""

    stem: str
    title: str
    title_en: str = ""
    geometry: Geometry
    key: str
    source: Source
    fields: dict[str, Field]
    style: Style = Style()
    profile: Annotated[ImportProfile, Limits(alias="import")] = ImportProfile()

    @model_validator(mode="before")
    @classmethod
    def _fill_standard_fields(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("fields"), dict):
            _require_own_meaning(data["fields"])
            fields = {
                name: {**STANDARD_FIELDS.get(name, {}), **field}
                if isinstance(field, dict)
                else field
                for name, field in data["fields"].items()
            }
            return {**data, "fields": fields}
        return data

    @model_validator(mode="after")
    def _names_its_key_and_evidence(self) -> Layer:
        for name in (self.key, "evidence"):
            if name not in self.fields:
                raise ValueError(f"has no [fields.{name}]; add one (the key and evidence need it)")
        kind = self.fields[self.key].type
        if kind not in KEY_TYPES:  # 1 and 1.0 are one number and two texts
            raise ValueError(
                f"fields.{self.key}.type is {kind!r}; a key's is one of: {_listed(KEY_TYPES)}"
            )
        return self

    @model_validator(mode="after")
    def _profile_names_its_fields(self) -> Layer:
        profile = self.profile
        filled = [
            f for fs in profile.fields.values() for f in ([fs] if isinstance(fs, str) else fs)
        ]
        for name in (*filled, *profile.set, *profile.codes):
            if name not in self.fields:
                raise ValueError(f"import speaks of {name!r}; the fields: {_listed(self.fields)}")
        return self

    @property
    def has_status(self) -> bool:
        """Whether its features are works with a status, rather than mere ground."""
        return "status" in self.fields


def _require_own_meaning(fields: Mapping[str, Any]) -> None:
    """Refuse fields that would shadow a feature's place, or what the ledger takes as given."""
    if "geometry" in fields:
        raise ValueError("fields.geometry is the place of a feature; name the field otherwise")
    for name in ("status", "evidence"):
        field = fields.get(name)
        for key in ("type", "constraints"):
            if isinstance(field, dict) and key in field:
                raise ValueError(f"fields.{name}.{key} is the same in every layer; remove it")


def _wanted(value: Any) -> Any:
    if value == []:
        raise ValueError("is []; an empty list matches nothing, name at least one value")
    if all(isinstance(item, Scalar) for item in (value if isinstance(value, list) else [value])):
        return _tuple(value)
    raise ValueError(f"is {_shown(value)}; allowed: text, a whole number, true, false, or a list")


MIN_VALUE, MAX_VALUE = Decimal("1e-9"), Decimal("1e15")
"""What a promise can be: beyond it a value is a slip, and would not print."""

Condition = dict[str, Annotated[Scalar | tuple[Scalar, ...], BeforeValidator(_wanted)]]
"""Field to value, or to any of a list of values."""


def _decimal(value: Any) -> Decimal:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    raise ValueError(f"is {_shown(value)}; write a number, without quotes")


class Target(_Frozen):
    """One promise: a bound, a value, a unit, and the features that it is checked by."""

    id: str
    title: str
    title_en: str = ""
    clause: str
    section: str = ""
    layer: str
    where: Condition = {}
    done: Condition = {"status": "completed"}
    bound: Bound = "at_least"
    value: Annotated[Decimal, BeforeValidator(_decimal), Limits(ge=MIN_VALUE, le=MAX_VALUE)]
    unit: str
    count_by: str | None = None
    note: str = ""
    note_en: str = ""

    @model_validator(mode="after")
    def _unit_fits(self) -> Target:
        if self.unit not in UNITS:
            raise ValueError(f"unit is {self.unit!r}; allowed: {', '.join(UNITS)}")
        if self.count_by and self.unit != "count":
            raise ValueError(f"count_by needs unit 'count', not {self.unit!r}")
        return self


class Plan(_Frozen):
    """The plan: the district, the year, the report cited, and the targets in its order."""

    title: str
    title_en: str = ""
    adcode: str
    year: int
    lang: Lang = "zh"
    boundary: str
    context: str = ""
    """The layer of known rivers and avenues, which a file's place is held against."""
    report: str
    report_en: str = ""
    targets: tuple[Target, ...]

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that targets speak of, in the order of the targets."""
        return tuple(dict.fromkeys(target.layer for target in self.targets))

    def groupings(self, stem: str) -> frozenset[str]:
        """Give the fields that targets count a layer's features by."""
        return frozenset(
            target.count_by
            for target in self.targets
            if target.layer == stem and target.count_by is not None
        )


class MapSheet(_Frozen):
    """A map: `maps/<stem>.toml`, rendered to `maps/<stem>.html`."""

    stem: str
    title: str
    title_en: str = ""
    layers: Annotated[tuple[str, ...], BeforeValidator(_tuple), Limits(min_length=1)]
    base: Literal["none"] = "none"
    targets: Annotated[tuple[str, ...] | None, BeforeValidator(_tuple)] = None

    @model_validator(mode="after")
    def _names_each_once(self) -> MapSheet:
        for name in ("layers", "targets"):
            named = getattr(self, name) or ()
            twice = [item for item in dict.fromkeys(named) if named.count(item) > 1]
            if twice:
                raise ValueError(f"{name} has {twice[0]!r} twice; name each once")
        return self


_Definition = TypeVar("_Definition", Plan, Layer, MapSheet)


def read_plan(path: Path) -> Plan:
    """Read `plan.toml`.

    Raises
    ------
    DefinitionError
        If it is missing, is no TOML, or does not say what a plan must.
    """
    data = _load(path)
    targets = data.pop("target", {})
    plan = data.pop("plan", {})
    if data:
        raise DefinitionError(f"{path}: [{next(iter(data))}] is unknown; allowed: plan, target")
    if not isinstance(targets, dict) or not isinstance(plan, dict):
        raise DefinitionError(f"{path}: [plan] and [target.<id>] must be tables")
    listed = tuple(
        _with(path, f"target.{id_}", target, "id", id_) for id_, target in targets.items()
    )
    return _define(Plan, path, _with(path, "plan", plan, "targets", listed))


def read_layer(path: Path) -> Layer:
    """Read `layers/<stem>.toml`.

    Raises
    ------
    DefinitionError
        If it is missing, is no TOML, or does not say what a layer must.
    """
    return _define(Layer, path, _with(path, "", _load(path), "stem", path.stem))


def read_map(path: Path) -> MapSheet:
    """Read `maps/<stem>.toml`.

    Raises
    ------
    DefinitionError
        If it is missing, is no TOML, or does not say what a map must.
    """
    if path.stem == "index":
        raise DefinitionError(f"{path}: index.html is the index of the maps; name this otherwise")
    return _define(MapSheet, path, _with(path, "", _load(path), "stem", path.stem))


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
            f"promise with done = {{ FIELD = VALUE }}; its fields: {_listed(layer.fields)}"
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
        raise DefinitionError(f"{path}: {key} is {value!r}; there are: {_listed(known)}")


def _listed(known: Collection[Scalar]) -> str:
    return ", ".join(str(item) for item in known) or "none"


def _require_type(path: Path, key: str, value: Scalar, type_: FieldType) -> None:
    """Refuse a value that no feature could have: it would match nothing, in silence."""
    fits = {"string": str, "date": str, "boolean": bool}.get(type_, int)
    if type(value) is not fits:
        raise DefinitionError(f"{path}: {key} is {value!r}; the field's type is {type_}")


def _with(path: Path, table: str, data: Any, key: str, value: Any) -> dict[str, Any]:
    """Add what the file's or the table's name says, which the table itself must not."""
    if not isinstance(data, dict):
        raise DefinitionError(f"{path}: {table} is {_shown(data)}; it must be a table")
    if key in data:
        name = f"{table}.{key}".removeprefix(".")
        raise DefinitionError(f"{path}: {name} is unknown; remove it, or mind its spelling")
    return {key: value, **data}


def _load(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
        _require_shallow(data)
    except RecursionError as error:
        raise DefinitionError(
            f"{path}: nests deeper than {MAX_DEPTH} levels, which nothing here needs; mend it"
        ) from error
    except OSError as error:
        raise DefinitionError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{path}: is not UTF-8 (byte {error.start}); save it so") from error
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{path}: is no TOML: {error}") from error
    return data


def _require_shallow(data: dict[str, Any]) -> None:
    """Refuse what later stages could not even print; dotted keys reach there unhindered."""
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        inner = [item.values() if isinstance(item, dict) else item for item in level]
        level = [child for items in inner for child in items if isinstance(child, dict | list)]
        if not level:
            return
    raise RecursionError


def _define(kind: type[_Definition], path: Path, data: dict[str, Any]) -> _Definition:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise DefinitionError(f"{path}: {_say(error, data)}") from error


def _say(error: ValidationError, data: dict[str, Any]) -> str:
    """Put pydantic's first fault into one line: the key, the value, what is allowed."""
    fault = error.errors()[0]
    key = _key(fault["loc"], data)
    allowed = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "missing":
        return f"{key} is missing"
    if fault["type"] == "extra_forbidden":
        return f"{key} is unknown; remove it, or mind its spelling"
    if fault["type"] == "value_error":
        return f"{key}{' ' if allowed.startswith('is ') else ': '}{allowed}" if key else allowed
    return f"{key} is {_shown(fault['input'])}; {allowed[:1].lower()}{allowed[1:]}"


def _key(location: tuple[int | str, ...], data: dict[str, Any]) -> str:
    """Name the key as it stands in the file: targets by their id."""
    parts = [part for part in location if part not in ("str", "tuple")]
    if parts and parts[0] == "targets" and len(parts) > 1:
        parts = ["target", data["targets"][parts[1]]["id"], *parts[2:]]
    elif parts and "stem" not in data:  # only a plan has no stem
        parts = ["plan", *parts]
    return ".".join(str(part) for part in parts)


MAX_DEPTH = 16
"""Levels of tables and lists in a definition."""

_SHOWN = 60
"""Characters of a wrong value that a message shows."""


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return textwrap.shorten(text, _SHOWN) if len(text) > _SHOWN else text
