"""The diagnosis of a watched model, made from its log alone."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from torchdemos import every, report, watch
from torchdemos.board import Board
from torchdemos.log import tags
from torchdemos.view.reporting import findings
from torchdemos.view.reporting.exhibits import Exhibit, find

from .demo_log import data_of, run_of


def test_a_watched_model_is_diagnosed_from_its_log(tmp_path: Path) -> None:
    with Board(tmp_path / "mine") as board:
        norms = {f"{tags.GRADIENT_NORM}/{tags.layer(i, f'fc{i}')}": i - 6.0 for i in range(6)}
        board.log(0, scalars=norms | {"loss": 2.3})
        board.log(10, scalars=norms | {"loss": 2.3})
    (exhibit,), _ = find(tmp_path / "mine")
    assert exhibit.question == "What mine did in training"
    assert data_of(report(tmp_path / "mine").html)[0]["gradients"][0]["run"] == "mine"
    assert findings.of(exhibit).startswith("* **vanishing gradient**. On its way back to 'fc0'")
    assert data_of(report(tmp_path / "mine").html)[0]["gradients"][0]["profile"]["layers"] == [
        f"fc{i}" for i in range(6)
    ]


def test_a_gradient_that_is_missing_at_the_end_was_zero_or_is_marked_as_broken(tmp_path: Path) -> None:
    def kind(last: dict[str, float]) -> str:
        first = {f"{tags.GRADIENT_NORM}/0{i}_fc{i}": 0.0 for i in range(3)}
        runs = {tag: [(0, value)] for tag, value in first.items()}
        for tag, value in last.items():
            runs.setdefault(tag, []).append((1, value))
        return findings.of(Exhibit("x", {".": run_of(runs)})).split("**")[1]

    rest = {f"{tags.GRADIENT_NORM}/0{i}_fc{i}": 0.0 for i in (1, 2)}
    assert kind(rest) == "vanishing gradient"
    assert kind(rest | {f"{tags.NONFINITE}_grad/00_fc0": 1.0}) == "not finite"


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
@pytest.mark.parametrize(("gain", "kinds"), [(0.1, ["vanishing gradient"]), (1.0, []), (10.0, ["exploding gradient"])])
def test_a_report_says_what_the_watch_said_when_layers_were_skipped(
    gain: float, kinds: list[str], looks: list[set[int]], tmp_path: Path
) -> None:
    model = SkipsLayers(gain)
    around, optimizer = watch(model, tmp_path / "run", when=every(1)), torch.optim.SGD(model.parameters(), lr=0.0)
    for step, skipped in enumerate(looks):
        with around(step):
            model(torch.ones(3, 4), skipped).sum().backward()
            optimizer.step()
    (exhibit,), _ = find(tmp_path / "run")
    live = [f"* **{finding.kind}**. {finding.message}" for finding in around.findings()]
    assert [finding.kind for finding in around.findings()] == kinds
    assert findings.of(exhibit) == "\n".join(live)
    (gradients,) = data_of(report(tmp_path / "run").html)[0]["gradients"]
    seen = [n for n in range(8) if any(n not in skipped for skipped in looks)]
    assert gradients["profile"]["layers"] == [f"layers.{number}" for number in seen]
