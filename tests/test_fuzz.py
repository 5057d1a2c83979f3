"""A bounded share of the damaged files of `benchmarks/fuzz.py`: each gets an answer."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import pyproj
import pytest

from erdao_geo.importing import inspect_file
from made import point, write_shp
from mutants import mutate
from scene import DISTRICT, WRITES, Scene, try_mutant, watched_writes
from seeds import IN_PROCESS, Seed, corpus_seeds, made_seeds

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
FIRST = 1_000_000
"""Number of the first mutant of a seed: the full run's are others."""


@cache
def _seeds() -> list[Seed]:
    real = corpus_seeds(CORPUS) if CORPUS.exists() else []
    return [*real, *made_seeds()]


def _failures(seeds: list[Seed], count: int, folder: Path) -> list[str]:
    scene = Scene(folder)
    outcomes = [
        try_mutant(seeds[n % len(seeds)], FIRST + n // len(seeds), _seeds(), scene)
        for n in range(count)
    ]
    return [f"{o.name}: {failure}" for o in outcomes for failure in o.failures]


def test_damaged_shapefiles_and_tables_get_an_answer(tmp_path: Path) -> None:
    seeds = [seed for seed in _seeds() if seed.main.lower() in IN_PROCESS]
    assert _failures(seeds, 280, tmp_path) == []


def test_damaged_files_of_gdal_s_formats_get_an_answer(tmp_path: Path) -> None:
    seeds = [seed for seed in made_seeds() if seed.main not in IN_PROCESS]
    assert _failures(seeds, 2 * len(seeds), tmp_path) == []


@pytest.mark.parametrize("seed", made_seeds(), ids=lambda seed: seed.name)
def test_every_made_file_is_read_when_it_is_whole(seed: Seed, tmp_path: Path) -> None:
    path = Scene(tmp_path).set_up(seed.name, seed.parts, seed.main)
    assert inspect_file(path).decision in ("ready", "ask")


def test_a_mutant_is_the_same_whenever_it_is_made() -> None:
    seed = next(seed for seed in made_seeds() if seed.main == ".shp")
    made = [mutate(seed, number, made_seeds())[0] for number in range(50)]
    assert made == [mutate(seed, number, made_seeds())[0] for number in range(50)]
    assert sum(parts != seed.parts for parts in made) > 45


def test_a_file_written_beside_the_source_is_seen(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    path = scene.set_up("a.shp", {".shp": b"x"}, ".shp")
    before = scene.listing()
    with watched_writes():
        path.with_suffix(".gfs").write_text("", encoding="utf-8")
    assert scene.listing().keys() - before.keys() == {str(path.with_suffix(".gfs"))}
    assert [str(path.with_suffix(".gfs"))] == WRITES


# What the full run found, each in its smallest form.


def test_a_csv_with_two_fields_of_one_name_keeps_both(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("lon,lat,备注,备注\n125.4,43.9,甲,乙\n", encoding="utf-8")
    (verdict,) = inspect_file(path).verdicts
    assert [field.name for field in verdict.fields] == ["lon", "lat", "备注", "备注_2"]
    assert any(problem.rule == "field-renamed" for problem in verdict.problems)


def test_a_csv_of_a_header_alone_has_no_features(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("名称,lon,lat\n", encoding="utf-8")
    assert inspect_file(path).verdicts[0].features == 0


def test_a_wkt_whose_fault_is_told_in_a_cut_character_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"WKT\nPOINT (1 2)\nPOINT (1 {'道' * 400}\n", encoding="utf-8")
    (verdict,) = inspect_file(path).verdicts
    assert [(found.record, found.rule) for found in verdict.source.rejected] == [
        (1, "geometry-unreadable")
    ]


def test_a_line_of_no_part_is_rejected_and_not_taken_for_empty(tmp_path: Path) -> None:
    content = struct.pack("<i4d2I8d", 3, *[0.0] * 4, 0, 4, *[1.0] * 8)
    (verdict,) = inspect_file(write_shp(tmp_path / "a.shp", 3, [content])).verdicts
    assert [found.rule for found in verdict.source.rejected] == ["geometry-damaged"]


def test_a_prj_that_proj_can_make_nothing_of_is_asked_about(tmp_path: Path) -> None:
    path = write_shp(tmp_path / "a.shp", 1, [point(448_000, 4_850_000)])
    wkt = pyproj.CRS("EPSG:4551").to_wkt("WKT1_ESRI").replace("Gauss_Kruger", "Gauss")
    path.with_suffix(".prj").write_text(wkt, encoding="utf-8")
    assert inspect_file(path).decision == "ask"


def test_a_vertex_that_is_no_number_does_not_stop_the_search_for_a_crs(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('WKT\n"LINESTRING (448000 4850000, nan nan, 448100 4850000)"\n', "utf-8")
    assert inspect_file(path, district=DISTRICT).decision in ("ask", "ready")
