"""What `--predict` asks before the learning rate is shown, and what typical wrong answers overlook."""

from collections.abc import Sequence

from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.demos.configs import LearningRate
from torchdemos.lab.demos.guess import (
    Mistake,
    Outcome,
    Question,
    known,
    less,
    more,
    near,
    outcome,
    times,
    within_factor,
)
from torchdemos.lab.theory import descent

HABIT = (
    "That is a habit, not a property of this loss: the edge is 2/lambda, and the pixels decide how large lambda, the "
    "largest curvature, is."
)


def questions(config: LearningRate) -> Sequence[Question]:
    """Where the edge is, what moves it, and what a network does there."""
    return (
        Question(
            "edge",
            "A linear classifier learns digits (pixels from 0 to 1) by gradient descent on half the squared error. "
            "Above which learning rate will it diverge, roughly?",
            "the learning rate at which training diverges",
            within_factor(1.3),
            (
                Mistake(
                    times(0.5),
                    "1/lambda is the best step, which ends at the bottom. A step twice as long lands "
                    "as high on the other side as it began, so the edge is at 2/lambda.",
                ),
                *(Mistake(near(habit), HABIT) for habit in (0.1, 0.01, 0.001)),
                Mistake(
                    more,
                    "Along the steepest direction the loss curves more than you think: a step of more than "
                    "2/lambda lands higher on the other side than it began.",
                ),
                Mistake(
                    less,
                    "Training would still fall there: only beyond 2/lambda does a step land higher on the "
                    "other side than it began.",
                ),
            ),
        ),
        Question(
            "centring",
            "Now the mean of each pixel is subtracted first. How many times as large may the learning rate be? "
            "(1: no change)",
            "the gain from subtracting each pixel's mean",
            within_factor(1.4),
            (
                Mistake(
                    near(1),
                    "All digits are bright in the middle, so the mean of them makes one direction of the weights "
                    "the steepest by far. Subtracting it takes that direction away.",
                ),
                Mistake(
                    less,
                    "The shared mean of all digits makes the steepest direction, and it is steeper than you "
                    "think: more is gained by taking it away.",
                ),
                Mistake(
                    more,
                    "The mean is the steepest direction but not the only one: digits differ, and the next "
                    "steepest direction then sets the edge.",
                ),
            ),
        ),
        Question(
            "sharpness",
            f"A small network trains at learning rate {config.lr:g}, and its sharpness (the largest curvature of the "
            "loss where it stands) grows. At which value does that stop?",
            "the sharpness at which a network stays",
            within_factor(1.25),
            (
                Mistake(
                    times(0.5),
                    "At 1/lr a step ends at the bottom; up to 2/lr it still lands lower than it began, "
                    "so nothing stops the sharpness there.",
                ),
                Mistake(
                    less,
                    "Training does not look for flat places: sharpness grows until the steps themselves "
                    "become unstable, at 2/lr.",
                ),
                Mistake(
                    more,
                    "Above 2/lr every step along the sharpest direction lands higher than it began, which "
                    "throws the network out of so sharp a place.",
                ),
            ),
        ),
        Question(
            "catapult",
            "A network can survive a learning rate above 2/lambda, because it may jump to a flatter place. Above how "
            "many times 1/lambda does a network of two linear layers diverge for good?",
            "the largest learning rate survived, x lambda",
            within_factor(1.15),
            (
                Mistake(
                    near(2),
                    "2 is the edge of a bowl, whose curvature never changes. A network that is thrown up "
                    "loses weight, lands where the loss is flatter, and comes back, up to 4.",
                ),
                Mistake(
                    less,
                    "Above 2 the loss rises first, but large steps shrink the weights, and with them the "
                    "curvature: up to 4 it comes back.",
                ),
                Mistake(
                    more,
                    "Beyond 4 a step adds more to the weights than it takes away, so the curvature grows and "
                    "each jump is longer than the last.",
                ),
            ),
        ),
    )


def outcomes(config: LearningRate, claims: Sequence[Claim | Bound]) -> dict[str, Outcome]:
    """The answers that a run gave."""
    raw, centred = (outcome(claims, f"lr from which training diverges, {kind}") for kind in ("raw", "centred"))
    edge = descent.threshold(config.lr)
    share = outcome(claims, "sharpness / (2/lr)", theory=1.0)
    return known(
        {
            "edge": raw,
            "centring": raw and centred and Outcome(centred.theory / raw.theory, centred.measured / raw.measured),
            "sharpness": share and Outcome(edge, edge * share.measured),
            "catapult": outcome(claims, "catapult: lr x sharpness from which it diverges"),
        }
    )
