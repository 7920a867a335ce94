"""A textbook measured gradients that vanish. The law behind them: each sigmoid layer divides by 4.88.

Nielsen, "Neural Networks and Deep Learning", chapter 5 (2015), initializes networks of two to four hidden layers of 30
sigmoids and prints how fast each hidden layer would learn: the norm of d cost / d bias, averaged over the first 1,000
training images. Each layer is about five times slower than the next. Mean-field theory (Schoenholz et al. 2017) says
why, and predicts the numbers themselves without a free parameter.
"""

import math
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from torchdemos import pictures
from torchdemos.lab import inits, models
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Charts, Figure, Result
from torchdemos.lab.theory import mean_field

WIDTH, IMAGES, NETWORKS_AT_ONCE = 30, 1000, 25
# The book's norms for each number of hidden layers, from the input to the loss.
PRINTED_NORMS = {
    2: (0.0657, 0.3092),
    3: (0.01184, 0.05997, 0.28314),
    4: (0.00298, 0.01708, 0.06954, 0.28514),
}
FIGURE = Figure(
    "3_nielsen",
    title="Vanishing, as a textbook saw it",
    caption="nine printed numbers on one law",
    about="How fast each hidden layer of a sigmoid network would learn before any training: the norm of d cost / d "
    "bias over 1,000 digits. Pale: the law, a factor of 4.88 a layer. Thin lines: 9 of 10 networks lie between them. "
    "Dots: the nine numbers that the book printed. Healthy would be a level line.",
)
DIVIDES = "Nielsen's networks: factor by which a layer divides the gradient"
PRINTED = "Nielsen's printed gradients within the middle 90% of fresh networks"
GROUP = "nielsen"
CHARTS = Charts(
    "Nielsen's networks",
    {
        "measured and predicted; the axis counts layers from the loss": [
            f"{GROUP}/{source}" for source in ("measured", "predicted")
        ]
    },
)
ABOUT = {
    GROUP: "Here the axis counts layers from the loss: log10 of the norm of d cost / d bias in Nielsen's networks of "
    "four hidden layers, as theory predicts it and as the median network measures it. Compare the slopes.",
}
_BAND = torch.tensor([0.05, 0.95])  # quantiles between which 9 of 10 networks lie


def run(images: Tensor, labels: Tensor, seed: int = 0, networks: int = 400, progress: Progress = no_progress) -> Result:
    """Draw each of the book's three networks many times over, and hold the book's nine numbers against them."""
    images, labels = images[:IMAGES], labels[:IMAGES]
    predicted = predict(labels)
    total = len(PRINTED_NORMS) * -(-networks // NETWORKS_AT_ONCE)
    found: dict[int, list[Tensor]] = {depth: [] for depth in PRINTED_NORMS}
    for depth, norms in progress(_all_norms(images, labels, seed, networks), "Nielsen's networks", total):
        found[depth].append(norms)
    measured = {depth: torch.cat(parts) for depth, parts in found.items()}
    curves = {
        f"{GROUP}/predicted": _log10_by_layer(predicted),
        f"{GROUP}/measured": _log10_by_layer(_medians(measured)),
    }
    return Result(claims(measured), {FIGURE: draw(predicted, measured)}, curves, ABOUT)


def slowdown() -> float:
    """The number by which a layer divides the gradient norm: 1 / sqrt(chi) at the length of settled layers, 4.88."""
    return 1 / mean_field.gradient_factor(mean_field.fixed_point("sigmoid", 1.0, 1.0), "sigmoid", 1.0)


def predict(labels: Tensor) -> list[float]:
    """Predict the root mean square of the norm, 1 to 4 layers from the loss.

    The gradient of the cost at output j is sigma(z_j) - y_j. Its average over images is sigma(z_j) - p_j, where p_j is
    the share of class j, so its mean square is the sum over j of E[sigma^2] - 2 p_j E[sigma] + p_j^2. There
    E[sigma] = 1/2, and E[sigma^2] = q* - 1, because the length of the layers settles at q* = 1 + E[sigma^2]. Each
    layer then divides by `slowdown`.
    """
    shares = one_hot(labels, 10).double().mean(0)
    length = mean_field.fixed_point("sigmoid", 1.0, 1.0)
    at_outputs = math.sqrt(10 * (length - 1) - 1 + float(shares.square().sum()))
    return [at_outputs / slowdown() ** layers for layers in range(1, max(PRINTED_NORMS) + 1)]


def claims(measured: Mapping[int, Tensor]) -> list[Claim | Bound]:
    """Claim the law for all layers together, and that the book's numbers lie among those of fresh networks."""
    ratios = torch.cat([(norms[:, 1:] / norms[:, :-1]).log().flatten() for norms in measured.values()])
    bands = {depth: norms.quantile(_BAND.to(norms), dim=0).tolist() for depth, norms in measured.items()}
    inside = sum(
        int(low <= printed <= high)
        for depth, band in bands.items()
        for printed, low, high in zip(PRINTED_NORMS[depth], *band, strict=True)
    )
    return [
        Claim(DIVIDES, "mean field at q*", slowdown(), float(ratios.mean().exp()), 0.03),
        Claim(PRINTED, "Nielsen 2015, chap. 5", 9, inside, 0, relative=False),
    ]


def draw(predicted: list[float], measured: Mapping[int, Tensor]) -> Tensor:
    """Draw all three networks in one chart, by the distance of a layer from the loss."""
    deepest = max(PRINTED_NORMS)
    layers = range(1, deepest + 1)
    series: list[pictures.Series] = [("law: 4.88 a layer", layers, predicted, "wide")]
    for part in measured[deepest].quantile(_BAND.to(measured[deepest]), dim=0).tolist():
        series.append(("90% of networks", layers, part[::-1], "line"))
    for depth, printed in PRINTED_NORMS.items():
        series.append(("book", range(1, depth + 1), printed[::-1], "dots"))
    title, x_label = "speed of learning: |d cost / d bias|", "layers from the loss"
    return pictures.lines(series, title, x_label, x_limits=(0.8, 4.2), log_y=True)


def _all_norms(images: Tensor, labels: Tensor, seed: int, networks: int) -> Iterator[tuple[int, Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    for depth in PRINTED_NORMS:
        for start in range(0, networks, NETWORKS_AT_ONCE):
            yield depth, _norms(depth, min(NETWORKS_AT_ONCE, networks - start), images, labels, generator)


def _norms(depth: int, networks: int, images: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """|d cost / d bias| of every hidden layer: [networks, depth]. Float32 suffices: nothing is smaller than 1e-4."""
    nets = [models.deep_mlp(depth, WIDTH, "sigmoid") for _ in range(networks)]
    for net in nets:
        inits.gaussian(net, 1.0, 1.0, generator)
    parameters = {name: p.detach().to(images.device) for name, p in stack_module_state(nets)[0].items()}
    biases = {name: p for name, p in parameters.items() if name.endswith("bias")}  # weights need no gradient
    weights = {name: p for name, p in parameters.items() if name not in biases}
    targets = one_hot(labels, 10).to(images)

    def cost(bias: dict[str, Tensor], weight: dict[str, Tensor]) -> Tensor:
        """Nielsen's cross entropy: summed over the ten sigmoid outputs, averaged over the images."""
        logits = functional_call(nets[0], bias | weight, (images,))
        return binary_cross_entropy_with_logits(logits, targets, reduction="sum") / len(images)

    found: dict[str, Tensor] = vmap(grad(cost))(biases, weights)
    return torch.stack([found[f"fc{layer}.bias"].norm(dim=1) for layer in range(1, depth + 1)], dim=1)


def _medians(measured: Mapping[int, Tensor]) -> list[float]:
    found: list[float] = measured[max(PRINTED_NORMS)].median(dim=0).values.tolist()
    return found[::-1]


def _log10_by_layer(norms: list[float]) -> dict[int, float]:
    return {layers: math.log10(norm) for layers, norm in enumerate(norms, start=1)}
