"""What a run prints: text as it is, and how far a loop has come."""

import pytest

from torchdemos.cli import terminal


def test_brackets_and_long_lines_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    text = "[bold]a[/bold] :smile: " + "x" * 300
    terminal.say(text, wrap=False)
    assert capsys.readouterr().out == f"{text}\n"


def test_a_tracker_hands_on_every_item_and_knows_the_latest_position() -> None:
    tracker = terminal.Tracker()
    assert tracker.position == "before the first step"
    assert list(tracker("abc", "letters", 3)) == ["a", "b", "c"]
    assert tracker.position == "letters, 3 of 3"


def test_bars_of_finished_loops_can_be_removed() -> None:
    tracker = terminal.Tracker()
    running = iter(tracker("abc", "letters", 3))
    next(running)
    list(tracker("de", "more letters", 2))
    tracker.remove_finished()
    assert [task.description for task in tracker.tasks] == ["letters"]
