"""What a mission's goal can ask about: settings by their names, and quantities measured of the network in training."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from torchdemos.lab.playground.settings import CONTROLS, MOST_NEURONS, Settings

Value = float | str
SHARE = (0, 1)
SAME = 1e-3  # two neurons are one if their weights differ by less than this share of the largest


@dataclass(frozen=True)
class Facts:
    """What is known between two steps of a network: all of it, or ways to find it out."""

    settings: Settings
    model: nn.Sequential
    kinds: Tensor  # `kinds(model)` before the first step
    step: int  # steps taken
    loss: float  # of the latest step, NaN before the first
    first_loss: float
    accuracy: float | None
    mark: float | None
    rate_since: int  # steps taken when the learning rate was set
    loss_at_rate: float  # of the first step with it, NaN before that
    is_drawn: bool
    answer: Callable[[], tuple[int, float] | None]


class Quantity(NamedTuple):
    """What it is in words, how to find it (NaN where it is unknown), what it lies between, and words for 0."""

    words: str
    of: Callable[[Facts], Value]
    between: tuple[float, float] = (0, math.inf)
    nothing: str = ""


def _of_settings(name: str) -> Callable[[Facts], Value]:
    def found(facts: Facts) -> Value:
        setting: Value = getattr(facts.settings, name)
        return setting

    return found


def _of_answer(place: int) -> Callable[[Facts], Value]:
    def found(facts: Facts) -> Value:
        answer = facts.answer()
        return math.nan if answer is None else answer[place]

    return found


def kinds(model: nn.Sequential) -> Tensor:
    """A number for each neuron of the first layer after the pixels; copies have the same.

    Copies have equal weights to both sides, so each step changes them alike. Answers are no copies: what is right tells
    them apart.
    """
    first, *later = (layer for layer in model if isinstance(layer, nn.Linear))
    if not later:
        return torch.arange(len(first.weight))
    both_sides = torch.cat([_weights(first), later[0].weight.detach().T], dim=1)
    found: Tensor = torch.unique(both_sides, dim=0, return_inverse=True)[1]
    return found


def different_neurons(model: nn.Sequential, kinds: Tensor) -> int:
    """How many neurons of the first layer have weights unlike those of all before them.

    Neurons that began as copies, of the same of these kinds, are one: it is only rounding that parts them.
    """
    weights = _weights(next(layer for layer in model if isinstance(layer, nn.Linear)))
    if not bool(torch.isfinite(weights).all()):
        return 0
    apart = torch.cdist(weights, weights, p=math.inf) > SAME * weights.abs().max()
    apart &= kinds.unsqueeze(0) != kinds.unsqueeze(1)
    return sum(bool(apart[i, :i].all()) for i in range(len(weights)))


def _weights(layer: nn.Linear) -> Tensor:
    """Those of each neuron, and its bias [N, inputs + 1]."""
    return torch.cat([layer.weight, layer.bias.unsqueeze(1)], dim=1).detach()


QUANTITIES = {
    **{
        name: Quantity(f"the {own.label}", _of_settings(name), (own.bounds.get("low", 0), own.bounds.get("high", 0)))
        for name, own in CONTROLS.items()
    },
    "steps": Quantity("the number of steps", lambda facts: facts.step),
    "loss_value": Quantity("the latest loss", lambda facts: facts.loss),
    "first_loss": Quantity("the first loss", lambda facts: facts.first_loss),
    "accuracy": Quantity("the share of test digits named rightly", lambda facts: _known(facts.accuracy), SHARE),
    "mark": Quantity("the mark", lambda facts: _known(facts.mark)),
    "rate_over_mark": Quantity(
        "the learning rate in units of the mark", lambda facts: facts.settings.learning_rate / _known(facts.mark)
    ),
    "steps_at_rate": Quantity("the number of steps with this rate", lambda facts: facts.step - facts.rate_since),
    "growth": Quantity("its growth with this learning rate", lambda facts: facts.loss / facts.loss_at_rate),
    "different_neurons": Quantity(
        "the number of different neurons", lambda facts: different_neurons(facts.model, facts.kinds), (1, MOST_NEURONS)
    ),
    "drawn": Quantity(
        "the number of digits drawn by hand",
        lambda facts: float(facts.is_drawn),
        SHARE,
        "no digit is drawn by hand yet",
    ),
    "answer": Quantity("the digit that it names", _of_answer(0), (0, 9)),
    "share": Quantity("its share", _of_answer(1), SHARE),
}


def value(name: str, facts: Facts) -> Value:
    """A quantity by its name."""
    return QUANTITIES[name].of(facts)


def _known(number: float | None) -> float:
    return math.nan if number is None else number
