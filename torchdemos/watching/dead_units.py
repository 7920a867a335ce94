"""Which units are dead: one batch cannot tell, a thousand samples without a sign of life can."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from torchdemos.diagnosis import DEAD_SAMPLES
from torchdemos.stats import OUTPUT_STATISTICS
from torchdemos.stats.vectors import Float64Array
from torchdemos.watching.outputs import OutputStatistics

DEAD_NOW = OUTPUT_STATISTICS.index("dead_units")  # the share of units that this batch did not wake
NONE = np.zeros(1)


class _Silence(NamedTuple):
    """How many samples ago each unit was last active, [units], or 0 where all were in the last batch."""

    samples_ago: Float64Array | float
    units: int
    seen: int  # samples in all

    def share(self) -> Float64Array | None:
        """The share of units that were active in none of the last thousand samples, [1]; None if fewer were seen."""
        if self.seen < DEAD_SAMPLES:
            return None
        if isinstance(self.samples_ago, float):
            return NONE
        dead = self.samples_ago >= DEAD_SAMPLES
        return np.array([np.count_nonzero(dead) / len(dead)])


class DeadUnits:
    """Counts for each unit the samples since it last gave anything but 0, however many looks that takes."""

    def __init__(self) -> None:
        self._silence: dict[str, _Silence] = {}

    def add(self, outputs: Mapping[str, OutputStatistics]) -> dict[str, Float64Array]:
        """Add the outputs of one batch; return each layer's share of dead units, [1].

        A layer has none of which nobody knows the units, or that gave fewer than a thousand samples so far.
        """
        shares = {}
        for key, output in outputs.items():
            if units := output.units:
                self._silence[key] = found = _after(output, units, self._silence.get(key))
                if (share := found.share()) is not None:
                    shares[key] = share
        return shares


def _after(output: OutputStatistics, units: int, earlier: _Silence | None) -> _Silence:
    """What is known after a batch; if the layer has other units now, that is all."""
    numbers, samples = output.numbers, output.samples
    ago, seen = (earlier.samples_ago, earlier.seen) if earlier and earlier.units == units else (0.0, 0)
    if numbers[DEAD_NOW] == 0:  # no other look at the units, which are many
        return _Silence(0.0, units, seen + samples)
    return _Silence((numbers[-units:] == 0) * (ago + float(samples)), units, seen + samples)
