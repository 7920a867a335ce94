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
