"""Optimizers and schedules by name."""

import math
from collections.abc import Callable
from fnmatch import fnmatch

from torch import nn, optim

from benchmarks.faultbench.config import Config

OPTIMIZERS: dict[str, Callable[..., optim.Optimizer]] = {
    "sgd": optim.SGD,
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "rmsprop": optim.RMSprop,
    "adagrad": optim.Adagrad,
    "nadam": optim.NAdam,
    "adamax": optim.Adamax,
    "radam": optim.RAdam,
}


def optimizer_of(model: nn.Module, config: Config) -> optim.Optimizer:
    """An optimizer for the parameters that `config.trained` names."""
    chosen = [p for name, p in model.named_parameters() if matches(name, config.trained) and p.requires_grad]
    momentum = {"momentum": config.momentum} if config.momentum else {}
    return OPTIMIZERS[config.optimizer](chosen, lr=config.lr, weight_decay=config.decay, **momentum)


def share_of_lr(schedule: str, done: float) -> float:
    """What is left of the learning rate when this share of the steps is done."""
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * done))
    if schedule == "warmup":
        return min(1.0, 0.02 + done / 0.2)
    return 0.5 ** int(done * 4) if schedule == "halving" else 1.0


def matches(name: str, patterns: str) -> bool:
    """Whether a parameter's name fits one of the patterns, which commas separate."""
    return any(fnmatch(name, pattern) for pattern in patterns.split(",") if pattern)
