"""Read the corpus with erdao-geo and with stock geopandas, and print how each file ended.

    python benchmarks/corpus.py > table.md
    python benchmarks/corpus.py --list        # each file where either is not right

Needs ../shared/corpus. Each file is read in a process of its own, which is killed after 40 s. Both
are judged by the same rules, those of MANIFEST.tsv, with our argued deviations on top (they stand
in tests/test_corpus.py). Stock is `geopandas.read_file(FILE)` as it comes. It is wrong where it
gives nonsense for text, fewer records than there are, numbers that contradict their CRS, a file to
be refused, or none of a file to be read; where it passes a missing CRS on, that is counted apart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from test_corpus import DEVIATIONS, LINES, OTHER_CODECS, Line, codec_of, text_cells

SECONDS = 40

OURS = """
import json, sys
from pathlib import Path
from erdao_geo.importing import inspect_file
answer = inspect_file(Path(sys.argv[1]))
asks = [ask for verdict in answer.verdicts for ask in verdict.asks]
count = sum(verdict.features for verdict in answer.verdicts)
texts = [column.to_pylist() for v in answer.verdicts for column in v.source.table.columns]
print(json.dumps({"decision": answer.decision, "count": count, "asks": asks, "texts": texts[:200]},
                 default=str))
"""
STOCK = """
import json, sys, warnings
warnings.simplefilter("ignore")
import geopandas
table = geopandas.read_file(sys.argv[1])
has_geometry = isinstance(table, geopandas.GeoDataFrame) and table.geometry.notna().any()
texts = [table[name].tolist() for name in table.columns if name != "geometry"]
print(json.dumps({"decision": "ready", "count": len(table), "texts": texts[:200],
                  "crs": getattr(table, "crs", None) is not None, "placed": bool(has_geometry)},
                 default=str))
"""


def read(script: str, line: Line) -> dict[str, Any]:
    """Read a file in a process of its own."""
    command = [sys.executable, "-c", script, str(line.path)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    for _ in range(SECONDS):  # one by one: while all is stopped, none is counted
        with suppress(subprocess.TimeoutExpired):
            out, err = process.communicate(timeout=1)
            break
    else:
        process.kill()
        process.communicate()
        return {"decision": "hang"}
    if process.returncode:
        last = err.strip().splitlines()[-1:] or [""]
        return {"decision": "crash" if process.returncode < 0 else "error", "why": last[0]}
    return dict(json.loads(out))


def expected(line: Line) -> tuple[str, int]:
    """Give what is right: the manifest's line, or ours where that was argued against."""
    if line.file in DEVIATIONS:
        decision, _, count = DEVIATIONS[line.file][0].partition(" ")
        return {"ready": "ACCEPT", "ask": "ASK", "refuse": "REFUSE"}[decision], int(count or 0)
    return line.kind, line.features


def has_right_text(line: Line, got: dict[str, Any]) -> bool:
    """Tell whether the text of a shapefile is what its bytes say."""
    codec = OTHER_CODECS.get(line.file, (codec_of(line),))[0]
    if codec is None:
        return True
    wanted = {_plain(c.decode(codec, "ignore")) for c in text_cells(line) if not c.isascii()}
    there = {_plain(v) for column in got["texts"] for v in column if isinstance(v, str)}
    return wanted <= there


def _plain(text: str) -> str:
    return text.replace("\ufffd", "").strip(" \0")


def judge_ours(line: Line, got: dict[str, Any]) -> str:
    """Say how a file ended with us."""
    kind, count = expected(line)
    decision = got["decision"]
    if decision not in ("ready", "ask", "refuse"):
        return decision
    if kind == "REFUSE" or decision == "refuse":
        return "refused rightly" if kind == "REFUSE" == decision.upper() else "wrong"
    only_crs = all(ask.startswith("--crs") for ask in got["asks"])
    fits = (kind == "ASK") == (decision == "ask") or (decision == "ask" and only_crs)
    if not fits or got["count"] != count or not has_right_text(line, got):
        return "wrong"
    return "asked" if decision == "ask" else "correct"


def judge_stock(line: Line, got: dict[str, Any]) -> str:
    """Say how a file ended with geopandas, which cannot ask."""
    kind, count = expected(line)
    decision = got["decision"]
    if decision == "error":
        return "refused rightly" if kind == "REFUSE" else "wrong: fails on a file to be read"
    if decision != "ready":
        return str(decision)
    if kind == "REFUSE":
        return "wrong: reads a file to be refused"
    tests = (
        (got["count"] != count, "wrong: records or layers are missing"),
        (not has_right_text(line, got), "wrong: text is nonsense"),
        (got["placed"] and not got["crs"], "no CRS, passed on silently"),
        (kind == "ASK", "wrong: a CRS that contradicts the numbers, passed on"),
    )
    return next((words for fails, words in tests if fails), "correct")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the files, too")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    if not LINES:
        raise SystemExit("the corpus (../shared/corpus) is not here")
    with ThreadPoolExecutor(options.workers) as pool:
        ours = list(pool.map(lambda line: read(OURS, line), LINES))
        stock = list(pool.map(lambda line: read(STOCK, line), LINES))
    judged = [judge_ours(line, got) for line, got in zip(LINES, ours, strict=True)]
    stock_judged = [judge_stock(line, got) for line, got in zip(LINES, stock, strict=True)]
    _print_table(Counter(judged), Counter(stock_judged))
    if options.list:
        for line, one, other in zip(LINES, judged, stock_judged, strict=True):
            if "wrong" in one or other not in ("correct", "refused rightly"):
                print(f"- {line.file}: {line.kind} {line.features}; ours {one}; stock {other}")


def _print_table(ours: Counter[str], stock: Counter[str]) -> None:
    rows = ["correct", "asked", "refused rightly", "no CRS, passed on silently"]
    rows += sorted({*ours, *stock} - {*rows})
    print(f"| of {ours.total()} data sets | erdao-geo inspect | geopandas.read_file |")
    print("|---|---:|---:|")
    for row in rows:
        print(f"| {row} | {ours[row]} | {stock[row]} |")
    wrong = [sum(n for k, n in c.items() if k not in rows[:4]) for c in (ours, stock)]
    print(f"| **wrong in all** | **{wrong[0]}** | **{wrong[1]}** |")


if __name__ == "__main__":
    main()
