"""Inspect thousands of damaged files and list what went wrong.

    python benchmarks/fuzz.py --mutants 20000 --workers 2
    python benchmarks/fuzz.py cn/some/seed.shp#123        # one of them again, with its answer

Seeds are the data sets of ../shared/corpus where it is, and one of each format made by
`tests/seeds.py`. A failure is an exception other than ours, over 30 s, a file written outside the
private folder, a folder left behind, a process that died, an answer that does not add up.
Shapefiles and CSV are read in this process, some fifty a second; each of the other formats costs a
child process, so by default one mutant in twenty-five is of those (--child-share). Progress goes to
stderr.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import scene as scenes
from mutants import mutate
from scene import Outcome, Scene, try_mutant
from seeds import IN_PROCESS, Seed, corpus_seeds, made_seeds

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
MEMORY = 8 * 2**30
"""Bytes of address space of a worker: more would be taken from the machine's other work."""
GIVE_UP = 300
"""Seconds after which a worker that its own alarm did not stop is killed."""

Job = tuple[int, int]
"""Place of the seed in the list, and the mutant's number."""


def all_seeds() -> list[Seed]:
    return [*(corpus_seeds(CORPUS) if CORPUS.exists() else []), *made_seeds()]


def jobs(seeds: list[Seed], count: int, *, first: int, child_share: float) -> list[Job]:
    """Deal mutants out evenly over the seeds of each kind, in an order that mixes them."""
    fast = [n for n, seed in enumerate(seeds) if seed.main.lower() in IN_PROCESS]
    slow = [n for n in range(len(seeds)) if n not in set(fast)]
    slowly = round(count * child_share)
    dealt = [(fast[n % len(fast)], first + n // len(fast)) for n in range(count - slowly)]
    dealt += [(slow[n % len(slow)], first + n // len(slow)) for n in range(slowly)]
    random.Random(first).shuffle(dealt)
    return dealt


def _work(pipe: Connection, root: Path) -> None:
    import resource  # noqa: PLC0415 - Windows has none

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    seeds, scene = all_seeds(), Scene(root)
    pipe.send(None)
    while (job := pipe.recv()) is not None:
        pipe.send(try_mutant(seeds[job[0]], job[1], seeds, scene))


class Worker:
    """A process that inspects one mutant after the other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.start()

    def start(self) -> None:
        """Start the process anew."""
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_work, args=(other, self.root), daemon=True)
        self.process.start()
        other.close()
        self.job: Job | None = None
        self.since = time.monotonic()


def run(dealt: list[Job], seeds: list[Seed], workers: int, root: Path) -> Iterator[Outcome]:
    """Have workers take the mutants one by one; a worker that dies is the mutant's failure."""
    waiting = list(reversed(dealt))
    team = [Worker(root / str(n)) for n in range(workers)]
    open_ = len(waiting)
    while open_:
        for pipe in wait([w.pipe for w in team], timeout=5):
            worker = next(w for w in team if w.pipe is pipe)
            outcome = _answer(worker, seeds)
            if outcome is not None:
                open_ -= 1
                yield outcome
            _give(worker, waiting)
        for worker in team:
            if worker.job and time.monotonic() - worker.since > GIVE_UP:
                worker.process.kill()
    for worker in team:
        worker.process.kill()


def _answer(worker: Worker, seeds: list[Seed]) -> Outcome | None:
    try:
        return worker.pipe.recv()
    except EOFError:
        worker.process.join()
        code, job, seconds = worker.process.exitcode, worker.job, time.monotonic() - worker.since
        worker.start()
        if job is None:
            raise SystemExit(f"a worker died with {code} before its first mutant") from None
        seed = seeds[job[0]]
        kinds = mutate(seed, job[1], seeds)[1]
        name = f"{seed.name}#{job[1]}"
        return Outcome(name, kinds, "died", seconds, (f"the process died with {code}",))


def _give(worker: Worker, waiting: list[Job]) -> None:
    worker.job, worker.since = None, time.monotonic()
    if waiting and worker.process.is_alive():
        try:
            worker.pipe.send(waiting[-1])
        except BrokenPipeError:
            return
        worker.job = waiting.pop()


def again(name: str) -> None:
    """Inspect one mutant here, keep its files, and print the answer."""
    seed_name, _, number = name.rpartition("#")
    seeds = all_seeds()
    seed = next(s for s in seeds if s.name == seed_name)
    root = Path(tempfile.mkdtemp(prefix="mutant-"))
    outcome = try_mutant(seed, int(number), seeds, Scene(root))
    print(outcome, f"its files: {root / 'source'}", sep="\n")
    path = root / "source" / f"{Path(seed.name).stem}{seed.main}"
    district = scenes.DISTRICT if int(number) % 2 else None
    inspection = scenes.inspect_file(path, district=district)
    print(json.dumps(scenes.as_dict(inspection), ensure_ascii=False, indent=1)[:4000])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", help="a mutant to inspect again")
    parser.add_argument("--mutants", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant of a seed")
    parser.add_argument("--child-share", type=float, default=1 / 25)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if options.name:
        again(options.name)
        return
    seeds = all_seeds()
    dealt = jobs(seeds, options.mutants, first=options.first, child_share=options.child_share)
    root = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        failed = _report(run(dealt, seeds, options.workers, root), len(dealt))
    finally:
        shutil.rmtree(root, ignore_errors=True)
    sys.exit(1 if failed else 0)


def _report(outcomes: Iterator[Outcome], total: int) -> int:
    """Print each failure as it comes, and the figures in the end."""
    counts: dict[str, Counter[Any]] = {
        "format": Counter(),
        "damage": Counter(),
        "answer": Counter(),
    }
    slowest, failed, started = (0.0, ""), 0, time.monotonic()
    for number, outcome in enumerate(outcomes, start=1):
        counts["format"][Path(outcome.name.rpartition("#")[0]).suffix.lower()] += 1
        counts["damage"].update(set(outcome.kinds) or {"none"})
        counts["answer"][outcome.decision] += 1
        slowest = max(slowest, (outcome.seconds, outcome.name))
        failed += bool(outcome.failures)
        for failure in outcome.failures:
            print(f"FAILED {outcome.name}: {failure} {outcome.kinds}", flush=True)
        if number % 200 == 0 or number == total:
            spent = time.monotonic() - started
            print(f"{number}/{total}, {failed} failed, {spent:.0f} s", file=sys.stderr, flush=True)
    for title, counter in counts.items():
        print(f"{title}: {', '.join(f'{k} {n}' for k, n in counter.most_common())}")
    print(f"slowest: {slowest[0]:.1f} s, {slowest[1]}; {failed} of {total} failed")
    return failed


if __name__ == "__main__":
    main()
