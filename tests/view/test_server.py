"""`torchdemos open` finds the run, keeps its pictures, and opens on the tab that answers."""

import json
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from patience import SECONDS, until

from torchdemos.board import Board
from torchdemos.log import run_folder
from torchdemos.view import server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with Board(tmp_path_factory.mktemp("server") / "run") as board:
        board.variant("0_he").log(0, scalars={"1_overview/loss": 1.0})
        run_folder.describe(board.folder, "demo", {"steps": 1}, [("images", "4_pictures/p", "0_he")])
    return board.folder


def start(folder: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "torchdemos", "open", str(folder), "--port", str(port)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def said(folder: Path) -> Iterator[str]:
    """What the command has said once it serves the folder. It says nothing on stderr."""
    server = start(folder, port=0)
    assert server.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = server.stdout.readline()
        assert line, said
        said += line
    yield said
    server.terminate()
    _, complaints = server.communicate(timeout=SECONDS)
    assert complaints == ""


def ask(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=SECONDS) as answer:
        return json.load(answer)


def test_tensorboard_serves_the_run_until_it_is_stopped(said: str) -> None:
    (address,) = re.findall(r"http://localhost:\d+/", said)
    until(lambda: "0_he" in ask(f"{address}data/runs"), every=0.1)
    loss = ask(f"{address}data/plugin/scalars/tags")["0_he"]["1_overview/loss"]  # by the default, fast loader
    assert "Training loss of this batch" in loss["description"]


def test_the_address_is_short_and_leads_to_the_tab_that_comes_first(folder: Path, said: str) -> None:
    shown = re.fullmatch(rf"TensorBoard shows {folder} at\n\n  (\S+)#torchdemos\n\nStop it with Ctrl-C\.\n", said)
    assert shown and len(shown[1]) < 30
    assert list(ask(f"{shown[1]}data/plugins_listing"))[:2] == ["torchdemos", "timeseries"]


def test_a_port_that_another_program_has_is_one_sentence(folder: Path) -> None:
    with socket.create_server(("localhost", 0)) as busy:
        port = busy.getsockname()[1]
        _, said = (refused := start(folder, port)).communicate(timeout=SECONDS)
    assert refused.returncode == 2
    assert said == (
        f"torchdemos: cannot serve on localhost:{port}: another program has this port: stop it, or take port 0, which "
        "is any free one\n"
    )


def test_a_port_that_a_tensorboard_has_is_a_sentence_about_its_folder(folder: Path, said: str) -> None:
    (port,) = re.findall(r"localhost:(\d+)", said)
    _, complaint = (refused := start(folder, int(port))).communicate(timeout=SECONDS)
    assert refused.returncode == 2 and complaint.count("\n") == 1
    assert f"a TensorBoard shows {folder} there already: look at http://localhost:{port}/, stop it, or" in complaint


def test_a_host_that_is_not_this_machine_is_one_sentence(folder: Path) -> None:
    command = [sys.executable, "-m", "torchdemos", "open", str(folder), "--host", "192.0.2.1", "--port", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert ended.returncode == 2 and ended.stderr.startswith("torchdemos: cannot serve on 192.0.2.1:0: Cannot assign")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("host", ["", " "])
def test_an_empty_host_is_refused_because_it_would_be_every_interface(folder: Path, host: str) -> None:
    with pytest.raises(ValueError, match="the host is empty: say localhost"):
        server.serve(folder, host, 0, open_browser=False)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machines_own_address_needs_no_warning(host: str) -> None:
    assert server._who_can_read(host, "") == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "box.example"])
def test_any_other_address_is_said_to_be_open_to_others(host: str) -> None:
    assert server._who_can_read(host, "") == f"Everybody who reaches this machine as {host} can read the log.\n"
