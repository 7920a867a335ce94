"""A model's modules and parameters in one walk, and whether it is still the same model."""

from collections.abc import Callable

import pytest
import torch
from small import small
from torch import nn
from torchvision.models import resnet18

from torchdemos.watching.selection import ModuleTree


def tied() -> nn.Module:
    model = small()
    model.again, model[2].weight, model.none = model[0], model[0].weight, None
    return model


@pytest.mark.parametrize("build", [small, tied, resnet18, lambda: nn.Transformer(8, 2, 1, 1, 8, batch_first=True)])
def test_it_lists_what_pytorch_lists(build: Callable[[], nn.Module]) -> None:
    model = build()
    found = ModuleTree(torch.compile(model))
    assert list(found.modules.items()) == list(model.named_modules())
    assert [(name, id(p)) for name, p in found.parameters.items()] == [
        (name, id(p)) for name, p in model.named_parameters()
    ]


CHANGES: dict[str, Callable[[nn.Module], object]] = {
    "a layer more": lambda model: model.append(nn.ReLU()),
    "a layer less": lambda model: model.pop(1),
    "another layer": lambda model: setattr(model, "1", nn.ReLU()),
    "a parameter more": lambda model: setattr(model, "scale", nn.Parameter(torch.ones(1))),
    "another parameter": lambda model: setattr(model[0], "weight", nn.Parameter(torch.ones(6, 6))),
    "no parameter any more": lambda model: setattr(model[0], "bias", None),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_knows_when_the_model_has_changed(change: str) -> None:
    model = small()
    tree = ModuleTree(model)
    with torch.no_grad():
        model[0].weight.mul_(2)
    model.eval()
    assert not tree.changed(model)
    CHANGES[change](model)
    assert tree.changed(model)
