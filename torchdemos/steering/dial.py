"""The dial of a learning rate: from where to where it can be turned."""

import math
from collections.abc import Sequence
from typing import Any

from torch.optim import Optimizer

from torchdemos.steering.held import Held, number

PLANNED = ("lr", "initial_lr", "max_lr")  # where a group and its schedule keep learning rates
DECADES_BELOW, DECADES_ABOVE = 3, 2  # around what is planned


class Dial:
    """Turns the learning rate that these optimizers share, `rate`, between `low` and `high`."""

    def __init__(self, optimizers: Sequence[Optimizer]) -> None:
        self.rate = Held(optimizers, "lr")
        self._first = [group.get("lr") for group in self.rate.groups()]
        known = [value for group in self.rate.groups() for name in PLANNED if (value := number(group.get(name))) > 0]
        largest = max(known, default=math.nan)
        self.low = 10.0 ** (math.floor(math.log10(largest)) - DECADES_BELOW) if known else math.nan
        self.high = 10.0 ** (math.ceil(math.log10(largest)) + DECADES_ABOVE) if known else math.nan

    @property
    def exists(self) -> bool:
        """Whether there is a learning rate to turn: some optimizers have none."""
        return not math.isnan(self.low)

    @property
    def is_scheduled(self) -> bool:
        """Whether a schedule sets the rate: one of PyTorch's, or whatever has changed it since."""
        groups = list(self.rate.groups())
        return any("initial_lr" in group for group in groups) or self._first != [group.get("lr") for group in groups]

    def checked(self, value: Any) -> float:
        """A rate that the dial can be turned to. Raises `ValueError` in a sentence for anything else."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"the learning rate is a number, and this is {value!r:.40}")
        if not self.low <= value <= self.high:
            raise ValueError(
                f"the learning rate lies between {self.low:g} and {self.high:g}, and this is {value!r:.40}"
            )
        return float(value)
