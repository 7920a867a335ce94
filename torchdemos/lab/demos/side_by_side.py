"""Networks that a demo trains side by side, each of which writes to a board of its own."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos.board import Board
from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.finding import INFORMATION
from torchdemos.lab import training
from torchdemos.lab.demos import overview
from torchdemos.watching.steps import Watch


@dataclass
class Variant:
    """A network in training: the board it writes to, the watch on it, its batch losses and its latest test accuracy."""

    name: str
    model: nn.Sequential
    optimizer: torch.optim.Optimizer
    board: Board
    watch: Watch
    losses: list[float] = field(default_factory=list)
    accuracy: float = math.nan


def train(
    variants: Sequence[Variant], images: Tensor, labels: Tensor, batch: int, steps: int, seed: int
) -> Iterator[int]:
    """Train all variants on the same batches and yield each step: one step in turn, so their charts grow together."""
    trainings = []
    for variant in variants:
        shuffled = training.batches(images, labels, batch, steps, seed)
        trainings.append(training.train(variant.model, shuffled, cross_entropy, variant.optimizer, variant.watch))
    for step, losses in training.in_turn(trainings):
        for variant, loss in zip(variants, losses, strict=True):
            variant.losses.append(loss)
        yield step


def close(variants: Sequence[Variant], steps: int) -> None:
    """Log the final numbers of every variant."""
    for variant in variants:
        overview.close(variant.board, steps, variant.losses, variant.accuracy)


def alarms(variant: Variant) -> list[Finding]:
    """What is wrong with a variant, the worst first; mere information is left out."""
    return [finding for finding in variant.watch.findings(variant.losses) if finding.level != INFORMATION]


def final_findings(variants: Sequence[Variant]) -> dict[str, Finding]:
    """The worst finding about each variant at the end, if there is any."""
    return {f"{variant.name}, at the end": finding for variant in variants for finding in alarms(variant)[:1]}
