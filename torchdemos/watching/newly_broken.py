"""What was finite so far and is not any more."""

import math

from torchdemos.watching.look import Look

SOUND = 100  # looks without anything broken, after which it counts anew


class NewlyBroken:
    """Tells looks in which NaN or inf appears in an output, a weight, the loss or the gradient that a step took.

    The gradient of a step that a gradient scaler skips may overflow. What stays broken, or is so again and again,
    counts once.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._sound = 0

    def add(self, look: Look) -> bool:
        """Add a look, and say whether there is something new in it that is not finite."""
        found = broken(look)
        self._sound = 0 if found else self._sound + 1
        if self._sound == SOUND:
            self._known.clear()
        new = not found <= self._known
        self._known |= found
        return new


def broken(look: Look) -> set[str]:
    """What in a look is not finite."""
    outputs = {f"output of {key}" for key, own in look.activations.items() if own["finite_fraction"] < 1}
    weights = {name for name, own in look.parameters.items() if not math.isfinite(own.get("norm", 0.0))}
    totals = {"loss": look.loss or 0.0, "gradient": look.gradient_norm or 0.0}
    return outputs | weights | {what for what, value in totals.items() if not math.isfinite(value)}
