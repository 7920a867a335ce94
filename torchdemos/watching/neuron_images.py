"""A look drawn: the neurons of the batch's first sample, as a picture and as a snapshot for the Neurons tab."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from torch import Tensor, nn

from torchdemos import pictures
from torchdemos.board import snapshot
from torchdemos.hooks.wrappers import root_name, unwrapped
from torchdemos.log import tags
from torchdemos.watching.capture import Capture

MAX_LAYERS = 40  # in one picture
SAMPLE = "first of the batch"


class NeuronImages(NamedTuple):
    """What is drawn of one look, by tag."""

    pictures: dict[str, Tensor]
    blobs: dict[str, list[bytes]]


NO_IMAGES = NeuronImages({}, {})
GIVEN = ""  # among neurons; no layer has that name


class Sight(NamedTuple):
    """What a look saw of the batch's first sample: what was given is under `GIVEN`, then each layer's output by key in
    call order, float64 without the batch dimension. `draw` makes images of it, also later, if weights were kept."""

    neurons: dict[str, Tensor]
    draw: Callable[[], NeuronImages]


def neurons(capture: Capture) -> dict[str, Tensor]:
    """The neurons of a `Sight`, each where it was kept."""
    found = {GIVEN: given} if (given := capture.ends.get("given")) else {}
    return {key: output.first for key, output in (found | capture.outputs).items() if output.first is not None}


def draw(
    model: nn.Module, capture: Capture, inputs: Mapping[str, Tensor | None], parameters: Mapping[str, Tensor]
) -> NeuronImages:
    """Draw every layer's neurons for the first sample of the batch; nothing if no layer kept any.

    `inputs` are those of a tape, [1, ...], and `parameters` those that the outputs were computed with.
    """
    firsts = {
        key: snapshot.unflattened(inputs.get(key), output.first[None])[0]
        for key, output in capture.outputs.items()
        if output.first is not None
    }
    if not firsts:
        return NO_IMAGES
    shown = dict(list(firsts.items())[:: math.ceil(len(firsts) / MAX_LAYERS)])
    title = SAMPLE if len(shown) == len(firsts) else f"{SAMPLE}, {len(shown)} of {len(firsts)} layers"
    calls = _calls(model, capture.layers, firsts, inputs, parameters)
    return NeuronImages(
        {f"{tags.PICTURE}/neurons": pictures.layers_as_pixels(shown, title=title)},
        {tags.NEURONS: snapshot.take(calls, [SAMPLE])},
    )


def _calls(
    model: nn.Module,
    layers: Mapping[str, str],
    firsts: Mapping[str, Tensor],
    inputs: Mapping[str, Tensor | None],
    parameters: Mapping[str, Tensor],
) -> list[snapshot.Call]:
    own = unwrapped(model)
    modules = dict(own.named_modules(remove_duplicate=False)) | {root_name(own): own}
    calls = []
    for key, first in firsts.items():
        module = modules.get(layers[key])
        weighted = snapshot.sum_of(layers[key], module, parameters)
        calls.append(snapshot.Call(key, inputs.get(key), first[None], weighted, module))
    return calls
