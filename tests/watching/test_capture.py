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


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("by_call", [False, True])
def test_an_encoder_in_evaluation_keeps_its_fused_kernel(name: str, by_call: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model, x = MODELS[name]().eval(), torch.randn(4, 5, 8)
    with torch.no_grad():
        expected = model(x)
    around = watch(model, tmp_path / "run", when=every(1), by_call=by_call)
    with (
        pytest.warns(UserWarning, match="in evaluation PyTorch runs it as one fused kernel"),
        around(0),
        torch.no_grad(),
    ):
        found = model(x)
    assert torch.equal(found, expected)
    model.train()
    with around(1):
        model(x).sum().backward()
    assert around.last and len(around.last.activations) > 7  # its layers are seen while it trains
