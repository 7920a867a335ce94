"""Gradients at two inputs resemble one another less with every layer, until they are like white noise: shattered.

Balduzzi, Frean, Leary, Lewis, Ma & McWilliams, "The shattered gradients problem: if resnets are the answer, then what
is the question?", ICML 2017, prove a correlation of 2^-L. They assume that two inputs share half the active neurons of
each layer. Real networks share more, because activations are never negative and inputs become alike: they follow the
product of arc-cosine kernels (Cho & Saul 2009).
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.claims import Claim
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory.correlation import gradient_correlation, shattered

DEPTH, CLAIMED_DEPTHS, NETWORKS_AT_ONCE = 8, (1, 2, 4, 6, 8), 50
FIGURE = Figure(
    "9_shattered",
    title="Shattered gradients",
    caption="the published law, and the one that networks follow",
    about="Correlation of the gradients at two unrelated inputs, by depth: the product of arc-cosine kernels (pale "
    "band), measured on thousands of networks (dots), and the published 2^-L (line), which holds for one layer only. "
    "1 would be a smooth function, 0 white noise.",
)


def run(seed: int = 0, networks: int = 2000, width: int = 200, progress: Progress = no_progress) -> Result:
    """Average products and squares of gradients below 1 to 8 ReLU layers, over many networks."""
    rounds = -(-networks // NETWORKS_AT_ONCE)
    sums = list(progress(_sums(seed, networks, width), "shattered gradients", rounds))
    products, squares = torch.stack(sums).sum(0)
    measured = (products / squares).tolist()
    claims = [
        # The law is one of large widths: each random matrix, also the readout, may be off by the order of 1 / width.
        Claim(
            *(f"correlation, {depth} x ReLU", "Cho & Saul 2009"),
            *(gradient_correlation(depth), measured[depth - 1], (depth + 1) / width, False),
        )
        for depth in CLAIMED_DEPTHS
    ]
    return Result(claims, {FIGURE: draw(measured)})


def gradients(networks: int, width: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """The gradients of a random readout at two orthogonal inputs, each [networks, width, 8].

    The networks are fresh, of 1 to 8 ReLU layers from He's start.
    """
    first, second = torch.randn(2, networks, width, 1, generator=generator)
    second -= first * (first * second).sum(1, keepdim=True) / first.square().sum(1, keepdim=True)
    weights, active = [], []
    values = torch.cat([first, second / second.norm(dim=1, keepdim=True) * first.norm(dim=1, keepdim=True)], dim=2)
    for _ in range(DEPTH):
        weights.append(torch.randn(networks, width, width, generator=generator) * math.sqrt(2 / width))
        values = (weights[-1] @ values).relu()
        active.append(values > 0)
    one = two = torch.empty(networks, width, 0)
    for weight, units in zip(reversed(weights), reversed(active), strict=True):
        readout = torch.randn(networks, width, 1, generator=generator)  # for the network that ends with this layer
        one, two = torch.cat([readout, one], dim=2), torch.cat([readout, two], dim=2)
        one, two = weight.mT @ (units[:, :, :1] * one), weight.mT @ (units[:, :, 1:] * two)
    return one, two


def draw(measured: list[float]) -> Tensor:
    """Draw both laws and the measurement by depth, on a logarithmic axis."""
    depths = range(1, len(measured) + 1)
    series: list[pictures.Series] = [
        ("arc-cosine kernels", depths, [gradient_correlation(depth) for depth in depths], "wide"),
        ("measured", depths, measured, "dots"),
        ("2^-L", depths, [shattered(depth) for depth in depths], "line"),
    ]
    return pictures.lines(series, "correlation of gradients at two inputs", "ReLU layers", log_y=True)


def _sums(seed: int, networks: int, width: int) -> Iterator[Tensor]:
    """Yield the sums, over some networks, of products of both gradients and of their mean squares, by depth: [2, 8]."""
    generator = torch.Generator().manual_seed(seed)
    for start in range(0, networks, NETWORKS_AT_ONCE):
        one, two = gradients(min(NETWORKS_AT_ONCE, networks - start), width, generator)
        yield torch.stack([one * two, (one.square() + two.square()) / 2]).double().sum((1, 2))
