"""What depth does to a gradient beyond the mean-field factor of a layer: its scatter, its deaths, and the cures.

In this file a layer is z = W phi(.) with W_ij ~ N(0, weight_variance / N_in) and no bias, He's start is
weight_variance 2 under ReLU, and chi is the factor of a layer on the squared norm of the gradient.
"""

import math
from typing import NamedTuple

import numpy as np

from torchdemos.lab.theory import mean_field

MEANS = {"relu": 1 / math.sqrt(2 * math.pi), "sigmoid": 0.5, "tanh": 0.0, "linear": 0.0}  # E[phi(z)] at z ~ N(0, 1)
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
_EULER = 0.5772156649015329


class Moments(NamedTuple):
    """Mean and variance of a random number."""

    mean: float
    variance: float


def log_normal(width: int, depth: int) -> Moments:
    """The law of ln |J u|^2 to first order in depth / width: N(-beta / 2, beta) with beta = 5 depth / width.

    J is the Jacobian of `depth` ReLU layers from He's start, and u is a unit vector. beta 0: every network has the same
    gradient. beta 4: in one of three networks |J u| is more than e = 2.7 times the typical value, or less than 1/e of
    it.

    Raises ValueError for fewer than 1 unit or layer.
    Source: Hanin & Nica 2020, arXiv:1812.05994.
    """
    _check(width=width, depth=depth)
    beta = 5 * depth / width
    return Moments(-beta / 2, beta)


def log_gradient(width: int, depth: int) -> Moments:
    """Exact mean and variance of ln |J u|^2 (see `log_normal`), given that no layer is all silent.

    A layer multiplies |u|^2 by (2 / width) chi^2_K, independently of all other layers. K ~ Binomial(width, 1/2) counts
    its active units; E ln chi^2_K = psi(K/2) + ln 2, and the variance is psi'(K/2). The variance lies 8 % above beta at
    width 50, and 4 % at width 100.

    Raises ValueError for fewer than 1 unit or layer.
    Source: Hanin & Nica 2020; moments of ln chi^2 from the digamma function psi.
    """
    _check(width=width, depth=depth)
    psi, slope = [-_EULER - 2 * math.log(2), -_EULER], [math.pi**2 / 2, math.pi**2 / 6]  # at 1/2 and 1
    for x in (units / 2 for units in range(1, width - 1)):
        psi.append(psi[-2] + 1 / x)
        slope.append(slope[-2] - 1 / x**2)
    shares = np.array([math.comb(width, units) / (2**width - 1) for units in range(1, width + 1)])
    means, variances = np.array(psi[:width]), np.array(slope[:width])
    mean = float(shares @ means)
    variance = float(shares @ ((means - mean) ** 2 + variances))
    return Moments(depth * (mean + math.log(4 / width)), depth * variance)


def born_dead(width: int, depth: int) -> float:
    """The share of ReLU networks of `depth` layers, the last one linear, that are constant near a given input.

    1 - (1 - 2^-width)^(depth - 1): each hidden layer is silent with probability 2^-width, because signs are fair coins.
    0: none is dead; 1: all are, and no training revives them.

    Raises ValueError for fewer than 1 unit or layer.
    Source: Lu et al. 2020, arXiv:1903.06733. For many inputs this is an upper bound, for a single one it is exact.
    """
    _check(width=width, depth=depth)
    return -math.expm1((depth - 1) * math.log1p(-(2.0**-width)))


def batch_norm_chi(activation: str) -> float:
    """The factor of a layer behind batch normalization, for wide layers and large batches: E[phi'^2] / Var[phi].

    Both are taken at z ~ N(0, 1), whatever the scale of the weights. The factor is above 1 for all but the linear
    network. For ReLU it is pi / (pi - 1) = 1.467, so 50 layers multiply the gradient norm by 14,000.

    Raises ValueError for an unknown activation.
    Source: Yang et al. 2019, arXiv:1902.08129.
    """
    slope, square = mean_field.chi(1.0, activation, 1.0), mean_field.length_map(1.0, activation, 1.0)
    return slope / (square - MEANS[activation] ** 2)


def residual_growth(blocks: int, branch: float = 1.0) -> float:
    """What `blocks` residual blocks x + f(x) make of the variance, and of the squared gradient: (1 + branch)^blocks.

    `branch` is the variance that f alone passes on. It is 1 for He's start, so each block doubles the variance. It is
    1 / blocks for a branch scaled by 1 / sqrt(blocks), which keeps the growth below e = 2.718 at any depth.

    Raises ValueError for fewer than 1 block, or a branch that is negative or NaN.
    Source: Hanin & Rolnick 2018, arXiv:1803.01719; De & Smith 2020, arXiv:2002.10444.
    """
    _check(blocks=blocks)
    if not branch >= 0:
        raise ValueError(f"branch must be at least 0, got {branch}")
    return (1 + branch) ** blocks


def residual_scatter(width: int, branch: float) -> float:
    """The variance that one block adds to ln |gradient|^2: (4 branch + 5 branch^2) / (1 + branch)^2 / width.

    In the variance of |x + f(x)|^2 the 4 is due to the cross term and the 5 to the branch alone, as without a skip. It
    is 0 for an empty branch. With branch = 1 / blocks the scatter of all blocks stays below 4 / width, while that of a
    plain network grows with depth.

    Raises ValueError for fewer than 1 unit, or a branch that is negative or NaN.
    Source: the two Gaussian moments, with those of Hanin & Nica 2020.
    """
    return (4 * branch + 5 * branch**2) / residual_growth(2, branch) / _check(width=width)


def clipped(norm: float, limit: float) -> float:
    """The norm of a gradient after clipping by global norm: norm * min(1, limit / norm), which is min(norm, limit).

    A limit of 0 stops all learning; a limit of inf clips nothing.

    Raises ValueError for a negative or NaN norm or limit.
    Source: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063.
    """
    if not (norm >= 0 and limit >= 0):
        raise ValueError(f"norm and limit must be at least 0, got {norm} and {limit}")
    return min(norm, limit)


def selu(q: float) -> tuple[float, float]:
    """Mean and mean square of SELU's outputs, from the variance q of its inputs (weights with weight_variance 1).

    They are (0, 1) at the fixed point q = 1, which attracts: a layer at 1.5 is followed by one at 1.37.

    Raises ValueError for q outside 0..100, where exp(2 q) leaves the range of numbers.
    Source: Klambauer et al. 2017, arXiv:1706.02515.
    """
    once, twice = _below_zero(1, q), _below_zero(2, q)
    mean = SELU_SCALE * (math.sqrt(q / (2 * math.pi)) + SELU_ALPHA * (once - 0.5))
    return mean, SELU_SCALE**2 * (q / 2 + SELU_ALPHA**2 * (twice - 2 * once + 0.5))


def selu_chi(q: float) -> float:
    """The factor of a SELU layer at the variance q of its pre-activations: E[phi'(sqrt(q) z)^2].

    It is 1.0716 at the fixed point q = 1: activations keep their variance, and gradients grow by 3.5 % in each layer.

    Raises ValueError for q outside 0..100.
    Source: Schoenholz et al. 2017, eq. 5, with the SELU of Klambauer et al. 2017.
    """
    return SELU_SCALE**2 * (0.5 + SELU_ALPHA**2 * _below_zero(2, q))


def _below_zero(power: int, q: float) -> float:
    """E[exp(power * sqrt(q) z); z < 0] with z ~ N(0, 1)."""
    if not 0 <= q <= 100:
        raise ValueError(f"q must be in 0..100, got {q}")
    return math.exp(power**2 * q / 2) * math.erfc(power * math.sqrt(q / 2)) / 2


def _check(**numbers: int) -> int:
    """Raise ValueError unless each number is at least 1; return the last one."""
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
    return number
