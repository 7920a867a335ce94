"""Whether all units of a layer compute the same."""

import math

import numpy as np

from torchdemos import stats
from torchdemos.stats.vectors import Float64Array
from torchdemos.watching.outputs import OutputStatistics

EQUAL = 1e-5  # of their size: a matrix product may sum the same numbers in another order for another unit
NOT_EQUAL = np.zeros(1)


def equal_units(output: OutputStatistics) -> Float64Array:
    """Whether all units have the same mean and the same mean square, [1], but for rounding: copies of one unit have.

    Means that are themselves no more than rounding, as those of normalized units are, have to be the same exactly.
    """
    moments, units = output.numbers[len(stats.OUTPUT_STATISTICS) :], output.units
    square, next_square = moments[units : units + 2].tolist()
    if not abs(square - next_square) <= EQUAL * square:  # True for NaN and inf
        return NOT_EQUAL  # in most layers two units tell
    means, squares = moments.reshape(2, units)
    size = math.sqrt(square)
    within = EQUAL * size if abs(means[0]) > EQUAL * size else 0.0
    apart = np.abs(means - means[0]).max(), np.abs(squares - square).max()
    return np.array([float(apart[0] <= within and apart[1] <= EQUAL * square)])
