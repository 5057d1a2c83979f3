"""A bounded share of the damaged files of `benchmarks/fuzz.py`: each gets an answer."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from erdao_geo.importing import inspect_file
from mutants import mutate
from scene import WRITES, Scene, try_mutant, watched_writes
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


@pytest.mark.slow
def test_damaged_shapefiles_and_tables_get_an_answer(tmp_path: Path) -> None:
    seeds = [seed for seed in _seeds() if seed.main.lower() in IN_PROCESS]
    assert _failures(seeds, 280, tmp_path) == []


@pytest.mark.slow
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
