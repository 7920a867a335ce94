"""One neuron: recomputed by hand and held against what the hook recorded, as a template, and against theory."""

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
from torchdemos.lab.evidence import Evidence, Track
from torchdemos.lab.experiments import capacity, dead_pixels, least_squares, nielsen_net, perceptron
from torchdemos.log import cards

OUTPUT = "out, digits 0 to 9:"
SUM = "sum of inputs x weights + bias"
FULL_SIZES, FULL_TRIALS = (*capacity.SIZES, 100), 240  # of the published capacity

LAYOUT: dict[str, cards.Charts] = {
    "random labels that one neuron can give": {
        f"{size} inputs; the axis is the number of labels": [
            f"{capacity.GROUP.format(size)}/{x}" for x in ("measured", "predicted")
        ]
        for size in capacity.SIZES
    }
}
SIGHTS = {
    capacity.PICTURE: ("What one neuron can learn", "two random labels for each of its inputs"),
    dead_pixels.TAG: ("Dead input neurons", "pixels that are blank in every training digit"),
}
FULL_SIGHTS = {
    perceptron.LENGTH: ("The perceptron's mistakes", "they end before the two lines of the proof cross"),
    perceptron.TEMPLATE: ("The perceptron as a template", "what one neuron weighs to tell 1 from 0"),
    least_squares.TAG: ("Ten neurons", "averaged, and solved for in closed form"),
    nielsen_net.CURVE: ("Nielsen's network", "30 hidden neurons, beside the accuracy of the book"),
    nielsen_net.TEMPLATES: ("Its hidden neurons", "templates that began as noise"),
}


@torch.no_grad()
def values(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """The value of every neuron for every image, by layer; a flattened layer is the one before it."""
    with hooks.record(model, lambda name, layer: not isinstance(layer, (nn.Flatten, nn.Sequential))) as tape:
        model(images)
    return {OUTPUT if name == "out" else name: layer for name, layer in tape.outputs.items()}


@torch.no_grad()
def snapshot_of(model: nn.Sequential, images: Tensor, names: Sequence[str]) -> list[bytes]:
    """Every neuron for these images and the weights it is made with, for the Neurons tab."""
    layers, parameters = dict(model.named_children()), dict(model.named_parameters())
    with hooks.record(model, lambda name, layer: name in layers, keep_input=torch.clone) as tape:
        model(images)
    calls = [
        snapshot.Call(name, tape.inputs[name], values, snapshot.sum_of(name, layers[name], parameters))
        for name, values in tape.outputs.items()
        if not isinstance(layers[name], nn.Flatten)
    ]
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


def picture(neuron: Neuron, recorded: float) -> Tensor:
    """Inputs x weights = products, and what they add up to."""
    lines = [
        f"sum of products {float(neuron.products.sum()):+.4f}, bias {neuron.bias:+.4f}: {neuron.sum:+.4f}",
        f"after ReLU {neuron.relu:.4f}; recorded {recorded:.4f}",
    ]
    names = ("map", "row", "column") if len(neuron.place) == 3 else ("number",)
    title = ", ".join(f"{name} {place}" for name, place in zip(names, neuron.place, strict=True))
    return pictures.weighted_sum(neuron.inputs[0], neuron.weights[0], lines, title=f"one neuron: {title}")


def template_picture(model: nn.Sequential) -> Tensor:
    """The incoming weights of every neuron of the first layer, as pictures in one scale; a few large
    weights share the strongest colour, or all others would look pale."""
    weights = next(model.parameters()).detach()
    maps = weights.view(len(weights), 28, 28) if weights.dim() == 2 else weights[:, 0]
    scale = float(maps.abs().nan_to_num().flatten().kthvalue(math.ceil(0.995 * maps.numel())).values)
    columns, gap = (9, 1) if len(maps) > 9 else (4, 4)
    factor = (pictures.CARD_WIDTH // columns - gap) // maps.shape[2] or 1
    tiles = pictures.grid(pictures.enlarge(pictures.signed(maps, scale).movedim(0, 1), factor), columns, gap)
    key = pictures.signed_key(scale, tiles.shape[2], beyond=True)
    return pictures.caption(pictures.stack([key, tiles], gap=3), f"weights into {len(maps)} neurons", size=14)


# By hand and by the hook.


def first_layer_claim(name: str, model: nn.Sequential, image: Tensor) -> Claim:
    """The most active neuron of the first layer, by hand and by the hook."""
    neuron, recorded = strongest(model, image)
    return _claim(f"{name} neuron {list(neuron.place)}, by hand", f"{SUM}, ReLU", neuron.relu, recorded)


def output_claim(name: str, model: nn.Sequential, image: Tensor, digit: int) -> Claim:
    """The output neuron of a digit, by hand from the last hidden layer and by the hook."""
    *_, (_, hidden), (_, outputs) = values(model, image[None]).items()
    last = [module for module in model if isinstance(module, nn.Linear)][-1]
    neuron = by_hand.dense(last, hidden[0], digit)
    return _claim(f"{name} output {digit}, by hand", SUM, neuron.sum, float(outputs[0, digit]))


@torch.no_grad()
def template_claim(name: str, model: nn.Sequential, image: Tensor) -> Claim:
    """Of all inputs of one length, a neuron answers most to its own weights: |w| |x| + bias (Cauchy-Schwarz)."""
    neuron, _ = strongest(model, image)
    template = neuron.weights * neuron.inputs.norm() / neuron.weights.norm()
    predicted = float(neuron.weights.norm() * neuron.inputs.norm()) + neuron.bias
    measured = float(values(model, template[None].to(image))["relu1"][0][neuron.place])
    return _claim(f"{name} neuron {list(neuron.place)} shown its weights", "Cauchy-Schwarz", predicted, measured)


def _claim(name: str, source: str, predicted: float, measured: float) -> Claim:
    """Equal but for float32's rounding of a sum."""
    return Claim(name, source, predicted, measured, tolerance=1e-4, relative=predicted != 0)


# Published experiments.


def experiments(config: Neurons, digits: Digits, track: Track) -> Iterator[Evidence]:
    """What one neuron can learn, and where it cannot; with `full`, neurons that were trained or solved for."""
    train, test = (digits.train_images, digits.train_labels), (digits.test_images, digits.test_labels)
    sizes, trials = (FULL_SIZES, max(config.trials, FULL_TRIALS)) if config.full else (capacity.SIZES, config.trials)
    yield capacity.run(digits.train_images, trials, config.seed, sizes, track=track)
    yield dead_pixels.run(*train, config.seed)
    if config.full:
        yield perceptron.run(*train)
        yield least_squares.run(*train, *test)
        yield nielsen_net.run(*train, *test, seed=config.seed, track=track)
