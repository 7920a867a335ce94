"""Two networks drawn alike have gradients of different size: ln |gradient|^2 is normal, its variance 5 depth / width.

Hanin, "Which neural net architectures give rise to exploding and vanishing gradients?", NeurIPS 2018; Hanin & Nica,
"Products of many large random matrices and gradients in deep neural networks", CMP 2020. Depth over width decides how
far a single network may lie from the mean, even from He's start, which keeps the mean itself.
"""

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist

import torch
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.claims import Claim
from torchdemos.lab.evidence import Evidence, Picture, Track, untracked
from torchdemos.lab.theory import depth

Shape = tuple[int, int]  # width, depth
SHAPES: tuple[Shape, ...] = ((50, 10), (100, 20), (100, 50), (50, 40))
TOGETHER = 100
SOURCE = "Hanin & Nica 2020"
PICTURE = "4_pictures/7_log_normal"
ABOUT = (
    "Thousands of ReLU networks from He's start, sorted by ln of the squared norm of their gradient, against the law "
    "N(-b/2, b) with b = 5 depth / width. Dots on the line: the law holds. The longer a line, the more networks of "
    "this shape differ: 2 on either axis is a factor e = 2.7 in the norm."
)


def run(seed: int = 0, networks: int = 4000, shapes: Sequence[Shape] = SHAPES, track: Track = untracked) -> Evidence:
    """Draw each shape many times over, and hold mean and variance against the law at finite width."""
    found: dict[Shape, list[Tensor]] = {shape: [] for shape in shapes}
    total = len(shapes) * -(-networks // TOGETHER)
    for shape, logs in track(_all(seed, networks, shapes), "log-normal gradients", total):
        found[shape].append(logs)
    measured = {shape: torch.cat(parts) for shape, parts in found.items()}
    claims = [claim for shape, logs in measured.items() for claim in shape_claims(shape, logs)]
    return Evidence(claims, {PICTURE: Picture(picture(measured), ABOUT)})


def shape_claims(shape: Shape, logs: Tensor) -> list[Claim]:
    """Mean and variance of ln |J u|^2."""
    predicted = depth.log_gradient(*shape)
    where = f"{shape[0]} x {shape[1]}"  # width x depth
    return [
        Claim(f"ln gradient^2, {where}", SOURCE, predicted.mean, float(logs.mean()), 0.12, relative=False),
        Claim(f"its variance, {where}", SOURCE, predicted.variance, float(logs.var()), 0.12),
    ]


def log_square(width: int, layers: int, networks: int, generator: torch.Generator) -> Tensor:
    """ln |J u|^2 of fresh ReLU networks from He's start [networks], at a random input, in a random direction u."""
    both = torch.randn(networks, width, 2, generator=generator)  # the signal, and a direction that follows it
    both /= both.norm(dim=1, keepdim=True)
    for _ in range(layers):
        weights = torch.randn(networks, width, width, generator=generator)
        both = weights @ both * math.sqrt(2 / width)
        both *= both[:, :, :1] > 0
    return both[:, :, 1].double().square().sum(1).log()


def picture(measured: dict[Shape, Tensor]) -> Tensor:
    """Quantiles against quantiles: on the line if the law holds."""
    shares = [(i + 0.5) / 40 for i in range(40)]
    series: list[pictures.Series] = []
    for shape, logs in measured.items():
        law = depth.log_normal(*shape)
        predicted = [NormalDist(law.mean, math.sqrt(law.variance)).inv_cdf(share) for share in shares]
        quantiles = logs.quantile(torch.tensor(shares, dtype=logs.dtype))
        series.append((f"width {shape[0]}, {shape[1]} layers", predicted, quantiles, "dots"))
    ends = [min(min(xs) for _, xs, _, _ in series), max(max(xs) for _, xs, _, _ in series)]
    title, x_label = "ln gradient^2 of many networks", "quantile by law"
    return pictures.lines([("law", ends, ends, "wide"), *series], title, x_label, "quantile measured")


def _all(seed: int, networks: int, shapes: Sequence[Shape]) -> Iterator[tuple[Shape, Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    for width, layers in shapes:
        for start in range(0, networks, TOGETHER):
            yield (width, layers), log_square(width, layers, min(TOGETHER, networks - start), generator)
