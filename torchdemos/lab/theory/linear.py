"""What the theory of linear networks and of products of random matrices predicts about an initialization."""

import math
from collections.abc import Iterable
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


def mean_singular_value(std: float) -> float:
    """The mean singular value of a large square matrix whose n x n independent entries have the variance std^2 / n.

    8 std / (3 pi), the mean of the quarter circle from 0 to 2 std. 0: the zero matrix. Glorot and Bengio's uniform
    starts have std 1/sqrt(3), which gives 0.490, and std 1, which gives 0.849.

    Raises ValueError for a negative or NaN std.
    Source: Marchenko & Pastur 1967, for square matrices.
    """
    if not std >= 0:
        raise ValueError(f"std must be at least 0, got {std}")
    return 8 * std / (3 * math.pi)


def mean_layer_singular_value(std: float, slopes: Array) -> float:
    """The mean singular value of a large layer's Jacobian W phi': as `mean_singular_value`, with columns that shrink.

    `slopes` is a sample of phi' over the neurons below: slopes of 1 give 8 std / (3 pi) again, slopes of 0 give 0.
    With h(m) = E[1 / (1 + std^2 phi'^2 m)] the value is 2/pi times the integral of sqrt(h / m) over -dh, for m from 0
    to infinity. This follows from the fixed-point equation x = h / m for the Stieltjes transform m of the spectrum of
    J J^T at -x, on the negative axis, where it can be solved for x.

    Raises ValueError for a negative or NaN std.
    Source: Marchenko & Pastur 1967 (square matrices with columns of unequal variance).
    """
    if not std >= 0:
        raise ValueError(f"std must be at least 0, got {std}")
    steps, width = np.linspace(-40.0, 40.0, 801, retstep=True)  # of ln m: the trapezoidal rule is exact to 1e-8
    scaled = np.multiply.outer(np.exp(steps), (std * slopes) ** 2)
    remaining = (1 / (1 + scaled)).mean(axis=1)
    falling = (scaled / (1 + scaled) ** 2).mean(axis=1)  # -dh / d ln m
    return float(2 / math.pi * width * (np.sqrt(remaining / np.exp(steps)) @ falling))


def tanh_slopes(length: float) -> Array:
    """phi' of tanh at 500 equal quantiles of Gaussian pre-activations with variance `length`.

    Length 0 gives slopes of 1: tanh is linear. Length inf gives slopes of 0: every neuron is saturated.

    Raises ValueError for a negative or NaN length.
    Source: Poole et al. 2016, arXiv:1606.05340, for the Gaussian.
    """
    if not length >= 0:
        raise ValueError(f"length must be at least 0, got {length}")
    normal = np.array([NormalDist().inv_cdf((i + 0.5) / 500) for i in range(500)])
    return np.asarray(1 - np.tanh(math.sqrt(length) * normal) ** 2)


def directions_passed_on(neurons: int, slopes: Iterable[Array]) -> float:
    """The number of directions that survive orthogonal layers: neurons / (1 + sum of Var(phi'^2) / E[phi'^2]^2).

    The sum is over the layers, and `slopes` holds a sample of phi' for each of them. The number is counted as
    (sum s^2)^2 / sum s^4 of the Jacobian's singular values s; linear layers pass on as many as there are neurons. The
    relative variances of s^2 add up, because orthogonal matrices between the layers make them free of one another in
    the sense of free probability (exact for infinitely many neurons).

    Raises ValueError for neurons < 1.
    Source: Pennington, Schoenholz & Ganguli 2017, arXiv:1711.04735.
    """
    if neurons < 1:
        raise ValueError(f"neurons must be at least 1, got {neurons}")
    squares = [np.square(layer) for layer in slopes]
    return neurons / (1 + sum(float(layer.var() / layer.mean() ** 2) for layer in squares))


def mode_strength(time: float, singular_value: float, start: float) -> float:
    """How much of one mode a two-layer linear network has learned: s e^(2 s t) / (e^(2 s t) - 1 + s / start).

    `singular_value` s is the mode's strength in the correlation of targets and whitened inputs, and `time` counts
    steps x learning rate. The answer rises from `start` to s along a sigmoid: a plateau, then a sudden rise, which
    comes earlier for strong modes.

    Raises ValueError unless time >= 0 and 0 < start < singular_value.
    Source: Saxe, McClelland & Ganguli 2014, arXiv:1312.6120 (inputs whitened, layers aligned and balanced).
    """
    _check_mode(singular_value, start)
    if not time >= 0:
        raise ValueError(f"time must be at least 0, got {time}")
    return singular_value / (1 + (singular_value / start - 1) * math.exp(-2 * singular_value * time))


def half_time(singular_value: float, start: float) -> float:
    """The time at which half of a mode is learned: ln(s / start - 1) / (2 s). Negative if the start is above half.

    Meaning, errors and source are those of `mode_strength`. A start of 0 is refused, because training never leaves it.
    """
    _check_mode(singular_value, start)
    return math.log(singular_value / start - 1) / (2 * singular_value)


def relu_variance_ratio(depth: int, weight_variance: float) -> float:
    """Var(z of layer `depth`) / Var(z of layer 1) in a wide ReLU network without biases.

    (weight_variance / 2)^(depth - 1), where weight_variance is fan-in x Var(w). A variance of 2 (He) gives 1 at any
    depth; 1 (Xavier) gives 2^-(depth - 1); 0 gives 0 behind layer 1.

    Raises ValueError for depth < 1 or a negative or NaN variance.
    Source: He et al. 2015, arXiv:1502.01852, eq. 9.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1 layer, got {depth}")
    if not weight_variance >= 0:
        raise ValueError(f"weight_variance must be at least 0, got {weight_variance}")
    return float((weight_variance / 2) ** (depth - 1))


def _check_mode(singular_value: float, start: float) -> None:
    if not 0 < start < singular_value < math.inf:
        raise ValueError(f"0 < start < singular_value is needed, got start {start}, singular_value {singular_value}")
