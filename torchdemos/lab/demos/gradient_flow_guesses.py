"""What `--predict` asks before gradient flow is shown, and what typical wrong answers overlook."""

import math
from collections.abc import Sequence

from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.demos.configs import GradientFlow
from torchdemos.lab.demos.gradient_flow_page import GUESSING, log_ratio
from torchdemos.lab.demos.gradient_training import DeepNetwork
from torchdemos.lab.demos.guess import (
    Mistake,
    Outcome,
    Question,
    known,
    less,
    more,
    near,
    outcome,
    within,
    within_factor,
)

QUARTERS = math.log10(0.25)


def questions(config: GradientFlow) -> Sequence[Question]:
    """What one layer does to the gradient, what many do, and what that does to learning."""
    depth = config.depth
    return (
        Question(
            "sigmoid_factor",
            "Weights have the variance 1/n in layers of n sigmoid neurons. By what factor does each layer multiply the "
            "gradient on its way back?",
            "the factor of a sigmoid layer",
            within_factor(1.1),
            (
                Mistake(
                    near(0.25),
                    "1/4 is the largest slope of a sigmoid, which only a neuron at 0 has: the typical "
                    "slope is smaller. And the weights' own factor belongs to it too: 1 here, where their "
                    "variance is 1/n, but 2 for weights twice as large.",
                ),
                Mistake(
                    near(0.5),
                    "1/2 is the value of a sigmoid at 0. What the gradient is multiplied by is its "
                    "slope, at most 1/4, and the weights.",
                ),
                Mistake(near(1), "The weights keep its size here, but the sigmoid's slope, at most 1/4, shrinks it."),
                Mistake(more, "The slope of a sigmoid is at most 1/4, and these weights keep the gradient's size."),
                Mistake(
                    less,
                    "The slopes of most neurons are not far below 1/4, and these weights keep the gradient's size.",
                ),
            ),
        ),
        Question(
            "sigmoid_depth",
            f"Which power of ten is left of the gradient after {depth} such layers? (-3 for a thousandth)",
            f"the power of ten left after {depth} layers",
            within(0.05 * depth),
            (
                Mistake(
                    lambda guess, truth: 0 < guess < 1,
                    "Asked is the power alone: -3 where a thousandth is left.",
                ),
                Mistake(
                    lambda guess, truth: guess > 0,
                    "A positive power is a gradient that grows; what is left of one that shrinks is a negative power.",
                ),
                Mistake(
                    near(depth * QUARTERS),
                    f"That is 1/4 for each layer, the largest slope of a sigmoid. The "
                    f"factor is about 0.2, and {depth} layers make much of a small difference.",
                ),
                Mistake(more, "Factors multiply: 0.2 a layer is 0.7 powers of ten, in each layer again."),
                Mistake(less, "Factors multiply, but 0.2 a layer is only 0.7 powers of ten."),
            ),
        ),
        Question(
            "tanh_factor",
            "Under tanh, with weights at which a gradient keeps its size, all weights are made three times as large. "
            "By what factor does each layer multiply the gradient now?",
            "the factor with weights three times as large",
            within_factor(1.12),
            (
                Mistake(
                    near(3),
                    "The weights' factor is 3, but larger sums saturate tanh: its slopes shrink and take "
                    "half of that away.",
                ),
                Mistake(
                    near(1), "Tanh's slopes shrink as its inputs grow, but not by as much as the weights have grown."
                ),
                Mistake(more, "Larger sums saturate tanh: its slopes shrink and take a part of the growth away."),
                Mistake(less, "Tanh's slopes shrink as its inputs grow, but by less than the weights have grown."),
            ),
        ),
        Question(
            "vanish_accuracy",
            f"The sigmoid network of {depth} layers trains for {config.steps} steps. How many per cent of the test "
            "digits does it then name right?",
            "digits that the sigmoid network gets right, %",
            within(5),
            (
                Mistake(
                    more,
                    "The first layers get a gradient too small to move them, and they pass on nearly the "
                    "same signal for every digit: the last layers can learn only one answer for all.",
                ),
                Mistake(less, "Even one answer for all digits is right for one digit in ten."),
            ),
        ),
    )


def outcomes(
    config: GradientFlow, claims: Sequence[Claim | Bound], networks: Sequence[DeepNetwork]
) -> dict[str, Outcome]:
    """The answers that a run gave."""
    vanishing = networks[0]
    factor = outcome(claims, "factor per layer, sigmoid")
    return known(
        {
            "sigmoid_factor": factor,
            "sigmoid_depth": factor and Outcome(config.depth * math.log10(factor.theory), log_ratio(vanishing)),
            "tanh_factor": outcome(claims, "factor per layer, tanh"),
            "vanish_accuracy": Outcome(100 * GUESSING, 100 * vanishing.variant.accuracy),
        }
    )
