"""Runs a loop under one or several watches, and keeps what was known on the way."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from torchdemos.diagnosis.history import History
from torchdemos.watching.steps import Watch

MOMENTS = 20  # how often a run is diagnosed on its way
OF_THE_LATEST_LOOK = ("frozen", "without_gradient", "silent", "fed_by")


@dataclass(frozen=True)
class Seen:
    """All looks at one model, and at some steps of the way what only the look of that step could tell."""

    history: History
    moments: Mapping[int, Mapping[str, Any]]

    def at(self, step: int) -> History:
        """What was known when this step, one of the moments, was done."""
        return replace(self.history.until(step), **self.moments[step])


def watched(watches: Mapping[str, Watch], steps: int, step: Callable[[int], object]) -> dict[str, Seen]:
    """Run `step(i)` for each step, with all watches around it; a watch that a step enters itself has its name end
    in "*"."""
    moments: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in watches}
    for i in range(steps):
        with ExitStack() as blocks:
            for name, around in watches.items():
                if not name.endswith("*"):
                    blocks.enter_context(around(i))
            step(i)
        if i in moments_of(steps):
            for name, around in watches.items():
                moments[name][i] = _latest(around)
    return {name.rstrip("*"): Seen(around.history, moments[name]) for name, around in watches.items()}


def moments_of(steps: int) -> set[int]:
    """Twenty steps of a run, evenly spaced, with the end of its first tenth and its last step."""
    return {max(0, round(steps * i / MOMENTS) - 1) for i in range(1, MOMENTS + 1)}


def _latest(around: Watch) -> dict[str, Any]:
    history = around.history
    return {name: getattr(history, name) for name in OF_THE_LATEST_LOOK}
