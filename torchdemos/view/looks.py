"""What a log tells of one watched model, look by look."""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from torchdemos.diagnosis import Finding, diagnose
from torchdemos.log import tags
from torchdemos.log.call_order import by_call
from torchdemos.view import profiles
from torchdemos.view.events import LoggedRun
from torchdemos.view.thinning import evenly_spaced

LOSS = re.compile(r"(?:.*[/_])?loss", re.IGNORECASE)
MAX_DIAGNOSED = 40  # looks at even distances, until the first one with a finding lies between two of them

ByStep = Mapping[int, float]


class Looks:
    """The looks at the model under a prefix of this run, by layer in call order; layers go without their numbers."""

    def __init__(self, run: LoggedRun, prefix: str) -> None:
        self._run, self._prefix = run, prefix
        own = profiles.models(run.scalars).get(prefix, [])
        self.gradients = profiles.Gradients({tag: run.scalars[tag] for tag in own}, run.texts)
        self.layers = [profiles.layer(tag) for tag in self.gradients.tags]
        self.outputs = self.group(tags.ACTIVATION_STD)
        self._nonfinite, self._saturated = self.group(tags.NONFINITE), self.group(tags.SATURATED_UNITS)
        self._weights = self.group(f"{tags.PARAMETER}_norm_log10")
        self._output_steps = sorted({step for row in self.outputs.values() for step in row})
        totals = [self.group(tags.GRADIENT_SUMMARY).get(part, {}) for part in ("total", "total_added")]
        self.steps = sorted({*self._output_steps, *self.gradients.steps, *totals[0], *totals[1]})

    def group(self, group: str) -> dict[str, ByStep]:
        """The numbers of a group of tags, by layer (or parameter, or part of a summary) and step."""
        start = f"{tags.prefixed(self._prefix, group)}/"
        found = [tag for tag in self._run.scalars if tag.startswith(start)]
        return {profiles.layer(tag): dict(self._run.scalars[tag]) for tag in by_call(found, self._run.texts)}

    def losses(self) -> profiles.Points:
        """The losses that were given to the looks, or else those of the first chart whose name says that it is one.

        Of several models in one run each has only losses under its own prefix.
        """
        scalars = self._run.scalars
        given = scalars.get(tags.prefixed(self._prefix, tags.LOSS), [])
        if given or not (self._prefix or len(profiles.watched(scalars)) < 2):
            return given
        start = f"{self._prefix}_" if self._prefix else ""
        return next((scalars[tag] for tag in scalars if tag.startswith(start) and LOSS.fullmatch(tag)), [])

    def findings(self, at: float = math.inf) -> list[Finding]:
        """What was wrong as of the last look that is no later than this step, worst first."""
        look = _latest(self._output_steps, at)
        nonfinite = _at(self._nonfinite, look)
        return diagnose(
            losses=[loss for step, loss in self.losses() if step <= at],
            weights_finite=self._weights_finite(look),
            gradient_norms=self._gradient_norms(_latest(self.gradients.steps, at)),
            finite={name: 1 - nonfinite.get(name, 0.0) for name in self.outputs},
            saturated=_at(self._saturated, look),
        )

    def since(self, kind: str) -> int:
        """The step from which on every look had a finding of this kind, which the last look has."""
        coarse = evenly_spaced(self.steps, MAX_DIAGNOSED)[::-1]
        sound = next((step for step in coarse if not self._has(kind, step)), None)
        if sound is None:
            return self.steps[0]
        between = self.steps[bisect_right(self.steps, sound) :]
        return between[bisect_left(between, True, key=lambda step: self._has(kind, step))]

    def _has(self, kind: str, step: int) -> bool:
        return any(finding.kind == kind for finding in self.findings(step))

    def _weights_finite(self, look: int) -> dict[str, bool]:
        """The log has no norm of what is not finite. One that was 0 before has no norm either, and is no problem."""
        broken = {name.rpartition(".")[0] for name, row in self._weights.items() if look not in row}
        return {name: name not in broken for name in self.outputs} if self._weights else {}

    def _gradient_norms(self, look: int) -> dict[str, float]:
        """Of the layers whose gradient was logged. Calls after the first, as in a recurrence, are no further depth."""
        found = {}
        for name, tag in zip(self.layers, self.gradients.tags, strict=True):
            cell = self.gradients.cell(tag, look)
            if cell is None and name not in self.outputs:  # nobody knows whether it was called
                cell = profiles.ZERO
            if "#" not in name and cell is not None:
                found[name] = 10**cell if isinstance(cell, float) else 0.0 if cell == profiles.ZERO else math.nan
        return found


def _latest(steps: Sequence[int], at: float) -> int:
    return steps[max(bisect_right(steps, at) - 1, 0)] if steps else 0


def _at(group: Mapping[str, ByStep], step: int) -> dict[str, float]:
    return {name: row[step] for name, row in group.items() if step in row}
