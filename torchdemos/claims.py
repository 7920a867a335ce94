"""A prediction next to its measurement, and whether the two agree."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """A prediction next to its measurement.

    `source` says where the prediction comes from. `tolerance` is a share of the prediction (0.05: 5 %), or, with
    relative=False, an absolute amount in the prediction's own units.

    Raises ValueError if the tolerance is negative or NaN, or if the prediction is 0 while the tolerance is relative:
    no share of 0 is a tolerance.
    """

    name: str
    source: str
    predicted: float
    measured: float
    tolerance: float
    relative: bool = True

    def __post_init__(self) -> None:
        if not self.tolerance >= 0:
            raise ValueError(f"{self.name}: tolerance must be at least 0, got {self.tolerance}")
        if self.relative and self.predicted == 0:
            raise ValueError(f"{self.name}: predicted is 0, so state an absolute tolerance with relative=False")

    @property
    def deviation(self) -> float:
        """Measured minus predicted, as a share of the prediction if `relative`; NaN or inf if either of them is."""
        difference = self.measured - self.predicted
        return difference / self.predicted if self.relative else difference

    @property
    def holds(self) -> bool:
        """Whether the measurement lies within the tolerance; NaN and inf never do."""
        return math.isfinite(self.measured) and abs(self.deviation) <= self.tolerance
