"""The latest looks in memory, for a log that shows the steps before something happened."""

import math
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np

from torchdemos.diagnosis.history import Numbers
from torchdemos.watching.kept_looks import TOTALS, UNKNOWN, Name
from torchdemos.watching.look import Look, Statistics
from torchdemos.watching.look_writer import LookWriter
from torchdemos.watching.loss_spikes import LossSpikes
from torchdemos.watching.neuron_images import NO_IMAGES
from torchdemos.watching.notices import Notices
from torchdemos.watching.sigterm import OnSigterm

GROUPS = ("outputs", "gradients", "parameters", "totals", "given", "answer")


class FlightRecorder:
    """Keeps the numbers of the latest looks that are not in the log, and writes them there when something happens.

    That is when the loss spikes, when something is newly broken and when SIGTERM comes; for an exception call `write`.
    A look is a row of float64, because float32 has no gradients below 1e-45.
    """

    def __init__(self, size: int, writer: LookWriter, notices: Notices) -> None:
        self._writer, self._notices = writer, notices
        self._places: dict[Name, int] = {}  # in a row; parameters that are copied in turn have no ratio in most looks
        self._rows: deque[tuple[int, float | None, Numbers]] = deque(maxlen=size)
        self._latest: Look | None = None
        self._spikes = LossSpikes()
        self._on_sigterm = OnSigterm(self.write)
        weakref.finalize(self, self._on_sigterm.restore).atexit = False

    def add(self, look: Look, written: bool, newly_broken: bool) -> None:
        """Add a look; `written` says that it is in the log already."""
        self._latest = look
        if not written:
            self._rows.append((look.step, look.loss, self._row(look)))
        spikes = look.loss is not None and self._spikes.add(look.loss)
        if spikes or newly_broken:
            self.write()

    def write(self) -> None:
        """Write what is kept, oldest first, and forget it. Nothing that goes wrong with it ends a training."""
        try:
            with self.held():
                while self._rows and self._latest:
                    self._writer.write(self._look(self._latest, *self._rows[0]), NO_IMAGES)
                    self._rows.popleft()  # only now: a disk may be full
        except Exception as error:
            self._notices.give(f"the looks before this could not be written: {error}", about="recorder")

    def held(self) -> AbstractContextManager[None]:
        """SIGTERM waits for the end of the `with` block, inside which a look is written or added."""
        return self._on_sigterm.held()

    def close(self) -> None:
        """Leave SIGTERM to what handled it before."""
        self._on_sigterm.restore()

    def _row(self, look: Look) -> Numbers:
        """The numbers of a look in their places, NaN where it has none."""
        found = {self._places.setdefault(name, len(self._places)): number for name, number in _numbers(look)}
        row = np.full(len(self._places), np.nan)
        row[list(found)] = list(found.values())
        return row

    def _look(self, latest: Look, step: int, loss: float | None, row: Numbers) -> Look:
        """A look with these numbers. What is no number, such as what layers are, is that of the latest look."""
        found: dict[str, dict[str, Statistics]] = {group: {} for group in GROUPS}
        for (group, name, statistic), number in zip(self._places, row.tolist(), strict=False):
            if group == "outputs" or not math.isnan(number):
                found[group].setdefault(name, {})[statistic] = number
        called = {name: own for name, own in found["outputs"].items() if not all(map(math.isnan, own.values()))}
        totals: Any = {total: found["totals"].get("", {}).get(total) for total in TOTALS}
        return replace(
            latest,
            step=step,
            loss=loss,
            activations=called,
            gradients=found["gradients"],
            parameters=found["parameters"],
            given=found["given"].get("", {}),
            answer=found["answer"].get("", {}),
            **totals,
            weights_finite={},
            histograms={},
            parameter_histograms={},
            gradient_histograms={},
        )


def _numbers(look: Look) -> Iterator[tuple[Name, float]]:
    """What is NaN as a number, and not because it is unknown, is inf here: that is no number either."""
    totals = {total: value for total in TOTALS if (value := getattr(look, total)) is not None}
    named = (look.activations, look.gradients, look.parameters, {"": totals}, {"": look.given}, {"": look.answer})
    for group, found in zip(GROUPS, named, strict=True):
        for name, statistics in found.items():
            for statistic, number in statistics.items():
                broken = math.isnan(number) and statistic not in UNKNOWN
                yield (group, name, statistic), math.inf if broken else number
