"""What was looked at in a watched model, and what came of it: one line each."""

import math
from collections.abc import Callable, Iterable, Sequence

from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.course import LEARNT
from torchdemos.diagnosis.finding import INFORMATION
from torchdemos.diagnosis.units import MANY_DEAD
from torchdemos.log import tags
from torchdemos.view import profiles
from torchdemos.view.answers.by_layer import ByLayer
from torchdemos.view.answers.powers import of_ten, readable
from torchdemos.view.looks import Looks

SOUND, ILL, OPEN = "sound", "ill", "open"  # of an open one no rule says whether it is wrong
OF_THE_GRADIENT = {"vanishing gradient", "exploding gradient", "gradient cut off"}
OF_THE_LOSS = {"learning rate too large", "rising loss", "loss below its minimum", "not finite"}
USUAL_UPDATES = -5.0, -1.0  # log10 of the update ratio, see `tags.DESCRIPTIONS`

Line = tuple[str, str]


def of(looks: Looks, layers: ByLayer, found: Iterable[Finding]) -> list[Line]:
    """Each line with a mark: sound, ill or open. What the log does not tell has no line."""
    kinds = {kind for finding in found if finding.level != INFORMATION for kind in _kinds(finding)}
    checks: Sequence[Callable[[Looks, ByLayer, set[str]], Line | None]] = (
        _not_finite, _gradients, _dead, _saturated, _updates, _loss,
    )  # fmt: skip
    lines = (check(looks, layers, kinds) for check in checks)
    return [(line[0], readable(line[1])) for line in lines if line]


def _kinds(finding: Finding) -> list[str]:
    return [finding.kind, *(consequence.kind for consequence in finding.consequences)]


def _not_finite(looks: Looks, layers: ByLayer, kinds: set[str]) -> Line | None:
    rows = [*looks.group(tags.NONFINITE).items(), *looks.group(tags.NONFINITE_GRADIENT).items()]
    if not looks.layers:
        return None
    first = min((min(row), layers.label(name)) for name, row in rows) if rows else None
    if first is None:
        return SOUND, f"not finite: no NaN and no inf in {_count(len(looks.steps), 'look')}"
    return ILL if "not finite" in kinds else OPEN, f"not finite: first at step {first[0]}, in {first[1]}"


def _gradients(looks: Looks, layers: ByLayer, kinds: set[str]) -> Line | None:
    cells = layers.last()
    logs = [cell for cell in cells if isinstance(cell, float)]
    zeros = cells.count(profiles.ZERO)
    if not logs and not zeros:
        return None
    mark = ILL if kinds & OF_THE_GRADIENT else OPEN if zeros else SOUND
    factor = f"{of_ten(max(logs) - min(logs), 3)} times" if logs else ""
    spread = f"the largest of {len(logs)} layers is {factor} the smallest" if len(logs) > 1 else ""
    exact = f"exactly 0 in {_count(zeros, 'layer')}" if zeros else ""
    return mark, f"vanishing, exploding: {', '.join(filter(None, (spread, exact)))}"


def _dead(looks: Looks, layers: ByLayer, kinds: set[str]) -> Line | None:
    """A log has a number only where units were dead at a look."""
    rows = {name: row.get(looks.steps[-1], 0.0) for name, row in looks.group(tags.LONG_DEAD).items()}
    if not looks.group(f"{tags.ACTIVATION_STATISTIC}_dead_units"):
        return None
    worst = max(rows, key=lambda name: rows[name], default=None)
    if worst is None or not rows[worst]:
        return ILL if "dead units" in kinds else SOUND, "dead: no unit was silent for 1,000 samples"
    mark = ILL if "dead units" in kinds else SOUND if rows[worst] <= MANY_DEAD else OPEN
    return mark, f"dead: {rows[worst]:.0%} of the units of {layers.label(worst)}"


def _saturated(looks: Looks, layers: ByLayer, kinds: set[str]) -> Line | None:
    rows = {name: row[max(row)] for name, row in looks.group(tags.SATURATED_UNITS).items() if row}
    if not rows:
        return None
    worst = max(rows, key=lambda name: rows[name])
    if not rows[worst]:
        return SOUND, "saturated: no sigmoid or tanh unit"
    mark = ILL if "saturated units" in kinds else SOUND
    return mark, f"saturated: at most {rows[worst]:.0%} of the units of {layers.label(worst)}"


def _updates(looks: Looks, layers: ByLayer, kinds: set[str]) -> Line | None:
    ratios = {name: row[max(row)] for name, row in looks.group(tags.UPDATE_RATIO).items() if row}
    still = [name for name in looks.group(tags.UNCHANGED) if name not in ratios]
    if still:
        return (
            OPEN,
            f"updates: {_count(len(still), 'weight or bias', 'weights and biases')} never changed, {still[0]} first",
        )
    if not ratios:
        return None
    low, high = min(ratios.values()), max(ratios.values())
    usual = USUAL_UPDATES[0] <= low and high <= USUAL_UPDATES[1]
    return (
        SOUND if usual else OPEN,
        f"updates: a step moves weights by {of_ten(low, 1)} to {of_ten(high, 1)} of their size",
    )


def _loss(looks: Looks, layers: ByLayer, kinds: set[str]) -> Line | None:
    losses = [loss for _, loss in looks.losses()]
    if not losses:
        return OPEN, "loss: not known; around.loss(loss) inside the block gives it"
    if OF_THE_LOSS & kinds or not math.isfinite(losses[-1]):
        return ILL, f"loss: {losses[-1]:.3g} at the end"
    fell = losses[0] - losses[-1] >= LEARNT * abs(losses[0])
    return SOUND if fell else OPEN, f"loss: {losses[0]:.3g} at first, {losses[-1]:.3g} at the end"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"
