"""Steps that are too large or too small."""

import math

import numpy as np

from torchdemos.diagnosis.constant_answer import guessing
from torchdemos.diagnosis.course import ENOUGH, FEW, Course, course
from torchdemos.diagnosis.finding import ERROR, WARNING, Finding
from torchdemos.diagnosis.history import History, Numbers
from torchdemos.diagnosis.not_finite import grew_until
from torchdemos.diagnosis.squared_error import is_squared

HUGE, LARGE, USUAL, SMALL = 0.5, 0.1, 1e-3, 1e-4  # share of its size by which a step moves the median weight
LONG = 100  # steps, after which less than usual is too small if nothing has come of it
OUTGROWN = 5.0  # times its first norm; sound runs with high rates come to 4.5
WORN = 0.5  # of its first norm that the median weight has left
EXPLAINED = 0.2  # of a squared error, by answers that vary so much
EARLY = 3  # looks in which a step that is huge counts by itself
ROSE, DIVERGED, EXCESSIVE = 1.5, 3.0, 10.0  # by how much of its start or its lowest the loss has risen
SOURCE = (
    "update ratios: about 1e-3 is usual (Karpathy, cs231n); SageMaker Debugger allows 10, DeepDiagnosis 0.1. "
    "torchdemos asks the loss as well"
)
LOWER = "Lower the learning rate by a factor of 10"


def too_large(history: History) -> Finding | None:
    """Steps move the weights by much of their size, and the loss is no lower for it; or it blew up beforehand.

    Silent while the loss falls, whatever the steps.
    """
    ratios, run = history.update_ratios(), course(history)
    rules = (_huge_at_first, _diverges, _outgrown)
    return _broke(history, ratios) or next((found for rule in rules if (found := rule(history, ratios, run))), None)


def _broke(history: History, ratios: Numbers) -> Finding | None:
    """NaN or inf in the weights after everything grew."""
    broken = np.zeros(len(history.steps), bool)
    for own in history.parameters.values():
        broken |= np.isinf(history.numbers(own, "norm"))
    losses = [step for step, loss in history.losses if not math.isfinite(loss)]
    if not (broken.any() or losses):
        return None
    end = history.steps[int(np.argmax(broken))] if broken.any() else losses[0]
    before = ratios[[step < end for step in history.steps]]
    largest = float(np.nanmax(before, initial=0.0))
    if bool(broken[:1].any()) or not (largest > LARGE or grew_until(history, end)):
        return None
    evidence = f"Weights, outputs or the loss grew until they were NaN or inf at step {end}{_moved(largest)}."
    return Finding("learning rate too large", ERROR, None, _onset(history, ratios, end), evidence, f"{LOWER}.", SOURCE)


def _huge_at_first(history: History, ratios: Numbers, run: Course) -> Finding | None:
    early = ratios[:EARLY]
    known = early[np.isfinite(early)]
    if not len(known) or float(known.max()) < HUGE:
        return None
    fewer = ROSE if run.count < FEW else 0.9  # a few losses may rise by chance
    if history.losses and (run.count < EARLY or run.knows or run.last < fewer * _first(history, run)):
        return None
    moved = f"moved the median weight by {known.max():.2g} of its size (error above {HUGE:g})"
    evidence = f"At first a step {moved}{_course(run)}."
    step = history.steps[int(np.argmax(np.nan_to_num(early) >= HUGE))]
    return Finding("learning rate too large", ERROR, None, step, evidence, f"{LOWER}.", SOURCE)


def _diverges(history: History, ratios: Numbers, run: Course) -> Finding | None:
    """The loss is far above its start while steps are large or all else grows, or they were large and it never fell."""
    if run.count < EARLY:
        return None
    largest, recent = float(np.nanmax(ratios, initial=0.0)), ratios[np.isfinite(ratios)][-ENOUGH:]
    wild = largest > HUGE or (len(recent) > 0 and float(np.median(recent)) > LARGE)
    single = history.latest(history.answer, "rows") <= 3  # whose losses vary tenfold
    far = DIVERGED if run.count >= FEW else EXCESSIVE
    above = min(run.last, run.recent if single else run.last) > run.start + (far - 1) * abs(run.start)
    sizes = history.weight_sizes()
    worn = bool((sizes < WORN).any())  # by decay, which moves weights as well
    stuck = run.count >= ENOUGH and not run.knows and not run.last < 0.95 * _first(history, run) and not worn
    if not ((above and (largest > LARGE or (not single and grew_until(history, None)))) or (stuck and wild)):
        return None
    evidence = f"The loss is {run.last:.3g} after {run.initial:.3g} at the start{_moved(largest)}."
    return Finding("learning rate too large", ERROR, None, _onset(history, ratios, None), evidence, f"{LOWER}.", SOURCE)


def _first(history: History, run: Course) -> float:
    """The loss to be held against; that of a regression comes down to what a constant costs first."""
    return run.start if is_squared(history) else run.first


def _outgrown(history: History, ratios: Numbers, run: Course) -> Finding | None:
    """Large steps have made the weights several times as large, and much of the loss is still there."""
    sizes = np.nan_to_num(history.weight_sizes(), nan=1.0)
    largest = float(np.nanmax(ratios, initial=0.0))
    size = float(sizes[-1]) if len(sizes) else math.nan
    large = size > OUTGROWN and (largest > LARGE or size > 2 * OUTGROWN)
    if is_squared(history) or run.count < ENOUGH or not large or not run.above(0.25):
        return None
    evidence = f"The median weight is {size:.3g} times as large as at first{_moved(largest)}."
    step = history.steps[int(np.argmax((sizes > OUTGROWN) | (np.nan_to_num(ratios) > LARGE / 2)))]
    return Finding("learning rate too large", WARNING, None, step, evidence, f"{LOWER}.", SOURCE)


def too_small(history: History) -> Finding | None:
    """A step moves the weights by hardly anything, and the loss of a network that knows nothing yet stays."""
    ratios, run = history.update_ratios(), course(history)
    known = ratios[np.isfinite(ratios)]
    if len(known) < ENOUGH or run.count < ENOUGH or not _slow(run) or not untrained(history, run):
        return None
    typical = float(np.median(known))
    travel = typical * (history.steps[-1] - history.steps[0])
    limit = SMALL if run.steps < LONG else USUAL
    if not 0 < typical < limit or travel > 0.1:
        return None
    evidence = (
        f"A step moves the median weight by {typical:.1g} of its size (too small below {limit:g}), and the loss is "
        f"still {run.last:.3g}."
    )
    advice = "Raise the learning rate by a factor of 10 until the loss falls."
    return Finding("learning rate too small", WARNING, None, None, evidence, advice, SOURCE)


def _slow(run: Course) -> bool:
    return run.flat or (run.steps >= LONG and run.above(0.85))


def untrained(history: History, run: Course) -> bool:
    """Whether the answers still tell nothing: a classifier's cost what guessing does, others hardly vary.

    Answers that explain a fifth of a squared error have a variance of about a fifth of it.
    """
    guess = guessing(history)
    if math.isfinite(guess):
        return 0.8 * guess < run.recent < 1.5 * guess
    spread = history.numbers(history.answer, "std")
    return bool(len(spread)) and float(spread[-1]) < math.sqrt(EXPLAINED * abs(run.recent))


def _onset(history: History, ratios: Numbers, end: int | None) -> int | None:
    """The first look at which steps were large, or the loss more than half above its start."""
    large = [step for step, ratio in zip(history.steps, ratios, strict=True) if ratio > LARGE]
    first = next((loss for _, loss in history.losses if math.isfinite(loss)), math.nan)
    high = [step for step, loss in history.losses if not loss <= first + (ROSE - 1) * abs(first)]
    return min([*large[:1], *high[:1], *([] if end is None else [end])], default=None)


def _moved(ratio: float) -> str:
    known = math.isfinite(ratio) and ratio > 0
    return f", and a step moved the median weight by up to {ratio:.2g} of its size (usual is 1e-3)" if known else ""


def _course(run: Course) -> str:
    return f", and the loss went from {run.initial:.3g} to {run.last:.3g}" if run.count > 1 else ""
