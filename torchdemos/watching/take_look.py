"""What is captured of a step becomes a look: all its numbers are brought over together, then each gets its name."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor, nn

from torchdemos import stats
from torchdemos.stats.vectors import Float64Array
from torchdemos.watching.capture import Capture
from torchdemos.watching.equal_units import equal_units
from torchdemos.watching.layer_words import in_words
from torchdemos.watching.look import Bins, Look, Statistics
from torchdemos.watching.outputs import OutputStatistics
from torchdemos.watching.parameters import GRADIENT_NORMS

GRADIENT_STATISTICS = ("norm", "abs_max")
ANSWER_GRADIENT_STATISTICS = ("grad_norm", "grad_abs_max", "grad_shared")
SATURATING: dict[type, str] = {
    nn.Sigmoid: "sigmoid",
    nn.Tanh: "tanh",
    nn.Softsign: "softsign",
    nn.Hardtanh: "hardtanh",
    nn.Hardsigmoid: "hardsigmoid",
    nn.ReLU6: "relu6",
}


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
    ends = _read_ends(capture, numbers)
    layer_of = {key: capture.layers[key] for key in outputs}
    seen = set(capture.layers.values())
    return Look(
        step=step,
        activations=activations,
        gradients=of_gradients,
        parameters=of_parameters,
        weights_finite=_weights_finite(layer_of, layers, of_parameters, parameters),
        loss=sum(losses) / len(losses) if losses else None,
        gradient_norm=totals["grad_norm"],
        unclipped_gradient_norm=totals["unclipped"],
        added_gradient_norm=totals["added"],
        left_over_gradient_norm=totals["left_over"],
        optimizer=dict(capture.parameters.optimizer),
        histograms=bins[0],
        parameter_histograms=bins[1],
        gradient_histograms=bins[2],
        silent=[layer for layer in layers if layer not in seen],
        without_gradient=capture.parameters.without_gradient,
        kinds={key: in_words(layers.get(layer)) for key, layer in layer_of.items()},
        rows={key: output.elements // output.units for key, output in outputs.items() if output.units},
        given=ends.get("given", {}),
        answer=ends.get("answer", {}),
        frozen=[name for name, parameter in parameters.items() if not parameter.requires_grad],
        fed_by={layer: list(feeders) for layer, feeders in fed_by.items()},
    )


def _read_ends(capture: Capture, numbers: Iterator[float]) -> dict[str, Statistics]:
    """What is known of what the model was given, and of its answer."""
    ends = {end: _read(stats.SUMMARY, numbers) for end in capture.ends}
    if "answer" in ends:
        ends["answer"] |= _size(capture.ends["answer"])
    for end in capture.end_gradients:
        ends.setdefault(end, {}).update(_read(ANSWER_GRADIENT_STATISTICS, numbers))
    for end in capture.alike:
        ends.setdefault(end, {})["alike"] = next(numbers)
    return ends


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
