"""Decide what a file leaves open, by its evidence and the user's answers; or ask.

An import goes on alone only where one answer is left. Otherwise it stops with the answers there
are and the option that gives each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from erdao_geo.crs import TOLERABLE, CRSVerdict, District, Mover, mover
from erdao_geo.definitions import Layer
from erdao_geo.errors import CRSError, QuestionError, SourceError
from erdao_geo.importing.delivery import Delivery
from erdao_geo.importing.fields import Mapped, listed, map_fields
from erdao_geo.importing.foreign import Encoding, Finding, Source
from erdao_geo.importing.options import Options
from erdao_geo.importing.placing import extent_of, judge_named, judge_place
from erdao_geo.importing.reading import read_sources
from erdao_geo.importing.reading.invisible import rows_with_unseen, without_unseen
from erdao_geo.importing.ties import Ties, find_ties


def open_delivery(
    path: Path, layer: Layer, options: Options, *, district: District | None
) -> Delivery:
    """Read a file for a layer, and decide what it leaves open.

    Raises
    ------
    SourceError, CRSError
        If it cannot be read, holds several layers of its own and none is named, or as `decide`.
    """
    sources = read_sources(path, encoding=options.encoding, only=options.part)
    if options.encoding is None and layer.profile.encoding:
        sources = _by_profile(sources, path, layer.profile.encoding, options)
    sources = [source for source in sources if source.name == layer.profile.part] or sources
    if len(sources) > 1:
        raise QuestionError(
            f"{path}: holds several layers; choose one with --part, e.g. --part "
            f"{sources[0].name}; there are: {listed([source.name for source in sources])}"
        )
    return decide(sources[0], layer, options, district=district)


def _by_profile(sources: list[Source], path: Path, encoding: str, options: Options) -> list[Source]:
    """Take what an earlier delivery was in, where this file is not certain and it fits as well."""
    if all(source.encoding.verdict == "certain" for source in sources):
        return sources
    named = read_sources(path, encoding=encoding, only=options.part)
    fits = all(source.encoding.verdict == "certain" for source in named)
    return named if fits else sources


def decide(
    source: Source, layer: Layer, options: Options, *, district: District | None
) -> Delivery:
    """Decide a file's encoding, CRS and fields.

    Parameters
    ----------
    source
        The file.
    layer
        The layer it is for, with its import profile.
    options
        The user's answers.
    district
        What its coordinates are held against.

    Raises
    ------
    QuestionError
        If its encoding, its CRS, its key or one of its fields must be named.
    SourceError, CRSError
        If what is named does not fit.
    """
    require_encoding(source)
    fields = layer.fields
    for name in options.codes:
        if name not in fields:
            raise SourceError(
                f"{source.path}: --code names {name!r}, which is no field of {layer.stem}; it has: "
                f"{listed(fields)}"
            )
    mapped = map_fields(
        layer,
        source.table.column_names,
        wanted=options.fields,
        constants=options.constants,
        path=source.path,
        empty=[n for n in source.table.column_names if _is_empty(source.table.column(n))],
    )
    source = _with_plain_keys(source, mapped.fields.get(layer.key))
    by_geometry, key_notes = _decide_key(source, layer, mapped, options)
    place = _decide_place(source, layer, options, district)
    notes = [*_encoding_notes(source.encoding), *place.notes, *mapped.notes, *key_notes]
    notes += [f"{f.message}" for f in source.findings if f.record is None]
    if options.part is None and source.name == layer.profile.part:
        notes.append(f"{source.name} taken of the file's layers, by the layer's import profile")
    if mapped.left:
        named = f"bring one in with --field {mapped.left[0]}=NAME"
        notes.append(f"fields left out: {', '.join(mapped.left)}; {named}")
    return Delivery(
        source=source,
        mapped=mapped,
        move=place.move,
        codes=options.codes,
        keyed_by_geometry=by_geometry,
        uncertainty=place.uncertainty,
        notes=tuple(notes),
    )


def _with_plain_keys(source: Source, name: str | None) -> Source:
    """Leave out of keys what cannot be seen, and say so of each: else two would look alike."""
    if name is None:
        return source
    rows = rows_with_unseen(source.table.column(name))
    if not rows:
        return source
    keys = source.table.column(name).to_pylist()
    told = []
    for row in rows:
        plain = without_unseen(keys[row])
        taken = f"taken as {plain!r}" if plain else "and no others"
        message = f"its key {keys[row]!r} has characters that cannot be seen: {taken}"
        told.append(Finding(row, "key-unseen", message))
        keys[row] = plain or None
    place = source.table.column_names.index(name)
    table = source.table.set_column(place, name, pa.chunked_array([pa.array(keys, pa.string())]))
    return replace(source, table=table, findings=(*source.findings, *told))


def _is_empty(column: pa.ChunkedArray) -> bool:
    return len(column) > 0 and column.null_count == len(column)


def require_encoding(source: Source) -> None:
    """Ask for the encoding where the bytes leave it open.

    Raises
    ------
    QuestionError
        With each reading, a sample of it, and the option that chooses it.
    """
    encoding = source.encoding
    if encoding.verdict != "unknown":
        return
    samples = ", ".join(f"{text!r} as {name}" for name, text in encoding.readings)
    options = " or ".join(f"--encoding {name}" for name, _ in encoding.readings)
    reason = "; ".join(encoding.evidence)
    raise QuestionError(
        f"{source.path}: its encoding is not clear ({reason}): {samples or 'nothing reads well'}; "
        f"name it with {options or '--encoding NAME'}"
    )


@dataclass(frozen=True)
class _Place:
    move: Any
    uncertainty: float
    notes: tuple[str, ...]


def _decide_place(
    source: Source, layer: Layer, options: Options, district: District | None
) -> _Place:
    if source.geometry.null_count == len(source.geometry):
        return _Place(lambda xy: xy, 0.0, ())
    named = options.crs
    verdict = judge_place(source, district)
    if named is None and verdict.decision == "ask":
        named = _from_profile(layer, source, verdict)
        if named is None:
            raise QuestionError(f"{source.path}: {crs_question(verdict)}")
    chosen: Any = named or source.crs or verdict.value
    try:
        ties = find_ties(chosen, options, layer.profile)
        moved = _mover(source, chosen, ties)
    except CRSError as error:
        raise CRSError(f"{source.path}: {error}") from error
    first = verdict.evidence[:1] if ties.are_there else verdict.evidence
    verdict = replace(verdict, evidence=first)
    notes = (*ties.notes, *_place_notes(source, options, verdict, moved, named))
    if options.crs is not None:
        astray = judge_named(options.crs, source, district, way=moved).problems
        notes = (*notes, *(message for _, message in astray))
    return _Place(moved, moved.uncertainty, notes)


def _from_profile(layer: Layer, source: Source, verdict: CRSVerdict) -> str | None:
    """Take what an earlier delivery was in, where this file says nothing and it fits as well."""
    known = layer.profile.crs
    fits = known in [candidate.crs for candidate in verdict.candidates]
    fits |= known == "local" in layer.profile.control_points and not verdict.candidates
    return known if known and source.crs is None and fits else None


def crs_question(verdict: CRSVerdict) -> str:
    """Put an open CRS as a question: what was found, and the option for each answer."""
    reasons = dict.fromkeys([*verdict.evidence, *(message for _, message in verdict.problems)])
    found = "; ".join(map(without_choice, reasons))
    options = " or ".join(f"--crs {c.crs} ({c.title})" for c in verdict.candidates[:_ANSWERS])
    draw = " (inspect --map draws each)" if verdict.candidates else ""
    return f"{found}; name its CRS with {options or '--crs, e.g. --crs EPSG:4490'}{draw}"


def without_choice(reason: str) -> str:
    """Leave out the options that a reason ends with, where they are listed beside it."""
    return _CHOICE.sub("", reason)


_ANSWERS = 6
_CHOICE = re.compile(r"[:;] choose with --crs .*$")


def _mover(source: Source, chosen: Any, ties: Ties) -> Mover:
    return mover(
        chosen,
        extent=extent_of(source),
        datum_shift=ties.datum_shift,
        control=ties.control,
    )


def _place_notes(
    source: Source, options: Options, verdict: CRSVerdict, moved: Mover, named: str | None
) -> tuple[str, ...]:
    notes = list(moved.notes)
    if named is None:
        notes += verdict.evidence
        notes += [message for _, message in verdict.problems]
    elif options.crs is None:
        notes.append(f"read as {moved.title}, by the layer's import profile")
    elif source.crs is not None and source.crs.name != moved.title:
        notes.append(f"the file says {source.crs.name}; read as {moved.title}, as named")
    if moved.uncertainty > TOLERABLE:
        notes.append(
            f"places may be off by some {moved.uncertainty:.0f} m: surveyed and digitised features "
            "are taken as 'approximate'; --datum-shift or --control-points would mend that"
        )
    return tuple(dict.fromkeys(notes))


def _decide_key(
    source: Source, layer: Layer, mapped: Mapped, options: Options
) -> tuple[bool, list[str]]:
    """Find where the keys come from: a field of the file, or the geometry where it has none."""
    if layer.key in mapped.fields or layer.key in mapped.constants:
        return False, []
    likely = [name for name in mapped.left if _could_be_key(source.table.column(name))]
    if "geometry" not in (options.key, layer.profile.key) and likely:
        raise QuestionError(
            f"{source.path}: no field gives the key {layer.key!r}; name one with --field "
            f"{likely[0]}={layer.key}, or take --key geometry (a key by rule from each geometry); "
            f"the file has: {listed(source.table.column_names)}"
        )
    note = f"no field gives the key {layer.key!r}: each is made of the geometry, by rule"
    return True, [f"{note}; a feature that is redrawn is a new one"]


def _could_be_key(column: pa.ChunkedArray) -> bool:
    """Tell whether a field names each record: text or whole numbers, never empty, never twice."""
    if not (pa.types.is_string(column.type) or pa.types.is_integer(column.type)):
        return False
    return column.null_count == 0 and bool(pc.count_distinct(column).as_py() == len(column) > 0)


def _encoding_notes(encoding: Encoding) -> list[str]:
    if encoding.value is None or not encoding.readings:
        return []
    reason = "; ".join(encoding.evidence)
    sample = "" if "e.g." in reason else f", e.g. {encoding.readings[0][1]!r}"
    return [f"text read as {encoding.value} ({reason}{sample})"]


def sample_of(column: pa.ChunkedArray, count: int) -> list[Any]:
    """Give a column's first values, each once."""
    values: Sequence[Any] = column.drop_null().slice(0, 1_000).to_pylist()
    return list(dict.fromkeys(map(str, values)))[:count]
