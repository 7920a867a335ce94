"""Where a look waits for the device: synchronizations inside hooks, and transfers to the host."""

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fresh
import tables
import timing
import torch
import workloads
from settings import Settings
from timing import Contestant
from torch.profiler import ProfilerActivity, profile
from watchers import WATCHERS

NAMES = ("bare", "torchdemos", "by_hand")
KINDS = {
    "transfer to the host": ("Memcpy DtoH",),
    "wait for the device": ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize"),
    "number read alone (`.item()`)": ("aten::_local_scalar_dense",),
}
TITLE = "Waiting for the device"
ABOUT = """Counts of one training step. "In the block" is from the watcher's start to the end of the optimizer's step,
where hooks run; "whole" adds the watcher's end, where it reads and writes. The profiler counts transfers and waits, and
causes those that the bare step has too. As a check, PyTorch's synchronization debug mode counts the operations in the
block that it knows to synchronize."""
NONE = "No GPU here, so nothing is measured: what G1 and G2 cost on one is open."


def subjects() -> list[str]:
    return list(workloads.ON_GPU) if torch.cuda.is_available() else []


def measure(workload: str, settings: Settings) -> dict[str, Any]:
    return {name: fresh.call("device", "counts", settings.threads, workload, name) for name in NAMES}


def counts(workload: str, watcher: str) -> dict[str, Any]:
    """Three steps, each counted in one way: profiled whole, profiled in the block, in debug mode."""
    with TemporaryDirectory() as folder:
        contestant = Contestant(workloads.WORKLOADS[workload], WATCHERS[watcher].attach, Path(folder))
        contestant.block(timing.LOOKS)
        with profiled(contestant) as whole:
            step(contestant)
        return {
            "whole": whole,
            "block": step_within(contestant, profiled(contestant)),
            "debug mode": step_within(contestant, debugged()),
        }


@contextmanager
def profiled(contestant: Contestant) -> Iterator[Counter[str]]:
    """Counts each kind of waiting in its block; the device is idle at both ends."""
    found: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
    activities = [ProfilerActivity.CPU]
    if contestant.workload.device == "cuda":
        activities.append(ProfilerActivity.CUDA)
    timing.synchronize()
    with profile(activities=activities) as seen:
        yield found
    for event in seen.events():
        found.update(kind for kind, names in KINDS.items() if event.name.startswith(names))


@contextmanager
def debugged() -> Iterator[Counter[str]]:
    """Counts warnings of operations that synchronize; none without a GPU."""
    found: Counter[str] = Counter({"synchronizing operation": 0})
    if not torch.cuda.is_available():
        yield found
        return
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            yield found
        finally:
            torch.cuda.set_sync_debug_mode("default")
    found["synchronizing operation"] = sum("synchronizing" in str(warning.message) for warning in heard)


def step(contestant: Contestant) -> None:
    for _ in contestant.train(1):
        pass


def step_within(contestant: Contestant, counting: AbstractContextManager[Counter[str]]) -> Counter[str]:
    """One step, counted only inside the block that the watcher surrounds."""
    watched, counted = contestant.watched, []

    @contextmanager
    def around(number: int) -> Iterator[None]:
        with watched.around(number), counting as found:
            yield
        counted.append(found)

    contestant.watched = watched._replace(around=around)
    step(contestant)
    contestant.watched = watched
    return Counter(counted[0])


def page(found: Mapping[str, dict[str, Any]]) -> str:
    head = ["workload, watcher", *(f"{kind}: in the block, whole" for kind in KINDS), "debug mode, in the block"]
    rows = [_row(workload, name, part[name]) for workload, part in found.items() for name in part]
    return tables.table(head, rows) if rows else NONE


def _row(workload: str, name: str, cells: Mapping[str, Any]) -> list[object]:
    pairs = [f"{cells['block'][kind]}, {cells['whole'][kind]}" for kind in KINDS]
    return [f"{workload}, {WATCHERS[name].title}", *pairs, *cells["debug mode"].values()]
