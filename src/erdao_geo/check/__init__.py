"""Check the targets against the features: the ledger, a row for each target.

A total counts ground once (net), and a target is *met* only by features that are surveyed or
digitised. What is reached on weaker evidence is *shown*, not met: it is claimed. What the office
reports of a feature stands beside what was measured of it.
"""

from erdao_geo.check.parts import matches
from erdao_geo.check.row import Asked, Figures, Gap, Ledger, Overdue, Part, Row, Verdict, figures_of
from erdao_geo.check.targets import check_target, check_targets

__all__ = [
    "Asked",
    "Figures",
    "Gap",
    "Ledger",
    "Overdue",
    "Part",
    "Row",
    "Verdict",
    "check_target",
    "check_targets",
    "figures_of",
    "matches",
]
