"""A training step seen twice: once by PyTorch itself, once by `record`."""

import copy
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from specimens import Specimen
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge, get_gradient_edge
from torch.nn.modules.module import register_module_forward_hook

from torchdemos.hooks import Tape, record


@dataclass
class Output:
    """One tensor that a layer put out: what it was, and where its gradient arrives in the graph."""

    tensor: Tensor
    value: Tensor
    edge: GradientEdge | None
    gradient: Tensor | None = None


Outputs = dict[tuple[str, int], list[Output]]  # by the layer's name and the number of the call


@dataclass
class Passes:
    truth: Outputs
    tape: Tape


def both_passes(specimen: Specimen, model: nn.Module) -> Passes:
    return Passes(unwatched_pass(specimen, copy.deepcopy(model)), watched_pass(specimen, copy.deepcopy(model)))


def unwatched_pass(specimen: Specimen, model: nn.Module) -> Outputs:
    """What every layer puts out, from a hook on all modules; its gradients, from `torch.autograd.grad`."""
    names = {module: name or type(model).__name__ for name, module in model.named_modules() if is_layer(name, module)}
    found: Outputs = {}
    calls: Counter[str] = Counter()

    def listen(module: nn.Module, args: Any, output: Any) -> None:
        if module in names:
            calls[names[module]] += 1
            found[names[module], calls[names[module]]] = [
                Output(t, t.detach().clone(), get_gradient_edge(t) if t.requires_grad else None)
                for t in tensors(output)
            ]

    handle = register_module_forward_hook(listen)
    try:
        for loss in losses(specimen, model):
            with_edge = [output for call in found.values() for output in call if output.edge]
            gradients = torch.autograd.grad(loss, [output.edge for output in with_edge], allow_unused=True)
            for output, gradient in zip(with_edge, gradients, strict=True):
                output.gradient = output.gradient if gradient is None else gradient
    finally:
        handle.remove()
    return found


def watched_pass(specimen: Specimen, model: nn.Module) -> Tape:
    with record(model) as tape:
        for loss in losses(specimen, model):
            loss.backward()
    return tape


def losses(specimen: Specimen, model: nn.Module, seed: int = 1) -> Iterator[Tensor]:
    """The losses of one step, always the same for the same model."""
    batch = specimen.batch(torch.Generator().manual_seed(seed))
    sow(seed)
    for loss in specimen.losses.values():
        yield loss(model, batch)


def sow(seed: int) -> None:
    for plant in (random.seed, np.random.seed, torch.manual_seed):
        plant(seed)


def is_layer(name: str, module: nn.Module) -> bool:
    """A leaf of the tree of modules, or one with parameters of its own."""
    own = any(True for _ in module.parameters(recurse=False)) or not any(True for _ in module.children())
    return own and "parametrizations" not in name.split(".")


def tensors(output: Any) -> list[Tensor]:
    if isinstance(output, Tensor):
        return [output]
    if isinstance(output, Mapping):
        output = list(output.values())
    return [t for value in output for t in tensors(value)] if isinstance(output, (tuple, list)) else []
