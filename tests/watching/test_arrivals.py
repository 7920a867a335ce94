"""All numbers of a look come from a device in one transfer, and nothing waits for it before."""

from pathlib import Path
from typing import Any

import pytest
import torch
from elsewhere import elsewhere, left, moved
from odd_tensors import normal
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos.stats import conversion, histograms
from torchdemos.watching.schedules import every
from torchdemos.watching.watch import Watch, watch

INPUTS, TARGETS = normal(16, 1, 6, 6), torch.arange(16) % 3


def net() -> nn.Module:
    torch.manual_seed(0)
    features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    return nn.Sequential(features, nn.Flatten(), nn.Linear(64, 5), nn.Tanh(), nn.Linear(5, 3))


def trained(model: nn.Module, place: Any, folder: Path, **options: Any) -> tuple[Watch, list[int]]:
    """A watch of three steps, and how often each waited for the device."""
    inputs, targets = place(INPUTS), place(TARGETS)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, foreach=False)
    around, waits = watch(model, folder, every(1), **options), []
    for step in range(3):
        left.clear()
        with around(step):
            optimizer.zero_grad()
            loss = cross_entropy(model(inputs), targets)
            loss.backward()
            around.loss(loss)
            optimizer.step()
            assert not left, "inside the block nothing waits"
        waits.append(left.total())
    return around, waits


@pytest.mark.parametrize(("detail", "wait"), [("scalars", 1), ("histograms", 1), ("pictures", 2)])
def test_a_look_waits_once_and_finds_the_numbers_of_the_cpu(
    tmp_path: Path, detail: str, wait: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once more for what is drawn: inputs of layers and weights."""
    monkeypatch.setattr(histograms, "WITHOUT_FLOAT64", ("cpu",))
    monkeypatch.setattr(conversion, "WITHOUT_FLOAT64", ("cpu",))
    around, waits = trained(moved(net()), elsewhere, tmp_path / "elsewhere", detail=detail)
    expected, none = trained(net(), Tensor.clone, tmp_path / "here", detail=detail)
    assert waits == [wait] * 3 and none == [0, 0, 0]
    assert around.last is not None and expected.last is not None
    assert around.last.flat().keys() == expected.last.flat().keys()
    for name, value in around.last.flat().items():
        assert value == pytest.approx(expected.last.flat()[name], rel=1e-4, abs=1e-6), name
    assert around.last.histograms.keys() == expected.last.histograms.keys()


@pytest.mark.parametrize("detail", ["scalars", "histograms", "pictures"])
def test_another_default_device_than_the_models_changes_nothing(tmp_path: Path, detail: str) -> None:
    expected, _ = trained(net(), Tensor.clone, tmp_path / "here", detail=detail)
    model = net()
    torch.set_default_device("meta")
    try:
        around, _ = trained(model, Tensor.clone, tmp_path / "meta", detail=detail)
    finally:
        torch.set_default_device(None)
    assert around.last is not None and expected.last is not None
    assert around.last.flat() == expected.last.flat() and around.last.histograms == expected.last.histograms
