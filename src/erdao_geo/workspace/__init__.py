"""The workspace: a folder, its files and their past, and the stages that work on them."""

from erdao_geo.workspace.door import Workspace

__all__ = ["Workspace"]
