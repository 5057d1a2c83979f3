"""The head and the foot of a page."""

from __future__ import annotations

from erdao_geo.sheet.blocks import Setting
from erdao_geo.sheet.content import Scope, Subject
from erdao_geo.sheet.letters import fitted, plain, wrapped
from erdao_geo.sheet.notes import dates_of, has_samples
from erdao_geo.sheet.paper import (
    GREY,
    INK,
    LEADING,
    MM,
    Block,
    Box,
    Form,
    Panel,
    Plate,
    Words,
    stacked,
)
from erdao_geo.words import period, word

_AMBER, _PALE, _BROWN = "#c77700", "#fff1d0", "#6b3d00"


def head_block(subject: Subject, scope: Scope, setting: Setting, form: Form, by: str) -> Block:
    """Give the title, what the page is about, and the banner where the data are samples."""
    width, middle, lang = form.inside.width, form.inside.width / 2, setting.lang

    def centred(text: str, size: float, lines: int, *, bold: bool, color: str) -> Block:
        made = wrapped(text, width, lambda part: setting.width(part, size, bold=bold), lines=lines)
        step = size * MM * 1.3
        marks = (
            Words(middle, (at + 0.5) * step, line, size, "center", color, bold=bold)
            for at, line in enumerate(made)
        )
        return Block(width, step * len(made), tuple(marks))

    plan = subject.ledger.plan
    report = subject.titled(plan.report, plan.report_en)
    as_of = f"{word('as_of', lang)} {period(dates_of(subject), lang)}"
    sheet = subject.sheet
    blocks = [
        centred(subject.titled(sheet.title, sheet.title_en), form.title, 2, bold=True, color=INK)
    ]
    if scope.is_part:
        text = f"{by}{'：' if lang == 'zh' else ': '}{scope.value}"
        blocks.append(centred(text, form.title * 0.62, 1, bold=True, color=INK))
    blocks.append(centred(f"{report}　{as_of}", form.body + 1, 1, bold=False, color=GREY))
    if has_samples(subject):
        blocks.append(_banner(word("sample", lang), setting, form))
    return stacked(blocks, gap=1.2)


def _banner(text: str, setting: Setting, form: Form) -> Block:
    width, size = form.inside.width, form.body + 0.5
    lines = wrapped(text, width - 4, lambda part: setting.width(part, size, bold=True))
    step = size * MM * LEADING
    height = step * len(lines) + 1.6
    words = (
        Words(width / 2, 0.8 + (at + 0.5) * step, line, size, "center", _BROWN, bold=True)
        for at, line in enumerate(lines)
    )
    plate = Plate(Box(0, 0, width, height), _PALE, _AMBER, 0.6)
    return Block(width, height, (plate, *words))


def foot_panel(subject: Subject, setting: Setting, form: Form, page: int, pages: int) -> Panel:
    """Give the approval number, left, and the number of the page, right."""
    inside, size, lang = form.inside, form.small, setting.lang
    height = size * MM * LEADING
    box = Box(inside.x, inside.bottom - height, inside.width, height)
    middle = box.y + height / 2
    marks = []
    if subject.sheet.approval:
        text = f"{word('sheet_approval', lang)}{'：' if lang == 'zh' else ': '}"
        text = fitted(
            text + plain(subject.sheet.approval),
            inside.width * 0.6,
            lambda part: setting.width(part, size),
        )
        marks.append(Words(box.x, middle, text, size))
    number = word("sheet_page", lang).format(page=page, pages=pages)
    marks.append(Words(box.right, middle, number, size, "right", GREY))
    return Panel(box, tuple(marks))
