"""Ways to code a loss, as it is meant and by mistake, and the value below which none of them can fall."""

import math
from dataclasses import dataclass

from torch import Tensor

from torchdemos.lab import losses
from torchdemos.lab.losses import LossFunction
from torchdemos.lab.theory import loss as theory
from torchdemos.log import colours

CLASSES = 10


@dataclass(frozen=True)
class Coding:
    """A way to code the loss, and the value below which this loss cannot fall."""

    name: str
    about: str
    loss_fn: LossFunction
    floor: float

    @property
    def colour(self) -> str:
        """That of its run; the constant answer is grey, because amber is that of the forgotten logarithm."""
        return colours.FAINT if self.name == "constant" else colours.MEANINGS[self.name.replace(" ", "_")]


def codings(labels: Tensor) -> list[Coding]:
    """The codings to compare, each with its floor for labels of these frequencies."""
    smoothed = theory.smoothing_floor(CLASSES, losses.SMOOTHING)
    twice, forgotten = theory.softmax_twice_floor(CLASSES), theory.forgotten_log_floor()
    constant = theory.label_entropy(labels.bincount(minlength=CLASSES).tolist())
    return [
        Coding("squared error", "half the squared distance to the one-hot label", losses.squared_error, 0.0),
        Coding("cross entropy", "as it is meant", losses.cross_entropy, 0.0),
        Coding("NLL", "the same in two steps: log-softmax, then nll_loss", losses.nll, 0.0),
        Coding("smoothing", "cross entropy with smoothed labels", losses.smoothed, smoothed),
        Coding("softmax twice", "a bug: cross_entropy given probabilities", losses.softmax_twice, twice),
        Coding("log forgotten", "a bug: nll_loss given probabilities", losses.forgotten_log, forgotten),
        Coding("constant", "a bug: cross entropy, all weights start at 0", losses.cross_entropy, constant),
        Coding("log-softmax forgotten", "a bug: nll_loss given logits", losses.forgotten_log_softmax, -math.inf),
    ]
