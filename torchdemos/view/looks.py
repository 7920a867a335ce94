"""What a log tells of one watched model, look by look."""

from collections.abc import Collection, Mapping

import numpy as np

from torchdemos.diagnosis import Findings, History, diagnose
from torchdemos.log import tags
from torchdemos.log.call_order import by_call
from torchdemos.view import profiles
from torchdemos.view.events import LoggedRun
from torchdemos.view.logged_history import LoggedHistory, chosen

ByStep = Mapping[int, float]


class Looks:
    """The looks at the model under a prefix of this run, by layer in call order; layers go without their numbers."""

    def __init__(self, run: LoggedRun, prefix: str) -> None:
        self._run, self._prefix = run, prefix
        own = profiles.models(run.scalars).get(prefix, [])
        self.gradients = profiles.Gradients({tag: run.scalars[tag] for tag in own}, run.texts)
        self.layers = [profiles.layer(tag) for tag in self.gradients.tags]
        self.outputs = self.group(tags.ACTIVATION_STD)
        totals = [self.group(tags.GRADIENT_SUMMARY).get(part, {}) for part in ("total", "total_added")]
        outputs = {step for row in self.outputs.values() for step in row}
        self.steps = sorted({*outputs, *self.gradients.steps, *totals[0], *totals[1]})

    def group(self, group: str) -> dict[str, ByStep]:
        """The numbers of a group of tags, by layer (or parameter, or part of a summary) and step."""
        start = f"{tags.prefixed(self._prefix, group)}/"
        found = [tag for tag in self._run.scalars if tag.startswith(start)]
        return {profiles.layer(tag): dict(self._run.scalars[tag]) for tag in by_call(found, self._run.texts)}

    def losses(self) -> profiles.Points:
        """The losses that were given to the looks."""
        return self._run.scalars.get(tags.prefixed(self._prefix, tags.LOSS), [])

    def history(self) -> History:
        """The looks as the rules of the diagnosis read them: all of a short run, of a long one some hundred."""
        marks = (tags.NONFINITE, tags.NONFINITE_GRADIENT, f"{tags.PARAMETER}_norm_nonfinite")
        first = [min(row) for group in marks for row in self.group(group).values() if row]
        steps = chosen(self.steps, first)
        return LoggedHistory(self._run, self._prefix, steps).history(self.gradients, self.losses())

    def findings(self, muted: Collection[str] = ()) -> Findings:
        """What is wrong as of the last look, the worst first; see `diagnose`."""
        with np.errstate(over="ignore", invalid="ignore"):  # a log may hold numbers whose quotients are inf or NaN
            return diagnose(self.history(), muted)
