"""A run that is killed at random moments and goes on from its latest checkpoint, in the same folder.

Run `python -m benchmarks.reliability.restarts`.
"""

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
import warnings
from itertools import pairwise
from pathlib import Path

import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from torchdemos import every, watch
from torchdemos.view import events

KILLS, CHECKPOINT_EVERY = 20, 7
TAG = "1_overview/loss"
Row = tuple[str, int, int]


def trial() -> list[Row]:
    """Who reads the log, how many looks the run had, and how many are missing, double or of a past that was undone."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    moment = random.Random(0)
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root, "run")
        train(Path(root, "warm"), steps=2)  # what a first look compiles is there before the processes fork
        for _ in range(KILLS):
            process = multiprocessing.get_context("fork").Process(target=train, args=(Path(root),))
            process.start()
            time.sleep(moment.uniform(0.2, 0.8))
            assert process.pid and process.is_alive()
            os.kill(process.pid, signal.SIGKILL)
            process.join()
        runs, done = attempts(Path(root))
        print(f"{runs} runs, {done} steps", flush=True)
        log = EventAccumulator(str(folder), size_guidance={"scalars": 0})
        log.Reload()
        read = {
            "TensorBoard": [(event.step, event.value) for event in log.Scalars(TAG)],
            "torchdemos": events.read(folder).scalars[TAG],
        }
        return [(f"{KILLS} kills and restarts, read by {who}", done, wrong(found, done)) for who, found in read.items()]


def train(root: Path, steps: int = sys.maxsize) -> None:
    """Go on from the checkpoint until killed, or for so many steps. The loss of a step tells which attempt made it."""
    root.mkdir(exist_ok=True)
    attempt, first = attempts(root)
    first -= first % CHECKPOINT_EVERY
    write(root / "attempts", f"{attempt + 1} {first}")
    model = nn.Linear(4, 2)
    around = watch(model, root / "run", every(1), alert=None, resume=True)
    for step in range(first, min(first + steps, sys.maxsize)):
        with around(step):
            model(torch.ones(3, 4)).sum().backward()
            around.loss(float(attempt))
        write(root / "attempts", f"{attempt + 1} {step + 1}")


def attempts(root: Path) -> tuple[int, int]:
    """How many there were, and how many steps are done."""
    path = root / "attempts"
    runs, steps = path.read_text(encoding="utf-8").split() if path.exists() else (0, 0)
    return int(runs), int(steps)


def write(path: Path, words: str) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(words, encoding="utf-8")
    beside.replace(path)


def wrong(found: list[tuple[int, float]], done: int) -> int:
    """Steps that are not there once each, and losses of an attempt after that of a later one."""
    steps = [step for step, _ in found]
    _, last = found[-1]
    missing = len(set(range(done)) - set(steps))
    double = len(steps) - len(set(steps))
    undone = sum(1 for (_, before), (_, after) in pairwise(found) if before > after)
    return missing + double + undone + int(last != max(loss for _, loss in found))


if __name__ == "__main__":
    for row in trial():
        print(*row, sep="\t")
