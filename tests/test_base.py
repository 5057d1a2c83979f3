"""Base maps: one host, the right place, and a page that is whole without them."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import prcoords
import pytest
from playwright.sync_api import Browser, Page

from conftest import Visit
from erdao_geo import DefinitionError, PageError, Workspace
from erdao_geo.crs.offset import from_gcj02, to_gcj02
from erdao_geo.page import TOKEN_VARIABLE
from erdao_geo.page.unpack import MOST_TILES
from tiles import DOT, GROUND, dotted, lonlat, mercator, middle, pixels, png, serving

ROOT = Path(__file__).parents[1]
PLACE = (125.41, 43.86)
BLUE = (0, 0, 255)
TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Workspace]:
    """Build a workspace of one blue point, and of a map with the base map that is asked for."""
    for folder in ("layers", "data", "maps"):
        (tmp_path / folder).mkdir()
    (tmp_path / "plan.toml").write_text(
        '[plan]\ntitle = "t"\nadcode = "1"\nyear = 2022\nboundary = "places"\nreport = "r"\n',
        "utf-8",
    )
    (tmp_path / "layers" / "places.toml").write_text(
        'title = "p"\ngeometry = "Point"\nkey = "id"\n[source]\nby = "t"\ndate = 2022-01-01\n'
        '[fields.id]\ntitle = "i"\n[fields.evidence]\n[style]\ncolor = "#0000ff"\nfill = false\n',
        "utf-8",
    )
    point = {"type": "Point", "coordinates": PLACE}
    feature = {
        "type": "Feature",
        "properties": {"id": "1", "evidence": "surveyed"},
        "geometry": point,
    }
    (tmp_path / "data" / "places.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8"
    )

    def with_base(base: str) -> Workspace:
        text = f'title = "m"\nlayers = ["places"]\ntargets = []\n{base}\n'
        (tmp_path / "maps" / "m.toml").write_text(text, "utf-8")
        return Workspace(tmp_path)

    return with_base


@pytest.fixture
def online(browser: Browser) -> Iterator[Callable[[Path], Visit]]:
    """Open a page that reaches this machine, and nothing else; it is drawn when that returns."""
    context = browser.new_context(viewport={"width": 900, "height": 700})
    context.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())

    def open_(path: Path) -> Visit:
        visited = Visit(context.new_page())
        visited.page.on("request", lambda request: visited.requests.append(request.url))
        visited.page.on("console", lambda message: visited.complaints.append(message.text))
        visited.page.on("pageerror", lambda error: visited.complaints.append(str(error)))
        visited.page.goto(path.as_uri(), wait_until="networkidle")
        visited.page.wait_for_timeout(400)  # tiles fade in
        return visited

    yield open_
    context.close()


def off(page: Page, zoom: int, lon: float = PLACE[0], lat: float = PLACE[1]) -> float:
    """Give the px between the feature and the dot of the tiles, both near a place of the map."""
    page.evaluate(f"erdaoGeo.map.setView([{lat}, {lon}], {zoom}, {{ animate: false }})")
    page.wait_for_timeout(1000)
    x, y = page.evaluate(
        """() => { const { left, top, width, height } = erdaoGeo.map.getContainer()
             .getBoundingClientRect(); return [left + width / 2, top + height / 2]; }"""
    )
    picture = pixels(page)[int(y) - 60 : int(y) + 60, int(x) - 60 : int(x) + 60]
    return float(np.hypot(*np.subtract(middle(picture, BLUE), middle(picture, DOT))))


def tiles(url: str, **more: str) -> str:
    table = {"kind": "tiles", "url": url, "attribution": "© test", **more}
    return "[base]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in table.items())


def policy(page: Path) -> str:
    return re.search(r'Content-Security-Policy" content="([^"]*)"', page.read_text("utf-8"))[1]


def pictures_from(page: Path) -> list[str]:
    sources = re.search(r"img-src ([^;]*);", policy(page))[1].split()
    assert sources[:2] == ["data:", "blob:"]
    return sources[2:]


@pytest.mark.parametrize(
    ("base", "host"),
    [
        ("", []),
        ('base = "none"', []),
        ('base = "osm"', ["https://tile.openstreetmap.org"]),
        (f'base = {{ kind = "tianditu", token = "{TOKEN}" }}', ["https://t0.tianditu.gov.cn"]),
        ('base = "gaode"', ["https://webrd01.is.autonavi.com"]),
        ('base = { kind = "gaode", style = "image" }', ["https://webst01.is.autonavi.com"]),
        (tiles("http://gis.lan:8080/a/{z}/{x}/{y}.png"), ["http://gis.lan:8080"]),
        (tiles("tiles/{z}/{x}/{y}.png"), ["'self'"]),
    ],
)
def test_the_policy_opens_one_host_and_only_when_the_map_asks(base, host, make) -> None:
    page = make(base).render("m")
    assert pictures_from(page) == host
    assert "default-src 'none'" in policy(page)
    assert "'self'" not in policy(page).partition("img-src")[0]


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ('base = "satellite"', "base.kind is 'satellite'; input should be 'none', 'osm'"),
        ("base = 5", "base is 5; input should be"),
        (
            'base = { kind = "osm", token = "x1234567" }',
            "token is not for kind 'osm'; it takes: max_zoom",
        ),
        ('base = { kind = "osm", colour = 1 }', "base.colour is unknown"),
        ('base = { kind = "tianditu", token = "a&b=c{z}" }', "base.token is 'a&b=c{z}'; string"),
        ('base = { kind = "gaode", style = "terrain" }', "Gaode has vector and image"),
        ('base = { kind = "osm", min_zoom = 9, max_zoom = 3 }', "min_zoom is 9, above max_zoom 3"),
        ('base = { kind = "osm", max_zoom = 40 }', "base.max_zoom is 40; input should be less"),
        ('base = { kind = "mbtiles" }', "kind 'mbtiles' needs file; add it"),
        ('base = { kind = "tiles", url = "{z}/{x}/{y}" }', "kind 'tiles' needs attribution"),
        (tiles("https://a.b/{z}/{x}.png"), "it lacks {y}, the place of a tile"),
        *(
            (tiles(url), "base: url is")
            for url in (
                "https://{s}.example/{z}/{x}/{y}.png",  # several hosts
                "https://*/{z}/{x}/{y}.png",
                "https://a.b; script-src 'unsafe-inline'/{z}/{x}/{y}.png",
                "https://a.b' *//{z}/{x}/{y}",
                'https://a.b"><script>/{z}/{x}/{y}',
                "https://user:word@a.b/{z}/{x}/{y}",
                "https://a.b:99999/{z}/{x}/{y}",
                "https:///{z}/{x}/{y}",
                "//a.b/{z}/{x}/{y}",
                "javascript:alert({z}{x}{y})",
                "data:text/html,{z}{x}{y}",
                "file:///etc/{z}/{x}/{y}",
                "/etc/{z}/{x}/{y}",
                "../../{z}/{x}/{y}.png",
                "tiles\\{z}/{x}/{y}.png",
                "tiles/{z}/{x}/{y}.png\u2028",
            )
        ),
    ],
)
def test_a_base_map_that_cannot_be_is_named_in_one_line(base, message, make) -> None:
    with pytest.raises(DefinitionError, match=re.escape(message)) as caught:
        make(base)
    assert "\n" not in str(caught.value)


def test_tianditu_asks_for_its_token_and_takes_it_from_the_environment(make, monkeypatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    workspace = make('base = "tianditu"')
    with pytest.raises(
        PageError, match=f"has no token; set the environment variable {TOKEN_VARIABLE}"
    ):
        workspace.render("m")
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    data = page_data(workspace.render("m"))
    assert [url.partition("/wmts")[0] for url in data["urls"]] == [
        "https://t0.tianditu.gov.cn/vec_w",
        "https://t0.tianditu.gov.cn/cva_w",
    ]
    assert all(url.endswith(f"&tk={TOKEN}") for url in data["urls"])


@pytest.mark.parametrize(
    ("style", "layers"), [("vector", "vec cva"), ("image", "img cia"), ("terrain", "ter cta")]
)
def test_tianditu_has_three_maps_in_two_grids(style, layers, make) -> None:
    base = f'kind = "tianditu", token = "{TOKEN}", style = "{style}"'
    for grid in "wc":
        data = page_data(make(f'base = {{ {base}, grid = "{grid}" }}').render("m"))
        assert [url.split("/")[3] for url in data["urls"]] == [
            f"{name}_{grid}" for name in layers.split()
        ]
        assert data["lonlat"] == (grid == "c")


def page_data(page: Path) -> dict[str, object]:
    text = re.search(r'id="eg-data">(.*?)</script>', page.read_text("utf-8"), re.S)[1]
    return json.loads(text)["base"]


@pytest.mark.browser
def test_tiles_come_from_their_server_and_from_nowhere_else(make, online) -> None:
    with serving(dotted(*PLACE, 20)) as (address, asked):
        visited = online(make(tiles(f"{address}/{{z}}/{{x}}/{{y}}.png")).render("m"))
        picture = pixels(visited.page)
    assert asked
    assert [
        url for url in visited.requests if not url.startswith((address, "file:", "data:"))
    ] == []
    assert visited.complaints == []
    assert (picture == GROUND).all(axis=2).mean() > 0.3
    assert visited.page.locator(".eg-base .attribution").inner_text() == "© test"
    assert visited.page.locator(".eg-base .failed").count() == 0


@pytest.mark.browser
def test_where_tiles_fail_the_ground_stays_and_a_note_says_so(make, online) -> None:
    with serving(lambda *_: None) as (address, asked):
        visited = online(make(tiles(f"{address}/{{z}}/{{x}}/{{y}}.png")).render("m"))
        picture = pixels(visited.page)
    assert asked
    assert "底图未能加载" in visited.page.inner_text(".eg-base .failed")
    assert (picture == BLUE).all(axis=2).any()
    visited.page.click("#eg-lang")
    assert "The base map did not load" in visited.page.inner_text(".eg-base .failed")


@pytest.mark.browser
def test_the_note_goes_when_the_tiles_come(make, online) -> None:
    answers = {"tile": None}
    with serving(lambda *_: answers["tile"]) as (address, _):
        page = online(make(tiles(f"{address}/{{z}}/{{x}}/{{y}}.png")).render("m")).page
        assert page.locator(".eg-base .failed").count() == 1
        answers["tile"] = png(np.full((256, 256, 3), 99, np.uint8))
        page.evaluate("erdaoGeo.map.setZoom(erdaoGeo.map.getZoom() - 1, { animate: false })")
        page.wait_for_function("!document.querySelector('.eg-base .failed')")


@pytest.mark.browser
def test_a_hostile_attribution_is_shown_as_written(make, online) -> None:
    hostile = (
        "<img src=x onerror=window.pwned=1></script>{{7*7}}${window.pwned=2}"
        "<a href='javascript:window.pwned=3'>x</a>"
    )
    page = online(make(tiles("t/{z}/{x}/{y}.png", attribution=hostile)).render("m")).page
    assert page.inner_text(".eg-base .attribution") == hostile
    assert page.evaluate("window.pwned") is None


@pytest.mark.browser
def test_over_tiles_in_gcj02_a_feature_lies_on_its_place(make, online) -> None:
    shifted_lat, shifted_lon = prcoords.wgs_gcj(prcoords.Coords(PLACE[1], PLACE[0]))
    with serving(dotted(shifted_lon, shifted_lat, 20)) as (address, _):
        workspace = make(tiles(f"{address}/{{z}}/{{x}}/{{y}}.png", datum="GCJ-02"))
        page = online(workspace.render("m")).page
        assert off(page, 15, shifted_lon, shifted_lat) < 1.5  # px, of 3.4 m
    assert "图形仅为显示而偏移" in page.inner_text(".eg-base .shifted")


@pytest.mark.browser
def test_over_true_tiles_nothing_is_shifted(make, online) -> None:
    with serving(dotted(*PLACE, 20)) as (address, _):
        page = online(make(tiles(f"{address}/{{z}}/{{x}}/{{y}}.png")).render("m")).page
        assert off(page, 15) < 1.5
    assert page.locator(".eg-base .shifted").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("zoom", [6, 9, 12, 15])
def test_tiles_in_longitude_and_latitude_lie_right_on_the_mercator_map(zoom, make, online) -> None:
    with serving(dotted(*PLACE, 20, scheme=lonlat)) as (address, asked):
        url = f"{address}/{{TileMatrix}}/{{TileCol}}/{{TileRow}}.png"
        page = online(make(tiles(url, crs="EPSG:4490")).render("m")).page
        assert off(page, zoom) < 1.5  # px: no sharper can a dot of whole px be told
    column, row = lonlat(*PLACE, zoom)
    assert f"/{zoom}/{int(column)}/{int(row)}.png" in asked


@pytest.mark.browser
def test_the_browser_takes_gcj02_back_as_python_does(make, visit) -> None:
    page = visit(make("").render("m")).page
    true = np.random.default_rng(4).uniform((73, 18), (135, 54), (500, 2))
    there, back = page.evaluate(
        """(places) => { const datum = erdaoGeo.datum({ datum: "GCJ-02" });
             return [places.map(datum.toMap), places.map(datum.toMap).map(datum.fromMap)]; }""",
        true.tolist(),
    )
    np.testing.assert_allclose(there, to_gcj02(true), rtol=0, atol=1e-11)
    np.testing.assert_allclose(back, from_gcj02(to_gcj02(true)), rtol=0, atol=1e-11)
    np.testing.assert_allclose(back, true, rtol=0, atol=1e-10)
    assert page.evaluate("erdaoGeo.datum(null).fromMap([125.5, 43.9])") == [125.5, 43.9]


@pytest.mark.browser
def test_a_folder_of_tiles_shows_without_any_network(make, visit) -> None:
    workspace = make(tiles("tiles/{z}/{x}/{y}.png"))
    for zoom in range(17):
        x, y = (int(part) for part in mercator(*PLACE, zoom))
        for column in (x - 2, x - 1, x, x + 1, x + 2):
            folder = workspace.root / "maps" / "tiles" / str(zoom) / str(column)
            folder.mkdir(parents=True)
            for row in range(y - 2, y + 3):
                (folder / f"{row}.png").write_bytes(dotted(*PLACE, 20)(zoom, column, row))
    visited = visit(workspace.render("m"))
    visited.page.wait_for_timeout(1000)
    assert all(url.startswith("file:") for url in visited.requests)
    assert visited.page.locator(".eg-base .failed").count() == 0
    assert (pixels(visited.page) == GROUND).all(axis=2).mean() > 0.1


def write_mbtiles(path: Path, found: dict[tuple[int, int, int], bytes], **said: str) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE metadata (name text, value text)")
        database.execute(
            "CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)"
        )
        database.executemany("INSERT INTO metadata VALUES (?, ?)", said.items())
        rows = [(z, x, 2**z - 1 - y, tile) for (z, x, y), tile in found.items()]
        database.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    database.close()


def write_pmtiles(path: Path, found: dict[tuple[int, int, int], bytes], **said: str) -> None:
    from pmtiles.tile import Compression, TileType, zxy_to_tileid  # noqa: PLC0415
    from pmtiles.writer import Writer  # noqa: PLC0415

    with path.open("wb") as file:
        writer = Writer(file)
        for (z, x, y), tile in sorted(found.items(), key=lambda item: zxy_to_tileid(*item[0])):
            writer.write_tile(zxy_to_tileid(z, x, y), tile)
        header = {"tile_type": TileType.PNG, "tile_compression": Compression.NONE}
        rest = dict.fromkeys(("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7"), 0)
        rest |= dict.fromkeys(("center_zoom", "center_lon_e7", "center_lat_e7"), 0)
        writer.finalize(header | rest, dict(said))


WRITERS = {"mbtiles": write_mbtiles, "pmtiles": write_pmtiles}
SQUARE = {
    tile: png(np.full((8, 8, 3), n, np.uint8))
    for n, tile in enumerate(
        [(8, *map(int, mercator(*PLACE, 8))), (12, *map(int, mercator(*PLACE, 12))), (12, 0, 0)]
    )
}


@pytest.mark.parametrize("kind", WRITERS)
def test_an_archive_is_unpacked_around_the_district_and_no_further(kind, make) -> None:
    workspace = make(f'base = {{ kind = "{kind}", file = "a.{kind}" }}')
    WRITERS[kind](workspace.root / f"a.{kind}", SQUARE, attribution="<a href='x'>A &amp; B</a>")
    page = workspace.render("m")
    (folder,) = (workspace.root / "maps" / "m").iterdir()
    written = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.png")}
    wanted = {f"{z}/{x}/{y}.png": tile for (z, x, y), tile in SQUARE.items() if x}
    assert written == wanted
    data = page_data(page)
    assert data["urls"] == [f"m/{folder.name}/{{z}}/{{x}}/{{y}}.png"]
    assert data["attribution"]["zh"] == "A & B"
    assert (data["minZoom"], data["maxZoom"]) == (8, 12)


def test_another_archive_takes_the_place_of_the_old_one(make) -> None:
    workspace = make('base = { kind = "mbtiles", file = "a.mbtiles" }')
    write_mbtiles(workspace.root / "a.mbtiles", SQUARE)
    workspace.render("m")
    beside = workspace.root / "maps" / "m"
    (old,) = beside.iterdir()
    (beside / "notes.txt").write_text("mine", "utf-8")
    (workspace.root / "a.mbtiles").unlink()
    write_mbtiles(workspace.root / "a.mbtiles", dict(list(SQUARE.items())[:1]))
    page = workspace.render("m")
    assert not old.exists()
    assert {path.name for path in beside.iterdir()} == {
        "notes.txt",
        page_data(page)["urls"][0].split("/")[1],
    }
    make("").render("m")
    assert [path.name for path in beside.iterdir()] == ["notes.txt"]


def vector(path: Path) -> None:
    write_mbtiles(path, dict.fromkeys(SQUARE, b"\x1f\x8b\x08 gzip of pbf"))


def cut(path: Path) -> None:
    write_mbtiles(path, SQUARE)
    path.write_bytes(path.read_bytes()[:5000])


def cut_pmtiles(path: Path) -> None:
    write_pmtiles(path, SQUARE)
    path.write_bytes(path.read_bytes()[:140])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda _: None, "there is no such archive of tiles"),
        (lambda path: path.write_bytes(b""), "is no MBTiles or PMTiles archive, or a damaged one"),
        (lambda path: path.write_bytes(b"PMTiles\x03"), "is no MBTiles or PMTiles archive"),
        (lambda path: write_mbtiles(path, {}), "it has no tiles"),
        (cut, "is no MBTiles or PMTiles archive, or a damaged one"),
        (cut_pmtiles, "is no MBTiles or PMTiles archive, or a damaged one"),
        (vector, "has no picture (PNG, JPEG, WebP) around the district"),
    ],
)
def test_an_archive_that_cannot_be_used_is_named_in_one_line(spoil, message, make) -> None:
    workspace = make('base = { kind = "mbtiles", file = "a.mbtiles" }')
    spoil(workspace.root / "a.mbtiles")
    with pytest.raises(Exception, match=re.escape(message)) as caught:
        workspace.render("m")
    assert "\n" not in str(caught.value)
    assert not (workspace.root / "maps" / "m.html").exists()


def test_more_tiles_than_a_folder_should_hold_are_refused(make, monkeypatch) -> None:
    monkeypatch.setattr("erdao_geo.page.unpack.MOST_TILES", 3)
    workspace = make('base = { kind = "mbtiles", file = "a.mbtiles" }')
    write_mbtiles(workspace.root / "a.mbtiles", SQUARE)
    with pytest.raises(Exception, match=r"over 3 tiles lie around .*; lower base\.max_zoom"):
        workspace.render("m")
    assert MOST_TILES == 50_000


@pytest.mark.browser
def test_figures_are_the_same_over_any_base_map(tmp_path, visit) -> None:
    for name in ("layers", "data", "maps"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "plan.toml", tmp_path)
    toml = tmp_path / "maps" / "roads.toml"
    plain = toml.read_text("utf-8")
    sizes = []
    for base in ("", 'base = "gaode"\n'):
        toml.write_text(base + plain, "utf-8")
        page = visit(Workspace(tmp_path).render("roads")).page
        sizes.append(
            page.evaluate(
                """() => [erdaoGeo.page.layers.map(({ size }) => [...(size || [])].map(String)),
                         erdaoGeo.page.data.targets]"""
            )
        )
    assert sizes[0] == sizes[1]
    assert all(sizes[0])
