"""Where features are kept: a file is read whole, and replaced whole or not at all.

GeoJSON is the form we ship; another form is another module here with the same functions, and the
rest of the program cannot tell.
"""

from erdao_geo.storage.atomic import fresh_temporary, locked, write_bytes, write_text
from erdao_geo.storage.geojson import (
    CRS,
    DECIMALS,
    Stored,
    read_features,
    rounded,
    write_features,
)
from erdao_geo.storage.lines import feature_lines
from erdao_geo.storage.names import readable_name
from erdao_geo.storage.spool import Sizes, Spool

__all__ = [
    "CRS",
    "DECIMALS",
    "Sizes",
    "Spool",
    "Stored",
    "feature_lines",
    "fresh_temporary",
    "locked",
    "read_features",
    "readable_name",
    "rounded",
    "write_bytes",
    "write_features",
    "write_text",
]
