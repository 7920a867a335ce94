"""What is measured beside a training, now and then and at little cost: accuracy, the mark, what is wrong."""

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from torchdemos.lab.playground import shown
from torchdemos.lab.playground.mark import NOT_ADAM, Mark, has_mark
from torchdemos.lab.playground.marking import Marking
from torchdemos.lab.playground.quantities import Facts, kinds
from torchdemos.lab.playground.shown import Shown
from torchdemos.lab.playground.trial import Trial
from torchdemos.lab.training import Batch, accuracy
from torchdemos.steering.budget import Budget, Clock

MARK = 2  # shares that measuring the mark takes


class Knowledge:
    """All that is known of the present trial. Each accuracy is told as it is measured, with the steps before it."""

    def __init__(self, train: Batch, test: Batch, clock: Clock, tell: Callable[[int, float], object]) -> None:
        self._test, self._tell = test, tell
        self._marking = Marking(*train, clock)
        self._testing, self._finding = Budget(clock), Budget(clock)

    def begin(self, trial: Trial) -> None:
        """Another network trains. Its mark is found at once where theory knows it."""
        self._trial, self._kinds = trial, kinds(trial.training.model)
        self.accuracy: float | None = None
        self.findings: list[dict[str, Any]] = []
        self._tested = self._found = -1
        self._marking.forget()
        self._marking.of(trial.training)

    def forget_mark(self) -> None:
        """Another loss has another mark."""
        self._marking.forget()

    def go_on(self, share: float) -> bool:
        """Find out one thing that may have changed, if that takes about this share of all time."""
        return (
            self._measure_accuracy(share)
            or self._find(share)
            or self._marking.go_on(self._trial.training, MARK * share)
        )

    @property
    def mark(self) -> Mark | None:
        """The mark as far as it is known."""
        return self._marking.of(self._trial.training)

    def notes(self) -> list[str]:
        """What somebody should know of this training, in sentences."""
        trial, found = self._trial, []
        if trial.broke_at is not None:
            found.append(_broken(trial.broke_at, math.isfinite(trial.loss)))
        if not has_mark(trial.training.settings):
            found.append(NOT_ADAM)
        if trial.problem:
            found.append(trial.problem)
        return found

    def facts(self, seen: Shown) -> Facts:
        """What missions ask about."""
        trial, mark = self._trial, self.mark
        training = trial.training
        return Facts(
            training.settings,
            training.model,
            self._kinds,
            training.step,
            trial.loss,
            trial.first_loss,
            self.accuracy,
            mark.rate if mark else None,
            trial.rate_since,
            trial.loss_at_rate,
            seen.is_drawn,
            lambda: shown.answer(seen.shares(training.model)),
        )

    def _measure_accuracy(self, share: float) -> bool:
        step = self._trial.training.step
        if self._tested == step or not self._testing.is_due(share):
            return False
        with self._testing.spent():
            self.accuracy, self._tested = accuracy(self._trial.training.model, *self._test), step
            self._trial.log_accuracy(self.accuracy)
            self._tell(step, self.accuracy)
        return True

    def _find(self, share: float) -> bool:
        around = self._trial.around
        step = around.last.step if around and around.last else -1
        if around is None or self._found == step or not self._finding.is_due(share):
            return False
        with self._finding.spent():
            self.findings, self._found = [_told(asdict(finding)) for finding in around.findings()], step
        return True


def _broken(step: int, is_over: bool) -> str:
    if is_over:
        return f"The loss was not finite at step {step:,}, and is finite again."
    return f"The loss has not been finite since step {step:,}: lower the learning rate, then back to the start."


def _told(finding: dict[str, Any]) -> dict[str, Any]:
    return {name: finding[name] for name in ("kind", "level", "layer", "step", "evidence", "advice")}
