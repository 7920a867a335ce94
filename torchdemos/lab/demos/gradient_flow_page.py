"""What the Answer view shows of gradient flow: the chain of factors, one link of it by hand, and what comes of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from torchdemos.lab.demos.answer import Told
from torchdemos.lab.demos.gradient_training import DeepNetwork
from torchdemos.lab.demos.sketch import Row, Sketch
from torchdemos.lab.one_weight import OneWeight
from torchdemos.log import answers
from torchdemos.log.answers import percent, raised, short

COLOURS = ("var(--blue)", "var(--green)", "var(--red)")  # of what vanishes, flows and explodes
GUESSING = 0.1
NOW_TRY: answers.NowTry = {
    "command": "torchdemos gradient-flow --depth 40",
    "expect": "The factors stay, and the exponents grow with the depth. We saw **10⁻²⁷·⁷** and **10⁷·⁵**. "
    "The network between them learns more slowly: **73 %** after 200 steps.",
}


def tell(networks: Sequence[DeepNetwork], weight: OneWeight) -> Told:
    """The page of a run: all of it is measured before training, but for the accuracies."""
    hero = {"kind": "chain", "networks": list(map(_network, networks, COLOURS)), "weight": _weight(weight, networks[0])}
    return Told(answer(networks), hero, [gradients(networks), accuracies(networks)], NOW_TRY)


def answer(networks: Sequence[DeepNetwork]) -> str:
    """The lesson: what equal factors made of the gradient, and what the network then learned."""
    depth = len(networks[0].links) - 1
    made = [_outcome(mean_factor(network), log_ratio(network)) for network in networks]
    right = [f"**{percent(network.variant.accuracy)}**" for network in networks]
    others = [f"{depth} {what} ({share})" for what, share in zip(made[1:], right[1:], strict=True)]
    return (
        "On its way back every layer multiplies the gradient by its own factor. "
        f"{depth} factors {made[0]} (after training {right[0]} of digits are right), {', '.join(others)}."
    )


def sketch(networks: Sequence[DeepNetwork]) -> Sketch:
    """The gradient by layer before training, in powers of ten on one scale."""
    logs = [network.before["measured by hooks"] for network in networks]
    finite = [log for own in logs for log in own if math.isfinite(log)] or [0.0]
    low, spread = min(finite), max(finite) - min(finite) or 1.0
    rows = [
        Row(_name(network), [(max(log, low) - low) / spread for log in own], _arrives(log_ratio(network)))
        for network, own in zip(networks, logs, strict=True)
    ]
    return Sketch("The gradient by layer in powers of ten, from layer 1 (left) to the output:", rows)


def _arrives(log: float) -> str:
    if not math.isfinite(log):
        return "nothing arrives" if log == -math.inf else "not a number"
    return f"10{raised(f'{log:.1f}')} of it arrives"


def log_ratio(network: DeepNetwork) -> float:
    """log10 of the first layer's gradient over that of the output, before training."""
    logs = network.before["measured by hooks"]
    return logs[0] - logs[-1]


def mean_factor(network: DeepNetwork) -> float:
    """The geometric mean of all factors between the output and the first layer; NaN if their product is not finite."""
    log = log_ratio(network)
    return 10 ** (log / (len(network.links) - 1)) if math.isfinite(log) else math.nan


def gradients(networks: Sequence[DeepNetwork]) -> answers.Card:
    """Every layer's gradient on its theory."""
    series: list[dict[str, Any]] = []
    for network, colour in zip(networks, COLOURS, strict=True):
        measured, predicted = network.before["measured by hooks"], network.before["mean-field theory"]
        series.append({"name": _name(network), "colour": colour, "points": _points(measured[: len(predicted)])})
        series.append({"name": "", "dashed": True, "points": _points(predicted)})
    return {
        "title": "Gradient by layer",
        "condition": "before training; dashed: predicted",
        "about": "A straight line is one factor for every layer. Mean-field theory predicts it from the size of the "
        "weights alone.",
        "kind": "lines",
        "data": {"series": series, "x": "layer", "log": True},
    }


def accuracies(networks: Sequence[DeepNetwork]) -> answers.Card:
    """What each network has learned."""
    bars = [
        {"name": _name(network), "value": share, "text": percent(share), "colour": colour}
        for network, colour in zip(networks, COLOURS, strict=True)
        for share in [network.variant.accuracy]
    ]
    return {
        "title": "What comes of it",
        "condition": f"test digits named right after {len(networks[0].variant.losses)} steps",
        "about": "",
        "kind": "bars",
        "data": {"bars": bars, "most": 1.0, "mark": [GUESSING, f"guessing: {percent(GUESSING)}"]},
    }


def _network(network: DeepNetwork, colour: str) -> Mapping[str, Any]:
    """A network's chain, first layer first. `zeros` counts the layers whose gradient is exactly 0."""
    logs, links = network.before["measured by hooks"], network.links
    return {
        "name": _name(network),
        "about": network.start.about.replace(" x", " \N{MULTIPLICATION SIGN}"),
        "colour": colour,
        "factor": short(mean_factor(network), 4),
        "log_ratio": short(log_ratio(network), 4),
        "logs": [short(log, 5) for log in logs],
        "zeros": logs.count(-math.inf),
        **{part: [short(getattr(link, part), 4) for link in links] for part in ("value", "weights", "slope")},
        "factors": [short(link.factor, 4) for link in links],
    }


def _weight(weight: OneWeight, network: DeepNetwork) -> Mapping[str, Any]:
    return {**asdict(weight), "layer": len(network.links) - 1}


def _points(logs: Sequence[float]) -> list[tuple[int, float]]:
    """Gradients by layer, without those that no chart can hold."""
    return [(layer, short(10**log, 4)) for layer, log in enumerate(logs, start=1) if -300 < log < 300]


def _name(network: DeepNetwork) -> str:
    """`vanish` of `0_vanish`."""
    return network.variant.name.partition("_")[2]


def _outcome(factor: float, log: float) -> str:
    """What such factors make of the gradient, which changes by 10^log."""
    if not math.isfinite(log):
        return "leave nothing of it" if log == -math.inf else "make it no number"
    factors, size = f"of **{factor:.3g}**", f"**10{raised(f'{log:.1f}')}**"
    if abs(log) < 0.5:
        return f"{factors} let it through"
    return f"{factors} leave {size} of it" if log < 0 else f"{factors} make it {size} times as large"
