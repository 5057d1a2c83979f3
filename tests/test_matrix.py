"""Over the whole matrix of shapefiles an office may send: right, or asked; never silently wrong.

A file is *right* where `inspect` is ready and the import holds the very names, and every vertex
within 1e-6 degrees of the truth; in Beijing 1954 or Xian 1980, whose parameters nobody publishes,
where it is marked approximate and lies within the uncertainty that is said. It is *asked* where
both doors ask and the true answers make it right. All else is *wrong*.

What could have been known: the CRS where the right .prj is there (axes in their order), the
encoding where it, or no other, is declared, or where the bytes are valid in no other encoding that
is usual or declared (`matrix.Truth`).
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest

import matrix
from erdao_geo import CRSError, SourceError, Workspace
from erdao_geo.importing import Inspection
from matrix import DATUM_MOVES, Case, Truth, every_case, sampled, write_case
from small import EMPTY, make_workspace

DEGREES = 1e-6
SHARES = 12  # of the whole matrix, a minute or two each
METRES = np.array([80_400, 111_100])  # of a degree here


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Make a workspace that waits for no disk: what a crash leaves is `test_crash`'s affair."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield make_workspace(tmp_path_factory.mktemp("matrix"))


def imported(workspace: Workspace, path: Path, **answers: Any) -> list[dict[str, Any]]:
    """Import into an empty layer, and give its features as they stand in the file."""
    data = workspace.root / "data" / "lines.geojson"
    data.write_text(EMPTY, "utf-8")
    shutil.rmtree(workspace.root / ".erdao-geo", ignore_errors=True)
    opened = Workspace(workspace.root)
    key = "field" if path.with_suffix(".dbf").exists() else "geometry"
    opened.import_file("lines", path, constants={"evidence": "surveyed"}, key=key, **answers)
    return json.loads(data.read_text("utf-8"))["features"]


def fault(features: list[dict[str, Any]], case: Case, truth: Truth) -> str:
    """Say what is not as it must be; nothing where all is."""
    if len(features) != case.rows:
        return f"{len(features)} of {case.rows} features"
    if case.has_table and [f["properties"]["name"] for f in features] != truth.names:
        return f"names: {features[0]['properties']['name']} for {truth.names[0]}"
    evidence = {f["properties"]["evidence"] for f in features}
    if (evidence == {"approximate"}) != (case.epsg in DATUM_MOVES):
        return f"evidence {evidence}"
    lines = [np.array(f["geometry"]["coordinates"]) for f in features]
    if case.has_table:
        pairs = list(zip(lines, truth.lines, strict=True))
    else:  # their keys are by geometry, so their order is none
        pairs = [(min(lines, key=lambda line, w=w: _distance(line, w)), w) for w in truth.lines]
    off = max(_distance(one, other) for one, other in pairs)
    reach = 100 if case.epsg in DATUM_MOVES else DEGREES * METRES.min()
    return f"{off:.3f} m off" if off > reach else ""


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    if one.shape != other.shape:
        return np.inf
    return float(np.abs((one - other) * METRES).max())


def outcome(workspace: Workspace, folder: Path, case: Case) -> str:
    """Send a case through both doors: right, asked, asked though known, or wrong with the fault."""
    for old in folder.iterdir():
        old.unlink()
    truth = write_case(folder, case)
    answers = asked_of(workspace.inspect(truth.path), case)
    if answers:
        unasked = ask_at_import(workspace, truth.path, answers)
        if unasked:
            return f"wrong: {unasked}"
    found = fault(imported(workspace, truth.path, **answers), case, truth)
    if found:
        return f"wrong: {found}" + (", as answered" if answers else "")
    known = ("crs" in answers and truth.crs_knowable) or (
        "encoding" in answers and truth.encoding_knowable
    )
    return "right" if not answers else "asked though known" if known else "asked"


def asked_of(inspection: Inspection, case: Case) -> dict[str, str]:
    """Give the true answers to what is asked."""
    asks = " ".join(ask for verdict in inspection.verdicts for ask in verdict.asks)
    truth = {"encoding": "UTF-8" if case.encoding == "utf-8" else "GB18030", "crs": case.crs}
    return {name: answer for name, answer in truth.items() if f"--{name}" in asks}


def ask_at_import(workspace: Workspace, path: Path, answers: dict[str, str]) -> str:
    """Say what is wrong with how the import asks; nothing where it does so as it should."""
    try:
        imported(workspace, path)
    except (CRSError, SourceError) as error:
        asked = f"--{next(iter(answers))}" in str(error) and "\n" not in str(error)
        return "" if asked else str(error)
    return "inspect asks and import does not"


def require_trust(workspace: Workspace, folder: Path, cases: list[Case]) -> Counter[str]:
    outcomes = {case: outcome(workspace, folder, case) for case in cases}
    wrong = {case: said for case, said in outcomes.items() if said.startswith("wrong")}
    assert not wrong, f"{len(wrong)}: {dict(list(wrong.items())[:5])}"
    counts = Counter(outcomes.values())
    knowable = counts["right"] + counts["asked though known"]
    assert counts["asked though known"] < 0.05 * knowable, counts
    return counts


def test_a_sample_of_the_matrix_is_right_or_asked(workspace: Workspace, tmp_path: Path) -> None:
    counts = require_trust(workspace, tmp_path, sampled(150, seed=3))
    assert min(counts["right"], counts["asked"]) > 25


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_the_whole_matrix_is_right_or_asked(
    share: int,
    workspace: Workspace,
    tmp_path: Path,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    cases = every_case()
    random.Random(7).shuffle(cases)  # every share holds something of everything
    counts = require_trust(workspace, tmp_path, cases[share::SHARES])
    record_testsuite_property(f"outcomes of share {share}", dict(counts))  # with --junitxml
    assert min(counts["right"], counts["asked"]) > 100


@pytest.mark.parametrize("told", [2366, 2418])
def test_a_prj_of_another_datum_on_the_same_plane_is_marked_approximate(
    told: int, workspace: Workspace, tmp_path: Path
) -> None:
    """Numbers cannot tell CGCS2000 from an older datum; what is said of the old one is a doubt."""
    case = Case("gbk", "right", "right", 5, 6, "3-degree zone 42", "right", "whole")
    truth = write_case(tmp_path, case)
    truth.path.with_suffix(".prj").write_text(pyproj.CRS(told).to_wkt("WKT1_ESRI"), "ascii")
    features = imported(workspace, truth.path)
    assert {f["properties"]["evidence"] for f in features} == {"approximate"}


def test_a_prj_of_a_plane_2_km_away_is_asked_about_where_the_avenues_tell(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix, "_anywhere", matrix._along_avenues)
    case = Case("utf-8", "right", "zero", 100, 6, "UTM 51N", "right", "whole")
    truth = write_case(tmp_path, case)
    assert not fault(imported(workspace, truth.path), case, truth)
    truth.path.with_suffix(".prj").write_text(pyproj.CRS(4510).to_wkt("WKT1_ESRI"), "ascii")
    with pytest.raises(CRSError, match="--crs EPSG:32651 "):
        imported(workspace, truth.path)
