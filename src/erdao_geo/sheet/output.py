"""A sheet's files: one PDF, or a PNG for each page; the same bytes for the same input."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from erdao_geo.errors import SheetError
from erdao_geo.sheet.blocks import Setting
from erdao_geo.sheet.compose import Page, compose
from erdao_geo.sheet.content import Subject, scopes_of
from erdao_geo.sheet.draw import FontFiles, draw_page
from erdao_geo.sheet.fonts import HELP, Fonts, installed_fonts
from erdao_geo.sheet.letters import plain
from erdao_geo.sheet.paper import Paper, Words, form_of

DPI = 200
"""Of a PNG."""
SUFFIXES = (".pdf", ".png")
STYLE = {
    "pdf.fonttype": 42,  # TrueType: embedded, and its text can be found and copied
    "pdf.compression": 6,
    "path.simplify": False,
    "hatch.linewidth": 0.7,
    "text.hinting": "no_hinting",
    "axes.unicode_minus": False,
}


def print_pages(
    subject: Subject,
    suffix: str,
    *,
    paper: Paper = "A3",
    landscape: bool = False,
    by: str | None = None,
    font: Path | None = None,
) -> list[bytes]:
    """Print a map, with the ledger of its targets, or an atlas of it.

    Parameters
    ----------
    subject
        The map, and all that it shows.
    suffix
        `.pdf`, which gives one file of all pages, or `.png`, which gives a file for each.
    paper, landscape
        The sheet, and whether it lies.
    by
        A field of the works: a page for the whole map, and then one for each of its values.
    font
        A font file to take characters from first; by default one that this machine has.

    Returns
    -------
    list of bytes
        The files.

    Raises
    ------
    SheetError
        If there is no such kind of file, a character is in no font, or the atlas has no such field
        or too many pages.
    """
    if suffix not in SUFFIXES:
        raise SheetError(f"a sheet is a .pdf or a .png, not {suffix!r}: end the file's name so")
    with (
        matplotlib.style.context(["default", STYLE]),
        TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        _setting(subject, font) as setting,
    ):
        scopes = scopes_of(subject, by)
        form = form_of(paper, landscape=landscape)
        pages = compose(subject, scopes, setting, form, by=_field_title(subject, by))
        require_fonts(subject, pages, setting)
        fonts = write_fonts(pages, setting, Path(folder))
        figures = (draw_page(page, fonts) for page in pages)
        if suffix == ".png":
            return [_as_png(figure) for figure in figures]
        return [_as_pdf(figures, subject.titled(subject.sheet.title, subject.sheet.title_en))]


@contextmanager
def _setting(subject: Subject, font: Path | None) -> Iterator[Setting]:
    files = installed_fonts()
    with (
        closing(Fonts(files, first=font)) as regular,
        closing(Fonts(files, first=font, bold=True)) as bold,
    ):
        yield Setting(regular, bold, subject.lang)


def require_fonts(subject: Subject, pages: Sequence[Page], setting: Setting) -> None:
    """Refuse to print what has a character that no font has.

    Raises
    ------
    SheetError
        It names the character and where it stands, and says what to install.
    """
    for fonts, characters in _characters(pages, setting):
        missing = fonts.missing(characters)
        if missing:
            raise SheetError(_complaint(missing, subject))


def write_fonts(pages: Sequence[Page], setting: Setting, folder: Path) -> FontFiles:
    """Write the fonts of all that the pages say."""
    made = FontFiles(folder / "regular.ttf", folder / "bold.ttf")
    (regular, plain_ones), (bold, bold_ones) = _characters(pages, setting)
    regular.write(plain_ones, made.regular)
    bold.write(bold_ones, made.bold)
    return made


def _characters(pages: Sequence[Page], setting: Setting) -> list[tuple[Fonts, set[str]]]:
    """Give the characters that the pages have, in regular and in bold."""
    words = [mark for page in pages for mark in page.marks if isinstance(mark, Words)]
    return [
        (fonts, {c for mark in words if mark.bold == is_bold for c in mark.text})
        for fonts, is_bold in ((setting.regular, False), (setting.bold, True))
    ]


def _complaint(missing: Sequence[str], subject: Subject) -> str:
    """Say which character is in no font, and where it stands."""
    first, others = missing[0], len(missing) - 1
    where = next((place for place, text in _texts(subject) if first in text), "the sheet's words")
    more = f" (and {others} more)" if others else ""
    return f"no font has {first!r} (U+{ord(first):04X}), which is in {where}{more}: {HELP}"


def _texts(subject: Subject) -> Iterator[tuple[str, str]]:
    """Give the workspace's own texts that a sheet may print, each with its place."""
    sheet, plan = subject.sheet, subject.ledger.plan
    yield f"the title of map {sheet.stem}", sheet.title + sheet.title_en + sheet.approval
    yield "the plan's report", plan.report + plan.report_en
    for row in subject.ledger.rows:
        yield f"the title of target {row.target.id}", row.target.title + row.target.title_en
    for stem in sheet.layers:
        layer, keys = subject.layers[stem], subject.features[stem][subject.layers[stem].key]
        yield (
            f"layers/{stem}.toml",
            layer.title + layer.title_en + layer.source.by + layer.source.note,
        )
        for key, name in zip(keys, subject.named(stem), strict=True):
            yield f"the name of {stem} {plain(str(key))}", name


def _field_title(subject: Subject, by: str | None) -> str:
    """Give what the atlas's field is called."""
    found = (layer.fields[by] for layer in subject.works.values() if by in layer.fields)
    field = next(found, None) if by else None
    return subject.titled(field.title, field.title_en) if field else ""


def _as_png(figure: Figure) -> bytes:
    FigureCanvasAgg(figure)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DPI, metadata={"Software": "erdao-geo"})
    return stream.getvalue()


def _as_pdf(figures: Iterator[Figure], title: str) -> bytes:
    stream = io.BytesIO()
    about = {"Title": title, "Creator": "erdao-geo", "CreationDate": None}
    with PdfPages(stream, metadata=about) as pdf:
        for figure in figures:
            pdf.savefig(figure)
    return stream.getvalue()
