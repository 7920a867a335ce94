"""The spike rule of OLMo 2 (2025): a loss six standard deviations above the mean of the last 128."""

import numpy as np

from benchmarks.faultbench.published import reading
from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.history import History, Numbers

DEVIATIONS, WINDOW, FEWEST = 6.0, 128, 8


def spikes(history: History) -> list[Finding]:
    """Whether there was a spike up to the latest look."""
    losses = np.array([loss for _, loss in history.losses])
    if not np.isfinite(losses).all() or any(_spike(losses, i) for i in range(FEWEST, len(losses))):
        return reading.found("rising loss", "learning rate too large", "not finite", "exploding gradient")
    return []


def _spike(losses: Numbers, i: int) -> bool:
    before = losses[max(0, i - WINDOW) : i]
    return bool(losses[i] > before.mean() + DEVIATIONS * before.std())
