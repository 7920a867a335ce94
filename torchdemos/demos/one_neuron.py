"""One neuron recomputed by hand, and held against what the hook recorded."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from torchdemos import by_hand, hooks, pictures
from torchdemos.by_hand import Neuron
from torchdemos.claims import Claim

OUTPUT = "out, digits 0 to 9:"
SUM = "sum of inputs x weights + bias"


@torch.no_grad()
def values(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """The value of every neuron for every image, by layer; a flattened layer is the one before it."""
    with hooks.record(model, lambda name, layer: not isinstance(layer, (nn.Flatten, nn.Sequential))) as tape:
        model(images)
    return {OUTPUT if name == "out" else name: layer for name, layer in tape.outputs.items()}


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
        f"sum {float(neuron.products.sum()):+.4f}, bias {neuron.bias:+.4f}: {neuron.sum:+.4f}",
        f"after ReLU {neuron.relu:.4f}; recorded {recorded:.4f}",
    ]
    return pictures.weighted_sum(neuron.inputs[0], neuron.weights[0], lines, title=f"neuron {list(neuron.place)}")


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
