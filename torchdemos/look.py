"""One look at a model in training, in plain numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from torchdemos import stats
from torchdemos.parts import Part
from torchdemos.stats.kernels import Numbers as Found

Numbers = dict[str, float]
Bins = tuple[list[float], list[float]]
Values = NDArray[np.float64]

OUTPUT, SIZE = (*stats.SUMMARY, "dead_units"), ("norm", "abs_max")
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
    """A look as it comes from the device: all numbers in a row, so that hundreds are worked on at once.

    `values` are, in the order of `names`, `OUTPUT` of each output, the share of saturated units of some, `SIZE` of each
    gradient, and three kinds of norms of parameters. `unsound` are the layers whose parameters were not all finite.
    """

    step: int
    names: Names
    values: Values
    histograms: dict[str, Bins]
    layers: dict[str, str]
    unsound: set[str]
    silent: list[str]

    def columns(self) -> tuple[Values, ...]:
        """The values of each of `names`; those of outputs and of gradients a row each."""
        ends = list(accumulate(len(names) * width for names, width in zip(self.names, WIDTHS, strict=True)))
        found = [self.values[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        return found[0].reshape(-1, len(OUTPUT)), found[1], found[2].reshape(-1, len(SIZE)), *found[3:]

    def update_ratios(self) -> Values:
        """How far the step moved each weight of `names.moved`, relative to its size; NaN if that is 0."""
        *_, norm, _, moved = self.columns()
        if len(moved) != len(norm):
            place = {name: i for i, name in enumerate(self.names.norm)}
            norm = norm[[place[name] for name in self.names.moved]]
        return np.divide(moved, norm, out=np.full_like(moved, np.nan), where=norm > 0)

    def look(self) -> Look:
        """The same by name."""
        outputs, saturated, gradients, norm, grad_norm, _ = self.columns()
        activations = {key: dict(zip(OUTPUT, row, strict=True)) for key, row in _named(self.names.outputs, outputs)}
        for key, share in _named(self.names.saturating, saturated):
            activations[key]["saturated_units"] = share
        parameters: dict[str, Numbers] = {}
        kinds = {"norm": norm, "grad_norm": grad_norm, "update_ratio": self.update_ratios()}
        for (what, values), names in zip(kinds.items(), self.names[3:], strict=True):
            for name, value in _named(names, values):
                parameters.setdefault(name, {})[what] = value
        return Look(
            self.step,
            activations,
            {key: dict(zip(SIZE, row, strict=True)) for key, row in _named(self.names.gradients, gradients)},
            parameters,
            {key: layer not in self.unsound for key, layer in self.layers.items()},
            total(grad_norm) if len(grad_norm) else None,
            self.histograms,
            self.silent,
        )


WIDTHS = (len(OUTPUT), 1, len(SIZE), 1, 1, 1)


def _named(names: Sequence[str], values: Values) -> Iterator[tuple[str, Any]]:
    return zip(names, values.tolist(), strict=True)


def total(norms: Values) -> float:
    """The norm of several tensors together, from that of each."""
    return float(np.sqrt(norms @ norms))


def read(step: int, part: Part, layers: Mapping[str, nn.Module | None], parameters: Mapping[str, Tensor]) -> Reading:
    """A look in one transfer from the device.

    `layers` are those that were to be seen, None where they could not be, `parameters` the model's own; both by name.
    """
    outputs, norms = part.outputs, part.parameters[:3]
    gradients = {key: part.gradients[key] for key in outputs if key in part.gradients}
    kinds = {key: kind for key in outputs if (kind := SATURATING.get(type(layers.get(part.layers[key]))))}
    names = Names(tuple(outputs), tuple(kinds), tuple(gradients), *(tuple(column.names) for column in norms))
    wanted: list[Found] = [output.numbers[: len(OUTPUT)] for output in outputs.values()]
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
    broken = ~np.isfinite(found.columns()[3])
    if broken.any():
        ids = {id(parameters.get(name)) for name, lost in zip(names.norm, broken, strict=True) if lost}
        found.unsound.update(_unsound(layers, ids))
    return found


def _bins(drawn: Mapping[str, stats.Histogram], numbers: Values) -> dict[str, Bins]:
    """Counts and edges of each histogram, from all of them in a row."""
    rest = iter(numbers.tolist())
    return {key: ([next(rest) for _ in h.counts], [next(rest) for _ in h.edges]) for key, h in drawn.items()}


def _unsound(layers: Mapping[str, nn.Module | None], broken: set[int]) -> set[str]:
    """Layers that have some of the broken parameters."""
    return {
        name
        for name, layer in layers.items()
        if layer is not None and any(id(parameter) in broken for parameter in layer.parameters())
    }


def _fetch(wanted: Sequence[Found]) -> Values:
    """All numbers in one transfer: every `.item()` of its own would wait for the device."""
    device = next((found.device for found in wanted if isinstance(found, Tensor) and not found.is_cpu), None)
    if device is None:
        return np.concatenate([found.numpy() if isinstance(found, Tensor) else found for found in wanted], dtype=float)
    tensors = [torch.as_tensor(found).to(device, torch.float64) for found in wanted]
    numbers: Values = torch.cat(tensors).cpu().numpy()
    return numbers
