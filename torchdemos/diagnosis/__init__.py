"""What plain numbers say about a training run: one function per rule, which returns a Finding or None.

Nothing here imports PyTorch, so a rule works on a live run and on an old event file alike. A number is anything that
float() accepts. A share of NaN means that nothing was measured, and is skipped.
"""

import math
from collections.abc import Iterable, Mapping
from typing import SupportsFloat

from torchdemos.diagnosis.finding import ByLayer, Finding
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
    finite: ByLayer | None = None,
    weights_finite: Mapping[str, bool] | None = None,
    gradient_norms: ByLayer | None = None,
    dead: ByLayer | None = None,
    samples: int = 0,
    saturated: ByLayer | None = None,
    loss_minimum: float = 0.0,
    label_counts: Iterable[SupportsFloat] = (),
    accuracy: SupportsFloat = math.nan,
) -> list[Finding]:
    """Say what is wrong with a training run, as far as these numbers tell: errors first, one finding per kind.

    Give what you have; a rule without its numbers is silent. An empty list means that no rule fired, not that the run
    is healthy. All mappings are by layer, in call order from the input to the loss.

    `losses` is the training loss of every step so far, oldest first; NaN and inf mean that it diverged. `finite` is the
    share of each layer's outputs that is neither NaN nor infinite, `weights_finite` whether all its parameters are
    finite. `gradient_norms` are the norms of d loss / d output: 0 is a gradient that does not arrive, NaN or inf one
    that is broken. `dead` is the share of units that gave 0 for each of so many `samples`, `saturated` the share of
    sigmoid or tanh units whose slope is close to 0; both are 0 to 1.

    `loss_minimum` is the lowest value that the loss can take: -math.inf if there is none (log densities, ELBO). For a
    loss that is meant to be cross entropy, `label_counts` (how often each class occurs in training) and the training
    `accuracy` (0 to 1), if known, let `loss_floor` name bugs.

    Raises `ValueError` or `TypeError` only for what `float()` does not take.

    ```python
    from torchdemos import diagnose

    norms = {"fc1": 1e-9, "fc2": 1e-7, "fc3": 1e-5, "fc4": 1e-3, "out": 0.1}
    for finding in diagnose(losses=[2.30, 2.30, 2.30], gradient_norms=norms):
        print(finding.level, finding.kind, finding.layer)  # error vanishing gradient fc1
    ```
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
