"""Hooks inside a layer that PyTorch fuses in evaluation are there only while it trains."""

import copy

import pytest
import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from torchdemos.hooks.fused_layers import hooked


def model() -> nn.Sequential:
    return nn.Sequential(nn.Linear(8, 8), nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True))


def attach(name: str, layer: nn.Module) -> list[RemovableHandle]:
    return [layer.register_forward_hook(lambda *_: None)]


def hooks(found: nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in found.modules())


def test_they_follow_the_layer_at_each_call_around_it() -> None:
    net, evaluated, x = model(), list[str](), torch.zeros(2, 3, 8)
    layers = {"0": net[0], "1.linear1": net[1].linear1, "1.norm1": net[1].norm1}
    with hooked(net, layers, attach, {"1": net[1]}, evaluated.append):
        counts = [hooks(net)]
        for training in (False, True):
            net.train(training)
            net(x)
            counts.append(hooks(net))
        assert counts == [3, 1, 3] and evaluated == ["1"]
    assert hooks(net) == 0 and not net._forward_pre_hooks


def test_a_layer_in_which_nothing_is_hooked_is_not_followed() -> None:
    net, evaluated = model(), list[str]()
    with hooked(net.eval(), {"0": net[0]}, attach, {"1": net[1]}, evaluated.append):
        assert hooks(net) == 1 and not net._forward_pre_hooks
    assert not evaluated


@pytest.mark.parametrize("training", [True, False])
def test_a_model_that_is_such_a_layer_is_hooked_as_it_begins(training: bool) -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16).train(training)
    layers = {"linear1": layer.linear1, "TransformerEncoderLayer": layer}
    with hooked(layer, layers, attach, {"": layer}):
        assert hooks(layer) == 2 * training
    assert hooks(layer) == 0


def test_a_copy_of_the_model_follows_nothing() -> None:
    net = model()
    with hooked(net, {"1.linear1": net[1].linear1}, attach, {"1": net[1]}):
        net[1].eval()
        twin = copy.deepcopy(net)
        twin(torch.zeros(2, 3, 8))
        assert hooks(net) == 1
