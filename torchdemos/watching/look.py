"""One look at a model in training, in plain numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from torchdemos import stats
from torchdemos.stats.kernels import Numbers as Found
from torchdemos.watching.capture import Part

Numbers = dict[str, float]
Bins = tuple[list[float], list[float]]

SIZE = ("norm", "abs_max")
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


class Names(NamedTuple):
    """Of what a look has numbers: outputs and gradients by key, parameters by name."""

    outputs: tuple[str, ...]
    saturating: tuple[str, ...]
    gradients: tuple[str, ...]
    norm: tuple[str, ...]
    grad_norm: tuple[str, ...]
    moved: tuple[str, ...]


class Reading(NamedTuple):
    """A look as it comes from the device: all numbers in a row, of which hundreds are worked on at once.

    `values` are, in the order of `names`, `stats.MEASURED` of each output, the share of saturated units of some, `SIZE`
    of each gradient, and three kinds of norms of parameters. `unsound` are the layers whose parameters were not all
    finite.
    """

    step: int
    names: Names
    values: list[float]
    histograms: dict[str, Bins]
    layers: dict[str, str]
    unsound: set[str]
    silent: list[str]

    def columns(self) -> list[list[float]]:
        """The values of each of `names`, one after the other."""
        ends = list(accumulate(len(names) * width for names, width in zip(self.names, WIDTHS, strict=True)))
        return [self.values[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def of_outputs(self, statistic: str) -> list[float]:
        """One statistic of each output."""
        return self.columns()[0][stats.MEASURED.index(statistic) :: len(stats.MEASURED)]

    def look(self) -> Look:
        """The same by name."""
        outputs, saturated, gradients, norm, grad_norm, moved = self.columns()
        activations = _by_name(self.names.outputs, stats.MEASURED, outputs)
        for key, share in zip(self.names.saturating, saturated, strict=True):
            activations[key]["saturated_units"] = share
        parameters: dict[str, Numbers] = {}
        kinds = {"norm": norm, "grad_norm": grad_norm, "update_ratio": update_ratios(self.names, norm, moved)}
        for (what, values), names in zip(kinds.items(), self.names[3:], strict=True):
            for name, value in zip(names, values, strict=True):
                parameters.setdefault(name, {})[what] = value
        return Look(
            self.step,
            activations,
            _by_name(self.names.gradients, SIZE, gradients),
            parameters,
            {key: layer not in self.unsound for key, layer in self.layers.items()},
            total(grad_norm) if grad_norm else None,
            self.histograms,
            self.silent,
        )


WIDTHS = (len(stats.MEASURED), 1, len(SIZE), 1, 1, 1)


def total(norms: Sequence[float]) -> float:
    """The norm of several tensors together, from that of each."""
    return math.sqrt(sum([norm * norm for norm in norms]))


def update_ratios(names: Names, norm: Sequence[float], moved: Sequence[float]) -> list[float]:
    """How far the step moved each weight of `names.moved`, relative to its size; NaN if that is 0."""
    sizes = dict(zip(names.norm, norm, strict=True))
    starts = [sizes[name] for name in names.moved]
    return [away / start if start > 0 else math.nan for away, start in zip(moved, starts, strict=True)]


def _by_name(keys: Sequence[str], statistics: Sequence[str], values: Sequence[float]) -> dict[str, Numbers]:
    rows = zip(*[iter(values)] * len(statistics), strict=True)
    return {key: dict(zip(statistics, row, strict=True)) for key, row in zip(keys, rows, strict=True)}


def read(step: int, part: Part, layers: Mapping[str, nn.Module | None], parameters: Mapping[str, Tensor]) -> Reading:
    """A look in one transfer from the device.

    `layers` are those that were to be seen, None where they could not be, `parameters` the model's own; both by name.
    """
    outputs, norms = part.outputs, part.parameters[:3]
    gradients = {key: part.gradients[key] for key in outputs if key in part.gradients}
    kinds = {key: kind for key in outputs if (kind := SATURATING.get(type(layers.get(part.layers[key]))))}
    names = Names(tuple(outputs), tuple(kinds), tuple(gradients), *(tuple(column.names) for column in norms))
    wanted: list[Found] = [output.numbers[: len(stats.MEASURED)] for output in outputs.values()]
    wanted += [stats.saturated_units(outputs[key].moments, kind)[None] for key, kind in kinds.items()]
    wanted += [*gradients.values(), *(column.values for column in norms)]
    drawn = {key: output.histogram for key, output in outputs.items() if output.histogram}
    for histogram in drawn.values():
        wanted += [histogram.counts, histogram.edges]
    fetched = _fetch(wanted)
    heard = set(part.layers.values())
    silent = [layer for layer in layers if layer not in heard]
    size = sum(len(own) * width for own, width in zip(names, WIDTHS, strict=True))
    found = Reading(step, names, fetched[:size], _bins(drawn, fetched[size:]), part.layers, set(), silent)
    _, _, _, norm, *_ = found.columns()
    if not math.isfinite(sum(norm)):
        broken = [name for name, size in zip(names.norm, norm, strict=True) if not math.isfinite(size)]
        found.unsound.update(_having(layers, {id(parameters.get(name)) for name in broken}))
    return found


def _bins(drawn: Mapping[str, stats.Histogram], numbers: Sequence[float]) -> dict[str, Bins]:
    """Counts and edges of each histogram, from all of them in a row."""
    rest = iter(numbers)
    return {key: ([next(rest) for _ in h.counts], [next(rest) for _ in h.edges]) for key, h in drawn.items()}


def _having(layers: Mapping[str, nn.Module | None], some: set[int]) -> set[str]:
    """Layers that have some of the parameters with these ids."""
    parameters = {name: layer.parameters() for name, layer in layers.items() if layer is not None}
    return {name for name, own in parameters.items() if not some.isdisjoint(map(id, own))}


def _fetch(wanted: Sequence[Found]) -> list[float]:
    """All numbers in one transfer: every `.item()` of its own would wait for the device."""
    device = next((found.device for found in wanted if isinstance(found, Tensor) and not found.is_cpu), None)
    if device is None:
        together = np.concatenate([found.numpy() if isinstance(found, Tensor) else found for found in wanted])
    else:
        together = torch.cat([torch.as_tensor(found).to(device, torch.float64) for found in wanted]).cpu().numpy()
    numbers: list[float] = together.astype(np.float64).tolist()
    return numbers
