"""How are weights initialized? What the Answer view tells: why random, and why of the right size."""

import base64
import math
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.demos.answer import Told
from torchdemos.lab.demos.configs import Initialization
from torchdemos.lab.demos.side_by_side import Variant
from torchdemos.lab.demos.sketch import Row, Sketch
from torchdemos.lab.experiments import equal_start, starts
from torchdemos.lab.experiments.equal_start import Recorded, Snapshot
from torchdemos.lab.experiments.starts import LayerScales
from torchdemos.lab.theory.linear import relu_variance_ratio
from torchdemos.log import answers, colours

SHOWN_NEURONS = 5
SIZES = {"he": "with He's start", "small": "with a small one", "large": "with a large one"}
AVERAGED_STEPS = 5  # of one point of a loss: single batches scatter
LOSS_COLOURS = {"zero": "ink", "constant": "amber", "random": "faint"}
HIGHEST_LOSS = 2.6  # of a chart: a little above that of guessing
NOW_TRY: answers.NowTry = {
    "command": "torchdemos initialization --depth 30",
    "expect": "Three times the layers. We saw Xavier's start fall to **10 %**; He's, orthogonal matrices and LSUV "
    "still learnt, to **51**, **54** and **56 %**. How far they come depends on the seed.",
}


def told(
    config: Initialization,
    variants: Sequence[Variant],
    scales: Mapping[str, LayerScales],
    recorded: Mapping[str, Recorded],
    floor: float,
) -> Told:
    """The page of a run; `floor` is H(y), the loss of one answer for all digits."""
    signal = {name: by_layer.stds[: config.depth] for name, by_layer in scales.items()}
    equal, random = recorded["constant"], recorded["random"]
    shades = colours.of_runs(one.board.folder.name for one in variants)
    shade = {one.name: shades[one.board.folder.name] for one in variants}
    hero = {
        "kind": "starts",
        "columns": [
            column("Equal start", equal_start.STARTS["constant"], "Five copies stay one neuron.", equal),
            column("Random start", equal_start.STARTS["random"], "Five neurons look for five things.", random),
        ],
        "signal": [
            curve(name, signal[name], shade[name]) for name in sorted(signal, key="he".__eq__)
        ],  # He's is drawn on top
        "about": f"Weights into the first {SHOWN_NEURONS} of {equal_start.NEURONS} neurons as pictures of 28 by 28, "
        "one scale a row:",
    }
    cards = [accuracies(config, variants, shade), losses(recorded, floor)]
    return Told(f"With random numbers of the right size. {alike(equal, random)}{sizes(signal)}", hero, cards, NOW_TRY)


def sketch(variants: Sequence[Variant]) -> Sketch:
    """The share of test digits that each start names right in the end."""
    return Sketch("", [Row(one.name, [_share(one.accuracy)], _right(one.accuracy)) for one in variants])


def _share(accuracy: float) -> float:
    return accuracy if math.isfinite(accuracy) else 0.0


def _right(accuracy: float) -> str:
    return f"{percent(accuracy)} of digits right" if math.isfinite(accuracy) else "not numbers any more"


def alike(equal: Recorded, random: Recorded) -> str:
    """Why random."""
    ends = percent(equal.end.accuracy), percent(random.end.accuracy)
    return "Neurons that start equal stay **one** neuron: **{}** right, random ones **{}**.".format(*ends)


def sizes(signal: Mapping[str, Sequence[float]]) -> str:
    """Why of the right size: what became of the signal from the starts that this run has."""
    depth = max(map(len, signal.values()))
    found = {name: signal[name][-1] / signal[name][0] for name in SIZES if name in signal}
    ends = ", ".join(f"by **{brief(factor)}** {SIZES[name]}" for name, factor in found.items())
    return f" And the signal changes from layer 1 to {depth} {ends}." if ends and depth > 1 else ""


def column(title: str, condition: str, lesson: str, recorded: Recorded) -> dict[str, Any]:
    """Five neurons of one start, a row of pictures for each snapshot."""
    rows = [row(step, snapshot) for step, snapshot in recorded.snapshots.items()]
    return {"title": title, "condition": condition, "lesson": lesson, "neurons": equal_start.NEURONS, "rows": rows}


def row(step: int, snapshot: Snapshot) -> dict[str, Any]:
    """One snapshot: its weights as int8, of which 127 stands for `scale`, in base64."""
    shown = snapshot.weights[:SHOWN_NEURONS]
    scale = pictures.full_scale(shown)
    return {
        "step": step,
        "right": percent(snapshot.accuracy),
        "distinct": snapshot.distinct,
        "scale": answers.short(scale, 3),
        "weights": packed(shown / (scale or 1.0)),
    }


def packed(parts: Tensor) -> str:
    """Numbers from -1 to 1 as int8 in base64."""
    return base64.b64encode((127 * parts).round().char().cpu().numpy().tobytes()).decode()


def curve(name: str, stds: Sequence[float], colour: str) -> dict[str, Any]:
    """The std of each layer before training, and the factor by which a layer changes it in theory."""
    factor = relu_variance_ratio(2, starts.VARIANCES[name]) ** 0.5 if name in starts.VARIANCES else None
    points = [[layer, answers.short(std)] for layer, std in enumerate(stds, start=1)]
    return {"name": name, "factor": factor and answers.short(factor, 2), "colour": colour, "points": points}


def accuracies(config: Initialization, variants: Sequence[Variant], shade: Mapping[str, str]) -> answers.Card:
    """Where the deep networks of the demo ended."""
    bars = [
        {"name": one.name, "value": one.accuracy, "text": percent(one.accuracy), "colour": shade[one.name]}
        for one in variants
    ]
    return {
        "title": f"{config.depth} layers, {config.steps} steps",
        "condition": "test digits named right",
        "about": "",
        "kind": "bars",
        "data": {"bars": bars, "most": 1, "mark": [0.1, "guessing"]},
    }


def losses(recorded: Mapping[str, Recorded], floor: float) -> answers.Card:
    """How the loss of equal neurons fell, and how that of random ones."""
    series = [
        {"name": name, "points": averaged(recorded[name].losses), "colour": f"var(--{shade})"}
        for name, shade in LOSS_COLOURS.items()
    ]
    return {
        "title": "Equal, and equal for ever",
        "condition": f"training loss, learning rate {equal_start.LEARNING_RATE}",
        "about": f"Zeros stay at H(y) = {floor:.3f}, the loss of one answer for all digits. Equal neurons learn what "
        "a single one can.",
        "kind": "lines",
        "data": {"series": series, "low": 0, "high": HIGHEST_LOSS, "marks": [[floor, ""]]},
    }


def averaged(values: Sequence[float]) -> list[list[float]]:
    """Means of consecutive steps, each at the last of its steps."""
    ends = range(AVERAGED_STEPS, len(values) + 1, AVERAGED_STEPS)
    return [[end, answers.short(fmean(values[end - AVERAGED_STEPS : end]), 4)] for end in ends]


def percent(share: float) -> str:
    """`23.7 %` without a break, also for outputs that are not numbers."""
    return f"{100 * share:.3g}\u00a0%" if math.isfinite(share) else "not numbers any more"


def brief(factor: float) -> str:
    """Two digits, `0.71`; what is very small or large is a power of ten, `10⁹`."""
    if factor == 0 or 1e-4 <= factor < 1e5:
        return f"{float(f'{factor:.2g}'):g}"
    return f"10{answers.raised(str(round(math.log10(factor))))}" if math.isfinite(factor) else "no finite factor"
