"""The workspace: the one door to the files, and the stages behind it in their order.

It stands above the stages because it offers them: `Workspace(root).check()`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erdao_geo.definitions import Lang, MapSheet, read_layer
from erdao_geo.errors import StorageError, WorkspaceError
from erdao_geo.features import values
from erdao_geo.history import (
    Entry,
    Redefinition,
    Revision,
    SourceFile,
    When,
    hash_file,
    read_file,
)
from erdao_geo.storage import Spool, fresh_temporary, locked, readable_name, write_bytes, write_text
from erdao_geo.workspace.past import Past

if TYPE_CHECKING:
    import folium

    from erdao_geo.check import Ledger
    from erdao_geo.crs import District
    from erdao_geo.importing import Delivery, Inspection, Merged, Options, Outcome
    from erdao_geo.importing.options import Progress
    from erdao_geo.page import Tiles, Wanted
    from erdao_geo.sheet import Subject

REJECTS_NAME = "rejects.geojson"


class Workspace(Past):
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

    def check(self, *ids: str, as_of: When | None = None) -> Ledger:
        """Check the targets (all, or those named) against the features.

        Parameters
        ----------
        ids
            The targets.
        as_of
            A revision, a day (its end) or a moment of the past: the ledger as it stood then, by
            the features, the plan and the layers' definitions of then.

        Raises
        ------
        WorkspaceError
            If there is no such target, or no such past.
        DataError
            If features of their layers break the definition.
        """
        return self.ledger(*ids) if as_of is None else self.at(as_of).ledger(*ids)

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
            Keep the answers in the layer's TOML for the next delivery; `undo` takes them back, too.
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
            digest = None if dry_run else beside.submit(importing.file_sha256, Path(path))
            delivery = importing.open_delivery(Path(path), layer, options, district=self.district())
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
            if digest is None:
                return replace(merged.outcome, dry_run=True)
            origin = SourceFile(readable_name(Path(path).name), digest.result())
            if merged.outcome.rejected:
                self._require_room_for_rejects()
            definition = self._taught(stem, options, delivery) if save_profile else None
            outcome = self._take_in(origin, spool, merged, definition)
            return self._with_rejects_written(outcome)

    def map(self, name: str, *, lang: Lang | None = None) -> folium.Map:
        """Draw a map: a `folium.Map` to go on with, or to save as one file that needs no network.

        Raises
        ------
        WorkspaceError
            If there is no such map.
        DataError
            If features of its layers break the definition.
        """
        sheet = self.sheet(name)
        tiles, _ = self._base(sheet)
        return self._draw(sheet, tiles, lang)

    def render(
        self, name: str, *, lang: Lang | None = None, one_file_mb: int | None = None
    ) -> Path:
        """Write a map to `maps/<name>.html` and give its path.

        Parameters
        ----------
        name, lang
            The map, and the language that it opens in.
        one_file_mb
            A page larger than that has its layers in files beside it, in `maps/<name>/`; by default
            as the map's definition says.

        Raises
        ------
        WorkspaceError
            If there is no such map, or the page cannot be written.
        DataError
            If features of its layers break the definition.
        """
        from erdao_geo.page import to_files
        from erdao_geo.workspace.beside import sweep, write_files

        sheet = self.sheet(name)
        path, folder = (self.root / "maps" / f"{sheet.stem}{end}" for end in (".html", ""))
        tiles, wanted = self._base(sheet)
        limit = sheet.one_file_mb if one_file_mb is None else one_file_mb
        chart = self._draw(sheet, tiles, lang)
        html, files = to_files(chart, sheet.stem, above=limit * 1_000_000)
        with locked(self.root):
            if wanted is not None:
                wanted.unpack(folder)
            write_files(folder, files, within=self.root)
            write_text(path, html, within=self.root)
            sweep(folder, {*files, wanted.folder if wanted else ""})
        return path

    def files_beside(self, name: str) -> list[Path]:
        """List the files that a rendered map needs beside it, other than tiles."""
        return sorted((self.root / "maps" / self.sheet(name).stem).glob("*.js"))

    def rendered(self, name: str | None = None) -> Path:
        """Give the page of a map, or the index of the maps, as it was rendered last.

        Raises
        ------
        WorkspaceError
            If there is no such map, or it was never rendered.
        """
        path = self.root / "maps" / f"{self.sheet(name).stem if name else 'index'}.html"
        if not path.is_file():
            raise WorkspaceError(f"{path}: is not rendered yet; run `erdao-geo build`")
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
            write_text(path, html, within=self.root)
        return path

    def report(
        self,
        path: Path | str,
        *,
        by: str | None = None,
        lang: Lang | None = None,
        as_of: When | None = None,
    ) -> Path:
        """Write the ledger, and all it rests on, to a file, and give its path.

        Parameters
        ----------
        path
            The file; its ending says the format: .xlsx, .md, .csv, .json or .html.
        by
            A field of the layers: each target is split by its values, too.
        lang
            The language of titles and words; by default the plan's.
        as_of
            A revision, a day (its end) or a moment of the past: the report as it stood then.

        Raises
        ------
        StorageError
            If no format has the ending, the file cannot be written, or there is no such past.
        WorkspaceError
            If no layer has the field.
        DataError
            If features of the targets' layers break the definition.
        """
        from erdao_geo.report import LayerData, compose, require_ending, to_bytes

        path = Path(path)
        ending = require_ending(path)
        state = self if as_of is None else self.at(as_of)
        stems = state.plan.layers
        revisions = state.standing(stems)
        layers = {
            stem: LayerData(
                state.layer(stem), state.features(stem), state.date(stem), revisions.get(stem)
            )
            for stem in stems
        }
        report = compose(state.ledger(), layers, lang=lang or state.plan.lang, by=by)
        write_bytes(path, to_bytes(report, ending))
        return path

    def print_sheet(
        self,
        name: str,
        path: Path | str,
        *,
        lang: Lang | None = None,
        overwrite: bool = False,
        **options: Any,
    ) -> list[Path]:
        """Print a map with its ledger to a PDF, or to a PNG for each page; give the files.

        Parameters
        ----------
        name, lang
            The map, and the language that it is printed in.
        path
            The file; its ending says which. Several PNGs are numbered: `sheet-1.png`.
        overwrite
            Replace files that are there.
        options
            `paper`, `landscape`, `by`, `font`: as `sheet.print_pages` has them.

        Raises
        ------
        WorkspaceError
            If there is no such map, or a file is there or cannot be written.
        SheetError
            If a character is in no font, or an atlas has no such field or too many pages.
        DataError
            If features of its layers break the definition.
        """
        from erdao_geo.sheet import print_pages

        path = Path(path)
        self._require_free([path], overwrite=overwrite)
        files = print_pages(self.subject(name, lang=lang), path.suffix.lower(), **options)
        paths = [path]
        if len(files) > 1:
            paths = [path.with_stem(f"{path.stem}-{at + 1}") for at in range(len(files))]
        self._require_free(paths, overwrite=overwrite)
        for each, content in zip(paths, files, strict=True):
            write_bytes(each, content)
        return paths

    @staticmethod
    def _require_free(paths: list[Path], *, overwrite: bool) -> None:
        for path in () if overwrite else paths:
            if path.exists():
                raise WorkspaceError(f"{path}: is there already; name another, or add --overwrite")

    def subject(self, name: str, *, lang: Lang | None = None) -> Subject:
        """Gather what a map's printed sheet shows.

        Raises
        ------
        WorkspaceError
            If there is no such map.
        DataError
            If features of its layers break the definition.
        """
        from erdao_geo.sheet import Subject

        sheet = self.sheet(name)
        wanted = [
            target.id
            for target in self.plan.targets
            if (
                target.layer in sheet.layers
                if sheet.targets is None
                else target.id in sheet.targets
            )
        ]
        ledger = self.check(*wanted)
        stems = dict.fromkeys((*sheet.layers, *(row.target.layer for row in ledger.rows)))
        return Subject(
            sheet,
            ledger if wanted else replace(ledger, rows=()),
            {stem: self.layer(stem) for stem in stems},
            {stem: self.features(stem) for stem in stems},
            {stem: self.date(stem) for stem in stems},
            lang or self.plan.lang,
        )

    def _draw(self, sheet: MapSheet, tiles: Tiles | None, lang: Lang | None) -> folium.Map:
        from erdao_geo.page import Origin, draw

        found = (r for r in self.history.revisions() if r.kind != "rules")
        revisions = {revision.layer: revision for revision in found}
        stems = dict.fromkeys((*sheet.layers, *self.plan.layers))
        return draw(
            sheet,
            self.check(),
            {stem: self.layer(stem) for stem in stems},
            {stem: self.features(stem) for stem in stems},
            {stem: Origin(self.date(stem), self._standing(revisions.get(stem))) for stem in stems},
            lang=lang or self.plan.lang,
            base=tiles,
        )

    def standing(self, stems: Iterable[str]) -> dict[str, Revision]:
        """Give the last revisions of layers, where a file still is what its revision left."""
        last = {revision.layer: revision for revision in self.history.revisions()}
        found = {stem: self._standing(last.get(stem)) for stem in stems}
        return {stem: revision for stem, revision in found.items() if revision is not None}

    def _standing(self, revision: Revision | None) -> Revision | None:
        """Give a layer's last revision, where its file still is what the revision left."""
        if revision is None or hash_file(self._data(revision.layer)) != revision.after:
            return None
        return revision

    def _base(self, sheet: MapSheet) -> tuple[Tiles | None, Wanted | None]:
        """Give a map's base map, and what of an archive it is made of."""
        from erdao_geo.page import TOKEN_VARIABLE, tiles_of, wanted_of

        base, wanted = sheet.base, None
        if base.file:
            box = self._bounds("") or (-180.0, -90.0, 180.0, 90.0)
            wanted = wanted_of(
                self.root / base.file, box, min_zoom=base.min_zoom, max_zoom=base.max_zoom
            )
        token = os.environ.get(TOKEN_VARIABLE)
        return tiles_of(base, token=token, folder=sheet.stem, wanted=wanted), wanted

    def _taught(self, stem: str, options: Options, delivery: Delivery) -> Redefinition:
        """Write the answers into a layer's TOML as it stands: another may have saved some, too."""
        from erdao_geo.importing import with_profile

        path = self._definition(stem)
        text = read_file(path)
        return Redefinition(text, with_profile(text, read_layer(path), options, delivery))

    def _take_in(
        self, origin: SourceFile, spool: Spool, merged: Merged, definition: Redefinition | None
    ) -> Outcome:
        """Put a layer's merged lines in its place as a revision, where anything is new."""
        outcome = merged.outcome
        is_taught = definition is not None and definition.old != definition.new
        if not (outcome.changed or is_taught):
            return outcome
        temporary = self._temporary(outcome.layer) if outcome.changed else None
        if temporary:
            spool.write(temporary, merged.order, as_of=dt.date.today())
        entry = Entry("import", self.command, source=origin, counts=outcome.counts)
        revision = self._commit(outcome.layer, temporary, entry, definition)
        return replace(outcome, revision=revision.number if revision else None)

    def _require_room_for_rejects(self) -> None:
        """Refuse, before the layer is written, where the rejected could not be listed after it."""
        path = self.root / REJECTS_NAME
        fresh_temporary(path, within=self.root)
        if path.is_dir():
            raise StorageError(
                f"{path}: is a folder, and the rejected records are listed in a file of that name: "
                "move the folder away"
            )

    def _with_rejects_written(self, outcome: Outcome) -> Outcome:
        """List the rejected; where that fails, the layer is written all the same: say so."""
        try:
            self._write_rejects(outcome)
        except (OSError, StorageError) as error:
            note = f"the layer is written, but {REJECTS_NAME} is not: {error}"
            return replace(outcome, notes=(*outcome.notes, note))
        return outcome

    def _write_rejects(self, outcome: Outcome) -> None:
        """Keep what was rejected last, until an import into its layer rejects nothing."""
        path = self.root / REJECTS_NAME
        if outcome.rejected:
            write_text(path, outcome.rejects_text(), within=self.root)
        elif _rejected_layer(path) == outcome.layer:
            path.unlink()


def _rejected_layer(path: Path) -> str | None:
    """Tell whose rejected records a file lists; None where there are none, or it is another's."""
    try:
        listed = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return listed.get("layer") if isinstance(listed, dict) else None
