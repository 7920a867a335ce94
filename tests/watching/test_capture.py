"""Watching does not change which kernel runs."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from torchdemos import every, watch


def layer() -> nn.TransformerEncoderLayer:
    return nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)


MODELS: dict[str, Callable[[], nn.Module]] = {
    "an encoder between dense layers": lambda: nn.Sequential(
        nn.Linear(8, 8), nn.TransformerEncoder(layer(), 2), nn.Linear(8, 3)
    ),
    "a single encoder layer": layer,
}


@pytest.fixture
def fused_calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with every call of the fused kernel, whose numbers some machines cannot tell from those of the others."""
    kernel, calls = torch._transformer_encoder_layer_fwd, list[int]()
    monkeypatch.setattr(torch, "_transformer_encoder_layer_fwd", lambda *args: (calls.append(1), kernel(*args))[1])
    return calls


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("by_call", [False, True])
def test_an_encoder_in_evaluation_keeps_its_fused_kernel(
    name: str, by_call: bool, fused_calls: list[int], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    model, x = MODELS[name]().eval(), torch.randn(4, 5, 8)
    with torch.no_grad():
        expected, layers = model(x), len(fused_calls)
    around = watch(model, tmp_path / "run", when=every(1), by_call=by_call)
    with (
        pytest.warns(UserWarning, match="in evaluation PyTorch runs it as one fused kernel"),
        around(0),
        torch.no_grad(),
    ):
        found = model(x)
    assert torch.equal(found, expected) and len(fused_calls) == 2 * layers > 0
    model.train()
    with around(1):
        model(x).sum().backward()
    assert around.last and len(around.last.activations) > 7  # its layers are seen while it trains


@pytest.mark.parametrize("called", ["model", "encoder"])
def test_an_encoder_that_is_evaluated_inside_a_block_keeps_its_fused_kernel(
    called: str, fused_calls: list[int], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    model, x = MODELS["an encoder between dense layers"](), torch.randn(4, 5, 8)
    part = model if called == "model" else model[1]
    around = watch(model, tmp_path / "run", when=every(1))
    with pytest.warns(UserWarning, match="in evaluation PyTorch runs it as one fused kernel"), around(0):
        model.eval()
        with torch.no_grad():
            part(x)
        model.train()
        model(x).sum().backward()
    assert len(fused_calls) == 2
    assert around.last and "1.layers.0.linear1" in around.last.gradients  # it is seen while it trains
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
