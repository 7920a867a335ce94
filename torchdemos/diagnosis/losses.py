"""What the loss reveals by itself: that it rises, is below its minimum, or tells of a constant answer."""

import math
from statistics import median

import numpy as np

from torchdemos.diagnosis.constant_answer import guessing
from torchdemos.diagnosis.course import ENOUGH, Course, course
from torchdemos.diagnosis.finding import ERROR, WARNING, Finding
from torchdemos.diagnosis.history import History, Numbers
from torchdemos.diagnosis.squared_error import is_negated, is_squared
from torchdemos.diagnosis.step_size import LARGE

ENDLESS = 100  # times its start that a negative loss is below 0
TOLERANCE = 0.01  # distance from a floor as a share of it
MANY_STEPS, TRAVELLED = 75, 0.3  # before a loss that stays is held against anything; share of their size
PLATEAU = 4  # times as many
ESTIMATED = 0.07  # precision of the cost of a constant answer, out of gradients
FLOOR_SOURCE = "the floors are exact (Gibbs' inequality and the definitions of the losses); torchdemos allows 1 %"


def below_minimum(history: History) -> Finding | None:
    """The loss is below the lowest value that it can take, which must be known, by more than rounding."""
    below = [(step, loss) for step, loss in history.losses if loss < history.loss_minimum - 1e-6]
    if not below:
        return None
    evidence = f"The loss is {below[0][1]:.3g} at step {below[0][0]}, below its minimum of {history.loss_minimum:g}."
    advice = "Most often nll_loss was given logits or probabilities: use cross_entropy on logits."
    source = "cross entropy and squared error are sums of terms that are never negative"
    return Finding("loss below its minimum", WARNING, None, below[0][0], evidence, advice, source)


def rising(history: History) -> Finding | None:
    """The loss is maximized: that of a classifier rises from a guess with steps of a usual size, or it falls below 0
    without end."""
    run, guess = course(history), guessing(history)
    losses = np.array([loss for _, loss in history.losses if math.isfinite(loss)])
    if len(losses) < 3:
        return None
    climbs = _climbs(history, losses) or _negated(history, losses)
    ratios = history.update_ratios()
    usual = not bool((ratios[np.isfinite(ratios)][:8] > LARGE).any())
    begins = abs(abs(run.start) - guess) < 0.3 * guess  # False for NaN
    classifies = begins and usual and _rises(losses, run)
    endless = run.start < 0 and run.last < ENDLESS * run.start
    if not (climbs or (len(losses) >= 8 and (classifies or endless))):
        return None
    evidence = f"The loss went from {run.initial:.3g} to {run.last:.3g}, away from what is right."
    advice = "Check the sign: minimize the loss itself, not its negative (and no maximize=True)."
    return Finding(
        "rising loss", ERROR, None, history.losses[0][0], evidence, advice, "gradient descent lowers the loss"
    )


def _negated(history: History, losses: Numbers) -> bool:
    """A cross entropy begins at minus what guessing costs, or a squared error is negative: neither ever is."""
    guess, first = guessing(history), losses[:3]
    begins = bool((np.abs(first / guess + 1) < 0.15).all())
    falls = guess > 1 or losses[-1] < 3 * losses[0]  # near -ln 2 a likelihood may begin by chance
    return (begins and falls) or is_negated(history)


def _climbs(history: History, losses: Numbers) -> bool:
    """The loss rises by half from the first steps on, and those are of a usual size: it never overshot."""
    high = np.flatnonzero(losses > 1.5 * np.median(losses[:3]))
    if not (losses > 0).all() or not len(high) or high[0] < 5:
        return False
    way = losses[: max(int(high[0]) + 1, 8)]
    ratios = history.update_ratios()[: len(way)]
    return (
        bool(way.min() > 0.9 * way[0])
        and bool((ratios <= LARGE).any())
        and not bool((ratios > LARGE).any())
        and _correlation(way) > 0.8
    )


def _rises(losses: Numbers, run: Course) -> bool:
    return run.last > 1.5 * run.start > 0 and _correlation(losses) > 0.8


def nothing_learnt(history: History) -> Finding | None:
    """The weights have travelled far, and the loss is still what a constant answer costs, or what it was."""
    run, travelled = course(history), _travelled(history)
    constant = run.constant
    known = math.isfinite(travelled) or len(history.label_counts) > 0
    many = MANY_STEPS * (PLATEAU if _is_slow(history) else 1 if _is_exact(history) else 2)
    if run.steps < many or not known or travelled < TRAVELLED:
        return None
    if not (_stays(history, run) or _by_heart(history, run, travelled)):
        return None
    moved = f", although the weights have moved by {travelled:.1g} of their size" if math.isfinite(travelled) else ""
    evidence = (
        f"The loss is {run.recent:.3g}, and {constant:.3g} is what it costs to give every input the same answer{moved}."
    )
    advice = "Check that labels belong to their inputs (look at ten of them), then that the input tells them apart."
    return Finding("nothing learnt", WARNING, None, None, evidence, advice, FLOOR_SOURCE)


def _travelled(history: History) -> float:
    """By how much of its size the median weight has moved, if every step went the same way; NaN if unknown."""
    ratios = history.update_ratios()
    known = ratios[np.isfinite(ratios)]
    return float(np.median(known)) * (history.steps[-1] - history.steps[0]) if len(known) else math.nan


def _stays(history: History, run: Course) -> bool:
    """The loss is what a constant answer costs, within the precision with which that is known."""
    least = 1 - (TOLERANCE if _is_exact(history) else ESTIMATED)
    return run.flat and least * run.constant < run.recent < (2.05 - least) * run.constant  # False for NaN


def _is_exact(history: History) -> bool:
    """Whether what a constant answer costs follows from the number of classes, and is no estimate."""
    return len(history.label_counts) > 1 or math.isfinite(guessing(history))


def _by_heart(history: History, run: Course, travelled: float) -> bool:
    """Much is moved for the little that learning by heart brings; up to half of the run there was nothing."""
    losses = [loss for _, loss in history.losses if math.isfinite(loss)]
    if (
        run.count < ENOUGH
        or run.steps < 2 * MANY_STEPS
        or not travelled > 2 * TRAVELLED
        or not run.above(0.85 if is_squared(history) else 0.93)
    ):
        return False
    return median(losses[len(losses) // 4 : len(losses) // 2]) > (1 - ESTIMATED) * run.constant


def _is_slow(history: History) -> bool:
    """Networks of sigmoids, and those that answer with many numbers, stay for long at the mean, and learn later."""
    many = is_squared(history) and history.latest(history.answer, "units") > 1
    return many or any("igmoid" in kind for kind in history.kinds.values())


def _correlation(losses: np.ndarray) -> float:
    """Of the losses, smoothed over five, with time."""
    smooth = [median(losses[max(0, i - 4) : i + 1]) for i in range(len(losses))]
    return float(np.corrcoef(np.arange(len(smooth)), smooth)[0, 1]) if np.ptp(smooth) > 0 else 0.0
