from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from avenues import roads_along
from erdao_geo.crs import District, judge_crs
from erdao_geo.crs.offset import to_bd09, to_gcj02
from erdao_geo.crs.sentinel import judge_offset

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "real"
SHIPPED = sorted((ROOT / "data").glob("*.geojson"))
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="../shared is not here")

STREETS = [125.363, 125.371, 125.383, 125.392, 125.410, 125.426]  # unevenly, as in a town
AVENUES = [43.858, 43.869, 43.884, 43.890, 43.911]


def _line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(points)


def town() -> District:
    """Make a district whose avenues are known, and whose outline is no rectangle."""
    down = [(f"街{x}", _line((x, 43.85), (x + 0.001, 43.92))) for x in STREETS]
    over = [(f"路{y}", _line((125.35, y), (125.44, y + 0.001))) for y in AVENUES]
    outline = [(125.34, 43.84), (125.45, 43.845), (125.60, 43.80), (125.62, 43.90), (125.47, 43.93)]
    return District(shapely.Polygon([*outline, (125.35, 43.94)]), (*down, *over))


def roads(count: int, *, seed: int = 3) -> np.ndarray:
    """Lay roads along the known avenues of the town, a few metres beside them."""
    return roads_along(town(), count, seed=seed)


def beijing_1954(lonlat: np.ndarray) -> np.ndarray:
    """Write positions in Beijing 1954, by PROJ's set for a neighbouring place."""
    bound = pyproj.CRS("+proj=longlat +ellps=krass +towgs84=12.646,-155.176,-80.863 +type=crs")
    there = pyproj.Transformer.from_crs("EPSG:4326", bound, always_xy=True)
    return np.column_stack(there.transform(*lonlat.T))


PLANTED = [("GCJ-02", to_gcj02), ("BD-09", to_bd09), ("EPSG:4214", beijing_1954)]


@pytest.mark.parametrize(("name", "shift"), PLANTED)
@pytest.mark.parametrize("count", [20, 100])
def test_a_planted_shift_is_named(name: str, shift, count: int) -> None:
    assert judge_offset(shapely.transform(roads(count), shift), town()).value == name


@pytest.mark.parametrize("count", [20, 100])
def test_roads_as_they_are_are_found_so(count: int) -> None:
    assert judge_offset(roads(count), town()).value == "EPSG:4490"


@pytest.mark.parametrize("shift", [lambda xy: xy, to_gcj02, to_bd09, beijing_1954])
def test_one_road_is_too_little_to_tell(shift) -> None:
    assert judge_offset(shapely.transform(roads(1), shift), town()).value is None


@pytest.mark.parametrize(("name", "shift"), PLANTED[:2])
def test_the_outline_alone_tells_a_web_maps_shift(name: str, shift) -> None:
    outline = np.array([shapely.segmentize(town().outline, 0.005)])
    assert judge_offset(shapely.transform(outline, shift), town()).value == name


@pytest.mark.parametrize("seed", range(8))
def test_streets_on_no_map_raise_no_alarm(seed: int) -> None:
    random = np.random.default_rng(seed)
    middles = random.uniform((125.36, 43.85), (125.44, 43.93), (40, 2))
    ends = [(0.004, 0.0) if each else (0.0, 0.003) for each in random.integers(0, 2, 40)]
    streets = [shapely.LineString([m, m + e]) for m, e in zip(middles, np.array(ends), strict=True)]
    assert judge_offset(np.array(streets, dtype=object), town()).value in (None, "EPSG:4490")


def test_points_say_nothing() -> None:
    points = np.array([shapely.Point(125.4, 43.88), shapely.Point(125.5, 43.86)])
    assert judge_offset(points, town()).value is None


def test_an_offset_in_a_file_that_declares_wgs84_is_a_problem_to_ask_about() -> None:
    file = shapely.transform(roads(40), to_gcj02)
    verdict = judge_crs(file, declared=pyproj.CRS(4326), declared_by="GeoJSON", district=town())
    assert (verdict.decision, verdict.candidates[0].crs) == ("ask", "GCJ-02")
    assert [rule for rule, _ in verdict.problems] == ["offset"]


def test_an_offset_in_a_plane_names_the_plane_and_the_shift() -> None:
    there = pyproj.Transformer.from_crs(4490, 4530, always_xy=True)
    shifted = shapely.transform(roads(40), to_gcj02)
    file = shapely.transform(shifted, lambda xy: np.column_stack(there.transform(*xy.T)))
    verdict = judge_crs(file, declared=pyproj.CRS(4530), declared_by="prj", district=town())
    assert verdict.candidates[0].crs == "EPSG:4530-gcj-02"


def test_undeclared_degrees_that_match_the_known_lines_need_no_question() -> None:
    verdict = judge_crs(roads(40), declared=None, declared_by="", district=town())
    assert (verdict.value, verdict.verdict, verdict.decision) == ("EPSG:4490", "certain", "ready")


def test_undeclared_degrees_over_a_web_map_name_it_first() -> None:
    file = shapely.transform(roads(40), to_bd09)
    verdict = judge_crs(file, declared=None, declared_by="", district=town())
    assert (verdict.value, verdict.decision) == ("BD-09", "ask")


def test_beijing_1954_under_the_name_of_cgcs2000_is_found_in_a_plane_too() -> None:
    bound = pyproj.CRS(
        "+proj=tmerc +lon_0=126 +x_0=42500000 +ellps=krass "
        "+towgs84=12.646,-155.176,-80.863 +type=crs"
    )
    there = pyproj.Transformer.from_crs(4326, bound, always_xy=True)
    file = shapely.transform(roads(60), lambda xy: np.column_stack(there.transform(*xy.T)))
    verdict = judge_crs(file, declared=pyproj.CRS(4530), declared_by="prj", district=town())
    assert (verdict.decision, verdict.candidates[0].crs) == ("ask", "EPSG:2418")


# ---- real files


def shipped_district() -> District:
    context = gpd.read_file(ROOT / "data" / "context.geojson").dropna(subset="geometry")
    outline = gpd.read_file(ROOT / "data" / "boundary.geojson").geometry.iloc[0]
    return District(outline, tuple(zip(context["name"], context.geometry, strict=True)))


def real_district() -> District:
    districts = gpd.read_file(REAL / "changchun_districts_tianditu_cgcs2000.geojson")
    outline = districts[districts["adcode"].astype(str) == "220105"].geometry.iloc[0]
    lines = gpd.read_file(REAL / "erdao_osm_roads_subset_wgs84.geojson")
    return District(outline, tuple(zip(lines["name"], lines.geometry, strict=True)))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_no_shipped_layer_raises_an_alarm(path: Path) -> None:
    features = gpd.read_file(path).geometry.to_numpy()
    for district in [shipped_district(), *([real_district()] if REAL.is_dir() else [])]:
        verdict = judge_crs(
            features, declared=pyproj.CRS(4326), declared_by="GeoJSON", district=district
        )
        assert verdict.decision == "ready"
        assert "offset" not in {rule for rule, _ in verdict.problems}


@needs_real
@pytest.mark.parametrize(
    "stem", ["changchun_districts_tianditu_cgcs2000", "erdao_osm_roads_subset_wgs84"]
)
def test_no_real_file_in_our_datum_raises_an_alarm(stem: str) -> None:
    features = gpd.read_file(REAL / f"{stem}.geojson").geometry.to_numpy()
    for district in (shipped_district(), real_district()):
        assert judge_offset(features, district).value in (None, "EPSG:4490")


@needs_real
def test_gaodes_own_outline_of_the_district_is_found_by_tianditus() -> None:
    gaode = gpd.read_file(REAL / "erdao_220105_datav_gcj02.geojson").geometry.to_numpy()
    assert judge_offset(gaode, real_district()).value == "GCJ-02"


@needs_real
@pytest.mark.parametrize(("name", "shift"), PLANTED[:2])
def test_real_roads_over_a_web_map_are_found_by_known_avenues(name: str, shift) -> None:
    osm = gpd.read_file(REAL / "erdao_osm_roads_subset_wgs84.geojson").geometry.to_numpy()
    assert judge_offset(shapely.transform(osm, shift), real_district()).value == name
