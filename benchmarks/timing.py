"""Interleaved rounds: in each, every contestant trains for a block of steps, in shuffled order."""

import gc
import hashlib
import os
import random
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from watchers import Attach
from workloads import Workload

SECONDS = 0.4  # the least that the bare contestant's block takes
LOOKS = 10  # a block is a multiple of this many steps, so that a watch of every tenth step looks equally often in each
LONGEST = 2.0  # how much longer than a bare block a slow watcher's block may take
FOREIGN = 0.1  # share of the machine that other processes may have before a round counts as disturbed


class Racer(Protocol):
    """What takes part: seconds a step of a block, and CPU time spent in another process than this one."""

    steps_done: int
    cpu_elsewhere: float

    def block(self, steps: int) -> float: ...
    def weights(self) -> str: ...
    def close(self) -> None: ...


class Contestant:
    """One model trained under one watcher; all of one workload start alike and see the same batches."""

    def __init__(self, workload: Workload, attach: Attach, folder: Path) -> None:
        self.workload, self.batches, self.steps_done, self.cpu_elsewhere = workload, workload.data(), 0, 0.0
        self.model = workload.model()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-3, momentum=0.9)
        folder.mkdir(parents=True, exist_ok=True)
        self.watched = attach(self.model, folder)

    def train(self, steps: int) -> Iterator[Tensor]:
        """The loop that everybody writes."""
        forward = self.watched.forward or self.model
        for _ in range(steps):
            inputs, targets = self.batches[self.steps_done % len(self.batches)]
            with self.watched.around(self.steps_done):
                self.optimizer.zero_grad()
                with self._precision():
                    loss = cross_entropy(forward(inputs), targets)
                loss.backward()  # type: ignore[no-untyped-call]
                self.optimizer.step()
                self.watched.tell(loss)
            self.steps_done += 1
            yield loss.detach()
        self.watched.drain()

    def block(self, steps: int) -> float:
        """Seconds a step. The garbage of the other contestants is collected first."""
        gc.collect()
        synchronize()
        started = time.perf_counter()
        for _ in self.train(steps):
            pass
        synchronize()
        seconds = time.perf_counter() - started
        self.optimizer.zero_grad()
        return seconds / steps

    def weights(self) -> str:
        """A digest of all parameters, bit by bit."""
        found = hashlib.sha256()
        for parameter in self.model.parameters():
            found.update(parameter.detach().cpu().contiguous().numpy().tobytes())
        return found.hexdigest()

    def close(self) -> None:
        """Nothing to end."""

    def _precision(self) -> "torch.autocast | nullcontext[None]":
        return torch.autocast(self.workload.device, torch.bfloat16) if self.workload.bfloat16 else nullcontext()


@dataclass
class Rounds:
    """Seconds a step of each contestant in each round, and the share of the machine that others took."""

    seconds: dict[str, list[float]]
    steps: dict[str, int]
    foreign: list[float] = field(default_factory=list)

    def ratios(self, name: str, to: str = "bare") -> list[float]:
        """The ratio of each round: what slows a whole round down cancels out."""
        return [own / other for own, other in zip(self.seconds[name], self.seconds[to], strict=True)]

    def costs(self, name: str, to: str = "bare") -> list[float]:
        """Seconds a step more than the other in the same round."""
        return [own - other for own, other in zip(self.seconds[name], self.seconds[to], strict=True)]

    @property
    def disturbed(self) -> int:
        return sum(share > FOREIGN for share in self.foreign)


def compete(contestants: Mapping[str, Racer], rounds: int, seconds: float = SECONDS, to: str = "bare") -> Rounds:
    """Warm up, then time. The contestant to which the others are compared takes so many seconds for its block."""
    shuffle, order = random.Random(0).shuffle, list(contestants)
    steps = _steps({name: _warm(contestant) for name, contestant in contestants.items()}, seconds, to)
    found = Rounds({name: [] for name in contestants}, steps)
    gc.freeze()
    for _ in range(rounds):
        shuffle(order)
        before = _clocks(contestants)
        for name in order:
            found.seconds[name].append(contestants[name].block(steps[name]))
        found.foreign.append(_foreign(before, _clocks(contestants)))
    gc.unfreeze()
    return found


def quartiles(numbers: list[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile; three times the same for a single number."""
    if len(numbers) < 2:
        return (numbers[0],) * 3
    low, middle, high = statistics.quantiles(numbers, n=4, method="inclusive")
    return low, middle, high


def synchronize() -> None:
    """Wait for the device: Python goes on as soon as work is queued."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _warm(contestant: Racer) -> float:
    contestant.block(LOOKS // 2)
    return contestant.block(LOOKS - LOOKS // 2)


def _steps(warm: Mapping[str, float], seconds: float, to: str) -> dict[str, int]:
    """The same number of steps for all, and fewer for those that would take too long."""
    steps = max(LOOKS, LOOKS * round(seconds / warm[to] / LOOKS))
    most = {name: round(LONGEST * steps * warm[to] / own) for name, own in warm.items()}
    return {name: steps if most[name] >= steps else max(1, most[name]) for name in warm}


def _clocks(contestants: Mapping[str, Racer]) -> tuple[float, float, float]:
    """Wall time, CPU time of the contestants, CPU time of everybody (NaN where the system does not tell)."""
    own = time.process_time() + sum(contestant.cpu_elsewhere for contestant in contestants.values())
    return time.perf_counter(), own, _busy()


def _busy() -> float:
    try:
        user, nice, system, _, _, irq, softirq, steal = map(
            int, Path("/proc/stat").read_text(encoding="utf-8").split()[1:9]
        )
    except OSError:
        return float("nan")
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _foreign(before: tuple[float, float, float], after: tuple[float, float, float]) -> float:
    """The share of the whole machine that other processes had, 0 to 1."""
    wall, own, busy = (later - earlier for earlier, later in zip(before, after, strict=True))
    return max(0.0, (busy - own) / (wall * (os.cpu_count() or 1)))
