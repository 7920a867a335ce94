"""Networks drawn alike have gradients of different sizes: ln |gradient|^2 is normal, with variance 5 depth / width.

Hanin, "Which neural net architectures give rise to exploding and vanishing gradients?", NeurIPS 2018; Hanin & Nica,
"Products of many large random matrices and gradients in deep neural networks", CMP 2020. Depth over width decides how
far a single network may be from the mean. He's start keeps only the mean itself.
"""

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist

import torch
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.claims import Claim
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory import depth

Shape = tuple[int, int]  # width, depth
SHAPES: tuple[Shape, ...] = ((50, 10), (100, 20), (100, 50), (50, 40))
NETWORKS_AT_ONCE = 100
SOURCE = "Hanin & Nica 2020"
FIGURE = Figure(
    "7_log_normal",
    title="One network is not the mean",
    caption="depth / width decides how far it lies off",
    about="Thousands of ReLU networks from He's start, sorted by ln of the squared norm of their gradient, against the "
    "law N(-b/2, b) with b = 5 depth / width. Dots on the line: the law holds. The longer a line, the more networks of "
    "this shape differ: 2 on either axis is a factor e = 2.7 in the norm.",
)


def run(
    seed: int = 0, networks: int = 4000, shapes: Sequence[Shape] = SHAPES, progress: Progress = no_progress
) -> Result:
    """Draw each shape many times over, and hold mean and variance against the law at finite width."""
    found: dict[Shape, list[Tensor]] = {shape: [] for shape in shapes}
    total = len(shapes) * -(-networks // NETWORKS_AT_ONCE)
    for shape, logs in progress(_log_squares(seed, networks, shapes), "log-normal gradients", total):
        found[shape].append(logs)
    measured = {shape: torch.cat(parts) for shape, parts in found.items()}
    claims = [claim for shape, logs in measured.items() for claim in shape_claims(shape, logs)]
    return Result(claims, {FIGURE: draw(measured)})


def shape_claims(shape: Shape, logs: Tensor) -> list[Claim]:
    """Claim mean and variance of ln |J u|^2."""
    predicted = depth.log_gradient(*shape)
    where = f"{shape[0]} x {shape[1]}"  # width x depth
    return [
        Claim(f"ln gradient^2, {where}", SOURCE, predicted.mean, float(logs.mean()), 0.12, relative=False),
        Claim(f"its variance, {where}", SOURCE, predicted.variance, float(logs.var()), 0.12),
    ]


def log_square(width: int, layers: int, networks: int, generator: torch.Generator) -> Tensor:
    """ln |J u|^2 [networks] of fresh ReLU networks from He's start, at a random input, for a random direction u."""
    both = torch.randn(networks, width, 2, generator=generator)  # the signal, and the direction beside it
    both /= both.norm(dim=1, keepdim=True)
    for _ in range(layers):
        weights = torch.randn(networks, width, width, generator=generator)
        both = weights @ both * math.sqrt(2 / width)
        both *= both[:, :, :1] > 0
    return both[:, :, 1].double().square().sum(1).log()


def draw(measured: dict[Shape, Tensor]) -> Tensor:
    """Draw measured quantiles by predicted ones; they lie on the line if the law holds."""
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


def _log_squares(seed: int, networks: int, shapes: Sequence[Shape]) -> Iterator[tuple[Shape, Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    for width, layers in shapes:
        for start in range(0, networks, NETWORKS_AT_ONCE):
            yield (width, layers), log_square(width, layers, min(NETWORKS_AT_ONCE, networks - start), generator)
