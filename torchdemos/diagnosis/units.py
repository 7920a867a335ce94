"""Units that no longer do anything: dead, saturated, or copies of one another."""

from collections.abc import Collection, Sequence

import numpy as np

from torchdemos.diagnosis.course import ENOUGH, Course, course
from torchdemos.diagnosis.finding import ERROR, WARNING, Finding, named
from torchdemos.diagnosis.history import Flags, History, Numbers, Statistics
from torchdemos.diagnosis.inputs import LARGE
from torchdemos.diagnosis.paths import ACTIVATIONS

DEAD_SAMPLES = 1000  # fewer cannot tell a dead unit from a rarely active one
MANY_DEAD, ALL_DEAD = 0.5, 0.9  # share of a layer's units; healthy ReLU networks have up to a third
SATURATED, ALL_SATURATED = 0.5, 0.9  # share of a layer's units
LOOKS = 3
MUCH = 0.25  # of what a constant answer costs: with more left, units that were copies are held against the start
DEAD_SOURCE = "torchdemos, on 1,000 MNIST digits: healthy layers have up to 38 % dead units, broken ones 43 to 96 %"
SATURATED_SOURCE = "the share is that of Amazon SageMaker Debugger's SaturatedActivation rule"
EQUAL_SOURCE = "units that begin alike get the same gradient and stay alike"


def dead_units(history: History) -> Finding | None:
    """A layer is silent altogether at three looks in a row, or most of its units were active in none of 1,000 samples.

    A layer with some life left counts only while the loss does not fall. No unit has died where the layer's weights are
    all 0, nor right behind it.
    """
    silent = {name: row == 1 for name, own in history.outputs.items() if len(row := _silence(history, own))}
    without = _silent_by_zeros(history, [name for name, row in silent.items() if row[-1]])
    gone = [name for name, row in silent.items() if len(row) >= LOOKS and row[-LOOKS:].all() and name not in without]
    shares = {name: history.numbers(own, "long_dead") for name, own in history.outputs.items()}
    run = course(history)
    learns, limit = run.learns, MANY_DEAD if run.flat else ALL_DEAD
    many = [
        name
        for name, row in shares.items()
        if len(row) and row[-1] > limit and _has_units(history, name) and name not in without
    ]
    found = gone or many
    if not found or (learns and not gone):
        return None
    layer = found[0]
    first = _since(silent[layer] if gone else shares[layer] > limit)
    born = first == 0 or (not gone and _early_share(history, layer) > 0.3)
    share = "nothing but 0" if gone else f"dead units, {shares[layer][-1]:.0%} of them, active in none of 1,000 samples"
    evidence = f"{named(found)}: {share} (error above {ALL_DEAD:.0%}, warning above {MANY_DEAD:.0%})."
    advice = (
        "Use He initialization with biases of 0, scale the input, or use LeakyReLU: it was so at the first look."
        if born
        else "Lower the learning rate, or use LeakyReLU: it died in training."
    )
    level = ERROR if gone or shares[layer][-1] > ALL_DEAD else WARNING
    return Finding("dead units", level, layer, history.steps[first], evidence, advice, DEAD_SOURCE)


def saturated_units(history: History) -> Finding | None:
    """More than half of a hidden layer's sigmoid or tanh units lie where they are flat, while nothing is learnt.

    Nine tenths at each of twenty looks from the first on count whatever the loss does: that layer does not take part.
    """
    shares = {name: history.numbers(own, "saturated_units") for name, own in history.outputs.items()}
    last = history.last_layer
    run = course(history)
    waits = (run.learns and not run.poor) or (bool(history.losses) and run.count < ENOUGH)
    hidden = {name: row for name, row in shares.items() if len(row) and (name != last or _stuck(run, row))}
    if waits:
        hidden = {name: row for name, row in hidden.items() if len(row) >= ENOUGH and (row > ALL_SATURATED).all()}
    high = [name for name, row in hidden.items() if row[-1] > SATURATED]
    if not high:
        return None
    layer = high[0]
    first = _since(shares[layer] > SATURATED)
    evidence = (
        f"{shares[layer][-1]:.0%} of the units of {named(high)} are saturated, so that hardly any gradient passes "
        f"(warning above {SATURATED:.0%})."
    )
    advice = (
        f"{_smaller(history)}: they were so at the first look."
        if first == 0
        else "Lower the learning rate, or use normalization: they became so in training."
    )
    return Finding("saturated units", WARNING, layer, history.steps[first], evidence, advice, SATURATED_SOURCE)


def equal_units(history: History) -> Finding | None:
    """All units of a layer with weights give the same at the first three looks: the start did not break the symmetry.

    Rounding may break it later; that is no cure unless much is learnt.
    """
    layers = {history.layer_of(name) for name in history.weights}
    rows = {name: history.numbers(own, "equal_units") for name, own in history.outputs.items() if name in layers}
    run = course(history)
    poor = run.poor or run.above(MUCH)
    equal = [name for name, row in rows.items() if _at_first(row) and (row[-1] == 1 or poor)]
    silent = [name for name, own in history.outputs.items() if _always((zeros := _silence(history, own)) == 1, zeros)]
    order = list(history.outputs)
    if not equal or (silent and order.index(silent[0]) < order.index(equal[0])):  # what is given nothing gives the same
        return None
    layer = equal[0]
    stays = bool(rows[layer][-1] == 1)
    advice = "Initialize the weights randomly: equal or zero weights get equal gradients, or none."
    level = ERROR if stays or run.poor else WARNING
    return Finding("equal units", level, layer, history.steps[0], _copies(equal, stays), advice, EQUAL_SOURCE)


def _copies(layers: Sequence[str], stays: bool) -> str:
    if stays:
        return f"All units of {named(layers)} give the same: they began as copies of one unit."
    return f"All units of {named(layers)} gave the same at first: they began as copies, and only rounding parts them."


def _stuck(run: Course, shares: Numbers) -> bool:
    """Whether an answer saturates without being right: the loss stays."""
    return run.flat and float(shares[-1]) > ALL_SATURATED


def _smaller(history: History) -> str:
    spread = history.numbers(history.given, "std")[:1]
    scaled = not bool((spread >= LARGE).any())  # also if nobody knows
    return "Use Xavier initialization, or smaller weights" if scaled else "Scale the input to about 1"


def _silent_by_zeros(history: History, silent: Collection[str]) -> set[str]:
    """Of the silent layers those whose weights are all 0, and those that are called right after them."""
    zero = {history.layer_of(name) for name in history.weights if history.latest(history.parameters[name], "norm") == 0}
    found, follows = set[str](), False
    for layer in history.outputs:
        follows = layer in silent and (follows or layer in zero)
        found |= {layer} if follows else set()
    return found


def _silence(history: History, statistics: Statistics) -> Numbers:
    return history.numbers(statistics, "zero_fraction")


def _has_units(history: History, layer: str) -> bool:
    kind = history.kinds.get(layer, "").partition(" ")[0]
    return not kind or kind in ACTIVATIONS or kind.startswith(("Linear", "Conv"))


def _early_share(history: History, layer: str) -> float:
    """The share of units that were silent in the whole first batch."""
    row = history.numbers(history.outputs[layer], "dead_units")
    return float(row[0]) if len(row) and not np.isnan(row[0]) else 0.0


def _since(condition: Flags) -> int:
    """The look from which on it holds to the end."""
    wrong = np.flatnonzero(~condition)
    return int(wrong[-1]) + 1 if len(wrong) else 0


def _at_first(equal: Numbers) -> bool:
    known = equal[~np.isnan(equal)][:LOOKS]
    return len(known) == LOOKS and bool((known == 1).all())


def _always(condition: Flags, row: Numbers) -> bool:
    known = ~np.isnan(row)
    return bool(known.sum() >= LOOKS and condition[known].all())
