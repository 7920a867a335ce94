"""TensorBoard's own cards: which of them show a run at a glance."""

import json
import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from torchdemos import watch
from torchdemos.board import Board
from torchdemos.log import run_folder, watched
from torchdemos.view import cards


def a_run(folder: Path) -> Path:
    with Board(folder) as board, board.variant("0_he") as variant:
        variant.log(0, scalars={"1_overview/loss": 1.0})
        run_folder.describe(folder, "demo", {"steps": 1}, [("images", "4_pictures/p", "0_he")])
    return folder


def pinned_run(view: str) -> str:
    return json.loads(parse_qs(urlparse(view).query)["pinnedCards"][0])[0]["runId"]


def test_the_folder_of_one_run_has_its_own_pins(tmp_path: Path) -> None:
    view = cards.address(a_run(tmp_path / "logs" / "demo" / "1"))
    assert view.endswith("#timeseries") and pinned_run(view) == "defaultExperimentId/0_he"


def test_a_folder_of_many_runs_pins_the_newest(tmp_path: Path) -> None:
    for age, name in enumerate(("a", "b")):
        note = a_run(tmp_path / "logs" / "demo" / name) / run_folder.NOTE
        os.utime(note, (1e9 - age, 1e9 - age))
    assert pinned_run(cards.address(tmp_path / "logs")) == "defaultExperimentId/demo/a/0_he"


def test_a_run_can_be_chosen_by_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        a_run(tmp_path / "logs" / "demo" / name)
    assert pinned_run(cards.address(tmp_path / "logs", "demo/a")) == "defaultExperimentId/demo/a/0_he"
    assert cards.address(tmp_path / "logs", "demo/../a") == "#timeseries"


def test_a_log_without_cards_leads_to_time_series(tmp_path: Path) -> None:
    with Board(tmp_path / "mine") as board:
        board.log(0, scalars={"s": 1.0})
    assert cards.address(tmp_path / "mine") == "#timeseries"


@pytest.mark.parametrize("steps", [False, True])
def test_a_model_watched_into_another_writers_log_is_pinned(tmp_path: Path, steps: bool) -> None:
    model = nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with SummaryWriter(tmp_path / "runs" / "mine") as writer:
        for prefix in ("", "generator"):
            with watch(model, writer, prefix=prefix)(0):
                model(torch.ones(4, 3)).sum().backward()
                if steps:
                    optimizer.step()
    view = cards.address(tmp_path / "runs")
    found = json.loads(parse_qs(urlparse(view).query)["pinnedCards"][0])
    assert [card["tag"] for card in found] == [tag for p in ("", "generator") for _, tag, _ in watched.pins(p)]
    assert {card["runId"] for card in found if "runId" in card} == {"defaultExperimentId/mine"}


def test_a_folder_above_a_run_shows_no_other_run(tmp_path: Path) -> None:
    a_run(tmp_path / "logs" / "demo" / "1")
    (pattern,) = parse_qs(urlparse(cards.address(tmp_path / "logs")).query)["runFilter"]
    assert re.search(pattern, "demo/1/0_he") and not re.search(pattern, "demo/2/0_he")


def test_somebody_elses_run_json_is_passed_over(tmp_path: Path) -> None:
    (a_run(tmp_path / "run") / "0_he" / run_folder.NOTE).write_text("[1, 2]")
    assert pinned_run(cards.address(tmp_path / "run")) == "defaultExperimentId/0_he"
