"""What can be set in the playground: its values, their bounds, and the controls that the page shows for them."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

ALL = "all"
LOWEST_RATE, HIGHEST_RATE = 1e-5, 10.0
MOST_LAYERS, MOST_NEURONS = 30, 100
MOST_SHOWN = 40  # characters of a wrong value that its refusal quotes


@dataclass(frozen=True)
class Settings:
    """One network and how it learns. The first scene is a linear layer, of which theory knows everything."""

    learning_rate: float = 0.01
    optimizer: str = "SGD"
    batch: str = ALL
    loss: str = "squared error"
    activation: str = "relu"
    depth: int = 1
    width: int = 32
    initialization: str = "Xavier"

    def __post_init__(self) -> None:
        """Raise `ValueError` in a sentence for a value out of bounds."""
        for name, value in asdict(self).items():
            object.__setattr__(self, name, check(name, value))


class Control(NamedTuple):
    """One setting: what it is called, how it is shown, and what it may be."""

    label: str
    check: Callable[[str, Any], Any]  # (label, value) -> the value to take
    bounds: Mapping[str, Any]  # what the page needs to draw it
    fresh: bool  # whether a change of it needs a new network
    help: str


def _dial(low: float, high: float) -> tuple[Callable[[str, Any], float], Mapping[str, Any]]:
    def checked(label: str, value: Any) -> float:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            raise ValueError(f"{label} {quoted(value)} is out of reach: give a number from {low:g} to {high:g}")
        return float(value)

    return checked, {"kind": "dial", "low": low, "high": high}


def _whole(low: int, high: int) -> tuple[Callable[[str, Any], int], Mapping[str, Any]]:
    def checked(label: str, value: Any) -> int:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or value != int(value) or not low <= value <= high:
            raise ValueError(f"{label} {quoted(value)} is out of reach: give a whole number from {low} to {high}")
        return int(value)

    return checked, {"kind": "whole", "low": low, "high": high}


def _choice(*options: str) -> tuple[Callable[[str, Any], str], Mapping[str, Any]]:
    def checked(label: str, value: Any) -> str:
        is_plain = isinstance(value, (str, int)) and not isinstance(value, bool)
        found = {option.lower(): option for option in options}.get(str(value).lower()) if is_plain else None
        if found is None:
            raise ValueError(f"{label} {quoted(value)} is unknown: choose from {', '.join(options)}")
        return found

    return checked, {"kind": "choice", "options": list(options)}


CONTROLS = {
    "learning_rate": Control(
        "learning rate",
        *_dial(LOWEST_RATE, HIGHEST_RATE),
        False,
        "How far each step goes down the slope. Beyond the mark a step lands farther away than it began.",
    ),
    "optimizer": Control(
        "optimizer",
        *_choice("SGD", "momentum", "Adam"),
        False,
        "What makes a step of the slope: SGD goes straight down, momentum adds nine tenths of the step before, "
        "Adam gives each weight a step size of its own.",
    ),
    "batch": Control(
        "batch",
        *_choice("1", "8", "64", "256", ALL),
        False,
        "From how many digits a step takes its slope. All means the same slope each time, fewer mean a rough one.",
    ),
    "loss": Control(
        "loss",
        *_choice("squared error", "cross entropy", "NLL"),
        False,
        "How wrong the answers are, as one number: half the squared distance to the right answer, or minus the "
        "logarithm of the probability that the right digit is given. NLL is the latter in two steps.",
    ),
    "activation": Control(
        "activation",
        *_choice("relu", "sigmoid", "tanh", "linear"),
        True,
        "What a neuron between input and answer makes of its sum. A network of depth 1 has no such neuron.",
    ),
    "depth": Control(
        "depth", *_whole(1, MOST_LAYERS), True, "Layers with weights. 1 joins pixels and answer directly."
    ),
    "width": Control("width", *_whole(1, MOST_NEURONS), True, "Neurons in each layer between input and answer."),
    "initialization": Control(
        "initialization",
        *_choice("zero", "constant", "small", "Xavier", "He", "large", "huge"),
        True,
        "The weights before the first step. All zero, all 0.01, or random, with a variance of 0.5 (small), 2 (He), "
        "8 (large) or 25 (huge) over the number of inputs; Xavier's is 2 over inputs and outputs together.",
    ),
}


def check(name: str, value: Any) -> Any:
    """The value to set, in its own type. Raises `ValueError` in a sentence for a wrong one or an unknown setting."""
    if name not in CONTROLS:
        closest = get_close_matches(name, CONTROLS, n=1)
        hint = f"did you mean {closest[0]}?" if closest else f"there are {', '.join(CONTROLS)}"
        raise ValueError(f"there is no setting {quoted(name)}; {hint}")
    return CONTROLS[name].check(CONTROLS[name].label, value)


def controls(settings: Settings) -> list[dict[str, Any]]:
    """The controls as the page takes them, at these settings."""
    return [
        {"name": name, "label": own.label, "value": value, **own.bounds, "fresh": own.fresh, "help": own.help}
        for (name, own), value in zip(CONTROLS.items(), asdict(settings).values(), strict=True)
    ]


def quoted(value: Any) -> str:
    """A wrong value in a refusal, not too long."""
    try:
        words = json.dumps(value)
    except (TypeError, ValueError):
        words = type(value).__name__
    return words if len(words) <= MOST_SHOWN else f"{words[:MOST_SHOWN]}..."
