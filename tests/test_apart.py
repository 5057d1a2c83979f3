"""A large page and the files beside it: the same page, by double click and from a server."""

from __future__ import annotations

import base64
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import folium
import pytest
import uvicorn
from playwright.sync_api import Browser, Page

from erdao_geo.page import OfflineFigure, to_files
from erdao_geo.page.apart import PART, set_apart
from erdao_geo.page.elements import Data, Raw
from erdao_geo.page.scripts import own
from erdao_geo.serve.app import make_app
from erdao_geo.workspace.beside import sweep, write_files

SIZES = {"eg-layer-0-geometry-0": 3 * PART // 2, "eg-layer-0-values-0": 3000}
SCRIPT = """
window.got = {};
window.want = async (id) => { try { window.got[id] = await erdaoGeo.block(id); }
  catch (error) { window.got[id] = `Error: ${error.message}`; } };
"""


def blocks() -> dict[str, str]:
    """Make base64 texts; the first is longer than one file."""
    made = random.Random(4)
    return {id_: base64.b64encode(made.randbytes(size)).decode() for id_, size in SIZES.items()}


def chart() -> folium.Map:
    """Make a page that carries blocks and nothing else."""
    figure = OfflineFigure(title="t", lang="zh")
    empty = folium.Map(tiles=None)
    empty.default_js, empty.default_css = [("leaflet", "leaflet.js")], []
    figure.add_child(empty)
    for id_, text in blocks().items():
        block = f'<script type="application/octet-stream" id="{id_}">{text}</script>\n'
        figure.html.add_child(Data(block), name=id_)
    figure.script.add_child(Raw(own("js/blocks.js") + SCRIPT), name="script")
    return empty


@pytest.fixture
def apart(tmp_path: Path) -> Path:
    """Write the page and its files."""
    page, files = to_files(chart(), "地图 1", above=1_000_000)
    write_files(tmp_path / "地图 1", files)
    (tmp_path / "page.html").write_text(page, "utf-8")
    return tmp_path / "page.html"


@pytest.fixture
def served(apart: Path) -> Iterator[str]:
    server = uvicorn.Server(
        uvicorn.Config(make_app(apart.parent), port=0, log_level="warning", lifespan="off")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/page.html"
    server.should_exit = True
    thread.join()


@pytest.fixture
def open_(browser: Browser) -> Iterator[Callable[[str], tuple[Page, list[str]]]]:
    context = browser.new_context()

    def opened(url: str) -> tuple[Page, list[str]]:
        page, complaints = context.new_page(), []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page, complaints

    yield opened
    context.close()


def taken(page: Page, id_: str) -> str:
    page.evaluate("(id) => want(id)", id_)
    return str(page.evaluate("(id) => got[id]", id_))


def test_a_small_page_is_one_file() -> None:
    page, files = to_files(chart(), "m", above=100_000_000)
    assert files == {}
    assert all(text in page for text in blocks().values())
    assert "'self'" not in page


def test_a_large_page_has_its_blocks_in_files_of_a_bounded_size() -> None:
    page, files = to_files(chart(), "m", above=1_000_000)
    assert len(page) < 400_000
    assert len(files) == 3  # two of the first block, one of the second
    assert all(len(content) < PART + 100 for content in files.values())
    assert all(re.fullmatch(r"[0-9a-f]{16}\.js", name) for name in files)


def test_equal_input_gives_equal_files() -> None:
    assert to_files(chart(), "m", above=0) == to_files(chart(), "m", above=0)


def test_a_page_without_blocks_stays_as_it_is() -> None:
    assert set_apart("<body>\n<p>x</p>", "m") == ("<body>\n<p>x</p>", {})


@pytest.mark.browser
def test_blocks_come_from_files_by_double_click(apart, open_) -> None:
    page, complaints = open_(apart.as_uri())
    for id_, text in blocks().items():
        assert taken(page, id_) == text
    assert complaints == []


@pytest.mark.browser
def test_blocks_come_from_files_on_a_server(served, open_) -> None:
    page, complaints = open_(served)
    for id_, text in blocks().items():
        assert taken(page, id_) == text
    assert complaints == []


@pytest.mark.browser
def test_a_block_is_loaded_when_it_is_asked_for(apart, open_) -> None:
    page, _ = open_(apart.as_uri())
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    taken(page, "eg-layer-0-values-0")
    assert len(loaded) == 1


@pytest.mark.browser
def test_a_missing_file_is_named(apart, open_) -> None:
    for path in apart.parent.glob("*/*.js"):
        path.unlink()
    page, _ = open_(apart.as_uri())
    said = taken(page, "eg-layer-0-values-0")
    assert re.search(r"[0-9a-f]{16}\.js: missing or damaged; keep the folder beside the page", said)


@pytest.mark.browser
def test_a_damaged_file_is_named(apart, open_) -> None:
    for path in apart.parent.glob("*/*.js"):
        path.write_bytes(path.read_bytes()[:50])
    page, _ = open_(apart.as_uri())
    assert "missing or damaged" in taken(page, "eg-layer-0-values-0")


@pytest.mark.browser
def test_a_block_that_the_page_does_not_have_is_named(apart, open_) -> None:
    page, _ = open_(apart.as_uri())
    for id_ in ("eg-layer-9-geometry-0", "constructor"):
        assert taken(page, id_) == f"Error: {id_}: the page has no such block"


@pytest.mark.browser
def test_the_blocks_of_one_file_are_given_once_and_leave_the_page(tmp_path, open_) -> None:
    (tmp_path / "one.html").write_text(to_files(chart(), "m", above=10**9)[0], "utf-8")
    page, complaints = open_((tmp_path / "one.html").as_uri())
    for id_, text in blocks().items():
        assert taken(page, id_) == text
    assert page.locator("script[type='application/octet-stream']").count() == 0
    assert complaints == []


def test_sweeping_removes_what_is_ours_and_nothing_else(tmp_path) -> None:
    for name in ("0123456789abcdef.js", "fedcba9876543210.js", "mine.js", "tiles/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", "utf-8")
    (tmp_path / "tiles-0123456789abcdef" / "3").mkdir(parents=True)
    sweep(tmp_path, {"0123456789abcdef.js"})
    assert {path.name for path in tmp_path.iterdir()} == {"0123456789abcdef.js", "mine.js", "tiles"}
    sweep(tmp_path / "nowhere", ())
