"""The printed sheet: exact on paper, every word legible, in a font that has it, and by itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from tempfile import mkdtemp

import matplotlib.style
import numpy as np
import pytest
from click.testing import CliRunner
from geographiclib.geodesic import Geodesic
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread
from matplotlib.text import Text

from erdao_geo import Workspace
from erdao_geo.cli import cli
from erdao_geo.errors import SheetError, WorkspaceError
from erdao_geo.sheet import output
from erdao_geo.sheet.blocks import Setting
from erdao_geo.sheet.compose import Page, compose
from erdao_geo.sheet.content import scopes_of
from erdao_geo.sheet.draw import HALO, draw_page
from erdao_geo.sheet.fonts import Fonts, installed_fonts
from erdao_geo.sheet.ground import Bounds, Ground, ground_of
from erdao_geo.sheet.letters import fitted, plain, wrapped
from erdao_geo.sheet.palette import COLORS
from erdao_geo.sheet.paper import LEAST, Box, Paper, Words, form_of
from erdao_geo.words import number, percent, stated
from hostile import HOSTILE, MARK
from small import LINES, collection, make_workspace, write_workspace
from test_hostile import make_hostile

ROOT = Path(__file__).parents[1]
MM_PER_POINT = 25.4 / 72
CGCS2000 = Geodesic(6_378_137.0, 1 / 298.257222101)
BOUNDARY = ("layers/boundary.toml", "data/boundary.geojson")
ERDAO: Bounds = (125.344, 43.756, 125.818, 43.961)


@pytest.fixture(scope="module")
def shipped() -> Workspace:
    return Workspace(ROOT)


@pytest.fixture(scope="module")
def printed(shipped: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("printed") / "overview.pdf"
    assert shipped.print_sheet("overview", path, landscape=True) == [path]
    return path


@pytest.fixture(scope="module")
def setting() -> Iterator[Setting]:
    files = installed_fonts()
    regular, bold = Fonts(files), Fonts(files, bold=True)
    yield Setting(regular, bold, "zh")
    regular.close()
    bold.close()


def asked(program: str, *arguments: str) -> str:
    """Ask one of poppler's programs, which are no part of ours, about a PDF."""
    if shutil.which(program) is None:
        pytest.skip(f"no {program}; install it (Debian: apt install poppler-utils)")
    done = subprocess.run([program, *arguments], capture_output=True, check=True)
    return done.stdout.decode()


def laid_out(
    workspace: Workspace,
    name: str,
    setting: Setting,
    paper: Paper = "A3",
    *,
    landscape: bool = False,
    by: str | None = None,
) -> list[Page]:
    subject = workspace.subject(name)
    form = form_of(paper, landscape=landscape)
    return compose(subject, scopes_of(subject, by), setting, form, by=by or "")


def texts_of(page: Page, made: Setting, folder: Path) -> list[tuple[Text, Box]]:
    """Draw a page, and measure its texts as Matplotlib does, in mm from the upper left corner."""
    files = output.write_fonts([page], made, Path(mkdtemp(dir=folder)))
    with matplotlib.style.context(["default", output.STYLE]):
        figure = draw_page(page, files)
        renderer = FigureCanvasAgg(figure).get_renderer()
        to_mm = 25.4 / figure.dpi
        found = []
        for text in figure.axes[0].get_children():
            if isinstance(text, Text) and text.get_text() and text.get_gid() != HALO:
                box = text.get_window_extent(renderer)
                left, top = box.x0 * to_mm, page.height - box.y1 * to_mm
                found.append((text, Box(left, top, box.width * to_mm, box.height * to_mm)))
    return found


def touch(one: Box, other: Box, slack: float = 0.15) -> bool:
    """Tell whether two boxes share more than the hinting of a screen font could make them."""
    return (
        min(one.right, other.right) - max(one.x, other.x) > slack
        and min(one.bottom, other.bottom) - max(one.y, other.y) > slack
    )


def assert_in_order(page: Page, made: Setting, folder: Path) -> None:
    """No text is too small, over another, or out of its panel; no panel over another."""
    texts = texts_of(page, made, folder)
    homes = [panel.box for panel in page.panels for m in panel.marks if isinstance(m, Words)]
    assert min(text.get_fontsize() for text, _ in texts) >= LEAST
    over = [
        (a.get_text(), b.get_text()) for (a, x), (b, y) in combinations(texts, 2) if touch(x, y)
    ]
    assert not over
    for (text, box), home in zip(texts, homes, strict=True):
        inside = home.within(-0.5, -0.5, -0.5, -0.5)
        assert inside.x <= box.x and box.right <= inside.right, text.get_text()
        assert inside.y <= box.y and box.bottom <= inside.bottom, text.get_text()
    page_box = Box(0, 0, page.width, page.height).within(5, 5, 5, 5)
    for home in homes:
        assert page_box.x <= home.x and home.right <= page_box.right
        assert page_box.y <= home.y and home.bottom <= page_box.bottom + 1e-6


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("overview", {"landscape": True}),
        ("overview", {"paper": "A4"}),
        ("overview", {"paper": "A4", "landscape": True}),
        ("roads", {}),
        ("renewal", {"landscape": True, "by": "street_office"}),
    ],
)
def test_no_text_lies_over_another_or_leaves_its_panel(name, form, shipped, setting, tmp_path):
    for page in laid_out(shipped, name, setting, **form):
        assert_in_order(page, setting, tmp_path)


def test_the_page_is_as_large_as_its_paper(shipped, printed, tmp_path):
    size = re.search(r"Page size: +([\d.]+) x ([\d.]+) pts", asked("pdfinfo", str(printed)))
    assert size is not None
    millimetres = [float(points) * MM_PER_POINT for points in size.groups()]
    assert millimetres == pytest.approx([420, 297], abs=0.01)
    [picture] = shipped.print_sheet("roads", tmp_path / "roads.png", paper="A4")
    height, width = imread(picture).shape[:2]
    assert [width / output.DPI, height / output.DPI] == pytest.approx(
        [210 / 25.4, 297 / 25.4], abs=0.01
    )


def test_every_font_is_embedded_and_the_text_comes_back(printed):
    lines = asked("pdffonts", str(printed)).splitlines()[2:]
    assert lines
    assert all(line.split()[-5] == "yes" for line in lines)
    text = asked("pdftotext", str(printed), "-")
    assert "二道区2022年重点工程总图" in text
    assert "示例数据" in text
    assert "芝仕路" in text  # which has no place


def test_every_row_is_printed_as_the_ledger_says(shipped, printed):
    lines = asked("pdftotext", "-layout", str(printed), "-").splitlines()
    for row in shipped.check().rows:
        unit = row.target.unit
        figures = [number(value, unit) for value in (row.net, row.done, row.proven)]
        wanted = [*stated(row.target, "zh").split(), *figures, percent(row.share)]
        after = [
            line.split(row.target.title)[1].split() for line in lines if row.target.title in line
        ]
        assert any("".join(words).startswith("".join(wanted)) for words in after), row.target.id


@pytest.mark.parametrize(
    "bounds", [ERDAO, (125.35, 43.85, 125.36, 43.86), (73.0, 18.0, 135.0, 54.0), (100, 1, 100, 1)]
)
def test_the_scale_bar_is_as_long_as_it_says(bounds):
    ground = ground_of(Box(10, 20, 250, 180), bounds)
    metres, length = ground.bar()
    assert f"{metres:.0f}".rstrip("0") in ("1", "2", "5")
    middle, y = 10 + 250 / 2, 20 + 180 / 2
    lons, lats = ground.lonlat([middle - length / 2, middle + length / 2], [y, y])
    line = CGCS2000.Inverse(lats[0], lons[0], lats[1], lons[1])
    assert line["s12"] == pytest.approx(metres, rel=1e-4)  # a bar of the map, measured on the earth
    if metres <= 10_000:
        assert length * ground.ratio / 1000 == pytest.approx(metres, rel=1e-6)


def test_the_map_shows_all_of_its_bounds_at_a_round_ratio():
    ground = ground_of(Box(10, 20, 250, 180), ERDAO)
    corners = ground.points(np.array([(ERDAO[x], ERDAO[y]) for x in (0, 2) for y in (1, 3)]))
    assert (corners.min(axis=0) > [10, 20]).all()
    assert (corners.max(axis=0) < [260, 200]).all()
    assert ground.ratio % 1000 == 0


def test_ticks_stand_where_their_meridians_and_parallels_meet_the_frame():
    ground = ground_of(Box(10, 20, 250, 180), ERDAO)
    ticks = ground.ticks()
    for edge, y in (("top", 20), ("bottom", 200)):
        assert len(ticks[edge]) >= 3
        for tick in ticks[edge]:
            assert ground.lonlat(tick.at, y)[0] == pytest.approx(degrees(tick.label), abs=1e-5)
    for tick in ticks["left"]:
        assert ground.lonlat(10, tick.at)[1] == pytest.approx(degrees(tick.label), abs=1e-5)
    assert all(b.at - a.at > 10 for a, b in pairwise(ticks["bottom"]))


def degrees(label: str) -> float:
    whole, minutes, seconds = [*re.findall(r"\d+", label), "0"][:3]
    return int(whole) + int(minutes) / 60 + int(seconds) / 3600


def test_the_same_input_gives_the_same_bytes(shipped, printed, tmp_path):
    [again] = shipped.print_sheet("overview", tmp_path / "again.pdf", landscape=True)
    assert again.read_bytes() == printed.read_bytes()


def test_without_any_font_the_error_says_what_to_install(shipped, tmp_path):
    none = Setting(Fonts([]), Fonts([]), "zh")
    subject = shipped.subject("roads")
    pages = compose(subject, scopes_of(subject, None), none, form_of("A4", landscape=False))
    with pytest.raises(SheetError, match=r"no font has .* fonts-noto-cjk.*微软雅黑.*--font"):
        output.require_fonts(subject, pages, none)


def test_a_character_that_no_font_has_is_named_with_its_place(tmp_path):
    workspace = make_workspace(tmp_path / "w")
    rename(workspace, "长吉城际铁路", "长吉\U0010fabc铁路")
    with pytest.raises(
        SheetError, match=r"U\+10FABC\), which is in the name of context context-02"
    ):
        workspace_of(tmp_path / "w").print_sheet("m", tmp_path / "m.pdf")


def rename(workspace: Workspace, old: str, new: str) -> None:
    data = workspace.root / "data" / "context.geojson"
    data.write_text(data.read_text("utf-8").replace(old, new), "utf-8")


def workspace_of(root: Path, layers: str = '"boundary", "context", "lines", "areas"') -> Workspace:
    (root / "maps" / "m.toml").write_text(f'title = "图"\nlayers = [{layers}]\n', "utf-8")
    return Workspace(root)


@pytest.mark.parametrize("layers", ['"lines"', '"boundary", "lines", "areas"'])
def test_a_map_of_empty_layers_is_printed(layers, tmp_path):
    make_workspace(tmp_path / "w")
    [path] = workspace_of(tmp_path / "w", layers).print_sheet("m", tmp_path / "m.pdf")
    assert path.read_bytes().startswith(b"%PDF")


def point_workspace(root: Path, places: list[list[float] | None]) -> Workspace:
    features = [
        {
            "properties": {
                "id": f"p{number}",
                "name": f"点{number}",
                "status": "planned",
                "evidence": "surveyed" if place else "none",
            },
            "geometry": place and {"type": "Point", "coordinates": place},
        }
        for number, place in enumerate(places)
    ]
    points = LINES.replace("LineString", "Point").replace("[fields.declared_length_km]\n", "")
    outline = [(ROOT / f"{place}").read_text("utf-8") for place in BOUNDARY]
    plan = '[plan]\ntitle = "t"\nadcode = "1"\nyear = 2022\nboundary = "boundary"\nreport = "r"\n'
    return write_workspace(
        root,
        plan=plan,
        layers={"points": (points, collection(features)), "boundary": (outline[0], outline[1])},
        maps={"m": 'title = "点"\nlayers = ["points"]\napproval = "吉S(2022)001号"\n'},
    )


@pytest.mark.parametrize("places", [[[125.4, 43.9]], [None, None], [[125.4, 43.9], None]])
def test_one_point_and_no_place_at_all_are_printed(places, tmp_path):
    workspace = point_workspace(tmp_path / "w", places)
    [path] = workspace.print_sheet("m", tmp_path / "m.pdf", paper="A4")
    text = asked("pdftotext", str(path), "-")
    assert "审图号：吉S(2022)001号" in text
    assert all(f"点{number}" in text for number in range(len(places)))


UNPRINTABLE = ("private", "astral", "noncharacter")
"""No font here has them, or they are no characters."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    texts = [text for name, text in HOSTILE.items() if name not in UNPRINTABLE]
    return make_hostile(tmp_path_factory.mktemp("hostile") / "w", texts).workspace


def test_hostile_texts_run_nowhere_and_are_printed_as_written(hostile, tmp_path):
    [path] = hostile.print_sheet("m", tmp_path / "m.pdf")
    assert MARK not in os.environ
    text = asked("pdftotext", "-raw", str(path), "-")
    for name in ("shell", "jinja-math", "formula-command", "template-literal"):
        assert HOSTILE[name].split(" ")[0] in text, name
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_hostile_texts_stay_in_their_panels(hostile, setting, tmp_path):
    pages = laid_out(hostile, "m", setting, "A4")
    assert len(pages) > 1  # the ledger has pages of its own
    for page in pages:
        assert_in_order(page, setting, tmp_path)


def test_an_atlas_has_a_page_for_each_value_and_loses_no_work(shipped, tmp_path):
    subject = shipped.subject("roads")
    whole, *parts = scopes_of(subject, "street_office")
    roads = shipped.features("roads")
    assert len(parts) == roads["street_office"].nunique(dropna=False)
    assert np.sum([scope.chosen["roads"] for scope in parts], axis=0).tolist() == [1] * len(roads)
    length = [entry for scope in parts for entry in scope.entries if entry.title == "新增道路"]
    [total] = [entry for entry in whole.entries if entry.title == "新增道路"]
    assert sum(float(entry.net) for entry in length) == pytest.approx(float(total.net), abs=0.02)


def test_several_pngs_are_numbered_and_none_is_written_over(shipped, tmp_path):
    first = tmp_path / "atlas-1.png"
    first.write_bytes(b"mine")
    with pytest.raises(WorkspaceError, match="add --overwrite"):
        shipped.print_sheet("roads", tmp_path / "atlas.png", paper="A4", by="work")
    assert [path.name for path in tmp_path.iterdir()] == ["atlas-1.png"]
    assert first.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["roads", "-o", "x.svg"], "a .pdf or a .png"),
        (["nope", "-o", "x.pdf"], "nope"),
        (["roads", "-o", "x.pdf", "--by", "nope"], "no layer of the map has a field 'nope'"),
        (["roads", "-o", "x.pdf", "--font", __file__], "cannot be read as a font"),
    ],
)
def test_what_cannot_be_printed_is_said_in_one_line(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["--workspace", str(ROOT), "print", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr.splitlines()[-1]
    assert not list(tmp_path.iterdir())


def test_the_colours_are_those_of_the_page():
    script = (ROOT / "src/erdao_geo/page/js/palette.js").read_text("utf-8")
    light = re.search(r"light: \{(.*?)\}", script)
    assert light is not None
    of_the_page = dict(re.findall(r'(\w+): "(#\w+)"', light[1]))
    assert {status: of_the_page[status] for status in COLORS} == COLORS


def test_what_has_no_picture_is_shown_plainly():
    assert plain("a\x1bb\u202ec\ud800\ufffe") == r"a\x1bb\u202ec\ud800\ufffe"
    assert plain("一\n二\u00a0三\ufe0f") == "一 二 三"
    assert len(plain("长" * 33_000)) <= 120


def test_a_text_is_wrapped_or_cut_to_its_room():
    assert wrapped("新启动老旧小区改造", 4, len) == ["新启动老", "旧小区改", "造"]
    assert wrapped("Land greened here", 8, len) == ["Land", "greened", "here"]
    assert wrapped("甲乙，丙", 2, len) == ["甲", "乙，", "丙"]
    assert wrapped("W" * 10, 4, len, lines=2) == ["WWWW", "WWW…"]
    assert fitted("东南湖大路", 3, len) == "东南…"


def test_the_bars_are_as_long_as_the_share(shipped):
    subject = shipped.subject("overview")
    [scope] = scopes_of(subject, None)
    for row, entry in zip(subject.ledger.rows, scope.entries, strict=True):
        assert entry.done_bar == pytest.approx(min(1, float(row.done / row.stated)))
        assert entry.proven_bar == 0.0  # nothing of the sample is proven


def test_a_ground_point_lies_where_a_distance_from_the_middle_says():
    ground = Ground(Box(0, 0, 200, 100), 125.58, 43.86, 100_000.0)
    line = CGCS2000.Direct(43.86, 125.58, 0.0, 3_000.0)  # 3 km north: 30 mm up
    [[x, y]] = ground.points(np.array([(line["lon2"], line["lat2"])]))
    assert (x, y) == (pytest.approx(100, abs=1e-6), pytest.approx(20, abs=1e-3))
