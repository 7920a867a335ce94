"""The depth to which a plain network can be trained follows from the depth at which two inputs can be told apart.

Schoenholz, Gilmer, Ganguli & Sohl-Dickstein, "Deep Information Propagation", ICLR 2017, arXiv:1611.01232: the
correlation of two inputs settles over xi_c layers, and networks train to a depth of about 6 xi_c. The shape is theory.
The 6 is a fitted constant that grows with the training budget: Liu & Theodorou 2019, arXiv:1908.10920, draw 4.5 at 200
steps. Networks train for 200 steps here too, and for 800 where 6 xi_c is deeper than 80 layers, because such deep ones
learn slowly: after 200 steps the number of steps sets their limit. At the critical variance 3 xi_c is deeper than any
network here; those of 80 layers train, and no limit is measured.
"""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from statistics import correlation, median

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from torchdemos import pictures
from torchdemos.lab import ensembles, inits, models
from torchdemos.lab.claims import Bound
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory.correlation import correlation_depth
from torchdemos.lab.training import accuracy, batches

VARIANCES = tuple(1 + 0.25 * i for i in range(13))  # fan-in x Var(w)
DEPTHS = (16, 24, 36, 54, 80)
MORE_DEPTHS = (54, 80, 120)  # where the limit is deeper than DEPTHS
MORE_STEPS = 4  # times as many there
BIAS_VARIANCE = 0.05
CRITICAL_VARIANCE = 1.76
SOURCE = "Schoenholz et al. 2017"
DEPTH_FIGURE = Figure(
    "10_trainable_depth",
    title="How deep is trainable",
    caption="a formula from physics draws the edge",
    about="Every dot is a tanh network after 200 steps, or 800 from 54 layers on where the band is above 80 layers: "
    "orange ones name more than half of the digits right, blue ones do not. The band is predicted from the variance of "
    "the weights alone: 6 xi is a fitted constant that grows with the training budget (about 4.5 to 6.3 at 200 steps); "
    "its shape is the theory.",
)
ACCURACY_FIGURE = Figure(
    "11_accuracy_depth_x_variance",
    title="The same in colours",
    caption="share of digits named right",
    about="Share of training digits named right after 200 steps, depth x variance of the weights.",
)

Grid = Mapping[tuple[int, float], float]  # accuracy by depth and weight variance


def run(
    images: Tensor,
    labels: Tensor,
    depths: Sequence[int] = DEPTHS,
    more_depths: Sequence[int] = MORE_DEPTHS,
    width: int = 200,
    steps: int = 200,
    batch: int = 64,
    lr: float = 0.01,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Result:
    """Predict xi_c for each weight variance, then train a network for every pair of depth and variance."""
    xi = {variance: correlation_depth("tanh", variance, BIAS_VARIANCE) for variance in VARIANCES}

    train = partial(train_grid, images, labels, width=width, batch=batch, lr=lr, seed=seed, progress=progress)
    grid = train(VARIANCES, depths, steps)
    slow = limited_by_steps(xi, max(depths), max(more_depths, default=0))
    both = {**grid, **train(slow, more_depths, MORE_STEPS * steps)}

    reach = {variance: found for variance in VARIANCES if (found := half_trained(both, variance))}
    figures = {DEPTH_FIGURE: draw_grid(both, xi), ACCURACY_FIGURE: draw_accuracy(grid, depths)}
    return Result(claims(grid, max(depths), reach, xi), figures)


def limited_by_steps(xi: Mapping[float, float], deepest: int, deepest_of_more: int) -> list[float]:
    """The variances whose 6 xi_c is deeper than `deepest`; not the critical one, where 3 xi_c is out of reach too."""
    return [variance for variance in VARIANCES if 6 * xi[variance] > deepest and 3 * xi[variance] < deepest_of_more]


def train_grid(
    images: Tensor,
    labels: Tensor,
    variances: Sequence[float],
    depths: Sequence[int],
    steps: int,
    width: int,
    batch: int,
    lr: float,
    seed: int,
    progress: Progress,
) -> Grid:
    """Train a network for every pair of depth and variance, those of one depth side by side."""
    grid: dict[tuple[int, float], float] = {}
    for depth in depths:
        nets = [models.deep_mlp(depth, width, "tanh").to(images.device) for _ in variances]
        for net, variance in zip(nets, variances, strict=True):
            own = seed + 1000 * VARIANCES.index(variance) + depth
            inits.gaussian(net, variance, BIAS_VARIANCE, torch.Generator().manual_seed(own))
        shuffled = batches(images, labels, batch, steps, seed)
        tracked = progress(shuffled, f"training {len(nets)} nets {depth} deep", steps)
        for _ in ensembles.train(nets, tracked, cross_entropy, [lr] * len(nets)):
            pass
        for net, variance in zip(nets, variances, strict=True):
            grid[depth, variance] = accuracy(net, images[:2000], labels[:2000])
    return grid


def half_trained(grid: Grid, variance: float) -> float | None:
    """The depth at which accuracy falls through 0.5, interpolated between depths; None if it does not."""
    for shallow, deep in pairwise(sorted(depth for depth, own in grid if own == variance)):
        above, below = grid[shallow, variance], grid[deep, variance]
        if above >= 0.5 > below:
            share = (above - 0.5) / (above - below)
            return math.exp(math.log(shallow) + share * math.log(deep / shallow))
    return None


def claims(grid: Grid, deepest: int, reach: Mapping[float, float], xi: Mapping[float, float]) -> list[Bound]:
    """Claim the trainable depth in units of xi_c, and the variance at which it is greatest."""
    ratios = {variance: depth / xi[variance] for variance, depth in reach.items()} or {math.nan: math.nan}
    least, most = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
    logs = [(math.log(xi[variance]), math.log(depth)) for variance, depth in reach.items()]
    together = correlation(*zip(*logs, strict=True)) if len(logs) > 2 else math.nan
    best = max(VARIANCES, key=lambda variance: grid[deepest, variance])
    return [
        Bound("trainable depth / xi_c, median", SOURCE, median(ratios.values()), 4, 7),
        Bound(f"trainable depth / xi_c, least (variance {least:g})", SOURCE, ratios[least], low=3),
        Bound(f"trainable depth / xi_c, most (variance {most:g})", SOURCE, ratios[most], high=8),
        Bound("correlation of their logs", SOURCE, together, low=0.75),
        Bound("best variance for the deepest", SOURCE, best, CRITICAL_VARIANCE - 0.3, CRITICAL_VARIANCE + 0.3),
    ]


def draw_grid(grid: Grid, xi: Mapping[float, float]) -> Tensor:
    """Draw which networks trained and which did not, on the predicted limit."""
    trained = [point for point, share in grid.items() if share >= 0.5]
    rest = [point for point in grid if point not in trained]
    fine = [1 + 0.05 * i for i in range(61)]
    limit = [6 * correlation_depth("tanh", variance, BIAS_VARIANCE) for variance in fine]
    series: list[pictures.Series] = [
        ("theory: 6 xi", fine, limit, "wide"),
        ("trained", [variance for _, variance in trained], [depth for depth, _ in trained], "dots"),
        ("not trained", [variance for _, variance in rest], [depth for depth, _ in rest], "dots"),
    ]
    depths = [depth for depth, _ in grid]
    limits = (0.85 * min(depths), 1.2 * max(depths))
    title, x_label = "how deep a network trains", "fan-in x variance of the weights"
    return pictures.lines(series, title, x_label, "layers", y_limits=limits, log_y=True)


def draw_accuracy(grid: Grid, depths: Sequence[int]) -> Tensor:
    """Draw the accuracy by depth and variance as colours."""
    matrix = torch.tensor([[grid[depth, variance] for variance in VARIANCES] for depth in depths])
    title, x_label = "share of digits named right", "fan-in x variance of the weights"
    return pictures.heatmap(matrix, 0, 1, title, x_label, "layers", VARIANCES, depths, height=94)
