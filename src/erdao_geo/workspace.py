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
from typing import TYPE_CHECKING, Any, TypeVar

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
from erdao_geo.errors import DataError, Problem, SourceError, StorageError, WorkspaceError
from erdao_geo.features import values
from erdao_geo.storage import (
    Stored,
    collection_text,
    locked,
    read_features,
    rounded,
    write_features,
    write_text,
)
from erdao_geo.validate import Bounds, validate

if TYPE_CHECKING:
    import folium

    from erdao_geo.check import Ledger
    from erdao_geo.crs import District
    from erdao_geo.importing import Inspection, Outcome

_T = TypeVar("_T")

PLAN_NAME = "plan.toml"
REJECTS_NAME = "rejects.geojson"


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
        as_of = max(self.date(stem) for stem in stems) if stems else None
        return check_targets(self.plan, targets, self.layers, features, as_of=as_of)

    def date(self, stem: str) -> dt.date:
        """Give the date of a layer's data: of its last import, else of its declared source."""
        return self._read(stem).as_of or self.layer(stem).source.date

    def district(self) -> District:
        """Give what a file's coordinates are held against: the outline, and what is known inside.

        Raises
        ------
        WorkspaceError
            If the boundary has no geometry.
        """
        from erdao_geo.crs import District

        self._bounds("")
        outline = self._read(self.plan.boundary).features.geometry.union_all()
        lines: list[tuple[str, Any]] = []
        if self.plan.context:
            known = self._read(self.plan.context).features
            located = known[known.geometry.notna()]
            lines = list(zip(values(located, "name"), located.geometry, strict=True))
        return District(outline, tuple((str(name), line) for name, line in lines))

    def inspect(self, path: Path | str, **answers: Any) -> Inspection:
        """Say what a foreign file holds, held against the district.

        Parameters
        ----------
        path
            Any vector file.
        answers
            `crs`, `encoding`, `part`: to see what they would give.

        Raises
        ------
        SourceError
            If there is no such file.
        """
        from erdao_geo.importing import inspect_file

        return inspect_file(Path(path), district=self.district(), **answers)

    def import_file(
        self,
        stem: str,
        path: Path | str,
        *,
        dry_run: bool = False,
        save_profile: bool = False,
        **answers: Any,
    ) -> Outcome:
        """Bring a foreign file into a layer.

        What can be taken is taken; a record that cannot be is rejected with its reason, and listed
        in the workspace's `rejects.geojson`.

        Parameters
        ----------
        stem
            The layer.
        path
            Any vector file that can be read.
        dry_run
            Report, and write nothing.
        save_profile
            Keep the answers in the layer's TOML for the next delivery.
        answers
            What the file leaves open, and how to merge it: the names of `importing.Options`.

        Returns
        -------
        Outcome
            What was added, updated, left unchanged, removed, rejected and repaired.

        Raises
        ------
        SourceError, CRSError
            If the file cannot be read, or an answer is missing; the message names the option.
        DataError
            If the layer's own features break its definition.
        """
        from erdao_geo import importing

        layer, options = self.layer(stem), importing.Options(**answers)
        sources = importing.read_sources(
            Path(path),
            encoding=options.encoding or layer.profile.encoding or None,
            only=options.part,
        )
        if len(sources) > 1:
            there = ", ".join(source.name for source in sources)
            raise SourceError(
                f"{path}: holds several layers; choose one with --part, e.g. --part "
                f"{sources[0].name}; there are: {there}"
            )
        delivery = importing.decide(sources[0], layer, options, district=self.district())
        with nullcontext() if dry_run else locked(self.root):
            self._forget(stem)
            merged = importing.merge(
                layer, self.features(stem), delivery, bounds=self._bounds(stem), mode=options.mode
            )
            if dry_run:
                return replace(merged.outcome, dry_run=True)
            if merged.outcome.changed:
                self._write_lines(layer, merged.lines)
            self._write_rejects(merged.outcome)
            if save_profile:
                definition = self.root / "layers" / f"{stem}.toml"
                text = definition.read_text(encoding="utf-8")
                write_text(definition, importing.with_profile(text, layer, options, delivery))
        return merged.outcome

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
            features = self._read(stem).features
            self._faults[stem] = validate(self.layer(stem), features, bounds=self._bounds(stem))
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

    def _write_lines(self, layer: Layer, lines: Sequence[str]) -> None:
        path = self.root / "data" / f"{layer.stem}.geojson"
        write_text(path, "".join(collection_text(lines, as_of=dt.date.today())))
        self._forget(layer.stem)

    def _write_rejects(self, outcome: Outcome) -> None:
        """Keep what the last import rejected, to be mended and imported again."""
        path = self.root / REJECTS_NAME
        if outcome.rejected:
            write_text(path, outcome.rejects_text())
        else:
            path.unlink(missing_ok=True)

    def _forget(self, stem: str) -> None:
        """Read a layer anew when it is next asked for; a new boundary judges every layer anew."""
        self._stored.pop(stem, None)
        if stem == self.plan.boundary:
            self._faults.clear()
        self._faults.pop(stem, None)
