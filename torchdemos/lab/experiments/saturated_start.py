"""Recovery from a saturated start: the output layer is multiplied by 32, so that its sigmoids begin sure and wrong.

The first step turns nearly all outputs off. Squared error behind a sigmoid has no gradient left there, and stays where
it is. The two cross entropies keep their gradients, and recover. The argument is that of M. A. Nielsen, "Neural
Networks and Deep Learning", Determination Press, 2015, chapter 3. P. Golik, P. Doetsch & H. Ney, "Cross-entropy vs.
squared error training: a theoretical and experimental comparison", Interspeech 2013, found that squared error misses a
good optimum from a random start (in speech and handwriting, not on MNIST).

Setting: pixels 0..1, 784-100-10 with ReLU, plain SGD, batches of 128, and for each loss a learning rate with which it
does well from the usual start. With a twentieth of its rate squared error recovers too, but is slow from the usual
start. Ten times the rate of the sigmoids' cross entropy would kill the hidden ReLUs, which is another disease.
"""

import math
from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import NamedTuple

import torch
from torch import Tensor, nn

from torchdemos import pictures, stats
from torchdemos.lab import ensembles, inits, losses
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.losses import LossFunction
from torchdemos.lab.models import mlp
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.training import Batch, accuracy, batches
from torchdemos.watching.schedules import spaced

WIDTH, BATCH, SATURATING_FACTOR = 100, 128, 32.0
MAX_LAG = 0.05  # of the accuracy of a recovered network behind that from the usual start
MAX_STUCK_SHARE = 0.5  # of the usual accuracy, for a network that does not recover
MIN_RECOVERED_ACCURACY, MAX_STUCK_ACCURACY = 0.90, 0.30  # after two epochs of the full MNIST
SOURCE = "Nielsen 2015, ch. 3"
FIGURE = Figure(
    "5_saturated_start",
    title="A saturated start",
    caption="networks that begin sure and wrong: cross entropy brings them back",
    about="Test accuracy of networks whose output layer starts 32 times too large (dots), and of the same networks "
    "from their usual start (bands), means of several. With squared error the gradient is gone, and nothing is "
    "learned; with cross entropy the dots return to their band.",
)


class Method(NamedTuple):
    """A loss, and the learning rate with which it does well from the usual start."""

    name: str
    loss_fn: LossFunction
    lr: float


SQUARED = Method("squared error, sigmoid", losses.squared_error_sigmoid, 1.0)
SIGMOID = Method("cross entropy, sigmoid", losses.cross_entropy_sigmoid, 0.05)
SOFTMAX = Method("cross entropy, softmax", losses.cross_entropy, 0.1)


class Recovery(NamedTuple):
    """Mean test accuracy by step from the usual and from the saturated start, and the gradient left to the latter."""

    usual: dict[int, float]
    saturated: dict[int, float]
    gradient_left: float

    @property
    def ends(self) -> tuple[float, float]:
        """The final accuracy from each start."""
        return self.usual[max(self.usual)], self.saturated[max(self.saturated)]


def run(
    images: Tensor,
    labels: Tensor,
    test_images: Tensor,
    test_labels: Tensor,
    steps: int = 300,
    networks: int = 4,
    seed: int = 0,
    published: bool = False,
    progress: Progress = no_progress,
) -> Result:
    """Train from both starts with each loss; `published` adds claims that hold for the full MNIST."""
    found: dict[Method, Recovery] = {}
    for method in progress((SQUARED, SIGMOID, SOFTMAX), "saturated starts", 3):
        data = batches(images, labels, BATCH, steps, seed)
        models = [
            network(seed + i, factor).to(images.device) for factor in (1.0, SATURATING_FACTOR) for i in range(networks)
        ]
        found[method] = learn(method, models, data, set(spaced(steps, 12)), test_images, test_labels)
    claims: list[Claim | Bound] = [
        lost_gradient_claim(found[SQUARED]),
        kept_gradient_claim(found[SIGMOID]),
        stuck_claim(found[SQUARED]),
        recovery_claim(SIGMOID, found[SIGMOID]),
        recovery_claim(SOFTMAX, found[SOFTMAX]),
    ]
    claims += full_size_claims(found) if published else []
    return Result(claims, {FIGURE: draw(found)})


def network(seed: int, factor: float) -> nn.Sequential:
    """A fresh network whose output layer is multiplied by a factor."""
    model = mlp(WIDTH)
    inits.standard(model, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for parameter in model[-1].parameters():
            parameter.mul_(factor)
    return model


def learn(
    method: Method, models: list[nn.Sequential], data: Iterable[Batch], looks: set[int], images: Tensor, labels: Tensor
) -> Recovery:
    """Train all networks at once, the first half from the usual start, and measure their test accuracy."""
    usual: dict[int, float] = {}
    saturated: dict[int, float] = {}
    half = len(models) // 2
    for step, _ in ensembles.train(models, data, method.loss_fn, [method.lr] * len(models)):
        if step in looks:
            accuracies = [accuracy(model, images, labels) for model in models]
            usual[step], saturated[step] = fmean(accuracies[:half]), fmean(accuracies[half:])
    left = fmean(gradient_left(method.loss_fn, model, images, labels) for model in models[half:])
    return Recovery(usual, saturated, left)


def gradient_left(loss_fn: LossFunction, model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of an output's error a - y that reaches its logit as a gradient: mean |d loss / dz| / mean |a - y|."""
    logits = model(images).detach().requires_grad_()
    gradient = torch.autograd.grad(loss_fn(logits, labels), logits)[0] * len(images)
    error = logits.detach().sigmoid() - losses.one_hot(logits, labels)
    return float(gradient.abs().mean() / error.abs().mean())


def lost_gradient_claim(recovery: Recovery) -> Bound:
    """Claim that squared error behind a sigmoid has lost its gradient (a - y) a (1 - a), because a (1 - a) is gone."""
    name = f"{SQUARED.name}, weights x32: gradient / error"
    return Bound(name, SOURCE, recovery.gradient_left, high=stats.SLOPE_OF_SATURATED)


def kept_gradient_claim(recovery: Recovery) -> Claim:
    """Claim that cross entropy behind a sigmoid keeps its gradient a - y, whatever a is."""
    return Claim(f"{SIGMOID.name}, weights x32: gradient / error", SOURCE, 1.0, recovery.gradient_left, 1e-4)


def stuck_claim(recovery: Recovery) -> Bound:
    """Claim that a network without a gradient learns less than half of what the usual start learns."""
    usual, saturated = recovery.ends
    share = saturated / usual if usual else math.nan
    return Bound(f"{SQUARED.name}, weights x32: share of usual accuracy", SOURCE, share, high=MAX_STUCK_SHARE)


def recovery_claim(method: Method, recovery: Recovery) -> Bound:
    """Claim that a network with a gradient comes near the accuracy of the usual start, or passes it."""
    usual, saturated = recovery.ends
    return Bound(f"{method.name}, weights x32: accuracy above usual", SOURCE, saturated - usual, low=-MAX_LAG)


def full_size_claims(found: Mapping[Method, Recovery]) -> list[Bound]:
    """Claim the final accuracies after two epochs of the full MNIST."""
    source = "two epochs of the full MNIST"
    return [
        Bound(f"{SQUARED.name}, weights x32: accuracy", source, found[SQUARED].ends[1], high=MAX_STUCK_ACCURACY),
        Bound(f"{SOFTMAX.name}, weights x32: accuracy", source, found[SOFTMAX].ends[1], low=MIN_RECOVERED_ACCURACY),
    ]


def draw(found: Mapping[Method, Recovery]) -> Tensor:
    """Draw the usual start as a band, and the saturated one as dots."""
    series: list[pictures.Series] = []
    for method, recovery in found.items():
        series += [(method.name, list(recovery.usual), list(recovery.usual.values()), "wide")]
        series += [(method.name, list(recovery.saturated), list(recovery.saturated.values()), "dots")]
    title = "output weights x32 (dots): accuracy"
    return pictures.lines(series, title, "training step", y_limits=(0.0, 1.0))
