"""The losses, as meant and as coded by mistake, on numbers worked out by hand."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from torchdemos.lab import losses
from torchdemos.lab.losses import LOSSES

LABELS = torch.tensor([0, 2, 1, 1])


@pytest.fixture
def logits(generator: torch.Generator) -> Tensor:
    return torch.randn(4, 3, generator=generator, dtype=torch.float64)


def sure(right: bool) -> tuple[Tensor, Tensor]:
    """Logits of ten classes that leave no doubt, and the label."""
    return 1000.0 * F.one_hot(torch.tensor([3]), 10), torch.tensor([3 if right else 4])


def test_nll_of_log_softmax_is_cross_entropy(logits: Tensor) -> None:
    assert float(losses.nll(logits, LABELS)) == pytest.approx(float(losses.cross_entropy(logits, LABELS)), rel=1e-14)


def test_cross_entropy_is_minus_the_log_of_the_labels_probability(logits: Tensor) -> None:
    by_hand = -logits.softmax(1).log()[range(4), LABELS].mean()
    assert float(losses.cross_entropy(logits, LABELS)) == pytest.approx(float(by_hand))


def test_squared_error_is_half_a_squared_distance_and_not_mse_loss() -> None:
    assert float(losses.squared_error(torch.tensor([[3.0, 4.0]]), torch.tensor([0]))) == (2**2 + 4**2) / 2
    zeros = torch.zeros(5, 10)
    assert float(losses.squared_error(zeros, torch.arange(5))) == 0.5
    assert float(F.mse_loss(zeros, losses.one_hot(zeros, torch.arange(5)))) == pytest.approx(0.1)


def test_squared_errors_of_sigmoid_and_softmax_at_an_even_guess() -> None:
    zeros = torch.zeros(1, 10, dtype=torch.float64), torch.tensor([7])
    assert float(losses.squared_error_sigmoid(*zeros)) == 10 * 0.5**2 / 2
    assert float(losses.squared_error_softmax(*zeros)) == pytest.approx((0.9**2 + 9 * 0.1**2) / 2)


def test_cross_entropy_of_sigmoids_adds_up_yes_or_no_questions(logits: Tensor) -> None:
    a, y = logits.sigmoid(), F.one_hot(LABELS, 3)
    by_hand = -(y * a.log() + (1 - y) * (1 - a).log()).sum() / 4
    assert float(losses.cross_entropy_sigmoid(logits, LABELS)) == pytest.approx(float(by_hand))


def test_smoothed_labels_give_a_hundredth_to_each_class(logits: Tensor) -> None:
    ten = torch.cat([logits, logits, logits, logits[:, :1]], 1)
    truth = 0.9 * F.one_hot(LABELS, 10) + 0.01
    by_hand = -(truth * ten.log_softmax(1)).sum(1).mean()
    assert float(losses.smoothed(ten, LABELS)) == pytest.approx(float(by_hand))


@pytest.mark.parametrize("right", [True, False])
def test_a_sure_answer_costs_what_the_mistakes_say(right: bool) -> None:
    assert float(losses.softmax_twice(*sure(right))) == pytest.approx(math.log(math.e + 9) - right)
    assert float(losses.forgotten_log(*sure(right))) == pytest.approx(-float(right))
    assert float(losses.forgotten_log_softmax(*sure(right))) == -1000.0 * right
    assert float(losses.cross_entropy(*sure(right))) == (0.0 if right else 1000.0)


def test_every_loss_is_a_number_with_a_gradient(logits: Tensor) -> None:
    assert list(LOSSES) == [
        "squared error",
        "squared error, sigmoid",
        "squared error, softmax",
        "cross entropy",
        "cross entropy, sigmoid",
        "NLL",
        "label smoothing",
        "softmax twice",
        "forgotten log",
        "forgotten log-softmax",
    ]
    for name, loss_fn in LOSSES.items():
        leaf = logits.clone().requires_grad_()
        loss = loss_fn(leaf, LABELS)
        (gradient,) = torch.autograd.grad(loss, leaf)
        assert loss.shape == () and gradient.isfinite().all() and gradient.abs().max() > 0, name
