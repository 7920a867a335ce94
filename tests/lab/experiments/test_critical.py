"""The factor of a layer from order to chaos."""

import pytest

from torchdemos import pictures
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.experiments import critical


def test_every_claim_holds_at_another_seed(digits: Digits) -> None:
    images, labels = standardize(digits.train_images[:16]), digits.train_labels[:16]
    result = critical.run(images, labels, networks=12, seed=100)
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "chi_1 (factor on the squared gradient) at weight variance 1",
        "chi_1 (factor on the squared gradient) at weight variance 1.3",
        "chi_1 (factor on the squared gradient) at weight variance 1.76",
        "chi_1 (factor on the squared gradient) at weight variance 2.5",
        "chi_1 (factor on the squared gradient) at weight variance 4",
    ], result.claims
    assert result.figures[critical.FIGURE].shape[2] == pictures.CARD_WIDTH


def test_the_predictions_are_those_of_gauss_hermite_quadrature() -> None:
    expected = [0.7590, 0.8802, 0.9998, 1.1335, 1.3424]
    assert [critical.chi(variance) for variance in critical.VARIANCES] == pytest.approx(expected, abs=1e-4)
