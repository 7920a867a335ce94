"""Recorded changes come before the steps before which they acted."""

from pathlib import Path

import event_files

from torchdemos.steering import changes
from torchdemos.steering.replay import Replay
from torchdemos.view.live.changes import Change


def replay(folder: Path, *steps: int) -> Replay:
    texts = [event_files.text(step, changes.text([Change("rate", step)]), "changes/text_summary") for step in steps]
    return Replay(event_files.write(folder, [event_files.VERSION, *texts]))


def test_each_change_comes_before_its_step(tmp_path: Path) -> None:
    found = replay(tmp_path, 1, 3)
    assert [[change.value for change in found.before(step)] for step in range(5)] == [[], [1], [], [3], []]
    assert found.missing == ""


def test_epochs_that_count_their_steps_anew_come_in_their_order(tmp_path: Path) -> None:
    found = replay(tmp_path, 2, 0, 2)
    assert [[c.value for c in found.before(step)] for step in (0, 1, 2) * 3] == [[], [], [2], [0], [], [2], [], [], []]


def test_a_training_that_begins_later_begins_with_what_was_changed_by_then(tmp_path: Path) -> None:
    found = replay(tmp_path, 1, 3, 9)
    assert [change.value for change in found.before(5)] == [1, 3]
    assert found.missing.startswith("1 recorded change, from step 9 on")
