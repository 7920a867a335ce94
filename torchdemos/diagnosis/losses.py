"""What a history of losses reveals."""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import SupportsFloat

from torchdemos.diagnosis.finding import Finding

MAX_LOSS_RATIO = 10.0  # last loss / first loss
DIVERGED_SOURCE = "torchdemos: healthy classifiers start at 1.0 to 1.12 times ln K, so ten times the start is no noise"

MINIMUM_SOURCE = "cross entropy and squared error are sums of terms that are never negative"

FLOOR_TOLERANCE, MIN_FLOOR_LOSSES = 0.01, 100  # distance as a share of the floor; fewer losses have not levelled off
MIN_SURE_ACCURACY = 0.8  # healthy slow networks passed ln(e + K - 1) - accuracy at lower accuracies, never at higher
CURE = "use cross_entropy on logits"
FLOOR_SOURCE = "the floors are exact (Gibbs' inequality and the definitions of the losses); torchdemos allows 1 %"


def diverged(losses: Sequence[SupportsFloat]) -> Finding | None:
    """The last loss is NaN, inf, or more than ten times the first finite one.

    If the first loss is 0 or negative, the limit is 10 max(|first|, 1).
    """
    history = [float(loss) for loss in losses]
    first = next(filter(math.isfinite, history), 0.0)
    limit = MAX_LOSS_RATIO * (first if first > 0 else max(-first, 1.0))
    outside = [not (math.isfinite(loss) and loss <= limit) for loss in history]  # NaN > limit would be False
    if not outside or not outside[-1]:
        return None
    message = (
        f"The loss ended at {history[-1]:.3g}, where at most {limit:.3g} was allowed after a start at {first:.3g}; it "
        f"first left this range at entry {outside.index(True)} of {len(outside)}: lower the learning rate."
    )
    return Finding("diverged", "error", None, message, DIVERGED_SOURCE)


def below_minimum(losses: Iterable[SupportsFloat], minimum: float = 0.0) -> Finding | None:
    """The loss is below the lowest value that it can take, by more than the 1e-6 allowed for rounding."""
    lowest = min(filter(math.isfinite, map(float, losses)), default=math.inf)
    if lowest >= minimum - 1e-6:
        return None
    message = (
        f"The loss went down to {lowest:.3g}, below its minimum of {minimum:g}; most often nll_loss was given logits "
        "or probabilities: use cross_entropy on logits, or set loss_minimum if your loss may go lower."
    )
    return Finding("loss below its minimum", "warning", None, message, MINIMUM_SOURCE)


def loss_floor(
    losses: Iterable[SupportsFloat], label_counts: Iterable[SupportsFloat], accuracy: SupportsFloat = math.nan
) -> Finding | None:
    """A cross entropy ends where only a bug or a constant answer leads.

    There are K classes, and `label_counts` says how often each occurs. The end of the loss tells the cause:

    * below -1: nll_loss was given logits;
    * level between -1 and 0: nll_loss was given probabilities;
    * level at ln(e + K - 1) - accuracy and never below ln(e + K - 1) - 1: softmax was applied twice;
    * level at the labels' entropy H(y): every input gets the same answer.

    `accuracy` is the accuracy on the training examples; NaN means unknown, and 1 is assumed. A loss is level if the
    means of its last tenth and of the tenth before differ by at most 1 %. The rule is silent below 100 losses.
    """
    history, counts = [float(loss) for loss in losses], [float(count) for count in label_counts]
    if len(history) < MIN_FLOOR_LOSSES or len(counts) < 2 or not all(map(math.isfinite, history)):
        return None
    tenth = len(history) // 10
    recent, end, before = history[-2 * tenth :], fmean(history[-tenth:]), fmean(history[-2 * tenth : -tenth])
    if max(recent) < -1 - 1e-6:
        message = f"The loss fell to {end:.3g}, where no probabilities take it: nll_loss was given logits; {CURE}."
        return Finding("forgotten log-softmax", "error", None, message, FLOOR_SOURCE)
    if not _near(end, before):
        return None
    if max(recent) < 0 and min(history) >= -1 - 1e-6:
        message = f"The loss levelled off at {end:.3g}, between -1 and 0: nll_loss was given probabilities; {CURE}."
        return Finding("forgotten log", "error", None, message, FLOOR_SOURCE)
    return _softmax_twice(history, end, len(counts), float(accuracy)) or _constant(end, counts, float(accuracy))


def _softmax_twice(history: Sequence[float], end: float, classes: int, accuracy: float) -> Finding | None:
    highest = math.log(math.e + classes - 1)  # the loss of a sure, wrong answer; a sure, right one has 1 less
    accuracy = 1.0 if math.isnan(accuracy) else accuracy
    if accuracy < MIN_SURE_ACCURACY or min(history) < highest - 1 - 1e-6 or not _near(end, highest - accuracy):
        return None
    message = (
        f"The loss levelled off at {end:.4g} and was never below ln(e + {classes - 1}) - 1 = {highest - 1:.4g}: "
        f"cross_entropy was given probabilities and applied softmax a second time; {CURE}."
    )
    return Finding("softmax applied twice", "error", None, message, FLOOR_SOURCE)


def _constant(end: float, counts: Sequence[float], accuracy: float) -> Finding | None:
    shares = [count / sum(counts) for count in counts if count > 0]
    entropy = -sum(share * math.log(share) for share in shares)
    if not _near(end, entropy) or accuracy > max(shares) * (1 + FLOOR_TOLERANCE):  # False for NaN
        return None
    message = (
        f"The loss levelled off at {end:.4g}, and H(y) = {entropy:.4g} is what it costs to give every input the same "
        "answer: check that inputs and gradients arrive, that weights differ, and that labels belong to their inputs."
    )
    return Finding("constant answer", "warning", None, message, FLOOR_SOURCE)


def _near(value: float, floor: float) -> bool:
    return abs(value - floor) <= FLOOR_TOLERANCE * abs(floor)
