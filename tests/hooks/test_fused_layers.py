"""Hooks inside a layer that PyTorch fuses in evaluation are there only while it trains."""

import copy

import pytest
import torch
from torch import nn

from torchdemos.hooks import fused_layers
from torchdemos.hooks.removal import Hooks, removed_at_end


def model() -> nn.Sequential:
    return nn.Sequential(nn.Linear(8, 8), nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True))


def attach(hooks: Hooks, name: str, layer: nn.Module) -> None:
    hooks.attach(layer, layer.register_forward_hook, lambda *_: None)


def count(found: nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in found.modules())


def test_they_follow_the_layer_at_each_call_around_it() -> None:
    net, evaluated, x = model(), list[str](), torch.zeros(2, 3, 8)
    layers = {"0": net[0], "1.linear1": net[1].linear1, "1.norm1": net[1].norm1}
    with removed_at_end() as hooks:
        fused_layers.hook(hooks, net, layers, attach, {"1": net[1]}, evaluated.append)
        counts = [count(net)]
        for training in (False, True):
            net.train(training)
            net(x)
            counts.append(count(net))
        assert counts == [3, 1, 3] and evaluated == ["1"]
    assert count(net) == 0 and not net._forward_pre_hooks


def test_a_layer_in_which_nothing_is_hooked_is_not_followed() -> None:
    net, evaluated = model(), list[str]()
    with removed_at_end() as hooks:
        fused_layers.hook(hooks, net.eval(), {"0": net[0]}, attach, {"1": net[1]}, evaluated.append)
        assert count(net) == 1 and not net._forward_pre_hooks
    assert not evaluated


@pytest.mark.parametrize("training", [True, False])
def test_a_model_that_is_such_a_layer_is_hooked_as_it_begins(training: bool) -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16).train(training)
    layers = {"linear1": layer.linear1, "TransformerEncoderLayer": layer}
    with removed_at_end() as hooks:
        fused_layers.hook(hooks, layer, layers, attach, {"": layer})
        assert count(layer) == 2 * training
    assert count(layer) == 0


def test_a_copy_of_the_model_follows_nothing() -> None:
    net = model()
    with removed_at_end() as hooks:
        fused_layers.hook(hooks, net, {"1.linear1": net[1].linear1}, attach, {"1": net[1]})
        net[1].eval()
        twin = copy.deepcopy(net)
        twin(torch.zeros(2, 3, 8))
        assert count(net) == 1
