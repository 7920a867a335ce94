"""`torchdemos replay` says whether what is trained again ends in the same bits."""

import json
from pathlib import Path

import pytest
from hands import Hand

from torchdemos import cli
from torchdemos.board import Board
from torchdemos.cli import terminal
from torchdemos.lab.data import Digits
from torchdemos.lab.playground import replay as replays
from torchdemos.log import run_folder


@pytest.fixture
def folder(tmp_path: Path, digits: Digits) -> Path:
    hand = Hand(tmp_path / "log", digits, [])
    hand.go(2)
    hand.ask("learning_rate", 0.03)
    hand.go(2)
    return hand.end()


def test_one_step_is_no_steps(tmp_path: Path, digits: Digits, capsys: pytest.CaptureFixture[str]) -> None:
    hand = Hand(tmp_path / "log", digits, [])
    hand.go(1)
    cli.main(["replay", str(hand.end())])
    assert "01_linear_xavier: 1 step, 0 changes: " in capsys.readouterr().out


def test_the_same_bits_are_said_in_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["replay", str(folder)])
    assert "01_linear_xavier: 4 steps, 1 change: all weights are the same, bit by bit\n" in capsys.readouterr().out


def test_a_long_line_is_wrapped(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.console, "_width", 80)
    monkeypatch.setattr(replays, "notes", lambda folder: [folder])
    monkeypatch.setattr(replays, "again", lambda note, digits: replays.Ended("a" * 50, 4321, 12, True, ""))
    monkeypatch.setattr(run_folder, "find", Path)
    cli.main(["replay", "log"])
    said = capsys.readouterr().out
    assert "12 changes" in said and max(map(len, said.splitlines())) <= 80


def test_other_bits_end_with_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = folder / "01_linear_xavier" / "training.json"
    note.write_text(json.dumps(json.loads(note.read_text()) | {"seed": 1}))
    with pytest.raises(SystemExit) as exit_:
        cli.main(["replay", str(folder / "01_linear_xavier")])
    assert exit_.value.code == 1
    assert "01_linear_xavier: 4 steps, 1 change: the weights are NOT the same\n" in capsys.readouterr().out


def test_a_killed_training_is_no_failure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = folder / "01_linear_xavier" / "training.json"
    note.write_text(json.dumps(json.loads(note.read_text()) | {"steps": None, "weights": None}))
    cli.main(["replay", str(folder)])
    assert "01_linear_xavier: cannot be compared (its end is not in the log.)\n" in capsys.readouterr().out


def test_a_log_of_ones_own_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Board(tmp_path / "mine") as board:
        board.log(0, scalars={"x": 1.0})
    with pytest.raises(SystemExit) as exit_:
        cli.main(["replay", str(tmp_path / "mine")])
    assert exit_.value.code == 2
    assert "a log of your own loop is repeated by that loop, with live(..., replay=" in capsys.readouterr().err
