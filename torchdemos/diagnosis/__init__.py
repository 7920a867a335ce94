"""What plain numbers say about a training run: one function per rule, each returns a Finding or None.

Nothing here knows PyTorch, so a rule works on a live run and on an old event file alike. A number may be anything that
float() accepts. A share of NaN means "nothing was measured" and is skipped.
"""

import math
from collections.abc import Iterable, Mapping
from typing import SupportsFloat

from torchdemos.diagnosis.finding import Finding, Numbers
from torchdemos.diagnosis.gradients import gradient_slope, gradient_zero
from torchdemos.diagnosis.losses import below_minimum, diverged, loss_floor
from torchdemos.diagnosis.not_finite import gradient_not_finite, not_finite
from torchdemos.diagnosis.units import DEAD_SAMPLES, dead_units, saturated_units

__all__ = [
    "DEAD_SAMPLES",
    "Finding",
    "below_minimum",
    "dead_units",
    "diagnose",
    "diverged",
    "gradient_not_finite",
    "gradient_slope",
    "gradient_zero",
    "loss_floor",
    "not_finite",
    "saturated_units",
]


def diagnose(
    *,
    losses: Iterable[SupportsFloat] | None = None,
    finite: Numbers | None = None,
    weights_finite: Mapping[str, bool] | None = None,
    gradient_norms: Numbers | None = None,
    dead: Numbers | None = None,
    samples: int = 0,
    saturated: Numbers | None = None,
    loss_minimum: float = 0.0,
    label_counts: Iterable[SupportsFloat] = (),
    accuracy: SupportsFloat = math.nan,
) -> list[Finding]:
    """Everything that the rules below find in these numbers: errors first, one finding per kind.

    Give what you have; a rule without its numbers is silent. An empty list means that no rule fired, not that the run
    is healthy. `loss_minimum` is the lowest value your loss can take: -math.inf if it has none (log densities, ELBO).
    For a loss that is meant to be cross entropy, `label_counts` (how often each class occurs in training) and the
    training `accuracy`, if you know it, let `loss_floor` name bugs.
    """
    history = [float(loss) for loss in losses] if losses is not None else []
    norms = gradient_norms or {}
    findings = [
        not_finite(finite or {}, weights_finite) or gradient_not_finite(norms),
        diverged(history),
        gradient_zero(norms) or gradient_slope(norms, history),
        loss_floor(history, label_counts, accuracy) or below_minimum(history, loss_minimum),
        dead_units(dead or {}, samples),
        saturated_units(saturated or {}),
    ]
    return sorted((finding for finding in findings if finding), key=lambda finding: finding.level != "error")
