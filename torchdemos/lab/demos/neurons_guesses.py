"""What `--predict` asks before neurons are shown, and what typical wrong answers overlook."""

from collections.abc import Sequence

from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.demos.configs import Neurons
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

TEMPLATE = "template"


def questions(config: Neurons) -> Sequence[Question]:
    """What a neuron looks for, what it can learn, and which inputs never teach it anything."""
    asked = (
        Question(
            TEMPLATE,
            f"The neuron that a {config.digit} excites most is shown its own weights as a picture, as strong in all as "
            f"the {config.digit}. How many times as large as for the {config.digit} is its value?",
            "its value for its own weights, compared",
            within_factor(1.4),
            (
                Mistake(
                    near(1),
                    "The digit is not what the neuron looks for: much of its picture lies where the digit has no ink.",
                ),
                Mistake(
                    less,
                    "Of all pictures of one strength a neuron's own weights excite it most, and a digit "
                    "covers only a small part of them.",
                ),
                Mistake(
                    more,
                    "The most is |weights| x |picture| + bias, and a digit that excites the neuron already "
                    "has a good part of that.",
                ),
            ),
        ),
        Question(
            "capacity",
            "40 random points get random labels, yes or no. A neuron with 20 inputs learns: for how many per cent of "
            "all labellings is that possible?",
            "labellings that one neuron can learn, %",
            within(15),
            (
                Mistake(
                    near(0),
                    "20 weights are not the limit: a neuron only has to be on the right side of each "
                    "point. At twice as many points as inputs half of all labellings are possible.",
                ),
                Mistake(
                    near(100),
                    "All labellings are possible up to 20 points. At twice as many it is half, and "
                    "soon after that almost none.",
                ),
                Mistake(
                    less,
                    "A neuron only has to be on the right side of each point: at twice as many points as "
                    "inputs half of all labellings are possible.",
                ),
                Mistake(more, "All labellings are possible up to 20 points; at twice as many it is half."),
            ),
        ),
        Question(
            "dead_pixels",
            "The first layer sees 784 pixels. The weights of how many of them never get a gradient, whatever training "
            "digit is shown?",
            "pixels whose weights never get a gradient",
            within_factor(1.35),
            (
                Mistake(
                    less,
                    "A weight's gradient is its neuron's times its pixel, and the pixels near the rim are 0 "
                    "in every digit.",
                ),
                Mistake(
                    more,
                    "A pixel that is inked in a single digit already gives its weights a gradient; only the "
                    "rim never is.",
                ),
            ),
        ),
    )
    return asked if config.model != "cnn" else asked[1:]


def outcomes(claims: Sequence[Claim | Bound]) -> dict[str, Outcome]:
    """The answers that a run gave."""
    for_itself = [claim for claim in claims if "shown its weights" in claim.name and isinstance(claim, Claim)]
    for_digit = outcome(claims, "mlp neuron")
    share = outcome(claims, "40 labels for 20 inputs")
    template = None
    if for_itself and for_digit and for_digit.measured > 0:
        own = for_itself[0]
        template = Outcome(own.predicted / for_digit.measured, own.measured / for_digit.measured)
    return known(
        {
            TEMPLATE: template,
            "capacity": share and Outcome(100 * share.theory, 100 * share.measured),
            "dead_pixels": outcome(claims, "pixels whose weights get no gradient"),
        }
    )
