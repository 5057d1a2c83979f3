"""The renderer of the page: what is drawn where, and what lies under a point, in a real browser.

Layers are made here, in world units (Web Mercator, 2**28 to the world's width), around a spot that
lies in the middle of the window: 16 units are one CSS pixel at zoom 16.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, Page
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

WIDTH, HEIGHT = 800, 600
UNIT = 16
MIDDLE = 227_966_976, 97_517_568  # multiples of 16; near Changchun
SCRIPTS = "style", "density", "draw", "hit", "labels", "canvas"
RED, BLUE = (204, 0, 0), (0, 0, 204)
STYLE = {
    "color": "#cc0000",
    "weight": 4,
    "dash": None,
    "fill": None,
    "hatch": None,
    "opacity": 1,
    "fillOpacity": 1,
    "radius": 6,
}
HARNESS = """
const map = L.map("map", { zoomSnap: 0.25, zoomControl: false, attributionControl: false });
map.setView(map.unproject(MIDDLE, 20), 16, { animate: false });
const renderer = erdaoGeo.renderer(map);
const views = [];
const heard = [];
map.on("eg:hover eg:click", ({ type, view, feature }) => {
  heard.push([type, views.indexOf(view), feature]);
});
function add({ geometry, features, styles, style, names }) {
  const starts = (lengths) => Uint32Array.from([0, ...lengths.map((sum => (n) => (sum += n))(0))]);
  const rings = features.flat(), vertices = rings.flat();
  const box = features.flatMap((parts) => {
    const all = parts.flat();
    if (!all.length) return [1, 1, 0, 0];
    const [xs, ys] = [all.map(([x]) => x), all.map(([, y]) => y)];
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  });
  const layer = {
    meta: { geometry }, count: features.length, size: null,
    ringStart: starts(features.map((parts) => parts.length)),
    vertexStart: starts(rings.map((ring) => ring.length)),
    x: Int32Array.from(vertices, ([x]) => x), y: Int32Array.from(vertices, ([, y]) => y),
    box: Int32Array.from(box),
  };
  const label = names ? (i) => names[i] : null;
  const order = views.length;
  views.push(renderer.add({ layer, styles, style: Uint8Array.from(style), order, label }));
}
"""

DECODE = """async (png) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const { width, height } = image;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const blob = new Blob([context.getImageData(0, 0, width, height).data]);
  const reader = new FileReader();
  reader.readAsDataURL(blob);
  await new Promise((resolve) => { reader.onload = resolve; });
  return [width, height, reader.result];
}"""


class Canvas:
    """The open page: add layers, look at pixels."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def add(self, geometry: str, shapes: list[Any], **more: Any) -> None:
        """Add shapes: each a list of rings (or parts) of points in CSS pixels of the window."""
        features = [[[_world(p) for p in ring] for ring in rings] for rings in shapes]
        spec = {
            "geometry": geometry,
            "features": features,
            "styles": more.get("styles", [STYLE]),
            "style": more.get("style", [0] * len(shapes)),
            "names": more.get("names"),
        }
        self.page.evaluate(f"add({json.dumps(spec)})")
        self.idle()

    def run(self, script: str) -> Any:
        """Run a script, wait until all is drawn, and give what it gave."""
        value = self.page.evaluate(script)
        self.idle()
        return value

    def idle(self) -> None:
        self.page.evaluate("renderer.idle()")

    def pixels(self) -> np.ndarray[Any, Any]:
        """Take a picture: height x width x 3, in device pixels."""
        png = base64.b64encode(self.page.screenshot()).decode()
        width, height, data = self.page.evaluate(DECODE, png)
        flat = np.frombuffer(base64.b64decode(data.split(",")[1]), dtype=np.uint8)
        return flat.reshape(height, width, 4)[:, :, :3].astype(int)

    def color(self, x: int, y: int) -> tuple[int, ...]:
        return tuple(int(part) for part in self.pixels()[y, x])


def _world(point: tuple[float, float]) -> list[int]:
    x, y = point
    return [
        round(MIDDLE[0] + (x - WIDTH / 2) * UNIT),
        round(MIDDLE[1] + (y - HEIGHT / 2) * UNIT),
    ]


def _html() -> str:
    assets, own = files("erdao_geo") / "_assets", files("erdao_geo.page") / "js"
    if not (assets / "flatbush.js").is_file():
        pytest.skip("the assets were built without flatbush; install the package again")
    texts = [(assets / name).read_text("utf-8") for name in ("leaflet.js", "flatbush.js")]
    texts += [(own / f"{name}.js").read_text("utf-8") for name in SCRIPTS]
    texts.append(HARNESS.replace("MIDDLE", json.dumps(MIDDLE)))
    css = (assets / "leaflet.css").read_text("utf-8")
    style = f"<style>{css} html, body, #map {{ margin: 0; height: 100%; background: #fff }}</style>"
    scripts = "".join(f"<script>{text}</script>" for text in texts)
    return f'<!doctype html><meta charset="utf-8">{style}<div id="map"></div>{scripts}'


Opener = Callable[..., Canvas]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opener]:
    contexts = []
    complaints: list[str] = []

    def open_(dpr: float = 1) -> Canvas:
        size = {"width": WIDTH, "height": HEIGHT}
        context = browser.new_context(viewport=size, device_scale_factor=dpr, offline=True)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_content(_html())
        return Canvas(page)

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def _square(x: float, y: float, half: float) -> list[tuple[float, float]]:
    return [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]


def _styled(**more: Any) -> dict[str, Any]:
    return {**STYLE, **more}


def test_a_line_has_its_colour_where_it_lies_and_nowhere_else(opened: Opener) -> None:
    canvas = opened()
    canvas.add("LineString", [[[(100, 300), (700, 300)]]])
    pixels = canvas.pixels()
    coloured = (pixels != 255).any(axis=2)
    assert canvas.color(400, 300) == RED
    assert coloured[298:302, 100:700].all()  # 4 px wide
    assert not coloured[:298].any() and not coloured[302:].any()


def test_a_polygon_is_filled_but_for_its_hole(opened: Opener) -> None:
    canvas = opened()
    rings = [_square(400, 300, 100), _square(400, 300, 40)]
    canvas.add("Polygon", [rings], styles=[_styled(fill="#0000cc")])
    assert canvas.color(330, 300) == BLUE
    assert canvas.color(400, 300) == (255, 255, 255)
    assert canvas.color(300, 300) == RED


def test_a_point_is_a_circle_of_its_radius(opened: Opener) -> None:
    canvas = opened()
    canvas.add("Point", [[[(200, 200)]]], styles=[_styled(fill="#cc0000", radius=20, weight=0)])
    coloured = (canvas.pixels() != 255).any(axis=2)
    assert coloured.sum() == pytest.approx(np.pi * 20**2, rel=0.06)
    assert coloured[200, 182:218].all() and not coloured[200, 222]


def test_dashes_leave_gaps_and_hatches_let_the_ground_through(opened: Opener) -> None:
    canvas = opened()
    canvas.add("LineString", [[[(100, 100), (700, 100)]]], styles=[_styled(dash=[20, 20])])
    canvas.add("Polygon", [[_square(400, 350, 100)]], styles=[_styled(hatch="#0000cc", weight=0)])
    pixels = canvas.pixels()
    share = (pixels[100, 100:700] == RED).all(axis=1).mean()
    assert share == pytest.approx(0.5, abs=0.05)
    inside = pixels[260:440, 310:490]
    assert len(np.unique(inside.reshape(-1, 3), axis=0)) > 2
    assert not (inside == 255).all(axis=2).any()


def test_a_hidden_feature_is_not_drawn_a_dim_one_is_pale_a_lit_one_lies_above(
    opened: Opener,
) -> None:
    canvas = opened()
    canvas.add("LineString", [[[(100, y), (700, y)]] for y in (100, 200, 300)])
    canvas.add("LineString", [[[(400, 50), (400, 550)]]], styles=[_styled(color="#0000cc")])
    assert canvas.color(400, 300) == BLUE
    canvas.run("views[0].mask.set([0, 1, 3]); renderer.redraw()")
    assert canvas.color(200, 100) == (255, 255, 255)
    assert 150 < canvas.color(200, 200)[1] < 255
    assert canvas.color(400, 300) == RED
    assert canvas.color(200, 304) not in [RED, (255, 255, 255)]  # its halo


def test_a_view_that_is_not_visible_is_neither_drawn_nor_hit(opened: Opener) -> None:
    canvas = opened()
    canvas.add("LineString", [[[(100, 300), (700, 300)]]])
    assert canvas.run("renderer.at(L.point(400, 300)).feature") == 0
    canvas.run("views[0].visible = false; renderer.redraw()")
    assert canvas.color(400, 300) == (255, 255, 255)
    assert canvas.run("renderer.at(L.point(400, 300))") is None


def _random(count: int, seed: int) -> list[tuple[str, list[Any], list[BaseGeometry]]]:
    """Make points, lines and polygons all over the window: for the page, and for shapely."""
    random = np.random.default_rng(seed)
    layers: list[tuple[str, list[Any], list[BaseGeometry]]] = []
    for kind, shape in (("Polygon", Polygon), ("LineString", LineString), ("Point", Point)):
        shapes: list[Any] = []
        known: list[BaseGeometry] = []
        for _ in range(count):
            middle = random.uniform((0, 0), (WIDTH, HEIGHT))
            angles = np.sort(random.uniform(0, 2 * np.pi, 9))
            radii = random.uniform(15, 60, 9)[:, None]
            ring = middle + radii * np.column_stack([np.cos(angles), np.sin(angles)])
            points = [tuple(p) for p in (ring if kind != "Point" else [middle])]
            shapes.append([points])
            known.append(shape(points if kind != "Point" else points[0]))
        layers.append((kind, shapes, known))
    return layers


def _nearest(layers: list[tuple[list[BaseGeometry], float]], point: Point) -> Any:
    """Say by brute force what lies at a point: topmost layer, then nearest, then last."""
    for number, (known, reach) in reversed(list(enumerate(layers))):
        beyond = np.maximum(0, shapely.distance(known, point) - (reach - 3))
        if beyond.min() <= 3:
            return [number, int(np.flatnonzero(beyond == beyond.min())[-1])]
    return None


def test_what_lies_under_a_point_is_what_shapely_says(opened: Opener) -> None:
    canvas = opened()
    styles = {"Polygon": _styled(fill="#0000cc"), "LineString": STYLE, "Point": STYLE}
    reach = {"Polygon": 5, "LineString": 5, "Point": 11}  # weight / 2, radius, 3 px of slack
    oracle: list[tuple[list[BaseGeometry], float]] = []
    for kind, shapes, known in _random(40, seed=4):
        canvas.add(kind, shapes, styles=[styles[kind]])
        oracle.append((known, reach[kind]))
    points = np.random.default_rng(5).uniform((0, 0), (WIDTH, HEIGHT), (400, 2)).round(1)
    script = """points => points.map(([x, y]) => {
        const hit = renderer.at(L.point(x, y));
        return hit && [views.indexOf(hit.view), hit.feature];
    })"""
    given = canvas.page.evaluate(script, points.tolist())
    expected = [_nearest(oracle, Point(p)) for p in points]
    assert sum(hit is not None for hit in expected) > 100
    differing = [k for k in range(len(points)) if given[k] != expected[k]]
    assert len(differing) <= 2  # at the very edge: world units are whole numbers


@pytest.mark.parametrize("dpr", [1, 1.25, 2])
def test_a_pan_gives_the_same_picture_as_drawing_all_anew(opened: Opener, dpr: float) -> None:
    canvas = opened(dpr)
    for kind, shapes, _ in _random(120, seed=6):
        many = [[[(2 * x - 400, 2 * y - 300) for x, y in ring] for ring in s] for s in shapes]
        style = _styled(hatch="#0000cc") if kind == "Polygon" else _styled(dash=[7, 6])
        canvas.add(kind, many, styles=[style])
    before = canvas.pixels()
    for by in ([190, 0], [-90, 133], [37, -260]):
        canvas.run(f"map.panBy({by}, {{ animate: false }})")
    panned = canvas.pixels()
    canvas.run("renderer.redraw()")
    differing = np.abs(canvas.pixels() - panned).max(axis=2)
    assert (np.abs(before - panned).max(axis=2) > 100).mean() > 0.05
    assert (differing > 16).mean() < 1e-3  # single pixels at edges: Skia's smoothing knows the clip
    assert differing.max() < 100


def test_a_pan_draws_only_what_comes_in(opened: Opener) -> None:
    canvas = opened()
    canvas.add("LineString", [[[(x, 0), (x, 600)]] for x in range(-400, 1200, 8)])
    canvas.run(
        "var traced = 0; const old = erdaoGeo.draw.paint;"
        "erdaoGeo.draw.paint = (context, frame, rect, found, cut) => {"
        " traced += found.total; return old(context, frame, rect, found, cut); };"
        "map.panBy([200, 0], { animate: false })"
    )
    assert 0 < canvas.run("traced") <= 45


def test_an_animated_zoom_ends_in_the_picture_of_one_that_is_not(opened: Opener) -> None:
    canvas = opened()
    for kind, shapes, _ in _random(40, seed=7):
        canvas.add(kind, shapes)
    canvas.run("map.setZoom(17.25, { animate: false })")
    expected = canvas.pixels()
    canvas.run("map.setZoom(16, { animate: false })")
    canvas.run(  # Leaflet begins with the next frame: until then the map is idle
        "new Promise((done) => map.once('zoomend', done).setZoom(17.25, { animate: true }))"
    )
    assert np.abs(canvas.pixels() - expected).max() <= 3


def test_after_the_window_has_grown_the_canvas_fills_it(opened: Opener) -> None:
    canvas = opened()
    canvas.add("LineString", [[[(-900, 300), (1700, 300)]]])
    canvas.page.set_viewport_size({"width": 1400, "height": 700})
    canvas.page.wait_for_timeout(300)
    canvas.idle()
    row = (canvas.pixels() == RED).all(axis=2).any(axis=0)
    assert row.all() and len(row) == 1400


def test_of_many_small_features_none_is_left_without_a_mark(opened: Opener) -> None:
    canvas = opened()
    random = np.random.default_rng(8)
    middles = random.uniform((10, 10), (WIDTH - 10, HEIGHT - 10), (40_000, 2))
    middles = np.round(middles * UNIT) / UNIT
    shapes = [[[(x, y), (x + 2, y + 1), (x + 1, y + 3)]] for x, y in middles.tolist()]
    canvas.add("Polygon", shapes, styles=[_styled(fill="#0000cc")])
    coloured = (canvas.pixels() != 255).any(axis=2)
    at = np.floor(middles + np.array([1, 1.5])).astype(int)
    assert coloured[at[:, 1], at[:, 0]].all()
    took = canvas.page.evaluate(
        "async () => { const from = performance.now(); renderer.redraw();"
        " await renderer.idle(); return performance.now() - from; }"
    )
    assert took < 1500  # some 60 ms; the machine may be busy


def test_a_cell_has_the_colour_that_most_of_its_features_have(opened: Opener) -> None:
    canvas = opened()
    places = [(100 + x, 300) for x in (0, 400)]
    shapes = [[[places[k % 2], (places[k % 2][0] + 1, 301)]] for k in range(8000)]
    styles = [_styled(color="#cc0000"), _styled(color="#0000cc")]
    style = [(k % 2) if k % 10 else 1 - k % 2 for k in range(8000)]
    canvas.add("LineString", shapes, styles=styles, style=style)
    assert canvas.color(101, 301)[0] > canvas.color(101, 301)[2]
    assert canvas.color(501, 301)[2] > canvas.color(501, 301)[0]


def test_the_largest_features_keep_their_shape_among_many(opened: Opener) -> None:
    canvas = opened()
    random = np.random.default_rng(9)
    shapes = [[[tuple(m), tuple(m + 1)]] for m in random.uniform((0, 400), (800, 600), (9000, 2))]
    canvas.add("LineString", [[[(50, 100), (400, 60), (750, 100)]], *shapes])
    assert canvas.color(400, 61) == RED
    assert canvas.run("renderer.at(L.point(400, 60)).feature") == 0


def test_the_mouse_is_told_what_it_is_over_and_what_it_clicks(opened: Opener) -> None:
    canvas = opened()
    canvas.add("LineString", [[[(100, 300), (700, 300)]]])
    canvas.page.mouse.move(400, 301)
    canvas.page.mouse.click(400, 301)
    canvas.page.mouse.move(400, 400)
    canvas.page.mouse.click(400, 400)
    heard = canvas.run("heard")
    assert heard[0] == ["eg:hover", 0, 0] and ["eg:click", 0, 0] in heard
    assert heard[-2:] == [["eg:hover", -1, None], ["eg:click", -1, None]]


def test_while_leaflet_draw_draws_the_features_are_not_pointed_at(opened: Opener) -> None:
    canvas = opened()
    canvas.add("LineString", [[[(100, 300), (700, 300)]]])
    canvas.run("map.fire('draw:drawstart')")
    canvas.page.mouse.click(400, 301)
    assert canvas.run("heard") == []
    canvas.run("map.fire('draw:drawstop')")
    canvas.page.mouse.click(420, 301)
    assert ["eg:click", 0, 0] in canvas.run("heard")


def test_bounds_are_those_of_the_features_asked_for(opened: Opener) -> None:
    canvas = opened()
    canvas.add("LineString", [[[(0, 0), (100, 100)]], [[(300, 200), (500, 400)]], []])
    script = "b => [map.project(b.getNorthWest(), 16), map.project(b.getSouthEast(), 16)]"
    script += ".map((p) => p.subtract(map.getPixelBounds().min)).map(({ x, y }) => [x, y])"
    some = canvas.page.evaluate(f"({script})(renderer.boundsOf(views[0], [1, 2]))")
    every = canvas.page.evaluate(f"({script})(renderer.boundsOf(views[0]))")
    assert np.allclose(some, [[300, 200], [500, 400]], atol=0.1)
    assert np.allclose(every, [[0, 0], [500, 400]], atol=0.1)
    assert not canvas.run("renderer.boundsOf(views[0], [2]).isValid()")


def test_names_lie_along_their_lines_and_none_covers_another(opened: Opener) -> None:
    canvas = opened()
    lines = [[[(100, 100), (500, 400)]], [[(110, 100), (510, 400)]], [[(600, 500), (620, 500)]]]
    canvas.add("LineString", lines, names=["<b>吉林大路</b>", "自由大路", "短街长名没有地方"])
    names = canvas.run("[...document.querySelectorAll('.eg-name')].map((n) => n.textContent)")
    assert names == ["<b>吉林大路</b>"]
    turned = canvas.run("document.querySelector('.eg-name').style.transform")
    assert float(turned.split("rotate(")[1].rstrip("rad)")) == pytest.approx(np.arctan2(300, 400))


def test_for_print_the_canvas_reaches_beyond_the_window_and_is_finer(opened: Opener) -> None:
    canvas = opened()
    canvas.add("LineString", [[[(-2000, 300), (2800, 300)]]])
    drawn = "[renderer.front.frame.width, renderer.front.frame.dpr]"
    usual = canvas.run(drawn)
    printed = canvas.run(f"dispatchEvent(new Event('beforeprint')); {drawn}")
    assert printed[0] >= 2 * WIDTH and printed[1] == 2
    assert canvas.run(f"dispatchEvent(new Event('afterprint')); {drawn}") == usual
