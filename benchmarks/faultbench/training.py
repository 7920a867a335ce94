"""Trains one configuration while it is watched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn, optim

from benchmarks.faultbench.building import build_data, build_model
from benchmarks.faultbench.config import Config
from benchmarks.faultbench.data import Data
from benchmarks.faultbench.losses import LOSSES, left
from benchmarks.faultbench.optimizers import optimizer_of, share_of_lr
from benchmarks.faultbench.watching import Seen, watched
from torchdemos import watch
from torchdemos.watching.schedules import every

BEFORE: dict[str, Any] = {
    "optimizer": "adam",
    "lr": 3e-3,
    "momentum": 0.0,
    "trained": "*",
}  # how a model was trained that is resumed
Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Trained:
    """What was seen of each watched model, and the share of the constant answer's loss that was left at the end."""

    seen: Mapping[str, Seen]
    left: float


class Training:
    """A model, its optimizer and its batches, with the faults of the configuration."""

    def __init__(self, model: nn.Module, data: Data, config: Config, seed: int) -> None:
        self.model, self.config = model, config
        self.optimizer: optim.Optimizer = optimizer_of(model, config)
        self.batches = batches(data, config.batch, seed)

    def step(self, i: int) -> Tensor:
        """The part of a training loop that belongs to one block; the loss."""
        config = self.config
        if config.frozen_norms:
            evaluate_norms(self.model)
        if config.zero_grad and i % config.blocks == 0:
            self.optimizer.zero_grad()
        parts = config.accumulate * config.blocks
        losses = [self.backward(batch, parts) for batch in islice(self.batches, config.accumulate)]
        if config.clip:
            nn.utils.clip_grad_norm_(self.trained(), config.clip)
        if (i + 1) % config.blocks == 0 and not (config.skip and config.skip(i)):
            self.optimizer.step()
        return torch.stack(losses).mean()

    def backward(self, batch: Batch, parts: int) -> Tensor:
        inputs, targets = (cast(numbers, self.config) for numbers in batch)
        loss = self.config.loss_scale * LOSSES[self.config.loss](self.model(inputs), targets)
        (loss / parts).backward()
        return loss.detach()

    def scheduled(self, i: int) -> None:
        """Set the learning rate of this step."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.lr * share_of_lr(self.config.schedule, i / self.config.steps)

    def trained(self) -> list[Tensor]:
        return [p for group in self.optimizer.param_groups for p in group["params"]]


def train(config: Config, seed: int) -> Trained:
    """Train as the configuration says; a run with the same seed and another fault starts from the same weights."""
    data, judged = build_data(config, seed)
    torch.manual_seed(seed)
    model = build_model(config, data)
    before = Training(model, data, replace(config, **BEFORE), seed)
    for i in range(config.pretrain):
        before.step(i)
    if config.prepare:
        config.prepare(model)
    training = Training(model, data, config, seed)
    around = watch(model, when=every(config.every), alert=None)

    def step(i: int) -> None:
        training.scheduled(i)
        around.loss(training.step(i))

    return Trained(watched({"": around}, config.steps, step), judge(model, judged, config))


def evaluate_norms(model: nn.Module) -> None:
    for module in model.modules():
        if "BatchNorm" in type(module).__name__:
            module.eval()


def judge(model: nn.Module, data: Data, config: Config) -> float:
    """The loss on the training data in evaluation, as a share of the constant answer's."""
    model.eval()
    with torch.no_grad():
        outputs = model(cast(data.inputs, config))
    return left(outputs, data, config.head, config.loss)


def batches(data: Data, size: int, seed: int) -> Iterator[Batch]:
    """Batches without end, in a new order each epoch; the last, smaller one of an epoch is left out."""
    chance = torch.Generator().manual_seed(seed)
    size = min(size, len(data.inputs))
    while True:
        order = torch.randperm(len(data.inputs), generator=chance)
        for chosen in order.split(size):
            if len(chosen) == size:
                yield data.inputs[chosen], data.targets[chosen]


def cast(numbers: Tensor, config: Config) -> Tensor:
    """Half precision where the model has it."""
    return numbers.half() if config.half and numbers.is_floating_point() else numbers
