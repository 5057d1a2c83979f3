"""Count ground once: net length and area, with every overlap named."""

from erdao_geo.overlap.net import net_sizes
from erdao_geo.overlap.result import Net, Overlap, Reason

__all__ = ["Net", "Overlap", "Reason", "net_sizes"]
