"""The base map of a map: none, or the tiles of one source."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field as Limits
from pydantic import model_validator

from erdao_geo.definitions.frozen import Frozen
from erdao_geo.definitions.messages import listed, shown

BaseKind = Literal["none", "osm", "tianditu", "gaode", "tiles", "mbtiles", "pmtiles"]

_ZOOMS = {"min_zoom", "max_zoom"}
_ALLOWED: dict[str, set[str]] = {
    "none": set(),
    "osm": _ZOOMS,
    "tianditu": {"style", "grid", "token", "attribution"} | _ZOOMS,
    "gaode": {"style", "attribution"} | _ZOOMS,
    "tiles": {"url", "crs", "datum", "zoom_offset", "attribution"} | _ZOOMS,
    "mbtiles": {"file", "datum", "attribution"} | _ZOOMS,
    "pmtiles": {"file", "datum", "attribution"} | _ZOOMS,
}
_NEEDED = {"tiles": ("url", "attribution"), "mbtiles": ("file",), "pmtiles": ("file",)}
_PLACES = ("{z}", "{x}", "{y}")
_WMTS = {"{TileMatrix}": "{z}", "{TileCol}": "{x}", "{TileRow}": "{y}"}
_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_URL = re.compile(r"[\w\-.~:/?@!$&()*+,;=%{}]+")
"""What an address may be written with: no blank, quote, bracket or backslash."""


class Base(Frozen):
    """What is drawn beneath a map's own layers; by default nothing, so that nothing is loaded."""

    kind: BaseKind = "none"
    style: Literal["vector", "image", "terrain"] = "vector"
    """Tianditu's and Gaode's: the drawn map, pictures from above, shaded relief (Tianditu's)."""
    grid: Literal["w", "c"] = "w"
    """Tianditu's: tiles in Web Mercator, or in longitude and latitude (EPSG:4490)."""
    token: Annotated[str, Limits(pattern=r"^[0-9A-Za-z]{8,64}$")] | None = None
    """Tianditu's key for browsers; better kept out of the file, in the environment."""
    url: str = ""
    """Where a tile is: an address, or a path from the page, with {z}, {x} and {y}."""
    file: str = ""
    """An archive of tiles: a path from the workspace."""
    crs: Literal["EPSG:3857", "EPSG:4490", "EPSG:4326"] = "EPSG:3857"
    datum: Literal["CGCS2000", "GCJ-02"] = "CGCS2000"
    """That the tiles are drawn in; over GCJ-02 the features are shown shifted."""
    zoom_offset: Annotated[int, Limits(ge=-5, le=5)] = 0
    """What to add to a zoom for the source's number of it."""
    min_zoom: Annotated[int, Limits(ge=0, le=22)] | None = None
    max_zoom: Annotated[int, Limits(ge=0, le=22)] | None = None
    attribution: Annotated[str, Limits(max_length=300)] = ""

    @model_validator(mode="before")
    @classmethod
    def _take_a_name_alone(cls, data: Any) -> Any:
        return {"kind": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> Base:
        allowed = _ALLOWED[self.kind]
        for name in sorted(self.model_fields_set - {"kind"} - allowed):
            raise ValueError(
                f"{name} is not for kind {self.kind!r}; it takes: {listed(sorted(allowed))}"
            )
        for name in _NEEDED.get(self.kind, ()):
            if not getattr(self, name).strip():
                raise ValueError(f"kind {self.kind!r} needs {name}; add it")
        if self.kind == "gaode" and self.style == "terrain":
            raise ValueError("style is 'terrain'; Gaode has vector and image")
        if (self.min_zoom or 0) > (22 if self.max_zoom is None else self.max_zoom):
            raise ValueError(f"min_zoom is {self.min_zoom}, above max_zoom {self.max_zoom}")
        return self

    @model_validator(mode="after")
    def _has_an_address_that_is_one(self) -> Base:
        if self.kind == "tiles":
            _require_template(self.template)
        return self

    @property
    def template(self) -> str:
        """The address with {z}, {x}, {y}, whichever of the two ways it was written in."""
        url = self.url
        for theirs, ours in _WMTS.items():
            url = url.replace(theirs, ours)
        return url


def _require_template(url: str) -> None:
    """Refuse what is no address of tiles: it goes into the page's security policy."""
    missing = [place for place in _PLACES if place not in url]
    if missing:
        raise ValueError(f"url is {shown(url)}; it lacks {missing[0]}, the place of a tile")
    if not _URL.fullmatch(url) or set(re.findall(r"\{[^}]*\}?", url)) != set(_PLACES):
        raise ValueError(f"url is {shown(url)}; only {{z}}, {{x}}, {{y}} are filled in; no blanks")
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        _require_host(url)
    elif parts.scheme or parts.netloc or url.startswith("/") or ".." in url.split("/"):
        raise ValueError(
            f"url is {shown(url)}; write http(s)://host/..., or a path beneath the page's folder"
        )


def _require_host(url: str) -> None:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if "@" in parts.netloc or port == -1 or not _HOST.fullmatch(parts.hostname or ""):
        raise ValueError(f"url is {shown(url)}; it needs one plain host, like gis.example.lan:8080")
