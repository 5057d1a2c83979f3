"""The index of the maps, with the ledger: a page without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

import jinja2

from erdao_geo.check import Ledger
from erdao_geo.definitions import Lang, MapSheet
from erdao_geo.words import percent, period, quantity, stated, word


def index_html(ledger: Ledger, sheets: Sequence[MapSheet], *, lang: Lang) -> str:
    """Give the page that links the maps and shows the ledger.

    Parameters
    ----------
    ledger
        Every target's row.
    sheets
        The maps, each in `<stem>.html` beside the page.
    lang
        The page's language.

    Returns
    -------
    str
        HTML; every text in it is escaped, and it asks for nothing from outside.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        word=word, percent=percent, period=period, quantity=quantity, stated=stated
    )
    source = files("erdao_geo.page").joinpath("index.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        plan=ledger.plan, ledger=ledger, sheets=sheets, lang=lang
    )
