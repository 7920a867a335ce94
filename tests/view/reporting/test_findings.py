"""The diagnosis of a watched model, made from its log alone."""

from pathlib import Path

from torchdemos import report
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
