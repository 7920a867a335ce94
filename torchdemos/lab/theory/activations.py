"""Activation functions and their derivatives in float64, by name."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


class Activation(NamedTuple):
    """An activation function and its derivative, elementwise."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def _sigmoid(z: Array) -> Array:
    return (1 + np.tanh(z / 2)) / 2  # exp(-z) would overflow


ACTIVATIONS: dict[str, Activation] = {
    "tanh": Activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "sigmoid": Activation(_sigmoid, lambda z: _sigmoid(z) * _sigmoid(-z)),
    "relu": Activation(lambda z: np.maximum(z, 0.0), lambda z: (z > 0).astype(np.float64)),
    "linear": Activation(lambda z: z, np.ones_like),
}


def named(activation: str) -> Activation:
    """The activation of this name. Raises `ValueError` for an unknown one."""
    if activation not in ACTIVATIONS:
        raise ValueError(f"unknown activation {activation!r}; known are {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[activation]
