"""What the Answer view tells of the neurons: a digit, its neurons, and the weights to compute them with."""

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from torchdemos.lab.demos import one_neuron
from torchdemos.lab.demos.answer import Told
from torchdemos.lab.demos.side_by_side import Variant
from torchdemos.lab.demos.sketch import Row, Sketch
from torchdemos.log import answers

COMMAND = "torchdemos neurons --model mlp --steps 20"
SEEN = (
    "After 20 steps the templates are noise with a few strokes. We saw **45 %** of the test digits named right, "
    "where 400 steps gave **89 %**."
)


def told(variants: Sequence[Variant], ten: Tensor, digit: int) -> Told:
    """The page of a run: the last network is drawn for one of ten digits [10, 1, 28, 28], and all of them answer."""
    *others, drawn = variants
    hidden, outputs = _last_two(drawn.model, ten)
    chosen = int(hidden[digit].argmax())
    hero = {
        "kind": "digit",
        "digit": digit,
        "chosen": chosen,
        "digits": _packed((ten * 255).round().byte()),
        "networks": [{"name": one.name, "layers": layers(one.model)} for one in (drawn, *others)],
    }
    cards = [_templates(drawn.model), _ten_digits(hidden[:, chosen], chosen)]
    now_try: answers.NowTry = {"command": COMMAND, "expect": SEEN}
    return Told(_answer(drawn, hidden[digit], outputs[digit], digit), hero, cards, now_try)


def sketch(variants: Sequence[Variant], ten: Tensor, digit: int) -> Sketch:
    """What the neuron that one digit excites most holds for each of ten digits."""
    hidden, _ = _last_two(variants[-1].model, ten)
    chosen = int(hidden[digit].argmax())
    values = hidden[:, chosen].tolist()
    most = max(map(abs, values)) or 1.0
    heads = [f"{number}:{value:.1f}" for number, value in enumerate(values)]
    row = Row(f"neuron {chosen}", [max(value / most, 0.0) for value in values], "")
    return Sketch("One neuron, ten digits, ten numbers: a value belongs to its input.", [row], heads)


def layers(model: nn.Sequential) -> list[dict[str, Any]]:
    """The layers of a network and their weights, as `web/forward.js` computes with them.

    Raises `TypeError` for a layer of another kind.
    """
    return [_layer(module) for module in model if not isinstance(module, nn.Flatten)]


def _layer(module: nn.Module) -> dict[str, Any]:
    kind = type(module).__name__
    match module:
        case nn.Linear() | nn.Conv2d():
            bias = torch.zeros(len(module.weight)) if module.bias is None else module.bias
            return {
                "kind": kind,
                "shape": list(module.weight.shape),
                "weights": _packed(module.weight),
                "bias": _packed(bias),
            }
        case nn.MaxPool2d():
            return {"kind": kind, "size": module.kernel_size}
        case nn.ReLU() | nn.Sigmoid() | nn.Tanh():
            return {"kind": kind}
    raise TypeError(f"the page cannot compute a {kind}")


def _packed(numbers: Tensor) -> str:
    """Float32, or bytes, in base64."""
    array = numbers.detach().cpu().contiguous().numpy()
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()


def _last_two(model: nn.Sequential, images: Tensor) -> tuple[Tensor, Tensor]:
    """What the neurons of the last hidden layer and the outputs are for these images."""
    *_, hidden, outputs = one_neuron.values(model, images).values()
    return hidden.cpu(), outputs.cpu()


def _answer(variant: Variant, hidden: Tensor, outputs: Tensor, digit: int) -> str:
    chosen = int(hidden.argmax())
    shares = outputs.softmax(0)
    said = int(shares.argmax())
    if math.isfinite(variant.accuracy) and bool(shares.isfinite().all()):
        right = f"**{100 * variant.accuracy:.0f} %** of the test digits are named right"
        together = f"say **{said} ({100 * float(shares[said]):.0f} %)**; {right}"
    else:
        together = "say nothing, because they are not numbers"
    return (
        "A unit that holds one number for one input: inputs times weights, added up, plus a bias, or 0 if that is "
        f"less. For this {digit}, **neuron {chosen}** holds **{float(hidden[chosen]):.3g}**, "
        f"and all {len(hidden)} together {together}."
    )


def _templates(model: nn.Sequential) -> answers.Card:
    first = next(module for module in model if isinstance(module, (nn.Linear, nn.Conv2d)))
    weights = first.weight.detach().cpu()
    shape = [len(weights), 28, 28] if isinstance(first, nn.Linear) else [len(weights), *weights.shape[2:]]
    scale = float(weights.abs().nan_to_num().flatten().kthvalue(math.ceil(0.995 * weights.numel())).values)
    shades = (weights / (scale or 1.0)).clamp(-1, 1).nan_to_num().mul(127).round().to(torch.int8)
    return {
        "title": f"All {len(weights)} templates",
        "condition": "the weights of the first layer",
        "about": "Where a template is orange, ink adds to its neuron; where it is blue, ink takes away.",
        "kind": "maps",
        "data": {"shape": shape, "shades": _packed(shades)},
    }


def _ten_digits(values: Tensor, chosen: int) -> answers.Card:
    bars: list[Mapping[str, Any]] = [
        {"name": str(digit), "value": answers.short(value), "text": f"{value:.2f}", "colour": "var(--red)"}
        for digit, value in enumerate(values.tolist())
    ]
    return {
        "title": "Ten digits",
        "condition": f"what neuron {chosen} holds for each",
        "about": "One neuron, ten inputs, ten numbers: a value belongs to its input.",
        "kind": "bars",
        "data": {"bars": bars},
    }
