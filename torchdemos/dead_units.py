"""Which units are dead: a batch cannot tell, a thousand samples can."""

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor

from torchdemos import stats
from torchdemos.diagnosis import DEAD_SAMPLES
from torchdemos.seen import Seen


class _Silent(NamedTuple):
    """Units that gave nothing but 0 so far: bool [units], or None where each gave something."""

    which: Tensor | None
    units: int
    samples: int

    def after(self, earlier: "_Silent | None") -> "_Silent":
        """Those that are silent in both, unless the layer has other units now."""
        if earlier is None or earlier.units != self.units:
            return self
        one, other = self.which, earlier.which
        both = None if one is None or other is None else one & other.to(one.device)
        return _Silent(both, self.units, earlier.samples + self.samples)


class DeadUnits:
    """Units that gave nothing but 0 over at least 1,000 samples in a row, however many looks that takes."""

    def __init__(self) -> None:
        self._shares: dict[str, float | Tensor] = {}
        self._silent: dict[str, _Silent] = {}

    def add(self, outputs: Mapping[str, Seen], shares: Mapping[str, float]) -> None:
        """Outputs of one batch, and the share of units that are silent in it."""
        for key, seen in outputs.items():
            which = None if shares[key] == 0 else ~stats.active_units(seen.moments)
            silent = _Silent(which, seen.units, seen.samples).after(self._silent.pop(key, None))
            if silent.samples >= DEAD_SAMPLES:
                self._shares[key] = 0.0 if silent.which is None else silent.which.double().mean()
            else:
                self._silent[key] = silent

    def shares(self) -> dict[str, float]:
        """Share of dead units by key, of those that have been seen often enough."""
        return {key: float(share) for key, share in self._shares.items()}
