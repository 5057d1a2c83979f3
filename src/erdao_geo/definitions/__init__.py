"""What a workspace says of itself: the plan, its targets, the layers and the maps."""

from erdao_geo.definitions.base import Base
from erdao_geo.definitions.course import Milestone
from erdao_geo.definitions.frozen import Scalar
from erdao_geo.definitions.layer import (
    DECLARED,
    EVIDENCES,
    PROVEN,
    STANDARD_FIELDS,
    STATUSES,
    Constraints,
    Evidence,
    Field,
    FieldType,
    Geometry,
    ImportProfile,
    Layer,
    OverlapRules,
    Source,
    Status,
    Style,
)
from erdao_geo.definitions.plan import Bound, Condition, Lang, MapSheet, Plan, Target
from erdao_geo.definitions.reading import parse_layer, parse_plan, read_layer, read_map, read_plan
from erdao_geo.definitions.references import check_references

__all__ = [
    "DECLARED",
    "EVIDENCES",
    "PROVEN",
    "STANDARD_FIELDS",
    "STATUSES",
    "Base",
    "Bound",
    "Condition",
    "Constraints",
    "Evidence",
    "Field",
    "FieldType",
    "Geometry",
    "ImportProfile",
    "Lang",
    "Layer",
    "MapSheet",
    "Milestone",
    "OverlapRules",
    "Plan",
    "Scalar",
    "Source",
    "Status",
    "Style",
    "Target",
    "check_references",
    "parse_layer",
    "parse_plan",
    "read_layer",
    "read_map",
    "read_plan",
]
