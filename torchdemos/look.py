"""One look at a model in training: what the hooks keep, brought to plain numbers in one transfer."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from torchdemos import hooks, stats

Numbers = dict[str, float]
Bins = tuple[list[float], list[float]]
Entry = tuple[str, str, str]  # group, key, statistic

SATURATING: dict[type, str] = {nn.Sigmoid: "sigmoid", nn.Tanh: "tanh"}
UNITS_LAST = (nn.Linear, nn.LayerNorm, nn.Embedding, nn.RNNBase, nn.MultiheadAttention)


@dataclass(frozen=True)
class Look:
    """Plain numbers of one watched step; the keys of layers are those of a `Tape`, in call order.

    `activations`: mean, std, abs_max, zero_fraction, finite_fraction, dead_units and, for sigmoid
    and tanh layers, saturated_units. `gradients`: norm and abs_max of d loss / d output.
    `parameters`: norm before the step, grad_norm and update_ratio, each where there is one.
    `weights_finite`: whether all parameters of a layer were finite before the step.
    `gradient_norm`: all parameter gradients together, None if there are none. `histograms`:
    (counts, edges) of outputs. `silent`: layers that gave no output.
    """

    step: int
    activations: dict[str, Numbers]
    gradients: dict[str, Numbers]
    parameters: dict[str, Numbers]
    weights_finite: dict[str, bool]
    gradient_norm: float | None
    histograms: dict[str, Bins]
    silent: list[str]


class Seen(NamedTuple):
    """What is kept of one output, on its device; `last` are the moments with the last of three dimensions as units."""

    summary: Tensor
    moments: Tensor
    last: Tensor | None
    samples: int
    histogram: stats.Histogram | None
    first: Tensor | None


def see(histogram: bool, first: bool) -> Callable[[Tensor], Seen | None]:
    """A `keep` for outputs: statistics always, the histogram and the first sample on request.

    None for what is not an activation: integers (indices, lengths) and tensors without elements.
    """

    def keep(output: Tensor) -> Seen | None:
        x = stats.plain(output)
        if not x.numel() or not (output.is_floating_point() or output.is_complex() or output.is_quantized):
            return None
        return Seen(
            stats.summary(x),
            stats.unit_moments(x, units=1),
            stats.unit_moments(x, units=-1) if x.dim() == 3 else None,
            len(x) if x.dim() else 1,
            stats.histogram(x) if histogram else None,
            x[0].clone() if first and x.dim() > 1 else None,
        )

    return keep


def see_gradient(gradient: Tensor) -> Tensor:
    """A `keep` for gradients: norm and largest magnitude."""
    x = stats.plain(gradient)
    return torch.stack([stats.norm(x), stats.abs_max(x)])


def copy_parameters(model: nn.Module) -> dict[str, Tensor]:
    """The parameters as they stand, so that a later look can tell how far a step moved them."""
    return {name: p.detach().clone() for name, p in model.named_parameters() if not is_lazy(p)}


def seen(model: nn.Module, tape: hooks.Tape) -> dict[str, Seen]:
    """What a tape holds of activations, with the units of each where its layer has them.

    In a batch of sequences they are channels [N, C, L] behind a convolution and features [N, T, F]
    elsewhere; activations, dropout and pooling have them where the layer before has.
    """
    modules, channels_first, found = dict(model.named_modules()), False, {}
    for key, kept in tape.outputs.items():
        module = modules.get(tape.layers[key])
        if isinstance(module, UNITS_LAST) or "1d" in type(module).__name__:
            channels_first = not isinstance(module, UNITS_LAST)
        if kept is not None:
            found[key] = kept if channels_first or kept.last is None else kept._replace(moments=kept.last)
    return found


def take(
    step: int, model: nn.Module, tape: hooks.Tape, outputs: Mapping[str, Seen], before: Mapping[str, Tensor]
) -> Look:
    """Finish a look at the end of its `record` block: one transfer brings all numbers to the host."""
    modules = dict(model.named_modules())
    norms = {name: stats.norm(gradient) for name, gradient in hooks.gradients(model).items()}
    found: dict[Entry, Tensor] = {("total", "", "norm"): stats.total_norm(norms.values())}
    numbers = _fetch(found | dict(_layers(tape, outputs, modules)) | dict(_parameters(model, before, norms)))
    parameters = _group(numbers, "parameter")
    broken = [name for name, known in parameters.items() if not math.isfinite(known.get("norm", 0.0))]
    return Look(
        step,
        _group(numbers, "activation"),
        _group(numbers, "gradient"),
        parameters,
        {key: not any(_inside(name, tape.layers[key], modules) for name in broken) for key in outputs},
        numbers["total", "", "norm"][0] if norms else None,
        {
            key: (numbers["counts", key, ""], numbers["edges", key, ""])
            for group, key, _ in numbers
            if group == "counts"
        },
        tape.silent,
    )


def _inside(parameter: str, layer: str, modules: Mapping[str, nn.Module]) -> bool:
    """Whether a parameter belongs to a layer or to anything in it; a name no module has is the model's own."""
    return parameter.startswith(f"{layer}.") or layer not in modules


def _layers(
    tape: hooks.Tape, outputs: Mapping[str, Seen], modules: Mapping[str, nn.Module]
) -> Iterator[tuple[Entry, Tensor]]:
    gradients = tape.gradients
    for key, output in outputs.items():
        yield from _activation(key, output, SATURATING.get(type(modules.get(tape.layers[key]))))
        if key in gradients:
            size, largest = gradients[key].unbind()
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


def _parameters(
    model: nn.Module, before: Mapping[str, Tensor], gradient_norms: Mapping[str, Tensor]
) -> Iterator[tuple[Entry, Tensor]]:
    for name, parameter in model.named_parameters():
        if name in gradient_norms:
            yield ("parameter", name, "grad_norm"), gradient_norms[name]
        if name in before:
            start = stats.plain(before[name])
            yield ("parameter", name, "norm"), (size := stats.norm(start))
            if start.shape == parameter.shape:
                moved = stats.norm(stats.plain(parameter) - start)
                yield ("parameter", name, "update_ratio"), stats.relative(moved, size)


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
