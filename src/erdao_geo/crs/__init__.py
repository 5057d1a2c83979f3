"""Candidates and verdict for a file's coordinates, and the way to longitude and latitude."""

from erdao_geo.crs.datum import LONLAT, parse_crs
from erdao_geo.crs.lonlat import to_lonlat
from erdao_geo.crs.move import Mover, mover

__all__ = ["LONLAT", "Mover", "mover", "parse_crs", "to_lonlat"]
