"""What mean-field theory predicts about two inputs on their way through a wide random network.

Their correlation c says how deep a network can be trained. Beyond the depth at which c has settled, all inputs look
alike (ordered) or all look unlike (chaotic), and nothing is left to learn from. The notation is that of `mean_field`;
the lengths have settled at q*.

Sources: Poole et al. 2016, arXiv:1606.05340. Schoenholz et al. 2017, arXiv:1611.01232. For ReLU: Cho & Saul
2009. For the gradients at two inputs: Balduzzi et al. 2017, arXiv:1702.08591.
"""

import math
from collections.abc import Callable

import numpy as np

from torchdemos.lab.theory import mean_field
from torchdemos.lab.theory.activations import ACTIVATIONS, Array

# The midpoint rule in two dimensions: as in `mean_field`, its error falls exponentially in 1/step.
_LINE: Array = np.arange(-79.5, 80.0) * 0.1
_BELL: Array = np.exp(-(_LINE**2) / 2)
_FIRST, _SECOND = np.meshgrid(_LINE, _LINE)
_WEIGHTS: Array = np.outer(_BELL, _BELL) / _BELL.sum() ** 2


def correlation_map(c: float, activation: str, weight_variance: float, bias_variance: float = 0.0) -> float:
    """The correlation of two inputs' pre-activations in one layer, from their correlation in the layer below.

    (weight_variance * E[phi(u1) phi(u2)] + bias_variance) / q*, where u1 and u2 are normal with variance q* and
    correlation c. 1 stays 1: equal inputs stay equal.

    Raises ValueError for c outside [-1, 1], for what `mean_field` raises, and if q* is 0 or infinite.
    Source: Poole et al. 2016, eq. 5.
    """
    q = _settled(activation, weight_variance, bias_variance)
    value = ACTIVATIONS[activation].value
    return (weight_variance * _mean_product(value, q, c) + bias_variance) / q


def fixed_correlation(activation: str, weight_variance: float, bias_variance: float = 0.0) -> float:
    """The correlation c* at which any two inputs end, deep inside the network.

    1: all inputs become alike (ordered, chi_1 <= 1). Below 1: even inputs that are nearly alike part (chaotic).

    Raises ValueError as `correlation_map` does. Source: Poole et al. 2016, Sec. 2.2.
    """
    q = _settled(activation, weight_variance, bias_variance)
    if mean_field.chi(q, activation, weight_variance) <= 1 + 1e-12:  # how a sum is rounded depends on NumPy and the CPU
        return 1.0
    low, high = 0.0, 1.0
    while low < (middle := (low + high) / 2) < high and high - low > 1e-12:
        grows = correlation_map(middle, activation, weight_variance, bias_variance) > middle
        low, high = (middle, high) if grows else (low, middle)
    return low


def correlation_factor(activation: str, weight_variance: float, bias_variance: float = 0.0) -> float:
    """chi_c: the factor by which one layer shrinks a small distance from c*. It is 1 at the critical point.

    weight_variance * E[phi'(u1) phi'(u2)] at c*; equal to chi_1 in the ordered phase.

    Raises ValueError as `correlation_map` does. Source: Schoenholz et al. 2017, eq. 9.
    """
    q = _settled(activation, weight_variance, bias_variance)
    c = fixed_correlation(activation, weight_variance, bias_variance)
    if c == 1:
        return mean_field.chi(q, activation, weight_variance)
    return weight_variance * _mean_product(ACTIVATIONS[activation].slope, q, c)


def correlation_depth(activation: str, weight_variance: float, bias_variance: float = 0.0) -> float:
    """xi_c = -1 / ln chi_c: the number of layers over which the difference of two inputs fades by a factor e.

    inf at the critical point. Networks train to a depth of some multiple of xi_c: Schoenholz et al. draw 6 xi_c.

    Raises ValueError as `correlation_map` does. Source: Schoenholz et al. 2017, eq. 9.
    """
    return mean_field.depth_scale(correlation_factor(activation, weight_variance, bias_variance))


def arc_cosine(correlation: float) -> tuple[float, float]:
    """The correlations of two inputs' ReLU slopes and next pre-activations, from that of their pre-activations, c.

    The first is 1 - arccos(c) / pi, the share of active units that they have in common. The second is
    (sqrt(1 - c^2) + c (pi - arccos c)) / pi. With depth both approach 1: activations are never negative, so inputs
    become alike.

    Raises ValueError for a correlation outside -1..1.
    Source: Cho & Saul 2009, the kernels of order 0 and 1.
    """
    if not -1 <= correlation <= 1:
        raise ValueError(f"a correlation lies in -1..1, got {correlation}")
    shared = 1 - math.acos(correlation) / math.pi
    return shared, min(math.sqrt(1 - correlation**2) / math.pi + correlation * shared, 1.0)


def gradient_correlation(depth: int, correlation: float = 0.0) -> float:
    """The correlation of the gradients at two inputs of a given correlation, below `depth` ReLU layers of He's start.

    It is the product of each layer's share of common slopes: 0.5, 0.302, 0.142 and 0.050 below 1, 2, 4 and 8 layers.
    1: the gradient is smooth; 0: it is white noise, shattered.

    Raises ValueError for fewer than 1 layer or a correlation outside -1..1.
    Source: Cho & Saul 2009; Balduzzi et al. 2017, arXiv:1702.08591, pose the question.
    """
    _check(depth)
    product = 1.0
    for _ in range(depth):
        shared, correlation = arc_cosine(correlation)
        product *= shared
    return product


def shattered(depth: int) -> float:
    """The same correlation, if every layer shared half of the active units as the first one does: 2^-depth.

    Raises ValueError for fewer than 1 layer.
    Source: Balduzzi et al. 2017, Theorem 1.
    """
    _check(depth)
    return 2.0**-depth


def _settled(activation: str, weight_variance: float, bias_variance: float) -> float:
    q = mean_field.fixed_point(activation, weight_variance, bias_variance)
    if not 1e-12 < q < math.inf:
        raise ValueError(f"two inputs have no correlation where lengths settle at {q:.3g}")
    return q


def _mean_product(function: Callable[[Array], Array], q: float, c: float) -> float:
    """E[f(u1) f(u2)] for normal u1, u2 of variance q and correlation c."""
    if not -1 <= c <= 1:
        raise ValueError(f"a correlation lies between -1 and 1, got {c}")
    first = math.sqrt(q) * _FIRST
    second = math.sqrt(q) * (c * _FIRST + math.sqrt(1 - c * c) * _SECOND)
    return float((_WEIGHTS * function(first) * function(second)).sum())


def _check(depth: int) -> None:
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
