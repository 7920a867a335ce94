"""What a look costs by depth and by width."""

import statistics
from collections.abc import Mapping
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import floor
import fresh
import tables
import timing
import workloads
from settings import Settings
from timing import Contestant
from watchers import WATCHERS
from workloads import Workload

SWEEPS = {
    "depth": [(depth, 32) for depth in (10, 30, 100, 300, 1000)],
    "width": [(4, width) for width in (64, 128, 256, 512, 1024, 2048)],
}
BATCH, ROUNDS, SECONDS = 32, 7, 0.1
TITLE = "Scaling: what a look costs by depth and width"
ABOUT = f"""The cost of a look is the time of a watched step less that of a bare one, median of {ROUNDS} interleaved
rounds, for an MLP with ReLU on batches of {BATCH}. The exponent is the slope of log cost over log size (layers; bytes
watched): 1 is linear, below 1 a part of the cost is fixed, 2 is quadratic. The last one is that of the two largest
models."""


def subjects() -> list[str]:
    return list(SWEEPS)


def measure(sweep: str, settings: Settings) -> dict[str, Any]:
    found: list[dict[str, Any]] = fresh.call("scaling", "looks", settings.threads, SWEEPS[sweep], settings.rounds)
    return {"points": found}


def looks(sizes: list[tuple[int, int]], rounds: int) -> list[dict[str, Any]]:
    """The cost of one look at each (depth, width)."""
    models = [(workloads.mlp(depth, width, BATCH), depth, width) for depth, width in sizes]
    return [{"depth": depth, "width": width, **look(model, min(rounds, ROUNDS))} for model, depth, width in models]


def look(workload: Workload, rounds: int) -> dict[str, Any]:
    """The cost of one look at one model."""
    with TemporaryDirectory() as folder:
        both = {
            name: Contestant(workload, WATCHERS[name].attach, Path(folder) / name) for name in ("bare", "torchdemos")
        }
        found = timing.compete(both, rounds, SECONDS)
        low, middle, high = timing.quartiles(found.costs("torchdemos"))
        step = timing.quartiles(found.seconds["bare"])[1]
        return {"low": low, "look": middle, "high": high, "step": step, "bytes": floor.bytes_to_read(both["bare"])}


def exponent(sizes: list[float], costs: list[float]) -> float:
    """The slope of a straight line through both logarithms; NaN where a cost is not positive."""
    if min(costs) <= 0:
        return float("nan")
    return statistics.linear_regression([log(size) for size in sizes], [log(cost) for cost in costs]).slope


def page(found: Mapping[str, dict[str, Any]]) -> str:
    return "\n\n".join(_sweep(name, part["points"]) for name, part in found.items())


def _sweep(name: str, points: list[dict[str, Any]]) -> str:
    sizes = [point["depth"] if name == "depth" else point["bytes"] for point in points]
    costs = [point["look"] for point in points]
    head = ("model", "bare step", "look (ms)", "a hidden layer", "watched")
    words = f"Exponent over {name}: {exponent(sizes, costs):.2f}, last {exponent(sizes[-2:], costs[-2:]):.2f}."
    return f"{tables.table(head, map(_row, points))}\n\n{words}"


def _row(point: Mapping[str, Any]) -> list[str]:
    return [
        f"{point['depth']} layers of {point['width']}",
        tables.milliseconds(point["step"]),
        tables.spread(1e3 * point["low"], 1e3 * point["look"], 1e3 * point["high"]),
        f"{1e6 * point['look'] / point['depth']:.0f} us",
        tables.megabytes(point["bytes"]),
    ]
