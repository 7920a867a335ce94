"""Equal neurons stay equal, and are one."""

import pytest
import torch

from torchdemos import pictures
from torchdemos.lab.claims import Claim
from torchdemos.lab.data import Digits
from torchdemos.lab.equal_neurons import STARTS, fresh, single_neuron
from torchdemos.lab.experiments import symmetry


def test_every_claim_holds_in_a_shorter_run_at_another_seed(digits: Digits) -> None:
    data = digits.train_images, digits.train_labels, digits.test_images, digits.test_labels
    result = symmetry.run(*data, steps=150, batch=32, seed=7)
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "all weights 0: loss",
        "all weights 0: share of digits named right",
        "all weights 0: weights with a gradient",
        "all weights 0: rank of the first layer",
        "all weights 0.1: rank of the first layer",
        "all weights 0.1: difference of neurons",
        "all weights 0.1: loss",
        "first layer 0.1, second random: rank of the first layer",
        "first layer 0.1, second random: share of digits named right",
    ], result.claims
    assert {image.shape[2] <= pictures.CARD_WIDTH for image in result.figures.values()} == {True}
    assert {len(curve) for curve in result.curves.values()} == {150}


def test_the_answer_of_the_silent_network_is_the_most_frequent_class(digits: Digits) -> None:
    """Without the balance of the embedded digits: every 1, and a quarter of all others."""
    kept = (digits.train_labels == 1) | (torch.arange(len(digits.train_labels)) % 4 == 0)
    images, labels = digits.train_images[kept], digits.train_labels[kept]
    result = symmetry.run(images, labels, digits.test_images, digits.test_labels, steps=300, batch=32, width=8)
    loss, named = result.claims[:2]
    assert isinstance(loss, Claim) and loss.predicted < 2.2
    assert loss.holds and named.holds and named.measured == pytest.approx(0.1), result.claims


@pytest.mark.parametrize("width", [2, 50])
def test_equal_neurons_answer_as_the_one_that_stands_for_them(digits: Digits, width: int) -> None:
    many, one = fresh("constant", width, seed=0), single_neuron(width)
    with torch.no_grad():
        torch.testing.assert_close(many(digits.test_images[:20]), one(digits.test_images[:20]))


def test_only_zero_weights_are_without_any_gradient(digits: Digits) -> None:
    images, labels = digits.train_images[:32], digits.train_labels[:32]
    found = {name: symmetry.gradients_at_start(fresh(name, 16, 0), images, labels) for name in STARTS}
    assert found["zero"] == 0 and min(found["constant_first"], found["random"]) > 1000


def test_random_neurons_differ_from_the_start(digits: Digits) -> None:
    data = [(digits.train_images[:32], digits.train_labels[:32])]
    found = symmetry.train({"random": fresh("random", 16, seed=0)}, data, 1)["random"]
    assert symmetry.rank(found) == 16 and symmetry.difference(found) > 0.1
    assert 0 < found.travel[1] < 0.5 and len(found.losses) == 1
