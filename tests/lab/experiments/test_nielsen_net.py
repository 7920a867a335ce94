"""Nielsen's network, its backward pass by hand, and a short training."""

import pytest
import torch
from torch.nn.functional import one_hot

from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import nielsen_net


def test_a_short_training_learns_and_leaves_dead_pixels_alone(digits: Digits) -> None:
    data = digits.train_images, digits.train_labels, digits.test_images, digits.test_labels
    found = nielsen_net.run(*data, epochs=4, networks=2, seed=1)
    accuracy, still = found.claims
    assert accuracy.measured > 0.7 and still.holds and still.predicted >= 67
    assert {tag: list(curve) for tag, curve in found.curves.items()} == {
        "nielsen/network_0": [1, 2, 3, 4],
        "nielsen/network_1": [1, 2, 3, 4],
    }
    assert accuracy.measured == max(curve[4] for curve in found.curves.values())
    assert all(image.shape[2] <= 300 for image in found.figures.values())


def test_the_backward_pass_by_hand_is_autograds(digits: Digits) -> None:
    inputs, targets = digits.train_images[:10].flatten(1), one_hot(digits.train_labels[:10], 10).float()
    layers = nielsen_net.start(3, torch.Generator().manual_seed(0), inputs.device)
    leaves = [layer.clone().requires_grad_() for layer in layers]
    cost = (nielsen_net.forward(leaves, inputs)[1] - targets).square().sum() / (2 * len(inputs))
    gradients = torch.autograd.grad(cost, leaves)
    expected = [leaf.detach() - 3.0 * gradient for leaf, gradient in zip(leaves, gradients, strict=True)]
    nielsen_net.epoch(layers, inputs, targets, torch.Generator().manual_seed(0))
    for layer, other in zip(layers, expected, strict=True):
        assert torch.allclose(layer, other, atol=1e-5)


def test_networks_start_from_the_normal_distribution() -> None:
    weights, *_ = nielsen_net.start(2, torch.Generator().manual_seed(0), torch.device("cpu"))
    assert weights.shape == (2, 784, 30) and not torch.equal(weights[0], weights[1])
    assert float(weights.mean()) == pytest.approx(0, abs=0.02) and float(weights.std()) == pytest.approx(1, abs=0.02)


def test_accuracies_outside_the_published_range_do_not_agree() -> None:
    change = torch.zeros(2, 784, 30)
    claims = {best: nielsen_net.result([[0.1, best]], 784, change).claims for best in (0.94, 0.95, 0.96)}
    assert [claims[best][0].holds for best in claims] == [False, True, False]
    assert not nielsen_net.result([[0.95, 0.95]], 67, change).claims[1].holds
