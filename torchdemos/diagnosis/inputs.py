"""What the model is given: numbers of a usual size that differ."""

import math

import numpy as np

from torchdemos.diagnosis.course import ENOUGH, course
from torchdemos.diagnosis.finding import ERROR, INFORMATION, WARNING, Finding
from torchdemos.diagnosis.history import History
from torchdemos.diagnosis.squared_error import is_squared

LARGE, SMALL = 10.0, 0.02  # standard deviation, the large one also for an offset
UNEVEN = 100  # times the least spread of a batch
LOOKS = 3
SOURCE = "LeCun et al., Efficient BackProp (1998): inputs of mean 0 and variance 1"


def unscaled_input(history: History) -> Finding | None:
    """Inputs are far from 0, spread widely or hardly at all, and no normalization comes first.

    Information once the loss falls, which without a normalization behind the first layer must come far.
    """
    mean, std = _first(history, "mean"), _first(history, "std")
    first = next(iter(history.kinds.values()), "")
    wide, narrow = std > LARGE or abs(mean) > LARGE, 0 < std < SMALL
    if not (wide or narrow) or not math.isfinite(std + mean) or "Norm" in first or "Embedding" in first:
        return None
    run = course(history)
    much = not run.learns or (run.above(0.25) and not _normed(history))
    level = WARNING if run.count >= ENOUGH and much else INFORMATION
    evidence = f"What the model is given has mean {mean:.3g} and standard deviation {std:.3g} (usual is 0 and 1)."
    advice = "Scale the input to about mean 0 and standard deviation 1, by feature (of pixels: divide by 255)."
    layer = next(iter(history.outputs), None)
    return Finding("unscaled input", level, layer, history.steps[0], evidence, advice, SOURCE)


def unscaled_targets(history: History) -> Finding | None:
    """Targets of a squared error lie ten times farther from the first answers than those vary; that may be meant."""
    spread = float(history.numbers(history.answer, "std")[0]) if history.steps else math.nan
    if not is_squared(history) or not history.losses or not history.losses[0][1] > (LARGE * max(spread, 1.0)) ** 2:
        return None
    far = math.sqrt(history.losses[0][1])
    evidence = (
        f"Targets lie about {far:.3g} away from the first answers, which have a standard deviation of {spread:.2g}."
    )
    advice = "Scale the targets to mean 0 and standard deviation 1, or begin with their mean as the last bias."
    return Finding("unscaled targets", INFORMATION, history.last_layer, history.steps[0], evidence, advice, SOURCE)


def uneven_input(history: History) -> Finding | None:
    """Some batches spread a hundred times as widely as others: a few samples have other units."""
    spread = history.numbers(history.given, "std")
    known = spread[np.isfinite(spread) & (spread > 0)]
    if len(known) < LOOKS or not known.max() > UNEVEN * known.min():
        return None
    run = course(history)
    level = WARNING if run.count >= ENOUGH and run.poor else INFORMATION
    evidence = (
        f"Batches have standard deviations from {known.min():.3g} to {known.max():.3g}: some samples lie far out."
    )
    advice = "Scale the input to about 1 without those samples, and look at them: their units may be others."
    layer = next(iter(history.outputs), None)
    return Finding("unscaled input", level, layer, history.steps[0], evidence, advice, SOURCE)


def constant_input(history: History) -> Finding | None:
    """Everything that the model is given is one number, at every look."""
    spread, alike = (history.numbers(history.given, name) for name in ("std", "alike"))
    same = np.where(np.isnan(spread), alike == 1, (spread == 0) & (alike != 0))[~(np.isnan(spread) & np.isnan(alike))]
    if len(same) < LOOKS or not same.all():
        return None
    mean = float(history.numbers(history.given, "mean")[0])
    number = "the same" if math.isnan(mean) else f"{mean:.3g}"
    evidence = f"Every number that the model is given is {number}, at every look."
    advice = "Look at one batch as it comes out of the loader: the data is lost on its way there."
    layer = next(iter(history.outputs), None)
    return Finding(
        "constant input", ERROR, layer, history.steps[0], evidence, advice, "an input that is one number tells nothing"
    )


def _normed(history: History) -> bool:
    """Whether a normalization is among the first layers: then the size of the input makes no difference."""
    return any("Norm" in kind for kind in list(history.kinds.values())[:4])


def _first(history: History, name: str) -> float:
    return float(history.numbers(history.given, name)[0]) if history.steps else math.nan
