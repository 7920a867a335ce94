"""Losses that are far above the latest ones."""

import math
from collections import deque

import numpy as np

LATEST, FEWEST = 128, 64
DEVIATIONS = 6.0
ROUNDING = 1e-6  # of float32, by which losses that are all alike differ


class LossSpikes:
    """Tells a loss that exceeds the mean of the latest 128 by more than 6 of their standard deviations.

    That is the rule by which OLMo-core skips steps (`SkipStepOptimizer`). Like it, this one waits for 64 losses. A loss
    that is not finite is no spike, and is not counted.
    """

    def __init__(self) -> None:
        self._latest: deque[float] = deque(maxlen=LATEST)

    def add(self, loss: float) -> bool:
        """Add a loss, and say whether it is a spike."""
        if not math.isfinite(loss):
            return False
        known = np.array(self._latest)
        self._latest.append(loss)
        if len(known) < FEWEST:
            return False
        mean = known.mean()
        return bool(loss - mean > max(DEVIATIONS * known.std(ddof=1), ROUNDING * abs(mean)))
