"""Each cure keeps its law."""

import math

import pytest
import torch

from torchdemos import pictures
from torchdemos.lab.data import Digits
from torchdemos.lab.evidence import Evidence
from torchdemos.lab.experiments import cures


@pytest.fixture(scope="module")
def evidence(digits: Digits) -> Evidence:
    return cures.run(digits.train_images, digits.train_labels, seed=50, draws=12)


def test_every_cure_keeps_its_law_at_another_seed(evidence: Evidence) -> None:
    assert len(evidence.claims) == 12 and all(claim.holds for claim in evidence.claims), evidence.claims


def test_the_first_claims_are_the_factors_of_the_networks(evidence: Evidence) -> None:
    predicted = {network.name: claim.predicted for network, claim in zip(cures.NETWORKS, evidence.claims, strict=False)}
    expected = {"plain": 0.5, "He": 1.0, "residual": 2.0, "scaled": 1.05, "orthogonal": 1.0}
    assert predicted == pytest.approx(expected | {"SELU": 1.07157, "batch norm": math.pi / (math.pi - 1)}, rel=1e-5)


def test_the_picture_fits_a_card(evidence: Evidence) -> None:
    image = evidence.pictures[cures.PICTURE].image
    assert image.shape[1] <= pictures.CARD_HEIGHT and image.shape[2] == pictures.CARD_WIDTH


def test_no_claim_names_a_column(evidence: Evidence) -> None:
    assert not any("|" in claim.name for claim in evidence.claims)  # they are rows of a Markdown table


def test_digits_are_brought_to_mean_square_1(digits: Digits) -> None:
    vectors = cures.unit(digits.train_images[:5])
    assert vectors.shape == (5, 784)
    assert torch.allclose(vectors.square().mean(1), torch.ones(5), atol=1e-5)


def test_a_network_off_its_law_is_found_out(digits: Digits) -> None:
    plain = cures.NETWORKS[0]
    seen = cures.mean_squares(plain, cures.unit(digits.train_images[:8]), range(4))
    assert not cures.factor_claim(cures.NETWORKS[1], seen, 4).holds
    assert len(seen.gradients) == len(seen.outputs) == cures.LAYERS and seen.gradients[-1] == seen.outputs[0] == 1.0
