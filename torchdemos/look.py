"""One look at a model in training, in plain numbers."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from torchdemos import stats
from torchdemos.parts import Part
from torchdemos.stats.kernels import Numbers as Found

Numbers = dict[str, float]
Bins = tuple[list[float], list[float]]
Entry = tuple[Numbers, tuple[str, ...], Found]  # where the numbers go, under which names, and what begins with them

OUTPUT, SIZE, COLUMNS = (*stats.SUMMARY, "dead_units"), ("norm", "abs_max"), ("norm", "grad_norm", "moved")
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


def take(step: int, part: Part, layers: Mapping[str, nn.Module | None], parameters: Mapping[str, Tensor]) -> Look:
    """A look in numbers, in one transfer from the device.

    `layers` are those that were to be seen, None where they could not be, `parameters` the model's own; both by name.
    """
    total = Numbers()
    activations: dict[str, Numbers] = {key: {} for key in part.outputs}
    gradients: dict[str, Numbers] = {key: {} for key in part.outputs if key in part.gradients}
    columns = dict(zip(COLUMNS, part.parameters, strict=False))
    found: dict[str, Numbers] = {name: {} for column in columns.values() for name in column.names}
    entries = [*_outputs(part, layers, activations), *_total(part, total)]
    entries += [(numbers, SIZE, part.gradients[key]) for key, numbers in gradients.items()]
    drawn = {key: output.histogram for key, output in part.outputs.items() if output.histogram}
    wanted = [(tensor, len(names)) for _, names, tensor in entries]
    wanted += [(column.values, len(column.names)) for column in columns.values()]
    wanted += [(bins, len(bins)) for histogram in drawn.values() for bins in (histogram.counts, histogram.edges)]
    fetched = iter(_fetch(wanted))
    for numbers, names, _ in entries:
        numbers.update(zip(names, next(fetched), strict=True))
    for what, column in columns.items():
        for name, norm in zip(column.names, next(fetched), strict=True):
            found[name][what] = norm
    histograms = {key: (next(fetched), next(fetched)) for key in drawn}
    unsound = {id(parameters.get(name)) for name, numbers in found.items() if not math.isfinite(numbers.get("norm", 0.0))}
    heard = set(part.layers.values())
    return Look(
        step,
        activations,
        gradients,
        {name: _moving(numbers) for name, numbers in found.items()},
        {key: _sound(layers.get(layer), unsound) for key, layer in part.layers.items()},
        total.get("norm"),
        histograms,
        [layer for layer in layers if layer not in heard],
    )


def _sound(layer: nn.Module | None, unsound: set[int]) -> bool:
    return not (unsound and layer) or not any(id(parameter) in unsound for parameter in layer.parameters())


def _total(part: Part, total: Numbers) -> Iterator[Entry]:
    """The norm of all gradients, from that of each."""
    if part.parameters.grad_norm.names:
        yield total, ("norm",), stats.norm(torch.as_tensor(part.parameters.grad_norm.values))[None]


def _outputs(part: Part, layers: Mapping[str, nn.Module | None], found: Mapping[str, Numbers]) -> Iterator[Entry]:
    for key, output in part.outputs.items():
        yield found[key], OUTPUT, output.numbers
        if kind := SATURATING.get(type(layers.get(part.layers[key]))):
            yield found[key], ("saturated_units",), stats.saturated_units(output.moments, kind)[None]


def _moving(numbers: Numbers) -> Numbers:
    """How far a step moved a weight, relative to its size; NaN if that is 0."""
    moved, norm = numbers.pop("moved", None), numbers.get("norm", 0.0)
    return numbers if moved is None else numbers | {"update_ratio": moved / norm if norm > 0 else math.nan}


def _fetch(wanted: Sequence[tuple[Found, int]]) -> list[list[float]]:
    """The first so many numbers of each, in one transfer: every `.item()` of its own would wait for the device."""
    device = next((found.device for found, _ in wanted if isinstance(found, Tensor) and not found.is_cpu), None)
    if device is None:
        return [found[:count].tolist() for found, count in wanted]
    flat = torch.cat([torch.as_tensor(found)[:count].to(device, torch.float64) for found, count in wanted])
    numbers = iter(flat.tolist())
    return [[next(numbers) for _ in range(count)] for _, count in wanted]
