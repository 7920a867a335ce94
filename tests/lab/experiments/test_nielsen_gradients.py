"""A textbook's numbers, and the law behind them."""

import pytest
import torch
from torch.nn.functional import one_hot

from torchdemos import pictures
from torchdemos.lab import inits, models
from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import nielsen_gradients
from torchdemos.lab.experiments.nielsen_gradients import FIGURE, GROUP


def test_the_law_and_the_books_numbers_hold_at_another_seed(digits: Digits) -> None:
    result = nielsen_gradients.run(digits.train_images, digits.train_labels, seed=7, networks=60)
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [nielsen_gradients.DIVIDES, nielsen_gradients.PRINTED], result.claims
    assert result.figures[FIGURE].shape[1] <= pictures.CARD_HEIGHT
    predicted, measured = (result.curves[f"{GROUP}/{name}"] for name in ("predicted", "measured"))
    assert list(measured) == [1, 2, 3, 4] and measured == pytest.approx(predicted, abs=0.12)


def test_the_law_is_one_of_4_88_a_layer(digits: Digits) -> None:
    assert nielsen_gradients.slowdown() == pytest.approx(4.882, abs=5e-4)
    predicted = nielsen_gradients.predict(digits.train_labels)
    assert predicted[0] == pytest.approx(0.298, abs=1e-3)  # sqrt(chi * 10 (E[sigma^2] - E[sigma] / 5 + 1 / 100))
    assert predicted[0] / predicted[3] == pytest.approx(4.882**3, rel=1e-3)


def test_the_gradient_is_nielsens_a_minus_y_carried_back_by_hand(digits: Digits) -> None:
    images, labels = digits.train_images[:40], digits.train_labels[:40]
    (norms,) = nielsen_gradients._norms(2, 1, images, labels, torch.Generator().manual_seed(3)).tolist()
    net = models.deep_mlp(2, 30, "sigmoid")
    inits.gaussian(net, 1.0, 1.0, torch.Generator().manual_seed(3))
    with torch.no_grad():
        first = net[:3](images)
        second = net[3:5](first)
        delta = net.out(second).sigmoid() - one_hot(labels, 10)
        delta = delta @ net.out.weight * second * (1 - second)
        deeper = delta @ net.fc2.weight * first * (1 - first)
    by_hand = [float(layer.mean(0).norm()) for layer in (deeper, delta)]
    assert norms == pytest.approx(by_hand, rel=1e-4)
