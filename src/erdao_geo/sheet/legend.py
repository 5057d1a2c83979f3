"""The legend: what each sign on the map means, and how many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from erdao_geo.definitions import STATUSES, Layer
from erdao_geo.features import values
from erdao_geo.sheet.blocks import PAD, Setting
from erdao_geo.sheet.content import Scope, Subject
from erdao_geo.sheet.ground import Ground
from erdao_geo.sheet.letters import fitted
from erdao_geo.sheet.palette import DASHES, POINT, Look, look_of
from erdao_geo.sheet.paper import (
    GREY,
    INK,
    LEADING,
    LIGHT,
    MM,
    RULE,
    Block,
    Box,
    Dot,
    Mark,
    Plate,
    Stroke,
    Words,
)
from erdao_geo.words import word

_SIGN = 7.0
"""mm across a sign."""
_KM = 1000.0


def works_legend(
    subject: Subject, scope: Scope, setting: Setting, size: float, height: float
) -> Block:
    """Give a row for each layer of works, a column for each status, with counts.

    Where there are more layers than stand in `height`, the last row says how many are left out.
    """
    lang, step = setting.lang, size * MM * LEADING + 1.0
    counts = {stem: _counts(subject, scope, stem) for stem in subject.works}
    shown = {stem: layer for stem, layer in subject.works.items() if sum(counts[stem].values())}
    if not shown:
        return Block(0, 0)
    columns = [*STATUSES, "none"]
    rows = max(1, int(height / step) - 2)
    room = 16 * size * MM
    titles = [
        fitted(subject.titled(layer.title, layer.title_en), room, lambda s: setting.width(s, size))
        for layer in list(shown.values())[:rows]
    ]
    left_out = len(shown) - len(titles)
    if left_out:
        titles.append(word("sheet_others", lang).format(count=left_out))
    first = max(setting.width(title, size) for title in titles) + 2 * PAD
    widths = [max(setting.width(word(c, lang), size, bold=True) + 2 * PAD, 17.0) for c in columns]
    lefts = [first + sum(widths[:at]) for at in range(len(columns))]
    width = first + sum(widths)
    marks: list[Mark] = [Plate(Box(0, 0, width, step), LIGHT)]
    for column, left in zip(columns, lefts, strict=True):
        marks.append(Words(left, step / 2, word(column, lang), size, bold=True))
    for row, title in enumerate(titles, start=1):
        marks.append(Words(PAD / 2, (row + 0.5) * step, title, size))
        marks.append(Stroke(((0, (row + 1) * step), (width, (row + 1) * step)), RULE, 0.25))
    for row, (stem, layer) in enumerate(list(shown.items())[:rows], start=1):
        for column, left in zip(columns, lefts, strict=True):
            count = counts[stem][column]
            marks += _cell(layer, column, count, left, (row + 0.5) * step, size)
    return Block(width, (len(titles) + 1) * step, tuple(marks))


def ground_key(subject: Subject, setting: Setting, size: float, width: float) -> Block:
    """Explain the ground, and how evidence shows."""
    lang = setting.lang
    signs: list[tuple[str, Look, str]] = [
        (
            layer.geometry,
            look_of(layer, None, next(iter(subject.features[stem]["evidence"]))),
            subject.titled(layer.title, layer.title_en),
        )
        for stem, layer in _grounds(subject).items()
    ]
    found = _evidences(subject)
    for geometry in ("LineString", "Polygon"):
        for evidence in sorted(found[geometry]):
            look = Look(INK, 1.3, DASHES.get(evidence))
            if geometry == "Polygon":
                look = Look(INK, 0.6, hatch=GREY)
            signs.append((geometry, look, word(evidence, lang)))
    return _flowed(signs, setting, size, width)


def scale_height(size: float) -> float:
    """Give the height of the scale bar with its figures."""
    return size * MM * LEADING + 2.0


def scale_bar(ground: Ground, setting: Setting, size: float) -> Block:
    """Draw the scale bar, with the ratio that holds on the paper."""
    metres, length = ground.bar()
    step, height = size * MM * LEADING, 1.5
    unit, per = ("km", _KM) if metres >= _KM else ("m", 1.0)
    left = 2.0
    marks: list[Mark] = []
    for at in range(4):
        box = Box(left + length * at / 4, step, length / 4, height)
        marks.append(Plate(box, INK if at % 2 == 0 else "#ffffff", INK, 0.5))
    for part, tail in ((0.0, ""), (0.5, ""), (1.0, f" {unit}")):
        text = f"{metres * part / per:g}"
        x = left + length * part - setting.width(text, size) / 2
        marks.append(Words(x, step / 2, text + tail, size))
    ratio = f"1 : {ground.ratio:,.0f}"
    right = left + length + 4 + setting.width(f" {unit}0", size)
    marks.append(Words(right, step / 2 + height, ratio, size + 1, bold=True))
    width = right + setting.width(ratio, size + 1, bold=True)
    return Block(width, scale_height(size), tuple(marks))


def sign(geometry: str, look: Look, left: float, middle: float) -> list[Mark]:
    """Draw a sign `_SIGN` mm wide."""
    half = _SIGN / 2
    if geometry == "Point":
        return [
            Dot(left + half, middle, POINT, look.fill or look.color, look.color, 0.8, look.dash)
        ]
    if geometry == "LineString":
        ends = ((left, middle), (left + _SIGN, middle))
        return [Stroke(ends, look.color, look.weight, look.dash)]
    top, bottom = middle - 1.3, middle + 1.3
    ring = ((left, top), (left + _SIGN, top), (left + _SIGN, bottom), (left, bottom), (left, top))
    return [Stroke(ring, look.color, look.weight, look.dash, look.fill, look.hatch)]


def _cell(
    layer: Layer, column: str, count: int, left: float, middle: float, size: float
) -> list[Mark]:
    """Draw the sign of a status, of the evidence that is sure, and say how many there are."""
    if not count:
        return [Words(left, middle, "-", size, color=GREY)]
    if column == "none":
        return [Words(left, middle, f"{count:,}", size)]
    look = look_of(layer, column, None)
    signed = sign(layer.geometry, look, left, middle)
    return [*signed, Words(left + _SIGN + 1, middle, f"{count:,}", size)]


def _counts(subject: Subject, scope: Scope, stem: str) -> Counter[str]:
    """Count the features of a page by status; those without a place apart."""
    features = subject.features[stem]
    statuses = np.array(values(features, "status"), object)
    statuses[features.geometry.isna().to_numpy()] = "none"
    return Counter(statuses[scope.chosen[stem]].tolist())


def _grounds(subject: Subject) -> dict[str, Layer]:
    located = (s for s in subject.sheet.layers if subject.features[s].geometry.notna().any())
    return {s: subject.layers[s] for s in located if s not in subject.works}


def _evidences(subject: Subject) -> dict[str, set[str]]:
    """Give the evidence that shows in the works of a map, by what they are drawn as."""
    found: dict[str, set[str]] = {"LineString": set(), "Polygon": set(), "Point": set()}
    for stem, layer in subject.works.items():
        found[layer.geometry] |= set(subject.features[stem]["evidence"])
    return {
        "LineString": found["LineString"] & set(DASHES),
        "Polygon": found["Polygon"] & {"illustrative"},
    }


def _flowed(
    signs: Sequence[tuple[str, Look, str]], setting: Setting, size: float, width: float
) -> Block:
    """Set signs with their meanings side by side, in as many lines as they need."""
    step, left, top = size * MM * LEADING + 1.0, 0.0, 0.0
    marks: list[Mark] = []
    for geometry, look, meaning in signs:
        text = fitted(meaning, width - _SIGN - 2, lambda part: setting.width(part, size))
        wide = _SIGN + 1.2 + setting.width(text, size)
        if left and left + wide > width:
            left, top = 0.0, top + step
        marks += sign(geometry, look, left, top + step / 2)
        marks.append(Words(left + _SIGN + 1.2, top + step / 2, text, size))
        left += wide + 4
    return Block(width, top + step if signs else 0.0, tuple(marks))
