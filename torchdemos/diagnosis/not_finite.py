"""Where NaN and inf came from."""

import math
from collections.abc import Mapping

from torchdemos.diagnosis.finding import ByLayer, Finding, others

NOT_FINITE_SOURCE = "IEEE 754: NaN and inf survive almost every later operation"


def not_finite(finite: ByLayer, weights_finite: Mapping[str, bool] | None = None) -> Finding | None:
    """An output has NaN or inf; the finding names the first such layer and says whether its weights are to blame.

    `finite` maps each layer, in call order, to the finite share of its output (1: all of it). `weights_finite` maps the
    same names to whether all weights are finite. Later layers mostly pass the NaN on, so they are only counted.
    """
    bad = [layer for layer, share in finite.items() if float(share) < 1]
    if not bad:
        return None
    share = 100 * (1 - float(finite[bad[0]]))
    message = (
        f"{share:.3g} % of the output of {bad[0]!r} is NaN or inf, the first in call order{others(bad)}"
        f"{_blame(weights_finite or {}, bad[0])}."
    )
    return Finding("not finite", "error", bad[0], message, NOT_FINITE_SOURCE)


def _blame(weights_finite: Mapping[str, bool], layer: str) -> str:
    if layer not in weights_finite:
        return ""
    if weights_finite[layer]:
        return "; its weights are finite: look for NaN in its input, log or division at 0, overflow in half precision"
    return "; its weights are already non-finite: an optimizer step broke them, so lower the learning rate or clip"


def gradient_not_finite(norms: ByLayer) -> Finding | None:
    """A gradient has NaN or inf; the finding names the last such layer in call order, the first one on the way back."""
    bad = [layer for layer, norm in norms.items() if not math.isfinite(float(norm))][::-1]
    if not bad:
        return None
    message = (
        f"The gradient of {bad[0]!r} is NaN or inf, the first on the way back from the loss{others(bad)}; look for "
        "sqrt, log or division at 0 right behind it, or lower the loss scale."
    )
    return Finding("not finite", "error", bad[0], message, NOT_FINITE_SOURCE)
