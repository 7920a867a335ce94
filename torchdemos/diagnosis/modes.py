"""Layers whose mode or setting keeps a network from learning."""

import math
import re

import numpy as np

from torchdemos.diagnosis.course import ENOUGH, course
from torchdemos.diagnosis.finding import INFORMATION, WARNING, Finding, named
from torchdemos.diagnosis.history import History
from torchdemos.diagnosis.step_size import untrained

FAR = 3.0  # times 1, the spread that a normalization with the right statistics gives
MUCH_DROPOUT = 0.8
EVALUATION = "in evaluation"
MOMENTUM = " momentum "
SOURCE = "Ioffe & Szegedy (2015): the running statistics are those of earlier training batches"


def batch_norm_in_evaluation(history: History) -> Finding | None:
    """A batch normalization uses running statistics in training; a warning where they do not fit what it is given."""
    layers = [name for name, kind in history.kinds.items() if "BatchNorm" in kind and kind.endswith(EVALUATION)]
    if not layers or not history.gradients:
        return None
    spreads = {name: _first(history, name) for name in layers}
    wrong = [name for name, spread in spreads.items() if spread > FAR or spread < 1 / FAR]
    layer = (wrong or layers)[0]
    evidence = (
        f"{layer!r} is in evaluation: it gives a standard deviation of {spreads[layer]:.3g}, where about 1 is usual."
    )
    advice = "Call model.train() before training; keep it so only if its statistics are those of this data."
    level = WARNING if wrong and not course(history).learns else INFORMATION
    return Finding("batch norm in evaluation", level, layer, history.steps[0], evidence, advice, SOURCE)


def batch_norm_momentum(history: History) -> Finding | None:
    """Running statistics never change, or are those of the latest batch alone: evaluation will use them."""
    layers = [name for name, kind in history.kinds.items() if "BatchNorm" in kind and MOMENTUM in kind]
    if not layers or not history.gradients:
        return None
    momentum = history.kinds[layers[0]].partition(MOMENTUM)[2]
    evidence = f"{named(layers)}: momentum {momentum}, so that running statistics " + (
        "never change." if momentum == "0" else "are those of the latest batch alone."
    )
    advice = "Leave momentum at 0.1: evaluation uses the running statistics."
    return Finding("batch norm momentum", WARNING, layers[0], history.steps[0], evidence, advice, SOURCE)


def bottleneck(history: History) -> Finding | None:
    """All that later layers are given passes a single unit; information once half of the loss is gone."""
    feeding = {feeder for own in history.fed_by.values() for feeder in own}
    narrow = [name for name in feeding if history.kinds.get(name, "").endswith(" → 1")]
    later = [name for name, own in history.fed_by.items() if len(own) == 1 and own[0] in narrow]
    run = course(history)
    if not later or not run.count >= ENOUGH:
        return None
    layer = history.fed_by[later[0]][0]
    evidence = f"{layer!r} has one unit, and {later[0]!r} is given nothing else."
    level = WARNING if run.above(0.4) else INFORMATION
    source = "a function of one number tells classes apart by intervals"
    return Finding("bottleneck", level, layer, history.steps[0], evidence, "Make it wider: 8 units or more.", source)


def too_much_dropout(history: History) -> Finding | None:
    """A dropout layer drops more than four fifths of the units; information once half of the loss is gone."""
    shares = {name: _share(kind) for name, kind in history.kinds.items() if "Dropout" in kind}
    layer = max(shares, key=lambda name: shares[name], default=None)
    if layer is None or shares[layer] <= MUCH_DROPOUT:
        return None
    run = course(history)
    level = WARNING if run.poor or untrained(history, run) else INFORMATION
    evidence = f"{layer!r} drops {shares[layer]:.0%} of its units (much above {MUCH_DROPOUT:.0%})."
    return Finding(
        "too much dropout", level, layer, history.steps[0], evidence, "Lower p to 0.5 or less.",
        "Srivastava et al. (2014): 0.5 in hidden layers, 0.2 at the input",
    )  # fmt: skip


def _first(history: History, layer: str) -> float:
    row = history.numbers(history.outputs.get(layer, {}), "std")
    known = row[np.isfinite(row)]
    return float(known[0]) if len(known) else math.nan


def _share(kind: str) -> float:
    number = re.search(r"\d*\.?\d+$", kind.partition(" ")[2])
    return float(number[0]) if number else 0.0
