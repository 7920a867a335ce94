"""Networks that start saturated: which losses bring them back."""

import math

import pytest
import torch

from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import saturated_start
from torchdemos.lab.experiments.saturated_start import (
    SIGMOID,
    SOFTMAX,
    SQUARED,
    Recovery,
    kept_gradient_claim,
    lost_gradient_claim,
    recovery_claim,
    stuck_claim,
)
from torchdemos.lab.result import Result


@pytest.fixture(scope="module")
def result(digits: Digits) -> Result:
    data = digits.train_images, digits.train_labels, digits.test_images, digits.test_labels
    return saturated_start.run(*data, steps=100, networks=2, seed=5, published=True)


def test_only_the_loss_that_has_lost_its_gradient_stays(result: Result) -> None:
    claims = {claim.name: claim for claim in result.claims}
    assert list(claims) == [
        "squared error, sigmoid, weights x32: gradient / error",
        "cross entropy, sigmoid, weights x32: gradient / error",
        "squared error, sigmoid, weights x32: share of usual accuracy",
        "cross entropy, sigmoid, weights x32: accuracy above usual",
        "cross entropy, softmax, weights x32: accuracy above usual",
        "squared error, sigmoid, weights x32: accuracy",
        "cross entropy, softmax, weights x32: accuracy",
    ]
    assert claims[f"{SQUARED.name}, weights x32: gradient / error"].measured < 1e-3
    assert claims[f"{SIGMOID.name}, weights x32: gradient / error"].holds
    assert claims[f"{SQUARED.name}, weights x32: share of usual accuracy"].holds
    assert claims[f"{SIGMOID.name}, weights x32: accuracy above usual"].holds
    assert claims[f"{SQUARED.name}, weights x32: accuracy"].holds
    assert claims[f"{SOFTMAX.name}, weights x32: accuracy"].measured > 0.6


def test_the_output_layer_alone_is_multiplied() -> None:
    usual, saturated = (saturated_start.network(3, factor).state_dict() for factor in (1.0, 32.0))
    assert torch.equal(usual["fc1.weight"], saturated["fc1.weight"])
    assert torch.equal(32 * usual["out.weight"], saturated["out.weight"])


def test_how_much_gradient_a_saturated_output_has_left(digits: Digits) -> None:
    net = saturated_start.network(0, 1.0)
    images, labels = digits.test_images[:200], digits.test_labels[:200]
    for loss_fn, expected in ((SQUARED.loss_fn, 0.25), (SIGMOID.loss_fn, 1.0)):  # a fresh output is near 1/2
        assert saturated_start.gradient_left(loss_fn, net, images, labels) == pytest.approx(expected, abs=0.01)


def recovery(usual: float, saturated: float) -> Recovery:
    return Recovery({0: 0.1, 9: usual}, {0: 0.1, 9: saturated}, 0.2)


def test_what_counts_as_staying_and_as_returning() -> None:
    assert stuck_claim(recovery(0.9, 0.4)).holds and not stuck_claim(recovery(0.9, 0.5)).holds
    assert recovery_claim(SOFTMAX, recovery(0.9, 0.86)).holds
    assert not recovery_claim(SOFTMAX, recovery(0.9, 0.84)).holds
    assert not lost_gradient_claim(recovery(0.9, 0.1)).holds and not kept_gradient_claim(recovery(0.9, 0.9)).holds


@pytest.mark.parametrize("usual", [0.0, math.nan])
def test_networks_that_learned_nothing_are_no_error(usual: float) -> None:
    assert not stuck_claim(recovery(usual, 0.1)).holds


def test_the_picture_is_a_card(result: Result) -> None:
    image = result.figures[saturated_start.FIGURE]
    assert image.shape[2] == 300 and image.shape[1] <= 200
