"""Data sets damaged in known ways, each mutant named by its seed and a number.

The same name gives the same bytes on any machine, so that a failure can be looked at again.
"""

from __future__ import annotations

import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

from seeds import Parts, Seed

ZIPS = (".zip", ".kmz", ".xlsx")
TEXTS = (".csv", ".json", ".geojson", ".geojsonl", ".geojsons", ".topojson", ".gml", ".kml",
         ".gpx", ".mif", ".mid", ".tab", ".dxf", ".prj", ".cpg")  # fmt: skip


def mutate(seed: Seed, number: int, others: list[Seed]) -> tuple[Parts, tuple[str, ...]]:
    """Damage a seed in one to four ways, of which the number tells."""
    rng = random.Random(f"{seed.name}#{number}")
    parts, kinds = dict(seed.parts), []
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        if len(parts) > 1 and rng.random() < 0.25:
            kinds.append(_change_sidecars(parts, seed.main, rng, others))
        else:
            extension = rng.choice([seed.main, *parts])
            if extension not in parts:
                continue
            kind, parts[extension] = _damage(extension, parts[extension], rng)
            kinds.append(kind)
    return parts, tuple(kinds)


def _damage(extension: str, data: bytes, rng: random.Random) -> tuple[str, bytes]:
    if extension.lower() in ZIPS and rng.random() < 0.6:
        return _damage_zip(data, rng)
    ways = BYTE_WAYS
    if extension.lower() in TEXTS and rng.random() < 0.6:
        ways = TEXT_WAYS
    kind = rng.choice(list(ways))
    return kind, ways[kind](data, rng)


def _span(data: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + int(2 ** rng.uniform(0, 14)))


def _flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(int(2 ** rng.uniform(0, 6)) if data else 0):
        reach = rng.choice((64, 512, len(data)))
        at = rng.randrange(min(reach, len(data)))
        changed[at] = rng.choice((changed[at] ^ 1 << rng.randrange(8), rng.randrange(256)))
    return bytes(changed)


def _truncate(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.choice((rng.randrange(len(data) + 1), max(0, len(data) - rng.randrange(40))))]


def _cut_out(data: bytes, rng: random.Random) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _duplicate(data: bytes, rng: random.Random) -> bytes:
    start, end = _span(data, rng)
    return data[:end] + data[start:end] * rng.choice((1, 1, 2, 50)) + data[end:]


def _insert(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.randbytes(int(2 ** rng.uniform(0, 10))) + data[at:]


def _overwrite(data: bytes, rng: random.Random) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + rng.choice((b"\0", b"\xff", b" ", b"\x80")) * (end - start) + data[end:]


_NUMBERS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x10000000, 12345)


def _blow_up(data: bytes, rng: random.Random) -> bytes:
    """Write an extreme number over a count or a length, in either order of bytes."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        width = rng.choice((1, 2, 4, 4, 4, 8))
        reach = min(rng.choice((64, 200, 512, len(data))), len(data)) - width
        if reach < 0:
            continue
        at = rng.randrange(reach + 1)
        value = rng.choice(_NUMBERS) if width < 8 else rng.choice((2**63 - 1, 2**64 - 1, 2**40))
        number = (value % 256**width).to_bytes(width, rng.choice(("little", "big")))
        changed[at : at + width] = number
    return bytes(changed)


BYTE_WAYS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bytes flipped": _flip,
    "truncated": _truncate,
    "block cut out": _cut_out,
    "block duplicated": _duplicate,
    "bytes inserted": _insert,
    "block overwritten": _overwrite,
    "count blown up": _blow_up,
}

_ODD = (b"1e999", b"-1e-999", b"NaN", b"Infinity", b"99999999999999999999999", b"-1", b"0", b"null",
        b'""', b"[]", b"[[[[", b"{}", b"{", b"\xff\xfe", b"\xb7\xff", b"\0", b"\xed\xa0\x80",
        b"\\ud800", b"&#0;", b"&a;", b"<![CDATA[", b"POINT EMPTY", b"POLYGON((0 0,1 1",
        b"EPSG:99999999", b"\xef\xbb\xbf")  # fmt: skip


def _replace_number(data: bytes, rng: random.Random) -> bytes:
    found = list(re.finditer(rb"-?\d+(\.\d+)?", data))
    if not found:
        return data
    hit = rng.choice(found)
    return data[: hit.start()] + rng.choice(_ODD) + data[hit.end() :]


def _replace_word(data: bytes, rng: random.Random) -> bytes:
    found = list(re.finditer(rb"[A-Za-z_]{2,}", data))
    if not found:
        return data
    hit = rng.choice(found)
    return data[: hit.start()] + rng.choice((*_ODD, rng.choice(found)[0])) + data[hit.end() :]


def _drop_sign(data: bytes, rng: random.Random) -> bytes:
    found = list(re.finditer(rb"[\[\]{}<>\"',:;()/=\r\n]", data))
    if not found:
        return data
    hit = rng.choice(found)
    return data[: hit.start()] + rng.choice((b"", hit[0] * 2)) + data[hit.end() :]


def _nest(data: bytes, rng: random.Random) -> bytes:
    found = list(re.finditer(rb"[\[{(<]", data))
    if not found:
        return data
    hit = rng.choice(found)
    times = rng.choice((2, 100, 10_000, 100_000))
    return data[: hit.start()] + hit[0] * times + data[hit.end() :]


def _shuffle_lines(data: bytes, rng: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    first, second = rng.randrange(len(lines) or 1), rng.randrange(len(lines) or 1)
    if lines:
        lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


def _recode(data: bytes, rng: random.Random) -> bytes:
    text = data.decode("utf-8", errors="replace")
    return text.encode(rng.choice(("utf-16", "gb18030", "utf-16-be", "utf-32")), errors="replace")


TEXT_WAYS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "number replaced": _replace_number,
    "word replaced": _replace_word,
    "sign dropped or doubled": _drop_sign,
    "nested deeply": _nest,
    "lines swapped": _shuffle_lines,
    "encoded anew": _recode,
}


def _change_sidecars(parts: Parts, main: str, rng: random.Random, others: list[Seed]) -> str:
    sidecar = rng.choice([extension for extension in parts if extension != main] or [main])
    strangers = [s.parts[sidecar] for s in others if sidecar in s.parts]
    way = rng.choice(("dropped", "swapped", "swapped", "mixed up", "doubled", "emptied"))
    if way == "dropped" and sidecar != main:
        del parts[sidecar]
    elif way == "swapped" and strangers:
        parts[sidecar] = rng.choice(strangers)
    elif way == "doubled" and sidecar != main:
        parts[sidecar.swapcase()] = parts[sidecar]
    elif way == "emptied":
        parts[sidecar] = b""
    else:
        parts[main], parts[sidecar] = parts[sidecar], parts[main]
    return f"sidecar {way}"


_NAMES = ("../../out.shp", "/tmp/out.shp", "C:\\out.shp", "a/b/../../../out.dbf", "..",
          "道路.shp", "x" * 300 + ".shp", "con.shp")  # fmt: skip


def _damage_zip(data: bytes, rng: random.Random) -> tuple[str, bytes]:
    """Damage what stands in a .zip, and zip it anew."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = {i.filename: archive.read(i) for i in archive.infolist() if not i.is_dir()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return "bytes flipped", _flip(data, rng)
    except Exception as error:
        return f"bytes flipped ({type(error).__name__})", _flip(data, rng)
    if not entries:
        return "truncated", _truncate(data, rng)
    name = rng.choice(list(entries))
    way = rng.choice(("damaged", "damaged", "damaged", "renamed", "dropped", "a bomb"))
    if way == "damaged":
        entries[name] = _damage(Path(name).suffix.lower(), entries[name], rng)[1]
    elif way == "renamed":
        entries[rng.choice(_NAMES)] = entries.pop(name)
    elif way == "dropped":
        del entries[name]
    else:
        entries[name] = bytes(30 * 2**20)
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for entry, content in entries.items():
            archive.writestr(entry, content)
    return f"entry {way}", made.getvalue()
