"""Twenty-two layers learn from Xavier's start and from He's; thirty learn from He's alone.

He, Zhang, Ren & Sun, "Delving Deep into Rectifiers", ICCV 2015, arXiv:1502.01852, saw it in convolutional networks on
ImageNet: at 30 layers the start with fan-in x Var(w) = 1 ("Xavier") "completely stalls the learning". ReLU halves the
mean square of a layer, so only fan-in x Var(w) = 2 makes up for it. Here are fully connected ReLU networks on digits.

One network may be lucky: its variance scatters about the law by the log-normal of Hanin & Nica 2020, and so does the
time it takes to leave the plateau. So every claim is about the median of several networks; where all stall, or all
learn, a third of them tells it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import hooks, pictures, stats
from torchdemos.lab import ensembles, inits, models
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory import depth as depth_theory
from torchdemos.lab.theory.linear import relu_variance_ratio
from torchdemos.lab.theory.loss import label_entropy
from torchdemos.lab.training import accuracy, batches

STARTS = {"Xavier": 1.0, "He": 2.0}  # fan-in x Var(w)
DEPTHS, WIDTH = (22, 30), 128
MOMENTUM = 0.9
ALIKE = ((22, "He"), (30, "Xavier"))  # depth and start of networks whose ends hardly scatter
FINAL_BATCHES = 50  # over which the loss at the end is averaged
NETWORKS_MEASURED = 20  # over which the variance of a layer is averaged
SOURCE = "He et al. 2015"
LOSS_FIGURE = Figure(
    "4_loss_at_22_and_30_layers",
    title="22 and 30 layers",
    caption="Xavier's start stalls at 30, He's does not",
    about="Training loss of ReLU networks that differ in depth and in the variance of their first weights, the median "
    "of several networks. H(y) is the loss of giving every digit the same answer: 30 layers from Xavier's start stay "
    "there, 22 layers leave it late.",
)
VARIANCE_FIGURE = Figure(
    "5_variance_by_layer",
    title="Why: the variance by layer",
    caption="halved by every ReLU, or not",
    about="Variance of each layer's pre-activations before training, relative to the first layer's: bands are "
    "(fan-in x Var(w) / 2)^(layer - 1), less what finite width costs the typical network; dots are measured.",
)
GROUP = "depth_split"
ABOUT = {GROUP: "Training loss by depth and start, the median of several networks."}


Kind = tuple[int, str]  # depth and start


@dataclass
class Group:
    """Networks of one depth and start: their losses [steps, networks], and the share of digits each names right."""

    losses: Tensor
    named: list[float]

    @property
    def final_loss(self) -> float:
        """The loss of the median network over the final batches."""
        return float(self.losses[-FINAL_BATCHES:].mean(0).median())


def run(
    images: Tensor,
    labels: Tensor,
    test_images: Tensor,
    test_labels: Tensor,
    steps: int = 469,
    batch: int = 128,
    lr: float = 0.01,
    networks: int = 9,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Result:
    """Predict and measure the variance in each layer, then train `networks` networks of each depth and start."""
    floor = label_entropy(torch.bincount(labels).tolist())
    predicted = {name: variances(max(DEPTHS), weights) for name, weights in STARTS.items()}

    measured = {name: measure(max(DEPTHS), name, seed, images[:256]) for name in STARTS}
    data = images, labels, test_images, test_labels
    groups: dict[Kind, Group] = {}
    for depth in DEPTHS:
        groups |= train(depth, range(seed, seed + networks), data, steps, batch, lr, progress)

    ratios = [(depth, predicted["Xavier"][depth - 1], measured["Xavier"][depth - 1]) for depth in DEPTHS]
    claims = [
        Claim(f"{depth} layers, Xavier: log2 of variance", f"{SOURCE}; Hanin & Nica 2020", theory, found, 2, False)
        for depth, theory, found in ratios
    ]
    figures = {LOSS_FIGURE: draw_losses(groups, floor), VARIANCE_FIGURE: draw_variances(predicted, measured)}
    curves = {
        f"{GROUP}/loss_{depth}_{name.lower()}": dict(enumerate(group.losses.median(1).values.tolist()))
        for (depth, name), group in groups.items()
    }
    return Result([*claims, *outcomes(groups, floor)], figures, curves, ABOUT)


def variances(depth: int, weight_variance: float) -> list[float]:
    """Predict log2 of Var(z_l) / Var(z_1) in layers 1 to `depth` of the typical network of finite width."""
    wide = [math.log2(relu_variance_ratio(layer, weight_variance)) for layer in range(1, depth + 1)]
    narrower = [0.0] + [depth_theory.log_normal(WIDTH, layers).mean / math.log(2) for layers in range(1, depth)]
    return [sum(both) for both in zip(wide, narrower, strict=True)]


def network(depth: int, name: str, seed: int, device: torch.device) -> nn.Sequential:
    model = models.deep_mlp(depth, WIDTH, "relu")
    inits.gaussian(model, STARTS[name], 0.0, torch.Generator().manual_seed(seed))
    return model.to(device)


@torch.no_grad()
def measure(depth: int, name: str, seed: int, images: Tensor) -> list[float]:
    """Measure log2 of Var(z_l) / Var(z_1), averaged over networks."""
    logs = []
    for number in range(NETWORKS_MEASURED):
        model = network(depth, name, 1000 * (seed + 1) + number, images.device)
        with hooks.record(model, nn.Linear, stats.std) as tape:
            model(images)
        logs.append(2 * torch.stack(list(tape.outputs.values())[:-1]).log2())
    mean = torch.stack(logs).mean(0)
    return (mean - mean[0]).tolist()


def train(
    depth: int,
    seeds: Sequence[int],
    data: tuple[Tensor, Tensor, Tensor, Tensor],
    steps: int,
    batch: int,
    lr: float,
    progress: Progress,
) -> dict[Kind, Group]:
    """Train all networks of one depth on the same batches."""
    images, labels, test_images, test_labels = data
    own = {name: seeds[: -(-len(seeds) // 3)] if (depth, name) in ALIKE else seeds for name in STARTS}
    nets = [network(depth, name, seed, images.device) for name in STARTS for seed in own[name]]
    shuffled = progress(batches(images, labels, batch, steps, seeds[0]), f"training {depth} layers", steps)
    steps_of_all = ensembles.train(nets, shuffled, cross_entropy, [lr] * len(nets), MOMENTUM)
    losses = torch.split(
        torch.stack([losses for _, losses in steps_of_all]), [len(own[name]) for name in STARTS], dim=1
    )
    named = iter([accuracy(net, test_images, test_labels) for net in nets])
    return {
        (depth, name): Group(part, [next(named) for _ in own[name]]) for name, part in zip(STARTS, losses, strict=True)
    }


def outcomes(groups: Mapping[Kind, Group], floor: float) -> list[Claim | Bound]:
    """Claim the split: 22 layers learn from both starts, 30 from He's alone."""
    named = {key: median(group.named) for key, group in groups.items()}
    stalled, lead = groups[30, "Xavier"].final_loss, named[22, "He"] - named[22, "Xavier"]
    return [
        Claim("30 layers, Xavier: loss", f"H(y); {SOURCE}", floor, stalled, 0.005, relative=False),
        Bound("30 layers, Xavier: share of digits named right", SOURCE, named[30, "Xavier"], high=0.15),
        Bound("30 layers, He: share of digits named right", SOURCE, named[30, "He"], low=0.6),
        Bound("22 layers, Xavier: share of digits named right", SOURCE, named[22, "Xavier"], low=0.2, high=0.9),
        Bound("22 layers: He's lead over Xavier in digits named right", SOURCE, lead, low=0),
    ]


def draw_losses(groups: Mapping[Kind, Group], floor: float) -> Tensor:
    """Draw four losses, and the loss of one answer for all digits."""
    steps = len(next(iter(groups.values())).losses)
    series: list[pictures.Series] = [("H(y)", [0, steps], [floor, floor], "wide")]
    for (depth, name), group in groups.items():
        parts = torch.split(group.losses.median(1).values, max(steps // 40, 1))
        middles = [(i + 0.5) * steps / len(parts) for i in range(len(parts))]
        series.append((f"{depth} {name}", middles, [fmean(part.tolist()) for part in parts], "dots"))
    return pictures.lines(series, "loss at 22 and 30 layers", "training step", y_limits=(0, 2.8))


def draw_variances(predicted: Mapping[str, Sequence[float]], measured: Mapping[str, Sequence[float]]) -> Tensor:
    """Draw law and measurement of the deeper networks, layer by layer."""
    series: list[pictures.Series] = []
    for name in STARTS:
        layers = range(1, len(predicted[name]) + 1)
        series += [(name, layers, predicted[name], "wide"), (name, layers, measured[name], "dots")]
    return pictures.lines(series, "log2 of variance, layer by layer", "layer, from input to loss")
