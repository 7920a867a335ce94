"""The factor of a layer from order to chaos."""

import pytest

from torchdemos import pictures
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.experiments import critical


def test_every_claim_holds_at_another_seed(digits: Digits) -> None:
    images, labels = standardize(digits.train_images[:16]), digits.train_labels[:16]
    evidence = critical.run(images, labels, networks=12, seed=100)
    assert len(evidence.claims) == 5 and all(claim.holds for claim in evidence.claims), evidence.claims
    assert evidence.pictures[critical.PICTURE].image.shape[2] == pictures.CARD_WIDTH


def test_the_predictions_are_those_of_gauss_hermite_quadrature() -> None:
    expected = [0.7590, 0.8802, 0.9998, 1.1335, 1.3424]
    assert [critical.chi(variance) for variance in critical.VARIANCES] == pytest.approx(expected, abs=1e-4)
