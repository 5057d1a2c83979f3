"""What comes into a workspace from other programs' files."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erdao_geo.definitions import read_layer
from erdao_geo.errors import StorageError
from erdao_geo.features import values
from erdao_geo.history import Entry, Redefinition, SourceFile, read_file
from erdao_geo.storage import Spool, fresh_temporary, locked, readable_name, write_text
from erdao_geo.workspace.past import Past

if TYPE_CHECKING:
    from erdao_geo.crs import District
    from erdao_geo.importing import Delivery, Inspection, Merged, Options, Outcome
    from erdao_geo.importing.options import Progress

REJECTS_NAME = "rejects.geojson"


class Intake(Past):
    """A workspace that takes in foreign files."""

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
