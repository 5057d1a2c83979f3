"""The map pages of a workspace."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from erdao_geo.definitions import Lang, MapSheet
from erdao_geo.errors import WorkspaceError
from erdao_geo.history import Revision, hash_file
from erdao_geo.storage import locked, write_text
from erdao_geo.workspace.intake import Intake

if TYPE_CHECKING:
    import folium

    from erdao_geo.page import Tiles, Wanted


class Pages(Intake):
    """A workspace that shows itself on map pages."""

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
        html = index_html(self.ledger(), list(self.maps.values()), lang=lang or self.plan.lang)
        with locked(self.root):
            write_text(path, html, within=self.root)
        return path

    def standing(self, stems: Iterable[str]) -> dict[str, Revision]:
        """Give the last change of each layer, where its file still is what that left."""
        changes = (r for r in self.history.revisions() if r.kind != "rules")
        last = {revision.layer: revision for revision in changes}
        found = {stem: last[stem] for stem in stems if stem in last}
        return {s: r for s, r in found.items() if hash_file(self._data(s)) == r.after}

    def _draw(self, sheet: MapSheet, tiles: Tiles | None, lang: Lang | None) -> folium.Map:
        from erdao_geo.page import Origin, draw

        stems = dict.fromkeys((*sheet.layers, *self.plan.layers))
        revisions = self.standing(stems)
        return draw(
            sheet,
            self.ledger(),
            {stem: self.layer(stem) for stem in stems},
            {stem: self.features(stem) for stem in stems},
            {stem: Origin(self.date(stem), revisions.get(stem)) for stem in stems},
            lang=lang or self.plan.lang,
            base=tiles,
        )

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
