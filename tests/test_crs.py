from __future__ import annotations

import itertools
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from erdao_geo.crs import TOLERABLE, CRSVerdict, District, judge_crs, mover
from erdao_geo.crs.families import _CODES
from erdao_geo.crs.offset import to_bd09, to_gcj02
from erdao_geo.errors import CRSError

SHARED = Path(__file__).parents[2] / "shared"
NO_PRJ = SHARED / "corpus" / "derived" / "crs_no_prj"
OUTLINE = shapely.box(125.36, 43.76, 125.82, 43.96)
DISTRICT = District(OUTLINE)
GEOD = pyproj.Geod(ellps="GRS80")

PLANES = ["EPSG:4530", "EPSG:4551", "EPSG:4529", "EPSG:4499", "EPSG:4510", "EPSG:2366"]
PLANES += ["EPSG:2387", "EPSG:2418", "EPSG:2439", "EPSG:32651", "EPSG:32652", "EPSG:3857"]
VARIANTS = [*PLANES, "EPSG:4490"]
TWINS = {  # the same plane on another datum: no number tells them apart
    frozenset({"EPSG:4530", "EPSG:2366", "EPSG:2418"}),
    frozenset({"EPSG:4551", "EPSG:2387", "EPSG:2439"}),
}


def roads() -> np.ndarray:
    """Lay 24 short roads over the whole district, up to its edges."""
    middles = itertools.product(np.linspace(125.365, 125.81, 6), np.linspace(43.762, 43.955, 4))
    lines = [[(x, y), (x + 0.004, y + 0.002), (x + 0.006, y + 0.001)] for x, y in middles]
    return np.array([shapely.LineString(line) for line in lines], dtype=object)


def written(lonlat: np.ndarray, crs: str) -> np.ndarray:
    """Write geometries in a CRS on its own datum, by PROJ."""
    plane = pyproj.CRS(crs)
    there = pyproj.Transformer.from_crs(plane.geodetic_crs, plane, always_xy=True)
    return shapely.transform(lonlat, lambda xy: np.column_stack(there.transform(*xy.T)))


def judge(geometries: np.ndarray, declared: str | None = None, **options: object) -> CRSVerdict:
    crs = pyproj.CRS(declared) if declared else None
    options = {"district": DISTRICT, **options}
    return judge_crs(geometries, declared=crs, declared_by="roads.prj", **options)


def off(geometries: np.ndarray, crs: str, truth: np.ndarray) -> float:
    """Measure how many metres a CRS puts the geometries from the truth, at worst."""
    xy, true = shapely.get_coordinates(geometries), shapely.get_coordinates(truth)
    bounds = (*xy.min(axis=0).tolist(), *xy.max(axis=0).tolist())
    found = mover(crs, extent=bounds)(xy)
    return float(np.max(GEOD.inv(*found.T, *true.T)[2])) if np.isfinite(found).all() else np.inf


# ---- nothing declared


@pytest.mark.parametrize("crs", VARIANTS)
def test_without_a_declared_crs_the_truth_is_among_the_candidates_and_asked_for(crs: str) -> None:
    file = written(roads(), crs)
    verdict = judge(file)
    assert verdict.decision == "ask"
    assert min(off(file, each.crs, roads()) for each in verdict.candidates) < 0.001


@pytest.mark.parametrize("crs", PLANES)
def test_the_likeliest_candidate_is_of_the_true_family(crs: str) -> None:
    file = written(roads(), crs)
    assert off(file, judge(file).candidates[0].crs, roads()) < 100


@pytest.mark.parametrize("crs", ["EPSG:4530", "EPSG:4551", "EPSG:4490"])
def test_swapped_axes_are_found(crs: str) -> None:
    file = shapely.transform(written(roads(), crs), lambda xy: xy[:, ::-1])
    assert judge(file).value == f"{crs}-swapped"
    assert off(file, f"{crs}-swapped", roads()) < 0.001


def test_a_longitude_with_the_wrong_sign_is_found() -> None:
    file = shapely.transform(roads(), lambda xy: xy * (-1, 1))
    assert judge(file).value == "EPSG:4490-negated"
    assert off(file, "EPSG:4490-negated", roads()) < 0.001


def test_a_certain_zone_says_how_far_the_other_datums_are() -> None:
    evidence = " ".join(judge(written(roads(), "EPSG:4530")).evidence)
    assert "zone certain, datum assumed CGCS2000" in evidence
    assert "Beijing 1954 would move it by some 85 m, Xian 1980 by some 55 m" in evidence
    assert "--crs EPSG:4530, --crs EPSG:2366, --crs EPSG:2418" in evidence


def test_local_drawing_coordinates_fit_nothing_and_are_asked_about() -> None:
    drawing = shapely.transform(written(roads(), "EPSG:4551"), lambda xy: xy - (400_000, 4_850_000))
    verdict = judge(drawing)
    assert (verdict.value, verdict.verdict, verdict.decision) == (None, "unknown", "ask")
    assert "local" in verdict.evidence[0]


def test_degrees_without_district_are_a_stated_guess() -> None:
    verdict = judge(roads(), district=None)
    assert (verdict.value, verdict.verdict, verdict.decision) == ("EPSG:4490", "likely", "ready")
    assert "guessed" in verdict.evidence[0]


def test_metres_without_district_are_never_taken_as_degrees() -> None:
    verdict = judge(written(roads(), "EPSG:4551"), district=None)
    assert (verdict.value, verdict.decision) == (None, "ask")


def test_the_numbers_of_a_drawing_are_not_guessed_to_be_degrees() -> None:
    verdict = judge(np.array([shapely.Point(10, 20)]), district=None, drawing=True)
    assert (verdict.value, verdict.decision) == (None, "ask")


@pytest.mark.parametrize("geometries", [[], [None, None], [shapely.Point(), None]])
def test_a_file_without_coordinates_leaves_nothing_to_ask(geometries: list) -> None:
    assert judge(np.array(geometries, dtype=object)).decision == "ready"


def test_degrees_in_the_district_offer_the_web_maps_shifts() -> None:
    offered = [each.crs for each in judge(roads()).candidates]
    assert {"EPSG:4490", "GCJ-02", "BD-09", "EPSG:4214", "EPSG:4610"} <= set(offered)


# ---- a declared CRS


@pytest.mark.parametrize("crs", ["EPSG:4530", "EPSG:4551", "EPSG:4510", "EPSG:32651", "EPSG:4490"])
def test_a_declared_crs_that_fits_is_certain(crs: str) -> None:
    verdict = judge(written(roads(), crs), crs)
    assert (verdict.value, verdict.verdict, verdict.decision) == (crs, "certain", "ready")
    assert not verdict.problems


def test_a_certain_plane_still_names_what_its_numbers_would_fit_as_well() -> None:
    site = roads()[9:10]
    others = judge(written(site, "EPSG:4510"), "EPSG:4510").candidates[1:]
    assert {"EPSG:32651", "EPSG:2438"} <= {each.crs for each in others}
    assert {each.verdict for each in others} == {"unknown"}


def test_a_modern_datum_of_elsewhere_is_near_enough_not_to_be_marked() -> None:
    verdict = judge(
        written(roads(), "EPSG:4530"), "+proj=tmerc +lon_0=126 +x_0=42500000 +ellps=GRS80 +type=crs"
    )
    assert 0 < verdict.uncertainty <= TOLERABLE
    assert "marked approximate" not in " ".join(verdict.evidence)


@pytest.mark.parametrize(
    ("truth", "declared"),
    [
        (truth, declared)
        for truth, declared in itertools.permutations(VARIANTS, 2)
        if not any({truth, declared} <= twins for twins in TWINS)
    ],
)
def test_a_wrong_declared_crs_is_asked_about_and_the_truth_offered(truth, declared) -> None:
    file = written(roads(), truth)
    verdict = judge(file, declared)
    assert verdict.decision == "ask"
    assert any(rule == "crs-contradiction" for rule, _ in verdict.problems)
    assert min(off(file, each.crs, roads()) for each in verdict.candidates) < 100


@pytest.mark.parametrize(
    ("crs", "metres"),
    [("EPSG:2418", 100), ("EPSG:2387", 60), ("EPSG:4214", 100), ("EPSG:4778", 100)],
)
def test_a_datum_without_a_known_shift_is_never_passed_on_as_right(crs: str, metres: float) -> None:
    verdict = judge(written(roads(), crs), crs)
    assert (verdict.verdict, verdict.decision) == ("likely", "ready")
    assert verdict.uncertainty == metres
    assert "marked approximate unless you give --datum-shift" in verdict.evidence[-1]


def test_a_declared_crs_with_parameters_of_its_own_is_no_guess() -> None:
    bound = "+proj=longlat +ellps=krass +towgs84=15.8,-154.4,-82.3 +type=crs"
    verdict = judge(roads(), bound)
    assert (verdict.verdict, verdict.uncertainty) == ("certain", 0)


def test_a_right_declared_crs_elsewhere_in_the_world_is_certain() -> None:
    paris = np.array([shapely.Point(652_000, 6_862_000)])
    verdict = judge(paris, "EPSG:2154", district=None)
    assert (verdict.decision, verdict.value) == ("ready", "EPSG:2154")


def test_features_that_lie_elsewhere_are_a_problem_and_go_on_feature_by_feature() -> None:
    far = shapely.transform(roads(), lambda xy: xy + np.array([5, 3]))
    verdict = judge(far, "EPSG:4490")
    assert (verdict.verdict, verdict.decision) == ("likely", "ready")
    assert [rule for rule, _ in verdict.problems] == ["outside-district"]


def test_a_few_features_outside_are_a_problem_of_theirs() -> None:
    mixed = roads()
    mixed[3] = shapely.transform(mixed[3], lambda xy: xy * (-1, 1))
    verdict = judge(mixed, "EPSG:4490")
    assert (verdict.decision, verdict.problems[0][0]) == ("ready", "some-outside")
    assert verdict.problems[0][1].startswith("1 of 24")


def test_a_plan_of_the_whole_city_is_not_outside() -> None:
    city = np.array([shapely.box(124.5, 43.2, 126.6, 44.6)])
    assert judge(city, "EPSG:4490").problems == ()


@pytest.mark.parametrize("declared", ["EPSG:2435", "EPSG:3857", "EPSG:32651"])
def test_degrees_under_the_name_of_a_plane_are_a_contradiction(declared: str) -> None:
    verdict = judge(roads(), declared, district=None)
    assert (verdict.value, verdict.decision) == ("EPSG:4490", "ask")
    assert verdict.problems[0][0] == "crs-contradiction"


def test_an_engineering_crs_is_asked_about() -> None:
    wkt = 'LOCAL_CS["City grid",UNIT["metre",1],AXIS["E",EAST],AXIS["N",NORTH]]'
    verdict = judge(np.array([shapely.Point(1000, 2000)]), wkt, district=None)
    assert verdict.decision == "ask"


def test_no_srs_of_a_geopackage_counts_as_none() -> None:
    wkt = 'GEOGCS["Undefined geographic SRS",DATUM["unknown",SPHEROID["unknown",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'  # noqa: E501
    assert "no CRS is declared" in judge(roads(), wkt, district=None).evidence[0]


def test_the_field_names_of_datav_mean_gcj02() -> None:
    file = shapely.transform(roads(), to_gcj02)
    fields = ["adcode", "name", "childrenNum", "acroutes"]
    verdict = judge(file, "EPSG:4326", field_names=fields)
    assert (verdict.decision, verdict.candidates[0].crs) == ("ask", "GCJ-02")
    assert [rule for rule, _ in verdict.problems] == ["offset"]


def test_wild_coordinates_do_not_hide_where_the_rest_lies() -> None:
    file = np.append(roads(), [shapely.Point(1.797e308, 1.797e308), None])
    assert judge(file, "EPSG:4490").value == "EPSG:4490"
    assert judge(file, "EPSG:4490").decision == "ready"


@pytest.mark.skipif(not NO_PRJ.is_dir(), reason="../shared is not here")
@pytest.mark.parametrize(
    ("stem", "truth"),
    [
        ("roads_bd09", "BD-09"),
        ("roads_gcj02", "GCJ-02"),
        ("roads_lonlat_cgcs2000", "EPSG:4490"),
        ("roads_epsg2387", "EPSG:2387"),
        ("roads_epsg32651", "EPSG:32651"),
        ("roads_epsg3857", "EPSG:3857"),
        ("roads_epsg4499", "EPSG:4499"),
        ("roads_epsg4510", "EPSG:4510"),
    ],
)
def test_the_derived_files_are_asked_about_with_the_truth_offered(stem: str, truth: str) -> None:
    file = gpd.read_file(NO_PRJ / f"{stem}.shp").geometry.to_numpy()
    outline = gpd.read_file(Path(__file__).parents[1] / "data" / "boundary.geojson").geometry[0]
    verdict = judge(file, district=District(outline))
    there = shapely.transform(file, mover(truth))
    assert verdict.decision == "ask"
    assert min(off(file, each.crs, there) for each in verdict.candidates) < 0.001


# ---- moving


@pytest.mark.parametrize(
    ("index", "width", "prefix"), [(0, 3, True), (1, 3, False), (2, 6, True), (3, 6, False)]
)
@pytest.mark.parametrize("datum", ["CGCS2000", "Xian 1980", "Beijing 1954"])
def test_the_codes_of_the_zones_are_those_of_epsg(datum, index, width, prefix) -> None:
    zones = range(25, 46) if width == 3 else range(13, 24)
    for number, zone in enumerate(zones):
        crs = pyproj.CRS.from_epsg(_CODES[datum][index] + number)
        meridian = zone * 3 if width == 3 else zone * 6 - 3
        kind = "3-degree " if width == 3 else ""
        place = f"zone {zone}" if prefix else f"CM {meridian}E"
        assert crs.name == f"{datum} / {kind}Gauss-Kruger {place}"


@pytest.mark.parametrize(("crs", "shift"), [("GCJ-02", to_gcj02), ("BD-09", to_bd09)])
def test_a_web_maps_positions_are_taken_back(crs: str, shift) -> None:
    assert off(shapely.transform(roads(), shift), crs, roads()) < 1e-4


def test_a_plane_drawn_over_a_web_map_is_taken_back() -> None:
    file = written(shapely.transform(roads(), to_gcj02), "EPSG:3857")
    assert off(file, "EPSG:3857-gcj-02", roads()) < 1e-4


def test_seven_parameters_move_as_proj_does_with_towgs84() -> None:
    values = (15.8, -154.4, -82.3, 0.5, -0.3, 0.2, 1.5)
    text = ",".join(map(str, values))
    bound = pyproj.CRS(f"+proj=longlat +ellps=krass +towgs84={text} +type=crs")
    proj = pyproj.Transformer.from_crs(bound, "EPSG:4326", always_xy=True)
    xy = shapely.get_coordinates(roads())
    moved = mover("EPSG:4214", datum_shift=values)(xy)
    assert float(np.max(GEOD.inv(*moved.T, *proj.transform(*xy.T))[2])) < 0.001


@pytest.mark.parametrize("count", [1, 2, 6, 8])
def test_parameters_that_are_neither_three_nor_seven_are_refused(count: int) -> None:
    with pytest.raises(CRSError, match="give 3"):
        mover("EPSG:2418", datum_shift=[1.0] * count)


def surveyed(crs: str, count: int) -> np.ndarray:
    """Make control points whose datum is shifted as PROJ's set for a neighbouring place has it."""
    true = np.array([[125.40, 43.80], [125.75, 43.93], [125.50, 43.90], [125.70, 43.78]])[:count]
    there = mover(crs, datum_shift=(15.8, -154.4, -82.3))
    plane = pyproj.CRS(crs)
    start = pyproj.Transformer.from_crs(plane.geodetic_crs, plane, always_xy=True)
    xy = np.column_stack(start.transform(*true.T))
    return np.column_stack([xy, there(xy)])


@pytest.mark.parametrize("crs", ["EPSG:2418", "EPSG:2439", "EPSG:4214"])
def test_control_points_do_what_the_datums_parameters_would(crs: str) -> None:
    control = surveyed(crs, 4)
    xy = written(roads(), crs)
    inner = shapely.get_coordinates(xy)
    true = mover(crs, datum_shift=(15.8, -154.4, -82.3))(inner)
    fitted = mover(crs, control=control)
    assert float(np.max(GEOD.inv(*fitted(inner).T, *true.T)[2])) < 0.05
    assert "4 control points" in fitted.notes[0]


def test_two_control_points_say_that_nothing_checks_them() -> None:
    fitted = mover("EPSG:2418", control=surveyed("EPSG:2418", 2))
    assert "nothing to check" in fitted.notes[0]
    assert fitted.uncertainty == 5


def test_one_control_point_is_refused() -> None:
    with pytest.raises(CRSError, match="two or more"):
        mover("EPSG:2418", control=surveyed("EPSG:2418", 1))


def test_a_control_point_that_disagrees_is_named() -> None:
    control = surveyed("EPSG:2418", 4)
    control[2, 0] += 60
    with pytest.raises(CRSError, match=r"disagree by up to .* point 3"):
        mover("EPSG:2418", control=control)


def test_control_points_of_another_crs_are_refused() -> None:
    control = surveyed("EPSG:2418", 2)
    control[:, :2] *= 1.01
    with pytest.raises(CRSError, match="scale"):
        mover("EPSG:2418", control=control)


def test_control_points_with_latitude_first_are_refused() -> None:
    with pytest.raises(CRSError, match="x, y, lon, lat"):
        mover("EPSG:2418", control=surveyed("EPSG:2418", 3)[:, [0, 1, 3, 2]])


def test_a_local_plane_is_tied_to_the_ground_by_control_points() -> None:
    turned = written(roads(), "EPSG:4551")
    drawing = shapely.transform(
        turned, lambda xy: (xy - (450_000, 4_850_000)) @ np.array([[0.6, 0.8], [-0.8, 0.6]])
    )
    xy, true = shapely.get_coordinates(drawing)[::9], shapely.get_coordinates(roads())[::9]
    tied = mover("local", control=np.column_stack([xy, true]))
    assert float(np.max(GEOD.inv(*tied(xy).T, *true.T)[2])) < 2


def test_coordinates_that_do_not_fit_come_out_infinite_and_warn_of_nothing() -> None:
    assert not np.isfinite(mover("EPSG:4551")(np.array([[42e6, 4.85e6]]))).any()


def test_an_unknown_crs_is_refused_with_the_way_out() -> None:
    with pytest.raises(CRSError, match="name it like EPSG:4551"):
        mover("EPSG:999999")
