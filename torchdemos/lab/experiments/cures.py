"""No gradient comes through twenty plain layers. Each cure sets the factor of a layer, by a law.

A plain ReLU network with weights of variance 1 / n halves the squared gradient in every layer (He et al. 2015). Each
cure changes one thing: the weights (He et al. 2015), a skip around each layer, as it is or scaled (Hanin & Rolnick
2018; De & Smith 2020), the size of a step (Pascanu et al. 2013), the activation (Klambauer et al. 2017), a
normalization (Yang et al. 2019), or orthogonal weights (Saxe et al. 2014). A skip without a scale is no cure: it
doubles the squared gradient.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from torchdemos import hooks, pictures, stats
from torchdemos.lab.claims import Claim
from torchdemos.lab.cured_networks import DEPTH, NETWORKS, WIDTH, Network
from torchdemos.lab.data import standardize
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory import depth

PROBE_DIGITS = 64
CLIP_LIMIT = 10.0  # the largest gradient norm that clipping allows
FIGURE = Figure(
    "4_cures",
    title="The cures",
    caption="the law of each, and every layer's gradient",
    about="Gradient norm of every layer before training, relative to the last layer's: law (pale band) and measured "
    "(dots). Healthy is level. `plain` vanishes towards the input, at the left; `residual`, a skip without a scale, "
    "explodes; batch normalization does so too, more slowly.",
)


@dataclass(frozen=True)
class MeanSquares:
    """Mean squares by layer over many draws: gradients relative to the last layer's, outputs to the first layer's."""

    gradients: list[float]
    outputs: list[float]

    @property
    def factor(self) -> float:
        """The factor by which a layer multiplies the squared gradient norm on its way back."""
        return float(self.gradients[0] ** (1 / (len(self.gradients) - 1)))


TOLERANCES = {"orthogonal": 1e-5, "batch norm": 0.04}  # for rounding, and for a law of large widths and batches


def run(images: Tensor, labels: Tensor, seed: int = 0, draws: int = 24, progress: Progress = no_progress) -> Result:
    """Hold the factor of every network against its law, and each cure's own promise against what it does."""
    probe, seeds = unit(images[:PROBE_DIGITS]), range(seed, seed + draws)
    measured = {
        network.name: mean_squares(network, probe, seeds)
        for network in progress(NETWORKS, "measuring cures", len(NETWORKS))
    }
    claims = [
        *(factor_claim(network, measured[network.name], draws) for network in NETWORKS),
        growth_claim(measured["scaled"], draws),
        *selu_claims(probe, seeds),
        orthogonal_claim(seed),
        clipping_claim(probe, labels[:PROBE_DIGITS], seed),
    ]
    return Result(claims, {FIGURE: draw(measured)})


def unit(images: Tensor) -> Tensor:
    """Standardize images and scale each to a vector of mean square 1, where all the laws start."""
    vectors = standardize(images).flatten(1)
    return vectors / vectors.square().mean(1, keepdim=True).sqrt()


def mean_squares(network: Network, images: Tensor, seeds: Sequence[int]) -> MeanSquares:
    """Measure what layers do to gradients and outputs, over a network for each seed.

    The gradients start from a random direction of the outputs. The direction of the loss would depend on the weights
    that it comes back through.
    """
    gradients, outputs = [], []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        model = network.fresh(generator, images.device)
        direction = torch.randn(len(images), 10, generator=generator).to(images)
        with hooks.record(model, lambda name, _: name.strip("0123456789") in ("fc", "block"), stats.norm) as tape:
            (model(images) * direction).sum().backward()
        back, forth = (torch.stack(list(norms.values())).square() for norms in (tape.gradients, tape.outputs))
        gradients.append(back / back[-1])
        outputs.append(forth / forth[0])
    return MeanSquares(torch.stack(gradients).mean(0).tolist(), torch.stack(outputs).mean(0).tolist())


def factor_claim(network: Network, measured: MeanSquares, draws: int) -> Claim:
    """Allow three standard errors of a mean over all layers, each of which scatters as theory says of one image."""
    tolerance = TOLERANCES.get(network.name, 3 * math.sqrt(network.scatter / (draws * (DEPTH - 1))))
    name = f"squared gradient, factor per layer: {network.name}"
    return Claim(name, network.source, network.factor, measured.factor, tolerance)


def growth_claim(scaled: MeanSquares, draws: int) -> Claim:
    """Claim the growth of the variance over the blocks; the first recorded output is that of block 1."""
    blocks, branch = DEPTH - 1, 1 / DEPTH
    predicted = depth.residual_growth(blocks, branch)
    tolerance = 3 * math.sqrt(blocks * depth.residual_scatter(WIDTH, branch) / draws)
    name = f"scaled: variance of the signal after {blocks} blocks"
    return Claim(name, "(1 + 1/L)^l < e", predicted, scaled.outputs[-1], tolerance)


@torch.no_grad()
def selu_claims(images: Tensor, seeds: Sequence[int]) -> list[Claim]:
    """Claim mean and mean square behind twenty layers; each may be off by 1 / sqrt(width), the scatter of one layer."""
    network = next(network for network in NETWORKS if network.name == "SELU")
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    outputs = torch.stack([network.fresh(generator, images.device)[:-1](images) for generator in generators])
    off = WIDTH**-0.5
    return [
        Claim("SELU: mean of the outputs of layer 20", network.source, 0.0, float(outputs.mean()), off, relative=False),
        Claim("SELU: mean square of the outputs of layer 20", network.source, 1.0, float(outputs.square().mean()), off),
    ]


def orthogonal_claim(seed: int) -> Claim:
    """Claim the largest over the smallest singular value of the network's Jacobian: 1 if all of them are equal."""
    model = NETWORKS[-1].fresh(torch.Generator().manual_seed(seed), torch.device("cpu"))
    weights = [layer.weight.detach() for layer in model if isinstance(layer, nn.Linear)]
    values = torch.linalg.multi_dot(weights[::-1]).svd().S
    name = "orthogonal: largest / smallest singular value of the whole network"
    return Claim(name, "Saxe et al. 2014", 1.0, float(values.max() / values.min()), 1e-4)


def clipping_claim(images: Tensor, labels: Tensor, seed: int) -> Claim:
    """Claim the norm of the exploding network's first gradient once it is clipped."""
    network = next(network for network in NETWORKS if network.name == "residual")
    model = network.fresh(torch.Generator().manual_seed(seed), images.device)
    cross_entropy(model(images), labels).backward()  # type: ignore[no-untyped-call]
    before = float(clip_grad_norm_(model.parameters(), CLIP_LIMIT))
    after = float(stats.total_norm([stats.norm(g) for g in hooks.gradients(model).values()]))
    predicted = depth.clipped(before, CLIP_LIMIT)
    return Claim(f"gradient of norm {before:.2g}, after clipping", "Pascanu et al. 2013", predicted, after, 1e-4)


def draw(measured: dict[str, MeanSquares]) -> Tensor:
    """Draw law and measurement of every network by layer."""
    layers = range(1, DEPTH + 1)
    series: list[pictures.Series] = []
    for network in NETWORKS:
        law = [network.factor ** ((DEPTH - layer) / 2) for layer in layers]
        series.append((network.name, layers, law, "wide"))
        norms = [math.sqrt(square) for square in measured[network.name].gradients]
        series.append((network.name, layers, norms, "dots"))
    title, x_label = "gradient norm before training", "layer, from input to loss"
    return pictures.lines(series, title, x_label, log_y=True)
