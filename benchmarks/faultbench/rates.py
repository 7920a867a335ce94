"""Shares of runs, with the intervals that small numbers deserve."""

import math
from collections.abc import Iterable

Z = 1.959964  # of the normal distribution, two-sided 95 %


def wilson(hits: int, runs: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, which does not shrink to a point at 0 and 1; (0, 1) without runs."""
    if not runs:
        return 0.0, 1.0
    share, z2 = hits / runs, Z * Z
    middle = (share + z2 / (2 * runs)) / (1 + z2 / runs)
    half = Z / (1 + z2 / runs) * math.sqrt(share * (1 - share) / runs + z2 / (4 * runs * runs))
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(outcomes: Iterable[bool]) -> str:
    """As in `3 of 60: 5.0 % [1.7, 13.7]`."""
    found = list(outcomes)
    if not found:
        return "none"
    low, high = wilson(sum(found), len(found))
    return f"{sum(found)} of {len(found)}: {sum(found) / len(found):.1%} [{100 * low:.1f}, {100 * high:.1f}]"
