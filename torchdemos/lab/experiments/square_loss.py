"""Squared error against cross entropy: test accuracy over several seeds, of networks that differ in the loss alone.

L. Hui & M. Belkin, "Evaluation of neural architectures trained with square loss vs cross-entropy in classification
tasks", ICLR 2021, arXiv:2006.07322: on the logits themselves squared error does as well as cross entropy, or better, on
most tasks in language and speech, and a little worse in vision. The setting here is 784-128-10 with ReLU, two epochs,
and the same Adam for all losses, because its steps do not depend on the size of a gradient.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean, stdev

import torch
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab import inits, models
from torchdemos.lab.claims import Claim
from torchdemos.lab.losses import LOSSES, LossFunction
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.training import Batch, accuracy, batches, train

COMPARED = (
    "squared error",
    "cross entropy",
    "squared error, softmax",
    "squared error, sigmoid",
    "cross entropy, sigmoid",
)
WIDTH, BATCH, LEARNING_RATE = 128, 128, 1e-3
MAX_DIFFERENCE = 0.01  # one point of accuracy
FIGURE = Figure(
    "7_square_loss",
    title="Squared error or cross entropy",
    caption="test accuracy over several seeds",
    about="Test accuracy after training, a dot for each seed, a band at their mean. Published: squared error on the "
    "logits themselves does about as well as cross entropy.",
)

Accuracies = Mapping[str, Sequence[float]]


def run(
    images: Tensor,
    labels: Tensor,
    test_images: Tensor,
    test_labels: Tensor,
    steps: int = 937,
    networks: int = 5,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Result:
    """Train a network for each loss and each seed, and compare the mean accuracies."""
    found: dict[str, list[float]] = {name: [] for name in COMPARED}
    pairs = [(name, seed + i) for name in COMPARED for i in range(networks)]
    for name, own in progress(pairs, "squared error or cross entropy", len(pairs)):
        data = batches(images, labels, BATCH, steps, own)
        found[name].append(trained(LOSSES[name], own, data, test_images, test_labels))
    measured = fmean(found["squared error"]) - fmean(found["cross entropy"])
    name = "test accuracy, squared error - cross entropy"
    claims = [Claim(name, "Hui & Belkin 2021", 0.0, measured, MAX_DIFFERENCE, relative=False)]
    figure = replace(FIGURE, about=f"{FIGURE.about}\n\n{table(found)}")
    return Result(claims, {figure: draw(found)})


def trained(loss_fn: LossFunction, seed: int, data: Iterable[Batch], test_images: Tensor, test_labels: Tensor) -> float:
    """Train one network and return its test accuracy."""
    model = models.mlp(WIDTH)
    inits.standard(model, torch.Generator().manual_seed(seed))
    model.to(test_images.device)
    for _ in train(model, data, loss_fn, torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)):
        pass
    return accuracy(model, test_images, test_labels)


def table(found: Accuracies) -> str:
    """A Markdown table of the mean and standard deviation for each loss."""
    rows = [f"|{name}|{100 * fmean(row):.2f}|{100 * spread(row):.2f}|" for name, row in found.items()]
    return "|loss|mean, %|std, points|\n|---|---|---|\n" + "\n".join(rows)


def spread(numbers: Sequence[float]) -> float:
    """The standard deviation over seeds; NaN for a single seed."""
    return stdev(numbers) if len(numbers) > 1 else math.nan


def draw(found: Accuracies) -> Tensor:
    """Draw a column for each loss: its seeds as dots, their mean as a band."""
    series: list[pictures.Series] = []
    for place, (name, row) in enumerate(found.items()):
        series += [(name, [place - 0.3, place + 0.3], [100 * fmean(row)] * 2, "wide")]
        series += [(name, [place] * len(row), [100 * right for right in row], "dots")]
    return pictures.lines(series, "test accuracy in %, a dot a seed", "the losses, in the order above")
