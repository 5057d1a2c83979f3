"""The printed sheet: a map with its ledger on A3 or A4, or an atlas; in Matplotlib, no browser."""

from erdao_geo.sheet.content import Subject
from erdao_geo.sheet.output import print_pages
from erdao_geo.sheet.paper import Paper

__all__ = ["Paper", "Subject", "print_pages"]
