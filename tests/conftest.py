"""What all tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from erdao_geo import Workspace

# CI asks Python to warn of files opened without an encoding. Here that is an error of ours (see
# pyproject.toml); in the commands that tests run, it would be other packages' noise on stderr.
os.environ.pop("PYTHONWARNDEFAULTENCODING", None)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    named = os.environ.get("ERDAO_GEO_CHROMIUM")
    return next(
        (path for name in (named, *CHROMIUMS) if name and (path := shutil.which(name))), None
    )


@dataclass
class Visit:
    """A page that was opened, and what it asked for and complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip(
            "no Chromium; install it (Debian: apt install chromium) or set ERDAO_GEO_CHROMIUM"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the shipped workspace with every page rendered; not to be changed."""
    root = Path(__file__).parents[1]
    copy = tmp_path_factory.mktemp("shipped")
    for name in ("plan.toml", "layers", "data", "maps"):
        place = shutil.copytree if (root / name).is_dir() else shutil.copy
        place(root / name, copy / name)
    workspace = Workspace(copy)
    for name in workspace.maps:
        workspace.render(name)
    workspace.render_index()
    return copy


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    context = browser.new_context(viewport={"width": 1500, "height": 950}, offline=True)

    def open_(path: Path, fragment: str = "") -> Visit:
        visited = Visit(context.new_page())
        page = visited.page
        page.on("request", lambda request: visited.requests.append(request.url))
        page.on("pageerror", lambda error: visited.complaints.append(str(error)))
        page.on("console", lambda message: visited.complaints.append(message.text))
        page.goto(f"{path.as_uri()}{fragment}")
        visited.requests.remove(path.as_uri())
        if page.query_selector("#eg-data"):  # a map: its layers are decoded before it is drawn
            page.wait_for_selector("html.eg-ready", state="attached")
        return visited

    yield open_
    context.close()
