"""The mark of one training after the other: exact where theory knows it, else measured beside the training."""

import math

from torch import Tensor

from torchdemos.lab.experiments import quadratic
from torchdemos.lab.playground import mark
from torchdemos.lab.playground.mark import Mark
from torchdemos.lab.playground.measuring import Measuring
from torchdemos.lab.playground.training import Training
from torchdemos.steering.budget import Budget, Clock

FIRST_SHARE = 0.3  # of the time, until there is a first mark
REFRESHED = 0.5  # seconds between two measurements at least


class Marking:
    """The mark of a training on these digits [N, 1, 28, 28]."""

    def __init__(self, images: Tensor, labels: Tensor, clock: Clock) -> None:
        self._images, self._labels, self._clock = images, labels, clock
        self._budget = Budget(clock)
        self._curvature = math.nan
        self._due = 0.0
        self.forget()

    def forget(self) -> None:
        """What was measured was of another network or another loss."""
        self._measuring = Measuring()
        self._due = 0.0

    def of(self, training: Training) -> Mark | None:
        """The mark as far as it is known."""
        settings = training.settings
        if not mark.has_mark(settings):
            return None
        if mark.is_exact(settings):
            return mark.exact(settings, self._steepest())
        measured = self._measuring
        return None if measured.sharpness is None else mark.measured(settings, measured.sharpness, measured.step)

    def go_on(self, training: Training, share: float) -> bool:
        """Measure for some milliseconds, if needed, in no more than this share of all time; a first mark hurries."""
        settings, measuring = training.settings, self._measuring
        if not mark.has_mark(settings) or mark.is_exact(settings) or measuring.is_done(training.step):
            return False
        hurried = share if measuring.sharpness is not None else max(share, FIRST_SHARE)
        if self._clock() < self._due or not self._budget.is_due(hurried):
            return False
        with self._budget.spent():
            if measuring.go_on(training.model, training.loss_function, self._images, self._labels, training.step):
                self._due = self._clock() + REFRESHED
        return True

    def _steepest(self) -> float:
        """The largest curvature of the bowl, computed once."""
        if math.isnan(self._curvature):
            self._curvature = float(quadratic.bowl(quadratic.pixels(self._images, "raw"), self._labels).curvatures[-1])
        return self._curvature
