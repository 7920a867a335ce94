"""A supervised run in names and numbers: a fault is a changed field, and so is its cure."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from torch import nn


@dataclass(frozen=True)
class Config:
    """What is trained, on what, and how. The defaults train soundly."""

    # data
    data: str = "mnist"
    scaling: str = "standardized"  # or a key of `damage.SCALINGS`
    damage: str = ""  # a key of `damage.DAMAGES`
    batch: int = 64

    # model
    model: str = "mlp"  # a key of `models.MODELS`
    depth: int = 2  # hidden layers
    width: int = 48
    activation: str = "relu"
    norm: str = ""  # "batch", "layer" or "group"
    residual: bool = False
    dropout: float = 0.0
    init: str = "default"  # a key of `initial.INITS`
    gain: float = 1.0  # of the initial weights; their std with init "normal"
    head: str = ""  # what follows the last layer: an activation, "softmax" or "log_softmax"
    cut: int = 0  # after which hidden layer `detach()` stands; 0 is nowhere
    prepare: Callable[[nn.Module], object] | None = None  # the last touch, after `pretrain` steps that nobody watches
    pretrain: int = 0
    half: bool = False

    # training
    loss: str = "cross_entropy"  # a key of `losses.LOSSES`
    loss_scale: float = 1.0
    optimizer: str = "sgd"  # a key of `optimizers.OPTIMIZERS`
    lr: float = 0.1
    momentum: float = 0.0
    decay: float = 0.0
    clip: float = 0.0
    schedule: str = ""  # "cosine", "warmup" or "halving"
    steps: int = 120
    accumulate: int = 1  # batches before a step, all in one block
    blocks: int = 1  # blocks before a step, a batch in each
    trained: str = "*"  # patterns of the parameters that the optimizer has
    frozen: str = ""  # patterns of those that require no gradient
    zero_grad: bool = True
    skip: Callable[[int], bool] | None = None  # steps that a gradient scaler would skip
    frozen_norms: bool = False  # normalization in evaluation mode

    # watching
    every: int = 1
    learns_below: float = 0.6  # a sound run's share of the constant answer's loss after training

    def described(self) -> str:
        """All of it in words that are the same tomorrow: functions by their names."""
        return str({name: _in_words(value) for name, value in asdict(self).items()})


def _in_words(value: object) -> object:
    if not callable(value):
        return value
    function: Any = getattr(value, "func", value)
    return f"{function.__module__}.{function.__qualname__}{getattr(value, 'args', '')}"
