"""Equal neurons beside random ones: what is recorded, against plain PyTorch."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.experiments import equal_start
from torchdemos.lab.experiments.equal_start import Recorded
from torchdemos.lab.training import batches

SEED = 3


@pytest.fixture(scope="module")
def recorded(digits: Digits) -> dict[str, Recorded]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(equal_start, "STEPS", (0, 1, 8))
        images, labels = standardize(digits.train_images), digits.train_labels
        return equal_start.train(images, labels, standardize(digits.test_images), digits.test_labels, SEED)


@pytest.mark.parametrize("name", equal_start.STARTS)
def test_weights_losses_and_accuracy_are_those_of_plain_torch(
    name: str, recorded: dict[str, Recorded], digits: Digits
) -> None:
    model, found = equal_start.fresh(name, SEED), recorded[name]
    weight = model.get_parameter("fc1.weight")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    assert list(found.snapshots) == [0, 1, 8] and torch.equal(found.snapshots[0].weights, weight)
    shuffled = batches(standardize(digits.train_images), digits.train_labels, 128, 8, SEED)
    for step, (images, labels) in enumerate(shuffled):
        loss = cross_entropy(model(images), labels)
        assert found.losses[step] == pytest.approx(loss.item(), rel=1e-4)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.testing.assert_close(found.end.weights, weight.detach(), rtol=1e-3, atol=1e-5)
    named = model(standardize(digits.test_images)).argmax(1) == digits.test_labels
    assert found.end.accuracy == pytest.approx(named.float().mean().item(), abs=0.002)


def test_equal_neurons_stay_one_and_random_ones_differ(recorded: dict[str, Recorded]) -> None:
    distinct = {name: [seen.distinct for seen in one.snapshots.values()] for name, one in recorded.items()}
    assert distinct == {"zero": [1, 1, 1], "constant": [1, 1, 1], "random": [36, 36, 36]}


def test_equal_weights_move_and_zeros_do_not(recorded: dict[str, Recorded]) -> None:
    assert recorded["zero"].losses[0] == pytest.approx(math.log(10)) and not recorded["zero"].end.weights.any()
    moved = recorded["constant"].end.weights
    assert torch.equal(recorded["constant"].snapshots[0].weights, torch.full_like(moved, 0.01))
    assert (moved != 0.01).float().mean() > 0.5


def test_random_weights_have_the_size_of_the_equal_ones(recorded: dict[str, Recorded]) -> None:
    assert float(recorded["random"].snapshots[0].weights.std()) == pytest.approx(0.01, rel=0.02)
