"""The statistics that a look has of an output, and what follows from them and from the moments of its units."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from torchdemos.stats.vectors import Float64Array

SUMMARY = ("mean", "std", "abs_max", "zero_fraction", "finite_fraction")
OUTPUT_STATISTICS = (*SUMMARY, "dead_units")
# The slope of a unit, from the mean of its outputs and of their squares.
SLOPES: dict[str, Callable[[Float64Array, Float64Array], Float64Array]] = {
    "sigmoid": lambda mean, square: mean - square,
    "tanh": lambda mean, square: 1 - square,
    "softsign": lambda mean, square: (1 - np.sqrt(square)) ** 2,
    "hardtanh": lambda mean, square: 1.5 * (1 - square),
    "hardsigmoid": lambda mean, square: 6 * (mean - square),
    "relu6": lambda mean, square: mean - square / 6,
}
SLOPE_OF_SATURATED = 0.05  # a unit with a smaller mean slope counts as saturated


def pooled_summary(summaries: Sequence[Float64Array], elements: Sequence[int]) -> Float64Array:
    """The numbers named in `SUMMARY` of several tensors together, from those and the number of elements of each.

    The variance of the whole is the mean variance of the parts plus the variance of their means. Elements are counted,
    not their shares, because shares that are each 1 can add up to a little less.
    """
    sizes = np.array(elements, np.float64)
    share = sizes / sizes.sum()
    mean, std, abs_max, *fractions = np.stack(summaries).T
    with np.errstate(all="ignore"):
        centre = (share * mean).sum()
        spread = np.sqrt((share * (std**2 + (mean - centre) ** 2)).sum())
        shares = [np.round(sizes * fraction).sum() / sizes.sum() for fraction in fractions]
    return np.array([centre, spread, abs_max.max(), *shares])


def dead_units(moments: Float64Array) -> float:
    """Share of units that are 0 for every sample, from the mean and mean square of each [2, units].

    A small batch exaggerates it. NaN if there is no unit.
    """
    return 1 - np.count_nonzero(moments[1]) / moments.shape[1] if moments.size else math.nan


def saturated_units(moments: Float64Array, activation: str) -> float:
    """Share of units whose mean slope is below `SLOPE_OF_SATURATED`: hardly any gradient passes them.

    `moments` are the mean and mean square [2, units] of the outputs of a `"sigmoid"` (slope a(1 - a)) or a `"tanh"`
    (slope 1 - a^2): they determine the mean slope. Of a `"hardtanh"`, a `"hardsigmoid"` and a `"relu6"` with their
    usual ends they determine the share of outputs between the ends, where the slope is 1, if those lie evenly; of a
    `"softsign"` (slope (1 - |a|)^2) they give a slope that is at most the mean one. NaN if there is no unit.
    """
    slope = SLOPES[activation](*moments)
    return float(np.count_nonzero(slope < SLOPE_OF_SATURATED)) / len(slope) if moments.size else math.nan


def joined_statistics(summary: Float64Array, moments: Float64Array) -> Float64Array:
    """A `SUMMARY` and moments [2, units] in one vector: `OUTPUT_STATISTICS` and the moments [6 + 2 units]."""
    return np.concatenate([summary, [dead_units(moments)], moments.reshape(-1)])
