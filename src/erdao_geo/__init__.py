"""Put a district's yearly promises on a map and say, with evidence, how far each is kept.

`Workspace(root)` is the door: `.check()`, `.import_file()`, `.map("overview")`,
`.features("roads")`. It is imported when first asked for, so that the command line starts at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from erdao_geo.errors import (
    CRSError,
    DataError,
    DefinitionError,
    ErdaoGeoError,
    PageError,
    Problem,
    QuestionError,
    SheetError,
    SourceError,
    StorageError,
    WorkspaceError,
)

if TYPE_CHECKING:
    from erdao_geo.workspace import Workspace

__all__ = [
    "CRSError",
    "DataError",
    "DefinitionError",
    "ErdaoGeoError",
    "PageError",
    "Problem",
    "QuestionError",
    "SheetError",
    "SourceError",
    "StorageError",
    "Workspace",
    "WorkspaceError",
]


def __getattr__(name: str) -> Any:
    if name == "Workspace":
        from erdao_geo.workspace import Workspace

        return Workspace
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
