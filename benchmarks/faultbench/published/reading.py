"""What several of the published rules read from a `History`."""

import math
import re
from itertools import pairwise

import numpy as np

from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.history import History, Numbers

PATIENCE = 10  # losses


def found(*kinds: str) -> list[Finding]:
    """One symptom; several kinds where what the tool says may mean any of them."""
    return [Finding(kind, "error", None, None, "", "", "") for kind in kinds]


def weights(history: History) -> list[str]:
    return [name for name in history.parameters if name.rpartition(".")[2] == "weight" and _size(history, name)]


def _size(history: History, parameter: str) -> int:
    """The numbers in a dense layer's weight, and in a convolution's of 3 x 3."""
    kind = history.kinds.get(history.layer_of(parameter), "")
    sizes = [int(number) for number in re.findall(r" (\d+)", kind.partition("(")[0])]
    if len(sizes) < 2 or not kind.startswith(("Linear", "Conv2d")):
        return 0
    return sizes[0] * sizes[1] * (9 if kind.startswith("Conv2d") else 1)


def root_mean_square(history: History, parameter: str, statistic: str) -> Numbers:
    """Of a weight or its gradient: at least the mean absolute value of which the tools speak, at most 1.25 times that
    of a normal distribution."""
    norms = history.numbers(history.parameters[parameter], statistic)
    return np.asarray(norms / math.sqrt(_size(history, parameter)))


def beyond(history: History, kind: str, low: float, high: float) -> list[float]:
    """For each activation of this kind the latest share of its inputs outside, taken as normally distributed."""
    names = list(history.outputs)
    shares = []
    for before, layer in pairwise(names):
        if history.kinds.get(layer, "").startswith(kind):
            mean, std = (float(history.numbers(history.outputs[before], own)[-1]) for own in ("mean", "std"))
            shares.append(_outside(mean, max(std, 1e-12), low, high))
    return shares


def _outside(mean: float, std: float, low: float, high: float) -> float:
    if not math.isfinite(mean + std):
        return 0.0
    below = 0.5 * math.erfc((mean - low) / std / math.sqrt(2))
    return below + 0.5 * math.erfc((high - mean) / std / math.sqrt(2))


def any_not_finite(history: History) -> bool:
    """NaN or inf in a loss, an output, a gradient or a weight."""
    if any(not math.isfinite(loss) for _, loss in history.losses):
        return True
    series = [
        *(history.numbers(own, name) for own in history.parameters.values() for name in ("norm", "grad_norm")),
        *(1 / history.numbers(own, "finite_fraction").clip(1e-9) - 1 for own in history.outputs.values()),
    ]
    return any(np.isinf(own).any() for own in series) or any(
        (history.numbers(own, "finite_fraction") < 1).any() for own in history.outputs.values()
    )


def loss_stands_still(history: History, looks: int, share: float) -> bool:
    """The loss is not lower by this share than so many losses ago."""
    losses = [loss for _, loss in history.losses]
    return len(losses) > looks and losses[-1 - looks] - losses[-1] < share * abs(losses[-1 - looks])


def relus(history: History) -> list[str]:
    return [name for name in history.outputs if history.kinds.get(name, "").startswith("ReLU")]


def latest(history: History, layer: str, statistic: str) -> float:
    return float(history.numbers(history.outputs[layer], statistic)[-1])
