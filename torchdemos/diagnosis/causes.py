"""One root cause once: what follows from a finding is listed under it."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from torchdemos.diagnosis.finding import INFORMATION, LEVELS, WARNING, Finding

ANYTHING = frozenset({
    "not finite", "vanishing gradient", "exploding gradient", "exploding signal", "dead units", "saturated units",
    "gradient cut off", "nothing learnt", "rising loss", "learning rate too large", "learning rate too small",
    "shrinking weights", "clipped away", "not trained",
})  # fmt: skip
MAY_BE_MEANT = ("unscaled input", "too much dropout", "batch norm in evaluation")
LEADS_TO = {  # in the order in which causes are looked for
    "constant input": ANYTHING,
    "softmax applied twice": ANYTHING,
    "softmax over samples": ANYTHING,
    "forgotten log-softmax": ANYTHING | {"loss below its minimum"},
    "forgotten log": ANYTHING | {"loss below its minimum"},
    "equal units": ANYTHING,
    "gradients not cleared": ANYTHING,
    "rising loss": ANYTHING - {"learning rate too large"},
    "unscaled input": ANYTHING,
    "bottleneck": ANYTHING - {"not finite", "learning rate too large"},
    "saturated units": ANYTHING - {"dead units", "not finite"},
    "exploding signal": ANYTHING,
    "exploding gradient": ANYTHING,
    "batch norm in evaluation": ANYTHING,
    "too much dropout": ANYTHING,
    "vanishing gradient": ANYTHING - {"dead units", "not finite"},
    "shrinking weights": ANYTHING - {"not finite", "learning rate too large"},
    "learning rate too large": ANYTHING | {"loss below its minimum"},
    "not finite": ANYTHING,
    "dead units": ANYTHING,
    "clipped away": ANYTHING,
    "gradient cut off": ANYTHING,
    "not trained": ANYTHING - {"not finite", "learning rate too large", "exploding signal", "exploding gradient"},
    "learning rate too small": ANYTHING,
}


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Root causes, errors first, each with what follows from it.

    Something explains only what began no earlier.
    """
    places = {kind: place for place, kind in enumerate(LEADS_TO)}
    waiting = sorted(findings, key=lambda finding: (_began(finding), places.get(finding.kind, len(places))))
    roots: list[Finding] = []
    while waiting:
        cause = waiting.pop(0)
        cause, follows = _with_consequences(cause, waiting)
        waiting = [finding for finding in waiting if finding not in follows]
        roots.append(cause.leading_to(follows))
    return sorted(roots, key=lambda finding: LEVELS.index(_worst(finding)))


def without(muted: Collection[str], roots: Iterable[Finding]) -> list[Finding]:
    """These root causes without the muted ones. What is worse than a muted cause is told in its place."""
    kept: list[Finding] = []
    for root in roots:
        rest = [own for own in root.consequences if not _is_muted(own, muted)]
        if not _is_muted(root, muted):
            kept.append(replace(root, consequences=tuple(rest)))
        else:
            kept += ordered(own for own in rest if LEVELS.index(own.level) < LEVELS.index(root.level))
    return kept


def _is_muted(finding: Finding, muted: Collection[str]) -> bool:
    return finding.kind in muted or f"{finding.kind}: {finding.layer}" in muted


def _with_consequences(cause: Finding, others: Sequence[Finding]) -> tuple[Finding, list[Finding]]:
    """What may be meant is a cause, and a warning, once something else is wrong that it explains."""
    follows = [finding for finding in others if _explains(cause, finding)]
    if cause.level != INFORMATION:
        return cause, follows
    ill = cause.kind in MAY_BE_MEANT and any(finding.level != INFORMATION for finding in follows)
    return (replace(cause, level=WARNING), follows) if ill else (cause, [])


def _explains(cause: Finding, other: Finding) -> bool:
    in_time = _began(cause) <= _began(other)
    return in_time and other.kind in LEADS_TO.get(cause.kind, ())


def _began(finding: Finding) -> float:
    return math.inf if finding.step is None else finding.step


def _worst(finding: Finding) -> str:
    return min((finding.level, *(other.level for other in finding.consequences)), key=LEVELS.index)
