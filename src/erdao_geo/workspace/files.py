"""The files of a workspace: its definitions, its layers, and how they are written.

Only this package knows paths. Whatever goes in or out is validated here, so that no stage needs to
check again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import geopandas as gpd

from erdao_geo.crs import LONLAT, to_lonlat
from erdao_geo.definitions import (
    Layer,
    MapSheet,
    check_references,
    read_layer,
    read_map,
    read_plan,
)
from erdao_geo.errors import DataError, StorageError, WorkspaceError
from erdao_geo.history import (
    PLAN,
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
from erdao_geo.validate import validate
from erdao_geo.workspace.state import State


class Files(State):
    """The files of a workspace: read once, judged whenever they go in or out."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        super().__init__(self.root)
        if not (self.root / PLAN).is_file():
            raise WorkspaceError(
                f"{self.root}: has no {PLAN}; name a workspace with --workspace DIR"
            )
        self.plan = read_plan(self.root / PLAN)
        layers = (read_layer(path) for path in self._files("layers", "toml"))
        self.layers = {layer.stem: layer for layer in layers}
        self._require_twins()
        sheets = (read_map(path) for path in self._files("maps", "toml"))
        self.maps: Mapping[str, MapSheet] = {sheet.stem: sheet for sheet in sheets}
        check_references(self.root, self.plan, self.layers, self.maps)
        self.history = History(self.root)
        self.command = "python"
        """What was called, for the history to say."""
        self._known: dict[str, str] = {}

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
            if (candidate / PLAN).is_file():
                return candidate
        raise WorkspaceError(
            f"{folder}: neither it nor a folder above has a {PLAN}; "
            "go to a workspace, or name one with --workspace DIR"
        )

    def sheet(self, name: str) -> MapSheet:
        """Give a map's definition.

        Raises
        ------
        WorkspaceError
            If there is none of this name.
        """
        return self._named(self.maps, name, "map")

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

    def _read(self, stem: str) -> Stored:
        if stem not in self._stored:
            path = self._data(self.layer(stem).stem)
            known = hash_file(path)  # before it is read: what comes between is noticed
            self._stored[stem] = read_features(path, self.layer(stem))
            self._known[stem] = known
        return self._stored[stem]

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
        self._ledgers.clear()
        if stem == self.plan.boundary:
            self._faults.clear()
        self._faults.pop(stem, None)
