"""Histories of runs in literals."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torchdemos.diagnosis import Finding, History, diagnose
from torchdemos.diagnosis.history import Statistics

LOOKS = 40


def run(losses: Sequence[float] = (), looks: int = 0, **more: Any) -> History:
    """A history with a loss at each look; `more` are its other fields."""
    steps = range(looks or len(losses) or LOOKS)
    return History(steps=list(steps), losses=list(zip(steps, losses, strict=False)), **more)


def falling(looks: int = LOOKS) -> list[float]:
    return [2.3 * 0.95**step for step in range(looks)]


def flat(looks: int = LOOKS) -> list[float]:
    return [2.3] * looks


def gradients(*norms: float, looks: int = LOOKS) -> dict[str, Statistics]:
    """Of layers `fc0`, `fc1`, ... the same norm at every look."""
    return {f"fc{place}": {"norm": [norm] * looks} for place, norm in enumerate(norms)}


def weights(looks: int = LOOKS, **series: float | Sequence[float]) -> dict[str, Statistics]:
    """A weight `fc.weight` with these statistics, each a number or one for each look."""
    return {"fc.weight": {name: _series(value, looks) for name, value in series.items()}}


def classifier(classes: int = 10, looks: int = LOOKS, **more: float) -> Statistics:
    """Logits of so many classes for 64 samples."""
    usual = {
        "units": classes,
        "rows": 64,
        "mean": 0.0,
        "std": 0.3,
        "abs_max": 1.0,
        "grad_norm": 0.11,
        "grad_abs_max": 0.014,
    }
    return {name: [value] * looks for name, value in (usual | more).items()}


def squared(loss: float, looks: int = LOOKS, **more: float) -> Statistics:
    """One number for each of 64 samples, held against targets by a mean squared error that costs so much."""
    rows = more.get("rows", 64)
    usual = {
        "std": 0.1,
        "grad_norm": (4 * loss / rows) ** 0.5,
        "grad_abs_max": 2 * loss**0.5 / rows,
        "grad_shared": 0.0,
    }
    return classifier(1, looks, **(usual | more))


def kinds(history: History) -> list[str]:
    return [finding.kind for finding in diagnose(history)]


def only(history: History) -> Finding:
    """The one root cause that is found."""
    (finding,) = diagnose(history)
    return finding


def without_losses(history: History) -> History:
    return replace(history, losses=[])


def _series(value: float | Sequence[float], looks: int) -> Sequence[float]:
    return [value] * looks if isinstance(value, (int, float)) else value
