"""Bring foreign files in: read them as they are, judge them, map their fields, merge them by key.

A file is never guessed at in silence. What decides its encoding, its CRS, its fields is said;
where more than one answer is left, the import stops and names the option that gives each.
"""

from erdao_geo.importing.decide import open_delivery
from erdao_geo.importing.delivery import Delivery
from erdao_geo.importing.inspect import Inspection, Verdict, inspect_file
from erdao_geo.importing.merge import Merged, merge, processes_for
from erdao_geo.importing.options import Options
from erdao_geo.importing.outcome import Outcome
from erdao_geo.importing.profile import with_profile
from erdao_geo.importing.reading import file_sha256

__all__ = [
    "Delivery",
    "Inspection",
    "Merged",
    "Options",
    "Outcome",
    "Verdict",
    "file_sha256",
    "inspect_file",
    "merge",
    "open_delivery",
    "processes_for",
    "with_profile",
]
