"""Train all cases while they are watched, and keep what was seen.

`python -m benchmarks.faultbench.run` runs everything that is not stored yet, about an hour on one slow core;
`--only 'fault: softmax*'` a corner of it. `--processes 2` runs two at a time, with one thread each.
"""

import argparse
import os
import random
import time
import warnings
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from fnmatch import fnmatch
from multiprocessing import get_context
from pathlib import Path

STORE = Path("logs/faultbench")
Job = tuple[str, int, Path]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=STORE, metavar="FOLDER", help="where runs are kept")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="names of cases, or a group")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--again", action="store_true", help="also what is stored already")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    jobs = wanted(given.only, range(given.seeds), given.out, given.again)
    print(f"{len(jobs)} runs")
    run_all(jobs, given.processes)


def wanted(only: str, seeds: Iterable[int], folder: Path, again: bool) -> list[Job]:
    """What is to be run: one seed of all before the next, and groups mixed, so that a part tells of the whole."""
    from benchmarks.faultbench.cases import cases
    from benchmarks.faultbench.stored import path_of

    chosen = [case.name for case in cases().values() if fnmatch(case.name, only) or case.group == only]
    random.Random(0).shuffle(chosen)
    chosen.sort(key=lambda name: not name.startswith("twin: "))  # without it a fault is not known to be one
    jobs = [(name, seed, folder) for seed in seeds for name in chosen]
    return [job for job in jobs if again or not path_of(folder, cases()[job[0]], job[1]).exists()]


def run_all(jobs: list[Job], processes: int) -> None:
    """A process that dies takes its run along and no other's result."""
    os.environ["OMP_NUM_THREADS"] = "1"
    if processes == 1:
        for job in jobs:
            print(run_one(*job), flush=True)
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        for done in as_completed([pool.submit(run_one, *job) for job in jobs]):
            print(done.result(), flush=True)


def run_one(name: str, seed: int, folder: Path) -> str:
    """Run one case and keep it; a line about it."""
    import torch

    from benchmarks.faultbench.cases import cases
    from benchmarks.faultbench.store import Run, save
    from benchmarks.faultbench.stored import path_of

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    case, began = cases()[name], time.perf_counter()
    try:
        trained = case.train(seed)
        run = Run(name, case.group, seed, dict(trained.seen), trained.left, case.learns_below)
    except Exception as error:  # a run that breaks is a result too
        run = Run(name, case.group, seed, {}, float("inf"), case.learns_below, f"{type(error).__name__}: {error}")
    save(run, path_of(folder, case, seed))
    state = run.error or f"left {run.left:.3f}" + ("" if run.learnt else " (not learnt)")
    return f"{time.perf_counter() - began:5.1f} s  {case.group:12s} {name}, seed {seed}: {state}"


if __name__ == "__main__":
    main()
