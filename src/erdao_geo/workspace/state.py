"""What is true of a workspace at one moment, now or then: a plan, its layers and their features."""

from __future__ import annotations

import datetime as dt
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import geopandas as gpd

from erdao_geo.definitions import Layer, Plan, Target
from erdao_geo.errors import DataError, Problem, WorkspaceError
from erdao_geo.history import Revision
from erdao_geo.storage import Stored
from erdao_geo.validate import Bounds, validate

if TYPE_CHECKING:
    from erdao_geo.check import Ledger
    from erdao_geo.schedule import Schedule
    from erdao_geo.why import Side

_T = TypeVar("_T")


class State(ABC):
    """A plan, its layers and their features: read once, judged when they go out, checked once."""

    plan: Plan
    layers: Mapping[str, Layer]

    way_out = "`erdao-geo validate` lists them"
    """What to do about features that break their layer's definition."""

    def __init__(self, place: Path) -> None:
        self.place = place
        """Where messages say that it is."""
        self._stored: dict[str, Stored] = {}
        self._faults: dict[str, list[Problem]] = {}
        self._ledgers: dict[tuple[str, ...], Ledger] = {}

    @abstractmethod
    def _read(self, stem: str) -> Stored:
        """Read a layer, or give it as it was read."""

    @abstractmethod
    def standing(self, stems: Iterable[str]) -> dict[str, Revision]:
        """Give the revisions that the files of layers stand at, of those where that is known."""

    def layer(self, stem: str) -> Layer:
        """Give a layer's definition.

        Raises
        ------
        WorkspaceError
            If there is none of this name.
        """
        return self._named(self.layers, stem, "layer")

    def target(self, id_: str) -> Target:
        """Give a target of the plan.

        Raises
        ------
        WorkspaceError
            If there is none of this id.
        """
        return self._named({target.id: target for target in self.plan.targets}, id_, "target")

    def features(self, stem: str) -> gpd.GeoDataFrame:
        """Give a layer's features, valid, in EPSG:4326, sorted by key.

        Raises
        ------
        WorkspaceError
            If there is no such layer, or a file cannot be read.
        DataError
            If features break the layer's definition; it carries every problem.
        """
        problems = self._problems(stem)
        if problems:
            raise DataError(problems, way_out=self.way_out)
        features = self._read(stem).features
        return features.sort_values(self.layer(stem).key, kind="stable", ignore_index=True)

    def validate(self) -> list[Problem]:
        """List every fault in every layer's data.

        Raises
        ------
        WorkspaceError
            If a file cannot be read at all.
        """
        return [problem for stem in self.layers for problem in self._problems(stem)]

    def date(self, stem: str) -> dt.date:
        """Give the date of a layer's data: of its last import, else of its declared source."""
        return self._read(stem).as_of or self.layer(stem).source.date

    def ledger(self, *ids: str) -> Ledger:
        """Check the targets (all, or those named) against the features.

        Raises
        ------
        WorkspaceError
            If there is no such target.
        DataError
            If features of their layers break the definition.
        """
        if ids not in self._ledgers:
            self._ledgers[ids] = self._checked(ids)
        return self._ledgers[ids]

    def _checked(self, ids: tuple[str, ...]) -> Ledger:
        from erdao_geo.check import check_targets

        targets = [self.target(id_) for id_ in dict.fromkeys(ids)] or list(self.plan.targets)
        stems = dict.fromkeys(target.layer for target in targets)
        features = {stem: self.features(stem) for stem in stems}
        dates = {stem: self.date(stem) for stem in stems}
        return check_targets(self.plan, targets, self.layers, features, dates=dates)

    def schedules(self, ledger: Ledger) -> list[Schedule]:
        """Tell how the targets of its ledger came along, month by month, in its order.

        Raises
        ------
        DataError
            If features of their layers break the definition.
        """
        from erdao_geo.schedule import schedule_of

        return [
            schedule_of(row, self.layer(row.target.layer), self.features(row.target.layer))
            for row in ledger.rows
        ]

    def side(self, id_: str) -> Side | None:
        """Give what a target is checked by, if it is in the plan.

        Raises
        ------
        DataError
            If features of its layer break the definition.
        """
        from erdao_geo.why import Side

        target = next((target for target in self.plan.targets if target.id == id_), None)
        if target is None:
            return None
        stem = target.layer
        return Side(target, self.layer(stem), self.features(stem), self.date(stem))

    def _named(self, known: Mapping[str, _T], name: str, kind: str) -> _T:
        if name in known:
            return known[name]
        there = ", ".join(known) or "none"
        raise WorkspaceError(f"{self.place}: has no {kind} {name!r}; there are: {there}")

    def _problems(self, stem: str) -> list[Problem]:
        if stem not in self._faults:
            stored, boundary = self._read(stem), self.plan.boundary
            has_box = not self._read(boundary).unreadable
            faults = validate(
                self.layer(stem),
                stored.features,
                bounds=self._bounds(stem) if has_box else None,
                unreadable=stored.unreadable,
                groupings=self.plan.groupings(stem),
            )
            if not has_box and stem != boundary:
                message = f"cannot be held against the box of {boundary}; mend that first"
                faults.append(Problem(stem, "*", "boundary-unreadable", message))
            self._faults[stem] = faults
        return self._faults[stem]

    def _bounds(self, stem: str) -> Bounds | None:
        """Give the district's box, as a test for any layer but the boundary itself."""
        if stem == self.plan.boundary:
            return None
        west, south, east, north = self._read(self.plan.boundary).features.total_bounds.tolist()
        if math.isnan(west):
            raise WorkspaceError(
                f"{self.place / 'data' / self.plan.boundary}.geojson: has no geometry, so no "
                "layer can be held against the district's box; put the outline there"
            )
        return (west, south, east, north)
