"""The steepest valley of the loss, and a ball in it for each learning rate."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from torchdemos.lab.experiments.ladder import Rung
from torchdemos.lab.experiments.quadratic import Threshold
from torchdemos.log.answers import short

STEPS = 13  # shown of the valley; odd, so that a ball that jumps ends opposite to one that crawls
OWN = 0.25  # of the wall, where the reader's own learning rate rests at first
COLOURS = ("var(--blue)", "var(--green)", "var(--pink)", "var(--red)")


class Zone(NamedTuple):
    """Learning rates that do the same in the steepest valley: those `below` a multiple of the wall."""

    below: float
    word: str
    sentence: str  # follows the learning rate: "0.0255 is good: ..."


ZONES = (  # symmetric about 0.5, where a step ends at the bottom: as much is left at 0.05 as at 0.95
    Zone(0.05, "crawls", "crawls: it hardly moves"),
    Zone(0.35, "walks down", "walks down"),
    Zone(0.65, "good", "is good: it is down within a few steps"),
    Zone(0.95, "overshoots", "overshoots the bottom, and still ends lower"),
    Zone(1.0, "jumps", "jumps from side to side, and hardly falls"),
    Zone(1.0 + 1e-9, "bounces", "bounces for ever: it neither falls nor rises"),
    Zone(math.inf, "diverges", "diverges: every step ends higher than the last"),
)


class Ball(NamedTuple):
    """A rung in the valley. `multiple` is its learning rate in units of the wall, and `name` the learning rate."""

    name: str
    multiple: float
    colour: str
    rung: Rung

    @property
    def word(self) -> str:
        """What it does in the valley."""
        return next(zone.word for zone in ZONES if self.multiple < zone.below)


def balls_in(names: Iterable[str], ladder: Iterable[float], rungs: Iterable[Rung]) -> list[Ball]:
    """A ball for each rung of a ladder."""
    return [Ball(*parts) for parts in zip(names, ladder, COLOURS, rungs, strict=True)]


def rate_names(rates: Sequence[float]) -> list[str]:
    """Learning rates with three digits, or with as many as tell them apart."""
    written = ([f"{rate:.{digits}g}" for rate in rates] for digits in range(3, 18))
    return next(names for names in written if len(set(names)) == len(set(rates)))


def valley(threshold: Threshold, wall: str, balls: Sequence[Ball]) -> dict[str, Any]:
    """What `web/valley.js` draws: the wall, a ball for each rung, and a word for every learning rate."""
    return {
        "kind": "valley",
        "wall": threshold.bowl.threshold,
        "wall_name": wall,
        "curvature": float(threshold.bowl.curvatures[-1]),
        "steps": STEPS,
        "own": OWN,
        "end": min(max(1.25, 1.1 * balls[-1].multiple), 2.5),
        "balls": [
            {
                **{"name": ball.name, "multiple": ball.multiple, "colour": ball.colour},
                "measured": [short(distance) for distance in ball.rung.distance[: STEPS + 1]],
            }
            for ball in balls
        ],
        "zones": [zone._asdict() for zone in ZONES],
    }
