"""Many models in one pass learn what each would have learned alone."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from torchdemos.lab import ensembles, training
from torchdemos.lab.data import Digits
from torchdemos.lab.models import deep_mlp

RATES = [0.01, 0.1, 1.0]


def nets(count: int) -> list[nn.Sequential]:
    torch.manual_seed(0)
    return [deep_mlp(2, 12, "tanh").double() for _ in range(count)]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_training_together_equals_training_one_by_one(digits: Digits, momentum: float) -> None:
    together, alone = nets(3), nets(3)
    data = list(training.batches(digits.train_images.double(), digits.train_labels, 16, 20))
    losses = torch.stack([loss for _, loss in ensembles.train(together, data, cross_entropy, RATES, momentum)])
    for k, (model, lr) in enumerate(zip(alone, RATES, strict=True)):
        optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
        expected = torch.stack([loss for _, loss in training.train(model, data, cross_entropy, optimizer)])
        torch.testing.assert_close(losses[:, k], expected)
        for ours, theirs in zip(together[k].parameters(), model.parameters(), strict=True):
            torch.testing.assert_close(ours, theirs)


def test_the_gradients_of_every_copy_are_those_of_autograd(digits: Digits) -> None:
    models, images, labels = nets(2), digits.train_images[:8].double(), digits.train_labels[:8]
    found, losses = ensembles.gradients(models[0], ensembles.stack(models), images, labels, cross_entropy)
    for k, model in enumerate(models):
        loss = cross_entropy(model(images), labels)
        expected = torch.autograd.grad(loss, list(model.parameters()))
        assert losses[k].item() == pytest.approx(loss.item())
        for ours, theirs in zip(found.values(), expected, strict=True):
            torch.testing.assert_close(ours[k], theirs)


def test_a_diverging_copy_leaves_the_others_alone(digits: Digits) -> None:
    models = nets(2)
    data = training.batches(digits.train_images.double(), digits.train_labels, 16, 30)
    *_, (_, losses) = ensembles.train(models, data, lambda x, y: x.square().sum(), [1e-3, 1e9])
    assert torch.isfinite(losses).tolist() == [True, False]


def test_the_random_state_is_not_touched(digits: Digits) -> None:
    models = nets(2)
    before = torch.get_rng_state()
    list(ensembles.train(models, [(digits.train_images[:4].double(), digits.train_labels[:4])], cross_entropy, [1, 1]))
    assert torch.equal(before, torch.get_rng_state())


def test_what_cannot_be_stacked_is_refused() -> None:
    with pytest.raises(ValueError, match="same architecture"):
        ensembles.stack([nn.Linear(2, 2), nn.Linear(3, 2)])
    with pytest.raises(ValueError, match="at least one"):
        ensembles.stack([])
    with pytest.raises(ValueError, match="buffers"):
        ensembles.stack([nn.BatchNorm1d(2)])
    with pytest.raises(ValueError, match="2 models need as many"):
        next(ensembles.train(nets(2), [], cross_entropy, [0.1]))


def test_copies_may_share_one_model(digits: Digits) -> None:
    model = nets(1)[0]
    copies = [copy.deepcopy(model) for _ in RATES]
    list(
        ensembles.train(
            copies, training.batches(digits.train_images.double(), digits.train_labels, 8, 3), cross_entropy, RATES
        )
    )
    assert len({c.out.bias[0].item() for c in copies}) == 3
