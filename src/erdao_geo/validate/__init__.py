"""Hold features against their layer's definition; every fault is listed, none is mended."""

from erdao_geo.validate.geometry import Bounds
from erdao_geo.validate.run import problems_by_row, validate

__all__ = ["Bounds", "problems_by_row", "validate"]
