"""Read foreign files: staged privately, each by the reader of its format, layer by layer."""

from erdao_geo.importing.reading.files import read_sources
from erdao_geo.importing.reading.staging import file_sha256

__all__ = ["file_sha256", "read_sources"]
