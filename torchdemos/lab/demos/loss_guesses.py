"""What `--predict` asks before losses are compared, and what typical wrong answers overlook."""

from collections.abc import Sequence

from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.demos.configs import Loss
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
from torchdemos.lab.experiments import slowdown
from torchdemos.lab.theory import loss as theory

CLASSES = 10


def questions(config: Loss) -> Sequence[Question]:
    """What a guess costs, which loss learns from a sure mistake, and how low a bug lets the loss fall."""
    return (
        Question(
            "guessing",
            "A network gives each of the ten digits the probability 1/10. What is its cross entropy?",
            "cross entropy of guessing among ten",
            within(0.05),
            (
                Mistake(near(1), "That is the logarithm to base 10. Cross entropy takes the natural one: ln 10."),
                Mistake(near(3.32), "That is in bits, by the logarithm to base 2. Cross entropy takes ln 10."),
                Mistake(near(0.9), "That is the probability that is missing. Cross entropy is -ln p: ln 10."),
                Mistake(near(0.1), "That is p itself. Cross entropy is -ln p: ln 10."),
                Mistake(less, "Cross entropy is -ln p, and p is 1/10: ln 10."),
                Mistake(more, "Cross entropy is -ln p, and p is 1/10: ln 10."),
            ),
        ),
        Question(
            "slowdown",
            "A sigmoid neuron says 0.98 and should say 0. With cross entropy it says 1/2 after about 17 steps. After "
            "how many with squared error?",
            "steps to change its mind, squared error",
            within_factor(1.5),
            (
                Mistake(
                    near(17),
                    "The mistake is the same, but squared error multiplies it by the slope of the "
                    "sigmoid, which is 0.02 where the neuron says 0.98.",
                ),
                Mistake(
                    less,
                    "Squared error multiplies the mistake by the slope of the sigmoid, which is 0.02 where "
                    "the neuron says 0.98: the surer it is, the more slowly it learns.",
                ),
                Mistake(
                    more,
                    "The slope of 0.02 slows down the beginning only: it grows as the neuron becomes less "
                    "sure, up to 1/4.",
                ),
            ),
        ),
        Question(
            "softmax_twice",
            "By mistake softmax is applied twice before the cross entropy. How low can the loss fall?",
            "the lowest loss with softmax applied twice",
            within(0.1),
            (
                Mistake(
                    near(0),
                    "The second softmax is given numbers between 0 and 1, so the right class gets at most "
                    "e / (e + 9) = 0.23: the loss cannot fall below ln(e + 9) - 1.",
                ),
                Mistake(
                    more,
                    "It learns all the same: the right class gets up to e / (e + 9) = 0.23, and the loss "
                    "falls to ln(e + 9) - 1.",
                ),
                Mistake(
                    less,
                    "The second softmax is given numbers between 0 and 1, so the right class gets at most "
                    "e / (e + 9) = 0.23.",
                ),
            ),
        ),
        Question(
            "log_forgotten",
            "By mistake nll_loss is given probabilities, without the logarithm. How low can the loss fall?",
            "the lowest loss with the logarithm forgotten",
            within(0.1),
            (
                Mistake(
                    near(0),
                    "0 is the lowest that -ln p can be. Without the logarithm the loss is -p, and p "
                    "reaches 1: a loss below 0 gives this bug away.",
                ),
                Mistake(more, "Without the logarithm the loss is -p, and p reaches 1."),
                Mistake(
                    less,
                    "Without the logarithm the loss is -p, and p cannot exceed 1. (It has no floor where "
                    "nll_loss is given the raw outputs.)",
                ),
            ),
        ),
    )


def outcomes(claims: Sequence[Claim | Bound]) -> dict[str, Outcome]:
    """The answers that a run gave."""
    _, squared, _, _ = slowdown.SETUPS
    floors = {"softmax twice": theory.softmax_twice_floor(CLASSES), "log forgotten": theory.forgotten_log_floor()}
    twice, forgotten = (outcome(claims, f"{name}: lowest batch loss", floor) for name, floor in floors.items())
    return known(
        {
            "guessing": outcome(claims, "constant: loss on all training digits", theory.chance_loss(CLASSES)),
            "slowdown": outcome(claims, slowdown.until_half_name(squared)),
            "softmax_twice": twice,
            "log_forgotten": forgotten,
        }
    )
