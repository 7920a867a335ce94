"""A training takes the steps that its settings say, compared with numpy."""

import numpy as np
import pytest
import torch

from torchdemos.lab.data import Digits
from torchdemos.lab.playground.settings import Settings
from torchdemos.lab.playground.training import Training

Array = np.ndarray


@pytest.fixture
def few(digits: Digits) -> tuple[torch.Tensor, torch.Tensor]:
    return digits.train_images[:30], digits.train_labels[:30]


def linear(training: Training) -> Array:
    """The weights and biases [10, 785] of a linear layer."""
    layer = training.model.get_submodule("out")
    return np.column_stack([layer.weight.detach().numpy(), layer.bias.detach().numpy()]).astype(np.float64)


def slope(weights: Array, images: torch.Tensor, labels: torch.Tensor) -> Array:
    """The gradient of half the squared distance, by hand."""
    x = np.column_stack([images.flatten(1).numpy(), np.ones(len(images))])
    return (weights @ x.T - np.eye(10)[labels.numpy()].T) @ x / len(x)


def test_a_changed_learning_rate_acts_at_the_very_next_step(few: tuple[torch.Tensor, torch.Tensor]) -> None:
    training = Training(Settings(learning_rate=0.01), 0, *few)
    for rate in (0.01, 0.02, 0.005):
        if training.step:
            training.change("learning_rate", rate)
        before = linear(training)
        training.advance()
        assert np.allclose(linear(training), before - rate * slope(before, *few), rtol=0, atol=1e-7)


def test_a_change_before_the_first_step_acts_on_it(few: tuple[torch.Tensor, torch.Tensor]) -> None:
    training = Training(Settings(), 0, *few)
    training.change("learning_rate", 0.02)
    training.change("optimizer", "momentum")
    before = linear(training)
    training.advance()
    assert np.allclose(linear(training), before - 0.02 * slope(before, *few), rtol=0, atol=1e-7)


def test_momentum_adds_nine_tenths_of_the_step_before_until_the_optimizer_is_new(
    few: tuple[torch.Tensor, torch.Tensor],
) -> None:
    training = Training(Settings(learning_rate=0.01, optimizer="momentum"), 0, *few)
    weights, velocity = [linear(training)], 0.0
    for _ in range(2):
        velocity = 0.9 * velocity + slope(weights[-1], *few)
        weights.append(weights[-1] - 0.01 * velocity)
        training.advance()
    assert np.allclose(linear(training), weights[-1], rtol=0, atol=1e-6)
    training.change("optimizer", "SGD")
    training.change("optimizer", "momentum")
    before = linear(training)
    training.advance()
    assert np.allclose(linear(training), before - 0.01 * slope(before, *few), rtol=0, atol=1e-7)


def test_the_loss_is_that_before_the_step_and_is_told_inside_it(few: tuple[torch.Tensor, torch.Tensor]) -> None:
    training, told = Training(Settings(), 0, *few), list[float]()
    x = np.column_stack([few[0].flatten(1).numpy(), np.ones(30)])
    expected = np.square(x @ linear(training).T - np.eye(10)[few[1].numpy()]).sum(1).mean() / 2
    found = training.advance(tell=lambda loss: told.append(float(loss)))
    assert found == told[0] == pytest.approx(expected, rel=1e-6)
    assert training.step == 1


def test_a_batch_shows_each_digit_once_in_a_pass_in_an_order_of_its_seed(digits: Digits) -> None:
    images, labels = digits.train_images[:16], torch.arange(16) % 10
    seen: dict[int, list[float]] = {}
    for seed in (0, 1):
        training = Training(Settings(batch="8"), seed, images, labels)
        batches = [next(training._batches)[0] for _ in range(2)]
        seen[seed] = torch.cat(batches).sum((1, 2, 3)).tolist()
    assert sorted(seen[0]) == sorted(seen[1]) == sorted(images.sum((1, 2, 3)).tolist())
    assert seen[0] != seen[1]


def test_what_needs_a_new_network_is_refused(few: tuple[torch.Tensor, torch.Tensor]) -> None:
    with pytest.raises(ValueError, match="a change of depth needs a new network"):
        Training(Settings(), 0, *few).change("depth", 2)


def test_a_fingerprint_tells_one_bit(few: tuple[torch.Tensor, torch.Tensor]) -> None:
    training = Training(Settings(), 0, *few)
    before = training.fingerprint()
    with torch.no_grad():
        training.model.get_submodule("out").bias[0] += 1e-30
    assert training.fingerprint() != before and len(before) == 64
