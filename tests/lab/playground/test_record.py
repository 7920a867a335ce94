"""What a session writes beside its event files."""

import json
import re
from pathlib import Path

import pytest
from hands import Hand

from torchdemos.lab.data import Digits
from torchdemos.lab.playground import record
from torchdemos.lab.playground.answer import QUESTION
from torchdemos.lab.playground.settings import Settings
from torchdemos.log import run_folder
from torchdemos.view import events
from torchdemos.view.answers import pages

LINEAR = Settings()


def test_a_log_says_what_it_is_and_opens_on_its_curves(tmp_path: Path, digits: Digits) -> None:
    hand = Hand(tmp_path / "log", digits, [])
    hand.go(2)
    folder = hand.end()
    view = run_folder.newest(folder)
    assert view and [tag for _, tag, _ in view.pins][:2] == ["1_overview/loss", "1_overview/accuracy"]
    note = record.read(folder / "01_linear_xavier" / record.NOTE)
    assert (note.settings, note.seed, note.steps, note.data) == (LINEAR, 0, 2, digits.source)
    assert json.loads((folder / "result.json").read_text())["demo"] == "live"


def test_a_session_answers_once_it_has_ended_and_is_running_until_then(tmp_path: Path, digits: Digits) -> None:
    hand = Hand(tmp_path / "log", digits, [])
    hand.go(2)
    (running,) = pages.entries(log(tmp_path / "log"))
    assert running["question"] == QUESTION and "Still running" in running["answer"]
    folder = hand.end()
    (ended,) = pages.entries(log(folder))
    assert re.match(r"At a learning rate of \*\*0.01\*\*, below the mark of \*\*0.0\d+\*\*, the loss", ended["answer"])
    assert json.loads((folder / "result.json").read_text())["verdict"] == ended["answer"].replace("**", "")


def test_a_session_that_is_killed_leaves_the_answer_that_it_had(
    tmp_path: Path, digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "FIRST_ANSWER", 2)
    hand = Hand(tmp_path / "log", digits, [])
    for steps, known in ((1, 0), (1, 2), (1, 2), (1, 4)):
        hand.go(steps)
        (killed,) = pages.entries(log(tmp_path / "log"))
        assert (f"So it was after {known} steps" in killed["answer"]) == bool(known)
    assert "the loss went from" in killed["answer"] and "now_try" not in pages.page(log(tmp_path / "log"), ".")
    folder = hand.end()
    (ended,) = pages.entries(log(folder))
    assert "So it was" not in ended["answer"]


def log(folder: Path) -> pages.Log:
    runs = events.runs(folder)
    return pages.Log(folder.name, runs, runs.__getitem__)


def test_a_training_that_goes_on_has_a_note_without_an_end(tmp_path: Path, digits: Digits) -> None:
    hand = Hand(tmp_path / "log", digits, [])
    hand.go(1)
    assert record.read(tmp_path / "log" / "01_linear_xavier" / record.NOTE).weights is None
    hand.end()
