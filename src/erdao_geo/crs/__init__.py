"""Candidates and verdict for a file's coordinates, and the way to longitude and latitude."""

from erdao_geo.crs.datum import LONLAT, TOLERABLE, parse_crs
from erdao_geo.crs.district import District
from erdao_geo.crs.judge import judge_crs
from erdao_geo.crs.lonlat import to_lonlat
from erdao_geo.crs.move import Mover, crs_and_datum, mover
from erdao_geo.crs.verdict import Candidate, Certainty, CRSVerdict

__all__ = [
    "LONLAT",
    "TOLERABLE",
    "CRSVerdict",
    "Candidate",
    "Certainty",
    "District",
    "Mover",
    "crs_and_datum",
    "judge_crs",
    "mover",
    "parse_crs",
    "to_lonlat",
]
