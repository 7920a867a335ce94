"""The modes of a linear network."""

import pytest
import torch
from torch.nn.functional import one_hot

from torchdemos import pictures
from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import linear_modes
from torchdemos.lab.experiments.linear_modes import FIGURE, LEARNING_RATE
from torchdemos.lab.progress import no_progress


@pytest.mark.parametrize("seed", [0, 7])
def test_every_claim_holds(digits: Digits, seed: int) -> None:
    result = linear_modes.run(digits.train_images, digits.train_labels, seed)
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "aligned start: worst error of curves",
        "random start: worst error of curves",
        "half time of strongest mode",
        "half time of weakest mode",
    ], result.claims
    assert result.figures[FIGURE].shape[1] <= pictures.CARD_HEIGHT


def test_whitened_pixels_are_uncorrelated(digits: Digits) -> None:
    inputs = linear_modes.whitened(digits.train_images)
    assert torch.allclose(inputs.T @ inputs / len(inputs), torch.eye(50, dtype=torch.float64), atol=1e-9)


def test_a_step_is_that_of_autograd_on_the_digits(digits: Digits, generator: torch.Generator) -> None:
    inputs, targets = linear_modes.whitened(digits.train_images), one_hot(digits.train_labels, 10).double()
    targets -= targets.mean(0)
    correlation = targets.T @ inputs / len(inputs)
    modes = linear_modes.find_modes(correlation)
    layers = [layer.requires_grad_() for layer in linear_modes.small(modes, generator)]
    loss = (inputs @ layers[0].T @ layers[1].T - targets).square().sum() / len(inputs) / 2
    slopes = torch.autograd.grad(loss, layers)
    first, second = (layer.detach() for layer in layers)
    measured = linear_modes.descend(modes, correlation, first, second, no_progress)
    stepped = modes.learned(first - LEARNING_RATE * slopes[0], second - LEARNING_RATE * slopes[1])
    assert torch.allclose(measured[1], stepped, rtol=1e-9, atol=0)


def test_an_aligned_start_has_every_mode_at_the_same_strength_and_nothing_else(
    digits: Digits, generator: torch.Generator
) -> None:
    modes = linear_modes.find_modes(torch.randn(10, 50, generator=generator, dtype=torch.float64))
    first, second = linear_modes.aligned(modes, generator)
    assert modes.start(first, second).tolist() == pytest.approx([linear_modes.ALIGNED_STRENGTH] * 9)
    product = modes.left.T @ second @ first @ modes.right
    assert torch.allclose(product, linear_modes.ALIGNED_STRENGTH * torch.eye(9, dtype=torch.float64), atol=1e-12)
