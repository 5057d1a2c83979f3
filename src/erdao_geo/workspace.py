"""The workspace: the one door to the files, and the stages behind it in their order.

Only this module knows paths. Whatever goes in or out is validated here, so that no stage needs to
check again. It stands above the stages because it offers them: `Workspace(root).check()`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import geopandas as gpd

from erdao_geo.crs import LONLAT, to_lonlat
from erdao_geo.definitions import (
    Lang,
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
from erdao_geo.storage import Stored, locked, read_features, rounded, write_features, write_text
from erdao_geo.validate import Bounds, validate

if TYPE_CHECKING:
    import folium

    from erdao_geo.check import Ledger
    from erdao_geo.importing import ImportReport

_T = TypeVar("_T")

PLAN_NAME = "plan.toml"


class Workspace:
    """A folder with `plan.toml`, `layers/`, `data/` and `maps/`.

    Parameters
    ----------
    root
        The folder.

    Raises
    ------
    WorkspaceError
        If it is no workspace, or a layer's definition or data lacks its twin.
    DefinitionError
        If a TOML file does not say what it must.
    """

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
        self._stored: dict[str, Stored] = {}
        self._faults: dict[str, list[Problem]] = {}

    @classmethod
    def find(cls, start: Path | str) -> Workspace:
        """Open the workspace that `start` lies in: itself, or the nearest parent with a plan.

        Raises
        ------
        WorkspaceError
            If there is none.
        """
        folder = Path(start).resolve()
        for candidate in (folder, *folder.parents):
            if (candidate / PLAN_NAME).is_file():
                return cls(candidate)
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
            If there is no such layer, or its file cannot be read.
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

    def check(self, *ids: str) -> Ledger:
        """Check the targets (all, or those named) against the features.

        Raises
        ------
        WorkspaceError
            If there is no such target.
        DataError
            If features of their layers break the definition.
        """
        from erdao_geo.check import check_targets

        targets = [self.target(id_) for id_ in dict.fromkeys(ids)] or list(self.plan.targets)
        stems = dict.fromkeys(target.layer for target in targets)
        features = {stem: self.features(stem) for stem in stems}
        dates = {stem: self.date(stem) for stem in stems}
        return check_targets(self.plan, targets, self.layers, features, dates=dates)

    def date(self, stem: str) -> dt.date:
        """Give the date of a layer's data: of its last import, else of its declared source."""
        return self._read(stem).as_of or self.layer(stem).source.date

    def import_file(  # noqa: PLR0913 - a parameter for each option of `import`
        self,
        stem: str,
        path: Path | str,
        *,
        crs: str | None = None,
        encoding: str | None = None,
        fields: Mapping[str, str | Sequence[str]] | None = None,
        constants: Mapping[str, str] | None = None,
        dry_run: bool = False,
    ) -> ImportReport:
        """Bring a foreign file into a layer: add new keys, update known ones, remove nothing.

        Parameters
        ----------
        stem
            The layer.
        path
            A shapefile (also zipped), GeoJSON, GPKG or KML.
        crs, encoding
            What the file does not say of itself.
        fields
            From the file's field to the layer's (one or several), beside those that match by name
            or title.
        constants
            The layer's field to a value for every feature of the file.
        dry_run
            Report, and write nothing.

        Returns
        -------
        ImportReport
            In a dry run, with the features that would be rejected.

        Raises
        ------
        SourceError, CRSError
            If the file cannot be read, or its CRS or encoding must be named.
        DataError
            If features of the file break the layer's definition; nothing is written.
        """
        from erdao_geo import importing

        layer = self.layer(stem)
        delivery = importing.read_delivery(
            Path(path),
            layer,
            crs=crs,
            encoding=encoding,
            fields=fields or {},
            constants=constants or {},
        )
        with nullcontext() if dry_run else locked(self.root):
            self._forget(stem)
            merged, report = importing.merge(
                layer, self.features(stem), delivery, bounds=self._bounds(stem)
            )
            if dry_run:
                return replace(report, dry_run=True)
            if report.rejected:
                raise DataError(
                    report.rejected, way_out=f"nothing of {path} was imported; --dry-run lists all"
                )
            if report.changed:
                self._write(layer, merged)
        return report

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
            If the file cannot be written; the old one is untouched.
        """
        layer = self.layer(stem)
        lonlat = features if features.crs == LONLAT else to_lonlat(features)
        stored = lonlat.set_geometry(rounded(lonlat.geometry), crs=LONLAT)
        problems = validate(layer, stored, bounds=self._bounds(stem))
        if problems:
            raise DataError(problems, way_out=f"nothing was written to {stem}")
        with locked(self.root):
            self._write(layer, stored)

    def map(self, name: str, *, lang: Lang | None = None) -> folium.Map:
        """Draw a map: a `folium.Map` to go on with, or to save as one file that needs no network.

        Raises
        ------
        WorkspaceError
            If there is no such map.
        DataError
            If features of its layers break the definition.
        """
        from erdao_geo.page import draw

        sheet = self.sheet(name)
        stems = dict.fromkeys((*sheet.layers, *self.plan.layers))
        return draw(
            sheet,
            self.check(),
            {stem: self.layer(stem) for stem in stems},
            {stem: self.features(stem) for stem in stems},
            {stem: self.date(stem) for stem in stems},
            lang=lang or self.plan.lang,
        )

    def render(self, name: str, *, lang: Lang | None = None) -> Path:
        """Write a map to `maps/<name>.html` and give its path.

        Raises
        ------
        WorkspaceError
            If there is no such map, or the page cannot be written.
        DataError
            If features of its layers break the definition.
        """
        from erdao_geo.page import to_html

        path = self.root / "maps" / f"{self.sheet(name).stem}.html"
        html = to_html(self.map(name, lang=lang))
        with locked(self.root):
            write_text(path, html)
        return path

    def render_index(self, *, lang: Lang | None = None) -> Path:
        """Write `maps/index.html`, the ledger with links to the maps, and give its path.

        Raises
        ------
        WorkspaceError
            If the page cannot be written.
        DataError
            If features of the targets' layers break the definition.
        """
        from erdao_geo.page import index_html

        path = self.root / "maps" / "index.html"
        html = index_html(self.check(), list(self.maps.values()), lang=lang or self.plan.lang)
        with locked(self.root):
            write_text(path, html)
        return path

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
            layer = self.layer(stem)
            self._stored[stem] = read_features(self.root / "data" / f"{stem}.geojson", layer)
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
        path = self.root / "data" / f"{layer.stem}.geojson"
        write_features(path, features, layer, as_of=dt.date.today())
        self._forget(layer.stem)

    def _forget(self, stem: str) -> None:
        """Read a layer anew when it is next asked for; a new boundary judges every layer anew."""
        self._stored.pop(stem, None)
        if stem == self.plan.boundary:
            self._faults.clear()
        self._faults.pop(stem, None)
