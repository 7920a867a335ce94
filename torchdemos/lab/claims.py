"""A prediction next to its measurement, and whether the two agree."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """A predicted number next to its measurement.

    `source` says where the prediction comes from. `tolerance` is a share of the prediction (0.05: 5 %), or, with
    relative=False, an absolute amount in the units of the prediction.

    Raises ValueError if the tolerance is negative or NaN, or if the prediction is 0 while the tolerance is relative.
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
        """Measured minus predicted, as a share of the prediction if `relative`; not finite if one of both is not."""
        difference = self.measured - self.predicted
        return difference / self.predicted if self.relative else difference

    @property
    def holds(self) -> bool:
        """Whether the measurement lies within the tolerance; NaN and inf never do."""
        return math.isfinite(self.measured) and abs(self.deviation) <= self.tolerance

    @property
    def prediction(self) -> str:
        """The prediction in words: "0.2048"."""
        return f"{self.predicted:.5g}"

    @property
    def difference(self) -> str:
        """The deviation beside the tolerance: "0.14% (allowed 3%)". A deviation far below the tolerance shows as 0."""
        off = 0.0 if abs(self.deviation) < 1e-3 * self.tolerance else self.deviation
        return f"{self._amount(off)} (allowed {self._amount(self.tolerance)})"

    def _amount(self, value: float) -> str:
        return f"{100 * value:.2g}%" if self.relative else f"{value:.2g}"


@dataclass(frozen=True)
class Bound:
    """A predicted range next to a measurement: at least `low`, at most `high`, ends included.

    Raises ValueError unless low <= high.
    """

    name: str
    source: str
    measured: float
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"{self.name}: the range from {self.low} to {self.high} is empty")

    @property
    def holds(self) -> bool:
        """Whether the measurement lies in the range; NaN never does."""
        return self.low <= self.measured <= self.high

    @property
    def prediction(self) -> str:
        """The range in words: "at least 0.8", "0.95 to 1.15"."""
        if self.high == math.inf:
            return f"at least {self.low:.5g}"
        return f"at most {self.high:.5g}" if self.low == -math.inf else f"{self.low:.5g} to {self.high:.5g}"

    @property
    def difference(self) -> str:
        """How far outside the range the measurement lies; empty within the range."""
        return "" if self.holds else f"outside by {max(self.low - self.measured, self.measured - self.high):.2g}"
