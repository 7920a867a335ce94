"""Gradients at two inputs resemble one another less with every layer, until they are like white noise: shattered.

Balduzzi, Frean, Leary, Lewis, Ma & McWilliams, "The shattered gradients problem: if resnets are the answer, then what
is the question?", ICML 2017, prove a correlation of 2^-L, assuming that two inputs share half the active neurons of
each layer. They share more, because activations are never negative and inputs become alike: the product of arc-cosine
kernels (Cho & Saul 2009) is the law that networks follow.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.claims import Claim
from torchdemos.lab.evidence import Evidence, Picture, Track, untracked
from torchdemos.lab.theory.depth import gradient_correlation, shattered

DEPTH, CLAIMED, TOGETHER = 8, (1, 2, 4, 6, 8), 50
PICTURE = "4_pictures/9_shattered"
ABOUT = (
    "Correlation of the gradients at two unrelated inputs, by depth: the product of arc-cosine kernels (pale band), "
    "measured on thousands of networks (dots), and the published 2^-L (line), which holds for one layer only. 1 would "
    "be a smooth function, 0 white noise."
)


def run(seed: int = 0, networks: int = 2000, width: int = 200, track: Track = untracked) -> Evidence:
    """Average products and squares of gradients over many networks, below 1 to 8 ReLU layers."""
    rounds = -(-networks // TOGETHER)
    sums = list(track(_all(seed, networks, width), "shattered gradients", rounds))
    products, squares = torch.stack(sums).sum(0)
    measured = (products / squares).tolist()
    claims = [
        # A law of large widths: each random matrix, the readout among them, may be off by the order of 1 / width.
        Claim(
            *(f"correlation, {depth} x ReLU", "Cho & Saul 2009"),
            *(gradient_correlation(depth), measured[depth - 1], (depth + 1) / width, False),
        )
        for depth in CLAIMED
    ]
    return Evidence(claims, {PICTURE: Picture(picture(measured), ABOUT)})


def gradients(networks: int, width: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Of fresh networks of 1 to 8 ReLU layers from He's start, a random readout's gradient at two orthogonal inputs:
    each [networks, width, 8]."""
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
        readout = torch.randn(networks, width, 1, generator=generator)  # of the network that ends with this layer
        one, two = torch.cat([readout, one], dim=2), torch.cat([readout, two], dim=2)
        one, two = weight.mT @ (units[:, :, :1] * one), weight.mT @ (units[:, :, 1:] * two)
    return one, two


def picture(measured: list[float]) -> Tensor:
    """Both laws and the measurement by depth, on a logarithmic axis."""
    depths = range(1, len(measured) + 1)
    series: list[pictures.Series] = [
        ("arc-cosine kernels", depths, [gradient_correlation(depth) for depth in depths], "wide"),
        ("measured", depths, measured, "dots"),
        ("2^-L", depths, [shattered(depth) for depth in depths], "line"),
    ]
    return pictures.lines(series, "correlation of gradients at two inputs", "ReLU layers", log_y=True)


def _all(seed: int, networks: int, width: int) -> Iterator[Tensor]:
    """Sums over networks of the products of both gradients, and of their mean squares, by depth: [2, 8]."""
    generator = torch.Generator().manual_seed(seed)
    for start in range(0, networks, TOGETHER):
        one, two = gradients(min(TOGETHER, networks - start), width, generator)
        yield torch.stack([one * two, (one.square() + two.square()) / 2]).double().sum((1, 2))
