"""One look at a model in training, in plain numbers."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from torchdemos import stats
from torchdemos.layers import unwrapped
from torchdemos.parts import Part
from torchdemos.stats import kernels

Numbers = dict[str, float]
Bins = tuple[list[float], list[float]]
Entry = tuple[Numbers, tuple[str, ...], Tensor]  # where the numbers go, under which names, and what holds them

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
    total = Numbers()
    activations: dict[str, Numbers] = {key: {} for key in part.outputs}
    gradients: dict[str, Numbers] = {key: {} for key in part.outputs if key in part.gradients}
    parameters: dict[str, Numbers] = {name: {} for name in part.parameters}
    entries = [*_total(part, total), *_outputs(part, modules, activations), *_parameters(part, parameters)]
    entries += [(numbers, ("norm", "abs_max"), part.gradients[key]) for key, numbers in gradients.items()]
    drawn = {key: output.histogram for key, output in part.outputs.items() if output.histogram}
    bins = [tensor for histogram in drawn.values() for tensor in (histogram.counts, histogram.edges)]
    found = iter(_fetch([*(tensor for _, _, tensor in entries), *bins]))
    for numbers, names, _ in entries:
        numbers.update(zip(names, next(found), strict=True))
    histograms = {key: (next(found), next(found)) for key in drawn}
    broken = {name for name, numbers in parameters.items() if not math.isfinite(numbers.get("norm", 0.0))}
    unsound = {id(p) for name, p in unwrapped(model).named_parameters() if name in broken} if broken else set[int]()
    heard = set(part.layers.values())
    return Look(
        step,
        activations,
        gradients,
        {name: _moving(numbers) for name, numbers in parameters.items() if numbers},
        {key: _sound(modules.get(layer, model), unsound) for key, layer in part.layers.items()},
        total.get("norm"),
        histograms,
        [layer for layer in layers if layer not in heard],
    )


def _sound(module: nn.Module, unsound: set[int]) -> bool:
    return not unsound or not any(id(parameter) in unsound for parameter in module.parameters())


def _total(part: Part, total: Numbers) -> Iterator[Entry]:
    """The norm of all gradients, from that of each."""
    norms = [size.grad_norm for size in part.parameters.values() if size.grad_norm is not None]
    if norms:
        yield total, ("norm",), stats.norm(torch.stack([norm.to(norms[0].device) for norm in norms]))


def _outputs(part: Part, modules: Mapping[str, nn.Module], found: Mapping[str, Numbers]) -> Iterator[Entry]:
    for key, output in part.outputs.items():
        yield found[key], stats.SUMMARY, output.summary
        yield found[key], ("dead_units",), kernels.dead_units(output.moments)
        if kind := SATURATING.get(type(modules.get(part.layers[key]))):
            yield found[key], ("saturated_units",), stats.saturated_units(output.moments, kind)


def _parameters(part: Part, found: Mapping[str, Numbers]) -> Iterator[Entry]:
    for name, size in part.parameters.items():
        for what, norm in (("norm", size.norm), ("moved", size.moved), ("grad_norm", size.grad_norm)):
            if norm is not None:
                yield found[name], (what,), norm


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
