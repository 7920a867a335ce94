"""The chain rule by hand equals autograd."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from torchdemos.lab import models
from torchdemos.lab.chain_rule import chain


@pytest.mark.parametrize("activation", models.ACTIVATIONS)
def test_each_product_of_factors_is_that_layers_gradient_norm(activation: str, generator: torch.Generator) -> None:
    torch.manual_seed(0)
    model = models.deep_mlp(4, 8, activation, inputs=6, classes=3).double()
    x, y = torch.randn(5, 6, generator=generator, dtype=torch.float64), torch.tensor([0, 1, 2, 0, 1])
    z, hidden = [], x
    for module in model:
        hidden = module(hidden)
        if isinstance(module, torch.nn.Linear):
            z.append(hidden)
    true = [gradient.norm().item() for gradient in torch.autograd.grad(cross_entropy(hidden, y), z)]
    links = chain(model, x, y)
    assert [link.layer for link in links] == ["fc1", "fc2", "fc3", "fc4", "out"]
    assert [link.product for link in links] == pytest.approx(true, rel=1e-12)


def test_the_product_is_the_product_of_all_later_factors(generator: torch.Generator) -> None:
    torch.manual_seed(0)
    links = chain(models.deep_mlp(3, 8, "tanh"), torch.randn(4, 784, generator=generator), torch.arange(4))
    assert links[0].product == pytest.approx(math.prod(link.factor for link in links))


@torch.no_grad()
def test_a_factor_is_what_the_weights_do_times_what_the_slopes_do(generator: torch.Generator) -> None:
    torch.manual_seed(0)
    model, x = models.deep_mlp(1, 8, "sigmoid"), torch.randn(4, 784, generator=generator)
    first, last = chain(model, x, torch.arange(4))
    z = model.fc1(x)
    error = (model(x).softmax(1) - torch.eye(10)[:4]) / 4
    slopes = torch.sigmoid(z) * (1 - torch.sigmoid(z))
    spread = error @ model.out.weight
    assert first.weights == pytest.approx(float(spread.norm() / error.norm()), rel=1e-5)
    assert first.slope == pytest.approx(float((spread * slopes).norm() / spread.norm()), rel=1e-5)
    assert first.factor == pytest.approx(first.weights * first.slope, rel=1e-12)
    assert math.isnan(last.weights) and math.isnan(last.slope)


@torch.no_grad()
def test_the_value_of_a_layer_is_the_root_mean_square_of_its_sums(generator: torch.Generator) -> None:
    torch.manual_seed(0)
    model, x = models.deep_mlp(1, 8, "sigmoid"), torch.randn(4, 784, generator=generator)
    values = [link.value for link in chain(model, x, torch.arange(4))]
    assert values == pytest.approx([float(z.square().mean() ** 0.5) for z in (model.fc1(x), model(x))], rel=1e-5)
