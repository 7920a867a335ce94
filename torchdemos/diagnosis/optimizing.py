"""What the loop does with gradients and weights: gradients that are not cleared, weights that are worn away."""

import math

import numpy as np

from torchdemos.diagnosis.course import course
from torchdemos.diagnosis.finding import ERROR, WARNING, Finding
from torchdemos.diagnosis.history import History, Numbers
from torchdemos.diagnosis.step_size import WORN

ABOVE_BOUND = 1.2  # rounding and regularization of biases stay below
WEARING, OUTWARDS = 0.95, 0.3  # of its first norm; of the length of steps
LEFT = 0.25  # of what a constant answer costs
LOOKS, LATEST = 3, 10  # so many of the latest looks say it
LEFT_SOURCE = "each step is to take the gradient of its own batch"
BOUND_SOURCE = "for a dense layer |dL/db| <= sqrt(rows) |dL/dz| (Cauchy-Schwarz), however large the gradient"


def not_cleared(history: History) -> Finding | None:
    """Gradients hold those of earlier batches: they were there before the block, or are larger than one can make them.

    Silent where some block had no step, because there gradients are accumulated on purpose.
    """
    if not np.isnan(history.numbers(history.totals, "added_gradient_norm")).all():
        return None
    return _left_over(history) or _above_bound(history)


def _left_over(history: History) -> Finding | None:
    """Steps take gradients that hold some from before the block. If all do, they may be gathered on purpose."""
    taken, over = (history.numbers(history.totals, name) for name in ("gradient_norm", "left_over_gradient_norm"))
    held = (over > 0)[~np.isnan(taken)]
    if held.sum() < LOOKS or held.all():
        return None
    often = "at every later look" if held[1:].all() else f"at {held.sum()} of {len(held)} looks"
    evidence = f"The gradient that a step takes holds that of earlier batches, {often}."
    advice = "Call optimizer.zero_grad() once before each backward()."
    return Finding("gradients not cleared", ERROR, None, history.steps[0], evidence, advice, LEFT_SOURCE)


def _above_bound(history: History) -> Finding | None:
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
    """Weights are worn while the loss does not fall, or much of each step goes into that: decay is too strong."""
    return _worn(history) or _wearing(history)


def _wearing(history: History) -> Finding | None:
    """From the first look on weights shrink by a third of what steps move them, as no gradient makes them do alone."""
    sizes, ratios, run = history.weight_sizes(), history.update_ratios(), course(history)
    low = np.flatnonzero(sizes < WEARING)
    left = run.above(LEFT) if math.isfinite(run.constant) else not run.learns
    if not len(low) or not left or run.count < LOOKS or not sizes[-1] < min(WEARING, 1.25 * float(np.nanmin(sizes))):
        return None
    lengths = np.nan_to_num(ratios[:-1]) * np.diff(history.steps)
    share = (1 - float(sizes[low[0]])) / max(float(lengths[: low[0]].sum()), 1e-30)
    if low[0] == 0 or share < OUTWARDS or share > 1.5:  # steps that nobody saw moved them
        return None
    evidence = (
        f"{share:.0%} of what steps moved the median weight made it smaller (warning above {OUTWARDS:.0%}), and it has "
        f"{sizes[-1]:.2g} of its first norm left."
    )
    advice = "Lower weight_decay by a factor of 10 or more."
    source = "torchdemos: of sound runs steps make weights larger, or move them sideways"
    return Finding("shrinking weights", WARNING, None, history.steps[0], evidence, advice, source)


def _worn(history: History) -> Finding | None:
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
