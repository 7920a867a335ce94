"""A log is trained again with every change at its step, and ends in the same bits."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hands import Hand

from torchdemos.board import Board
from torchdemos.lab.data import Digits
from torchdemos.lab.playground import replay, session
from torchdemos.lab.playground.record import NOTE


@pytest.fixture(autouse=True)
def _fewer_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "DIGITS", 100)


@pytest.fixture
def folder(tmp_path: Path, digits: Digits) -> Path:
    """Two trainings: one with changes of all kinds, and a deeper one."""
    hand = Hand(tmp_path / "log", digits, [])
    for name, value in (("learning_rate", 0.0371), ("batch", "8"), ("optimizer", "momentum"), ("loss", "NLL")):
        hand.go(4)
        hand.ask(name, value)
    hand.go(4)
    hand.ask("depth", 2)
    hand.go(3)
    return hand.end()


def test_every_training_ends_in_the_same_bits(folder: Path, digits: Digits) -> None:
    found = [replay.again(note, digits) for note in replay.notes(folder)]
    assert [(own.steps, own.changes, own.is_same, own.remark) for own in found] == [(20, 4, True, ""), (3, 0, True, "")]
    assert [own.name for own in found] == ["01_linear_xavier", "02_2_layers_relu_xavier"]


def test_another_bit_is_noticed(folder: Path, digits: Digits) -> None:
    note = replay.notes(folder)[1]
    content = json.loads(note.read_text())
    content["settings"]["learning_rate"] *= 1 + 1e-6
    content["torch"] = "1.0"
    note.write_text(json.dumps(content))
    found = replay.again(note, digits)
    assert found.is_same is False and found.remark.startswith("it ran on torch 1.0, and this is ")


def test_a_training_that_was_killed_cannot_be_compared(folder: Path, digits: Digits) -> None:
    note = replay.notes(folder)[0]
    note.write_text(json.dumps(json.loads(note.read_text()) | {"steps": None, "weights": None}))
    assert replay.again(note, digits).is_same is None


def test_other_digits_are_a_sentence(folder: Path, digits: Digits) -> None:
    others = replace(digits, train_images=digits.train_images.flip(0))
    with pytest.raises(ValueError, match=r"01_linear_xavier learned other digits \(embedded .+\): name them"):
        replay.again(replay.notes(folder)[0], others)


@pytest.mark.parametrize("text", ["", "[]", '{"settings": 3}', '{"settings": {"depth": 99}}'])
def test_a_damaged_note_is_a_sentence(folder: Path, digits: Digits, text: str) -> None:
    note = replay.notes(folder)[0]
    note.write_text(text)
    with pytest.raises(ValueError, match="tells of no training that can be repeated"):
        replay.again(note, digits)


def test_a_log_of_ones_own_loop_is_answered_with_how_to_repeat_it(tmp_path: Path) -> None:
    with Board(tmp_path / "mine") as board:
        board.log(0, scalars={"x": 1.0})
    with pytest.raises(FileNotFoundError, match=r"holds no training of .+ with live\(\.\.\., replay='.+mine'\)"):
        replay.notes(tmp_path / "mine")
    assert NOTE == "training.json"
