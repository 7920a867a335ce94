"""Many runs that start at the same moment into one folder: each must have a folder of its own, and none may die.

Run `python -m benchmarks.reliability.races`.
"""

import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torchdemos import Board
from torchdemos.log import run_folder
from torchdemos.log.run_folder import EVENT_FILES
from torchdemos.watching import boards

PROCESSES, ROUNDS, USED_NAMES = 4, 20, 10_000
PATIENCE = 300.0  # seconds
Row = tuple[str, int, int]


def trial() -> list[Row]:
    """For each way to start: its name, how many runs started, how many died or share a folder with another."""
    with tempfile.TemporaryDirectory() as root:
        for number, (_, prepare) in enumerate(WAYS.values()):
            for place in range(ROUNDS):
                Path(root, str(number)).mkdir(exist_ok=True)
                prepare(Path(root, str(number), str(place)))
        folders = race(root)
        rows = [(f"{PROCESSES} runs start {way}", len(found), lost(found)) for way, found in folders.items()]
        return [*rows, many_names(Path(root, "names"))]


def watched(folder: Path) -> Board:
    return boards.fresh(folder, "scalars", "")


def resumed(folder: Path) -> Board:
    return boards.fresh(folder, "scalars", "", resume=True)


def demo(folder: Path) -> Board:
    run_folder.LOGS = folder
    return Board(run_folder.make_fresh("demo"))


def nothing(folder: Path) -> None:
    pass


def used(folder: Path) -> None:
    Board(folder).close()


WAYS: dict[str, tuple[Callable[[Path], Board], Callable[[Path], object]]] = {
    "in a folder that is not there": (watched, nothing),
    "in an empty folder": (watched, Path.mkdir),
    "in a used folder": (watched, used),
    "to resume one run": (resumed, used),
    "as demos in the same second": (demo, nothing),
}


def race(root: str) -> dict[str, list[str]]:
    """The folders that processes got which start once in each round, all at the same moment; "" for one that died."""
    spawning = multiprocessing.get_context("spawn")
    barrier, told = spawning.Barrier(PROCESSES), spawning.Queue()
    processes = [spawning.Process(target=run, args=(root, barrier, told)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    answers = [told.get(timeout=PATIENCE) for _ in processes]
    for process in processes:
        process.join()
    return {way: [folder for answer in answers for folder in answer[way]] for way in WAYS}


def run(root: str, barrier: Any, told: Any) -> None:
    """In a process of its own: start a run in each round of each way, and tell the folders."""
    alive = []
    found: dict[str, list[str]] = {way: [] for way in WAYS}
    for number, (way, (start, _)) in enumerate(WAYS.items()):
        for place in range(ROUNDS):
            barrier.wait(PATIENCE)
            try:
                alive.append(start(Path(root, str(number), str(place))))
                found[way].append(str(alive[-1].folder))
            except Exception as error:
                print(f"{type(error).__name__}: {error}", flush=True)
                found[way].append("")
    told.put(found)
    barrier.wait(PATIENCE)  # all live until all have started


def lost(folders: list[str]) -> int:
    runs = Counter(folders)
    return sum(1 for folder in folders if not folder or runs[folder] > 1)


def many_names(root: Path) -> Row:
    """The next free name where thousands are used."""
    for number in range(1, USED_NAMES + 1):
        taken = root / ("run" if number == 1 else f"run_{number}")
        taken.mkdir(parents=True)
        (taken / "events.out.tfevents.1").touch()
    began = time.perf_counter()
    found = watched(root / "run").folder
    print(f"{USED_NAMES:,} used names take {time.perf_counter() - began:.3f} s", flush=True)
    right = found == root / f"run_{USED_NAMES + 1}" and len(list(found.glob(EVENT_FILES))) == 1
    return f"a run starts beside {USED_NAMES:,} used names", 1, int(not right)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for row in trial():
        print(*row, sep="\t")
