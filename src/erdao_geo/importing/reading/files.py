"""Read a foreign file: stage it, hand it to the reader of its format, give its layers.

Each layer of each file comes back as it stands, attribute-only tables too: what fits a layer of
ours is for others to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from erdao_geo.errors import SourceError
from erdao_geo.importing.foreign import Finding, Source
from erdao_geo.importing.reading.driving import read_in_child
from erdao_geo.importing.reading.invisible import find_unseen
from erdao_geo.importing.reading.preparing import read_text
from erdao_geo.importing.reading.private import Staged
from erdao_geo.importing.reading.shapefile import read_shapefile
from erdao_geo.importing.reading.staging import stage
from erdao_geo.importing.reading.tabular import locate, read_csv
from erdao_geo.storage import readable_name


def read_sources(
    path: Path, *, encoding: str | None = None, only: str | None = None
) -> list[Source]:
    """Read every layer of a foreign file.

    Parameters
    ----------
    path
        A file of one of the formats in `formats.FORMATS`; a .zip or a folder of shapefiles; a
        file geodatabase.
    encoding
        What its text is in, where the file does not say it or says it wrongly.
    only
        The name of the one layer to give.

    Returns
    -------
    list of Source
        In the file's order. Layers without records are left out where others have some. A layer
        whose records have no geometry has a finding `no-geometry`.

    Raises
    ------
    SourceError
        If it cannot be read, is unsafe to read, or has no layer of that name.
    """
    with TemporaryDirectory(prefix="erdao-geo-", ignore_cleanup_errors=True) as folder:
        staged = stage(path, Path(folder))
        sources = [s for each in staged for s in _read(each, encoding)]
    shown = Path(readable_name(str(path)))
    named = [
        replace(
            source,
            path=shown,
            name=readable_name(source.name),
            findings=(*source.findings, *_doubts(source), *find_unseen(source.table)),
        )
        for source in _told_apart(sources, path)
    ]
    filled = [source for source in named if len(source.geometry)] or named
    return _only(filled, only, path) if only is not None else filled


def _doubts(source: Source) -> list[Finding]:
    """Warn of an encoding that the user names against what the text looks like."""
    return [Finding(None, "encoding-doubtful", doubt) for doubt in source.encoding.doubts]


def _told_apart(sources: list[Source], path: Path) -> list[Source]:
    """Name layers that share a name by where they stand in the folder or archive."""
    counts = Counter(source.name for source in sources)
    return [
        source
        if counts[source.name] == 1 or not source.path.is_relative_to(path)
        else replace(source, name=source.path.relative_to(path).with_suffix("").as_posix())
        for source in sources
    ]


def _read(staged: Staged, encoding: str | None) -> list[Source]:
    if staged.format.reader == "shapefile":
        return [read_shapefile(staged.path, shown=staged.shown, encoding=encoding)]
    if staged.format.reader == "csv":
        return [_read_csv(staged, encoding)]
    sources = read_in_child(staged, encoding=encoding)
    if staged.path.suffix in (".xlsx", ".parquet", ".geoparquet"):
        return [_located(source) for source in sources]
    return sources


def _read_csv(staged: Staged, encoding: str | None) -> Source:
    text, judged = read_text(staged, encoding=encoding)
    table, findings, rejected = read_csv(text, extension=staged.path.suffix, shown=staged.shown)
    return _located(
        Source(
            path=staged.shown,
            driver="CSV",
            name=staged.shown.stem,
            table=table,
            geometry=table.column(0),
            crs=None,
            crs_evidence=("the format names no CRS",),
            encoding=judged,
            findings=findings,
            rejected=rejected,
        )
    )


def _located(source: Source) -> Source:
    """Give a table the geometry that its fields spell out, if it has no other."""
    if source.driver == "Parquet" and not _has_finding(source, "no-geometry"):
        return source
    located = locate(source.table, source.path)
    kept = tuple(f for f in source.findings if f.rule != "no-geometry")
    fields = f"coordinates stand in {', '.join(located.fields)}; of what CRS, nothing says"
    return replace(
        source,
        geometry=located.geometry,
        crs_evidence=(fields,) if located.fields else source.crs_evidence,
        findings=(*kept, *located.findings),
        rejected=(*source.rejected, *located.rejected),
    )


def _has_finding(source: Source, rule: str) -> bool:
    return any(finding.rule == rule for finding in source.findings)


def _only(sources: Iterable[Source], name: str, path: Path) -> list[Source]:
    there = list(sources)
    chosen = [source for source in there if source.name == name]
    if not chosen:
        names = ", ".join(source.name for source in there)
        raise SourceError(f"{path}: has no layer {name!r}; there are: {names}")
    return chosen
