"""Weights that stand still although backward reaches their layers: no step is taken, or it takes nothing."""

import numpy as np

from torchdemos.diagnosis.course import ENOUGH
from torchdemos.diagnosis.finding import ERROR, Finding
from torchdemos.diagnosis.history import History

LOOKS = 5
SOURCE = "a step that changes nothing teaches nothing"


def cleared_too_early(history: History) -> Finding | None:
    """Each step takes gradients of exactly 0, although backward gave layers others."""
    taken = history.numbers(history.totals, "gradient_norm")
    known = taken[~np.isnan(taken)]
    if len(known) < LOOKS or known.any() or not _backward_runs(history):
        return None
    evidence = "Backward gives the layers a gradient, and each step takes one of exactly 0."
    advice = "Call optimizer.zero_grad() before backward(), not between backward() and step()."
    return Finding("not trained", ERROR, None, history.steps[0], evidence, advice, SOURCE)


def never_stepped(history: History) -> Finding | None:
    """Not one weight has changed since the first of twenty looks, no step was seen, and backward runs."""
    steps = ~np.isnan(history.numbers(history.totals, "gradient_norm"))
    norms = [history.numbers(history.parameters[name], "norm") for name in history.weights]
    still = all((row == row[:1]).all() for row in norms)
    if len(history.steps) < ENOUGH or steps.any() or not norms or not still or not _backward_runs(history):
        return None
    evidence = f"No weight has changed in {len(history.steps)} looks, and no optimizer's step took a gradient."
    advice = (
        "Call optimizer.step() after backward() and before zero_grad(), and give the optimizer the parameters of this "
        "model (model.parameters())."
    )
    return Finding("not trained", ERROR, None, history.steps[0], evidence, advice, SOURCE)


def _backward_runs(history: History) -> bool:
    """Whether layers get a gradient at most looks."""
    rows = [history.numbers(own, "norm") > 0 for own in history.gradients.values()]
    return bool(rows) and float(np.any(rows, axis=0).mean()) > 0.5
