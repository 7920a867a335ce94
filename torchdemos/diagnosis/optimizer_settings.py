"""What the optimizer is told: numbers that cannot be meant so."""

import math

import numpy as np

from torchdemos.diagnosis.course import course
from torchdemos.diagnosis.finding import WARNING, Finding
from torchdemos.diagnosis.history import History
from torchdemos.diagnosis.step_size import USUAL, untrained

OVER = 0.01  # of the largest learning rate so far
SOURCE = "Kingma & Ba, Adam (2015), whose proof needs beta1^2 < sqrt(beta2)"


def betas_swapped(history: History) -> Finding | None:
    """Adam remembers gradients for longer than their squares."""
    first, second = (history.numbers(history.optimizer, name)[-1:] for name in ("momentum", "square_memory"))
    if not len(first) or not first[0] ** 2 >= math.sqrt(max(second[0], 0.0)):  # False for NaN
        return None
    evidence = f"The optimizer's betas are {first[0]:g} and {second[0]:g}: gradients outlast their squares."
    advice = "Swap them: betas=(0.9, 0.999) is usual."
    return Finding("betas swapped", WARNING, None, history.steps[0], evidence, advice, SOURCE)


def rate_is_over(history: History) -> Finding | None:
    """The learning rate has come down to a hundredth of what it was, and nothing is learnt yet."""
    rates, run = history.numbers(history.optimizer, "learning_rate"), course(history)
    known = rates[np.isfinite(rates)]
    if len(known) < 2 or not known[-1] < OVER * known.max() or not run.above(0.8) or not untrained(history, run):
        return None
    full = history.update_ratios()[rates > 0.5 * known.max()]
    if float(np.median(full[np.isfinite(full)] if np.isfinite(full).any() else [1.0])) < USUAL:
        return None  # it was too small before
    step = history.steps[int(np.flatnonzero(rates >= OVER * known.max())[-1]) + 1]
    evidence = (
        f"The learning rate went from {known.max():.3g} to {known[-1]:.3g}, and the loss is still {run.recent:.3g}."
    )
    advice = "Check the schedule: it ends before anything is learnt, as one for epochs does that is stepped each batch."
    return Finding("not trained", WARNING, None, step, evidence, advice, "a step that changes nothing teaches nothing")
