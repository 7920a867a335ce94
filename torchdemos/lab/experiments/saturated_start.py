"""Recovery from a saturated start: the output layer is multiplied by 32, so that its sigmoids begin sure and wrong.

The first step turns nearly all outputs off. Squared error behind a sigmoid has no gradient left there, and stays where
it is; the two cross entropies keep theirs, and return. The argument is that of M. A. Nielsen, "Neural Networks and Deep
Learning", Determination Press, 2015, chapter 3; P. Golik, P. Doetsch & H. Ney, "Cross-entropy vs. squared error
training: a theoretical and experimental comparison", Interspeech 2013, found squared error to miss a good optimum from
a random start (in speech and handwriting, not on MNIST).

Pixels 0..1, 784-100-10 with ReLU, plain SGD, batches of 128, and for each loss a learning rate with which it does well
from the usual start. With a twentieth of its rate squared error gets away too, but is slow from the usual start; ten
times the rate of the sigmoids' cross entropy would kill the hidden ReLUs, which is another disease.
"""

import math
from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import NamedTuple

import torch
from torch import Tensor, nn

from torchdemos import pictures, stats
from torchdemos.lab import ensembles, inits, losses, models
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.evidence import Evidence, Picture, Track, untracked
from torchdemos.lab.losses import Loss
from torchdemos.lab.training import Batch, accuracy, batches
from torchdemos.watching.schedules import spaced

WIDTH, BATCH, FACTOR = 100, 128, 32.0
NEAR, STUCK = 0.05, 0.5  # what "returns" and "stays" mean: points below the usual start, and share of it
RECOVERED, LOST = 0.90, 0.30  # the same for two epochs of the full MNIST
SOURCE = "Nielsen 2015, ch. 3"
TAG = "4_pictures/5_saturated_start"
ABOUT = (
    "Test accuracy of networks whose output layer starts 32 times too large (dots), and of the same networks from "
    "their usual start (bands), means of several. With squared error the gradient is gone, and nothing is learned; "
    "with cross entropy the dots return to their band."
)


class Course(NamedTuple):
    """A loss and the learning rate with which it does well from the usual start."""

    name: str
    loss_fn: Loss
    lr: float


SQUARED = Course("squared error, sigmoid", losses.squared_error_sigmoid, 1.0)
SIGMOID = Course("cross entropy, sigmoid", losses.cross_entropy_sigmoid, 0.05)
SOFTMAX = Course("cross entropy, softmax", losses.cross_entropy, 0.1)


class Recovery(NamedTuple):
    """Mean test accuracy by step, from the usual start and from the saturated one, and that one's gradient left."""

    usual: dict[int, float]
    saturated: dict[int, float]
    gradient_left: float

    @property
    def ends(self) -> tuple[float, float]:
        """The last accuracy of each."""
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
    track: Track = untracked,
) -> Evidence:
    """Train from both starts with each loss; `published` holds the ends against the full MNIST's numbers too."""
    found: dict[Course, Recovery] = {}
    for course in track((SQUARED, SIGMOID, SOFTMAX), "saturated starts", 3):
        data = batches(images, labels, BATCH, steps, seed)
        nets = [network(seed + i, factor).to(images.device) for factor in (1.0, FACTOR) for i in range(networks)]
        found[course] = learn(course, nets, data, set(spaced(steps, 12)), test_images, test_labels)
    claims: list[Claim | Bound] = [
        lost(found[SQUARED]),
        kept(found[SIGMOID]),
        stays(found[SQUARED]),
        returns(SIGMOID, found[SIGMOID]),
        returns(SOFTMAX, found[SOFTMAX]),
    ]
    claims += at_full_size(found) if published else []
    return Evidence(claims, {TAG: Picture(draw(found), ABOUT)})


def network(seed: int, factor: float) -> nn.Sequential:
    """A fresh network whose output layer is multiplied by a factor."""
    model = models.mlp(WIDTH)
    inits.standard(model, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for parameter in model[-1].parameters():
            parameter.mul_(factor)
    return model


def learn(
    course: Course, nets: list[nn.Sequential], data: Iterable[Batch], looks: set[int], images: Tensor, labels: Tensor
) -> Recovery:
    """Train all networks at once, the first half of which start as usual, and look at their test accuracy."""
    usual: dict[int, float] = {}
    saturated: dict[int, float] = {}
    half = len(nets) // 2
    for step, _ in ensembles.train(nets, data, course.loss_fn, [course.lr] * len(nets)):
        if step in looks:
            right = [accuracy(net, images, labels) for net in nets]
            usual[step], saturated[step] = fmean(right[:half]), fmean(right[half:])
    left = fmean(gradient_left(course.loss_fn, net, images, labels) for net in nets[half:])
    return Recovery(usual, saturated, left)


def gradient_left(loss_fn: Loss, net: nn.Module, images: Tensor, labels: Tensor) -> float:
    """How much of each output's error a - y reaches its logit as a gradient: mean |d loss / dz| / mean |a - y|."""
    logits = net(images).detach().requires_grad_()
    gradient = torch.autograd.grad(loss_fn(logits, labels), logits)[0] * len(images)
    error = logits.detach().sigmoid() - losses.one_hot(logits, labels)
    return float(gradient.abs().mean() / error.abs().mean())


def lost(recovery: Recovery) -> Bound:
    """Squared error behind a sigmoid: the gradient is (a - y) a (1 - a), and a (1 - a) is gone."""
    name = f"{SQUARED.name}, x32: gradient / error"
    return Bound(name, SOURCE, recovery.gradient_left, high=stats.SLOPE_OF_SATURATED)


def kept(recovery: Recovery) -> Claim:
    """Cross entropy behind a sigmoid: the gradient is a - y, whatever a is."""
    return Claim(f"{SIGMOID.name}, x32: gradient / error", SOURCE, 1.0, recovery.gradient_left, 1e-4)


def stays(recovery: Recovery) -> Bound:
    """Where the gradient is gone, less than half of what the usual start learns is learned."""
    usual, saturated = recovery.ends
    share = saturated / usual if usual else math.nan
    return Bound(f"{SQUARED.name}, x32: share of usual accuracy", SOURCE, share, high=STUCK)


def returns(course: Course, recovery: Recovery) -> Bound:
    """Where the gradient is not gone, the accuracy comes near that of the usual start, or passes it."""
    usual, saturated = recovery.ends
    return Bound(f"{course.name}, x32: accuracy above usual", SOURCE, saturated - usual, low=-NEAR)


def at_full_size(found: Mapping[Course, Recovery]) -> list[Bound]:
    """The ends themselves, after two epochs of the full MNIST."""
    source = "two epochs of the full MNIST"
    return [
        Bound(f"{SQUARED.name}, x32: accuracy", source, found[SQUARED].ends[1], high=LOST),
        Bound(f"{SOFTMAX.name}, x32: accuracy", source, found[SOFTMAX].ends[1], low=RECOVERED),
    ]


def draw(found: Mapping[Course, Recovery]) -> Tensor:
    """The usual start as a band, the saturated one as dots."""
    series: list[pictures.Series] = []
    for course, recovery in found.items():
        series += [(course.name, list(recovery.usual), list(recovery.usual.values()), "wide")]
        series += [(course.name, list(recovery.saturated), list(recovery.saturated.values()), "dots")]
    title = "output weights x32 (dots): accuracy"
    return pictures.lines(series, title, "training step", y_limits=(0.0, 1.0))
