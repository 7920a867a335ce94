"""What a loss can and cannot reach, and how fast one neuron gets there, in closed form."""

import math
from collections.abc import Callable, Iterable
from typing import SupportsFloat

# What a loss can and cannot reach.


def label_entropy(counts: Iterable[SupportsFloat]) -> float:
    """The lowest cross entropy, in nats, of a model that gives every input the same answer: H(y) = -sum p ln p.

    `counts` holds the number of examples of each class. H(y) is 0 for a single class and ln K for K balanced classes,
    and 2.301159 for MNIST's training set. A model whose loss stays at H(y) has learned only how frequent classes are.

    Raises ValueError if a count is negative or not finite, or if all are 0.
    Source: Shannon 1948; Gibbs' inequality.
    """
    numbers = [float(count) for count in counts]
    total = sum(numbers)
    if not (0 < total < math.inf) or min(numbers) < 0:
        raise ValueError(f"counts must be finite, at least 0 and not all 0, got {numbers}")
    return sum(n / total * math.log(total / n) for n in numbers if n > 0)


def chance_loss(classes: int) -> float:
    """The cross entropy, in nats, of an even guess among `classes` classes: ln K.

    A fresh classifier starts there (10 classes: 2.3026). Raises ValueError for fewer than 1 class.
    Source: the definition of cross entropy at p = 1/K.
    """
    if classes < 1:
        raise ValueError(f"classes must be at least 1, got {classes}")
    return math.log(classes)


def smoothing_floor(classes: int, smoothing: float) -> float:
    """The lowest cross entropy, in nats, if a share `smoothing` of each label is spread over all classes.

    It is the entropy of such a label: 0 without smoothing, ln K with nothing else. For 10 classes and a share of 0.1 it
    is 0.50029, reached when the label's logit leads all others by ln 91 = 4.511.

    Raises ValueError for fewer than 1 class or a share outside 0..1. Source: Gibbs' inequality.
    """
    if not 0 <= smoothing <= 1 or classes < 1:
        raise ValueError(f"smoothing must be in 0..1, of at least 1 class; got {smoothing} of {classes}")
    others = smoothing / classes
    return label_entropy([1 - smoothing + others, *[others] * (classes - 1)])


def softmax_twice_floor(classes: int, accuracy: float = 1.0) -> float:
    """The final cross entropy of a network that is sure of its answers, if softmax is applied twice.

    A sure answer is a one-hot vector, and cross entropy takes it for logits: the loss is ln(e + K - 1) - 1 if it is
    right, and 1 more if it is wrong. The mean is ln(e + K - 1) - accuracy, lowest at accuracy 1 (10 classes: 1.46115).

    Raises ValueError for fewer than 1 class. Source: the definition of cross entropy.
    """
    if classes < 1:
        raise ValueError(f"classes must be at least 1, got {classes}")
    return math.log(math.e + classes - 1) - accuracy


def forgotten_log_floor(accuracy: float = 1.0) -> float:
    """The final nll_loss of a network that is sure of its answers, if the log is forgotten: -accuracy, at least -1.

    Source: the definition of nll_loss.
    """
    return -accuracy


# How fast one neuron learns: a = sigmoid(z), z = weight x + bias, with x = 1.


def sigmoid(z: float) -> float:
    """The neuron's output a: 1/2 at z = 0, 0 far below, 1 far above. Source: the logistic function."""
    return math.exp(min(z, 0.0)) / (1 + math.exp(-abs(z)))  # 1 / (1 + exp(-z)), which would overflow


def logit(a: float) -> float:
    """The z at which the output is a; raises ValueError unless 0 < a < 1. Source: inverse of `sigmoid`."""
    if not 0 < a < 1:
        raise ValueError(f"an output lies between 0 and 1, got {a}")
    return math.log(a / (1 - a))


def squared_error(z: float, target: float) -> float:
    """(a - y)^2 / 2: 0 if the neuron is right, and at most 1/2 however wrong it is. Source: Nielsen 2015, chapter 3."""
    return (sigmoid(z) - target) ** 2 / 2


def cross_entropy(z: float, target: float) -> float:
    """-y ln a - (1 - y) ln(1 - a): 0 if the neuron is right, and larger the more wrong it is.

    Source: Nielsen 2015, chapter 3.
    """
    return max(z, 0.0) - z * target + math.log1p(math.exp(-abs(z)))


def squared_error_slope(z: float, target: float) -> float:
    """d loss / dz = (a - y) a (1 - a): 0 where the neuron is right, and 0 again where it is surely wrong.

    Source: Nielsen 2015, chapter 3.
    """
    return (sigmoid(z) - target) * sigmoid(z) * sigmoid(-z)


def cross_entropy_slope(z: float, target: float) -> float:
    """d loss / dz = a - y: 0 where the neuron is right, 1 where it is surely wrong. Source: Nielsen 2015, chapter 3."""
    return sigmoid(z) - target


def squared_error_time(start: float, end: float) -> float:
    """The time that gradient flow takes to bring the output from `start` to `end` (target 0), as learning rate x steps.

    Weight and bias both learn, so dz/dt = -2 a^2 (1 - a) and da/dt = -2 a^3 (1 - a)^2, whose integral in partial
    fractions is (F(start) - F(end)) / 2 with F(a) = 3 ln(a / (1 - a)) - 2/a - 1/(2 a^2) + 1/(1 - a). It grows like
    1 / (1 - start): the more wrong, the longer. Negative if `end` lies above `start`.

    Raises ValueError unless both lie between 0 and 1. Source: the neuron of Nielsen 2015, chapter 3; integral ours.
    """

    def antiderivative(a: float) -> float:
        return 3 * logit(a) - 2 / a - 1 / (2 * a**2) + 1 / (1 - a)

    return (antiderivative(start) - antiderivative(end)) / 2


def cross_entropy_time(start: float, end: float) -> float:
    """The same as `squared_error_time` for cross entropy: dz/dt = -2 a, so z - exp(-z) falls by 2 in a unit of time.

    It grows like ln(1 / (1 - start)), so a neuron that is surely wrong hardly takes longer.
    """

    def antiderivative(a: float) -> float:
        return logit(a) - (1 - a) / a  # exp(-z) = (1 - a) / a

    return (antiderivative(start) - antiderivative(end)) / 2


def output_after(time: float, start: float, time_between: Callable[[float, float], float]) -> float:
    """The output that gradient flow has reached after a time: the inverse of both functions above, by halving.

    Raises ValueError for a negative time or a start outside 0..1.
    """
    if not time >= 0:
        raise ValueError(f"time must be at least 0, got {time}")
    low, high = 1e-150, start  # below, 1 / a^2 would leave the range of float64
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if time_between(start, middle) > time else (low, middle)
    return high


def descent_lead(speed_at_start: float, speed_at_end: float) -> float:
    """The number of steps by which gradient descent is ahead of gradient flow: ln(speed at start / speed at end) / 2.

    It is negative if descent is behind, and to first order the same for every learning rate. A whole step has the speed
    of its beginning, so it goes too far where learning slows down, and not far enough where it speeds up.

    Raises ValueError unless both speeds are positive.
    Source: the first term of the modified equation of Euler's method (Hairer, Lubich & Wanner 2006, chapter IX).
    """
    if not (speed_at_start > 0 and speed_at_end > 0):
        raise ValueError(f"speeds must be positive, got {speed_at_start} and {speed_at_end}")
    return math.log(speed_at_start / speed_at_end) / 2
