"""What the loop does with gradients and weights: gradients that are not cleared, weights that are worn away."""

import math

import numpy as np

from torchdemos.diagnosis.course import course
from torchdemos.diagnosis.finding import ERROR, WARNING, Finding
from torchdemos.diagnosis.history import History, Numbers
from torchdemos.diagnosis.step_size import WORN

ABOVE_BOUND = 1.2  # rounding and regularization of biases stay below
LOOKS, LATEST = 3, 10  # so many of the latest looks say it
BOUND_SOURCE = "for a dense layer |dL/db| <= sqrt(rows) |dL/dz| (Cauchy-Schwarz), however large the gradient"


def not_cleared(history: History) -> Finding | None:
    """The gradient of a bias is larger than one batch can make it: it holds those of earlier batches.

    Silent where some block had no step, because there gradients are accumulated on purpose.
    """
    if not np.isnan(history.numbers(history.totals, "added_gradient_norm")).all():
        return None
    above = {name: _times_bound(history, name) for name in history.parameters if name.endswith(".bias")}
    high = {name: row for name, row in above.items() if (row[~np.isnan(row)][-LATEST:] > ABOVE_BOUND).sum() >= LOOKS}
    if not high:
        return None
    name = max(high, key=lambda own: float(np.nanmax(high[own])))
    layer, row = history.layer_of(name), high[name]
    evidence = (
        f"The gradient of {name!r} is up to {np.nanmax(row):.3g} times as large as this batch can make it: it holds "
        "those of earlier batches."
    )
    advice = "Call optimizer.zero_grad() once before each backward()."
    return Finding("gradients not cleared", ERROR, layer, history.steps[0], evidence, advice, BOUND_SOURCE)


def _times_bound(history: History, bias: str) -> Numbers:
    layer = history.layer_of(bias)
    rows = history.rows.get(layer, math.nan) if history.kinds.get(layer, "").startswith("Linear") else math.nan
    bound = math.sqrt(rows) * history.numbers(history.gradients.get(layer, {}), "norm")
    taken = history.numbers(history.parameters[bias], "grad_norm")
    with np.errstate(divide="ignore", invalid="ignore"):
        times = taken / bound
    return np.where((bound > 0) & np.isfinite(bound) & np.isfinite(taken), times, np.nan)


def shrinking_weights(history: History) -> Finding | None:
    """Weights are worn to less than half of their size while the loss does not fall: decay outweighs the gradient."""
    run = course(history)
    sizes = history.weight_sizes()
    known = sizes[np.isfinite(sizes)]
    if len(known) < LOOKS or run.learns or known[-1] > WORN or not bool((np.diff(known[-LOOKS:]) <= 0).all()):
        return None
    level = ERROR if known[-1] < WORN / 5 else WARNING
    step = history.steps[int(np.argmax(np.nan_to_num(sizes, nan=1.0) < 0.8))]
    evidence = (
        f"The median weight has {known[-1]:.2g} of its first norm left (warning below {WORN:g}), and it shrinks on."
    )
    advice = "Lower weight_decay by a factor of 10 or more."
    return Finding(
        "shrinking weights", level, None, step, evidence, advice, "torchdemos: healthy runs keep nine tenths"
    )
