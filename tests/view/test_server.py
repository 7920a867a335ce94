"""`torchdemos open` finds the run, keeps its pictures, and opens on the picture that matters."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from torchdemos import watch
from torchdemos.board import Board
from torchdemos.log import run_folder, watched
from torchdemos.view import server


def a_run(folder: Path, demo: str = "demo", tab: str = "timeseries") -> Path:
    with Board(folder) as board, board.variant("0_he") as variant:
        variant.log(0, scalars={"1_overview/loss": 1.0})
        run_folder.describe(folder, demo, {"steps": 1}, [("images", "4_pictures/p", "0_he")], tab)
    return folder


def pinned_run(view: str) -> str:
    return json.loads(parse_qs(urlparse(view).query)["pinnedCards"][0])[0]["runId"]


def test_the_folder_of_one_run_opens_with_its_own_pins(tmp_path: Path) -> None:
    folder, view = server.find(a_run(tmp_path / "logs" / "demo" / "1", tab="images"))
    assert folder.name == "1" and view.endswith("#images")
    assert pinned_run(view) == "defaultExperimentId/0_he"


def test_a_folder_of_many_runs_pins_the_newest(tmp_path: Path) -> None:
    for age, name in enumerate(("a", "b")):
        note = a_run(tmp_path / "logs" / "demo" / name) / run_folder.NOTE
        os.utime(note, (1e9 - age, 1e9 - age))
    assert pinned_run(server.find(tmp_path / "logs")[1]) == "defaultExperimentId/demo/a/0_he"


def test_without_a_folder_the_newest_run_in_logs_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    a_run(Path("logs/demo/1"))
    folder, view = server.find(None)
    assert folder == Path("logs/demo/1") and pinned_run(view) == "defaultExperimentId/0_he"


def test_without_any_run_there_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="no log folder logs: run a demo first"):
        server.find(None)


def test_a_users_own_log_opens_without_pins(tmp_path: Path) -> None:
    with Board(tmp_path / "mine") as board:
        board.log(0, scalars={"s": 1.0})
    assert server.find(tmp_path / "mine") == (tmp_path / "mine", "")


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
    view = server.find(tmp_path / "runs")[1]
    cards = json.loads(parse_qs(urlparse(view).query)["pinnedCards"][0])
    assert [card["tag"] for card in cards] == [tag for p in ("", "generator") for _, tag, _ in watched.pins(p)]
    assert {card["runId"] for card in cards if "runId" in card} == {"defaultExperimentId/mine"}


def test_a_folder_above_a_run_shows_no_other_run(tmp_path: Path) -> None:
    a_run(tmp_path / "logs" / "demo" / "1")
    (pattern,) = parse_qs(urlparse(server.find(tmp_path / "logs")[1]).query)["runFilter"]
    assert re.search(pattern, "demo/1/0_he") and not re.search(pattern, "demo/2/0_he")


def test_somebody_elses_run_json_is_passed_over(tmp_path: Path) -> None:
    (a_run(tmp_path / "run") / "0_he" / run_folder.NOTE).write_text("[1, 2]")
    assert pinned_run(server.find(tmp_path / "run")[1]) == "defaultExperimentId/0_he"


def start(folder: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "torchdemos", "open", str(folder), "--port", str(port)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_tensorboard_serves_the_run_until_it_is_stopped(tmp_path: Path) -> None:
    served = start(a_run(tmp_path / "run"), port=0)
    assert served.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = served.stdout.readline()
        assert line, said
        said += line
    address = re.search(r"http://localhost:\d+/", said)
    assert address and "pinnedCards" in said
    runs: list[str] = []
    deadline = time.monotonic() + 60
    while "0_he" not in runs and time.monotonic() < deadline:
        with urllib.request.urlopen(f"{address[0]}data/runs", timeout=10) as answer:
            runs = json.load(answer)
        time.sleep(0.2)
    described = f"{address[0]}data/plugin/scalars/tags"
    with urllib.request.urlopen(described, timeout=10) as answer:  # through TensorBoard's default, fast loader
        loss = json.load(answer)["0_he"]["1_overview/loss"]
    served.terminate()
    served.communicate(timeout=30)
    assert "0_he" in runs and "ln 10" in loss["description"]


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("localhost", 0)) as busy:
        port = busy.getsockname()[1]
        _, said = (served := start(a_run(tmp_path / "run"), port)).communicate(timeout=60)
    assert served.returncode == 2
    assert f"cannot serve on localhost:{port}" in said and "--port 0" in said and "Traceback" not in said


def test_a_host_that_is_not_this_machine_is_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torchdemos", "open", str(a_run(tmp_path / "run")), "--host", "192.0.2.1"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2 and "torchdemos: cannot serve on 192.0.2.1:6006" in ended.stderr
    assert "Traceback" not in ended.stderr
