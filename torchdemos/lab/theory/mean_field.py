"""What mean-field theory predicts about a wide random network, before it has seen any data.

Weights are W_ij ~ N(0, weight_variance / N_in) and biases are N(0, bias_variance), all independent. So every
pre-activation z^l of a wide layer is Gaussian with mean 0 and variance q^l, the "length" of the layer.

Sources: Poole et al., "Exponential expressivity in deep neural networks through transient chaos", NeurIPS 2016,
arXiv:1606.05340. Schoenholz et al., "Deep Information Propagation", ICLR 2017, arXiv:1611.01232.
"""

import math
from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np

from torchdemos.lab.theory.activations import Array, named

# The midpoint rule under the Gaussian bell: for smooth functions its error falls exponentially in 1/step (Trefethen &
# Weideman 2014). It is exact for ReLU too, because the kink lies between two symmetric nodes. Gauss-Hermite with 128
# nodes suffices for small q only: its chi of tanh is off by 1 % at q = 10 and by 20 % at q = 30.
_NODES: Array = np.arange(-999.5, 1000.0) * 0.012
_WEIGHTS: Array = np.exp(-(_NODES**2) / 2)
_WEIGHTS /= _WEIGHTS.sum()


def length_map(q: float, activation: str, weight_variance: float, bias_variance: float = 0.0) -> float:
    """The variance q^l of a layer's pre-activations, from the variance q^(l-1) of the layer below.

    q^l = weight_variance * E[phi(sqrt(q) z)^2] + bias_variance with z ~ N(0, 1). 0 is a silent layer, inf is a layer
    that has overflowed.

    Raises ValueError for an unknown activation or a negative or NaN variance.
    Source: Poole et al. 2016, eq. 3.
    """
    _check(q=q, weight_variance=weight_variance, bias_variance=bias_variance)
    return weight_variance * _mean_square(named(activation).value, q) + bias_variance


def lengths(q0: float, depth: int, activation: str, weight_variance: float, bias_variance: float = 0.0) -> list[float]:
    """The predicted variances q^1 .. q^depth of the pre-activations of a network's first `depth` layers.

    q0 is the mean square of the inputs (MNIST: 0.112 for pixels in 0..1, 1.0 standardised). The first layer takes the
    inputs without an activation in between: q^1 = weight_variance * q0 + bias_variance.

    Raises ValueError for depth < 1, an unknown activation or a negative or NaN variance.
    Source: Poole et al. 2016, eq. 3.
    """
    _check(q0=q0, weight_variance=weight_variance, bias_variance=bias_variance)
    if depth < 1:
        raise ValueError(f"depth must be at least 1 layer, got {depth}")
    found = [weight_variance * q0 + bias_variance]
    while len(found) < depth:
        found.append(length_map(found[-1], activation, weight_variance, bias_variance))
    return found


def fixed_point(activation: str, weight_variance: float, bias_variance: float = 0.0) -> float:
    """The variance q* at which the pre-activations settle, deep inside the network.

    0: the signal dies out. inf: it grows without end (q* > 1e12). ReLU with weight_variance 2 and no bias keeps every q
    as it is, and so does the linear network with 1: the answer is then 1.

    Raises ValueError for an unknown activation or a negative or NaN variance.
    Source: Poole et al. 2016, Sec. 2.1.
    """

    def step(q: float) -> float:
        return length_map(q, activation, weight_variance, bias_variance)

    if math.isclose(step(1.0), 1.0, rel_tol=1e-12):
        return 1.0
    high = 1.0
    while step(high) > high:
        high *= 2
        if high > 1e12:
            return math.inf
    return _last_growing(step, high)


def chi(q: float, activation: str, weight_variance: float) -> float:
    """The factor by which one layer multiplies the squared norm of the gradient on its way back.

    chi = weight_variance * E[phi'(sqrt(q) z)^2], where q is the variance of the pre-activations. Below 1 gradients
    vanish (ordered), above 1 they explode (chaotic), at 1 they survive any depth (critical).
    ReLU: weight_variance / 2 at any q. Linear: weight_variance.

    Raises ValueError for an unknown activation or a negative or NaN variance.
    Source: Schoenholz et al. 2017, eq. 5 (there at q = q*).
    """
    _check(q=q, weight_variance=weight_variance)
    return weight_variance * _mean_square(named(activation).slope, q)


def gradient_factor(q: float, activation: str, weight_variance: float) -> float:
    """The factor by which one layer multiplies the norm of the gradient on its way back: sqrt(chi).

    Meaning, errors and source are those of `chi`. Sigmoid with unit variances: 0.2048, so each layer divides by 4.88.
    """
    return math.sqrt(chi(q, activation, weight_variance))


def gradient_profile(
    q0: float, depth: int, activation: str, weight_variance: float, bias_variance: float = 0.0
) -> list[float]:
    """The predicted ln ||dL/dz^l|| relative to the last hidden layer, for l = 1 .. depth.

    The last entry is 0. Below 0 the gradient shrinks towards the input, above 0 it grows, and at -inf it is lost.
    dL/dz^l = phi'(z^l) * W^(l+1)^T dL/dz^(l+1) implies, with the layer's own length q^l,
    E||dL/dz^l||^2 = weight_variance * E[phi'(sqrt(q^l) z)^2] * E||dL/dz^(l+1)||^2.
    Widths cancel: the sum over the layer's N_l units removes the 1/N_l in the variance of W^(l+1). (The mean square per
    unit would carry a factor N_(l+1)/N_l.) A single network of width N scatters about the prediction: each layer adds a
    variance of about (3 E[phi'^4] / E[phi'^2]^2 - 1) / N to ln ||dL/dz||^2, which is 5/N for ReLU (Hanin & Nica 2020,
    arXiv:1812.05994).

    Raises ValueError for depth < 1, an unknown activation or a negative or NaN variance.
    Source: Schoenholz et al. 2017, Sec. 4, with q^l in place of q*.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1 layer, got {depth}")
    return layered_gradient_profile(q0, activation, [weight_variance] * depth, [bias_variance] * depth)


def layered_gradient_profile(
    q0: float, activation: str, weight_variances: Sequence[float], bias_variances: Sequence[float]
) -> list[float]:
    """`gradient_profile` for layers with variances of their own, those of layer 1 first.

    For trained weights, give their second moments as variances. The answer is then the profile of random weights of the
    same size, and the difference to the trained network is due to the structure of its weights.

    Raises ValueError for no layers, lists of unequal length, an unknown activation or a negative or NaN variance.
    """
    if not weight_variances:
        raise ValueError("a network has at least 1 layer, got none")
    _check(q0=q0, weight_variance=weight_variances[0], bias_variance=bias_variances[0])
    q, steps = weight_variances[0] * q0 + bias_variances[0], []
    for weight_variance, bias_variance in zip(weight_variances[1:], bias_variances[1:], strict=True):
        factor = gradient_factor(q, activation, weight_variance)
        steps.append(math.log(factor) if factor > 0 else -math.inf)
        q = length_map(q, activation, weight_variance, bias_variance)
    return list(accumulate(reversed(steps), initial=0.0))[::-1]


def depth_scale(chi: float) -> float:
    """The number of layers over which the squared gradient norm changes by a factor e: 1 / |ln chi|.

    inf at the critical point chi = 1, up to rounding; 0 if chi is 0 or inf.

    Raises ValueError if chi is negative or NaN.
    Source: Schoenholz et al. 2017, Sec. 4.
    """
    _check(chi=chi)
    if chi == 0:
        return 0.0
    return math.inf if math.isclose(chi, 1, rel_tol=1e-12) else 1 / abs(math.log(chi))


def _mean_square(function: Callable[[Array], Array], q: float) -> float:
    with np.errstate(over="ignore"):  # inf is the right answer for a length beyond float64
        return float(_WEIGHTS @ function(math.sqrt(q) * _NODES) ** 2)


def _last_growing(step: Callable[[float], float], high: float) -> float:
    """The largest q in [0, high] with step(q) > q. The map is concave, so the sign changes once, at the stable q*.

    Halving an interval takes the same time everywhere, while plain iteration hardly moves near criticality.
    """
    low = 0.0
    while low < (middle := (low + high) / 2) < high and middle > 1e-15:
        low, high = (middle, high) if step(middle) > middle else (low, middle)
    return low


def _check(**numbers: float) -> None:
    for name, number in numbers.items():
        if not number >= 0:  # also catches NaN
            raise ValueError(f"{name} must be at least 0, got {number}")
