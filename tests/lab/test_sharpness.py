"""The largest eigenvalue of a Hessian, against the whole Hessian."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos.lab.data import Digits
from torchdemos.lab.models import deep_mlp
from torchdemos.lab.sharpness import sharpness


def net_and_loss(digits: Digits) -> tuple[nn.Module, Tensor]:
    model = deep_mlp(1, 5, "tanh", inputs=16).double()
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.7, generator=generator)
    pixels = digits.train_images[:50, :, ::8, ::8].double()
    return model, cross_entropy(model(pixels), digits.train_labels[:50])


def hessian(loss: Tensor, weights: list[Tensor]) -> Tensor:
    slope = torch.cat([g.reshape(-1) for g in torch.autograd.grad(loss, weights, create_graph=True)])
    rows = [torch.autograd.grad(part, weights, retain_graph=True, materialize_grads=True) for part in slope]
    return torch.stack([torch.cat([g.reshape(-1) for g in row]) for row in rows])


def test_value_and_direction_are_those_of_the_whole_hessian(digits: Digits) -> None:
    model, loss = net_and_loss(digits)
    values, vectors = torch.linalg.eigh(hessian(loss, list(model.parameters())))
    found = sharpness(loss, model.parameters(), tolerance=1e-6)
    assert found.value == pytest.approx(values[-1].item(), rel=1e-9)
    assert abs(found.vector.dot(vectors[:, -1]).item()) == pytest.approx(1, rel=1e-9)


def test_the_largest_is_meant_and_not_the_largest_magnitude() -> None:
    w = torch.ones(3, dtype=torch.float64, requires_grad=True)
    loss = (torch.tensor([-9.0, 1.0, 2.0], dtype=torch.float64) * w.square()).sum() / 2
    assert sharpness(loss, [w], tolerance=1e-9).value == pytest.approx(2.0)


def test_a_start_near_the_answer_saves_products(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    model, loss = net_and_loss(digits)
    known = sharpness(loss, model.parameters(), tolerance=1e-8)
    products, grad = [], torch.autograd.grad
    monkeypatch.setattr(torch.autograd, "grad", lambda *args, **options: products.append(1) or grad(*args, **options))
    assert sharpness(loss, model.parameters(), start=known.vector).value == pytest.approx(known.value)
    assert len(products) == 2  # the gradient, and one product that finds nothing left to do


def test_the_same_twice_and_without_touching_the_random_state_or_the_model(digits: Digits) -> None:
    model, loss = net_and_loss(digits)
    before = torch.get_rng_state()
    assert sharpness(loss, model.parameters()).value == sharpness(loss, model.parameters()).value
    assert torch.equal(before, torch.get_rng_state()) and all(p.grad is None for p in model.parameters())


def test_a_loss_that_is_not_a_number_has_a_sharpness_that_is_none() -> None:
    w = torch.full((3,), math.inf, requires_grad=True)
    found = sharpness(w.pow(3).sum(), [w])
    assert math.isnan(found.value) and len(found.vector) == 3


def test_a_flat_loss_has_none() -> None:
    w = torch.ones(4, requires_grad=True)
    assert sharpness((0 * w.square()).sum(), [w]).value == 0
