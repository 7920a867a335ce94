"""What a layer passes on: the law, and the networks."""

import numpy as np
import pytest
import torch

from torchdemos import pictures
from torchdemos.lab import inits, models
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.experiments import singular_values
from torchdemos.lab.experiments.singular_values import FIGURE, STANDARD
from torchdemos.lab.theory.linear import mean_layer_singular_value, mean_singular_value, tanh_slopes


def test_every_claim_holds_in_narrower_networks_at_another_seed(digits: Digits) -> None:
    result = singular_values.run(digits.train_images, digits.train_labels, seed=7, width=400, networks=1)
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "standard: mean singular value, top",
        "singular values: worst of 8 layers",
        "standard: activations per layer",
        "gradient left: normalized/standard",
    ], result.claims
    assert result.figures[FIGURE].shape[1] <= pictures.CARD_HEIGHT


def test_a_linear_layer_follows_the_quarter_circle_and_a_saturated_one_passes_nothing() -> None:
    assert mean_layer_singular_value(0.7, np.ones(3)) == pytest.approx(mean_singular_value(0.7), rel=1e-7)
    assert mean_layer_singular_value(0.7, np.zeros(3)) == 0 == mean_layer_singular_value(0.0, np.ones(3))
    with pytest.raises(ValueError, match="std must be at least 0"):
        mean_layer_singular_value(-1.0, np.ones(3))


def test_the_law_for_unequal_columns_is_that_of_a_drawn_matrix(generator: torch.Generator) -> None:
    slopes = torch.rand(600, generator=generator, dtype=torch.float64)
    drawn = torch.randn(600, 600, generator=generator, dtype=torch.float64) / 600**0.5
    measured = float(torch.linalg.svdvals(1.5 * drawn * slopes).mean())
    assert mean_layer_singular_value(1.5, slopes.numpy()) == pytest.approx(measured, rel=0.003)


def test_slopes_of_tanh_are_1_at_rest_and_0_in_saturation() -> None:
    assert (tanh_slopes(0.0) == 1).all() and (tanh_slopes(float("inf")) == 0).all()
    drawn = torch.randn(10**6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert tanh_slopes(0.5).mean() == pytest.approx(float((1 - (0.5**0.5 * drawn).tanh() ** 2).mean()), abs=1e-3)
    with pytest.raises(ValueError, match="length must be at least 0"):
        tanh_slopes(float("nan"))


def test_the_jacobian_is_that_of_autograd(digits: Digits, generator: torch.Generator) -> None:
    image = standardize(digits.test_images[:1])
    model = models.deep_mlp(5, 12, "tanh")
    inits.xavier(model, generator)
    found = singular_values.singular_values(model, image)
    z = model[:2](image)
    for between, expected in zip((model[2:4], model[4:6]), found, strict=False):
        jacobian = torch.func.jacrev(between)(z.squeeze(0)).detach()
        assert torch.linalg.svdvals(jacobian).mean() == pytest.approx(float(expected), rel=1e-4)
        z = between(z)


def test_the_first_layers_shrunken_signal_is_part_of_the_prediction(digits: Digits) -> None:
    """A uniform image of mean square 0 leaves tanh linear."""
    assert singular_values.predict(torch.zeros(1, 1, 28, 28), STANDARD, 100) == pytest.approx([0.49007] * 4, rel=1e-5)
