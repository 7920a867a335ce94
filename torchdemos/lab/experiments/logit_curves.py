"""Loss and gradient of one sigmoid neuron by its logit: squared error learns slowly where the neuron is most wrong.

The gradient of squared error is (a - y) sigma'(z), which dies where the neuron is surely wrong. The gradient of cross
entropy is a - y, which does not. M. A. Nielsen, "Neural Networks and Deep Learning", Determination Press, 2015,
chapter 3. The curvature of a loss decides how large its learning rate may be: for K classes the Hessian of cross
entropy is diag p - p p^T, so at an even guess its curvature is 1/K of that of squared error (D. Bohning, "Multinomial
logistic regression algorithm", Annals of the Institute of Statistical Mathematics 44, 1992).
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd.functional import hessian

from torchdemos import pictures
from torchdemos.lab import losses
from torchdemos.lab.claims import Claim
from torchdemos.lab.losses import LossFunction
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory import loss as theory

TARGET = 0.0
LOGITS = [z / 2 for z in range(-16, 17)]
CLASSES = 10
ROUNDING = 1e-12
NAMES = "squared error", "cross entropy"
SOURCE = "Nielsen 2015, ch. 3"
LOSS_FIGURE = Figure(
    "2_loss_by_logit",
    title="Loss by logit",
    caption="how much a wrong answer costs",
    about="Loss of one sigmoid neuron whose output should be 0, against its logit z: right at the left, wrong at the "
    "right. Lines: formulas. Dots: PyTorch. Squared error is flat where the neuron is most wrong.",
)
GRADIENT_FIGURE = Figure(
    "3_gradient_by_logit",
    title="Gradient by logit",
    caption="how much can be learned from it: squared error loses its gradient",
    about="d loss / dz of the same neuron: what it can learn from. Lines: (a - y) a (1 - a) for squared error, "
    "a - y for cross entropy. Dots: autograd. Cross entropy keeps its gradient where squared error has lost it.",
)


def run() -> Result:
    """Compare the curves by formula with those by PyTorch, and the curvatures at an even guess."""
    losses_predicted = by_formula(theory.squared_error), by_formula(theory.cross_entropy)
    slopes_predicted = by_formula(theory.squared_error_slope), by_formula(theory.cross_entropy_slope)

    squared, cross = by_autograd(losses.neuron_squared_error), by_autograd(losses.neuron_cross_entropy)
    losses_measured, slopes_measured = zip(squared, cross, strict=True)

    claims = [same(*row) for row in zip(NAMES, slopes_predicted, slopes_measured, strict=True)]
    claims += [remaining_gradient(slopes_predicted, slopes_measured), curvature()]
    figures = {
        LOSS_FIGURE: draw("loss of one neuron that should say 0", losses_predicted, losses_measured),
        GRADIENT_FIGURE: draw("its gradient: squared error loses it", slopes_predicted, slopes_measured),
    }
    return Result(claims, figures)


def by_formula(formula: Callable[[float, float], float]) -> Tensor:
    """Evaluate a formula at every logit."""
    return torch.tensor([formula(z, TARGET) for z in LOGITS], dtype=torch.float64)


def by_autograd(loss_fn: Callable[[Tensor, Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """Let PyTorch evaluate the loss and its gradient at every logit."""
    logits = torch.tensor(LOGITS, dtype=torch.float64, requires_grad=True)
    values = loss_fn(logits, torch.full_like(logits, TARGET))
    return values.detach(), torch.autograd.grad(values.sum(), logits)[0]


def same(name: str, predicted: Tensor, measured: Tensor) -> Claim:
    """Claim that formula and autograd agree at every logit."""
    largest = float((measured - predicted).abs().max())
    return Claim(f"{name}: gradient by logit, largest difference", SOURCE, 0.0, largest, ROUNDING, relative=False)


def remaining_gradient(predicted: tuple[Tensor, Tensor], measured: tuple[Tensor, Tensor]) -> Claim:
    """Claim that the most wrong neuron has sigma'(z) = a (1 - a) of cross entropy's gradient under squared error."""
    expected, found = (float(squared[-1] / cross[-1]) for squared, cross in (predicted, measured))
    return Claim(f"gradient at z = {LOGITS[-1]:g}, squared error / cross entropy", SOURCE, expected, found, 1e-9)


def curvature() -> Claim:
    """Claim how much more curved squared error is than cross entropy at an even guess."""
    measured = largest_curvature(losses.squared_error) / largest_curvature(losses.cross_entropy)
    name = "curvature at an even guess, squared error / cross entropy"
    return Claim(name, "K classes (Bohning 1992)", CLASSES, measured, 1e-9)


def largest_curvature(loss_fn: LossFunction) -> float:
    """The largest eigenvalue of the loss's Hessian in the logits, at logits that are all 0."""
    logits, label = torch.zeros(1, CLASSES, dtype=torch.float64), torch.tensor([0])
    matrix = hessian(lambda z: loss_fn(z, label), logits)  # type: ignore[no-untyped-call]
    return float(torch.linalg.eigvalsh(matrix.view(CLASSES, CLASSES))[-1])


def draw(title: str, predicted: tuple[Tensor, Tensor], measured: tuple[Tensor, ...]) -> Tensor:
    """Draw formulas as lines and PyTorch's values as dots."""
    series: list[pictures.Series] = [(*curve, "line") for curve in _curves(predicted)]
    series += [(*curve, "dots") for curve in _curves(measured)]
    return pictures.lines(series, title, x_label="logit z: right at the left, wrong at the right")


def _curves(values: tuple[Tensor, ...]) -> list[tuple[str, list[float], Tensor]]:
    return [(name, LOGITS, curve) for name, curve in zip(NAMES, values, strict=True)]
