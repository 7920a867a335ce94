"""One look at a model in training, in plain numbers."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from torchdemos import stats
from torchdemos.layers import unwrapped
from torchdemos.parts import Part, Sizes
from torchdemos.stats import kernels

Numbers = dict[str, float]
Bins = tuple[list[float], list[float]]
Entry = tuple[str, str, tuple[str, ...]]  # group, key, what each number is

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
    total = _total([size.grad_norm for size in part.parameters.values() if size.grad_norm is not None])
    entries = [*total, *_outputs(part, modules), *_gradients(part), *_parameters(part.parameters)]
    numbers = list(zip([entry for entry, _ in entries], _fetch([tensor for _, tensor in entries]), strict=True))
    parameters = {key: _moving(found) for key, found in _group(numbers, "parameter").items()}
    named = unwrapped(model).named_parameters()
    broken = {id(p) for name, p in named if not math.isfinite(parameters.get(name, {}).get("norm", 0.0))}
    heard = set(part.layers.values())
    return Look(
        step,
        _group(numbers, "activation"),
        _group(numbers, "gradient"),
        parameters,
        {key: _sound(modules.get(layer, model), broken) for key, layer in part.layers.items()},
        numbers[0][1][0] if total else None,
        _histograms(numbers),
        [layer for layer in layers if layer not in heard],
    )


def _sound(module: nn.Module, broken: set[int]) -> bool:
    return not broken or not any(id(parameter) in broken for parameter in module.parameters())


def _total(norms: list[Tensor]) -> list[tuple[Entry, Tensor]]:
    """The norm of all gradients, from that of each."""
    together = [norm.to(norms[0].device) for norm in norms]
    return [(("total", "", ("norm",)), stats.norm(torch.stack(together)))] if norms else []


def _outputs(part: Part, modules: Mapping[str, nn.Module]) -> Iterator[tuple[Entry, Tensor]]:
    for key, output in part.outputs.items():
        yield ("activation", key, stats.SUMMARY), output.summary
        yield ("activation", key, ("dead_units",)), kernels.dead_units(output.moments)
        if kind := SATURATING.get(type(modules.get(part.layers[key]))):
            yield ("activation", key, ("saturated_units",)), stats.saturated_units(output.moments, kind)
        if output.histogram:
            yield ("counts", key, ()), output.histogram.counts
            yield ("edges", key, ()), output.histogram.edges


def _gradients(part: Part) -> Iterator[tuple[Entry, Tensor]]:
    for key in part.outputs:
        if key in part.gradients:
            yield ("gradient", key, ("norm", "abs_max")), part.gradients[key]


def _parameters(sizes: Mapping[str, Sizes]) -> Iterator[tuple[Entry, Tensor]]:
    for name, size in sizes.items():
        for what, norm in (("norm", size.norm), ("moved", size.moved), ("grad_norm", size.grad_norm)):
            if norm is not None:
                yield ("parameter", name, (what,)), norm


def _moving(numbers: Numbers) -> Numbers:
    """How far a step moved a weight, relative to its size; NaN if that is 0."""
    moved, norm = numbers.pop("moved", None), numbers.get("norm", 0.0)
    return numbers if moved is None else numbers | {"update_ratio": moved / norm if norm > 0 else math.nan}


def _fetch(tensors: Sequence[Tensor]) -> list[list[float]]:
    """All numbers in one transfer: every `.item()` of its own would wait for the device."""
    device = next((tensor.device for tensor in tensors if not tensor.is_cpu), None)
    if device is None:
        return [tensor.tolist() if tensor.dim() else [tensor.item()] for tensor in tensors]
    flat = [tensor.detach().to(device, torch.float64).reshape(-1) for tensor in tensors]
    numbers = iter(torch.cat(flat).tolist())
    return [[next(numbers) for _ in range(len(part))] for part in flat]


def _group(numbers: Iterable[tuple[Entry, list[float]]], group: str) -> dict[str, Numbers]:
    found: dict[str, Numbers] = {}
    for (owner, key, names), values in numbers:
        if owner == group:
            found.setdefault(key, {}).update(zip(names, values, strict=True))
    return found


def _histograms(numbers: Iterable[tuple[Entry, list[float]]]) -> dict[str, Bins]:
    counts, edges = ({key: values for (owner, key, _), values in numbers if owner == g} for g in ("counts", "edges"))
    return {key: (counts[key], edges[key]) for key in counts}
