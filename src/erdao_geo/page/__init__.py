"""The Folium page: what it shows (`payload`), how it is drawn (`draw`, `js/`), one inline file."""

from erdao_geo.page.document import OfflineFigure, to_html
from erdao_geo.page.draw import draw
from erdao_geo.page.index import index_html
from erdao_geo.page.layer import CompactLayer
from erdao_geo.page.payload import Origin

__all__ = ["CompactLayer", "OfflineFigure", "Origin", "draw", "index_html", "to_html"]
