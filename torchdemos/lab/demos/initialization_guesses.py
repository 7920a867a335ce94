"""What `--predict` asks before starts are compared, and what typical wrong answers overlook."""

from collections.abc import Sequence

from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.demos.configs import Initialization
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

LAYERS = 22  # of the experiment that measures the factor of a layer
GUESSING = 10.0


def questions(config: Initialization) -> Sequence[Question]:
    """Why random, and why of the right size."""
    return (
        Question(
            "equal_neurons",
            "All weights of a layer of 128 neurons start at 0.1, and the network is trained. How many different "
            "neurons has the layer in the end?",
            "different neurons after an equal start",
            within(0.5),
            (
                Mistake(
                    more,
                    "Neurons that start equal get equal gradients, in every step: they stay one neuron, "
                    "however long it trains. Only random numbers tell them apart.",
                ),
                Mistake(less, "A weight of 0.1 is not 0: the one neuron that all of them are does learn."),
            ),
        ),
        Question(
            "zero_loss",
            "All weights start at 0 instead. Ten classes, cross entropy, a guess costs 2.303: at which loss does "
            "training end?",
            "the loss when all weights start at 0",
            within(0.1),
            (
                Mistake(
                    less,
                    "No weight gets a gradient, because each is multiplied by a 0 in front of it or behind "
                    "it. The last biases alone learn: one answer for all digits, which costs ln 10.",
                ),
                Mistake(more, "The last biases do learn: how frequent each digit is, which costs ln 10 and no more."),
            ),
        ),
        Question(
            "xavier_factor",
            "Weights have the variance 1/n (Xavier) in layers of n ReLU neurons. By what factor does each layer "
            "multiply the variance of the signal?",
            "the factor of a ReLU layer on the variance",
            within_factor(1.12),
            (
                Mistake(
                    near(1),
                    "1/n keeps the variance of a layer without ReLU. ReLU sets half of the signal to 0, "
                    "which halves it; He's 2/n makes up for that.",
                ),
                Mistake(near(0.707), "That is the factor of the standard deviation; the variance is its square, 1/2."),
                Mistake(more, "ReLU sets half of the signal to 0, and 1/n does not make up for that."),
                Mistake(less, "ReLU sets only half of the signal to 0, and 1/n keeps the rest."),
            ),
        ),
        Question(
            "thirty_layers",
            "Thirty such layers are trained from Xavier's start. How many per cent of the test digits does the network "
            "then name right?",
            "digits that 30 layers name right, %",
            within(5),
            (
                Mistake(
                    more,
                    "29 halvings leave two billionths of the signal's variance: every digit looks the same "
                    "to the last layer, so one answer for all is what it learns. From He's start it learns.",
                ),
                Mistake(less, "Even one answer for all digits is right for one digit in ten."),
            ),
        ),
    )


def outcomes(claims: Sequence[Claim | Bound]) -> dict[str, Outcome]:
    """The answers that a run gave."""
    halvings = outcome(claims, f"{LAYERS} layers, Xavier: log2 of variance")
    stalled = outcome(claims, "30 layers, Xavier: share of digits named right", theory=GUESSING)
    return known(
        {
            "equal_neurons": outcome(claims, "all weights 0.1: rank", theory=1),
            "zero_loss": outcome(claims, "all weights 0: loss"),
            "xavier_factor": halvings and Outcome(0.5, 2 ** (halvings.measured / (LAYERS - 1))),
            "thirty_layers": stalled and Outcome(GUESSING, 100 * stalled.measured),
        }
    )
