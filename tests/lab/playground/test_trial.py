"""A trial logs what was changed and when, and keeps what missions ask."""

import math
from pathlib import Path

import pytest
from hands import Hands
from reading import Log

from torchdemos.board import Board
from torchdemos.lab.data import Digits
from torchdemos.lab.playground import shown, trial
from torchdemos.lab.playground.eye import Eye
from torchdemos.lab.playground.settings import Settings
from torchdemos.lab.playground.training import Training
from torchdemos.lab.playground.trial import Trial
from torchdemos.log import tags
from torchdemos.steering import changes
from torchdemos.view import events
from torchdemos.view.looks import Looks


@pytest.fixture
def tried(tmp_path: Path, digits: Digits) -> Trial:
    training = Training(Settings(), 0, digits.train_images[:20], digits.train_labels[:20])
    return Trial(training, Eye(Hands()), lambda: Board(tmp_path / "run"), shown.shown({"test": 0}, digits))


def test_changes_are_logged_at_the_step_before_which_they_act(tried: Trial, tmp_path: Path) -> None:
    tried.change("batch", "8")
    for _ in range(3):
        tried.advance()
    tried.change("learning_rate", 0.02)
    tried.change("learning_rate", 0.03)
    tried.advance()
    tried.change("optimizer", "Adam")  # never acts
    assert changes.read(tmp_path / "run").changes == [
        (0, "batch", "8"),
        (3, "learning_rate", 0.02),
        (3, "learning_rate", 0.03),
    ]


def test_a_trial_without_a_step_leaves_nothing(tried: Trial, tmp_path: Path) -> None:
    tried.change("learning_rate", 0.02)
    assert not (tmp_path / "run").exists() and math.isnan(tried.loss)


def test_losses_are_those_that_missions_ask_about(tried: Trial) -> None:
    found = []
    for step in range(4):
        if step == 2:
            tried.change("learning_rate", 0.02)
            assert math.isnan(tried.loss_at_rate)
        tried.advance()
        found.append(tried.loss)
    assert (tried.first_loss, tried.loss_at_rate, tried.rate_since) == (found[0], found[2], 2)


def test_the_first_loss_that_is_no_number_is_remembered(tried: Trial) -> None:
    tried.change("learning_rate", 10.0)
    while tried.broke_at is None:
        tried.advance()
    assert tried.broke_at == tried.training.step - 1 and not math.isfinite(tried.loss)
    tried.advance()
    assert tried.broke_at == tried.training.step - 2


def test_the_step_that_breaks_is_in_the_log_though_no_look_was_due(tried: Trial, tmp_path: Path) -> None:
    tried.change("learning_rate", 10.0)
    while tried.broke_at is None:
        tried.advance()
    tried.advance()
    log = Log(tmp_path / "run")
    assert trial.is_logged(tried.broke_at) is False and log.steps(tags.LOSS)[-1] == tried.broke_at
    (worst, *_) = Looks(events.runs(tmp_path / "run")["."], "").findings()
    assert worst.kind == "learning rate too large"


def test_the_log_has_losses_neurons_and_accuracy(tried: Trial, tmp_path: Path) -> None:
    for _ in range(21):
        tried.advance()
    tried.log_accuracy(0.5)
    log = Log(tmp_path / "run")
    assert log.steps(tags.LOSS) == [0, 10, 20]
    assert (log.steps(tags.ACCURACY), log.values(tags.ACCURACY)) == ([21], [0.5])
    assert log.tensor_steps(tags.NEURONS) == [0, 1, 10]


def test_a_log_of_a_day_stays_small() -> None:
    assert [step for step in range(60) if trial.is_logged(step)] == [0, 10, 20, 30, 40, 50]
    assert sum(map(trial.is_logged, range(1_000_000))) < 700
