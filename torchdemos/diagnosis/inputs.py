"""What the model is given: numbers of a usual size that differ."""

import math

import numpy as np

from torchdemos.diagnosis.course import ENOUGH, course
from torchdemos.diagnosis.finding import ERROR, INFORMATION, WARNING, Finding
from torchdemos.diagnosis.history import History

LARGE, SMALL = 10.0, 0.01  # standard deviation, the large one also for an offset
LOOKS = 3
SOURCE = "LeCun et al., Efficient BackProp (1998): inputs of mean 0 and variance 1"


def unscaled_input(history: History) -> Finding | None:
    """Inputs are far from 0, spread widely or hardly at all, and no normalization comes first.

    Information while the loss falls.
    """
    mean, std = _first(history, "mean"), _first(history, "std")
    first = next(iter(history.kinds.values()), "")
    wide, narrow = std > LARGE or abs(mean) > LARGE, 0 < std < SMALL
    if not (wide or narrow) or not math.isfinite(std + mean) or "Norm" in first or "Embedding" in first:
        return None
    run = course(history)
    level = WARNING if run.count >= ENOUGH and not run.learns else INFORMATION
    evidence = f"What the model is given has mean {mean:.3g} and standard deviation {std:.3g} (usual is 0 and 1)."
    advice = "Scale the input to about mean 0 and standard deviation 1, by feature (of pixels: divide by 255)."
    layer = next(iter(history.outputs), None)
    return Finding("unscaled input", level, layer, history.steps[0], evidence, advice, SOURCE)


def constant_input(history: History) -> Finding | None:
    """Everything that the model is given is one number, at every look."""
    spread, alike = (history.numbers(history.given, name) for name in ("std", "alike"))
    same = np.where(np.isnan(spread), alike == 1, spread == 0)[~(np.isnan(spread) & np.isnan(alike))]
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


def _first(history: History, name: str) -> float:
    return float(history.numbers(history.given, name)[0]) if history.steps else math.nan
