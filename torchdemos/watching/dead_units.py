"""Which units are dead: a batch cannot tell, a thousand samples can."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from torch import Tensor

from torchdemos.diagnosis import DEAD_SAMPLES
from torchdemos.watching.outputs import Seen


class _Silent(NamedTuple):
    """Units that gave nothing but 0 so far: bool [units] of NumPy's or PyTorch's, None where each gave something."""

    which: Any
    units: int
    samples: int

    def after(self, earlier: "_Silent | None") -> "_Silent":
        """Those that are silent in both, unless the layer has other units now, or is on another device."""
        if earlier is None or earlier.units != self.units:
            return self
        one, other, samples = self.which, earlier.which, earlier.samples + self.samples
        if one is None or other is None:
            return _Silent(None, self.units, samples)
        return _Silent(one & other, self.units, samples) if _together(one, other) else self


def _together(one: Any, other: Any) -> bool:
    return type(one) is type(other) and (not isinstance(one, Tensor) or one.device == other.device)


class DeadUnits:
    """Units that gave nothing but 0 over at least 1,000 samples in a row, however many looks that takes."""

    def __init__(self) -> None:
        self._shares: dict[str, Any] = {}
        self._silent: dict[str, _Silent] = {}

    def add(self, outputs: Mapping[str, Seen], shares: Sequence[float]) -> None:
        """Outputs of one batch, and for each the share of units that are silent in it."""
        for (key, seen), share in zip(outputs.items(), shares, strict=True):
            which = None if share == 0 else seen.numbers[-seen.units :] == 0  # mean squares
            silent = _Silent(which, seen.units, seen.samples).after(self._silent.pop(key, None))
            if silent.samples >= DEAD_SAMPLES:
                self._shares[key] = 0.0 if silent.which is None else silent.which.sum() / silent.units
            else:
                self._silent[key] = silent

    def shares(self) -> dict[str, float]:
        """Share of dead units by key, of those that have been seen often enough."""
        return {key: float(share) for key, share in self._shares.items()}
