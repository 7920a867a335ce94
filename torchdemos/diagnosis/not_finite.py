"""NaN and inf: where they came from."""

import math
from collections.abc import Mapping

from torchdemos.diagnosis.finding import Finding, Numbers, others

NOT_FINITE_SOURCE = "IEEE 754: NaN and inf survive almost every later operation"


def not_finite(finite: Numbers, weights_finite: Mapping[str, bool] | None = None) -> Finding | None:
    """The first layer, in call order, with NaN or inf in its output, and whether its own weights are to blame.

    `finite` maps each layer to the finite share of its output (1: all is well), `weights_finite` to whether all its
    weights are finite; the names must be the same. Later layers mostly pass the NaN on, so they are only counted.
    """
    sick = [layer for layer, share in finite.items() if float(share) < 1]
    if not sick:
        return None
    share = 100 * (1 - float(finite[sick[0]]))
    message = (
        f"{share:.3g} % of the output of {sick[0]!r} is NaN or inf, the first in call order{others(sick)}"
        f"{_blame(weights_finite or {}, sick[0])}."
    )
    return Finding("not finite", "error", sick[0], message, NOT_FINITE_SOURCE)


def _blame(weights_finite: Mapping[str, bool], layer: str) -> str:
    if layer not in weights_finite:
        return ""
    if weights_finite[layer]:
        return "; its weights are finite: look for NaN in its input, log or division at 0, overflow in half precision"
    return "; its weights are already non-finite: an optimizer step broke them, so lower the learning rate or clip"


def gradient_not_finite(norms: Numbers) -> Finding | None:
    """The layer where the backward pass first met NaN or inf: the last in call order, since it runs backwards."""
    sick = [layer for layer, norm in norms.items() if not math.isfinite(float(norm))][::-1]
    if not sick:
        return None
    message = (
        f"The gradient of {sick[0]!r} is NaN or inf, the first on the way back from the loss{others(sick)}; look for "
        "sqrt, log or division at 0 right behind it, or lower the loss scale."
    )
    return Finding("not finite", "error", sick[0], message, NOT_FINITE_SOURCE)
