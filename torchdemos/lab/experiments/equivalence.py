"""Cross entropy is the negative log-likelihood of log-softmax, and its gradient is probability minus truth.

Both follow from the definitions (J. S. Bridle, "Training stochastic model recognition algorithms as networks can lead
to maximum mutual information estimation of parameters", NeurIPS 1989). Autograd confirms them here in float64.
"""

import torch
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab import losses
from torchdemos.lab.claims import Claim
from torchdemos.lab.losses import LossFunction
from torchdemos.lab.result import Figure, Result

EXAMPLES, CLASSES = 256, 10
ROUNDING = 1e-12  # a thousand roundings of float64
FIGURE = Figure(
    "6_gradient_is_probability_minus_truth",
    title="Probability minus truth",
    caption="the gradient of cross entropy, by hand and by autograd",
    about="The gradient of cross entropy for one example with ten logits. Line: softmax minus one-hot, by hand. Dots: "
    "autograd. Only the true class is pulled up (a negative gradient); each other one is pushed down by the "
    "probability it was given.",
)


def run(seed: int = 0) -> Result:
    """Compare values and gradients for random logits, in each of the two ways and by hand."""
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(EXAMPLES, CLASSES, generator=generator, dtype=torch.float64)
    labels = torch.randint(CLASSES, (EXAMPLES,), generator=generator)
    truth = losses.one_hot(logits, labels)
    by_hand = (logits.softmax(1) - truth) / EXAMPLES

    two_steps, nll_gradient = value_and_gradient(losses.nll, logits, labels)
    one_step, gradient = value_and_gradient(losses.cross_entropy, logits, labels)
    _, squared_gradient = value_and_gradient(losses.squared_error, logits, labels)
    claims = [
        Claim("NLL of log-softmax", "cross entropy", one_step, two_steps, ROUNDING),
        same("gradient of NLL", "softmax - one-hot (Bridle 1989)", nll_gradient, by_hand),
        same("gradient of cross entropy", "softmax - one-hot (Bridle 1989)", gradient, by_hand),
        same("gradient of squared error", "output - one-hot", squared_gradient, (logits - truth) / EXAMPLES),
    ]
    return Result(claims, {FIGURE: draw(by_hand[0], gradient[0], int(labels[0]))})


def value_and_gradient(loss_fn: LossFunction, logits: Tensor, labels: Tensor) -> tuple[float, Tensor]:
    """The loss, and d loss / d logits by autograd."""
    leaf = logits.clone().requires_grad_()
    loss = loss_fn(leaf, labels)
    return float(loss.detach()), torch.autograd.grad(loss, leaf)[0]


def same(name: str, source: str, measured: Tensor, predicted: Tensor) -> Claim:
    """Claim that two gradients are equal, by their largest difference."""
    largest = float((measured - predicted).abs().max())
    return Claim(f"{name}, largest difference", source, 0.0, largest, ROUNDING, relative=False)


def draw(by_hand: Tensor, autograd: Tensor, label: int) -> Tensor:
    """Draw the ten gradients of one example, by hand as a line and by autograd as dots."""
    classes = range(len(by_hand))
    return pictures.lines(
        [
            ("softmax - one-hot", classes, by_hand * EXAMPLES, "line"),
            ("autograd", classes, autograd * EXAMPLES, "dots"),
        ],
        title=f"cross entropy, true class {label}",
        x_label="class",
        y_label="d loss / d logit",
    )
