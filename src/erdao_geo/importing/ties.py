"""What ties a file's datum or plane to the ground: as the user says, else as the profile has it.

The profile keeps a datum shift by the datum it is for, control points by the CRS; so neither can
come to a file that rests on another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from erdao_geo.crs import crs_and_datum
from erdao_geo.definitions import ImportProfile
from erdao_geo.importing.control import read_control
from erdao_geo.importing.options import Options


@dataclass(frozen=True)
class Ties:
    """Parameters of a datum, or points known in both; as a rule neither."""

    datum_shift: tuple[float, ...] | None = None
    control: npt.NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()

    @property
    def are_there(self) -> bool:
        """Whether there is any."""
        return self.datum_shift is not None or self.control is not None


def find_ties(crs: Any, options: Options, profile: ImportProfile) -> Ties:
    """Find what ties a CRS to the ground.

    Raises
    ------
    CRSError, SourceError
        If PROJ does not know the CRS, or the control points cannot be read.
    """
    shift = options.datum_shift
    if shift is not None or options.control is not None:
        control = read_control(options.control) if options.control else None
        return Ties(None if shift is None else tuple(shift), control)
    name, datum = crs_and_datum(crs)
    if points := profile.control_points.get(name):
        note = "control points by the layer's import profile"
        return Ties(control=np.array(points, dtype=np.float64), notes=(note,))
    if known := profile.datum_shift.get(datum):
        return Ties(known, notes=(f"the datum shift of {datum} by the layer's import profile",))
    return Ties()


def learned_ties(crs: str, options: Options, profile: ImportProfile) -> dict[str, Any]:
    """Give the profile's datum shifts and control points, with what the user said of this CRS."""
    shifts = {name: list(shift) for name, shift in profile.datum_shift.items()}
    control = {name: [list(row) for row in rows] for name, rows in profile.control_points.items()}
    name, datum = crs_and_datum(crs)
    if options.control is not None:
        control[name] = read_control(options.control).tolist()
    elif options.datum_shift is not None:
        shifts[datum] = [float(value) for value in options.datum_shift]
        control.pop(name, None)
    return {"datum_shift": shifts, "control_points": control}
