"""A look drawn: the neurons of the batch's first sample, as a picture and as a snapshot for the Neurons tab."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor, nn

from torchdemos import pictures
from torchdemos.board import snapshot
from torchdemos.hooks.layers import root, unwrapped
from torchdemos.log import tags
from torchdemos.watching.capture import Part

LAYERS_IN_A_PICTURE = 40
SAMPLE = "first of the batch"


class Portrait(NamedTuple):
    """What is drawn of one look, by tag."""

    pictures: dict[str, Tensor]
    blobs: dict[str, list[bytes]]


NOTHING = Portrait({}, {})


def draw(model: nn.Module, part: Part, inputs: Mapping[str, Tensor | None], before: Mapping[str, Tensor]) -> Portrait:
    """Every layer's neurons for the first sample of the batch; nothing if no layer gave any.

    `inputs` are those of a tape, [1, ...], and `before` the parameters that the outputs were computed with.
    """
    firsts = {key: kept.first for key, kept in part.outputs.items() if kept.first is not None}
    if not firsts:
        return NOTHING
    shown = dict(list(firsts.items())[:: math.ceil(len(firsts) / LAYERS_IN_A_PICTURE)])
    title = SAMPLE if len(shown) == len(firsts) else f"{SAMPLE}, {len(shown)} of {len(firsts)} layers"
    return Portrait(
        {f"{tags.PICTURE}/neurons": pictures.layers_as_pixels(shown, title=title)},
        {tags.NEURONS: snapshot.take(_calls(model, part, firsts, inputs, before), [SAMPLE])},
    )


def next_round(step: int) -> int:
    """The first of 1, 2, 5, 10, 20, 50, ... after `step`."""
    ten = 1
    while step >= 5 * ten:
        ten *= 10
    return next(n * ten for n in (1, 2, 5) if n * ten > step)


def _calls(
    model: nn.Module,
    part: Part,
    firsts: Mapping[str, Tensor],
    inputs: Mapping[str, Tensor | None],
    before: Mapping[str, Tensor],
) -> list[snapshot.Call]:
    own = unwrapped(model)
    modules = dict(own.named_modules(remove_duplicate=False)) | {root(own): own}
    calls = []
    for key, first in firsts.items():
        layer = part.layers[key]
        weighed = snapshot.sum_of(layer, modules.get(layer), before)
        calls.append(snapshot.Call(key, inputs.get(key), first[None], weighed))
    return calls
