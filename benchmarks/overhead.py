"""A watched step over a bare one, for every watcher on every workload."""

import math
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import floor
import fresh
import tables
import timing
import workloads
from peers import PEERS
from remote import Remote
from settings import Settings
from timing import Contestant, Racer, Rounds
from watchers import WATCHERS

ALL = WATCHERS | PEERS
TITLE = "Overhead: a watched step over a bare step"
ABOUT = f"""Median over the rounds and quartiles; "1.00" is free. In each round every watcher trains its own copy of the
model for a block of steps, in shuffled order, and its ratio is to the bare block of the same round. "Bare again" is the
resolution: a ratio that lies no farther from 1 cannot be told from 1. Tools that change the process they are in (wandb,
torchlens, nnsight) train in a process of their own, where "bare apart" is the resolution. The floor is a bare step plus
the time to read every watched value once from memory: the bytes of all outputs, parameters and their gradients, over
the bandwidth of a large `torch.sum` (small models live in caches, which are faster). Rounds in which other processes
had more than {timing.FOREIGN:.0%} of the machine are counted as disturbed, and kept."""


def subjects() -> list[str]:
    return workloads.here()


def measure(workload: str, settings: Settings) -> dict[str, Any]:
    """All watchers that are installed, or those that were asked for, and always the bare model."""
    names = dict.fromkeys(["bare", *choose(settings.watchers)])
    found: dict[str, Any] = fresh.call("overhead", "contest", settings.threads, workload, list(names), settings.rounds)
    return found


def choose(patterns: Iterable[str]) -> list[str]:
    """Installed watchers by name or pattern of names; all without any.

    Raises `LookupError` for a pattern that matches none.
    """
    for pattern in patterns:
        if not any(fnmatch(name, pattern) for name in ALL):
            raise LookupError(f"no watcher is called {pattern}: choose from {', '.join(ALL)}")
    names = [name for name in ALL if not patterns or any(fnmatch(name, pattern) for pattern in patterns)]
    return [name for name in names if ALL[name].installed]


def contest(workload: str, names: list[str], rounds: int, seconds: float = timing.SECONDS) -> dict[str, Any]:
    """One workload. A watcher that fails drops out, and its cell says why."""
    racers: dict[str, Racer] = {}
    cells: dict[str, dict[str, Any]] = {}
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        reference = Contestant(workloads.WORKLOADS[workload], ALL["bare"].attach, Path(folder) / "bare")
        reference.block(timing.LOOKS)
        for name in names:
            racer = reference if name == "bare" else enter(workload, name, Path(folder) / name)
            if isinstance(racer, str):
                cells[name] = {"error": racer}
            else:
                racers[name] = racer
        found = timing.compete(racers, rounds, seconds)
        for name, racer in racers.items():
            low, middle, high = timing.quartiles(found.ratios(name))
            cells[name] = {"low": low, "median": middle, "high": high, "same": same(racer, reference)}
            racer.close()
        return summary(workload, found, reference) | {"cells": {name: cells[name] for name in names}}


def enter(workload: str, name: str, folder: Path) -> Racer | str:
    """The contestant after its first steps, or what went wrong in them."""
    racer: Racer | None = None
    try:
        if ALL[name].alone:
            racer = Remote(workload, name, folder)
        else:
            racer = Contestant(workloads.WORKLOADS[workload], ALL[name].attach, folder)
        racer.block(timing.LOOKS)
    except Exception as error:  # of any tool, for any reason
        if racer:
            racer.close()
        return " ".join((str(error) or type(error).__name__).split())[:150]
    return racer


def summary(workload: str, found: Rounds, reference: Contestant) -> dict[str, Any]:
    """What is the same for all watchers of a workload."""
    device = reference.workload.device
    step, speed = timing.quartiles(found.seconds["bare"])[1], floor.bandwidth(device)
    count = floor.bytes_to_read(reference)
    return {
        "about": reference.workload.about,
        "step": step,
        "steps": found.steps["bare"],
        "rounds": len(found.foreign),
        "disturbed": found.disturbed,
        "bytes": count,
        "bandwidth": speed,
        "floor": 1 + count / speed / step,
    }


def same(racer: Racer, reference: Racer) -> bool | None:
    """Whether both ended in bitwise the same parameters; None if they made different numbers of steps."""
    return racer.weights() == reference.weights() if racer.steps_done == reference.steps_done else None


def page(found: Mapping[str, dict[str, Any]]) -> str:
    """The ratios, what holds for each workload, and what every watcher records."""
    names = [name for name in ALL if any(name in part["cells"] for part in found.values())]
    ratios = [[ALL[name].title, *(cell(part["cells"].get(name)) for part in found.values())] for name in names]
    ratios.append(["*floor: every value read once*", *(f"{part['floor']:.3f}" for part in found.values())])
    parts = [tables.table(["watcher", *found], ratios), tables.table(HEAD, map(row, found.items()))]
    parts.append(tables.table(["watcher", "records"], [[ALL[name].title, ALL[name].records] for name in names], 2))
    parts += failures(found)
    if missing := [watcher.package for watcher in ALL.values() if not watcher.installed]:
        parts.append(f"Not installed here: {', '.join(dict.fromkeys(missing))}.")
    return "\n\n".join(parts)


HEAD = ("workload", "bare step", "steps a block", "rounds", "of them disturbed", "read a look", "bandwidth")


def row(item: tuple[str, dict[str, Any]]) -> list[object]:
    name, part = item
    counts = part["steps"], part["rounds"], part["disturbed"]
    read = tables.megabytes(part["bytes"]), f"{part['bandwidth'] / 1e9:.1f} GB/s"
    return [f"{name}: {part['about']}", tables.milliseconds(part["step"]), *counts, *read]


def cell(found: Mapping[str, Any] | None) -> str:
    """A ratio with its spread. Weights that differ from the bare model's are a fault, so they show."""
    if found is None:
        return ""
    if "error" in found:
        return "fails"
    mark = " (other weights!)" if found["same"] is False else ""
    digits = 2 if found["median"] < 10 or math.isnan(found["median"]) else 1
    return tables.spread(found["low"], found["median"], found["high"], digits) + mark


def failures(found: Mapping[str, dict[str, Any]]) -> list[str]:
    """A line for each cell without a number."""
    return [
        f"{ALL[name].title} on {workload}: `{part['cells'][name]['error']}`"
        for workload, part in found.items()
        for name in part["cells"]
        if "error" in part["cells"][name]
    ]
