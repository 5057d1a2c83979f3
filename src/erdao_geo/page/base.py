"""The base map of a page: whose tiles, from which one host, in which datum.

A base map is a background. Nothing is measured on it, and without it the page is whole: where tiles
do not come, the workspace's own ground stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import geopandas as gpd
import shapely

from erdao_geo.crs.offset import to_gcj02
from erdao_geo.definitions import Base
from erdao_geo.errors import PageError
from erdao_geo.page.unpack import Wanted

TOKEN_VARIABLE = "ERDAO_GEO_TIANDITU_TOKEN"

_OSM = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
_TIANDITU = (
    "https://t0.tianditu.gov.cn/{layer}_{grid}/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER={layer}&STYLE=default&TILEMATRIXSET={grid}&FORMAT=tiles"
    "&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={token}"
)
_TIANDITU_LAYERS = {
    "vector": ("vec", "cva"),
    "image": ("img", "cia"),
    "terrain": ("ter", "cta"),
}
_TIANDITU_MAX = {"vector": 18, "image": 18, "terrain": 14}
_GAODE_ROADS = "https://webrd01.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style={style}&x={{x}}&y={{y}}&z={{z}}"
_GAODE_IMAGE = "https://webst01.is.autonavi.com/appmaptile?style={style}&x={{x}}&y={{y}}&z={{z}}"
_GAODE = {
    "vector": (_GAODE_ROADS.format(style=7),),
    "image": (_GAODE_IMAGE.format(style=6), _GAODE_IMAGE.format(style=8)),
}

_DECIMALS = 9  # 0.1 mm: a ring's first vertex stays its last, whatever lanes the processor took


@dataclass(frozen=True, slots=True)
class Tiles:
    """Where a base map's tiles are, and how they lie."""

    urls: tuple[str, ...]
    """Templates with {z}, {x}, {y}: the map, and what it writes above itself."""
    attribution: Mapping[str, str]
    """By language; plain text."""
    lonlat: bool = False
    """Whether the tiles are squares in longitude and latitude, not in Web Mercator."""
    datum: str = "CGCS2000"
    min_zoom: int = 0
    max_zoom: int = 18
    zoom_offset: int = 0

    @property
    def source(self) -> str:
        """What the page's security policy opens for pictures: one host, or the page's own."""
        parts = urlsplit(self.urls[0])
        return f"{parts.scheme}://{parts.netloc}" if parts.scheme else "'self'"

    @property
    def is_shifted(self) -> bool:
        """Whether features must be shifted to lie right over the tiles."""
        return self.datum == "GCJ-02"

    def payload(self) -> dict[str, Any]:
        """Give what `js/base.js` needs."""
        return {
            "urls": self.urls,
            "attribution": dict(self.attribution),
            "lonlat": self.lonlat,
            "datum": self.datum,
            "minZoom": self.min_zoom,
            "maxZoom": self.max_zoom,
            "zoomOffset": self.zoom_offset,
        }


def tiles_of(
    base: Base, *, token: str | None = None, folder: str = "", wanted: Wanted | None = None
) -> Tiles | None:
    """Say where a base map's tiles are.

    Parameters
    ----------
    base
        As the map defines it.
    token
        Tianditu's, where the definition has none.
    folder, wanted
        Of an archive: what is wanted of it, and the folder beside the page that has it.

    Returns
    -------
    Tiles or None
        None where there is no base map.

    Raises
    ------
    PageError
        If Tianditu's token is missing.
    """
    if base.kind == "none":
        return None
    if wanted is not None:
        return _unpacked(base, folder, wanted)
    urls, names, zooms = _known(base, base.token or token)
    return Tiles(
        urls=urls,
        attribution=_both(base.attribution) or names,
        lonlat=base.grid == "c" or base.crs != "EPSG:3857",
        datum="GCJ-02" if base.kind == "gaode" else base.datum,
        min_zoom=zooms[0] if base.min_zoom is None else base.min_zoom,
        max_zoom=zooms[1] if base.max_zoom is None else base.max_zoom,
        zoom_offset=base.zoom_offset,
    )


def displayed(geometry: gpd.GeoSeries, tiles: Tiles | None) -> gpd.GeoSeries:
    """Give geometries where they are to be drawn: over tiles in GCJ-02, shifted as those are.

    Only what is drawn passes here. What is measured, checked, counted and kept is never shifted.
    """
    if tiles is None or not tiles.is_shifted:
        return geometry
    shifted = shapely.transform(geometry.to_numpy(), lambda xy: to_gcj02(xy).round(_DECIMALS))
    return gpd.GeoSeries(shifted, index=geometry.index, crs=geometry.crs)


def _known(
    base: Base, token: str | None
) -> tuple[tuple[str, ...], Mapping[str, str], tuple[int, int]]:
    """Give the addresses, the attribution and the zooms of a source."""
    if base.kind == "osm":
        return (_OSM,), _both("© OpenStreetMap contributors"), (0, 19)
    if base.kind == "gaode":
        names = {"zh": "底图：高德地图", "en": "Base map: Gaode (AMap)"}
        return _GAODE[base.style], names, (3, 18)
    if base.kind == "tianditu":
        names = {"zh": "底图：天地图（国家地理信息公共服务平台）", "en": "Base map: Tianditu"}
        return _tianditu(base, token), names, (1, _TIANDITU_MAX[base.style])
    return (base.template,), _both(base.attribution), (0, 18)


def _tianditu(base: Base, token: str | None) -> tuple[str, ...]:
    if not token:
        raise PageError(
            "base map tianditu: has no token; set the environment variable "
            f"{TOKEN_VARIABLE}, or base.token in the map's TOML (tianditu.gov.cn gives keys for "
            "browsers)"
        )
    return tuple(
        _TIANDITU.format(layer=layer, grid=base.grid, token=quote(token, safe=""))
        for layer in _TIANDITU_LAYERS[base.style]
    )


def _unpacked(base: Base, folder: str, wanted: Wanted) -> Tiles:
    path = f"{quote(folder)}/{wanted.folder}/{{z}}/{{x}}/{{y}}.{wanted.extension}"
    return Tiles(
        urls=(path,),
        attribution=_both(base.attribution or wanted.attribution or wanted.path.name),
        datum=base.datum,
        min_zoom=wanted.zooms[0],
        max_zoom=wanted.zooms[1],
    )


def _both(text: str) -> dict[str, str]:
    return {"zh": text, "en": text} if text else {}
