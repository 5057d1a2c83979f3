"""How a workbook looks: formats, column widths, sheet names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import islice
from typing import Any

from erdao_geo.definitions import Lang
from erdao_geo.report.tables import SHORT, Cell, Code, Column, Quantity, Share, Table, cell_text

NARROWEST, WIDEST = 8, 60
"""Of a column, in the widths of a digit; a Chinese character takes two."""
ROW, LINE, TALLEST = 18.0, 16.5, 409.0
"""Points: of a row of one line, of each further line, and at most."""
LOOKED_AT = 1000
"""The first rows of a column, by which its width is chosen."""
LONGEST_NAME = 31
"""UTF-16 units of a sheet's name."""
FONT = "Microsoft YaHei"
"""On every Chinese Windows, and in WPS; elsewhere another font with these characters stands in."""

VERDICTS = {
    "met": ("#0b6b3a", "#dff3e7"),
    "shown": ("#14588f", "#e1eefa"),
    "short": ("#8a5200", "#fdeed3"),
    "not_started": ("#4a5765", "#eceff2"),
    "unmapped": ("#8a2f6d", "#f7e4f1"),
}
"""The colours of a verdict's text and ground; the word says the same."""

SHARE_FORMAT = '[>=1]0.0%;[>=0.9995]"99.9%";0.0%'
"""100 % is not shown before it is reached."""
_CELL = {"border": 1, "border_color": "#c9d1d9", "valign": "vcenter"}
_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14, "valign": "vcenter"},
    "lead": {"font_color": "#4a5765", "text_wrap": True, "valign": "top"},
    "banner": {
        "bold": True,
        "font_color": "#5c3b00",
        "bg_color": "#fff3d6",
        "text_wrap": True,
        "valign": "vcenter",
    },
    "head": {
        **_CELL,
        "bold": True,
        "bg_color": "#e8edf3",
        "text_wrap": True,
        "align": "center",
        "valign": "vcenter",
    },
    "text": {**_CELL, "text_wrap": True, "indent": 1},
    "middle": {**_CELL, "align": "center"},
    "date": {**_CELL, "num_format": "yyyy-mm-dd", "align": "center"},
    "share": {**_CELL, "num_format": SHARE_FORMAT},
    "behind": {**_CELL, "bold": True, "font_color": "#8a2f1f", "align": "center"},
    "difference": {**_CELL, "num_format": "+0.0%;-0.0%;0.0%"},
    **{
        f"verdict {code}": {
            **_CELL,
            "bold": True,
            "font_color": color,
            "bg_color": ground,
            "align": "center",
        }
        for code, (color, ground) in VERDICTS.items()
    },
}


class Formats:
    """The formats of a workbook, each made when it is first asked for."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._workbook.add_format(_STYLES.get(name) or _amount(name))
        return self._made[name]

    def of(self, column: Column, cell: Cell) -> Any:
        """Give the format of a cell."""
        match cell:
            case Quantity():
                return self[f"amount {cell.decimals}"]
            case Share():
                return self["difference" if cell.is_difference else "share"]
            case Code() if column.id == "verdict":
                return self[f"verdict {cell.code}"]
            case Code(code=True) if column.id == "behind":
                return self["behind"]
            case Code() | str() if column.id in SHORT:
                return self["middle"]
        return self["text"]


def _amount(name: str) -> dict[str, Any]:
    decimals = int(name.removeprefix("amount "))
    return {**_CELL, "num_format": "#,##0" + ("." + "0" * decimals if decimals else "")}


def widths(table: Table, lang: Lang) -> list[float]:
    """Choose the width of each column: what its cells need, within limits."""
    return [_width(column, lang) for column in table.columns]


def _width(column: Column, lang: Lang) -> float:
    shown = (cell_text(cell, lang) for cell in islice(column.cells, LOOKED_AT))
    widest = max((text_width(line) for text in shown for line in text.splitlines()), default=0)
    heading = min(text_width(column.title), 14) + 2  # beside the filter's arrow
    return float(min(WIDEST, max(NARROWEST, heading, 1.1 * widest + 2)))


def text_width(text: str) -> int:
    """Count the widths of a digit that a text takes.

    Examples
    --------
    >>> text_width("东部路 2")
    8
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def row_height(texts: Iterable[tuple[str, float]]) -> float:
    """Choose the height of a row, in points, by its texts and the widths that they wrap in."""
    lines = max((_line_count(text, width) for text, width in texts), default=1)
    return min(TALLEST, ROW + LINE * (lines - 1))


def _line_count(text: str, width: float) -> int:
    if 2 * len(text) <= width and "\n" not in text:
        return 1
    room = max(1, int(width) - 2)
    return sum(max(1, -(-text_width(line) // room)) for line in text.splitlines() or [""])


def sheet_names(titles: Iterable[str]) -> list[str]:
    r"""Give each sheet a name that Excel takes: short, legal, and no two alike.

    Examples
    --------
    >>> sheet_names(["道路", "a/b", "A\\B", "History", "'"])
    ['道路', 'a b', 'A B (2)', 'History (2)', 'Sheet']
    """
    taken = {_folded("History")}  # Excel's own
    return [_fresh(_legal(title), taken) for title in titles]


def _legal(title: str) -> str:
    text = "".join(
        " "
        if letter in "[]:*?/\\\ufffe\uffff" or unicodedata.category(letter)[0] == "C"
        else letter
        for letter in title
    )
    return " ".join(text.split()).strip("' ") or "Sheet"


def _fresh(name: str, taken: set[str]) -> str:
    number, found = 1, _cut(name, LONGEST_NAME)
    while _folded(found) in taken:
        number += 1
        end = f" ({number})"
        found = _cut(name, LONGEST_NAME - len(end)) + end
    taken.add(_folded(found))
    return found


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _cut(name: str, length: int) -> str:
    """Cut a name to some UTF-16 units, and not within a character."""
    return name.encode("utf-16-le")[: 2 * length].decode("utf-16-le", "ignore").strip("' ")
