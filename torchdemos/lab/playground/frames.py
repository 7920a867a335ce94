"""What is seen of a network at one moment: its neurons for the digit shown, and how every value is made."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from torchdemos.board import snapshot
from torchdemos.board.snapshot import Call
from torchdemos.lab.playground.networks import shown_layers
from torchdemos.lab.playground.shown import Shown


@torch.no_grad()
def neurons(model: nn.Sequential, shown: Shown) -> tuple[list[bytes], list[float]]:
    """The values of each row of neurons as little-endian float32, and the softmax of the answer [10]."""
    rows, found, values = {*shown_layers(model)}, [], shown.image
    for name, layer in model.named_children():
        values = layer(values)
        if name in rows:
            found.append(values.numpy().astype("<f4").tobytes())
    return found, values[0].softmax(0).tolist()


def blobs(model: nn.Sequential, shown: Shown) -> list[bytes]:
    """A snapshot of all neurons for the digit shown, with the weights that make them."""
    return snapshot.take([*_calls(model, shown.image)], [shown.words])


@torch.no_grad()
def _calls(model: nn.Sequential, inputs: Tensor) -> Iterator[Call]:
    parameters = dict(model.named_parameters())
    for name, layer in model.named_children():
        values = layer(inputs)
        weighted = snapshot.sum_of(name, layer, parameters)
        yield Call(name, inputs, snapshot.unflattened(inputs, values), weighted, layer)
        inputs = values
