"""One look at a model in training, in plain numbers."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

from torchdemos import stats
from torchdemos.stats.vectors import Float64Array
from torchdemos.watching.capture import Capture
from torchdemos.watching.layer_words import in_words
from torchdemos.watching.outputs import OutputStatistics
from torchdemos.watching.parameters import GRADIENT_NORMS

Statistics = dict[str, float]
Bins = tuple[list[float], list[float]]

EQUAL = 1e-5  # of their size: a matrix product may sum the same numbers in another order for another unit
GRADIENT_STATISTICS = ("norm", "abs_max")
NOT_EQUAL = np.zeros(1)
SATURATING: dict[type, str] = {
    nn.Sigmoid: "sigmoid",
    nn.Tanh: "tanh",
    nn.Softsign: "softsign",
    nn.Hardtanh: "hardtanh",
    nn.Hardsigmoid: "hardsigmoid",
    nn.ReLU6: "relu6",
}


@dataclass(frozen=True)
class Look:
    """Plain numbers of one watched step; the keys of layers are those of a `Tape`, in call order.

    `activations`: mean, std, abs_max, zero_fraction, finite_fraction, dead_units, long_dead (the share of units that
    were active in none of the last thousand samples, once there are so many), equal_units (1 where all units gave
    the same) and, for sigmoid, tanh and their kin, saturated_units; those of units are NaN where nobody knows which
    dimension of the output holds them.
    `gradients`: norm and abs_max of d loss / d output.
    `parameters`: norm before the step, grad_norm (of the gradient that the optimizer's step took), update_ratio and
    added_grad_norm (of what backward added in a block without a step), each where there is one.
    `weights_finite`: whether all parameters of a layer were finite before the step. `loss`: the mean of the losses that
    were given in the block, None if none was.
    `gradient_norm`: all gradients that the optimizer's step took together, None if no optimizer took a step, or if some
    gradient could not be measured, and so for the next three.
    `unclipped_gradient_norm`: the same as backward left them, None where the loop does not change them.
    `added_gradient_norm`: what backward added to the gradients in a block without a step, else None.
    `left_over_gradient_norm`: what they held from before the block when a step took them, None for nothing.
    `optimizer`: learning_rate, weight_decay, momentum and square_memory of the latest step. `histograms`,
    `parameter_histograms` and `gradient_histograms`: (counts, edges) of outputs, of the values of parameters before the
    step, and of the gradients that it took. `silent`: layers that gave no activation. `without_gradient`: parameters
    that require a gradient and got none, while others did. `kinds`: what each layer is, as in `Linear 20 → 64`, and
    `rows` how many rows of units it gave, where the units are known.
    `given`: mean, std, abs_max, zero_fraction and finite_fraction of what the model was given, or of integers only
    alike, 1 where all are the same. `answer`: the same of an answer [rows, units], rows, units, and grad_norm,
    grad_abs_max and grad_shared (the norm of its sum over rows) of d loss / d answer. Both are empty where that is
    unknown.
    `frozen`: parameters that require no gradient. `fed_by`: the layers with parameters that feed each of them.
    """

    step: int
    activations: dict[str, Statistics]
    gradients: dict[str, Statistics]
    parameters: dict[str, Statistics]
    weights_finite: dict[str, bool]
    loss: float | None
    gradient_norm: float | None
    unclipped_gradient_norm: float | None
    added_gradient_norm: float | None
    left_over_gradient_norm: float | None
    optimizer: Statistics
    histograms: dict[str, Bins]
    parameter_histograms: dict[str, Bins]
    gradient_histograms: dict[str, Bins]
    silent: list[str]
    without_gradient: list[str]
    kinds: dict[str, str]
    rows: dict[str, int]
    given: Statistics
    answer: Statistics
    frozen: list[str]
    fed_by: dict[str, list[str]]

    def flat(self) -> dict[str, float]:
        """Every single number by one name, for whatever logs a mapping: `gradients/fc1/norm`, `gradient_norm`, ...

        ```python
        if around.last and around.last.step == step:
            wandb.log(around.last.flat(), step=step)
        ```
        """
        kinds = {"activations": self.activations, "gradients": self.gradients, "parameters": self.parameters}
        found = {
            f"{kind}/{name}/{statistic}": value
            for kind, named in kinds.items()
            for name, statistics in named.items()
            for statistic, value in statistics.items()
        }
        totals = ("loss", "gradient_norm", "unclipped_gradient_norm", "added_gradient_norm")
        found |= {f"optimizer/{name}": value for name, value in self.optimizer.items()}
        return found | {total: value for total in totals if (value := getattr(self, total)) is not None}


def take_look(
    step: int,
    capture: Capture,
    layers: Mapping[str, nn.Module | None],
    parameters: Mapping[str, Tensor],
    long_dead: Mapping[str, Float64Array],
    fed_by: Mapping[str, list[str]],
) -> Look:
    """The plain numbers of a capture.

    `layers` are those that were to be seen, None where they could not be, `parameters` the model's own; both by name.
    """
    outputs = capture.outputs
    several = {key: output for key, output in outputs.items() if output.units > 1}
    gradients = {key: capture.gradients[key] for key in outputs if key in capture.gradients}
    saturating = {key: kind for key in outputs if (kind := SATURATING.get(type(layers.get(capture.layers[key]))))}
    histograms = (
        {key: output.histogram for key, output in outputs.items() if output.histogram},
        capture.parameters.distributions,
        capture.parameters.gradient_distributions,
    )
    numbers = _in_turn(  # in the order in which they are read below
        [
            *(output.numbers[: len(stats.OUTPUT_STATISTICS)] for output in outputs.values()),
            *([stats.saturated_units(outputs[key].moments, kind)] for key, kind in saturating.items()),
            *(equal_units(output) for output in several.values()),
            *long_dead.values(),
            *gradients.values(),
            *(column.values for column in capture.parameters.norms.values()),
            *(bins for found in histograms for h in found.values() for bins in (h.counts, h.edges)),
            *capture.losses,
            *(end.numbers[: len(stats.SUMMARY)] for end in capture.ends.values()),
            *capture.end_gradients.values(),
            *capture.alike.values(),
        ]
    )
    activations = {key: _read(stats.OUTPUT_STATISTICS, numbers) for key in outputs}
    for key in saturating:
        activations[key]["saturated_units"] = next(numbers)
    for key in several:
        activations[key]["equal_units"] = next(numbers)
    for key in long_dead:
        activations[key]["long_dead"] = next(numbers)
    of_gradients = {key: _read(GRADIENT_STATISTICS, numbers) for key in gradients}
    columns = {kind: _read(norms.names, numbers) for kind, norms in capture.parameters.norms.items()}
    of_parameters = _by_parameter(columns)
    complete = not capture.parameters.incomplete
    totals = {kind: _total_norm(columns[kind].values()) if complete else None for kind in GRADIENT_NORMS}
    bins = [{key: _read_bins(histogram, numbers) for key, histogram in found.items()} for found in histograms]
    losses = [next(numbers) for _ in capture.losses]
    ends = {end: _read(stats.SUMMARY, numbers) for end in capture.ends}
    if "answer" in ends:
        ends["answer"] |= _size(capture.ends["answer"])
    for end in capture.end_gradients:
        ends.setdefault(end, {}).update(_read(("grad_norm", "grad_abs_max", "grad_shared"), numbers))
    for end in capture.alike:
        ends.setdefault(end, {})["alike"] = next(numbers)
    seen = set(capture.layers.values())
    layer_of = {key: capture.layers[key] for key in outputs}
    return Look(
        step,
        activations,
        of_gradients,
        of_parameters,
        _weights_finite(layer_of, layers, of_parameters, parameters),
        sum(losses) / len(losses) if losses else None,
        totals["grad_norm"],
        totals["unclipped"],
        totals["added"],
        totals["left_over"],
        dict(capture.parameters.optimizer),
        bins[0],
        bins[1],
        bins[2],
        [layer for layer in layers if layer not in seen],
        capture.parameters.without_gradient,
        {key: in_words(layers.get(layer)) for key, layer in layer_of.items()},
        {key: output.elements // output.units for key, output in outputs.items() if output.units},
        ends.get("given", {}),
        ends.get("answer", {}),
        [name for name, parameter in parameters.items() if not parameter.requires_grad],
        {layer: list(feeders) for layer, feeders in fed_by.items()},
    )


def equal_units(output: OutputStatistics) -> Float64Array:
    """Whether all units have the same mean and the same mean square, [1], but for rounding: copies of one unit have.

    Means that are themselves no more than rounding, as those of normalized units are, have to be the same exactly.
    """
    moments, units = output.numbers[len(stats.OUTPUT_STATISTICS) :], output.units
    square, next_square = moments[units : units + 2].tolist()
    if not abs(square - next_square) <= EQUAL * square:  # True for NaN and inf
        return NOT_EQUAL  # in most layers two units tell
    means, squares = moments.reshape(2, units)
    size = math.sqrt(square)
    within = EQUAL * size if abs(means[0]) > EQUAL * size else 0.0
    apart = np.abs(means - means[0]).max(), np.abs(squares - square).max()
    return np.array([float(apart[0] <= within and apart[1] <= EQUAL * square)])


def _size(answer: OutputStatistics) -> Statistics:
    return {"units": float(answer.units), "rows": float(answer.elements // max(answer.units, 1))}


def _in_turn(wanted: Sequence[Any]) -> Iterator[float]:
    """All numbers of arrays, lists and tensors on the CPU, one by one."""
    return iter(np.concatenate(wanted).astype(np.float64).tolist())


def _read(names: Sequence[str], numbers: Iterator[float]) -> Statistics:
    """The next numbers, by name."""
    return dict(zip(names, numbers, strict=False))  # it leaves what comes after them


def _read_bins(histogram: stats.Histogram, numbers: Iterator[float]) -> Bins:
    return [next(numbers) for _ in histogram.counts], [next(numbers) for _ in histogram.edges]


def _by_parameter(columns: Mapping[str, Statistics]) -> dict[str, Statistics]:
    found: dict[str, Statistics] = {name: {"norm": norm} for name, norm in columns["norm"].items()}
    for kind, statistic in (("grad_norm", "grad_norm"), ("added", "added_grad_norm")):
        for name, norm in columns[kind].items():
            found.setdefault(name, {})[statistic] = norm
    for name, change in columns["change"].items():
        norm = found[name]["norm"]
        found[name]["update_ratio"] = change / norm if norm > 0 else 0.0 if change == 0 else math.nan
    return found


def _weights_finite(
    keys: Mapping[str, str],
    layers: Mapping[str, nn.Module | None],
    norms: Mapping[str, Statistics],
    parameters: Mapping[str, Tensor],
) -> dict[str, bool]:
    """Whether all parameters of each key's layer were finite: then their norms are."""
    broken = {id(parameters.get(name)) for name, found in norms.items() if not math.isfinite(found.get("norm", 0.0))}
    if not broken:
        return dict.fromkeys(keys, True)
    own = {name: set(map(id, layer.parameters())) for name, layer in layers.items() if layer is not None}
    return {key: broken.isdisjoint(own.get(layer, ())) for key, layer in keys.items()}


def _total_norm(norms: Iterable[float]) -> float | None:
    """The norm of several tensors together, from that of each; None for none."""
    squares = [norm * norm for norm in norms]
    return math.sqrt(sum(squares)) if squares else None
