"""Why a figure changed: causes that sum to the difference exactly.

Old becomes new in a fixed order of steps: the rules; then the features that are gone; those that
are new; the geometry of the others; their fields; their evidence. After each step the target is
checked anew. What a step changes in the parts' own sizes is that step's cause, what it changes in
the ground that counts for another part is an overlap, found or resolved. So the amounts telescope:
as exact fractions, they sum to new less old.
"""

from erdao_geo.why.change import CAUSES, FIGURES, Cause, Change, Effect, Figure, Rule, Side
from erdao_geo.why.explain import explain
from erdao_geo.why.plain import as_dict

__all__ = [
    "CAUSES",
    "FIGURES",
    "Cause",
    "Change",
    "Effect",
    "Figure",
    "Rule",
    "Side",
    "as_dict",
    "explain",
]
