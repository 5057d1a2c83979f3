"""The workspace: the one door to the files, and the stages behind it in their order.

Only this module knows paths. Whatever goes in or out is validated here, so that no stage needs to
check again. It stands above the stages because it offers them: `Workspace(root).check()`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
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
from erdao_geo.errors import DataError, Problem, StorageError, WorkspaceError
from erdao_geo.features import values
from erdao_geo.history import (
    Diff,
    Entry,
    Fault,
    History,
    Revision,
    SourceFile,
    When,
    compare,
    count_changes,
    hash_file,
    read_file,
)
from erdao_geo.storage import (
    Spool,
    Stored,
    locked,
    read_features,
    rounded,
    write_bytes,
    write_features,
    write_text,
)
from erdao_geo.validate import Bounds, validate

if TYPE_CHECKING:
    import folium

    from erdao_geo.check import Ledger
    from erdao_geo.crs import District
    from erdao_geo.importing import Inspection, Merged, Outcome
    from erdao_geo.importing.options import Progress

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
        self.history = History(self.root)
        self.command = "python"
        """What was called, for the history to say."""
        self._stored: dict[str, Stored] = {}
        self._known: dict[str, str] = {}
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

    def features(self, stem: str, *, as_of: When | None = None) -> gpd.GeoDataFrame:
        """Give a layer's features, valid, in EPSG:4326, sorted by key.

        Parameters
        ----------
        stem
            The layer.
        as_of
            A revision, a day (its end) or a moment of the past. What the layer was then comes with
            the fields of today, and is not validated: it need not be right by today's definition.

        Raises
        ------
        WorkspaceError
            If there is no such layer or past, or a file cannot be read.
        DataError
            If features break the layer's definition; it carries every problem.
        """
        if as_of is not None:
            return self._past_features(stem, as_of)
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
        progress: Progress = lambda *_: None,
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
        progress
            Called now and then with what is under way, how much is done, and of how much.
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
        progress("reading", 0, 0)
        with ThreadPoolExecutor(1) as beside:
            digest = beside.submit(importing.file_sha256, Path(path))
            delivery = importing.open_delivery(Path(path), layer, options, district=self.district())
        origin = SourceFile(Path(path).name, digest.result())
        parts = importing.processes_for(delivery)
        with nullcontext() if dry_run else locked(self.root), Spool(parts) as spool:
            self._forget(stem)
            merged = importing.merge(
                layer,
                self.features(stem),
                delivery,
                spool=spool,
                bounds=self._bounds(stem),
                groupings=self.plan.groupings(stem),
                mode=options.mode,
                progress=progress,
            )
            progress("writing", 0, 0)
            if dry_run:
                return replace(merged.outcome, dry_run=True)
            outcome = self._take_in(layer, origin, spool, merged)
            self._write_rejects(outcome)
            if save_profile:
                definition = self.root / "layers" / f"{stem}.toml"
                text = definition.read_text(encoding="utf-8")
                write_text(definition, importing.with_profile(text, layer, options, delivery))
        return outcome

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

    def log(self, stem: str | None = None) -> list[Revision]:
        """List the revisions of a layer, or of all, the oldest first.

        Raises
        ------
        WorkspaceError
            If there is no such layer.
        """
        return self.history.revisions(self.layer(stem).stem if stem else None)

    def layers_known_at(self, when: When) -> tuple[list[str], list[str]]:
        """List the layers with a known past at that time, and those whose history begins later.

        Raises
        ------
        StorageError
            If there is no such revision.
        """
        stems = [stem for stem in self.layers if self.history.revisions(stem)]
        known = [stem for stem in stems if self.history.reaches_back(stem, when)]
        return known, [stem for stem in stems if stem not in known]

    def diff(self, stem: str, old: When, new: When | None = None) -> Diff:
        """Compare a layer at a revision, day or moment with another; by default with what it is.

        Raises
        ------
        WorkspaceError
            If there is no such layer or past, or a file cannot be read.
        """
        layer = self.layer(stem)
        was = self.history.content(self.history.at(stem, old))
        if new is not None:
            now = self.history.content(self.history.at(stem, new))
            return compare(stem, layer.key, was, now)
        return compare(stem, layer.key, was, read_file(self._data(stem)))

    def content(self, stem: str, *, as_of: When | None = None) -> bytes:
        """Give the bytes of a layer's file, as they are or once were.

        Raises
        ------
        WorkspaceError
            If there is no such layer or past, or a file cannot be read.
        """
        path = self._data(self.layer(stem).stem)
        if as_of is None:
            return read_file(path)
        return self.history.content(self.history.at(stem, as_of))

    def export_content(self, stem: str, path: Path, *, as_of: When | None = None) -> str:
        """Write a layer's file, as it is or once was, to another; give its SHA-256.

        Raises
        ------
        WorkspaceError
            If there is no such layer or past, or a file cannot be read or written.
        """
        if as_of is None:
            write_bytes(path, self.content(stem))
            return hash_file(path)
        revision = self.history.at(self.layer(stem).stem, as_of)
        self.history.export(revision, path)
        return revision.after

    def undo(
        self, stem: str | None = None, *, revision: int | None = None, dry_run: bool = False
    ) -> Revision:
        """Put a layer's file back, byte for byte, to what it was before a revision.

        Parameters
        ----------
        stem
            The layer; by default that of the last recorded change.
        revision
            The one to take back; by default the layer's last change. An undo can be undone.
        dry_run
            Write nothing.

        Returns
        -------
        Revision
            The undo; in a dry run, the revision that it would take back.

        Raises
        ------
        WorkspaceError
            If there is no such layer or revision, or others stand on it.
        """
        with nullcontext() if dry_run else locked(self.root):
            stem = self._undo_layer(stem, revision)
            if dry_run:
                return self.history.undoable(stem, self._data(stem), revision)
            self._forget(stem)
            self._known.pop(stem, None)
            return self.history.undo(stem, self._data(stem), revision, command=self.command)

    def verify_history(self) -> list[Fault]:
        """Find what in the history is tampered with, damaged or missing.

        Raises
        ------
        WorkspaceError
            If it cannot be read at all.
        """
        return self.history.verify()

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
        temporary = self.root / "data" / f".{layer.stem}.geojson.tmp"
        write_features(temporary, features, layer, as_of=dt.date.today())
        counts = count_changes(layer.stem, layer.key, self._data(layer.stem), temporary)
        self._commit(layer.stem, temporary, Entry("write", self.command, counts=counts))

    def _commit(self, stem: str, new: Path | str, entry: Entry) -> Revision | None:
        """Put a layer's new file in its place and record it, unless somebody else was faster."""
        known = self._known.pop(stem, None)
        self._forget(stem)
        done = self.history.commit(stem, self._data(stem), new, entry, as_known=known)
        if done:
            self._known[stem] = done.after
        return done

    def _data(self, stem: str) -> Path:
        return self.root / "data" / f"{stem}.geojson"

    def _past_features(self, stem: str, when: When) -> gpd.GeoDataFrame:
        layer, revision = self.layer(stem), self.history.at(stem, when)
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"{stem}.geojson"
            self.history.export(revision, path)
            stored = read_features(path, layer)
        for row, reason in stored.unreadable.items():
            raise StorageError(
                f"{stem}, revision {revision.number}: feature {row + 1} has a geometry that cannot "
                f"be read: {reason}; ask for another state (`erdao-geo log {stem}` lists them)"
            )
        return stored.features.sort_values(layer.key, kind="stable", ignore_index=True)

    def _undo_layer(self, stem: str | None, revision: int | None) -> str:
        if stem is None:
            past = self.history
            stem = (past.last_change() if revision is None else past.revision(revision)).layer
        return self.layer(stem).stem

    def _take_in(self, layer: Layer, origin: SourceFile, spool: Spool, merged: Merged) -> Outcome:
        """Put a layer's merged lines in its place as a revision, where they are other ones."""
        outcome = merged.outcome
        if not outcome.changed:
            return outcome
        temporary = self.root / "data" / f".{layer.stem}.geojson.tmp"
        spool.write(temporary, merged.order, as_of=dt.date.today())
        entry = Entry("import", self.command, source=origin, counts=outcome.counts)
        revision = self._commit(layer.stem, temporary, entry)
        return replace(outcome, revision=revision.number if revision else None)

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
