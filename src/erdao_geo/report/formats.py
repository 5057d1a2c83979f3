"""The formats of a report, by the ending of its file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from erdao_geo.errors import StorageError
from erdao_geo.report.markdown import to_markdown
from erdao_geo.report.plain import to_csv, to_json
from erdao_geo.report.tables import Report
from erdao_geo.report.webpage import to_html
from erdao_geo.report.workbook import to_xlsx

ENDINGS: dict[str, Callable[[Report], bytes]] = {
    ".xlsx": to_xlsx,
    ".md": to_markdown,
    ".csv": to_csv,
    ".json": to_json,
    ".html": to_html,
}
"""What writes a report, by its file's ending."""


def require_ending(path: Path) -> str:
    """Give the ending of a report's file.

    Raises
    ------
    StorageError
        If no format has it.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise StorageError(
            f"{path}: no report ends in {path.suffix!r}; name a file that ends in one of: "
            f"{', '.join(ENDINGS)}"
        )
    return ending


def to_bytes(report: Report, ending: str) -> bytes:
    """Write a report in the format of an ending; the same report gives the same bytes."""
    return ENDINGS[ending](report)
