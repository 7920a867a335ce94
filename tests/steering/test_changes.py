"""Changes are read back as they acted, whatever has become of the log."""

import math
from pathlib import Path

import event_files
import pytest

from torchdemos import Board
from torchdemos.log import tags
from torchdemos.steering import changes
from torchdemos.steering.changes import Changed
from torchdemos.view.live.changes import Change

TAG = "changes/text_summary"


def line(value: float) -> str:
    return changes.text([Change("learning_rate", value)])


def test_what_is_logged_is_read_back_to_the_last_bit(tmp_path: Path) -> None:
    acted = [Change("learning_rate", math.pi * 1e-5), Change("optimizer", "Adam"), Change("restart", None)]
    with Board(tmp_path) as board:
        for prefix in ("", "generator"):
            board.log(7, texts={tags.CHANGES: changes.text(acted)}, prefix=prefix)
    for prefix in ("", "generator"):
        found = changes.read(tmp_path, prefix)
        assert found == ([Changed(7, *change) for change in acted], "")


def test_steps_that_begin_anew_keep_the_order_in_which_changes_acted(tmp_path: Path) -> None:
    event_files.write(tmp_path, [event_files.VERSION, *(event_files.text(s, line(s + 1), TAG) for s in (3, 9, 3))])
    assert [change.step for change in changes.read(tmp_path).changes] == [3, 9, 3]


def test_what_a_resumed_run_has_left_behind_does_not_count(tmp_path: Path) -> None:
    first = [event_files.VERSION, *(event_files.text(step, line(step), TAG) for step in (3, 5, 9))]
    event_files.write(tmp_path, first, [event_files.VERSION, event_files.start(5), event_files.text(6, line(6), TAG)])
    assert [change.step for change in changes.read(tmp_path).changes] == [3, 6]


def test_a_damaged_log_is_read_as_far_as_it_goes_and_says_so(tmp_path: Path) -> None:
    events = [event_files.VERSION, *(event_files.text(step, line(step), TAG) for step in (1, 2, 3))]
    whole = event_files.records(events)
    middle = bytearray(whole[2])
    middle[20] ^= 255
    (tmp_path / "events.out.tfevents.0").write_bytes(whole[0] + whole[1] + bytes(middle) + whole[3][:-5])
    found = changes.read(tmp_path)
    assert [change.step for change in found.changes] == [1]
    assert "1 damaged record" in found.damage and "cut off" in found.damage


@pytest.mark.parametrize("words", ["", "hello", "{}", '{"name": 1}', "[" * 100_000, '{"name": "a", "value": '], ids=len)
def test_a_text_of_others_under_that_tag_is_no_change(words: str, tmp_path: Path) -> None:
    event_files.write(tmp_path, [event_files.VERSION, event_files.text(1, f"    {words}\n{line(2)}", TAG)])
    assert changes.read(tmp_path).changes == [Changed(1, "learning_rate", 2)]


def test_no_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no log in .*nothing"):
        changes.read(tmp_path / "nothing")
