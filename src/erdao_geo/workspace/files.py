"""The files of a workspace: its definitions, its layers, and how they are written.

Only this package knows paths. Whatever goes in or out is validated here, so that no stage needs to
check again.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Self, TypeVar

import geopandas as gpd

from erdao_geo.crs import LONLAT, to_lonlat
from erdao_geo.definitions import (
    Layer,
    MapSheet,
    Plan,
    Target,
    check_references,
    read_layer,
    read_map,
    read_plan,
)
from erdao_geo.errors import DataError, Problem, StorageError, WorkspaceError
from erdao_geo.history import (
    Entry,
    History,
    Redefinition,
    Revision,
    count_changes,
    hash_file,
)
from erdao_geo.storage import (
    Stored,
    fresh_temporary,
    locked,
    read_features,
    rounded,
    write_features,
)
from erdao_geo.validate import Bounds, validate

_T = TypeVar("_T")

PLAN_NAME = "plan.toml"


class Files:
    """The files of a workspace: read once, judged whenever they go in or out."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        if not (self.root / PLAN_NAME).is_file():
            raise WorkspaceError(
                f"{self.root}: has no {PLAN_NAME}; name a workspace with --workspace DIR"
            )
        self.plan: Plan = read_plan(self.root / PLAN_NAME)
        layers = (read_layer(path) for path in self._files("layers", "toml"))
        self.layers: Mapping[str, Layer] = {layer.stem: layer for layer in layers}
        self._require_twins()
        sheets = (read_map(path) for path in self._files("maps", "toml"))
        self.maps: Mapping[str, MapSheet] = {sheet.stem: sheet for sheet in sheets}
        check_references(self.root, self.plan, self.layers, self.maps)
        self.history = History(self.root)
        self.command = "python"
        """What was called, for the history to say."""
        self._stored: dict[str, Stored] = {}
        self._known: dict[str, str] = {}
        self._faults: dict[str, list[Problem]] = {}

    @classmethod
    def find(cls, start: Path | str) -> Self:
        """Open the workspace that `start` lies in: itself, or the nearest parent with a plan.

        Raises
        ------
        WorkspaceError
            If there is none.
        """
        return cls(cls.locate(start))

    @staticmethod
    def locate(start: Path | str) -> Path:
        """Find the folder of the workspace that `start` lies in.

        Raises
        ------
        WorkspaceError
            If there is none.
        """
        folder = Path(start).resolve()
        for candidate in (folder, *folder.parents):
            if (candidate / PLAN_NAME).is_file():
                return candidate
        raise WorkspaceError(
            f"{folder}: neither it nor a folder above has a {PLAN_NAME}; "
            "go to a workspace, or name one with --workspace DIR"
        )

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

    def sheet(self, name: str) -> MapSheet:
        """Give a map's definition.

        Raises
        ------
        WorkspaceError
            If there is none of this name.
        """
        return self._named(self.maps, name, "map")

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
            raise DataError(problems, way_out="`erdao-geo validate` lists them")
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

    def write(self, stem: str, features: gpd.GeoDataFrame) -> None:
        """Replace a layer's features.

        Parameters
        ----------
        stem
            The layer.
        features
            With the layer's fields, in EPSG:4326 or a CRS that leads there.

        Raises
        ------
        CRSError
            If they have no CRS, or one of another datum; nothing is written.
        DataError
            If they break the layer's definition once rounded as they are stored; nothing is
            written.
        StorageError
            If the file cannot be written, or was changed by another since this workspace read it;
            it is then untouched.
        """
        layer = self.layer(stem)
        lonlat = features if features.crs == LONLAT else to_lonlat(features)
        stored = lonlat.set_geometry(rounded(lonlat.geometry), crs=LONLAT)
        problems = validate(
            layer,
            stored,
            bounds=self._bounds(stem),
            groupings=self.plan.groupings(stem),
        )
        if problems:
            raise DataError(problems, way_out=f"nothing was written to {stem}")
        with locked(self.root):
            self._write(layer, stored)

    def _files(self, folder: str, extension: str) -> list[Path]:
        try:
            found = sorted((self.root / folder).glob(f"*.{extension}"))
        except OSError as error:
            raise StorageError(f"{self.root / folder}: cannot be read: {error}") from error
        return [path for path in found if not path.name.startswith(".")]

    def _require_twins(self) -> None:
        data = {path.stem for path in self._files("data", "geojson")}
        for stem in sorted(data ^ self.layers.keys()):
            here, there = f"layers/{stem}.toml", f"data/{stem}.geojson"
            if stem in data:
                here, there = there, here
            raise WorkspaceError(f"{self.root}: {here} has no twin {there}; add it, or remove this")

    def _named(self, known: Mapping[str, _T], name: str, kind: str) -> _T:
        if name in known:
            return known[name]
        there = ", ".join(known) or "none"
        raise WorkspaceError(f"{self.root}: has no {kind} {name!r}; there are: {there}")

    def _read(self, stem: str) -> Stored:
        if stem not in self._stored:
            path = self._data(self.layer(stem).stem)
            known = hash_file(path)  # before it is read: what comes between is noticed
            self._stored[stem] = read_features(path, self.layer(stem))
            self._known[stem] = known
        return self._stored[stem]

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
                f"{self.root / 'data' / self.plan.boundary}.geojson: has no geometry, so no "
                "layer can be held against the district's box; put the outline there"
            )
        return (west, south, east, north)

    def _write(self, layer: Layer, features: gpd.GeoDataFrame) -> None:
        temporary = self._temporary(layer.stem)
        write_features(temporary, features, layer, as_of=dt.date.today())
        counts = count_changes(layer.stem, layer.key, self._data(layer.stem), temporary)
        self._commit(layer.stem, temporary, Entry("write", self.command, counts=counts))

    def _commit(
        self, stem: str, new: Path | None, entry: Entry, definition: Redefinition | None = None
    ) -> Revision | None:
        """Put a layer's new file in its place and record it, unless somebody else was faster."""
        known = self._known.pop(stem, None)
        self._forget(stem)
        data = self._data(stem)
        done = self.history.commit(stem, data, new, entry, as_known=known, definition=definition)
        if done:
            self._known[stem] = done.after
        return done

    def _data(self, stem: str) -> Path:
        return self.root / "data" / f"{stem}.geojson"

    def _temporary(self, stem: str) -> Path:
        """Give where a layer's new file is to be written."""
        return fresh_temporary(self._data(stem), within=self.root)

    def _definition(self, stem: str) -> Path:
        return self.root / "layers" / f"{stem}.toml"

    def _forget(self, stem: str) -> None:
        """Read a layer anew when it is next asked for; a new boundary judges every layer anew."""
        self._stored.pop(stem, None)
        if stem == self.plan.boundary:
            self._faults.clear()
        self._faults.pop(stem, None)
