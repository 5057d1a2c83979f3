from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import pyproj
import pytest
import shapely

from erdao_geo.crs import Candidate, CRSVerdict, District, judge_crs
from erdao_geo.importing.picture import candidates_html

DISTRICT = District(
    shapely.box(125.36, 43.76, 125.82, 43.96),
    (("自由大路", shapely.LineString([(125.37, 43.86), (125.42, 43.86)])),),
)
ROADS = np.array(
    [
        shapely.LineString([(125.40, 43.80), (125.45, 43.82)]),
        shapely.Point(125.5, 43.9),
        shapely.box(125.6, 43.8, 125.61, 43.81),
        None,
    ],
    dtype=object,
)


class Tags(HTMLParser):
    """Collects the names and attributes of a page's elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs


def verdict_of(geometries: np.ndarray, declared: int | None = None) -> CRSVerdict:
    crs = pyproj.CRS(declared) if declared else None
    return judge_crs(geometries, declared=crs, declared_by="roads.prj", district=DISTRICT)


def written(crs: int) -> np.ndarray:
    there = pyproj.Transformer.from_crs(4490, crs, always_xy=True)
    return shapely.transform(ROADS, lambda xy: np.column_stack(there.transform(*xy.T)))


def page(title: str = "roads.shp") -> str:
    file = written(4530)
    return candidates_html(title, file, verdict_of(file), DISTRICT)


def test_each_candidate_has_a_map_and_the_option_that_chooses_it() -> None:
    html = page()
    assert Tags(html).names.count("svg") == 3
    for crs in ("EPSG:4530", "EPSG:2366", "EPSG:2418"):
        assert f"<code>--crs {crs}</code>" in html


def test_a_feature_is_drawn_where_it_lies_in_the_outline() -> None:
    lone = np.array([shapely.Point(125.59, 43.86)])  # the middle of the outline
    html = candidates_html("a", lone, verdict_of(lone, 4490), DISTRICT)
    x, y = re.search(r'class="point" d="M(\S+) (\S+?)h0"', html).groups()
    assert (float(x), float(y)) == pytest.approx((180, 130), abs=0.2)


def test_the_maps_are_well_formed() -> None:
    for svg in re.findall(r"<svg.*?</svg>", page(), re.DOTALL):
        assert ET.fromstring(svg).tag == "svg"


def test_nothing_runs_and_nothing_is_fetched() -> None:
    html = page()
    tags = Tags(html)
    assert "default-src 'none'; style-src 'unsafe-inline'" in html
    assert not {"script", "link", "img", "iframe", "image", "use"} & set(tags.names)
    assert not {"href", "src", "onload", "style"} & {name for name, _ in tags.attributes}
    assert "url(" not in html


def test_every_text_is_escaped() -> None:
    evil = "<script>alert(1)</script>\"'&"
    candidate = Candidate("EPSG:4490", evil, "likely", evil)
    verdict = CRSVerdict(
        "EPSG:4490", "likely", "ask", (candidate,), (evil,), problems=((evil, "x" + evil),)
    )
    html = candidates_html(evil, ROADS, verdict, DISTRICT)
    assert "script" not in Tags(html).names
    assert 'aria-label="&lt;script&gt;' in html


def test_a_candidate_that_puts_the_features_elsewhere_says_so() -> None:
    file = written(4530)
    html = candidates_html("a.shp", file, verdict_of(file, 4551), DISTRICT)
    assert "features lie off this map" in html


@pytest.mark.parametrize("geometries", [[], [None, shapely.Point()]])
def test_a_file_without_features_is_drawn_without_them(geometries: list) -> None:
    empty = np.array(geometries, dtype=object)
    html = candidates_html("a.shp", empty, verdict_of(ROADS, 4490), DISTRICT)
    assert "features lie off this map" in html


def test_a_verdict_without_candidates_says_so() -> None:
    verdict = CRSVerdict(None, "unknown", "ask", (), ("none fits",))
    assert "No candidate" in candidates_html("a.dxf", ROADS, verdict, DISTRICT)


def test_many_features_make_no_heavy_page() -> None:
    random = np.random.default_rng(1)
    starts = random.uniform((125.4, 43.8), (125.8, 43.9), (5000, 2))
    steps = random.normal(0, 0.002, (5000, 200, 2)).cumsum(axis=1)
    lines = np.array([shapely.LineString(a + b) for a, b in zip(starts, steps, strict=True)])
    html = candidates_html("a", lines, verdict_of(lines, 4490), DISTRICT)
    assert len(html) < 150_000


def test_the_same_input_gives_the_same_page() -> None:
    assert page() == page()
