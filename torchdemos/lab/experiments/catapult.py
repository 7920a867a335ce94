"""A learning rate above 2 / sharpness need not diverge: the loss is thrown up, and lands where it is flatter.

A network small enough to be solved, f = u.v / sqrt(n), falls below 2 / sharpness, is thrown up and lands between 2
and 4, and diverges above 4. Trained here neuron by neuron, and predicted by a map of two numbers.

Lewkowycz, Bahri, Dyer, Sohl-Dickstein & Gur-Ari 2020, "The large learning rate phase of deep learning: the catapult
mechanism", arXiv:2003.02218.
"""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat, takewhile

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, normalize, relu

from torchdemos import pictures
from torchdemos.lab import ensembles
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import standardize
from torchdemos.lab.evidence import Evidence, Picture, Track, untracked
from torchdemos.lab.experiments.quadratic import half_square, targets
from torchdemos.lab.sharpness import sharpness
from torchdemos.lab.theory import descent
from torchdemos.lab.theory.descent import Swing

SOURCE = "Lewkowycz et al. 2020"
WIDTH = 1000
NETWORKS = 5
STEPS = 100
FALL, THROW, BURST = 1.5, 3.0, 4.05  # learning rate x sharpness at the start, one for each regime
FIRST, LAST, HALVINGS = 0.5, 16.0, 12  # where the search for a threshold starts, and how often it is halved
SHOWN = 40  # steps in the picture
RELU = (8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0)  # learning rate x sharpness at the start
RELU_STEPS = 300
RELU_SOURCE = "catapult, Lewkowycz et al. 2020; range: our own runs"
PICTURE = "4_pictures/6_catapult"
ABOUT = (
    "Loss in units of the first one for three learning rates, in units of 1 / sharpness. Below 2 it falls; between 2 "
    "and 4 it is thrown up and lands in a flatter place; above 4 it diverges. The bands are the map of two numbers."
)


class Products(nn.Module):
    """Networks f = u.v / sqrt(n) for the single input 1, two linear layers with n neurons between them, one a seed."""

    def __init__(self, seeds: Sequence[int], device: torch.device) -> None:
        super().__init__()
        drawn = [torch.randn(2, WIDTH, generator=torch.Generator().manual_seed(seed)).double() for seed in seeds]
        u, v = torch.stack(drawn, dim=1).to(device)
        self.u, self.v = nn.Parameter(u), nn.Parameter(v)

    def forward(self) -> Tensor:
        """The output of each network."""
        return (self.u * self.v).sum(1) / math.sqrt(WIDTH)

    @torch.no_grad()
    def swings(self) -> list[Swing]:
        """What the theory knows of each network: output and sharpness."""
        sharpness = (self.u.square() + self.v.square()).sum(1) / WIDTH
        return [Swing(*pair) for pair in zip(self().tolist(), sharpness.tolist(), strict=True)]


@dataclass(frozen=True)
class Flight:
    """One training: the losses before each step, predicted and measured, and the state after the last step."""

    learning_rate: float
    predicted: Sequence[float]
    measured: Sequence[float]
    end: Swing

    @property
    def height(self) -> float:
        """The largest loss in units of the first; inf if it left the range of numbers."""
        return max(self.measured) / self.measured[0] if self.lands else math.inf

    @property
    def lands(self) -> bool:
        """Whether it is still a number at the end: divergence doubles the exponent in every step."""
        return all(map(math.isfinite, self.measured))


def fly(multiples: Sequence[float], seeds: Sequence[int], device: torch.device) -> list[Flight]:
    """Predict each network's flight from its output and sharpness at the start, then train all of them in one pass."""
    networks = Products(seeds, device)
    starts = networks.swings()
    rates = [multiple / start.sharpness for multiple, start in zip(multiples, starts, strict=True)]
    maps = [descent.catapult(start, WIDTH, rate, STEPS) for start, rate in zip(starts, rates, strict=True)]
    losses = train(networks, rates).T.tolist()
    return [
        Flight(rate, [swing.loss for swing in swings], measured, end)
        for rate, swings, measured, end in zip(rates, maps, losses, networks.swings(), strict=True)
    ]


def train(networks: Products, rates: Sequence[float]) -> Tensor:
    """Gradient descent with a learning rate for each network: their losses before each step, [STEPS, networks]."""
    weights, losses = list(networks.parameters()), []
    column = torch.tensor(rates, dtype=torch.float64, device=weights[0].device).unsqueeze(1)
    for _ in range(STEPS):
        loss = networks().square() / 2
        slopes = torch.autograd.grad(loss.sum(), weights)
        for weight, slope in zip(weights, slopes, strict=True):
            weight.data -= column * slope
        losses.append(loss.detach())
    return torch.stack(losses)


def search(below: Callable[[Flight], bool], seeds: Sequence[int], device: torch.device) -> list[float]:
    """For each network the learning rate x sharpness up to which `below` is true, by halving a range."""
    low, high = [FIRST] * len(seeds), [LAST] * len(seeds)
    for _ in range(HALVINGS):
        middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
        for k, flight in enumerate(fly(middle, seeds, device)):
            (low if below(flight) else high)[k] = middle[k]
    return [(a + b) / 2 for a, b in zip(low, high, strict=True)]


def run(seed: int, device: torch.device, track: Track = untracked) -> Evidence:
    """Find both thresholds by training, then look at one learning rate of each regime."""
    seeds = range(seed, seed + NETWORKS)
    questions = track((_never_rises, _lands), "searching the thresholds of the catapult", 2)
    rise, burst = (search(below, seeds, device) for below in questions)
    falls, thrown, bursts = (fly([multiple] * NETWORKS, seeds, device) for multiple in (FALL, THROW, BURST))
    found: list[Claim | Bound] = [
        _threshold("from which the loss rises", descent.threshold(1.0), rise),
        _threshold("from which it diverges", descent.catapult_threshold(1.0), burst),
        Bound(
            f"catapult: largest loss / first, lr x sharpness {THROW:g}", SOURCE, min(f.height for f in thrown), low=1.5
        ),
        Bound(
            f"catapult: lr x sharpness at the end, {THROW:g} at the start",
            SOURCE,
            max(f.learning_rate * f.end.sharpness for f in thrown),
            high=descent.threshold(1.0),
        ),
    ]
    return Evidence(found, {PICTURE: Picture(picture(falls[0], thrown[0], bursts[0]), ABOUT)})


def _never_rises(flight: Flight) -> bool:
    return flight.height <= 1


def _lands(flight: Flight) -> bool:
    return flight.lands


def _threshold(what: str, predicted: float, found: Sequence[float]) -> Claim:
    """Of all networks the one farthest off. A width of 1000 leaves the 4 between 3.95 and 4.05."""
    farthest = max(found, key=lambda multiple: abs(multiple - predicted))
    return Claim(f"catapult: lr x sharpness {what}, worst of {len(found)}", SOURCE, predicted, farthest, 0.0125)


def picture(falls: Flight, thrown: Flight, bursts: Flight) -> Tensor:
    """The loss in units of the first, step by step: the map as a band, the network as dots."""
    series: list[pictures.Series] = []
    for name, flight in ((f"{FALL:g} falls", falls), (f"{THROW:g} lands", thrown), (f"{BURST:g} diverges", bursts)):
        known, seen = (
            [loss / flight.measured[0] for loss in losses[:SHOWN]] for losses in (flight.predicted, flight.measured)
        )
        series += [(name, range(SHOWN), known, "wide"), (name, range(SHOWN), seen, "dots")]
    title, x_label, limits = "loss / first, by lr x sharpness", "training step", (1e-6, 1e6)
    return pictures.lines(series, title, x_label, y_limits=limits, log_y=True)


# The same on digits: a ReLU network, whose sharpness is not known in advance but measured at the start.


class Wide(nn.Module):
    """784-512-512-10, ReLU, no biases; W ~ N(0, 1), and the factor sqrt(2 / fan-in) of He's start in the forward pass.

    In this "NTK" parametrization the sharpness does not grow with the width.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        shapes = (512, 784), (512, 512), (10, 512)
        weights = [torch.randn(shape, generator=generator).to(device) for shape in shapes]
        self.weights = nn.ParameterList(map(nn.Parameter, weights))

    def forward(self, x: Tensor) -> Tensor:
        """Outputs [N, 10] for inputs [N, 784]."""
        for i, weight in enumerate(self.weights):
            x = linear(relu(x) if i else x, weight) * math.sqrt(2 / weight.shape[1])
        return x


def run_relu(images: Tensor, labels: Tensor, seed: int, track: Track = untracked) -> Evidence:
    """Train one start with many learning rates, full batch, each input scaled to the length 28 = sqrt(784)."""
    inputs = 28 * normalize(standardize(images).flatten(1))
    aims = targets(labels).to(inputs)
    start = Wide(seed, images.device)
    sharp = sharpness(half_square(start(inputs), aims), start.parameters()).value
    models = [copy.deepcopy(start) for _ in RELU]
    rates = [multiple / sharp for multiple in RELU]
    training = ensembles.train(models, repeat((inputs, aims), RELU_STEPS), half_square, rates)
    losses = torch.stack([found for _, found in track(training, "catapult of a ReLU network", RELU_STEPS)]).T.tolist()
    landed = list(takewhile(lambda k: losses[k][-1] < losses[k][0], range(len(RELU))))
    ends = [rates[k] * sharpness(half_square(models[k](inputs), aims), models[k].parameters()).value for k in landed]
    highest = RELU[landed[-1]] if landed else math.nan
    return Evidence(
        [
            Bound("ReLU catapult: largest lr x sharpness at the start", RELU_SOURCE, highest, 10, 15),
            Bound("ReLU catapult: lr x sharpness at the end", SOURCE, max(ends, default=math.nan), high=2.05),
        ]
    )
