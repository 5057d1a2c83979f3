"""What `page.py` measures of a page in a real Chromium: a fresh browser for each page."""

from __future__ import annotations

import mimetypes
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, sync_playwright

WIDTH, HEIGHT = 1600, 900
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--js-flags=--expose-gc"]
DRAG_STEPS, HOVERS = 40, 100
PATIENCE = 300_000
"""Milliseconds that a page may take to open."""

WATCH = """
window.benchViolations = 0;
document.addEventListener("securitypolicyviolation", () => window.benchViolations++);
window.benchFrames = (n) => new Promise((done) => {
  const end = () => done(performance.now());
  const next = () => (n-- > 0 ? requestAnimationFrame(next) : setTimeout(end, 0));
  next(); });
window.benchDrawn = new Promise((done) => addEventListener("load", async () => {
  if (document.getElementById("eg-data")) await new Promise((ready) => {
    const root = document.documentElement;
    const look = () => root.classList.contains("eg-ready") && ready();
    new MutationObserver(look).observe(root, { attributes: true });
    look(); });
  done(await window.benchFrames(2)); }));
"""
"""Drawn: two animation frames and a task after the page is loaded (a stock page adds its features
at once then), or, of ours, after it says that all is drawn."""

MAP = """
window.benchMap = () =>
  window.erdaoGeo ? erdaoGeo.map : Object.values(window).find((one) => one instanceof L.Map);
window.benchIdle = async () => {
  if (window.erdaoGeo) await erdaoGeo.page.renderer.idle();
  return window.benchFrames(2); };
"""
STEP = """async (move) => { const map = benchMap(), start = performance.now();
  if (move.view) map.setView(...move.view, { animate: false });
  if (move.zoom) map.setZoom(map.getZoom() + move.zoom, { animate: false });
  if (move.pan) map.panBy(move.pan, { animate: false });
  return (await benchIdle()) - start; }"""
HOVER = """async (points) => { const costs = [];
  for (const [x, y] of points) {
    await benchFrames(1);
    const start = performance.now();
    const at = document.elementFromPoint(x, y), place = { bubbles: true, clientX: x, clientY: y };
    for (const type of ["mouseover", "mousemove"]) at.dispatchEvent(new MouseEvent(type, place));
    costs.push(performance.now() - start); }
  return costs; }"""
"""What a move of the mouse costs within its frame: the browser's own search for what lies there,
and the page's. The mean is told, as the browser's clock goes in steps of 0.1 ms."""
COUNT_FRAMES = """() => { const times = (window.benchTimes = []); window.benchOn = true;
  const next = (now) => { times.push(now); if (window.benchOn) requestAnimationFrame(next); };
  requestAnimationFrame(next); }"""
END_FRAMES = """() => { window.benchOn = false;
  return benchTimes.slice(1).map((time, i) => time - benchTimes[i]); }"""


@dataclass(frozen=True)
class Cdn:
    """Where the files of stock pages' hosts are, from npm."""

    modules: Path
    """A folder `node_modules`."""

    def find(self, url: str) -> Path | None:
        """Give the file that a host would serve; None where npm has no such file."""
        for pattern, place in CDN_PLACES.items():
            found = re.match(pattern, url)
            if found:
                path = self.modules / found.expand(place)
                return path if path.is_file() else None
        return None


PACKAGES = [
    "leaflet@1.9.3",
    "jquery@3.7.1",
    "bootstrap@5.2.2",
    "drmonty-leaflet-awesome-markers@2.0.2",
]
PACKAGES += ["@fortawesome/fontawesome-free@6.2.0"]
CDN_PLACES = {
    r".*/npm/leaflet@[\d.]+/(.*)": r"leaflet/\1",
    r".*/jquery-[\d.]+(\.min\.js)": r"jquery/dist/jquery\1",
    r".*/npm/bootstrap@[\d.]+/(.*)": r"bootstrap/\1",
    r".*/npm/(@fortawesome/fontawesome-free)@[\d.]+/(.*)": r"\1/\2",
    r".*/Leaflet.awesome-markers/[\d.]+/(.*\.js)": r"drmonty-leaflet-awesome-markers/js/\1",
    r".*/Leaflet.awesome-markers/[\d.]+/(.*\.css)": r"drmonty-leaflet-awesome-markers/css/\1",
}


@dataclass(frozen=True)
class Seen:
    """What was measured of a page: seconds, MB, milliseconds, counts."""

    drawn: float
    heap: float
    uss: float
    zoom: float
    pan: float
    hover: float
    hover_worst: float
    frame: float
    frame_worst: float
    requests: int
    errors: int
    violations: int
    lacking: int


def see(
    path: Path, bounds: list[float], chromium: str, *, cdn: Cdn | None, picture: Path | None
) -> Seen:
    """Open a page and use it.

    Parameters
    ----------
    path
        The page; it is opened as a file, without a network.
    bounds
        West, south, east, north of its features.
    cdn
        What answers the requests of a stock page; None where a request counts as a fault.
    picture
        Where to keep a picture of the whole extent.
    """
    with _opened(chromium) as browser:
        page, told = _watched(browser, cdn)
        page.goto(path.as_uri(), wait_until="commit", timeout=PATIENCE)
        page.set_default_timeout(PATIENCE)
        drawn = page.evaluate("window.benchDrawn") / 1000
        page.evaluate(MAP)
        heap, uss = _memory(browser, page)
        if picture:
            page.screenshot(path=picture)
        page.evaluate(STEP, {"view": _view(bounds)})
        zooms = [page.evaluate(STEP, {"zoom": step}) for step in (1, 1, -1, -1)]
        pans = [page.evaluate(STEP, {"pan": [x, 0]}) for x in (600, -600)]
        hovers = sorted(page.evaluate(HOVER, _points()))
        frames = sorted(_drag(page))
        return Seen(
            drawn=drawn,
            heap=heap,
            uss=uss,
            zoom=statistics.median(zooms),
            pan=statistics.median(pans),
            hover=statistics.mean(hovers),
            hover_worst=hovers[-1],
            frame=statistics.median(frames),
            frame_worst=frames[-1],
            violations=page.evaluate("window.benchViolations"),
            **told,
        )


@contextmanager
def _opened(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def _watched(browser: Browser, cdn: Cdn | None) -> tuple[Page, dict[str, int]]:
    """Make a page whose requests and complaints are counted."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, offline=cdn is None)
    page = context.new_page()
    page.add_init_script(WATCH)
    told = {"requests": 0, "errors": 0, "lacking": 0}

    def count(name: str) -> None:
        told[name] += 1

    def answer(route: Route) -> None:
        path = cdn.find(route.request.url) if cdn else None
        if path is None:
            count("lacking")
            route.fulfill(status=200, body="", content_type="text/css")
        else:
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            route.fulfill(status=200, body=path.read_bytes(), content_type=kind)

    def asked(url: str) -> None:
        if not url.startswith(("file:", "data:", "blob:")):
            count("requests")

    page.on("request", lambda request: asked(request.url))
    page.on("pageerror", lambda _: count("errors"))
    page.on("console", lambda message: count("errors") if message.type == "error" else None)
    if cdn:
        page.route(re.compile("^https?://"), answer)
    return page, told


def _memory(browser: Browser, page: Page) -> tuple[float, float]:
    """Give the JavaScript heap after a collection, and the renderer's own memory, in MB."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {
        one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]
    }
    time.sleep(0.5)
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    own = [_own_memory(one["id"]) for one in processes if one["type"] == "renderer"]
    return metrics["JSHeapUsedSize"] / 1e6, max(own)


def _own_memory(pid: int) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return sum(int(kb) for kb in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.M)) / 1000


def _view(bounds: list[float]) -> list[Any]:
    """Give the middle of the features, and the whole zoom that shows most of them."""
    west, south, east, north = bounds
    tall = (north - south) * 1.387  # Web Mercator at 43.9 N
    zoom = 0
    while 256 * 2 ** (zoom + 1) / 360 * max((east - west) * HEIGHT / WIDTH, tall) < HEIGHT:
        zoom += 1
    return [[(south + north) / 2, (west + east) / 2], zoom]


def _points() -> list[list[int]]:
    """Give a way of the mouse across the middle of the map, in steps as a hand makes them."""
    return [[600 + 5 * step, 300 + 3 * step] for step in range(HOVERS)]


def _drag(page: Page) -> list[float]:
    """Drag the map with the mouse; give the milliseconds between frames."""
    page.mouse.move(900, 450)
    page.mouse.down()
    page.evaluate(COUNT_FRAMES)
    for step in range(DRAG_STEPS):
        page.mouse.move(900 - 8 * step, 450 - 2 * step)
    frames: list[float] = page.evaluate(END_FRAMES)
    page.mouse.up()
    return frames
