"""The diagnosis of a watched model, made from its log alone."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from torchdemos import every, report, watch
from torchdemos.board import Board
from torchdemos.log import tags
from torchdemos.view.reporting import findings
from torchdemos.view.reporting.exhibits import find

from .demo_log import data_of


def test_a_watched_model_is_diagnosed_from_its_log(tmp_path: Path) -> None:
    with Board(tmp_path / "mine") as board:
        norms = {f"{tags.GRADIENT_NORM}/{tags.layer(i, f'fc{i}')}": 2 * i - 12.0 for i in range(6)}
        board.log(0, scalars=norms | {"loss": 2.3})
        board.log(10, scalars=norms | {"loss": 2.3})
    (exhibit,), _ = find(tmp_path / "mine")
    assert exhibit.question == "What mine did in training"
    assert data_of(report(tmp_path / "mine").html)[0]["gradients"][0]["run"] == "mine"
    (said,) = findings.of(exhibit).splitlines()
    assert said.startswith("* **vanishing gradient**. Of the gradient of 'fc5', 1e-10 reaches 'fc0'")
    assert data_of(report(tmp_path / "mine").html)[0]["gradients"][0]["profile"]["layers"] == [
        f"fc{i}" for i in range(6)
    ]


class SkipsLayers(nn.Module):
    """Eight dense layers, each of which makes the gradient `gain` times as large; a call may skip some."""

    def __init__(self, gain: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4, bias=False) for _ in range(8))
        with torch.no_grad():
            for layer in self.layers:
                layer.weight.copy_(gain * torch.eye(4))

    def forward(self, x: Tensor, skipped: set[int]) -> Tensor:
        for number, layer in enumerate(self.layers):
            x = x if number in skipped else layer(x)
        return x


SKIPPED: dict[str, list[set[int]]] = {
    "at no look": [set(), set()],
    "at the first look": [{0, 1, 2}, set()],
    "at the last look": [set(), {0, 1, 2}],
    "in the middle at the last look": [set(), {3, 4}],
    "at the first and other ones at the last": [{0, 1, 2}, set(), {5, 6, 7}],
    "at the first and the same ones at the last": [{0, 1, 2}, {0, 1, 2}],
    "in turn": [{0, 2, 4}, {1, 3, 5}, {6}, {7}],
}


@pytest.mark.parametrize("looks", SKIPPED.values(), ids=SKIPPED)
@pytest.mark.parametrize(
    ("gain", "kinds"), [(0.01, ["vanishing gradient"]), (1.0, []), (100.0, ["exploding gradient"])]
)
def test_a_report_says_what_the_watch_said_when_layers_were_skipped(
    gain: float, kinds: list[str], looks: list[set[int]], tmp_path: Path
) -> None:
    model = SkipsLayers(gain)
    around, optimizer = watch(model, tmp_path / "run", when=every(1)), torch.optim.SGD(model.parameters(), lr=1e-9)
    for step, skipped in enumerate(looks):
        with around(step):
            optimizer.zero_grad()
            model(torch.randn(3, 4), skipped).sum().backward()
            optimizer.step()
    (exhibit,), _ = find(tmp_path / "run")
    live = [f"* **{finding.kind}**. {finding.message}" for finding in around.findings()]
    assert [finding.kind for finding in around.findings()] == kinds
    assert findings.of(exhibit) == "\n".join(live)
    (gradients,) = data_of(report(tmp_path / "run").html)[0]["gradients"]
    seen = [n for n in range(8) if any(n not in skipped for skipped in looks)]
    assert gradients["profile"]["layers"] == [f"layers.{number}" for number in seen]
