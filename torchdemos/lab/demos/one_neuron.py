"""One neuron: computed by hand and held against the hook's record, drawn as a template, and held against theory."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from torchdemos import hooks, pictures
from torchdemos.board import snapshot
from torchdemos.lab import by_hand
from torchdemos.lab.by_hand import Neuron
from torchdemos.lab.claims import Claim
from torchdemos.lab.data import Digits
from torchdemos.lab.demos.configs import Neurons
from torchdemos.lab.experiments import capacity, dead_pixels, least_squares, nielsen_net, perceptron
from torchdemos.lab.progress import Progress
from torchdemos.lab.result import Result

OUTPUT_LAYER = "out, digits 0 to 9:"
SUM_SOURCE = "sum of inputs x weights + bias"
FULL_SIZES, FULL_TRIALS = (*capacity.SIZES, 100), 240  # of the capacity with --full

FIGURES = (capacity.FIGURE, dead_pixels.FIGURE)
FULL_FIGURES = (
    perceptron.LENGTH_FIGURE,
    perceptron.TEMPLATE_FIGURE,
    least_squares.FIGURE,
    nielsen_net.ACCURACY_FIGURE,
    nielsen_net.TEMPLATES_FIGURE,
)


@torch.no_grad()
def values(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """The value of every neuron for every image, by layer; flattening makes no new layer."""
    with hooks.record(model, lambda name, layer: not isinstance(layer, (nn.Flatten, nn.Sequential))) as tape:
        model(images)
    return {OUTPUT_LAYER if name == "out" else name: layer for name, layer in tape.outputs.items()}


@torch.no_grad()
def snapshot_of(model: nn.Sequential, images: Tensor, names: Sequence[str]) -> list[bytes]:
    """A snapshot for the Neurons tab: the value of every neuron for these images, and the weights that make it."""
    layers, parameters = dict(model.named_children()), dict(model.named_parameters())
    with hooks.record(model, lambda name, layer: name in layers) as tape:
        model(images)
    calls, inputs = [], images
    for name, values in tape.outputs.items():
        if not isinstance(layers[name], nn.Flatten):
            weighted = snapshot.sum_of(name, layers[name], parameters)
            calls.append(snapshot.Call(name, inputs, values, weighted, layers[name]))
            inputs = values  # what a flattening layer is given is what the next one gets: a picture stays a picture
    return snapshot.take(calls, names)


def strongest(model: nn.Sequential, image: Tensor) -> tuple[Neuron, float]:
    """The most active neuron of the first layer for one image [1, 28, 28], and the value that the hook recorded."""
    recorded = values(model, image[None])["relu1"][0]
    place = tuple(int(i) for i in torch.unravel_index(recorded.argmax(), recorded.shape))
    layer = next(module for module in model if isinstance(module, (nn.Conv2d, nn.Linear)))
    if isinstance(layer, nn.Conv2d):
        return by_hand.convolutional(layer, image, *place), float(recorded[place])
    neuron = by_hand.dense(layer, image.flatten(), *place)
    inputs, weights = neuron.inputs.view_as(image), neuron.weights.view_as(image)
    return replace(neuron, inputs=inputs, weights=weights), float(recorded[place])


def draw(neuron: Neuron, recorded: float) -> Tensor:
    """Draw inputs x weights = products, and write what they add up to."""
    lines = [
        f"sum of products {float(neuron.products.sum()):+.4f}, bias {neuron.bias:+.4f}: {neuron.sum:+.4f}",
        f"after ReLU {neuron.relu:.4f}; recorded {recorded:.4f}",
    ]
    names = ("map", "row", "column") if len(neuron.place) == 3 else ("number",)
    title = ", ".join(f"{name} {place}" for name, place in zip(names, neuron.place, strict=True))
    return pictures.weighted_sum(neuron.inputs[0], neuron.weights[0], lines, title=f"one neuron: {title}")


def draw_templates(model: nn.Sequential) -> Tensor:
    """Draw the incoming weights of every neuron of the first layer as pictures on one scale.

    The largest weights share the strongest colour, because otherwise all others would look pale.
    """
    weights = next(model.parameters()).detach()
    maps = weights.view(len(weights), 28, 28) if weights.dim() == 2 else weights[:, 0]
    scale = float(maps.abs().nan_to_num().flatten().kthvalue(math.ceil(0.995 * maps.numel())).values)
    columns, gap = (9, 1) if len(maps) > 9 else (4, 4)
    factor = (pictures.CARD_WIDTH // columns - gap) // maps.shape[2] or 1
    tiles = pictures.grid(pictures.enlarge(pictures.signed(maps, scale).movedim(0, 1), factor), columns, gap)
    key = pictures.signed_key(scale, tiles.shape[2], beyond=True)
    return pictures.caption(pictures.stack([key, tiles], gap=3), f"weights into {len(maps)} neurons", size=14)


# Values by hand, held against the hook.


def first_layer_claim(name: str, model: nn.Sequential, image: Tensor) -> Claim:
    """Claim that the most active neuron of the first layer has the value by hand that the hook recorded."""
    neuron, recorded = strongest(model, image)
    return _claim(f"{name} neuron {list(neuron.place)}, by hand", f"{SUM_SOURCE}, ReLU", neuron.relu, recorded)


def output_claim(name: str, model: nn.Sequential, image: Tensor, digit: int) -> Claim:
    """Claim that the output neuron of a digit has the value by hand that the hook recorded."""
    *_, (_, hidden), (_, outputs) = values(model, image[None]).items()
    last = [module for module in model if isinstance(module, nn.Linear)][-1]
    neuron = by_hand.dense(last, hidden[0], digit)
    return _claim(f"{name} output {digit}, by hand", SUM_SOURCE, neuron.sum, float(outputs[0, digit]))


@torch.no_grad()
def template_claim(name: str, model: nn.Sequential, image: Tensor) -> Claim:
    """Claim that a neuron answers |w| |x| + bias to its own weights, the most for that length (Cauchy-Schwarz)."""
    neuron, _ = strongest(model, image)
    template = neuron.weights * neuron.inputs.norm() / neuron.weights.norm()
    predicted = float(neuron.weights.norm() * neuron.inputs.norm()) + neuron.bias
    measured = float(values(model, template[None].to(image))["relu1"][0][neuron.place])
    return _claim(f"{name} neuron {list(neuron.place)} shown its weights", "Cauchy-Schwarz", predicted, measured)


def _claim(name: str, source: str, predicted: float, measured: float) -> Claim:
    """Allow for float32's rounding of a sum."""
    return Claim(name, source, predicted, measured, tolerance=1e-4, relative=predicted != 0)


# Published experiments.


def experiments(config: Neurons, digits: Digits, progress: Progress) -> Iterator[Result]:
    """Show what one neuron can and cannot learn; with `full`, also neurons that are trained or solved for."""
    train, test = (digits.train_images, digits.train_labels), (digits.test_images, digits.test_labels)
    sizes, trials = (FULL_SIZES, max(config.trials, FULL_TRIALS)) if config.full else (capacity.SIZES, config.trials)
    yield capacity.run(digits.train_images, trials, config.seed, sizes, progress=progress)
    yield dead_pixels.run(*train, config.seed)
    if config.full:
        yield perceptron.run(*train)
        yield least_squares.run(*train, *test)
        yield nielsen_net.run(*train, *test, seed=config.seed, progress=progress)
