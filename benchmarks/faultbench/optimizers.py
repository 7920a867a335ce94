"""Optimizers and schedules by name."""

import math
from collections.abc import Callable
from fnmatch import fnmatch
from functools import partial

from torch import nn, optim

from benchmarks.faultbench.config import Config
from benchmarks.faultbench.own_optimizers import Lion, RarelyCleared, decay_of_matrices

OPTIMIZERS: dict[str, Callable[..., optim.Optimizer]] = {
    "sgd": optim.SGD,
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "rmsprop": optim.RMSprop,
    "adagrad": optim.Adagrad,
    "nadam": optim.NAdam,
    "adamax": optim.Adamax,
    "radam": optim.RAdam,
    "nesterov": partial(optim.SGD, nesterov=True),
    "averaged sgd": optim.ASGD,
    "adadelta": optim.Adadelta,
    "adafactor": optim.Adafactor,
    "amsgrad": partial(optim.Adam, amsgrad=True),
    "adam of short memory": partial(optim.Adam, betas=(0.5, 0.9)),
    "adam of large epsilon": partial(optim.Adam, eps=1e-3),
    "centered rmsprop": partial(optim.RMSprop, centered=True),
    "rprop": lambda params, lr, weight_decay: optim.Rprop(params, lr),
    "lion": Lion,
    "adamw, decay of matrices": decay_of_matrices,
    **{f"sgd, cleared every {period}": partial(RarelyCleared, period) for period in (2, 10, 30)},
}


SCHEDULES: dict[str, Callable[[float], float]] = {
    "": lambda done: 1.0,
    "cosine": lambda done: 0.5 * (1 + math.cos(math.pi * done)),
    "warmup": lambda done: min(1.0, 0.02 + done / 0.2),
    "halving": lambda done: 0.5 ** int(done * 4),
    "warmup from zero": lambda done: min(1.0, done / 0.2),
    "warmup and cosine": lambda done: min(done / 0.1, 0.5 * (1 + math.cos(math.pi * done))),
    "linear": lambda done: 1 - done,
    "one cycle": lambda done: 0.04 + 0.96 * min(done / 0.3, (1 - done) / 0.7),
    "restarts": lambda done: 0.5 * (1 + math.cos(math.pi * (4 * done % 1))),
    "inverse square root": lambda done: min(done / 0.05, (0.05 / max(done, 0.05)) ** 0.5),
    "late": lambda done: float(done >= 0.1),
    "over at a tenth": lambda done: max(0.0, 1 - 10 * done),
    "halving too often": lambda done: 0.5 ** int(done * 50),
    "spike at first": lambda done: 30.0 if done < 0.05 else 1.0,
}


def optimizer_of(model: nn.Module, config: Config) -> optim.Optimizer:
    """An optimizer for the parameters that `config.trained` names."""
    chosen = [p for name, p in model.named_parameters() if matches(name, config.trained) and p.requires_grad]
    momentum = {"momentum": config.momentum} if config.momentum else {}
    return OPTIMIZERS[config.optimizer](chosen, lr=config.lr, weight_decay=config.decay, **momentum)


def share_of_lr(schedule: str, done: float) -> float:
    """What is left of the learning rate when this share of the steps is done."""
    return SCHEDULES[schedule](done)


def matches(name: str, patterns: str) -> bool:
    """Whether a parameter's name fits one of the patterns, which commas separate."""
    return any(fnmatch(name, pattern) for pattern in patterns.split(",") if pattern)
