"""Training above 2 / sharpness need not diverge: the loss is thrown up, and lands where it is flatter.

A network small enough to be solved, f = u.v / sqrt(n), falls below 2 / sharpness, is thrown up and lands between 2
and 4, and diverges above 4. Trained here neuron by neuron, and predicted by a map of two numbers.

Lewkowycz, Bahri, Dyer, Sohl-Dickstein & Gur-Ari 2020, "The large learning rate phase of deep learning: the catapult
mechanism", arXiv:2003.02218.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from torchdemos import pictures
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory import descent
from torchdemos.lab.theory.descent import NetworkState

SOURCE = "Lewkowycz et al. 2020"
WIDTH = 1000
NETWORKS = 5
STEPS = 100
STEPS_DRAWN = 40
# Learning rates in multiples of 1 / sharpness at the start: one for each regime, and the range to search.
FALLING, THROWN_UP, DIVERGING = 1.5, 3.0, 4.05
LOWEST, HIGHEST, HALVINGS = 0.5, 16.0, 12
FIGURE = Figure(
    "6_catapult",
    title="The catapult",
    caption="above 2/sharpness, and yet no divergence",
    about="Loss in units of the first one for three learning rates, in units of 1 / sharpness. Below 2 it falls; "
    "between 2 and 4 it is thrown up and lands in a flatter place; above 4 it diverges. The bands are the map of two "
    "numbers.",
)


class Products(nn.Module):
    """Networks f = u.v / sqrt(n), one for each seed: two linear layers, n neurons between them, the single input 1."""

    def __init__(self, seeds: Sequence[int], device: torch.device) -> None:
        super().__init__()
        drawn = [torch.randn(2, WIDTH, generator=torch.Generator().manual_seed(seed)).double() for seed in seeds]
        u, v = torch.stack(drawn, dim=1).to(device)
        self.u, self.v = nn.Parameter(u), nn.Parameter(v)

    def forward(self) -> Tensor:
        """The output of each network."""
        return (self.u * self.v).sum(1) / math.sqrt(WIDTH)

    @torch.no_grad()
    def states(self) -> list[NetworkState]:
        """The output and the sharpness of each network, which is all that the theory needs."""
        sharpness = (self.u.square() + self.v.square()).sum(1) / WIDTH
        return [NetworkState(*pair) for pair in zip(self().tolist(), sharpness.tolist(), strict=True)]


@dataclass(frozen=True)
class Trajectory:
    """One training: the loss before each step, predicted and measured, and the state after the last step."""

    learning_rate: float
    predicted: Sequence[float]
    measured: Sequence[float]
    end: NetworkState

    @property
    def height(self) -> float:
        """The largest loss in units of the first; inf if the loss left the range of numbers."""
        return max(self.measured) / self.measured[0] if self.lands else math.inf

    @property
    def lands(self) -> bool:
        """Whether the loss is a number to the end: divergence doubles its exponent in every step."""
        return all(map(math.isfinite, self.measured))


def predict_and_train(multiples: Sequence[float], seeds: Sequence[int], device: torch.device) -> list[Trajectory]:
    """Predict each network's trajectory from its state at the start, then train all networks in one pass."""
    networks = Products(seeds, device)
    starts = networks.states()
    rates = [multiple / start.sharpness for multiple, start in zip(multiples, starts, strict=True)]
    maps = [descent.catapult(start, WIDTH, rate, STEPS) for start, rate in zip(starts, rates, strict=True)]
    losses = train(networks, rates).T.tolist()
    return [
        Trajectory(rate, [state.loss for state in states], measured, end)
        for rate, states, measured, end in zip(rates, maps, losses, networks.states(), strict=True)
    ]


def train(networks: Products, rates: Sequence[float]) -> Tensor:
    """Train each network with its own learning rate, and return the losses before each step, [STEPS, networks]."""
    weights, losses = list(networks.parameters()), []
    column = torch.tensor(rates, dtype=torch.float64, device=weights[0].device).unsqueeze(1)
    for _ in range(STEPS):
        loss = networks().square() / 2
        slopes = torch.autograd.grad(loss.sum(), weights)
        for weight, slope in zip(weights, slopes, strict=True):
            weight.data -= column * slope
        losses.append(loss.detach())
    return torch.stack(losses)


def search(below: Callable[[Trajectory], bool], seeds: Sequence[int], device: torch.device) -> list[float]:
    """Find for each network, by halving a range, the learning rate x sharpness up to which `below` is true."""
    low, high = [LOWEST] * len(seeds), [HIGHEST] * len(seeds)
    for _ in range(HALVINGS):
        middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
        for k, trajectory in enumerate(predict_and_train(middle, seeds, device)):
            (low if below(trajectory) else high)[k] = middle[k]
    return [(a + b) / 2 for a, b in zip(low, high, strict=True)]


def run(seed: int, device: torch.device, progress: Progress = no_progress) -> Result:
    """Find both thresholds by training, then train with one learning rate of each regime."""
    seeds = range(seed, seed + NETWORKS)
    questions = progress((_never_rises, _lands), "searching the thresholds of the catapult", 2)
    rise, divergence = (search(below, seeds, device) for below in questions)
    falls, thrown, diverges = (
        predict_and_train([multiple] * NETWORKS, seeds, device) for multiple in (FALLING, THROWN_UP, DIVERGING)
    )
    highest = min(one.height for one in thrown)
    sharpest = max(one.learning_rate * one.end.sharpness for one in thrown)
    claims: list[Claim | Bound] = [
        _threshold("from which the loss rises", descent.threshold(1.0), rise),
        _threshold("from which it diverges", descent.catapult_threshold(1.0), divergence),
        Bound(f"catapult: largest loss / first, lr x sharpness {THROWN_UP:g}", SOURCE, highest, low=1.5),
        Bound(
            *(f"catapult: lr x sharpness at the end, {THROWN_UP:g} at the start", SOURCE, sharpest),
            high=descent.threshold(1.0),
        ),
    ]
    return Result(claims, {FIGURE: draw(falls[0], thrown[0], diverges[0])})


def _never_rises(trajectory: Trajectory) -> bool:
    return trajectory.height <= 1


def _lands(trajectory: Trajectory) -> bool:
    return trajectory.lands


def _threshold(what: str, predicted: float, found: Sequence[float]) -> Claim:
    """Claim the threshold of the network that is farthest off. At width 1000 the 4 lies between 3.95 and 4.05."""
    farthest = max(found, key=lambda multiple: abs(multiple - predicted))
    return Claim(f"catapult: lr x sharpness {what}, worst of {len(found)}", SOURCE, predicted, farthest, 0.0125)


def draw(falls: Trajectory, thrown: Trajectory, diverges: Trajectory) -> Tensor:
    """Draw the loss in units of the first by step: the map as a band, the network as dots."""
    named = {f"{FALLING:g} falls": falls, f"{THROWN_UP:g} lands": thrown, f"{DIVERGING:g} diverges": diverges}
    series: list[pictures.Series] = []
    for name, trajectory in named.items():
        predicted, measured = (
            [loss / trajectory.measured[0] for loss in losses[:STEPS_DRAWN]]
            for losses in (trajectory.predicted, trajectory.measured)
        )
        series += [(name, range(STEPS_DRAWN), predicted, "wide"), (name, range(STEPS_DRAWN), measured, "dots")]
    title, x_label, limits = "loss / first, by lr x sharpness", "training step", (1e-6, 1e6)
    return pictures.lines(series, title, x_label, y_limits=limits, log_y=True)
