"""The ledger as other programs and people take it: JSON values, CSV text, and reports in a file.

A report is composed once, as tables of cells; every format writes those same tables, so that no two
formats can disagree.
"""

from erdao_geo.report.compose import LayerData, compose
from erdao_geo.report.formats import ENDINGS, require_ending, to_bytes
from erdao_geo.report.tables import Cell, Code, Column, Quantity, Report, Share, Table
from erdao_geo.report.values import METHODS, as_csv, as_dict

__all__ = [
    "ENDINGS",
    "METHODS",
    "Cell",
    "Code",
    "Column",
    "LayerData",
    "Quantity",
    "Report",
    "Share",
    "Table",
    "as_csv",
    "as_dict",
    "compose",
    "require_ending",
    "to_bytes",
]
