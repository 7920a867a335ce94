"""What watching costs in memory: the peak of a step, and growth over many steps."""

import gc
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fresh
import tables
import torch
import workloads
from settings import Settings
from timing import Contestant
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from watchers import WATCHERS

GROWTH, STEPS, TENTHS = "growth", 10_000, 10
TITLE = "Memory"
CYCLE = 12  # steps in which most parameters of a model are copied once
ABOUT = f"""The highest peak of {CYCLE} training steps, watched over bare, each in a fresh process. "Tensors" is exact:
every byte that PyTorch's allocator has given out, with parameters, optimizer and batches. "Process" is the system's
high-water mark of what the process holds beyond its imports; a watched process also holds Numba, whatever the model.
The second table is a small MLP, watched in every step."""


def subjects() -> list[str]:
    return [*workloads.here(), GROWTH]


def measure(subject: str, settings: Settings) -> dict[str, Any]:
    if subject == GROWTH:
        return {"points": fresh.call("memory", "growth", settings.threads, STEPS, steady=False)}
    return {
        name: fresh.call("memory", "peak", settings.threads, subject, name, steady=False)
        for name in ("bare", "torchdemos")
    }


def peak(workload: str, watcher: str) -> dict[str, float | None]:
    """Bytes at the highest point of a step."""
    chosen, before = workloads.WORKLOADS[workload], of_process("VmRSS")
    with TemporaryDirectory() as folder:
        contestant = Contestant(chosen, WATCHERS[watcher].attach, Path(folder))
        contestant.block(3)
        _forget_process_peak()
        contestant.block(CYCLE)
        high = of_process("VmHWM")
        tensors = _peak_on_gpu(contestant) if chosen.device == "cuda" else _peak_on_cpu(contestant)
    return {"tensors": tensors, "process": None if high is None or before is None else high - before}


def _peak_on_gpu(contestant: Contestant) -> int:
    torch.cuda.reset_peak_memory_stats()
    contestant.block(CYCLE)
    return torch.cuda.max_memory_allocated()


def _peak_on_cpu(contestant: Contestant) -> int:
    """The bytes of all tensors before the steps, plus the highest sum of allocations and releases in them."""
    before = _live()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        contestant.block(CYCLE)
    events = [event for event in seen.profiler.kineto_results.events() if event.name() == "[memory]"]
    highest = total = 0
    for event in sorted(events, key=lambda event: int(event.start_ns())):
        total += event.nbytes()
        highest = max(highest, total)
    return highest + before


def _live() -> int:
    """Bytes of all living tensors: parameters, batches, optimizer state, and what a watcher keeps between looks."""
    gc.collect()
    tensors = [thing for thing in gc.get_objects() if issubclass(type(thing), Tensor)]
    storages = [tensor.untyped_storage() for tensor in tensors]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def growth(steps: int) -> list[dict[str, Any]]:
    """Memory of the process and live tensors after each tenth of the steps, watched in all of them."""
    found = []
    with TemporaryDirectory() as folder:
        contestant = Contestant(workloads.WORKLOADS["T1"], WATCHERS["torchdemos"].attach, Path(folder))
        for _ in range(TENTHS):
            for _ in contestant.train(steps // TENTHS):
                pass
            gc.collect()
            tensors = sum(issubclass(type(thing), Tensor) for thing in gc.get_objects())
            found.append({"steps": contestant.steps_done, "process": of_process("VmRSS"), "tensors": tensors})
    return found


def of_process(key: str) -> int | None:
    """Bytes as the system counts them; None where it does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(key)), None)


def _forget_process_peak() -> None:
    """Reset the system's high-water mark. Where the system does not allow it, the peak includes the warm-up."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return


def page(found: Mapping[str, dict[str, Any]]) -> str:
    rows = [_row(name, part) for name, part in found.items() if name != GROWTH]
    head = ("workload", "tensors, bare", "watched", "ratio", "process, bare", "watched", "ratio")
    parts = [tables.table(head, rows)] if rows else []
    return "\n\n".join([*parts, *([_growth(found[GROWTH]["points"])] if GROWTH in found else [])])


def _row(name: str, part: Mapping[str, Any]) -> list[str]:
    cells = [name]
    for kind in ("tensors", "process"):
        bare, watched = part["bare"][kind], part["torchdemos"][kind]
        known = bare is not None and watched is not None
        cells += [tables.megabytes(bare), tables.megabytes(watched), f"{watched / bare:.3f}"] if known else ["?"] * 3
    return cells


def _growth(points: list[dict[str, Any]]) -> str:
    rows = [[f"{p['steps']:,}", tables.megabytes(p["process"] or float("nan")), p["tensors"]] for p in points]
    grown = max((later["tensors"] - earlier["tensors"] for earlier, later in pairwise(points)), default=0)
    words = f"Most live tensors that any tenth added: {grown}."
    return f"{tables.table(('watched steps', 'process', 'live tensors'), rows)}\n\n{words}"
