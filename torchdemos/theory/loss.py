"""What a loss can and cannot reach, in closed form."""

import math
from collections.abc import Iterable
from typing import SupportsFloat


def label_entropy(counts: Iterable[SupportsFloat]) -> float:
    """The lowest cross entropy, in nats, of a model that gives every input the same answer: H(y) = -sum p ln p.

    `counts` holds the number of examples of each class. 0: one class only; ln K: K balanced classes. A loss that stays
    at H(y) has learned how frequent the classes are, and nothing else. MNIST's training set: 2.301159.

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

    Where a fresh classifier starts (10 classes: 2.3026). Raises ValueError for fewer than 1 class.
    Source: the definition of cross entropy at p = 1/K.
    """
    if classes < 1:
        raise ValueError(f"classes must be at least 1, got {classes}")
    return math.log(classes)
