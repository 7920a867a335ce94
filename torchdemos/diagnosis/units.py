"""Units that no longer do anything."""

from torchdemos.diagnosis.finding import ByLayer, Finding, others

DEAD_WARNING, DEAD_ERROR = 0.1, 0.5  # share of a layer's units
DEAD_SAMPLES = 1000  # fewer cannot tell a dead unit from a rarely active one
DEAD_SOURCE = "torchdemos, on 1000 MNIST images: healthy layers have 0-9 % (one convolution 38 %), broken ones 43-96 %"

SATURATED_WARNING = 0.5  # share of a layer's units
SATURATED_SOURCE = "the share is that of Amazon SageMaker Debugger's SaturatedActivation rule"


def dead_units(shares: ByLayer, samples: int) -> Finding | None:
    """Too many units were active on none of the samples: a warning above 10 % of a layer's units, an error above half.

    `shares` maps each layer to its share of such units. The rule is silent below 1000 samples: a rare unit is not dead.
    """
    if samples < DEAD_SAMPLES or not (high := _above(DEAD_WARNING, shares)):
        return None
    layer, share = next(iter(high.items()))
    level, limit = ("error", DEAD_ERROR) if share > DEAD_ERROR else ("warning", DEAD_WARNING)
    message = (
        f"{share:.1%} of the units of {layer!r} were active on none of {samples} samples ({level} above {limit:.0%})"
        f"{others(high)}; try a lower learning rate, He initialization with zero biases, or LeakyReLU."
    )
    return Finding("dead units", level, layer, message, DEAD_SOURCE)


def saturated_units(shares: ByLayer) -> Finding | None:
    """More than half of a layer's units are where their activation is flat and hardly any gradient passes.

    `shares` maps each layer to its share of such units.
    """
    if not (high := _above(SATURATED_WARNING, shares)):
        return None
    layer, share = next(iter(high.items()))
    message = (
        f"{share:.1%} of the units of {layer!r} are saturated (warning above {SATURATED_WARNING:.0%}){others(high)}; "
        "try smaller inputs and initial weights, normalization, or ReLU."
    )
    return Finding("saturated units", "warning", layer, message, SATURATED_SOURCE)


def _above(limit: float, shares: ByLayer) -> dict[str, float]:
    """The layers whose share exceeds the limit, the worst first; NaN exceeds nothing."""
    high = {layer: float(share) for layer, share in shares.items() if float(share) > limit}
    return dict(sorted(high.items(), key=lambda item: -item[1]))
