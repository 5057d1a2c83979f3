"""What is in a foreign file: a verdict with its evidence, before anything is imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely

from erdao_geo.crs import CRSVerdict, District
from erdao_geo.errors import SourceError
from erdao_geo.importing.decide import sample_of
from erdao_geo.importing.delivery import BATCH, geometries_of
from erdao_geo.importing.fields import listed
from erdao_geo.importing.foreign import Encoding, Finding, Source
from erdao_geo.importing.mend import mend
from erdao_geo.importing.picture import candidates_html
from erdao_geo.importing.placing import judge_named, judge_place, sampled_geometries
from erdao_geo.importing.reading import read_sources
from erdao_geo.storage import readable_name

Decision = Literal["ready", "ask", "refuse"]

_SAMPLES = 3
_ALL_REJECTED = (
    "each of its records would be rejected, for the reasons below; ask the sender for it anew"
)


@dataclass(frozen=True)
class FieldSeen:
    """A field of a file."""

    name: str
    type: str
    filled: int
    """Records in which it is not empty."""
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What one layer of a file holds, and whether it can be imported without a question."""

    source: Source
    features: int
    geometry: dict[str, int]
    """Type of geometry to how many; null where there is none."""
    crs: CRSVerdict
    fields: tuple[FieldSeen, ...]
    problems: tuple[Finding, ...]
    decision: Decision
    asks: tuple[str, ...]
    """The options that answer what is open."""


@dataclass(frozen=True)
class Inspection:
    """What a file holds, layer by layer."""

    path: Path
    verdicts: tuple[Verdict, ...]
    refusal: str = ""

    @property
    def decision(self) -> Decision:
        """The worst of its layers' decisions; `refuse` only where none of them can be imported."""
        if self.refusal or all(v.decision == "refuse" for v in self.verdicts):
            return "refuse"
        return "ask" if any(v.decision == "ask" for v in self.verdicts) else "ready"


def inspect_file(
    path: Path,
    *,
    crs: str | None = None,
    encoding: str | None = None,
    part: str | None = None,
    district: District | None = None,
) -> Inspection:
    """Say what a foreign file holds.

    Parameters
    ----------
    path
        Any vector file.
    crs, encoding, part
        The user's answers, to see what they would give; `part` is one of the file's layers.
    district
        What its coordinates are held against; None where there is no workspace.

    Returns
    -------
    Inspection
        A file that is not read, for whatever reason, is a refusal with that reason.
    """
    shown = Path(readable_name(str(path)))
    try:
        sources = read_sources(path, encoding=encoding, only=part)
    except SourceError as error:
        if not path.exists():
            raise
        return Inspection(shown, (), refusal=str(error).replace(str(path), str(shown)))
    return Inspection(shown, tuple(judge(source, crs=crs, district=district) for source in sources))


def judge(source: Source, *, crs: str | None = None, district: District | None = None) -> Verdict:
    """Judge one layer of a file."""
    place = judge_place(source, district) if crs is None else judge_named(crs, source, district)
    kinds, mended, bad = _look(source)
    problems = [*source.findings, *source.rejected, *mended, *bad]
    problems += [Finding(None, rule, message) for rule, message in place.problems]
    asks = _encoding_asks(source.encoding)
    if place.decision == "ask":
        asks += [f"--crs {candidate.crs}" for candidate in place.candidates] or ["--crs"]
    hopeless = _is_hopeless(source, bad)
    if hopeless:
        problems.insert(0, Finding(None, "all-rejected", _ALL_REJECTED))
    return Verdict(
        source=source,
        features=len(source.table),
        geometry=kinds,
        crs=place,
        fields=tuple(_fields(source)),
        problems=tuple(problems),
        decision="ask" if asks else "refuse" if hopeless else "ready",
        asks=tuple(asks),
    )


def draw_candidates(inspection: Inspection, district: District | None) -> str:
    """Draw a file's features as each CRS they may be in would place them.

    Returns
    -------
    str
        One HTML page that needs no network.

    Raises
    ------
    SourceError
        If the file is refused or holds several layers, or there is no district to draw.
    """
    path = inspection.path
    if inspection.refusal:
        raise SourceError(inspection.refusal)
    if district is None:
        raise SourceError(
            f"{path}: there is no district to draw it over; go to a workspace, or name one with "
            "--workspace DIR"
        )
    if len(inspection.verdicts) > 1:
        names = [verdict.source.name for verdict in inspection.verdicts]
        raise SourceError(
            f"{path}: holds several layers; draw one with --part, e.g. --part {names[0]}; there "
            f"are: {listed(names)}"
        )
    [verdict] = inspection.verdicts
    geometries = sampled_geometries(verdict.source)
    return candidates_html(path.name, geometries, verdict.crs, district)


def _encoding_asks(encoding: Encoding) -> list[str]:
    if encoding.verdict != "unknown":
        return []
    return [f"--encoding {name}" for name, _ in encoding.readings] or ["--encoding"]


def _is_hopeless(source: Source, bad: list[Finding]) -> bool:
    """Tell whether an import would reject each record, for what is wrong with the file itself."""
    rejected = {finding.record for finding in (*source.rejected, *bad)} - {None}
    return 0 < len(source.table) == len(rejected)


def _look(source: Source) -> tuple[dict[str, int], list[Finding], list[Finding]]:
    """Count the types of geometry; find what an import would mend, and what it would reject."""
    kinds: Counter[str] = Counter()
    found: list[Finding] = []
    bad: list[Finding] = []
    for first in range(0, len(source.geometry), BATCH):
        column = source.geometry.slice(first, BATCH)
        geometries = geometries_of(column)
        missing = shapely.is_missing(geometries)
        unread = np.flatnonzero(missing & ~np.asarray(column.is_null())).tolist()
        message = "has a geometry that is damaged"
        bad += [Finding(first + row, "geometry-unreadable", message) for row in unread]
        kinds["null"] += int(missing.sum())
        kinds.update(geometry.geom_type for geometry in geometries[~missing])
        mended = mend(shapely.force_2d(geometries), None)
        found += [Finding(first + row, rule, said) for row, rule, said in mended.repairs]
        bad += [Finding(first + row, *reason) for row, reason in mended.rejects.items()]
    return dict(+kinds), found, bad


def _fields(source: Source) -> Iterator[FieldSeen]:
    for name in source.table.column_names:
        column = source.table.column(name)
        filled = len(column) - column.null_count
        yield FieldSeen(name, str(column.type), filled, tuple(sample_of(column, _SAMPLES)))


def as_dict(inspection: Inspection) -> dict[str, Any]:
    """Give an inspection as JSON has it: of several layers the sum, and each under `layers`."""
    layers = [_layer_dict(verdict) for verdict in inspection.verdicts]
    if len(layers) == 1:
        return {"source": str(inspection.path), **layers[0], "layers": [], **_decided(inspection)}
    kinds: Counter[str] = Counter()
    for verdict in inspection.verdicts:
        kinds.update(verdict.geometry)
    empty: dict[str, Any] = {"value": None, "verdict": "unknown", "evidence": []}
    first = layers[0] if layers else {"driver": None, "fields": []}
    refusal = [{"rule": "refused", "feature": "*", "message": inspection.refusal}]
    return {
        "source": str(inspection.path),
        "driver": first["driver"],
        "layer": None,
        "features": sum(verdict.features for verdict in inspection.verdicts),
        "geometry": dict(kinds),
        "encoding": first.get("encoding", empty),
        "crs": first.get("crs", {**empty, "candidates": []}),
        "fields": first["fields"],
        "problems": [p for layer in layers for p in layer["problems"]] if layers else refusal,
        "layers": layers,
        **_decided(inspection),
    }


def _decided(inspection: Inspection) -> dict[str, Any]:
    asks = [ask for verdict in inspection.verdicts for ask in verdict.asks]
    return {"decision": inspection.decision, "asks": list(dict.fromkeys(asks))}


def _layer_dict(verdict: Verdict) -> dict[str, Any]:
    source, encoding, crs = verdict.source, verdict.source.encoding, verdict.crs
    return {
        "driver": source.driver,
        "layer": source.name,
        "features": verdict.features,
        "geometry": verdict.geometry,
        "encoding": {
            "value": encoding.value,
            "verdict": encoding.verdict,
            "evidence": list(encoding.evidence),
            "readings": [{"encoding": name, "sample": text} for name, text in encoding.readings],
        },
        "crs": {
            "value": crs.value,
            "verdict": crs.verdict,
            "candidates": [
                {"crs": c.crs, "title": c.title, "verdict": c.verdict, "reason": c.reason}
                for c in crs.candidates
            ],
            "evidence": list(crs.evidence),
            "uncertainty_m": crs.uncertainty,
        },
        "fields": [
            {"name": f.name, "type": f.type, "filled": f.filled, "samples": list(f.samples)}
            for f in verdict.fields
        ],
        "problems": [
            {
                "rule": p.rule,
                "feature": "*" if p.record is None else f"#{p.record + 1}",
                "message": p.message,
            }
            for p in verdict.problems
        ],
        "decision": verdict.decision,
    }
