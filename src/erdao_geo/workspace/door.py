"""The workspace: the one door to the files, and the stages behind it in their order.

It stands above the stages because it offers them: `Workspace(root).check()`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erdao_geo.definitions import Lang
from erdao_geo.errors import WorkspaceError
from erdao_geo.history import When
from erdao_geo.storage import write_bytes
from erdao_geo.workspace.pages import Pages

if TYPE_CHECKING:
    from erdao_geo.check import Ledger
    from erdao_geo.sheet import Subject


class Workspace(Pages):
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
        wanted = [target.id for target in self.plan.targets if sheet.speaks_of(target)]
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

    @staticmethod
    def _require_free(paths: list[Path], *, overwrite: bool) -> None:
        for path in () if overwrite else paths:
            if path.exists():
                raise WorkspaceError(f"{path}: is there already; name another, or add --overwrite")
