"""One look at a model in training, in plain numbers."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from torchdemos import stats
from torchdemos.layers import unwrapped
from torchdemos.parts import Part, Sizes
from torchdemos.seen import Seen

Numbers = dict[str, float]
Bins = tuple[list[float], list[float]]
Entry = tuple[str, str, str]  # group, key, statistic

SATURATING: dict[type, str] = {nn.Sigmoid: "sigmoid", nn.Tanh: "tanh"}


@dataclass(frozen=True)
class Look:
    """Plain numbers of one watched step; the keys of layers are those of a `Tape`, in call order.

    `activations`: mean, std, abs_max, zero_fraction, finite_fraction, dead_units and, for sigmoid
    and tanh layers, saturated_units. `gradients`: norm and abs_max of d loss / d output.
    `parameters`: norm before the step, grad_norm and update_ratio, each where there is one.
    `weights_finite`: whether all parameters of a layer were finite before the step.
    `gradient_norm`: all parameter gradients together, None if there are none. `histograms`:
    (counts, edges) of outputs. `silent`: layers that gave no activation.
    """

    step: int
    activations: dict[str, Numbers]
    gradients: dict[str, Numbers]
    parameters: dict[str, Numbers]
    weights_finite: dict[str, bool]
    gradient_norm: float | None
    histograms: dict[str, Bins]
    silent: list[str]


def take(step: int, model: nn.Module, part: Part, layers: list[str]) -> Look:
    """A look in numbers, in one transfer from the device; `layers` are those that could have been seen."""
    modules = dict(unwrapped(model).named_modules(remove_duplicate=False))
    norms = [size.grad_norm for size in part.parameters.values() if size.grad_norm is not None]
    found: dict[Entry, Tensor] = {("total", "", "norm"): _joined(norms)}
    numbers = _fetch(found | dict(_layers(part, modules)) | dict(_parameters(part.parameters)))
    parameters = _group(numbers, "parameter")
    named = unwrapped(model).named_parameters()
    broken = {id(p) for name, p in named if not math.isfinite(parameters.get(name, {}).get("norm", 0.0))}
    heard = set(part.layers.values())
    return Look(
        step,
        _group(numbers, "activation"),
        _group(numbers, "gradient"),
        parameters,
        {key: _sound(modules.get(layer, model), broken) for key, layer in part.layers.items()},
        numbers["total", "", "norm"][0] if norms else None,
        {
            key: (numbers["counts", key, ""], numbers["edges", key, ""])
            for group, key, _ in numbers
            if group == "counts"
        },
        [layer for layer in layers if layer not in heard],
    )


def _joined(norms: list[Tensor]) -> Tensor:
    """The norm of all, from that of each."""
    return stats.norm(torch.stack([norm.to(norms[0].device) for norm in norms])) if norms else torch.zeros(())


def _sound(module: nn.Module, broken: set[int]) -> bool:
    return not any(id(parameter) in broken for parameter in module.parameters())


def _layers(part: Part, modules: Mapping[str, nn.Module]) -> Iterator[tuple[Entry, Tensor]]:
    for key, output in part.outputs.items():
        yield from _activation(key, output, SATURATING.get(type(modules.get(part.layers[key]))))
        if key in part.gradients:
            size, largest = part.gradients[key].unbind()
            yield ("gradient", key, "norm"), size
            yield ("gradient", key, "abs_max"), largest


def _activation(key: str, output: Seen, kind: str | None) -> Iterator[tuple[Entry, Tensor]]:
    for name, value in zip(stats.SUMMARY, output.summary.unbind(), strict=True):
        yield ("activation", key, name), value
    yield ("activation", key, "dead_units"), stats.dead_units(output.moments)
    if kind:
        yield ("activation", key, "saturated_units"), stats.saturated_units(output.moments, kind)
    if output.histogram:
        yield ("counts", key, ""), output.histogram.counts
        yield ("edges", key, ""), output.histogram.edges


def _parameters(sizes: Mapping[str, Sizes]) -> Iterator[tuple[Entry, Tensor]]:
    for name, size in sizes.items():
        if size.grad_norm is not None:
            yield ("parameter", name, "grad_norm"), size.grad_norm
        if size.norm is not None:
            yield ("parameter", name, "norm"), size.norm
            if size.moved is not None:
                yield ("parameter", name, "update_ratio"), stats.relative(size.moved, size.norm)


def _fetch(tensors: Mapping[Entry, Tensor]) -> dict[Entry, list[float]]:
    """All numbers in one transfer: every `.item()` of its own would wait for the device."""
    device = next((t.device for t in tensors.values() if t.device.type != "cpu"), None)
    if device is None:
        return {entry: tensor.reshape(-1).tolist() for entry, tensor in tensors.items()}
    flat = [tensor.detach().to(device, torch.float64).reshape(-1) for tensor in tensors.values()]
    numbers = iter(torch.cat(flat).tolist())
    return {entry: [next(numbers) for _ in range(len(part))] for entry, part in zip(tensors, flat, strict=True)}


def _group(numbers: Mapping[Entry, list[float]], group: str) -> dict[str, Numbers]:
    found: dict[str, Numbers] = {}
    for (owner, key, statistic), (value, *_) in numbers.items():
        if owner == group:
            found.setdefault(key, {})[statistic] = value
    return found
