"""Which units are dead: one batch cannot tell, a thousand samples without a sign of life can."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from torchdemos.diagnosis import DEAD_SAMPLES
from torchdemos.stats.vectors import Float64Vector
from torchdemos.watching.outputs import OutputStatistics


class _Silence(NamedTuple):
    """How many samples ago each unit was last active, [units]; None where all were in the last batch."""

    samples_ago: Float64Vector | None
    units: int
    seen: int  # samples in all

    def after(self, earlier: "_Silence | None") -> "_Silence":
        """With what was known before; if the layer has other units now, or is on another device, it starts anew."""
        if earlier is None or earlier.units != self.units:
            return self
        seen = earlier.seen + self.seen
        if self.samples_ago is None or earlier.samples_ago is None:
            return self._replace(seen=seen)
        if not _combinable(self.samples_ago, earlier.samples_ago):
            return self
        longer = (self.samples_ago > 0) * earlier.samples_ago
        return _Silence(self.samples_ago + longer, self.units, seen)

    def share(self) -> Float64Vector:
        """The share of units that were active in none of the last thousand samples, [1]; NaN if fewer were seen."""
        if self.seen < DEAD_SAMPLES:
            return np.array([np.nan])
        if self.samples_ago is None:
            return np.zeros(1)
        dead = self.samples_ago >= DEAD_SAMPLES
        return dead.double().mean()[None] if isinstance(dead, Tensor) else np.array([dead.mean()])


class DeadUnits:
    """Counts for each unit the samples since it last gave anything but 0, however many looks that takes."""

    def __init__(self) -> None:
        self._silence: dict[str, _Silence] = {}

    def add(self, outputs: Mapping[str, OutputStatistics]) -> dict[str, Float64Vector]:
        """Add the outputs of one batch; return each layer's share of dead units, [1], on its device.

        A layer of which nobody knows the units has none.
        """
        known = {key: output for key, output in outputs.items() if output.units}
        for key, output in known.items():
            self._silence[key] = _silence(output).after(self._silence.get(key))
        return {key: self._silence[key].share() for key in known}


def _silence(output: OutputStatistics) -> _Silence:
    mean_squares = output.numbers[-output.units :]
    if isinstance(mean_squares, np.ndarray) and mean_squares.all():
        return _Silence(None, output.units, output.samples)
    silent = mean_squares == 0
    return _Silence(silent * float(output.samples), output.units, output.samples)


def _combinable(one: Float64Vector, other: Float64Vector) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.device == other.device
    return not (torch.is_tensor(one) or torch.is_tensor(other))
