"""Units that do nothing any more."""

from torchdemos.diagnosis.finding import Finding, Numbers, others

DEAD_WARNING, DEAD_ERROR, DEAD_SAMPLES = 0.1, 0.5, 1000
DEAD_SOURCE = "torchdemos, on 1000 MNIST images: healthy layers have 0-9 % (one convolution 38 %), broken ones 43-96 %"

SATURATED = 0.5
SATURATED_SOURCE = "the share is that of Amazon SageMaker Debugger's SaturatedActivation rule"


def dead_units(shares: Numbers, samples: int) -> Finding | None:
    """Units that were active on none of at least 1000 samples (fewer samples: silent, since rare is not dead).

    `shares` maps each layer to its share of such units: above 0.1 a warning, above 0.5 an error.
    """
    if samples < DEAD_SAMPLES or not (sick := _above(DEAD_WARNING, shares)):
        return None
    layer, share = next(iter(sick.items()))
    level, limit = ("error", DEAD_ERROR) if share > DEAD_ERROR else ("warning", DEAD_WARNING)
    message = (
        f"{share:.1%} of the units of {layer!r} were active on none of {samples} samples ({level} above {limit:.0%})"
        f"{others(sick)}; try a lower learning rate, He initialization with zero biases, or LeakyReLU."
    )
    return Finding("dead units", level, layer, message, DEAD_SOURCE)


def saturated_units(shares: Numbers) -> Finding | None:
    """Units that sit where their activation is flat, so that hardly any gradient passes: above 0.5 a warning.

    `shares` maps each layer to its share of such units.
    """
    if not (sick := _above(SATURATED, shares)):
        return None
    layer, share = next(iter(sick.items()))
    message = (
        f"{share:.1%} of the units of {layer!r} are saturated (warning above {SATURATED:.0%}){others(sick)}; try "
        "smaller inputs and initial weights, normalization, or ReLU."
    )
    return Finding("saturated units", "warning", layer, message, SATURATED_SOURCE)


def _above(limit: float, shares: Numbers) -> dict[str, float]:
    """The layers whose share exceeds the limit, the worst first; NaN exceeds nothing."""
    sick = {layer: float(share) for layer, share in shares.items() if float(share) > limit}
    return dict(sorted(sick.items(), key=lambda item: -item[1]))
