"""One inline file: every script and style inside, a Content-Security-Policy, nothing from outside.

Folium links its libraries from public hosts. Here each link is replaced by the library's text; a
link to anything that we do not carry is an error, not a page that stays blank on an intranet.
"""

from __future__ import annotations

import base64
import hashlib
import html
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, BinaryIO, Self

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink

from erdao_geo.definitions import Lang
from erdao_geo.page.added import guard, inlined, kept, needs_ours, once, require_offline
from erdao_geo.page.apart import set_apart
from erdao_geo.page.base import Tiles
from erdao_geo.page.elements import DATA_TYPES, Data, Raw
from erdao_geo.page.scripts import own

POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; "
    "img-src data: blob:{images}; font-src data:; base-uri 'none'; form-action 'none'"
)

RANDOM = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
"""An element's id, as Folium makes it."""


class OfflineFigure(Figure):
    """A Folium figure that renders to one file which asks for nothing.

    Parameters
    ----------
    title
        The page's title; any text.
    lang
        The language that the page opens in.
    base
        The tiles beneath, if any: the page's policy lets their one host through for pictures.
    """

    def __init__(self, *, title: str, lang: Lang, base: Tiles | None = None) -> None:
        super().__init__(title=title)
        self.lang = lang
        self.base = base
        self._first: dict[str, Element] = {}  # by the ids that Folium gave

    def add_child(self, child: Element, name: str | None = None, index: int | None = None) -> Self:
        """Add a map, or another element.

        Of a map, what Folium links beside Leaflet is dropped; it saves as the figure does.
        """
        if isinstance(child, folium.Map):
            child.default_js, child.default_css = kept(child.default_js), kept(child.default_css)
            child.save = self.save  # type: ignore[method-assign]  # Folium's empties the file first
        super().add_child(child, name, index)
        return self

    def save(
        self, outfile: str | bytes | Path | BinaryIO, close_file: bool = True, **kwargs: Any
    ) -> None:
        """Save the page; where it cannot be rendered, a file that is there stays as it is.

        Raises
        ------
        PageError
            As `render`.
        """
        page = self.render(**kwargs).encode()
        if isinstance(outfile, str | bytes | Path):
            Path(os.fsdecode(outfile)).write_bytes(page)
            return
        outfile.write(page)
        if close_file:
            outfile.close()

    def render(self, **kwargs: Any) -> str:
        """Render the page, as one file; equal input gives an equal page.

        Raises
        ------
        PageError
            If a child (a Folium plugin, say) links a file that does not travel with erdao-geo, or
            needs what the page's policy forbids.
        """
        return self._whole(*self._parts(**kwargs))

    def render_apart(self, folder: str, *, above: int) -> tuple[str, dict[str, bytes]]:
        """Render the page, and where it would be larger than `above` bytes, its blocks as files.

        Parameters
        ----------
        folder
            Where the files will be, beside the page.

        Returns
        -------
        str, dict
            The page, and the files by name: none where the page holds all.
        """
        head, data, script = self._parts()
        if sum(map(len, (head, *data, script))) <= above:  # nearly all of it is ASCII
            return self._whole(head, data, script), {}
        rest, files = set_apart("".join(data), folder)
        return self._whole(head, [rest], script, files=bool(files)), files

    def _parts(self, **kwargs: Any) -> tuple[str, list[str], str]:
        """Give the page's beginning, its data, and what comes after them."""
        elements = list(_walk(self))
        for element in elements:
            require_offline(element)
            guard(element)
        self._number()
        with _unchanged([self.header, self.html, self.script, *_walk(self)]):
            with once():
                for child in self._children.values():
                    child.render(**kwargs)
            self._inline(ours=any(map(needs_ours, elements)))
            head, script = self.header.render(**kwargs), self.script.render(**kwargs)
            parts: dict[bool, list[str]] = {True: [], False: []}
            for child in self.html._children.values():
                parts[isinstance(child, Data)].append(child.render(**kwargs))
        head = f"{head}\n</head>\n<body>\n" + "\n".join(parts[False])
        script = f"<script>\n{script}\n</script>\n</body>\n</html>\n"
        return self._renamed(head), parts[True], self._renamed(script)

    def _inline(self, *, ours: bool) -> None:
        """Put the text of a file in place of each link to it, and ours behind where needed."""
        for name, child in list(self.header._children.items()):
            if isinstance(child, JavascriptLink | CssLink):
                self.header._children[name] = inlined(child)
        if ours:
            self.header.add_child(
                Raw(f"<script>\n{own('js/folium.js')}</script>"), name="eg_folium"
            )

    def _number(self) -> None:
        """Give each element its place in the tree as its id, in place of a random one."""
        for number, element in enumerate(_walk(self)):
            if RANDOM.fullmatch(element._id):
                self._first[element._id] = element
            element._id = f"{number:08x}"

    def _renamed(self, text: str) -> str:
        """Put the elements' ids where a plugin or a script still has the random ones."""
        first = self._first
        return RANDOM.sub(
            lambda found: first[found[0]]._id if found[0] in first else found[0], text
        )

    def _whole(self, head: str, data: Iterable[str], script: str, *, files: bool = False) -> str:
        return "".join([self._opening(head + script, files=files), head, *data, script])

    def _opening(self, content: str, *, files: bool) -> str:
        """Open the page; `content` is all of it that a browser may run."""
        scripts = [*_hashes(content), *(["'self'"] if files else [])]
        images = f" {self.base.source}" if self.base else ""
        policy = POLICY.format(scripts=" ".join(scripts) or "'none'", images=images)
        return (
            f'<!DOCTYPE html>\n<html lang="{self.lang}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{html.escape(self.title or '')}</title>\n"
        )


def to_html(chart: folium.Map) -> str:
    """Render a map that `draw` made, with whatever was added to it since.

    Raises
    ------
    PageError
        If something that was added links a file that does not travel with erdao-geo.
    """
    return str(chart.get_root().render())


def to_files(chart: folium.Map, folder: str, *, above: int) -> tuple[str, dict[str, bytes]]:
    """Render a map that `draw` made: one file, or beyond `above` bytes a page and its files.

    Raises
    ------
    PageError
        As `to_html`.
    """
    figure = chart.get_root()
    if not isinstance(figure, OfflineFigure):
        raise TypeError("the map was not made by erdao_geo.page.draw")
    return figure.render_apart(folder, above=above)


@contextmanager
def _unchanged(elements: list[Element]) -> Iterator[None]:
    """Take away again what rendering adds: a map is rendered anew after a change."""
    before = [(element, element._children.copy()) for element in elements]
    try:
        yield
    finally:
        for element, children in before:
            element._children = children


def _walk(element: Element) -> Iterator[Element]:
    yield element
    inside = element.html._children.values() if isinstance(element, folium.Popup) else ()
    for child in (*inside, *element._children.values()):
        yield from _walk(child)


class _Scripts(HTMLParser):
    """Collect the text of the scripts that a browser would run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.texts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and dict(attrs).get("type") not in DATA_TYPES
        if self._inside:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += data


def _hashes(content: str) -> list[str]:
    parser = _Scripts()
    parser.feed(content)
    parser.close()
    digests = (hashlib.sha256(text.encode()).digest() for text in parser.texts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
