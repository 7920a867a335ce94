"""Parts of a network that do not train: no gradient arrives, or no step is made of it."""

import math

import numpy as np

from torchdemos.diagnosis.constant_answer import guessing
from torchdemos.diagnosis.course import ENOUGH, course
from torchdemos.diagnosis.finding import ERROR, INFORMATION, WARNING, Finding, named
from torchdemos.diagnosis.fresh import fresh
from torchdemos.diagnosis.history import History, Numbers
from torchdemos.diagnosis.paths import before, paths
from torchdemos.diagnosis.step_size import too_small, untrained

MANY_STEPS = 100  # before frozen layers that are untrained are held against a loss that stays
BURST = 100.0  # norm of a gradient, beside which it is no fault to clip
LATE = 30  # looks, after which a rate of 0 is no late beginning of a schedule
CLIPPED, MUCH = 0.01, 0.3  # of the norm is left: too little by itself, too little where steps are
LOOKS = 3  # an exact 0 counts if it persists: zero-initialized branches and adapters begin with one
ZERO_SOURCE = "the chain rule: once a factor is 0, the gradient stays 0"
BOUNDED = ("ReLU", "ReLU6", "Sigmoid", "Tanh", "Hardtanh", "Softsign")
STEP_SOURCE = "a step that changes nothing teaches nothing"


def gradient_cut(history: History) -> Finding | None:
    """No gradient, or one of exactly 0, reaches layers that others behind them have got one, look after look."""
    for path in paths(history):
        dead = [layer for layer in path if _zero_since_first(history.numbers(history.gradients[layer], "norm"))]
        if dead and len(dead) < len(history.gradients):
            layer = dead[-1]
            evidence = f"The gradient of {named(dead[::-1])} is exactly 0 at every look."
            advice = "Look for weights of 0, units that are dead or saturated, or underflow in the layer behind it."
            return Finding("gradient cut off", ERROR, layer, history.steps[0], evidence, advice, ZERO_SOURCE)
    return _without(history)


def _without(history: History) -> Finding | None:
    """Layers that ran and whose parameters got no gradient, although they require one; trained ones may be meant so."""
    layers = list(dict.fromkeys(history.layer_of(name) for name in history.without_gradient))
    ran = {layer.partition("[")[0] for layer in history.outputs}
    cut = [layer for layer in layers if layer in ran and not _has_gradient(history, layer)]
    if not cut or len(history.steps) < LOOKS or not _passed_on(history, cut[-1]):
        return None
    level = WARNING if any(fresh(history, name) for name in history.without_gradient) else INFORMATION
    evidence = f"{named(cut[::-1])} ran and got no gradient, while layers behind did."
    advice = (
        f"Look for detach(), .data, .item() or no_grad between {cut[-1]!r} and the loss; if it is not to train, say "
        "requires_grad_(False)."
    )
    return Finding("gradient cut off", level, cut[-1], history.steps[0], evidence, advice, ZERO_SOURCE)


def _passed_on(history: History, layer: str) -> bool:
    """Whether a layer that is called later gets a gradient; behind a critic without a loss there is none."""
    order = [name.partition("[")[0] for name in history.outputs]
    later = order[len(order) - order[::-1].index(layer) :]
    return any(_has_gradient(history, name) for name in later)


def bounded_answer(history: History) -> Finding | None:
    """The logits of a classifier pass an activation: what it cuts off or flattens passes no gradient."""
    layer, guess = history.last_layer, guessing(history)
    kind = history.kinds.get(layer or "", "")
    if layer is None or kind not in BOUNDED or not math.isfinite(guess) or guess < math.log(3) - 1e-9:
        return None
    zeros = history.numbers(history.outputs[layer], "zero_fraction")
    if abs(history.losses[0][1] - guess) > 0.3 * guess or (kind.startswith("ReLU") and not zeros[-1] > 0.2):
        return None
    name = "gradient cut off" if kind.startswith("ReLU") else "saturated units"
    evidence = f"The answers pass {layer!r} ({kind}), which keeps them from being sure."
    advice = "Take it away: cross entropy needs logits of both signs and of any size."
    return Finding(name, WARNING, layer, history.steps[0], evidence, advice, ZERO_SOURCE)


def not_trained(history: History) -> Finding | None:
    """Parameters get a gradient, and no step ever changes them."""
    return _still(history) or _stopped(history) or _no_optimizer(history)


def _still(history: History) -> Finding | None:
    still = [name for name, own in history.parameters.items() if _never_moved(history, name)]
    weights = [name for name in history.weights if name in still]
    if not weights:
        return None
    layer = history.layer_of(weights[0])
    all_still = len(weights) == len(history.weights)
    evidence = f"Steps never change {named(weights)}, although there is a gradient."
    advice = "Check that the learning rate is not 0, and that it is not lost in rounding (half precision)."
    return Finding(
        "not trained", ERROR if all_still else WARNING, layer, history.steps[0], evidence, advice, STEP_SOURCE
    )


def _stopped(history: History) -> Finding | None:
    """Steps have ended, as at the end of a schedule, and the network still knows nothing."""
    run, ratios = course(history), history.update_ratios()
    known = np.flatnonzero(~np.isnan(ratios))
    still = known[-ENOUGH:]
    if len(still) < ENOUGH or (ratios[still] != 0).any() or run.learns or not untrained(history, run):
        return None
    moved = known[ratios[known] > 0]
    if not len(moved):
        return None
    step = history.steps[int(moved[-1]) + 1]
    evidence = f"Steps change nothing any more from step {step} on, and the loss is still {run.recent:.3g}."
    advice = "Check the schedule: the learning rate is 0 long before anything is learnt."
    return Finding("not trained", WARNING, None, step, evidence, advice, STEP_SOURCE)


def _no_optimizer(history: History) -> Finding | None:
    """Steps are taken, and none takes the gradient of these weights."""
    stepped = ~np.isnan(history.numbers(history.totals, "gradient_norm"))
    if stepped.sum() < LOOKS:
        return None
    required = [n for n in history.weights if n not in history.frozen and n not in history.without_gradient]
    taken = {name: ~np.isnan(history.numbers(history.parameters[name], "grad_norm")) for name in required}
    left = [name for name, row in taken.items() if not row.any()]
    layers = list(dict.fromkeys(map(history.layer_of, left)))
    if not left:
        return None
    trained = {history.layer_of(name) for name in required if name not in left}
    inside = any(trained & set(before(path, layer)) for path in paths(history) for layer in layers)
    evidence = f"No optimizer's step takes the gradient of {named(left)}."
    advice = (
        "Give the optimizer all parameters (model.parameters()), also those made after it; if it is not to train, say "
        "requires_grad_(False)."
    )
    level = WARNING if inside or any(fresh(history, name) for name in left) else INFORMATION
    return Finding("not trained", level, layers[0], history.steps[0], evidence, advice, STEP_SOURCE)


def frozen(history: History) -> Finding | None:
    """Parameters that require no gradient, which may be meant; not if they are untrained and nothing is learnt."""
    if not history.frozen or not history.parameters:
        return None
    run, names = course(history), [name for name in history.frozen if fresh(history, name)]
    harmful = (
        bool(names) and run.count >= ENOUGH and run.steps >= MANY_STEPS and not run.learns and untrained(history, run)
    )
    evidence = f"{len(history.frozen)} of {len(history.parameters)} parameters are frozen, {history.frozen[0]!r} first."
    advice = "If they are to train, say requires_grad_(True) before the optimizer is made."
    layer = history.layer_of((names or history.frozen)[0])
    kind, level = ("not trained", WARNING) if harmful else ("frozen", INFORMATION)
    return Finding(kind, level, layer, history.steps[0] if harmful else None, evidence, advice, "requires_grad")


def clipped_away(history: History) -> Finding | None:
    """Clipping leaves hardly anything of the gradient at every look, and the loss stays where it is."""
    taken = history.numbers(history.totals, "gradient_norm")
    whole = history.numbers(history.totals, "unclipped_gradient_norm")
    known = np.isfinite(taken) & np.isfinite(whole) & (whole > 0)
    if known.sum() < LOOKS or not taken[known].any() or not course(history).flat:
        return None
    left = float(np.median(taken[known] / whole[known]))
    if left >= CLIPPED and not (left < MUCH and too_small(history)):
        return None
    if np.median(whole[known]) > BURST:
        return _clipped_burst(history, float(np.median(whole[known])))
    evidence = (
        f"Clipping leaves {left:.1g} of the gradient's norm of {np.median(whole[known]):.3g}, and the loss stays."
    )
    return Finding(
        "clipped away", ERROR, None, history.steps[0], evidence, "Clip at about the usual norm, 1 say, or not at all.",
        STEP_SOURCE,
    )  # fmt: skip


def _clipped_burst(history: History, norm: float) -> Finding:
    """The gradient is so large that clipping it has to leave nothing."""
    sizes = {name: float(np.nanmax(history.numbers(own, "grad_norm"))) for name, own in history.parameters.items()}
    name = max(sizes, key=lambda own: np.nan_to_num(sizes[own]))
    evidence = (
        f"The gradient has a norm of {norm:.3g}, most of it in {name!r}, so that clipping leaves hardly anything."
    )
    advice = "Initialize the weights smaller (He for ReLU, Xavier for tanh), or put normalization between the layers."
    layer = history.layer_of(name)
    return Finding("exploding gradient", ERROR, layer, history.steps[0], evidence, advice, STEP_SOURCE)


def _never_moved(history: History, name: str) -> bool:
    ratios = history.numbers(history.parameters[name], "update_ratio")
    gradients = history.numbers(history.parameters[name], "grad_norm")
    known = ~np.isnan(ratios)
    waits = LATE if (history.numbers(history.optimizer, "learning_rate")[known] == 0).all() else ENOUGH
    return bool(known.sum() >= waits and (ratios[known] == 0).all() and (gradients[known] > 0).all())


def _zero_since_first(norms: Numbers) -> bool:
    known = norms[~np.isnan(norms)]
    return len(known) >= LOOKS and bool((known == 0).all())


def _has_gradient(history: History, layer: str) -> bool:
    own = [statistics for name, statistics in history.gradients.items() if name.partition("[")[0] == layer]
    return any(bool((history.numbers(statistics, "norm") > 0).any()) for statistics in own)
