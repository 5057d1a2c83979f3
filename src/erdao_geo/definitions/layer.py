"""A layer: its fields, its source, how it is drawn, imported and counted once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator
from pydantic import Field as Limits

from erdao_geo.definitions.frozen import Frozen, Scalar, as_tuple
from erdao_geo.definitions.messages import listed, shown

Status = Literal["planned", "under_construction", "completed"]
Evidence = Literal["surveyed", "digitised", "approximate", "illustrative", "none"]
Geometry = Literal["Point", "LineString", "Polygon"]
FieldType = Literal["string", "integer", "number", "boolean", "date"]

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
    "due_on": {
        "title": "计划完工日期",
        "title_en": "Due on",
        "type": "date",
        "aliases": (
            "计划完工时间",
            "计划竣工日期",
            "计划竣工时间",
            "应完工日期",
            "完成时限",
            "JHWGRQ",
            "JHJGRQ",
        ),
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
        "constraints": {"minimum": 0},
        "aliases": ("上报里程", "上报长度（公里）"),
    },
    "declared_area_mu": {
        "title": "上报面积（亩）",
        "title_en": "Declared area (mu)",
        "type": "number",
        "constraints": {"minimum": 0},
        "aliases": ("上报面积",),
    },
}
"""Fields with one meaning in every layer; a layer that names one may leave its definition empty."""
DECLARED: dict[str, str] = {"LineString": "declared_length_km", "Polygon": "declared_area_mu"}
"""By geometry, the one of them in which an office reports a feature's size (`units.SIZE_UNITS`)."""


def _limit(value: Any) -> Any:
    if isinstance(value, Decimal | int | str) and not isinstance(value, bool):
        return value
    raise ValueError(f"is {shown(value)}; write a number, or a quoted text or date")


class Constraints(Frozen):
    """What a field's values must satisfy, in Table Schema's words."""

    required: bool = False
    unique: bool = False
    enum: Annotated[tuple[Scalar, ...] | None, BeforeValidator(as_tuple)] = None
    minimum: Annotated[Decimal | int | str | None, BeforeValidator(_limit)] = None
    maximum: Annotated[Decimal | int | str | None, BeforeValidator(_limit)] = None


class Field(Frozen):
    """A field of a layer."""

    title: str
    title_en: str = ""
    aliases: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = ()
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
                    raise ValueError(f"{name} speaks of {code!r}; there are: {listed(codes)}")
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


class Source(Frozen):
    """Where a layer's features came from."""

    by: str
    date: dt.date
    crs: str = "EPSG:4490"
    note: str = ""


class Style(Frozen):
    """How a layer is drawn; where it has a status, the status gives the colour."""

    color: Annotated[str, Limits(pattern=r"^#[0-9A-Fa-f]{6}$")] = "#5b6770"
    weight: Annotated[int, Limits(ge=1, le=20)] = 3
    fill: bool = True
    label: bool = False


def _numbers(value: Any) -> Any:
    """Take a list of TOML's numbers."""
    if isinstance(value, list) and all(type(item) in (int, float, Decimal) for item in value):
        return tuple(map(float, value))
    raise ValueError(f"is {shown(value)}; write a list of numbers")


Numbers = Annotated[tuple[float, ...], BeforeValidator(_numbers)]


class ImportProfile(Frozen):
    """What an earlier delivery taught: how the office that sends this layer writes it."""

    fields: dict[str, Annotated[str | tuple[str, ...], BeforeValidator(as_tuple)]] = {}
    """From the file's field to the layer's, or to several."""
    set: dict[str, str] = {}
    """The layer's field to a value for every feature."""
    codes: dict[str, dict[str, str]] = {}
    """The layer's field to the office's words and the codes they stand for."""
    crs: str = ""
    """Of files that do not say theirs."""
    encoding: str = ""
    """Of files whose bytes leave it open."""
    part: str = ""
    """The layer that is taken of a file with several."""
    key: Literal["field", "geometry"] = "field"
    """Where the key comes from if no field is known to give it."""
    datum_shift: dict[str, Numbers] = {}
    """A datum to its parameters: three or seven to CGCS2000."""
    control_points: dict[str, Annotated[tuple[Numbers, ...], BeforeValidator(as_tuple)]] = {}
    """A CRS to points known in it and in truth: x, y, lon, lat of each."""


def _metres(value: Any) -> Any:
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return float(value)
    raise ValueError(f"is {shown(value)}; write metres, as 3 or 0.5")


class OverlapRules(Frozen):
    """How a layer's ground is counted once."""

    tolerance: Annotated[float, BeforeValidator(_metres), Limits(ge=0, le=50)] = 3.0
    """Metres by which the same thing may have been drawn differently; 0: exactly the same only."""
    carriageways: Literal["centreline", "each"] = "each"
    """Whether the two carriageways of one road count as one line or as two."""
    road: str = "name"
    """The field that tells two carriageways of one road from two roads."""


class Layer(Frozen):
    """One kind of thing: `layers/<stem>.toml`; its features are in `data/<stem>.geojson`."""

    stem: str
    title: str
    title_en: str = ""
    geometry: Geometry
    key: str
    source: Source
    fields: dict[str, Field]
    style: Style = Style()
    overlap: OverlapRules = OverlapRules()
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
                f"fields.{self.key}.type is {kind!r}; a key's is one of: {listed(KEY_TYPES)}"
            )
        return self

    @model_validator(mode="after")
    def _overlap_names_its_road(self) -> Layer:
        asked = self.overlap.carriageways == "centreline" or "road" in self.overlap.model_fields_set
        if asked and self.overlap.road not in self.fields:
            raise ValueError(
                f"overlap.road is {self.overlap.road!r}; the fields: {listed(self.fields)}"
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
                raise ValueError(f"import speaks of {name!r}; the fields: {listed(self.fields)}")
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
