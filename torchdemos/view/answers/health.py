"""The page of a watched model: is it healthy?"""

import math
import re
from collections.abc import Sequence
from typing import Any

from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.finding import INFORMATION
from torchdemos.log.answers import Page, short
from torchdemos.view import profiles
from torchdemos.view.answers import checks, health_cards, remedies
from torchdemos.view.answers.by_layer import ByLayer
from torchdemos.view.answers.powers import of_ten, readable
from torchdemos.view.events import LoggedRun
from torchdemos.view.looks import Looks
from torchdemos.view.thinning import evenly_spaced

MAX_LOSSES = 300
NO_LAYERS = "No layer was seen, only parameters: the model is compiled, or its calls were outside the blocks."
NO_PROOF = "No rule of the diagnosis fired, which is no proof of health."


def page(run: LoggedRun, prefix: str, name: str, colour: str = "var(--blue)") -> Page:
    """What the logged numbers of one model say about its health: what is wrong, where, since when, and what to try.

    `name` is the run's own, and `colour` that of the run in every other picture.
    """
    looks = Looks(run, prefix)
    layers, found = ByLayer(looks), looks.findings()
    ill = [finding for finding in found if finding.level != INFORMATION]
    return {
        "question": f"Is {f'{name}: {prefix}' if prefix else name} healthy?",
        "answer": _ill(ill, layers) if ill else _sound(looks, layers),
        "hero": {
            "kind": "health",
            "name": prefix or name.rpartition("/")[2],
            "colour": colour,
            "findings": [_told(finding, layers) for finding in found if finding not in ill[:1]],
            "checks": checks.of(looks, layers, found),
            "losses": _losses(looks.losses()),
            **layers.numbers(),
        },
        "cards": health_cards.of(looks, layers, colour),
        "now_try": remedies.of(ill[0].kind if ill else ""),
        "claims": [],
    }


def _ill(found: Sequence[Finding], layers: ByLayer) -> str:
    """The worst finding in full, and what else there is."""
    others = [finding.kind for finding in found[1:]]
    also = f" Also: **{'**, **'.join(others)}**." if others else ""
    return f"{_told(found[0], layers)}{also}"


def _told(finding: Finding, layers: ByLayer) -> str:
    """`**Vanishing gradient, since step 0.** Of the gradient of **out** ... From it follows: ... **Try:** ...`"""
    when = "" if finding.step is None else f", since step {finding.step}"
    follows = ", ".join(consequence.kind for consequence in finding.consequences)
    then = f" From it follows: {follows}." if follows else ""
    words = readable(f"{finding.evidence}{then} **Try:** {finding.advice}")
    named = re.sub(r"'([^']+)'", lambda name: f"**{layers.label(name[1])}**", words)
    return f"**{finding.kind.capitalize()}{when}.** {named}"


def _sound(looks: Looks, layers: ByLayer) -> str:
    seen = f"**Nothing alarming** in {len(looks.steps)} looks up to step {looks.steps[-1] if looks.steps else 0}."
    if not looks.layers:
        return f"{seen} {NO_LAYERS}"
    facts = ", and ".join(fact for fact in (_reach(layers), _course(looks.losses())) if fact)
    return f"{seen} {f'{facts[0].upper()}{facts[1:]}. ' if facts else ''}{NO_PROOF}"


def _reach(layers: ByLayer) -> str:
    """How much of the last layer's gradient the first one gets."""
    logs = [(name, cell) for name, cell in zip(layers.labels, layers.last(), strict=True) if isinstance(cell, float)]
    if len(logs) < 2:
        return ""
    (first, first_log), (last, last_log) = logs[0], logs[-1]
    return readable(f"the gradient of **{first}** is **{of_ten(first_log - last_log, 2)} times** that of **{last}**")


def _course(losses: profiles.Points) -> str:
    finite = [loss for _, loss in losses if math.isfinite(loss)]
    return f"the loss went from **{finite[0]:.3g}** to **{finite[-1]:.3g}**" if len(finite) > 1 else ""


def _losses(points: profiles.Points) -> list[list[Any]]:
    shown = evenly_spaced(points, MAX_LOSSES)
    return [[step, short(loss) if math.isfinite(loss) else None] for step, loss in shown]
