"""The sharpness in pieces is the sharpness, and measuring leaves the network alone."""

import pytest
import torch

from torchdemos.lab.data import Digits
from torchdemos.lab.playground.measuring import FEW, Measuring
from torchdemos.lab.playground.settings import Settings
from torchdemos.lab.playground.training import Training
from torchdemos.lab.sharpness import sharpness


def test_pieces_give_what_the_whole_gives(digits: Digits) -> None:
    images, labels = digits.train_images[:150], digits.train_labels[:150]
    training = Training(Settings(depth=3, width=6, loss="cross entropy"), 0, images, labels)
    training.advance()
    whole = sharpness(training.loss_function(training.model(images), labels), training.model.parameters(), None, 1e-4)
    measuring, before = Measuring(), training.fingerprint()
    gradients = [parameter.grad.clone() for parameter in training.model.parameters() if parameter.grad is not None]
    pieces = 1
    while not measuring.go_on(training.model, training.loss_function, images, labels, training.step):
        pieces += 1
    assert measuring.sharpness == pytest.approx(whole.value, rel=0.005)
    assert pieces > 2 and measuring.is_done(1) and not measuring.is_done(2)
    assert training.fingerprint() == before
    assert all(map(torch.equal, gradients, (p.grad for p in training.model.parameters() if p.grad is not None)))


def test_a_measurement_is_of_the_weights_with_which_it_began(digits: Digits) -> None:
    images, labels = digits.train_images[:150], digits.train_labels[:150]
    training = Training(Settings(depth=2, width=4, loss="cross entropy", learning_rate=1.0), 0, images, labels)
    measuring = [Measuring(), Measuring()]
    while not measuring[0].go_on(training.model, training.loss_function, images, labels, 0):
        pass
    while not measuring[1].go_on(training.model, training.loss_function, images, labels, training.step):
        training.advance()
    assert measuring[0].sharpness == pytest.approx(measuring[1].sharpness, rel=1e-4)
    assert measuring[1].step == 0 < training.step


def test_few_digits_tell_the_direction_from_which_a_later_network_is_measured(digits: Digits) -> None:
    images, labels = digits.train_images[: FEW + 20], digits.train_labels[: FEW + 20]
    training = Training(Settings(depth=2, width=4, loss="cross entropy"), 0, images, labels)
    measuring, first = Measuring(), 0
    while not measuring.go_on(training.model, training.loss_function, images, labels, training.step):
        first = first or (measuring._start is not None and training.step)
        training.advance()
    assert 0 < first < measuring.step < training.step


def test_what_is_not_a_number_has_no_sharpness(digits: Digits) -> None:
    images, labels = digits.train_images[:30], digits.train_labels[:30]
    training = Training(Settings(depth=2, width=3), 0, images, labels)
    with torch.no_grad():
        training.model.get_submodule("out").bias.fill_(torch.nan)
    measuring = Measuring()
    while not measuring.go_on(training.model, training.loss_function, images, labels, 0):
        pass
    assert measuring.sharpness != measuring.sharpness
