"""Which units are dead: a batch cannot tell, a thousand samples can."""

from collections.abc import Mapping

from torch import Tensor

from torchdemos.diagnosis import DEAD_SAMPLES
from torchdemos.seen import Seen
from torchdemos.stats import kernels


class DeadUnits:
    """Units that gave nothing but 0 over at least 1,000 samples in a row, however many looks that takes."""

    def __init__(self) -> None:
        self._shares: dict[str, Tensor] = {}
        self._active: dict[str, Tensor] = {}
        self._samples: dict[str, int] = {}

    def add(self, outputs: Mapping[str, Seen]) -> None:
        for key, seen in outputs.items():
            active = kernels.active_units(seen.moments)
            earlier = self._active.get(key)
            if earlier is not None and earlier.shape == active.shape and earlier.device == active.device:
                active, self._samples[key] = earlier | active, self._samples[key] + seen.samples
            else:
                self._samples[key] = seen.samples
            self._active[key] = active
            if self._samples[key] >= DEAD_SAMPLES:
                self._shares[key] = 1 - self._active.pop(key).double().mean()

    def shares(self) -> dict[str, float]:
        """Share of dead units by key, of those that have been seen often enough."""
        return {key: float(share) for key, share in self._shares.items()}
