"""Where features are kept: a file is read whole, and replaced whole or not at all.

GeoJSON is the form we ship; another form is another module here with the same two functions, and
the rest of the program cannot tell.
"""

from erdao_geo.storage.atomic import locked, write_bytes, write_text
from erdao_geo.storage.geojson import Stored, read_features, rounded, write_features

__all__ = [
    "Stored",
    "locked",
    "read_features",
    "rounded",
    "write_bytes",
    "write_features",
    "write_text",
]
