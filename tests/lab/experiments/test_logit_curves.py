"""Loss and gradient by logit, by formula and by autograd."""

import math

import pytest
import torch

from torchdemos.lab import losses
from torchdemos.lab.experiments import logit_curves
from torchdemos.lab.theory import loss as theory


def test_every_claim_holds() -> None:
    result = logit_curves.run()
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "squared error: gradient by logit, largest difference",
        "cross entropy: gradient by logit, largest difference",
        "gradient at z = 8, squared error / cross entropy",
        "curvature at an even guess, squared error / cross entropy",
    ], result.claims
    assert set(result.figures) == {logit_curves.LOSS_FIGURE, logit_curves.GRADIENT_FIGURE}


def test_formula_and_autograd_agree_on_the_loss_too() -> None:
    for formula, loss_fn in (
        (theory.squared_error, losses.neuron_squared_error),
        (theory.cross_entropy, losses.neuron_cross_entropy),
    ):
        torch.testing.assert_close(logit_curves.by_autograd(loss_fn)[0], logit_curves.by_formula(formula))


def test_the_wrong_formula_is_noticed() -> None:
    squared, cross = (logit_curves.by_formula(f) for f in (theory.squared_error_slope, theory.cross_entropy_slope))
    assert not logit_curves.same("mixed up", squared, cross).holds


def test_squared_errors_gradient_is_largest_at_two_thirds_and_cross_entropys_where_most_wrong() -> None:
    assert theory.squared_error_slope(math.log(2), 0) == pytest.approx(4 / 27)
    squared = logit_curves.by_autograd(losses.neuron_squared_error)[1]
    cross = logit_curves.by_autograd(losses.neuron_cross_entropy)[1]
    assert 0.146 < squared.max() <= 4 / 27 and squared[-1] < 1e-3
    assert cross.argmax() == len(cross) - 1


def test_the_curvature_at_an_even_guess() -> None:
    assert logit_curves.largest_curvature(losses.squared_error) == pytest.approx(1)
    assert logit_curves.largest_curvature(losses.cross_entropy) == pytest.approx(0.1)
