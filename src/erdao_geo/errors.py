"""Faults and failures.

A `Problem` is a fault in the data: a value in a list, all reported at once. An `ErdaoGeoError`
means that the work cannot be done: it is raised.

* ErdaoGeoError
    * WorkspaceError   no workspace, a stem without its twin, an unknown name
        * StorageError a file that cannot be read, or could not be written
    * DefinitionError  a TOML file that does not say what it must
    * DataError        features that break their layer's definition; carries the problems
    * CRSError         coordinates whose CRS is missing, unknown or unfit for the purpose
    * SourceError      a foreign file that cannot be imported
        * QuestionError one that leaves something open: an answer is needed; a CRSError, too
    * PageError        a page that would not open without the network
    * SheetError       a sheet that cannot be printed: no font, no such field, too many pages
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A fault in the data: where it is, which rule it breaks, and how."""

    layer: str
    feature: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.layer} {self.feature}: {self.message} [{self.rule}]"


class ErdaoGeoError(Exception):
    """The work cannot be done; the message is one line: the thing, the value, the way out."""


class WorkspaceError(ErdaoGeoError):
    """The workspace is missing, incomplete or in use, or has nothing of the given name."""


class StorageError(WorkspaceError):
    """A file of the workspace cannot be read or written."""


class DefinitionError(ErdaoGeoError):
    """A TOML file does not say what it must."""


class CRSError(ErdaoGeoError):
    """A coordinate reference system is missing, unknown or unfit."""


class SourceError(ErdaoGeoError):
    """A foreign file cannot be imported as it stands."""


class QuestionError(SourceError, CRSError):
    """A foreign file leaves something open; the message names the options that answer."""


class PageError(ErdaoGeoError):
    """A page cannot be made that opens without the network."""


class SheetError(ErdaoGeoError):
    """A sheet cannot be printed."""


class DataError(ErdaoGeoError):
    """Features break the definition of their layer."""

    def __init__(self, problems: Sequence[Problem], *, way_out: str) -> None:
        self.problems = tuple(problems)
        first, others = self.problems[0], len(self.problems) - 1
        more = f" (and {others} more)" if others else ""
        super().__init__(f"{first}{more}; {way_out}")
