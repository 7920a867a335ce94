"""The singular values of a tanh layer's Jacobian say how much of a signal it passes on, from two uniform starts.

Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010, compared
the start that was then standard, fan-in x Var(w) = 1/3, with their normalized one, 2 / (fan-in + fan-out), in
networks of up to five layers of 1,000 tanh neurons. The quarter-circle law (Marchenko & Pastur 1967) explains what they
saw: in each layer at most 8 / (3 pi) sqrt(1/3) = 0.49 of a signal is left from the first start, 0.85 from the second.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from statistics import fmean

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import hooks, pictures, stats
from torchdemos.lab import inits, models
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import standardize
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory import mean_field
from torchdemos.lab.theory.linear import mean_layer_singular_value, mean_singular_value, tanh_slopes

DEPTH, IMAGES = 5, 300
STANDARD, NORMALIZED = "standard", "normalized"
STARTS: dict[str, Callable[[nn.Module, torch.Generator], None]] = {
    STANDARD: inits.standard,
    NORMALIZED: inits.xavier,
}
VARIANCES = {STANDARD: 1 / 3, NORMALIZED: 1.0}  # fan-in x Var(w) of a layer with as many inputs as outputs
SOURCE = "quarter-circle law; Glorot & Bengio 2010"
FIGURE = Figure(
    "12_singular_values",
    title="Singular values",
    caption="of each layer, on the quarter-circle law",
    about="How much of a signal one tanh layer passes on to the next before training: the mean singular value of the "
    "Jacobian between neighbouring layers, predicted (bands) and measured (dots). 1 would be nothing lost. Thin lines: "
    "the quarter-circle law's limit for a tanh so little used that it is linear, 0.49 and 0.85.",
)


def run(
    images: Tensor,
    labels: Tensor,
    seed: int = 0,
    width: int = 1000,
    networks: int = 3,
    progress: Progress = no_progress,
) -> Result:
    """Predict from the mean square of one digit, measure at that digit; measure activations and gradients of many."""
    images, labels = standardize(images[:IMAGES]), labels[:IMAGES]
    predicted = {name: predict(images[:1], name, width) for name in STARTS}
    found: dict[str, list[Tensor]] = {name: [] for name in STARTS}
    stds: dict[str, list[Tensor]] = {name: [] for name in STARTS}
    for name, model in progress(_networks(seed, width, networks), "singular values", networks * len(STARTS)):
        found[name].append(singular_values(model.to(images.device), images[:1]))
        stds[name].append(activations_and_gradients(model, images, labels))
    measured = {name: torch.stack(values).mean(0).tolist() for name, values in found.items()}
    spread = {name: torch.stack(values).mean(0) for name, values in stds.items()}
    return Result(claims(predicted, measured, spread), {FIGURE: draw(predicted, measured)})


def predict(image: Tensor, name: str, width: int) -> list[float]:
    """Predict the mean singular value of d z^(l+1) / d z^l, for Gaussian z^l of mean-field's length."""
    weights = VARIANCES[name]
    first = 2 / (1 + width / image[0].numel()) if name == NORMALIZED else weights  # fan-in x Var(w) of the first layer
    start = first / weights * float(image.double().square().mean())
    lengths = mean_field.lengths(start, DEPTH - 1, "tanh", weights)
    return [mean_layer_singular_value(math.sqrt(weights), tanh_slopes(length)) for length in lengths]


@torch.no_grad()
def singular_values(model: nn.Sequential, image: Tensor) -> Tensor:
    """Measure the mean singular value of the Jacobian between neighbouring hidden layers: [DEPTH - 1]."""
    with hooks.record(model, nn.Tanh, torch.squeeze) as tape:
        model(image)
    weights = [model.get_parameter(f"fc{layer}.weight") for layer in range(2, DEPTH + 1)]
    pairs = zip(weights, tape.outputs.values(), strict=False)  # only the output is above the last layer
    return torch.stack([torch.linalg.svdvals(weight * (1 - tanh.square())).mean() for weight, tanh in pairs])


def activations_and_gradients(model: nn.Sequential, images: Tensor, labels: Tensor) -> Tensor:
    """The std of each hidden layer's activations, and of the gradients with respect to them: [2, DEPTH]."""
    with hooks.record(model, nn.Tanh, stats.std) as tape:
        cross_entropy(model(images), labels).backward()  # type: ignore[no-untyped-call]
    return torch.stack([torch.stack(list(tape.outputs.values())), torch.stack(list(tape.gradients.values()))])


def claims(
    predicted: Mapping[str, list[float]], measured: Mapping[str, list[float]], spread: Mapping[str, Tensor]
) -> list[Claim | Bound]:
    """Claim the limit of a linear tanh, the value of every layer, and their effect on activations and gradients."""
    limit, top = mean_singular_value(math.sqrt(VARIANCES[STANDARD])), fmean(measured[STANDARD][-2:])
    worst = max(abs(a - b) for name in STARTS for a, b in zip(predicted[name], measured[name], strict=True))
    activations, gradients = zip(*(spread[name] for name in (STANDARD, NORMALIZED)), strict=True)
    decay = float((activations[0][4] / activations[0][1]) ** (1 / 3))
    kept = [float(gradient[0] / gradient[4]) for gradient in gradients]
    return [
        Claim("standard: mean singular value, top", SOURCE, limit, top, 0.02, relative=False),
        Bound("singular values: worst of 8 layers", "law with tanh's slopes", worst, high=0.02),
        Claim("standard: activations per layer", "sqrt(1/3)", math.sqrt(VARIANCES[STANDARD]), decay, 0.04),
        Bound("gradient left: normalized/standard", "Glorot & Bengio 2010", kept[1] / kept[0], low=4),
    ]


def draw(predicted: Mapping[str, list[float]], measured: Mapping[str, list[float]]) -> Tensor:
    """Draw both starts, layer by layer."""
    layers, series = range(2, DEPTH + 1), list[pictures.Series]()
    for name in (NORMALIZED, STANDARD):
        limit = mean_singular_value(math.sqrt(VARIANCES[name]))
        series += [(name, layers, predicted[name], "wide"), (name, layers, measured[name], "dots")]
        series.append((name, [2, DEPTH], [limit, limit], "line"))
    title, x_label = "what a tanh layer passes on", "layer"
    y_label = "mean singular value of its Jacobian"
    return pictures.lines(series, title, x_label, y_label, x_limits=(1.8, 5.2), y_limits=(0, 1))


def _networks(seed: int, width: int, networks: int) -> Iterator[tuple[str, nn.Sequential]]:
    for number in range(networks):
        for name, start in STARTS.items():
            model = models.deep_mlp(DEPTH, width, "tanh")
            start(model, torch.Generator().manual_seed(1000 * seed + number))
            yield name, model
