"""A .prj of the wrong plane that still puts the features in the district.

UTM zone 51N and Gauss-Kruger on 123E are some 2 km apart here. Everything is laid out by
construction: the roads follow the avenues of a made-up town, and PROJ writes them in the planes.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from avenues import roads_along
from erdao_geo.crs import CRSVerdict, District, judge_crs
from erdao_geo.crs.offset import to_gcj02

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "real"
GAUSS_KRUGER, UTM = "EPSG:4550", "EPSG:32651"
STREETS = [125.463, 125.471, 125.483, 125.492, 125.510, 125.526]  # unevenly, as in a town
AVENUES = [43.838, 43.849, 43.864, 43.870, 43.891]
OUTLINE = shapely.box(125.36, 43.76, 125.82, 43.96)
MIDDLE = np.array([shapely.Point(125.5, 43.86)], dtype=object)


def town() -> District:
    down = [(f"街{x}", shapely.LineString([(x, 43.83), (x + 0.001, 43.90)])) for x in STREETS]
    over = [(f"路{y}", shapely.LineString([(125.45, y), (125.54, y + 0.001)])) for y in AVENUES]
    return District(OUTLINE, (*down, *over))


def roads(count: int, *, seed: int = 3) -> np.ndarray:
    """Lay roads along the avenues of the town, a few metres beside them."""
    return roads_along(town(), count, seed=seed)


def written(lonlat: np.ndarray, crs: str) -> np.ndarray:
    """Write geometries in a CRS on its own datum, by PROJ."""
    plane = pyproj.CRS(crs)
    there = pyproj.Transformer.from_crs(plane.geodetic_crs, plane, always_xy=True)
    return shapely.transform(lonlat, lambda xy: np.column_stack(there.transform(*xy.T)))


def judge(file: np.ndarray, declared: str, district: District | None = None) -> CRSVerdict:
    crs = pyproj.CRS(declared)
    return judge_crs(file, declared=crs, declared_by="x.prj", district=district or town())


@pytest.mark.parametrize(("truth", "declared"), [(UTM, GAUSS_KRUGER), (GAUSS_KRUGER, UTM)])
@pytest.mark.parametrize("count", [20, 100])
def test_the_plane_in_which_roads_follow_the_avenues_is_offered_first(
    truth: str, declared: str, count: int
) -> None:
    verdict = judge(written(roads(count), truth), declared)
    assert (verdict.decision, verdict.value) == ("ask", truth)
    assert declared in {each.crs for each in verdict.candidates}
    assert [rule for rule, _ in verdict.problems] == ["crs-contradiction"]


def test_the_question_names_both_planes_how_far_apart_they_are_and_why() -> None:
    read = pyproj.Transformer.from_crs(GAUSS_KRUGER, "EPSG:4490", always_xy=True)
    lon, lat = read.transform(*shapely.get_coordinates(written(MIDDLE, UTM))[0])
    away = pyproj.Geod(ellps="GRS80").inv(125.5, 43.86, lon, lat)[2]
    ((_, message),) = judge(written(roads(40), UTM), GAUSS_KRUGER).problems
    assert message.startswith(f"x.prj says {GAUSS_KRUGER}")
    assert f"UTM zone 51N ({UTM}), some {round(away, -2):.0f} m from there" in message
    assert "lies along 11 known lines" in message


@pytest.mark.parametrize("crs", [UTM, GAUSS_KRUGER, "EPSG:4510"])
@pytest.mark.parametrize("seed", range(8))
def test_a_right_prj_whose_roads_follow_the_avenues_is_certain(crs: str, seed: int) -> None:
    verdict = judge(written(roads(40, seed=seed), crs), crs)
    assert (verdict.decision, verdict.verdict, verdict.value) == ("ready", "certain", crs)


@pytest.mark.parametrize("seed", range(20))
def test_streets_on_no_map_are_believed_where_their_prj_has_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    middles = random.uniform((125.40, 43.80), (125.55, 43.92), (40, 2))
    ends = np.array([(0.004, 0.0) if e else (0.0, 0.003) for e in random.integers(0, 2, 40)])
    streets = [shapely.LineString([m, m + e]) for m, e in zip(middles, ends, strict=True)]
    verdict = judge(written(np.array(streets, dtype=object), UTM), UTM)
    assert (verdict.decision, verdict.value) == ("ready", UTM)


@pytest.mark.parametrize("file", [roads(1), MIDDLE])
def test_where_no_line_tells_the_prj_is_believed_and_the_other_plane_named(file) -> None:
    verdict = judge(written(file, UTM), UTM)
    assert (verdict.decision, verdict.verdict, verdict.value) == ("ready", "likely", UTM)
    assert f"({GAUSS_KRUGER}) 100% would lie in the district too" in verdict.evidence[-1]
    assert "1900 m from there: the known lines cannot tell" in verdict.evidence[-1]


def test_an_older_datum_is_doubted_for_another_plane_too() -> None:
    verdict = judge(written(roads(40), UTM), "EPSG:2438")  # Beijing 1954 on 123E
    assert (verdict.decision, verdict.value) == ("ask", UTM)


def test_a_scale_of_utm_under_the_meridian_of_gauss_kruger_is_doubted() -> None:
    scaled = "+proj=tmerc +lon_0=126 +k=0.9996 +x_0=500000 +ellps=GRS80 +type=crs"
    verdict = judge(written(roads(40), "EPSG:4551"), scaled)
    assert (verdict.decision, verdict.value) == ("ask", "EPSG:4551")


def test_an_older_datum_in_its_own_plane_is_not() -> None:
    verdict = judge(written(roads(40), "EPSG:2438"), "EPSG:2438")
    assert (verdict.decision, verdict.value) == ("ready", "EPSG:2438")


def test_a_web_maps_shift_in_a_plane_is_no_other_plane() -> None:
    file = written(shapely.transform(roads(40), to_gcj02), UTM)
    assert judge(file, UTM).candidates[0].crs == f"{UTM}-gcj-02"


def test_known_lines_outweigh_a_plane_that_puts_a_few_more_inside() -> None:
    """Read as Gauss-Kruger, what lies beyond the border comes 2 km south and into the district."""
    starts = np.linspace(125.45, 125.53, 12)
    beyond = [shapely.LineString([(x, 43.975), (x + 0.003, 43.975)]) for x in starts]
    file = written(np.append(roads(40), beyond), UTM)
    verdict = judge(file, UTM)
    assert (verdict.decision, verdict.value) == ("ready", UTM)
    assert [rule for rule, _ in verdict.problems] == ["some-outside"]


def test_without_known_lines_the_plane_that_puts_all_inside_is_asked_about() -> None:
    starts = np.linspace(125.45, 125.53, 12)
    beyond = [shapely.LineString([(x, 43.975), (x + 0.003, 43.975)]) for x in starts]
    file = written(np.append(roads(40), beyond), UTM)
    assert judge(file, UTM, District(OUTLINE)).value == GAUSS_KRUGER


# ---- real files


def shipped_district() -> District:
    context = gpd.read_file(ROOT / "data" / "context.geojson").dropna(subset="geometry")
    outline = gpd.read_file(ROOT / "data" / "boundary.geojson").geometry.iloc[0]
    return District(outline, tuple(zip(context["name"], context.geometry, strict=True)))


@pytest.mark.parametrize("plane", [UTM, GAUSS_KRUGER])
@pytest.mark.parametrize("path", sorted((ROOT / "data").glob("*.geojson")), ids=lambda p: p.stem)
def test_no_shipped_layer_under_its_own_plane_raises_an_alarm(path: Path, plane: str) -> None:
    known = shipped_district()
    verdict = judge(written(gpd.read_file(path).geometry.to_numpy(), plane), plane, known)
    assert verdict.decision == "ready"


@pytest.mark.skipif(not REAL.is_dir(), reason="../shared is not here")
@pytest.mark.parametrize(("truth", "declared"), [(UTM, GAUSS_KRUGER), (GAUSS_KRUGER, UTM)])
def test_real_roads_tell_the_two_planes_apart_by_the_shipped_avenues(truth, declared) -> None:
    known = shipped_district()
    file = written(
        gpd.read_file(REAL / "erdao_osm_roads_subset_wgs84.geojson").geometry.to_numpy(), truth
    )
    assert judge(file, truth, known).decision == "ready"
    assert (judge(file, declared, known).value, judge(file, declared, known).decision) == (
        truth,
        "ask",
    )
