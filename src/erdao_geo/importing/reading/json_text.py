"""JSON of foreign files, mended where GDAL would read it as another or pass over it in silence."""

from __future__ import annotations

import math
import re

import orjson

from erdao_geo.importing.foreign import Finding

_ODD_EXPONENT = re.compile(
    r'"(?:[^"\\]|\\(?s:.))*"|(?<=[\s\[,:])(-?\d+(?:\.\d+)?[eE][+-]?\d+)\.0*(?=[\s,\]}])'
)
"""Or a string, which stays as it is."""
_EXPONENT_AND_POINT = re.compile(r"[eE][+-]?\d{1,4}\.")
"""Found in a tenth of the time that the next takes."""
_LONG = re.compile(r"[:\[,\s]-?\d{19,}\s*[,}\]]|\d[eE]\+?\d{3}")
_LONG_OR_STRING = re.compile(
    r'"(?:[^"\\]|\\(?s:.))*"|(?<![\w.+-])-?(?:\d{19,}(?![\d.eE])|\d+(?:\.\d+)?[eE]\+?\d{3,}(?![\d.]))'
)
_LINES = (".geojsonl", ".geojsons", ".ndjson", ".jsonl", ".geojsonseq")
_EMPTY_FEATURE = '{"type":"Feature","properties":{},"geometry":null}'


def mended(text: str) -> tuple[str, list[Finding]]:
    """Rewrite what can mean but one thing, and what GDAL would read as another."""
    findings = []
    if _EXPONENT_AND_POINT.search(text):
        before, text = text, _ODD_EXPONENT.sub(lambda match: match[1] or match[0], text)
        message = "it has numbers like -1e-14.0, which JSON does not allow: read as -1e-14"
        findings += [Finding(None, "number-mended", message)] if text != before else []
    if _LONG.search(text):
        before, text = text, _LONG_OR_STRING.sub(_quoted, text)
        message = (
            "whole numbers of 19 digits and more, and such as 1e400, are kept as text: no number "
            "keeps them"
        )
        findings += [Finding(None, "number-as-text", message)] if text != before else []
    bare = text.lstrip()
    if bare.startswith("["):
        # RFC 7946 has no bare lists, but some programs write one, and it can mean only this.
        text = f'{{"type":"FeatureCollection","features":{bare}}}'
        findings.append(Finding(None, "bare-list", "it is a list of features, read as such"))
    return text, findings


def without_bad_lines(text: str, suffix: str) -> tuple[str, list[Finding]]:
    """Put an empty feature for each line that is no JSON: GDAL passes over them in silence."""
    if suffix not in _LINES and not _is_lines(text):
        return text, []
    rejected = []
    parts = text.split("\x1e" if "\x1e" in text else "\n")  # RFC 8142, or a record a line
    lines = [" ".join(part.splitlines()) for part in parts if part.strip()]
    for record, line in enumerate(lines):
        reason = _fault(line)
        if reason:
            lines[record] = _EMPTY_FEATURE
            rejected.append(Finding(record, "record-unreadable", f"it is no JSON: {reason}"))
    return ("\n".join(lines) + "\n" if rejected else text), rejected


def _is_lines(text: str) -> bool:
    first, _, rest = text.lstrip("\x1e\r\n ").partition("\n")
    return bool(rest.strip()) and first.rstrip().endswith("}") and not _fault(first)


def _fault(line: str) -> str:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return str(error)
    return ""


def _quoted(match: re.Match[str]) -> str:
    word = match[0]
    kept = word.startswith('"') or (not word[1:].isdecimal() and math.isfinite(float(word)))
    return word if kept else f'"{word}"'
