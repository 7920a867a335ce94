"""One look at a model in training: what the hooks keep, brought to plain numbers in one transfer."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from torchdemos import hooks, stats

Numbers = dict[str, float]
Bins = tuple[list[float], list[float]]
Entry = tuple[str, str, str]  # group, key, statistic

SATURATING: dict[type[nn.Module], str] = {nn.Sigmoid: "sigmoid", nn.Tanh: "tanh"}


@dataclass(frozen=True)
class Look:
    """Plain numbers of one watched step; the keys of layers are those of a `Tape`, in call order.

    `activations`: mean, std, abs_max, zero_fraction, finite_fraction, dead_units and, for sigmoid
    and tanh layers, saturated_units. `gradients`: norm and abs_max of d loss / d output.
    `parameters`: norm, grad_norm and update_ratio, each where there is one. `gradient_norm`: all
    parameter gradients together, None if there are none. `histograms`: (counts, edges) of outputs.
    """

    step: int
    activations: dict[str, Numbers]
    gradients: dict[str, Numbers]
    parameters: dict[str, Numbers]
    gradient_norm: float | None
    histograms: dict[str, Bins]


class Seen(NamedTuple):
    """What is kept of one output, on its device."""

    summary: Tensor
    moments: Tensor
    samples: int
    histogram: stats.Histogram | None
    first: Tensor | None


def see(histogram: bool, first: bool) -> Callable[[Tensor], Seen]:
    """A `keep` for outputs: statistics always, the histogram and the first sample on request."""

    def keep(output: Tensor) -> Seen:
        return Seen(
            stats.summary(output),
            stats.unit_moments(output),
            len(output) if output.dim() else 1,
            stats.histogram(output) if histogram else None,
            output[0].clone() if first and output.dim() > 1 and len(output) else None,
        )

    return keep


def see_gradient(gradient: Tensor) -> Tensor:
    """A `keep` for gradients: norm and largest magnitude."""
    return torch.stack([stats.norm(gradient), stats.abs_max(gradient)])


def copy_parameters(model: nn.Module) -> dict[str, Tensor]:
    """The parameters as they stand, so that a later look can tell how far a step moved them."""
    return {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}


def take(step: int, model: nn.Module, tape: hooks.Tape, before: Mapping[str, Tensor]) -> Look:
    """Finish a look at the end of its `record` block: one transfer brings all numbers to the host."""
    numbers = _fetch(dict(_entries(model, tape, before)))
    return Look(
        step,
        _group(numbers, "activation"),
        _group(numbers, "gradient"),
        _group(numbers, "parameter"),
        numbers["total", "", "norm"][0] if hooks.gradients(model) else None,
        {
            key: (numbers[group, key, "counts"], numbers[group, key, "edges"])
            for group, key, name in numbers
            if name == "counts"
        },
    )


def _entries(model: nn.Module, tape: hooks.Tape, before: Mapping[str, Tensor]) -> Iterator[tuple[Entry, Tensor]]:
    kinds = {name: SATURATING.get(type(module)) for name, module in model.named_modules()}
    yield ("total", "", "norm"), stats.total_norm(hooks.gradients(model).values())
    for key, seen in tape.outputs.items():
        yield from _activation(key, seen, kinds.get(layer_of(key)))
    for key, (size, largest) in tape.gradients.items():
        yield ("gradient", key, "norm"), size
        yield ("gradient", key, "abs_max"), largest
    for name, parameter in model.named_parameters():
        yield from _parameter(name, parameter, before.get(name))


def _activation(key: str, seen: Seen, kind: str | None) -> Iterator[tuple[Entry, Tensor]]:
    for name, value in zip(stats.SUMMARY, seen.summary, strict=True):
        yield ("activation", key, name), value
    yield ("activation", key, "dead_units"), stats.dead_units(seen.moments)
    if kind:
        yield ("activation", key, "saturated_units"), stats.saturated_units(seen.moments, kind)
    if seen.histogram:
        yield ("histogram", key, "counts"), seen.histogram.counts
        yield ("histogram", key, "edges"), seen.histogram.edges


def _parameter(name: str, parameter: Tensor, before: Tensor | None) -> Iterator[tuple[Entry, Tensor]]:
    yield ("parameter", name, "norm"), stats.norm(parameter)
    if parameter.grad is not None:
        yield ("parameter", name, "grad_norm"), stats.norm(parameter.grad)
    if before is not None and before.shape == parameter.shape:
        yield ("parameter", name, "update_ratio"), stats.update_ratio(before, parameter)


def _fetch(tensors: Mapping[Entry, Tensor]) -> dict[Entry, list[float]]:
    """All numbers in one transfer: every `.item()` of its own would wait for the device."""
    device = next((t.device for t in tensors.values() if t.device.type != "cpu"), torch.device("cpu"))
    flat = [tensor.detach().to(device, torch.float64).reshape(-1) for tensor in tensors.values()]
    numbers = iter(torch.cat(flat).tolist())
    return {entry: [next(numbers) for _ in range(len(part))] for entry, part in zip(tensors, flat, strict=True)}


def _group(numbers: Mapping[Entry, list[float]], group: str) -> dict[str, Numbers]:
    found: dict[str, Numbers] = {}
    for (owner, key, statistic), (value, *_) in numbers.items():
        if owner == group:
            found.setdefault(key, {})[statistic] = value
    return found


def layer_of(key: str) -> str:
    """The layer's name within a tape's key: `lstm` of `lstm#2[0]`."""
    return key.split("#")[0].split("[")[0]
