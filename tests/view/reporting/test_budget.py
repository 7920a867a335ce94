"""What is left out of a page that would be too large."""

import re
from pathlib import Path

import torch

from torchdemos import report
from torchdemos.board import Board
from torchdemos.log import tags
from torchdemos.view.reporting import budget


def test_middle_steps_go_first_and_then_whole_series() -> None:
    series = {"a": [(i, "x") for i in range(10)], "b": [(i, "y") for i in range(10)]}
    sizes = {"a": [10] * 10, "b": [10] * 10}
    assert budget.keep(series, sizes, 1000) == series
    kept = budget.keep(series, sizes, 60)
    assert [step for step, _ in kept["a"]] == [0, 4, 9]
    assert budget.keep(series, sizes, 15) == {"a": [(9, "x")]}
    assert budget.omissions("pictures", series, kept) == ["14 of 20 pictures"]
    assert budget.omissions("pictures", series, series) == []


def test_a_page_of_large_pictures_and_snapshots_stays_under_3_mb_and_says_what_is_missing(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        for step in range(10):
            noise = {f"4_pictures/{i}": torch.rand(3, 200, 200) for i in range(4)}
            board.log(step, pictures=noise, blobs={tags.NEURONS: [bytes(400_000)]})
    html = report(tmp_path / "run").html
    assert len(html) < 3_000_000
    assert re.search(r"left out were 7 of 10 snapshots of neurons; \d+ of 40 pictures", html)
