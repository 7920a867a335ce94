"""What plain numbers say about a training run: one function per rule, each returns a Finding or None.

Nothing here knows PyTorch, so a rule works on a live run and on an old event file alike. A number may be anything that
float() accepts. A share of NaN means "nothing was measured" and is skipped.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import SupportsFloat, TypeAlias

Numbers: TypeAlias = Mapping[str, SupportsFloat]  # layer -> number, in call order

NOT_FINITE_SOURCE = "IEEE 754: NaN and inf survive almost every later operation"

DIVERGED = 10.0  # last loss / first loss
DIVERGED_SOURCE = "torchdemos: healthy classifiers start at 1.0 to 1.12 times ln K, so ten times the start is no noise"

MINIMUM_SOURCE = "cross entropy and squared error are sums of terms that are never negative"

FLOOR, FLOOR_LOSSES = 0.01, 100  # how near to a floor as a share of it; fewer losses have not levelled off
SURE = 0.8  # healthy slow networks of lower accuracy came by ln(e + K - 1) - accuracy, better ones never
CURE = "use cross_entropy on logits"
FLOOR_SOURCE = "the floors are exact (Gibbs' inequality and the definitions of the losses); torchdemos allows 1 %"

SPREAD_WARNING, SPREAD_ERROR = 1e2, 1e3  # gradient norm at one end of the net / at the other
LEARNING = 0.2  # share of the loss that is gone once a net learns; its output bias alone can take 12 %
SPREAD_SOURCE = (
    "AUTOTRAINER (Zhang et al., ICSE 2021) calls a ratio of 1e-3 vanishing; torchdemos fits it over all layers and is "
    "silent once a fifth of the loss is gone (an epoch of MNIST: 30 stalled Xavier layers lose 0.1 %, 22 slow 38 %)"
)
ZERO_SOURCE = "the chain rule: once a factor is 0, the gradient stays 0"

DEAD_WARNING, DEAD_ERROR, DEAD_SAMPLES = 0.1, 0.5, 1000
DEAD_SOURCE = "torchdemos, on 1000 MNIST images: healthy layers have 0-9 % (one convolution 38 %), broken ones 43-96 %"

SATURATED = 0.5
SATURATED_SOURCE = "the share is that of Amazon SageMaker Debugger's SaturatedActivation rule"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a run, in the user's language.

    `kind` is the disease ("vanishing gradient"), `level` "error" or "warning", `layer` the layer to look at first
    (None: the whole run), `message` what, where, how much, against which threshold and what to try, `source` where the
    threshold comes from.
    """

    kind: str
    level: str
    layer: str | None
    message: str
    source: str


def diagnose(
    *,
    losses: Iterable[SupportsFloat] | None = None,
    finite: Numbers | None = None,
    weights_finite: Mapping[str, bool] | None = None,
    gradient_norms: Numbers | None = None,
    dead: Numbers | None = None,
    samples: int = 0,
    saturated: Numbers | None = None,
    loss_minimum: float = 0.0,
    label_counts: Iterable[SupportsFloat] = (),
    accuracy: SupportsFloat = math.nan,
) -> list[Finding]:
    """Everything that the rules below find in these numbers: errors first, one finding per kind.

    Give what you have; a rule without its numbers is silent. An empty list means that no rule fired, not that the run
    is healthy. `loss_minimum` is the lowest value your loss can take: -math.inf if it has none (log densities, ELBO).
    For a loss that is meant to be cross entropy, `label_counts` (how often each class occurs in training) and the
    training `accuracy`, if you know it, let `loss_floor` name bugs.
    """
    history = [float(loss) for loss in losses] if losses is not None else []
    norms = gradient_norms or {}
    findings = [
        not_finite(finite or {}, weights_finite) or gradient_not_finite(norms),
        diverged(history),
        gradient_zero(norms) or gradient_slope(norms, history),
        loss_floor(history, label_counts, accuracy) or below_minimum(history, loss_minimum),
        dead_units(dead or {}, samples),
        saturated_units(saturated or {}),
    ]
    return sorted((finding for finding in findings if finding), key=lambda finding: finding.level != "error")


def not_finite(finite: Numbers, weights_finite: Mapping[str, bool] | None = None) -> Finding | None:
    """The first layer, in call order, with NaN or inf in its output, and whether its own weights are to blame.

    `finite` maps each layer to the finite share of its output (1: all is well), `weights_finite` to whether all its
    weights are finite; the names must be the same. Later layers mostly pass the NaN on, so they are only counted.
    """
    sick = [layer for layer, share in finite.items() if float(share) < 1]
    if not sick:
        return None
    share = 100 * (1 - float(finite[sick[0]]))
    message = (
        f"{share:.3g} % of the output of {sick[0]!r} is NaN or inf, the first in call order{_others(sick)}"
        f"{_blame(weights_finite or {}, sick[0])}."
    )
    return Finding("not finite", "error", sick[0], message, NOT_FINITE_SOURCE)


def _blame(weights_finite: Mapping[str, bool], layer: str) -> str:
    if layer not in weights_finite:
        return ""
    if weights_finite[layer]:
        return "; its weights are finite: look for NaN in its input, log or division at 0, overflow in half precision"
    return "; its weights are already non-finite: an optimizer step broke them, so lower the learning rate or clip"


def gradient_not_finite(norms: Numbers) -> Finding | None:
    """The layer where the backward pass first met NaN or inf: the last in call order, since it runs backwards."""
    sick = [layer for layer, norm in norms.items() if not math.isfinite(float(norm))][::-1]
    if not sick:
        return None
    message = (
        f"The gradient of {sick[0]!r} is NaN or inf, the first on the way back from the loss{_others(sick)}; look for "
        "sqrt, log or division at 0 right behind it, or lower the loss scale."
    )
    return Finding("not finite", "error", sick[0], message, NOT_FINITE_SOURCE)


def diverged(losses: Sequence[SupportsFloat]) -> Finding | None:
    """The last loss is NaN, inf, or more than ten times the first finite one.

    A first loss of 0 or less has no tenfold: then the limit is 10 max(|first|, 1).
    """
    history = [float(loss) for loss in losses]
    first = next(filter(math.isfinite, history), 0.0)
    limit = DIVERGED * (first if first > 0 else max(-first, 1.0))
    lost = [not (math.isfinite(loss) and loss <= limit) for loss in history]  # NaN > limit would be False
    if not lost or not lost[-1]:
        return None
    message = (
        f"The loss ended at {history[-1]:.3g}, where at most {limit:.3g} was allowed after a start at {first:.3g}; it "
        f"first left this range at entry {lost.index(True)} of {len(lost)}: lower the learning rate."
    )
    return Finding("diverged", "error", None, message, DIVERGED_SOURCE)


def below_minimum(losses: Iterable[SupportsFloat], minimum: float = 0.0) -> Finding | None:
    """A loss below the lowest value it can take is not the loss you meant. 1e-6 is allowed for rounding."""
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
    """A cross entropy that ends where none can end, or where only a constant answer does.

    With K classes, which occur as often as `label_counts` says: below -1, nll_loss was given logits; level between -1
    and 0, probabilities; level at ln(e + K - 1) - accuracy and never below ln(e + K - 1) - 1, softmax was applied
    twice; level at the labels' entropy H(y), every input gets the same answer. `accuracy` is that on the training
    examples (NaN: not known, then 1 is assumed). Level is a loss whose means over its last tenth and over the tenth
    before differ by at most 1 %; fewer than 100 losses have not levelled off.
    """
    history, counts = [float(loss) for loss in losses], [float(count) for count in label_counts]
    if len(history) < FLOOR_LOSSES or len(counts) < 2 or not all(map(math.isfinite, history)):
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
    highest = math.log(math.e + classes - 1)  # the loss of a sure and wrong answer; of a right one, 1 less
    accuracy = 1.0 if math.isnan(accuracy) else accuracy
    if accuracy < SURE or min(history) < highest - 1 - 1e-6 or not _near(end, highest - accuracy):
        return None
    message = (
        f"The loss levelled off at {end:.4g} and was never below ln(e + {classes - 1}) - 1 = {highest - 1:.4g}: "
        f"cross_entropy was given probabilities and applied softmax a second time; {CURE}."
    )
    return Finding("softmax applied twice", "error", None, message, FLOOR_SOURCE)


def _constant(end: float, counts: Sequence[float], accuracy: float) -> Finding | None:
    shares = [count / sum(counts) for count in counts if count > 0]
    entropy = -sum(share * math.log(share) for share in shares)
    if not _near(end, entropy) or accuracy > max(shares) * (1 + FLOOR):  # False for NaN
        return None
    message = (
        f"The loss levelled off at {end:.4g}, and H(y) = {entropy:.4g} is what it costs to give every input the same "
        "answer: check that inputs and gradients arrive, that weights differ, and that labels belong to their inputs."
    )
    return Finding("constant answer", "warning", None, message, FLOOR_SOURCE)


def _near(value: float, floor: float) -> bool:
    return abs(value - floor) <= FLOOR * abs(floor)


def gradient_zero(norms: Numbers) -> Finding | None:
    """A gradient of exactly 0, by underflow or because it was cut: named is the layer nearest to the loss.

    Reported however well the loss falls, since the layers above can learn on alone.
    """
    sick = [layer for layer, norm in norms.items() if float(norm) == 0][::-1]
    if not sick:
        return None
    message = (
        f"The gradient of {sick[0]!r} is exactly 0, so nothing reaches it{_others(sick)}; look for dead or saturated "
        "units behind it, underflow in half precision (scale the loss), detach(), or a loss already at its minimum."
    )
    return Finding("vanishing gradient", "error", sick[0], message, ZERO_SOURCE)


def gradient_slope(norms: Numbers, losses: Iterable[SupportsFloat] = ()) -> Finding | None:
    """The gradient norm shrinks or grows exponentially on its way back to the input.

    `norms` maps each layer, in call order, to ||dL/dz||. The least-squares slope of its logarithm against the layer's
    index, times the steps between first and last layer, is held against ln 100 (warning) and ln 1000 (error). Norms
    that are 0 or not finite are left out; fewer than 3 others are no line. Silent once a fifth of the loss is gone.
    """
    points = {i: math.log(norm) for i, norm in enumerate(map(float, norms.values())) if 0 < norm < math.inf}
    if len(points) < 3 or _learning(losses):
        return None
    slope = _least_squares_slope(points)
    spread = abs(slope) * (len(norms) - 1)
    if spread <= math.log(SPREAD_WARNING):
        return None
    level, limit = ("error", SPREAD_ERROR) if spread > math.log(SPREAD_ERROR) else ("warning", SPREAD_WARNING)
    kind, verb, start = ("vanishing", "shrinks", "He") if slope > 0 else ("exploding", "grows", "a smaller")
    layer = list(norms)[min(points)]
    message = (
        f"On its way back to {layer!r} the gradient norm {verb} by a factor of {_exp(abs(slope))} per layer, "
        f"{_exp(spread)} over {len(norms)} layers ({level} above {limit:g}); try {start} initialization, normalization "
        "or skip connections."
    )
    return Finding(f"{kind} gradient", level, layer, message, SPREAD_SOURCE)


def _learning(losses: Iterable[SupportsFloat]) -> bool:
    """A fifth of the loss is gone: medians of the first and last entries, at most 5 each, so that no batch decides."""
    history = [float(loss) for loss in losses]
    if len(history) < 2 or not all(map(math.isfinite, history)):
        return False
    few = min(5, -(-len(history) // 4))
    start, end = median(history[:few]), median(history[-few:])
    return end < start and start - end >= LEARNING * abs(start)


def _least_squares_slope(points: Mapping[int, float]) -> float:
    x, y = fmean(points), fmean(points.values())
    return sum((i - x) * (value - y) for i, value in points.items()) / sum((i - x) ** 2 for i in points)


def _exp(power: float) -> str:
    return f"{math.exp(power):.3g}" if power < 700 else f"1e{power / math.log(10):.0f}"  # exp overflows at 709.8


def dead_units(shares: Numbers, samples: int) -> Finding | None:
    """Units that were active on none of at least 1000 samples (fewer samples: silent, since rare is not dead).

    `shares` maps each layer to its share of such units: above 0.1 a warning, above 0.5 an error.
    """
    if samples < DEAD_SAMPLES or not (sick := _above(DEAD_WARNING, shares)):
        return None
    layer, share = next(iter(sick.items()))
    level, limit = ("error", DEAD_ERROR) if share > DEAD_ERROR else ("warning", DEAD_WARNING)
    message = (
        f"{share:.1%} of the units of {layer!r} were active on none of {samples} samples ({level} above {limit:.0%})"
        f"{_others(sick)}; try a lower learning rate, He initialization with zero biases, or LeakyReLU."
    )
    return Finding("dead units", level, layer, message, DEAD_SOURCE)


def saturated_units(shares: Numbers) -> Finding | None:
    """Units that sit where their activation is flat, so that hardly any gradient passes: above 0.5 a warning.

    `shares` maps each layer to its share of such units.
    """
    if not (sick := _above(SATURATED, shares)):
        return None
    layer, share = next(iter(sick.items()))
    message = (
        f"{share:.1%} of the units of {layer!r} are saturated (warning above {SATURATED:.0%}){_others(sick)}; try "
        "smaller inputs and initial weights, normalization, or ReLU."
    )
    return Finding("saturated units", "warning", layer, message, SATURATED_SOURCE)


def _above(limit: float, shares: Numbers) -> dict[str, float]:
    """The layers whose share exceeds the limit, the worst first; NaN exceeds nothing."""
    sick = {layer: float(share) for layer, share in shares.items() if float(share) > limit}
    return dict(sorted(sick.items(), key=lambda item: -item[1]))


def _others(layers: Sequence[str] | Mapping[str, float]) -> str:
    more = len(layers) - 1
    return f", and {more} more layer{'s' * (more > 1)} like it" if more else ""
