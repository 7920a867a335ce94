"""Each cure keeps its law."""

import math
import re

import pytest
import torch

from torchdemos import pictures
from torchdemos.lab.cured_networks import DEPTH, NETWORKS
from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import cures
from torchdemos.lab.result import Result


@pytest.fixture(scope="module")
def result(digits: Digits) -> Result:
    return cures.run(digits.train_images, digits.train_labels, seed=50, draws=12)


def test_every_cure_keeps_its_law_at_another_seed(result: Result) -> None:
    held = [re.sub(r"^gradient of norm .*,", "norm,", claim.name) for claim in result.claims if claim.holds]
    assert held == [
        "squared gradient, factor per layer: plain",
        "squared gradient, factor per layer: He",
        "squared gradient, factor per layer: residual",
        "squared gradient, factor per layer: scaled",
        "squared gradient, factor per layer: SELU",
        "squared gradient, factor per layer: batch norm",
        "squared gradient, factor per layer: orthogonal",
        "scaled: variance of the signal after 19 blocks",
        "SELU: mean of the outputs of layer 20",
        "SELU: mean square of the outputs of layer 20",
        "orthogonal: largest / smallest singular value of the whole network",
        "norm, after clipping",
    ], result.claims


def test_the_first_claims_are_the_factors_of_the_networks(result: Result) -> None:
    predicted = {network.name: claim.predicted for network, claim in zip(NETWORKS, result.claims, strict=False)}
    expected = {"plain": 0.5, "He": 1.0, "residual": 2.0, "scaled": 1.05, "orthogonal": 1.0}
    assert predicted == pytest.approx(expected | {"SELU": 1.07157, "batch norm": math.pi / (math.pi - 1)}, rel=1e-5)


def test_the_picture_fits_a_card(result: Result) -> None:
    image = result.figures[cures.FIGURE]
    assert image.shape[1] <= pictures.CARD_HEIGHT and image.shape[2] == pictures.CARD_WIDTH


def test_no_claim_names_a_column(result: Result) -> None:
    assert not any("|" in claim.name for claim in result.claims)  # they are rows of a Markdown table


def test_digits_are_brought_to_mean_square_1(digits: Digits) -> None:
    vectors = cures.unit(digits.train_images[:5])
    assert vectors.shape == (5, 784)
    assert torch.allclose(vectors.square().mean(1), torch.ones(5), atol=1e-5)


def test_a_network_off_its_law_is_found_out(digits: Digits) -> None:
    plain = NETWORKS[0]
    measured = cures.mean_squares(plain, cures.unit(digits.train_images[:8]), range(4))
    assert not cures.factor_claim(NETWORKS[1], measured, 4).holds
    assert (
        len(measured.gradients) == len(measured.outputs) == DEPTH
        and measured.gradients[-1] == measured.outputs[0] == 1.0
    )
