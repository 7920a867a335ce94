"""Which units are dead: one batch cannot tell, a thousand samples can."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

from torchdemos.diagnosis import DEAD_SAMPLES
from torchdemos.watching.outputs import OutputStatistics


class _SilentUnits(NamedTuple):
    """The units of a layer that gave nothing but 0 so far: `which` is bool [units], or None if there are none."""

    which: Any
    units: int
    samples: int

    def after(self, earlier: "_SilentUnits | None") -> "_SilentUnits":
        """Those that are silent in both; if the layer has other units now, or is on another device, it starts anew."""
        if earlier is None or earlier.units != self.units:
            return self
        one, other, samples = self.which, earlier.which, earlier.samples + self.samples
        if one is None or other is None:
            return _SilentUnits(None, self.units, samples)
        return _SilentUnits(one & other, self.units, samples) if _combinable(one, other) else self


def _combinable(one: Any, other: Any) -> bool:
    return type(one) is type(other) and (not isinstance(one, Tensor) or one.device == other.device)


class DeadUnits:
    """Counts units that give nothing but 0 over at least 1,000 samples in a row, however many looks that takes."""

    def __init__(self) -> None:
        self._shares: dict[str, Any] = {}
        self._silent: dict[str, _SilentUnits] = {}

    def add(self, outputs: Mapping[str, OutputStatistics], silent_shares: Mapping[str, float]) -> None:
        """Add the outputs of one batch, with the share of units that are silent in it."""
        for key, output in outputs.items():
            if not output.units:  # nobody knows which they are
                continue
            mean_squares = output.numbers[-output.units :]
            which = None if silent_shares[key] == 0 else mean_squares == 0
            silent = _SilentUnits(which, output.units, output.samples).after(self._silent.pop(key, None))
            if silent.samples >= DEAD_SAMPLES:
                self._shares[key] = 0.0 if silent.which is None else silent.which.sum() / silent.units
            else:
                self._silent[key] = silent

    def shares(self) -> dict[str, float]:
        """The share of dead units of each layer that has been seen often enough."""
        return {key: float(share) for key, share in self._shares.items()}
