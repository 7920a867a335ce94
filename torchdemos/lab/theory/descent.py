"""Gradient descent with one learning rate: where it stops converging, and its whole course where that is known."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


def threshold(sharpness: float) -> float:
    """The learning rate above which gradient descent diverges along a direction of this curvature: 2 / sharpness.

    A step multiplies the distance to the minimum by 1 - learning rate * sharpness. At half the threshold one step
    reaches the minimum; above it every step leads farther away, on the other side. inf where the loss is flat.

    Raises ValueError if the sharpness is negative or NaN.
    Source: LeCun, Bottou, Orr & Mueller 1998, "Efficient BackProp", Sec. 5.
    """
    return _over(2.0, sharpness)


def catapult_threshold(sharpness: float) -> float:
    """The learning rate above which not even a catapult ends at a minimum: 4 / sharpness, in the solvable model.

    Between `threshold` and this rate the loss first rises, and falls for good once the sharpness has fallen enough.
    Above this rate the sharpness rises together with the loss. inf where the loss is flat.

    Raises ValueError if the sharpness is negative or NaN.
    Source: the sign of the sharpness' change in `catapult`; Lewkowycz et al. 2020, arXiv:2003.02218.
    """
    return _over(4.0, sharpness)


def distances(learning_rate: float, curvature: float, steps: int) -> list[float]:
    """The distance to the minimum along one eigenvector of a quadratic before steps 0..steps - 1; the first is 1.

    (1 - learning rate * curvature)^t: it decays slowly, is 0 at once, swings from side to side, or swings ever more.
    inf beyond the range of float64.

    Source: the gradient of a quadratic; LeCun et al. 1998, Sec. 5.
    """
    with np.errstate(over="ignore"):
        powers = np.power(1 - learning_rate * curvature, np.arange(steps, dtype=np.float64))
    return [float(power) for power in powers]


def quadratic_losses(
    minimum: float, curvatures: Sequence[float], squares: Sequence[float], learning_rate: float, steps: int
) -> list[float]:
    """The loss before each of the steps 0..steps - 1 of gradient descent on a quadratic, exactly.

    L(t) = minimum + 1/2 sum_k curvature_k (1 - learning rate curvature_k)^(2t) square_k. The curvatures are the
    eigenvalues of the Hessian, the squares are the squared distances to the minimum at the start along its
    eigenvectors. A sum of exponentials is convex in t: a loss that has risen in one step never falls again.
    inf beyond the range of float64.

    Raises ValueError unless there is one square for each curvature.
    Source: the gradient of a quadratic; LeCun et al. 1998, Sec. 5.
    """
    if len(curvatures) != len(squares):
        raise ValueError(f"{len(curvatures)} curvatures need as many squared distances, got {len(squares)}")
    curved, heights = np.asarray(curvatures, np.float64), np.asarray(squares, np.float64)
    heights = heights * curved / 2
    curved, heights = curved[heights > 0], heights[heights > 0]
    with np.errstate(over="ignore"):
        shrinking = np.square(1 - learning_rate * curved)
        return [minimum + float(heights @ shrinking**t) for t in range(steps)]


class NetworkState(NamedTuple):
    """The state of the solvable model between two steps: its output and its sharpness."""

    output: float
    sharpness: float

    @property
    def loss(self) -> float:
        """output^2 / 2."""
        return self.output * self.output / 2


def catapult(start: NetworkState, width: int, learning_rate: float, steps: int) -> list[NetworkState]:
    """The solvable model of the catapult before steps 0..steps - 1: two numbers stand for the whole network.

    For f = u.v / sqrt(n), loss f^2 / 2 and sharpness s = (|u|^2 + |v|^2) / n, a step of gradient descent is exactly
    f <- f (1 - lr s + lr^2 f^2 / n),  s <- s + (lr f^2 / n) (lr s - 4).
    inf and NaN once it has left the range of float64.

    Raises ValueError for a width below 1.
    Source: Lewkowycz et al. 2020, arXiv:2003.02218; follows from one step of u and v.
    """
    if width < 1:
        raise ValueError(f"width must be at least 1, got {width}")
    found = [start]
    while len(found) < steps:
        f, s = found[-1]
        push = learning_rate * f * f / width
        output, sharpness = f * (1 - learning_rate * s + learning_rate * push), s + push * (learning_rate * s - 4)
        found.append(NetworkState(output, sharpness))
    return found[:steps]


def _over(number: float, sharpness: float) -> float:
    if not sharpness >= 0:  # also catches NaN
        raise ValueError(f"sharpness must be at least 0, got {sharpness}")
    return number / sharpness if sharpness > 0 else math.inf
