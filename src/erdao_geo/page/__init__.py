"""The Folium page: what it shows (`payload`), how it is drawn (`draw`, `js/`), one inline file."""

from erdao_geo.page.base import TOKEN_VARIABLE, Tiles, tiles_of
from erdao_geo.page.document import OfflineFigure, to_files, to_html
from erdao_geo.page.draw import draw
from erdao_geo.page.index import index_html
from erdao_geo.page.layer import CompactLayer
from erdao_geo.page.payload import Origin
from erdao_geo.page.unpack import Wanted, wanted_of

__all__ = [
    "TOKEN_VARIABLE",
    "CompactLayer",
    "OfflineFigure",
    "Origin",
    "Tiles",
    "Wanted",
    "draw",
    "index_html",
    "tiles_of",
    "to_files",
    "to_html",
    "wanted_of",
]
