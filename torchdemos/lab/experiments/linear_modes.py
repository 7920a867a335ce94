"""A deep linear network learns one mode after another, each along a sigmoid that is known before the first step.

Saxe, McClelland & Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
ICLR 2014, arXiv:1312.6120. If the inputs are whitened, the modes are the singular vectors of the correlation of targets
and inputs. Strong modes are learned first; each waits on a long plateau, then rises suddenly. Here the inputs are the
digits' first 50 principal components. A start that is aligned with the modes follows the law exactly. A small random
start follows it nearly, if random directions hardly overlap because the hidden layer has many more neurons than modes.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from torchdemos import pictures
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory.linear import half_time, mode_strength

INPUTS, HIDDEN, MODES = 50, 100, 9  # ten centred targets add up to 0, which leaves nine modes
LEARNING_RATE, STEPS = 0.05, 800
ALIGNED_STRENGTH = 1e-3  # of each mode in the aligned start
RANDOM_STD = 3e-3  # of each weight in the random start
SOURCE = "Saxe et al. 2014"
FIGURE = Figure(
    "13_linear_modes",
    title="Exact learning curves",
    caption="a deep linear network learns mode by mode",
    about="How much of four of its nine modes a two-layer linear network has learned, from small random weights: "
    "predicted from the start (bands) and measured (dots). s is the mode's strength in the data and the height of its "
    "last plateau. Strong modes are learned first, each after a wait and then at once. Time counts steps x learning "
    "rate.",
)


class Modes(NamedTuple):
    """Sigma = targets x inputs^T / N = left diag(strengths) right^T, strongest first."""

    left: Tensor  # [10, 9]
    strengths: Tensor
    right: Tensor  # [50, 9]

    def learned(self, first: Tensor, second: Tensor) -> Tensor:
        """The strength of each mode in the product of both layers."""
        return (self.left.T @ second @ first @ self.right).diagonal()

    def start(self, first: Tensor, second: Tensor) -> Tensor:
        """The part of each mode that will grow: the layers pull each other towards their mean, and the rest fades."""
        return ((first @ self.right + second.T @ self.left) / 2).square().sum(0)


def run(images: Tensor, labels: Tensor, seed: int = 0, progress: Progress = no_progress) -> Result:
    """Predict all curves of both starts from the start alone, then train."""
    targets = one_hot(labels, 10).double()
    correlation = (targets - targets.mean(0)).T @ whitened(images) / len(images)
    modes = find_modes(correlation)
    generator = torch.Generator().manual_seed(seed)
    pairs = {"aligned": aligned(modes, generator), "random": small(modes, generator)}
    predicted = {name: predict(modes, modes.start(*pair)) for name, pair in pairs.items()}
    measured = {name: descend(modes, correlation, *pair, progress) for name, pair in pairs.items()}
    errors = {name: (measured[name] - predicted[name]).abs() / modes.strengths for name in pairs}
    claims: list[Claim | Bound] = [
        Bound("aligned start: worst error of curves", SOURCE, float(errors["aligned"].max()), high=0.01),
        Bound("random start: worst error of curves", SOURCE, float(errors["random"].max()), high=0.15),
    ]
    for name, mode in (("strongest", 0), ("weakest", MODES - 1)):
        strength = float(modes.strengths[mode])
        found = LEARNING_RATE * float(np.interp(strength / 2, measured["aligned"][:, mode].cpu(), range(STEPS)))
        claims.append(Claim(f"half time of {name} mode", SOURCE, half_time(strength, ALIGNED_STRENGTH), found, 0.01))
    return Result(claims, {FIGURE: draw(modes, predicted["random"], measured["random"])})


def whitened(images: Tensor) -> Tensor:
    """The first principal components of the pixels, each of variance 1: [N, INPUTS] in float64."""
    pixels = images.double().flatten(1)
    pixels = pixels - pixels.mean(0)
    variances, directions = torch.linalg.eigh(pixels.T @ pixels / len(pixels))
    components: Tensor = directions[:, -INPUTS:] / variances[-INPUTS:].sqrt()
    return pixels @ components


def find_modes(correlation: Tensor) -> Modes:
    """The singular vectors and values of a correlation [10, INPUTS]."""
    left, strengths, right = torch.linalg.svd(correlation, full_matrices=False)
    return Modes(left[:, :MODES], strengths[:MODES], right[:MODES].T)


def aligned(modes: Modes, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Weights in which every mode has its own direction of the hidden layer, and equal strength in both layers."""
    drawn = torch.randn(HIDDEN, MODES, generator=generator, dtype=torch.float64)
    hidden = math.sqrt(ALIGNED_STRENGTH) * torch.linalg.qr(drawn).Q.to(modes.left)
    return hidden @ modes.right.T, modes.left @ hidden.T


def small(modes: Modes, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Independent Gaussian weights."""
    drawn = RANDOM_STD * torch.randn(HIDDEN, INPUTS + 10, generator=generator, dtype=torch.float64).to(modes.left)
    return drawn[:, :INPUTS], drawn[:, INPUTS:].T


def predict(modes: Modes, start: Tensor) -> Tensor:
    """The strength of each mode at each step, by the law: [STEPS, MODES]."""
    pairs = [*zip(modes.strengths.tolist(), start.tolist(), strict=True)]
    laws = [[mode_strength(step * LEARNING_RATE, *pair) for pair in pairs] for step in range(STEPS)]
    return modes.strengths.new_tensor(laws)


def descend(modes: Modes, correlation: Tensor, first: Tensor, second: Tensor, progress: Progress) -> Tensor:
    """Descend on half the squared error: with whitened inputs it is 1/2 |second first - Sigma|^2 + const."""
    found = []
    for _ in progress(range(STEPS), "learning linear modes", STEPS):
        found.append(modes.learned(first, second))
        error = second @ first - correlation
        first, second = first - LEARNING_RATE * second.T @ error, second - LEARNING_RATE * error @ first.T
    return torch.stack(found)


def draw(modes: Modes, predicted: Tensor, measured: Tensor) -> Tensor:
    """Draw four modes in one chart."""
    series: list[pictures.Series] = []
    times = torch.arange(STEPS) * LEARNING_RATE
    for mode in (1, 4, 6, 9):
        name = f"s={float(modes.strengths[mode - 1]):.3f}"
        series.append((name, times[::5], predicted[::5, mode - 1], "wide"))
        series.append((name, times[::20], measured[::20, mode - 1], "dots"))
    return pictures.lines(series, "how much of each mode is learned", "time: steps x learning rate")
