"""The mark on the dial of the learning rate: beyond it, each step leads farther away than it began.

LeCun, Bottou, Orr & Mueller 1998, "Efficient BackProp", Sec. 5. With momentum, whose step has a share beta of the one
before: Polyak 1964, "Some methods of speeding up the convergence of iteration methods".
"""

import math
from typing import NamedTuple

from torchdemos.lab.playground.networks import momentum
from torchdemos.lab.playground.settings import ALL, Settings
from torchdemos.lab.theory import descent

NOT_ADAM = "Adam gives each weight a step size of its own, so 2/lambda says nothing of its learning rate: no mark."


class Mark(NamedTuple):
    """A learning rate, whether theory knows it exactly, and what it is in words."""

    rate: float
    exact: bool
    words: str


def is_exact(settings: Settings) -> bool:
    """Whether the loss is the same quadratic bowl in every step, of which the pixels tell everything."""
    return settings.depth == 1 and settings.loss == "squared error" and settings.batch == ALL and has_mark(settings)


def has_mark(settings: Settings) -> bool:
    """Whether all weights take steps of the same size."""
    return settings.optimizer != "Adam"


def exact(settings: Settings, curvature: float) -> Mark:
    """The mark of a bowl, of this largest curvature."""
    return Mark(_rate(settings, curvature), True, f"{_formula(settings, 'lambda')}, known from the pixels alone")


def measured(settings: Settings, sharpness: float, step: int) -> Mark | None:
    """The mark of a landscape with this sharpness where the network stands; None where it is flat, or not a number."""
    rate = _rate(settings, sharpness) if sharpness > 0 else math.inf
    if not math.isfinite(rate):
        return None
    batches = "" if settings.batch == ALL else "; a step of few digits is rough and may leave sooner"
    return Mark(rate, False, f"{_formula(settings, 'sharpness')}, measured at step {step:,}{batches}")


def _rate(settings: Settings, curvature: float) -> float:
    return (1 + momentum(settings)) * descent.threshold(curvature)


def _formula(settings: Settings, curvature: str) -> str:
    return f"2 (1 + {momentum(settings):g})/{curvature}" if momentum(settings) else f"2/{curvature}"
