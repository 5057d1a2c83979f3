"""A target's progress by month, told from the dates of features, against the line of its plan.

Behind is a target of which less is done than its line asks for by the day of its data; overdue is a
feature that was due before that day and is not done. To be late is no fault of the data.
"""

from erdao_geo.schedule.line import expected_on, is_behind, line_of
from erdao_geo.schedule.months import earlier_rows, is_small, months_of
from erdao_geo.schedule.places import place_line, place_points
from erdao_geo.schedule.progress import Point, Schedule, plan_months, points_of, schedule_of

__all__ = [
    "Point",
    "Schedule",
    "earlier_rows",
    "expected_on",
    "is_behind",
    "is_small",
    "line_of",
    "months_of",
    "place_line",
    "place_points",
    "plan_months",
    "points_of",
    "schedule_of",
]
