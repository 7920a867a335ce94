"""The page that answers what the learning rate does: the steepest valley of the loss, and what was measured."""

import math
from collections.abc import Mapping, Sequence

from torchdemos.lab.demos.answer import Told
from torchdemos.lab.demos.learning_rate_valley import Ball, balls_in, rate_names, valley
from torchdemos.lab.demos.sketch import Row, Sketch
from torchdemos.lab.experiments import edge_of_stability
from torchdemos.lab.experiments.ladder import Rung
from torchdemos.lab.experiments.quadratic import Threshold
from torchdemos.lab.result import Result
from torchdemos.lab.theory import descent
from torchdemos.log import answers
from torchdemos.log.answers import short

MOST_POINTS = 50  # of each measured loss curve
SKETCHED = 40  # points of it in a terminal
NOW_TRY: answers.NowTry = {
    "command": "torchdemos learning-rate --ladder 0.5 0.9 0.999 1.001 --steps 400",
    "expect": "A thousandth below the wall and a thousandth above it: the first falls, the second rises in the end. "
    "We saw **0.192** and **0.416**.",
}


def tell(
    ladder: Sequence[float],
    thresholds: Sequence[Threshold],
    rungs: Mapping[str, Rung],
    at_edge: Result,
    learning_rate: float,
    digits: int,
) -> Told:
    """Tell what a run found with this many digits. `learning_rate` is that of the network at its edge."""
    raw = thresholds[0]
    wall, *names = rate_names([raw.bowl.threshold, *(rung.learning_rate for rung in rungs.values())])
    balls = balls_in(names, ladder, rungs.values())
    cards = [losses_card(balls, digits), sharpness_card(at_edge, learning_rate), walls_card(thresholds)]
    return Told(answer(raw, wall), valley(raw, wall, balls), cards, NOW_TRY)


def answer(threshold: Threshold, wall: str) -> str:
    """The lesson in two sentences, with the wall of this run."""
    found = threshold.found.middle
    return (
        f"It is the step size: too small crawls, larger is faster, but above **{wall}** every step down the steepest "
        "slope lands higher on the other side, and training diverges. The pixels alone predicted this wall, 2/λ; a "
        f"search found **{found:.3g}**, {100 * abs(found / threshold.bowl.threshold - 1):.2g} % off."
    )


def sketch(ladder: Sequence[float], rungs: Mapping[str, Rung]) -> Sketch:
    """The loss of every rung by step, drawn full where it is as high as at the start or higher."""
    names = rate_names([rung.learning_rate for rung in rungs.values()])
    balls = balls_in(names, ladder, rungs.values())
    rows = [Row(f"{ball.name} {ball.word}", _heights(ball.rung.measured), _ended(ball.rung)) for ball in balls]
    return Sketch(f"The loss over {len(balls[0].rung.measured)} steps with each learning rate:", rows)


def _heights(losses: Sequence[float]) -> list[float]:
    """Some of the losses, as shares of the first; what is not finite is as much as the first."""
    count = min(SKETCHED, len(losses))
    chosen = [losses[round(i * (len(losses) - 1) / max(count - 1, 1))] for i in range(count)]
    return [min(loss / losses[0], 1.0) if math.isfinite(loss) else 1.0 for loss in chosen]


def _ended(rung: Rung) -> str:
    end = rung.measured[-1]
    return f"ends at {end:.3g}" if math.isfinite(end) else "leaves the range of numbers"


def losses_card(balls: Sequence[Ball], digits: int) -> answers.Card:
    """The measured losses, in all directions at once."""
    first, lowest = balls[0].rung.measured[0], min(min(_finite(ball.rung.measured)) for ball in balls)
    series = [
        {"name": f"{ball.name} {ball.word}", "colour": ball.colour, "points": _points(ball.rung.measured)}
        for ball in balls
    ]
    return {
        "title": "Measured",
        "condition": f"loss in all directions at once, {digits:,} digits",
        "about": _who_ends_lowest(balls),
        "kind": "lines",
        "data": {"series": series, "low": short(lowest * 0.8, 3), "high": short(first * 1.1, 3)},
    }


def sharpness_card(at_edge: Result, learning_rate: float) -> answers.Card:
    """The sharpness of a real network beside 2 / learning rate."""
    sharpness = at_edge.curves[f"{edge_of_stability.GROUP}/sharpness"]
    edge = descent.threshold(learning_rate)
    settled = all(claim.holds for claim in at_edge.claims)
    points = [(step, short(value, 4)) for step, value in sharpness.items() if math.isfinite(value)]
    return {
        "title": "A real network",
        "condition": f"its sharpness climbs to 2/lr = {edge:.3g} and stays near"
        if settled
        else "its sharpness and 2/lr",
        "about": f"Learning rate {learning_rate:g}. The sharpness is λ where the network stands: the largest curvature "
        f"of its loss.{'' if settled else f' It did not settle at {edge:.3g} in {max(sharpness)} steps.'}",
        "kind": "lines",
        "data": {
            "series": [
                {"name": "sharpness", "colour": "var(--amber)", "points": points},
                {
                    **{"name": f"2/lr = {edge:.3g}", "colour": "var(--ink)", "dashed": True},
                    "points": [(step, edge) for step in sharpness],
                },
            ],
            "low": 0,
            "high": short(1.5 * edge, 4),
        },
    }


def walls_card(thresholds: Sequence[Threshold]) -> answers.Card:
    """How far the wall stands for each kind of pixels."""
    walls = {threshold.kind: threshold.bowl.threshold for threshold in thresholds}
    return {
        "title": "The wall",
        "condition": "2/λ by kind of pixels",
        "about": "Subtracting each pixel's mean takes the steepest valley away: steps may be "
        f"{walls['centred'] / walls['raw']:.2g} times as large.",
        "kind": "bars",
        "data": {"bars": [{"name": kind, "value": short(wall), "text": f"{wall:.3g}"} for kind, wall in walls.items()]},
    }


def _who_ends_lowest(balls: Sequence[Ball]) -> str:
    ends = sorted((ball.rung.measured[-1], ball) for ball in balls if math.isfinite(ball.rung.measured[-1]))
    if not ends:
        return "All of them left the range of numbers."
    (end, best), *others = ends
    compared = f", against {others[0][0]:.3g} of {others[0][1].name}" if others else ""
    lowest = f"ends lowest: {end:.3g} after {len(best.rung.measured) - 1} steps{compared}."
    across = "jumps across the steepest valley, but is fast in the flat ones and "
    return f"{best.name} {across if best.word == 'jumps' else ''}{lowest}"


def _finite(values: Sequence[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)]


def _points(losses: Sequence[float]) -> list[tuple[int, float]]:
    """Some of the losses by step, the last one among them."""
    every = max(1, len(losses) // MOST_POINTS)
    return [(step, short(losses[step], 4)) for step in sorted({*range(0, len(losses), every), len(losses) - 1})]
